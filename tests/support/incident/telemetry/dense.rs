//! The same traffic as it would look without sampling, as often as somebody wants it: what a case of
//! millions of spans is made of. Every request happens `copies` times in its five minutes, at pods that
//! served then; each keeps its trace, and services log more than they do in the sample.

use std::collections::BTreeMap;
use std::io;

use serde_json::{Value, json};

use super::super::clock::{MILLI, Ns, at};
use super::super::rng::Rng;
use super::super::story::{BEGIN, SERVICES};
use super::super::traffic::{BLOCK, Request, Way};
use super::super::world::World;
use super::otlp;
use super::trace::{Record, SERVER, Span, Trace};

/// What services say about a request besides what the sample has them say.
const CHATTER: [(&str, [&str; 4]); 4] = [
    (
        "web",
        [
            "rendered the page in {n} ms",
            "session {h} is valid for another {n} s",
            "asset cache hit for bundle {h}",
            "forwarding the request as {h}",
        ],
    ),
    (
        "checkout",
        [
            "cart {h} has {n} lines",
            "took connection {n} from the pool",
            "prices of {n} products checked",
            "idempotency key {h} is new",
        ],
    ),
    (
        "payments",
        [
            "card token {h} resolved in {n} ms",
            "risk score {n} for payment {h}",
            "ledger entry {h} written",
            "gateway session {h} reused",
        ],
    ),
    (
        "catalog",
        [
            "read {n} products in one query",
            "shard {n} answered",
            "facet cache is {n} s old",
            "query plan {h} reused",
        ],
    ),
];

/// How much to write.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Spans, give or take a few.
    pub spans: u64,
    /// Log records, give or take a few.
    pub logs: u64,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
}

/// Writes five minutes after five minutes, a line per service and signal, through `put` (true for logs).
pub fn write(
    world: &World,
    wanted: Wanted,
    put: &mut dyn FnMut(bool, &Value) -> io::Result<()>,
) -> io::Result<Written> {
    let sample: Vec<&Request> = world.requests.iter().step_by(53).collect();
    let (mut spans, mut records) = (0, 0);
    for request in &sample {
        let trace = traced(request, world);
        spans += trace.spans.len();
        records += trace.records.len();
    }
    // Both as fractions of whole numbers: the same on every machine.
    let (seen, all) = (wide(sample.len()), wide(world.requests.len()));
    let (spans, records) = (wide(spans), wide(records));
    let (wanted_spans, wanted_logs) = (u128::from(wanted.spans), u128::from(wanted.logs));
    let copies = Share::new(wanted_spans * seen, spans * all);
    let chatter = (wanted_logs * spans).saturating_sub(records * wanted_spans);
    let chatter = Share::new(chatter, wanted_spans * spans);
    let mut dense = Dense {
        world,
        copies,
        chatter,
        number: 0,
        rng: Rng::named("dense"),
        written: Written::default(),
    };
    let mut from = 0;
    while from < world.requests.len() {
        let block = block_of(world.requests[from].time);
        let rest = &world.requests[from..];
        let until = from + rest.partition_point(|request| block_of(request.time) <= block);
        dense.block(block, &world.requests[from..until], put)?;
        from = until;
    }
    Ok(dense.written)
}

fn block_of(time: Ns) -> Ns {
    at(BEGIN) + (time - at(BEGIN)) / BLOCK * BLOCK
}

fn traced<'a>(request: &'a Request, world: &'a World) -> Trace<'a> {
    let mut trace = Trace::new(request, &world.pods);
    trace.web();
    trace
}

fn wide(count: usize) -> u128 {
    u128::try_from(count).unwrap_or(u128::MAX)
}

/// So many times for each, on average; what is left over goes to the next.
struct Share {
    of: u128,
    each: u128,
    left: u128,
}

impl Share {
    fn new(of: u128, each: u128) -> Self {
        let each = each.max(1);
        Self { of, each, left: 0 }
    }

    fn next(&mut self) -> u128 {
        self.left += self.of;
        let whole = self.left / self.each;
        self.left %= self.each;
        whole
    }
}

struct Dense<'a> {
    world: &'a World,
    /// How often a request happens.
    copies: Share,
    /// Records that are logged besides, for a span.
    chatter: Share,
    number: usize,
    rng: Rng,
    written: Written,
}

