//! `otel/`: traces and logs as the Collector's `file` exporter writes them, one batch a line.
//!
//! Put together as text: every string in it is ours and needs no escaping, and a bundle has
//! thousands of these. Clients' spans hang below the server's; nothing crosses services.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ids;
use super::plan::Plan;
use super::rng::Rng;
use super::time::{DAY, MILLI, Ns, SECOND};
use super::traffic::{Request, Telemetry};
use super::world::{Pod, World};

/// A file below the bundle.
type File = (String, Vec<u8>);

/// Writes the folder.
pub fn write(plan: &Plan, telemetry: &Telemetry, files: &mut Vec<File>) {
    let world = &plan.world;
    let mut rng = Rng::new(world.seed, "otlp");
    // Batches by start, then pod: six days' worth each, a day's in the dense time. The fewer, the less
    // of a bundle is resources said again.
    let mut batches: BTreeMap<(Ns, usize), (String, String)> = BTreeMap::new();
    let slot = |time: Ns| {
        let length = if time < world.dense { 6 * DAY } else { DAY };
        time - time % length
    };
    for (index, pod) in world.pods.iter().enumerate() {
        let starts = [
            Some(pod.ready).filter(|ready| *ready > world.begin),
            pod.restarted,
        ];
        for start in starts.into_iter().flatten().filter(|_| !pod.silent) {
            let logs = &mut batches.entry((slot(start), index)).or_default().1;
            log(
                logs,
                start - SECOND,
                "INFO",
                "listening on 0.0.0.0:8080",
                None,
            );
        }
    }
    for request in &telemetry.requests {
        let batch = batches
            .entry((slot(request.time), request.pod))
            .or_default();
        render(world, request, &mut rng, batch);
    }
    let (mut traces, mut logs) = (String::new(), String::new());
    for ((_, pod), (spans, records)) in &batches {
        let resource = resource(world, &world.pods[*pod]);
        let scope = r#""scope":{"name":"telemetry","version":"1.12.0"}"#;
        if !spans.is_empty() {
            let _ = writeln!(
                traces,
                r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{{scope},"spans":[{}]}}]}}]}}"#,
                spans.trim_end_matches(',')
            );
        }
        if !records.is_empty() {
            let _ = writeln!(
                logs,
                r#"{{"resourceLogs":[{{"resource":{resource},"scopeLogs":[{{{scope},"logRecords":[{}]}}]}}]}}"#,
                records.trim_end_matches(',')
            );
        }
    }
    files.push(("otel/traces.jsonl".to_owned(), traces.into_bytes()));
    files.push(("otel/logs.jsonl".to_owned(), logs.into_bytes()));
}

fn resource(world: &World, pod: &Pod) -> String {
    let service = &world.services[pod.service];
    let release = &world.releases[pod.release];
    let version = match release.version.as_str() {
        version if service.bare_version => version.trim_start_matches('v'),
        version => version,
    };
    let image = world.image(pod.service);
    let digest = format!("{image}@{}", release.digest);
    let pairs = [
        ("service.name", service.name),
        ("service.version", version),
        ("deployment.environment.name", "production"),
        ("k8s.namespace.name", world.namespace),
        ("k8s.pod.name", &pod.name),
        ("vcs.ref.head.revision", &release.sha),
    ];
    let mut text = String::from(r#"{"attributes":["#);
    for (key, value) in pairs {
        let _ = write!(
            text,
            r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}},"#
        );
    }
    let _ = write!(
        text,
        r#"{{"key":"container.image.repo_digests","value":{{"arrayValue":{{"values":[{{"stringValue":"{digest}"}}]}}}}}}]}}"#
    );
    text
}

/// The spans and log records of a request.
fn render(world: &World, request: &Request, rng: &mut Rng, (spans, logs): &mut (String, String)) {
    let service = &world.services[world.pods[request.pod].service];
    let op = &service.ops[request.op];
    let (trace, span) = (rng.hex(32), rng.hex(16));
    // 1 in 8 and 1 in 128 as rejection thresholds (OpenTelemetry, "TraceState: Probability Sampling").
    let threshold = if request.dense { "e" } else { "fe" };
    let end = request.time + request.took;
    let status = request.failure.map_or(200, |failure| failure.0);
    let _ = write!(
        spans,
        r#"{{"traceId":"{trace}","spanId":"{span}","traceState":"ot=th:{threshold}","name":"{} {}","kind":2,"startTimeUnixNano":"{}","endTimeUnixNano":"{end}","attributes":[{{"key":"http.route","value":{{"stringValue":"{}"}}}},{{"key":"http.response.status_code","value":{{"intValue":"{status}"}}}}"#,
        op.method, op.route, request.time, op.route
    );
    if let Some((_, name, text)) = request.failure {
        let at = end - request.took / 20;
        let _ = write!(
            spans,
            r#",{{"key":"error.type","value":{{"stringValue":"{name}"}}}}],"events":[{{"timeUnixNano":"{at}","name":"exception","attributes":[{{"key":"exception.type","value":{{"stringValue":"{name}"}}}},{{"key":"exception.message","value":{{"stringValue":"{text}"}}}}]}}],"status":{{"code":2,"message":"{text}"}}}},"#
        );
        log(
            logs,
            at,
            "ERROR",
            &filled(&format!("{{noun}} # failed: {text}"), service.noun, rng),
            Some((&trace, &span)),
        );
    } else {
        spans.push_str(r#"],"status":{}},"#);
    }
    let mut from = request.time + request.took / 10;
    for (host, port) in &request.calls {
        let to = from + request.took / (2 + request.calls.len() as Ns);
        let name = if *port == 5432 { "SELECT" } else { "POST" };
        let _ = write!(
            spans,
            r#"{{"traceId":"{trace}","spanId":"{}","parentSpanId":"{span}","traceState":"ot=th:{threshold}","name":"{name}","kind":3,"startTimeUnixNano":"{from}","endTimeUnixNano":"{to}","attributes":[{{"key":"server.address","value":{{"stringValue":"{host}"}}}},{{"key":"server.port","value":{{"intValue":"{port}"}}}}],"status":{{}}}},"#,
            rng.hex(16)
        );
        from = to;
    }
    for (level, line) in &request.lines {
        let text = filled(line, service.noun, rng);
        log(
            logs,
            request.time + request.took / 2 + MILLI,
            level,
            &text,
            Some((&trace, &span)),
        );
    }
}

/// The line with its gaps filled: `#` by a number, `~` by a hex id.
fn filled(line: &str, noun: &str, rng: &mut Rng) -> String {
    let mut text = String::new();
    for letter in line.replace("{noun}", noun).chars() {
        match letter {
            '#' => text += &rng.between(2, 99_000).to_string(),
            '~' => text += &rng.hex(16),
            _ => text.push(letter),
        }
    }
    text
}

fn log(logs: &mut String, time: Ns, level: &str, text: &str, trace: Option<(&str, &str)>) {
    let number = match level {
        "ERROR" => 17,
        "WARN" => 13,
        _ => 9,
    };
    let _ = write!(
        logs,
        r#"{{"timeUnixNano":"{time}","severityNumber":{number},"severityText":"{level}","body":{{"stringValue":"{text}"}}"#
    );
    if let Some((trace, span)) = trace {
        let _ = write!(logs, r#","traceId":"{trace}","spanId":"{span}""#);
    }
    logs.push_str("},");
}

/// The name under which a pod's node is known.
pub fn node(pod: &Pod) -> String {
    format!(
        "ip-10-40-{}-{}.internal",
        pod.node,
        20 + ids::number(&pod.node.to_string(), 60)
    )
}
