//! A Prometheus series: a name and a set of labels.
//!
//! The same series comes as the answer of a query, in a scrape and in a dump of the storage; its id
//! is made here, so that it is one series in the tables. What it is not: OTLP's series, which belong
//! to a resource too.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::bounded;
use crate::model::runtime::MetricSeries;
use crate::model::{Sink, Span, Stamp, id};

/// Labels that name the service, the most telling first.
const SERVICE: [&str; 4] = ["service_name", "service", "app", "job"];

/// What some sources say beside name and labels.
#[derive(Debug, Default)]
pub struct Said {
    /// The kind of its points, and whether they only ever rise.
    pub kind: Option<(&'static str, Option<bool>)>,
    pub unit: Option<String>,
}

/// The id of a series. The first time that it is met, its record is pushed, citing `at`.
pub fn record(
    name: Option<&str>,
    labels: &BTreeMap<String, String>,
    said: &Said,
    at: Span,
    recorded: &mut HashSet<u64>,
    sink: &mut dyn Sink,
) -> u64 {
    let json = serde_json::to_string(labels).unwrap_or_default();
    let series_id = id::content_id(format!("{}\0\0{json}", name.unwrap_or_default()).as_bytes());
    if recorded.insert(series_id) {
        let service = SERVICE.iter().find_map(|key| labels.get(*key));
        let (kind, is_monotonic) = said.kind.unwrap_or(("unknown", None));
        let series = MetricSeries {
            series_id: Some(series_id),
            name: name.map(bounded).map(Cow::Borrowed),
            unit: said.unit.as_deref().map(Cow::Borrowed),
            kind: Some(kind.into()),
            temporality: (kind == "sum").then_some("cumulative".into()),
            is_monotonic,
            service_name: service.map(|service| bounded(service).into()),
            attributes: Some(json.into()),
            ..MetricSeries::default()
        };
        sink.record(Stamp::new(at, None), &series);
    }
    series_id
}
