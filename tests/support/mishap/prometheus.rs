//! `prometheus/`: recording rules over every request, as `query_range` answers: what the traces, a
//! sample, can be held against.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::plan::Plan;
use super::traffic::{Count, Telemetry};

/// Writes the folder.
pub fn write(plan: &Plan, telemetry: &Telemetry, files: &mut Vec<(String, Vec<u8>)>) {
    let mut answers = [Answer::default(), Answer::default(), Answer::default()];
    for (key, count) in &telemetry.coarse {
        answers[0].counts(plan, "service:http_requests:increase4h", *key, count);
    }
    for (key, count) in &telemetry.fine {
        answers[1].counts(plan, "service:http_requests:increase5m", *key, count);
        let seconds = count
            .slow
            .iter()
            .map(|(time, millis)| (*time, format!("{:.4}", millis / 1000.0)));
        answers[2].series(
            plan,
            "service:http_request_duration_seconds:p95_5m",
            *key,
            None,
            seconds,
        );
    }
    let names = ["requests-4h", "requests-5m", "latency-5m"];
    for (name, answer) in names.into_iter().zip(answers) {
        let text = format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#,
            answer.0.trim_end_matches(',')
        );
        files.push((format!("prometheus/{name}.json"), text.into_bytes()));
    }
}

/// The series of one answer, each with a comma behind it.
#[derive(Default)]
struct Answer(String);

impl Answer {
    fn counts(&mut self, plan: &Plan, name: &str, key: (usize, usize, usize), count: &Count) {
        let text = |values: &BTreeMap<i64, u32>| -> Vec<(i64, String)> {
            values
                .iter()
                .map(|(time, value)| (*time, value.to_string()))
                .collect()
        };
        self.series(plan, name, key, Some("2xx"), text(&count.good));
        self.series(plan, name, key, Some("5xx"), text(&count.failed));
    }

    fn series(
        &mut self,
        plan: &Plan,
        name: &str,
        (service, release, op): (usize, usize, usize),
        class: Option<&str>,
        values: impl IntoIterator<Item = (i64, String)>,
    ) {
        let service = &plan.world.services[service];
        let version = &plan.world.releases[release].version;
        let class = class.map_or_else(String::new, |class| {
            format!(r#","http_response_status_class":"{class}""#)
        });
        let _ = write!(
            self.0,
            r#"{{"metric":{{"__name__":"{name}","namespace":"{}","service":"{}","version":"{version}","http_route":"{}"{class}}},"values":["#,
            plan.world.namespace, service.name, service.ops[op].route
        );
        for (index, (time, value)) in values.into_iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let _ = write!(self.0, r#"{comma}[{time},"{value}"]"#);
        }
        self.0.push_str("]},");
    }
}
