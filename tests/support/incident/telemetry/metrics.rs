//! Metrics count every request, sampled or not: durations by route and status, and orders by outcome,
//! as delta points of four hours before the close look and five minutes in it. They come from the
//! Collector's connector, which knows service and version but no pod.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::clock::{HOUR, MILLI, MINUTE, Ns, at};
use super::super::story::{BEGIN, CLOSE_LOOK};
use super::super::traffic::{Kind, Request};
use super::super::world::World;
use super::otlp;

/// Upper bounds of the duration buckets, in milliseconds.
const BOUNDS: [i64; 8] = [25, 50, 100, 250, 500, 1_000, 2_500, 5_000];

/// The route of services that are counted as a whole.
const ANY: &str = "";

/// What a point counts.
#[derive(Default)]
struct Point {
    durations: Vec<Ns>,
}

/// Service, version, route and status.
type Series = (&'static str, &'static str, &'static str, u16);

/// Route, status and what was counted there.
type Row<'a> = (&'a str, u16, &'a Point);

/// One line a round.
pub fn lines(world: &World) -> Vec<Value> {
    let mut rounds: BTreeMap<(Ns, Ns), BTreeMap<Series, Point>> = BTreeMap::new();
    for request in &world.requests {
        let points = rounds.entry(round(request.time)).or_default();
        for (series, took) in served(world, request) {
            points.entry(series).or_default().durations.push(took);
        }
    }
    rounds
        .iter()
        .map(|(&(start, end), points)| line(start, end, points))
        .collect()
}

fn round(time: Ns) -> (Ns, Ns) {
    let (first, length) = if time < at(CLOSE_LOOK) {
        (at(BEGIN), 4 * HOUR)
    } else {
        (at(CLOSE_LOOK), 5 * MINUTE)
    };
    let start = first + (time - first) / length * length;
    (
        start,
        if time < at(CLOSE_LOOK) {
            (start + length).min(at(CLOSE_LOOK))
        } else {
            start + length
        },
    )
}

/// The server spans of a request, as the connector sees them.
fn served(world: &World, request: &Request) -> Vec<(Series, Ns)> {
    let version = |pod: usize| world.pods[pod].version;
    let (web, backend) = (version(request.web), version(request.backend));
    let failed = request.failed();
    let mut served = vec![(
        ("web", web, ANY, if failed { 502 } else { 200 }),
        request.web_took(),
    )];
    let took = request.backend_took();
    match request.kind {
        Kind::Browse | Kind::Search => served.push((("catalog", backend, ANY, 200), took)),
        Kind::Cart => served.push((("checkout", backend, "/api/cart", 200), took)),
        Kind::Order => served.push((
            (
                "checkout",
                backend,
                "/api/checkout",
                if failed { 504 } else { 201 },
            ),
            took,
        )),
    }
    if let Some(payment) = &request.payment {
        let took = payment.cardnet + payment.rate.unwrap_or(0) + 4 * MILLI;
        served.push((
            ("payments", version(payment.pod), "/v1/authorizations", 200),
            took,
        ));
    }
    served
}

fn line(start: Ns, end: Ns, points: &BTreeMap<Series, Point>) -> Value {
    let mut resources: BTreeMap<(&str, &str), Vec<Row<'_>>> = BTreeMap::new();
    for (&(service, version, route, status), point) in points {
        resources
            .entry((service, version))
            .or_default()
            .push((route, status, point));
    }
    let resources = resources.iter().map(|(&(service, version), points)| {
        let attributes = [
            ("service.name", service),
            ("service.namespace", "shop"),
            ("service.version", version),
            ("deployment.environment.name", "production"),
            ("k8s.cluster.name", "prod-1"),
        ];
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|(key, value)| otlp::attribute(key, &json!(value)))
            .collect();
        let mut metrics = vec![durations(start, end, points)];
        if service == "checkout" {
            metrics.push(orders(start, end, points));
        }
        json!({
            "resource": {"attributes": attributes},
            "scopeMetrics": [{"scope": {"name": "spanmetricsconnector"}, "metrics": metrics}],
        })
    });
    json!({"resourceMetrics": resources.collect::<Vec<_>>()})
}

fn durations(start: Ns, end: Ns, points: &[Row<'_>]) -> Value {
    let points: Vec<Value> = points
        .iter()
        .map(|(route, status, point)| {
            let mut buckets = [0_u32; BOUNDS.len() + 1];
            for took in &point.durations {
                let bucket = BOUNDS.iter().position(|bound| *took <= bound * MILLI);
                buckets[bucket.unwrap_or(BOUNDS.len())] += 1;
            }
            let code = otlp::attribute("http.response.status_code", &json!(status));
            let route = (*route != ANY).then(|| otlp::attribute("http.route", &json!(route)));
            let attributes: Vec<Value> = route.into_iter().chain([code]).collect();
            let sum: Ns = point.durations.iter().map(|took| took / MILLI).sum();
            json!({
                "attributes": attributes,
                "startTimeUnixNano": start.to_string(),
                "timeUnixNano": end.to_string(),
                "count": point.durations.len().to_string(),
                "sum": sum,
                "bucketCounts": buckets.map(|count| count.to_string()),
                "explicitBounds": BOUNDS,
            })
        })
        .collect();
    json!({
        "name": "http.server.request.duration",
        "unit": "ms",
        "histogram": {"aggregationTemporality": 1, "dataPoints": points},
    })
}

/// The outcome that the business looks at.
fn orders(start: Ns, end: Ns, points: &[Row<'_>]) -> Value {
    let counted = [("placed", 201), ("failed", 504)];
    let points: Vec<Value> = counted
        .iter()
        .map(|(outcome, code)| {
            let mine = points.iter().filter(|(_, status, _)| status == code);
            let count: usize = mine.map(|(_, _, point)| point.durations.len()).sum();
            json!({
                "attributes": [otlp::attribute("shop.order.outcome", &json!(outcome))],
                "startTimeUnixNano": start.to_string(),
                "timeUnixNano": end.to_string(),
                "asInt": count.to_string(),
            })
        })
        .collect();
    json!({
        "name": "shop.orders",
        "unit": "{order}",
        "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": points},
    })
}
