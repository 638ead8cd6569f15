//! Wide tables of numbers: each of several fields is a series of its own.

use std::collections::{BTreeMap, HashSet};

use super::cell::{Rule, text_of};
use super::row::Fields;
use crate::formats::read::bounded;
use crate::model::runtime::{MetricPoint, MetricSeries};
use crate::model::{Sink, Stamp, id};

/// Which fields hold numbers, and what tells their series apart.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) values: Vec<String>,
    /// Names of the metrics, where they are not those of the fields.
    pub(super) names: Vec<(String, String)>,
    /// Units of the metrics.
    pub(super) units: Vec<(String, String)>,
    pub(super) labels: Vec<(String, Rule)>,
    pub(super) service: Option<Rule>,
}

impl Metric {
    /// Pushes a point for each number of a record, and each series that `told` does not have. Gives
    /// how many points there were.
    pub(super) fn push(
        &self,
        record: &dyn Fields,
        stamp: Stamp,
        told: &mut HashSet<u64>,
        sink: &mut dyn Sink,
    ) -> usize {
        let labels = self
            .labels
            .iter()
            .filter_map(|(name, rule)| Some((name.as_str(), rule.text(record)?)));
        let labels: BTreeMap<&str, String> = labels.collect();
        let labels = serde_json::to_string(&labels).unwrap_or_default();
        let service = self.service.as_ref().and_then(|rule| rule.text(record));
        let other = |words: &[(String, String)], field: &str| {
            words
                .iter()
                .find(|(from, _)| from == field)
                .map(|(_, to)| to.clone())
        };
        let mut points = 0;
        for field in &self.values {
            let value = record.get(field).and_then(|value| text_of(&value));
            let value = value.and_then(|text| text.trim().parse::<f64>().ok());
            let Some(value) = value.filter(|value| !value.is_nan()) else {
                continue;
            };
            let name = other(&self.names, field).unwrap_or_else(|| field.clone());
            let series_id = id::content_id(format!("{name}\0\0{labels}").as_bytes());
            if told.insert(series_id) {
                let series = MetricSeries {
                    series_id: Some(series_id),
                    name: Some(bounded(&name).into()),
                    unit: other(&self.units, field).map(Into::into),
                    kind: Some("unknown".into()),
                    service_name: service.as_deref().map(|service| bounded(service).into()),
                    attributes: Some(labels.as_str().into()),
                    ..MetricSeries::default()
                };
                sink.record(Stamp::new(stamp.span, None), &series);
            }
            let point = MetricPoint {
                series_id: Some(series_id),
                value: Some(value),
                ..MetricPoint::default()
            };
            sink.record(stamp, &point);
            points += 1;
        }
        points
    }
}
