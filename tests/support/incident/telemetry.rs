//! `otel/`: what the OpenTelemetry Collector's file exporter kept. One JSON object a line, each an
//! export request of one service. Traces were sampled and then regrouped by resource, so a line spans
//! a day before the close look and fifteen minutes in it.

pub mod dense;
mod metrics;
mod order;
mod otlp;
mod render;
mod trace;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clock::{DAY, MINUTE, Ns, at};
use super::files::Files;
use super::story::{BEGIN, CLOSE_LOOK, SERVICES};
use super::world::World;
use trace::{Record, Span};

pub use trace::trace_id;

/// Writes the folder.
pub fn write(world: &World, files: &mut Files) {
    let (spans, records) = render::all(world);
    let traces: Vec<Value> = export(world, &spans, |span| (span.end, span.pod), trace_line);
    files.lines("otel/traces.jsonl", &traces);

    let logs: Vec<Value> = export(
        world,
        &records,
        |record| (record.time, record.pod),
        log_line,
    );
    files.put("otel/logs.jsonl", torn(&logs));

    files.lines("otel/metrics.jsonl", &metrics::lines(world));
}

/// The exporter was stopped while it wrote: the last line ends in the middle.
fn torn(lines: &[Value]) -> String {
    let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let last = lines.last().map_or(0, |line| line.to_string().len());
    text.truncate(text.len() - last * 2 / 5);
    text
}

/// The round of exporting that a moment falls into.
fn round(time: Ns) -> Ns {
    let (start, length) = if time < at(CLOSE_LOOK) {
        (at(BEGIN), DAY)
    } else {
        (at(CLOSE_LOOK), 15 * MINUTE)
    };
    start + (time - start) / length * length
}

/// Groups items by round and service, and inside by pod.
fn export<T>(
    world: &World,
    items: &[T],
    place: impl Fn(&T) -> (Ns, usize),
    line: impl Fn(&World, &BTreeMap<usize, Vec<&T>>) -> Value,
) -> Vec<Value> {
    let mut rounds: BTreeMap<(Ns, usize), BTreeMap<usize, Vec<&T>>> = BTreeMap::new();
    for item in items {
        let (time, pod) = place(item);
        let service = SERVICES
            .iter()
            .position(|service| service.name == world.pods[pod].service);
        let group = rounds
            .entry((round(time), service.unwrap_or(0)))
            .or_default();
        group.entry(pod).or_default().push(item);
    }
    rounds.values().map(|pods| line(world, pods)).collect()
}

fn trace_line(world: &World, pods: &BTreeMap<usize, Vec<&Span>>) -> Value {
    let groups = pods.iter().map(|(&pod, spans)| {
        let pod = &world.pods[pod];
        let spans: Vec<Value> = spans.iter().map(|span| otlp::span(span, pod)).collect();
        json!({
            "resource": {"attributes": otlp::resource(pod)},
            "scopeSpans": [{"scope": otlp::scope(pod), "spans": spans}],
        })
    });
    json!({"resourceSpans": groups.collect::<Vec<_>>()})
}

fn log_line(world: &World, pods: &BTreeMap<usize, Vec<&Record>>) -> Value {
    let groups = pods.iter().map(|(&pod, records)| {
        let pod = &world.pods[pod];
        let records: Vec<Value> = records
            .iter()
            .map(|record| otlp::record(record, pod))
            .collect();
        json!({
            "resource": {"attributes": otlp::resource(pod)},
            "scopeLogs": [{"scope": otlp::scope(pod), "logRecords": records}],
        })
    });
    json!({"resourceLogs": groups.collect::<Vec<_>>()})
}