impl Dense<'_> {
    fn block(
        &mut self,
        block: Ns,
        requests: &[Request],
        put: &mut dyn FnMut(bool, &Value) -> io::Result<()>,
    ) -> io::Result<()> {
        let (mut spans, mut records): (Vec<Span>, Vec<Record>) = (Vec::new(), Vec::new());
        for request in requests {
            let mut first = true;
            for _ in 0..self.copies.next() {
                let copy = self.copy(request, block, first);
                first = false;
                let mut trace = traced(&copy, self.world);
                self.talk(&trace.spans, &mut records);
                spans.append(&mut trace.spans);
                records.append(&mut trace.records);
            }
        }
        self.written.spans += spans.len() as u64;
        self.written.logs += records.len() as u64;
        spans.sort_by_key(|span| (span.end, span.start));
        records.sort_by_key(|record| record.time);
        self.lines(&spans, |span| span.pod, false, put)?;
        self.lines(&records, |record| record.pod, true, put)
    }

    /// The same request at another time of its five minutes, where its pods served then.
    fn copy(&mut self, request: &Request, block: Ns, first: bool) -> Request {
        let mut copy = request.clone();
        self.number += 1;
        copy.number = self.number;
        if first {
            return copy;
        }
        let time = block + self.rng.between(0, BLOCK);
        let pods = [
            Some(copy.web),
            Some(copy.backend),
            copy.payment.as_ref().map(|payment| payment.pod),
        ];
        let serve = pods
            .into_iter()
            .flatten()
            .all(|pod| self.world.pods[pod].serves(time));
        if serve {
            copy.time = time;
        }
        if let Some(Way::Legacy { read, .. }) =
            copy.payment.as_mut().map(|payment| &mut payment.way)
        {
            // The credential was read for the first of them, and kept.
            *read = false;
        }
        copy
    }

    fn talk(&mut self, spans: &[Span], records: &mut Vec<Record>) {
        for span in spans {
            for _ in 0..self.chatter.next() {
                let service = self.world.pods[span.pod].service;
                let Some((_, lines)) = CHATTER.iter().find(|(name, _)| *name == service) else {
                    continue;
                };
                let body = self
                    .rng
                    .pick(lines)
                    .replace("{n}", &self.rng.between(1, 900).to_string())
                    .replace("{h}", &self.rng.hex(12));
                let late = self.rng.between(0, (span.end - span.start).max(MILLI));
                records.push(Record {
                    pod: span.pod,
                    time: span.start + late,
                    severity: if span.kind == SERVER { "INFO" } else { "DEBUG" },
                    body,
                    context: Some((span.trace.clone(), span.id.clone())),
                });
            }
        }
    }

    fn lines<T: ToJson>(
        &self,
        items: &[T],
        pod: impl Fn(&T) -> usize,
        is_log: bool,
        put: &mut dyn FnMut(bool, &Value) -> io::Result<()>,
    ) -> io::Result<()> {
        for service in &SERVICES {
            let mut pods: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
            for item in items {
                let pod = pod(item);
                if self.world.pods[pod].service == service.name {
                    pods.entry(pod).or_default().push(item.json(self.world));
                }
            }
            if pods.is_empty() {
                continue;
            }
            let (all, one, inner) = if is_log {
                ("resourceLogs", "scopeLogs", "logRecords")
            } else {
                ("resourceSpans", "scopeSpans", "spans")
            };
            let groups: Vec<Value> = pods
                .into_iter()
                .map(|(pod, items)| {
                    let pod = &self.world.pods[pod];
                    json!({
                        "resource": {"attributes": otlp::resource(pod)},
                        one: [{"scope": otlp::scope(pod), inner: items}],
                    })
                })
                .collect();
            put(is_log, &json!({all: groups}))?;
        }
        Ok(())
    }
}

trait ToJson {
    fn json(&self, world: &World) -> Value;
}

impl ToJson for Span {
    fn json(&self, world: &World) -> Value {
        let mut value = otlp::span(self, &world.pods[self.pod]);
        // Nothing was dropped.
        if let Some(object) = value.as_object_mut() {
            object.remove("traceState");
        }
        value
    }
}

impl ToJson for Record {
    fn json(&self, world: &World) -> Value {
        otlp::record(self, &world.pods[self.pod])
    }
}
