//! Metrics as text: what an exporter's `/metrics` answers (Prometheus text format 0.0.4 and
//! OpenMetrics 1.0), and what `promtool tsdb dump` and `dump-openmetrics` print (specifications:
//! Prometheus "Exposition formats", OpenMetrics 1.0.0; source: `prometheus/prometheus`
//! `cmd/promtool/tsdb.go`).
//!
//! A line is a sample: name, labels, value, and a time where there is one. The dialects differ in its
//! unit: Prometheus writes milliseconds, OpenMetrics seconds, and says that it is OpenMetrics only by
//! `# EOF` at the end, so the time's size decides. `tsdb dump` puts the name among the labels. A
//! scrape mostly has no times: its points have none either. `# TYPE` tells a family's kind; buckets,
//! counts and sums of histograms and summaries are the counters that they are, so that a series is
//! the same as in a query's answer. `_created` is the time at which a counter began, not a sample.
//! Exemplars tie a bucket to a trace and are kept with the point.
//!
//! What it is not: a reader of native histograms, which are passed over.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use super::read::json::Outcome;
use super::read::{lines, series};
use super::{CERTAIN, Chunk, Format, Framing, LIKELY, Likelihood, NO, PERHAPS, Peek};
use crate::model::runtime::MetricPoint;
use crate::model::{EvidenceClass, Sink, Span, Stamp, time};

/// Metrics as text.
pub struct PrometheusText;

impl Format for PrometheusText {
    fn name(&self) -> &'static str {
        "prometheus_text"
    }

    fn about(&self) -> &'static str {
        "Prometheus or OpenMetrics text: `curl` of an exporter's /metrics, `promtool tsdb dump`"
    }

    fn unit(&self) -> &'static str {
        "sample"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["metric_series", "metric_point"]
    }

    fn class(&self) -> EvidenceClass {
        EvidenceClass::Observed
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn signs(&self) -> &'static str {
        "lines of a name, labels and a number; `# TYPE` and `# HELP` among them"
    }

    fn example(&self) -> &'static [u8] {
        br#"# TYPE http_requests_total counter
http_requests_total{service="checkout"} 42 1772546527000
"#
    }

    fn sniff(&self, peek: &Peek<'_>) -> Likelihood {
        if !peek.values.is_empty() {
            return NO;
        }
        let whole = || peek.lines().filter(|line| !line.trim().is_empty());
        let typed = whole().any(|line| Meta::of(line).is_some());
        let samples: Vec<&str> = whole().filter(|line| !line.starts_with('#')).collect();
        let broken = samples
            .iter()
            .filter(|line| !line.contains(NATIVE) && Sample::of(line).is_none());
        let labelled = samples.iter().any(|line| line.contains("=\""));
        match (samples.len(), broken.count()) {
            // The head may cut the last line off.
            (_, 2..) => NO,
            (1.., _) if typed => CERTAIN,
            (2.., _) if labelled => LIKELY,
            (0, _) if typed => PERHAPS,
            _ => NO,
        }
    }

    fn parse(&self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let mut reader = Reader {
            kinds: HashMap::new(),
            recorded: HashSet::new(),
            sink,
        };
        for (line, span) in lines(chunk) {
            reader.line(line.trim(), span);
        }
    }
}

/// What stands in a dump where a native histogram has its value.
const NATIVE: &str = "} {count:";

/// What a comment says of a family: `# TYPE name kind`, `# UNIT name unit`.
struct Meta<'t> {
    is_unit: bool,
    name: &'t str,
    value: &'t str,
}

impl<'t> Meta<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let mut words = line.strip_prefix('#')?.split_ascii_whitespace();
        let (keyword, name, value) = (words.next()?, words.next()?, words.next()?);
        let is_unit = keyword == "UNIT";
        let known = [
            "counter",
            "gauge",
            "histogram",
            "gaugehistogram",
            "summary",
            "untyped",
            "unknown",
            "info",
            "stateset",
        ];
        let sound = is_unit || (keyword == "TYPE" && known.contains(&value));
        sound.then_some(Self {
            is_unit,
            name,
            value,
        })
    }
}

/// A sample as it stands on its line.
struct Sample<'t> {
    name: Cow<'t, str>,
    labels: BTreeMap<String, String>,
    value: f64,
    /// The time as written.
    time: Option<&'t str>,
    /// What stands behind a `#`.
    exemplar: Option<Exemplar>,
}

/// A measurement that stands for a bucket, with the labels that lead to its trace.
struct Exemplar {
    labels: BTreeMap<String, String>,
    value: f64,
    ts_ns: Option<i64>,
}

impl<'t> Sample<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let end = line.find(['{', ' ', '\t'])?;
        let (name, rest) = line.split_at_checked(end)?;
        let (mut labels, rest) = match rest.strip_prefix('{') {
            Some(rest) => labels(rest)?,
            None => (BTreeMap::new(), rest),
        };
        let name = match name {
            // A dump has the name among the labels; so does a name that needs quotes.
            "" => Cow::Owned(labels.remove("__name__")?),
            name => Cow::Borrowed(name),
        };
        if !is_name(&name) && labels.is_empty() {
            return None;
        }
        let (rest, exemplar) = match rest.split_once(" # ") {
            Some((rest, exemplar)) => (rest, Exemplar::of(exemplar)),
            None => (rest, None),
        };
        let mut words = rest.split_ascii_whitespace();
        let value = words.next()?.parse().ok()?;
        let time = words.next();
        if time.is_some_and(|time| time.parse::<f64>().is_err()) || words.next().is_some() {
            return None;
        }
        Some(Self {
            name,
            labels,
            value,
            time,
            exemplar,
        })
    }
}

impl Exemplar {
    fn of(text: &str) -> Option<Self> {
        let (labels, rest) = labels(text.trim().strip_prefix('{')?)?;
        let mut words = rest.split_ascii_whitespace();
        Some(Self {
            labels,
            value: words.next()?.parse().ok()?,
            ts_ns: words.next().and_then(moment),
        })
    }

    fn json(&self) -> Value {
        json!({
            "attributes": self.labels,
            "value": finite(self.value),
            "time_unix_nano": self.ts_ns,
        })
    }
}

fn is_name(name: &str) -> bool {
    let sound = |b: u8| b.is_ascii_alphanumeric() || b"_:".contains(&b);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && name.bytes().all(sound)
}

/// Most labels of a sample.
const LABELS: usize = 256;

/// Labels up to the closing brace, and what follows. A quoted name without a value is the metric's.
fn labels(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut labels = BTreeMap::new();
    let mut rest = text.trim_start();
    while !rest.starts_with('}') {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let (name, after) = rest.split_at_checked(rest.find('=')?)?;
            (name.trim().to_owned(), after)
        };
        let after = after.trim_start();
        let after = if let Some(after) = after.strip_prefix('=') {
            let (value, after) = unquoted(after.trim_start().strip_prefix('"')?)?;
            labels.insert(name, value);
            after
        } else {
            labels.insert("__name__".to_owned(), name);
            after
        };
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(after) => after.trim_start(),
            None if after.starts_with('}') => after,
            None => return None,
        };
        if labels.len() > LABELS {
            return None;
        }
    }
    Some((labels, rest.strip_prefix('}')?))
}

/// The text up to the closing quote, and what follows; a backslash, a quote and a newline are
/// escaped.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, quoted.get(at + 1..)?)),
            '\\' => match letters.next()?.1 {
                'n' => text.push('\n'),
                letter @ ('"' | '\\') => text.push(letter),
                letter => text.extend(['\\', letter]),
            },
            letter => text.push(letter),
        }
    }
    None
}

/// Milliseconds as an integer, or seconds with or without a fraction.
fn moment(text: &str) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        return time::guess_unit(whole);
    }
    time::seconds_float(text.parse().ok()?)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// What is known of a family.
#[derive(Default)]
struct Family {
    kind: Option<String>,
    unit: Option<String>,
}

struct Reader<'s> {
    kinds: HashMap<String, Family>,
    /// Series whose record was pushed.
    recorded: HashSet<u64>,
    sink: &'s mut dyn Sink,
}

impl Reader<'_> {
    fn line(&mut self, line: &str, span: Span) {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        if line.is_empty() {
            return;
        }
        if line.starts_with('#') {
            if let Some(meta) = Meta::of(line) {
                let family = self.kinds.entry(meta.name.to_owned()).or_default();
                let value = Some(meta.value.to_owned());
                if meta.is_unit {
                    family.unit = value;
                } else {
                    family.kind = value;
                }
            }
            return;
        }
        self.sink.read(1);
        let outcome = match Sample::of(line) {
            Some(sample) => self.sample(sample, span),
            None if line.contains(NATIVE) => Outcome::Ignored("native histogram"),
            None => Outcome::Rejected("the line is no sample".to_owned()),
        };
        outcome.tally(span, self.sink);
    }

    fn sample(&mut self, sample: Sample<'_>, span: Span) -> Outcome {
        let (family, suffix) = self.family(&sample.name);
        let kind = family.and_then(|family| family.kind.as_deref());
        if suffix == "_created" {
            return Outcome::Ignored("time of creation");
        }
        let ts_ns = match sample.time.map(moment) {
            Some(None) => return Outcome::Rejected("the sample's time is out of range".to_owned()),
            time => time.flatten(),
        };
        let said = series::Said {
            kind: match (kind, suffix) {
                (Some("counter"), _) | (Some("histogram" | "summary"), "_bucket" | "_count") => {
                    Some(("sum", Some(true)))
                }
                (Some("histogram" | "summary"), "_sum") => Some(("sum", None)),
                (Some("gauge" | "gaugehistogram" | "info" | "stateset" | "summary"), _) => {
                    Some(("gauge", None))
                }
                _ => None,
            },
            unit: family.and_then(|family| family.unit.clone()),
        };
        let series_id = series::record(
            Some(&sample.name),
            &sample.labels,
            &said,
            span,
            &mut self.recorded,
            self.sink,
        );
        let exemplar = sample
            .exemplar
            .map(|exemplar| json!({ "exemplars": [exemplar.json()] }));
        let point = MetricPoint {
            series_id: Some(series_id),
            value: Some(sample.value).filter(|value| !value.is_nan()),
            buckets: exemplar.map(|json| json.to_string().into()),
            ..MetricPoint::default()
        };
        self.sink.record(Stamp::new(span, ts_ns), &point);
        Outcome::Kept
    }

    /// The family of a series, and what its name adds to the family's.
    fn family<'n>(&self, name: &'n str) -> (Option<&Family>, &'n str) {
        if let Some(family) = self.kinds.get(name) {
            return (Some(family), "");
        }
        let suffixes = ["_bucket", "_count", "_sum", "_total", "_created", "_info"];
        let known = suffixes.iter().find_map(|suffix| {
            let stem = name.strip_suffix(suffix)?;
            Some((self.kinds.get(stem)?, name.get(stem.len()..)?))
        });
        known.map_or((None, ""), |(family, suffix)| (Some(family), suffix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{Seen, parse, samples, sniff};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn read(text: &str) -> Seen {
        parse(&PrometheusText, "x", text.as_bytes())
    }

    #[test]
    fn a_scrape_has_kinds_and_no_times() {
        let seen = read(
            "# HELP orders_total Orders # TYPE\n# TYPE orders_total counter\norders_total{region=\"eu\",app=\"shop\"} 7\n\
             # TYPE up gauge\nup 1\n# TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\n\
             wait_seconds_bucket{le=\"+Inf\"} 3\nwait_seconds_sum 4.5\nwait_seconds_count 3\nother NaN\n",
        );
        assert_eq!((seen.read, seen.kept), (6, 6));
        let rows = seen.of("metric_series");
        let kinds: Vec<(&str, &str, Option<&str>)> = rows
            .iter()
            .map(|row| {
                (
                    &*row["name"],
                    &*row["kind"],
                    row.get("is_monotonic").map(String::as_str),
                )
            })
            .collect();
        assert_eq!(
            kinds,
            [
                ("orders_total", "sum", Some("true")),
                ("up", "gauge", None),
                ("wait_seconds_bucket", "sum", Some("true")),
                ("wait_seconds_sum", "sum", None),
                ("wait_seconds_count", "sum", Some("true")),
                ("other", "unknown", None),
            ]
        );
        assert_eq!(rows[0]["attributes"], r#"{"app":"shop","region":"eu"}"#);
        assert_eq!(
            (&*rows[0]["service_name"], &*rows[0]["temporality"]),
            ("shop", "cumulative")
        );
        assert_eq!(rows[2]["unit"], "seconds");
        let points = seen.of("metric_point");
        assert_eq!((&*points[0]["value"], &*points[3]["value"]), ("7", "4.5"));
        assert!(!points[5].contains_key("value"));
        assert!(seen.times("metric_point").iter().all(String::is_empty));
    }

    #[test]
    fn times_are_milliseconds_or_seconds() {
        for time in ["1762178527500", "1762178527.5", "1.7621785275e+09"] {
            let seen = read(&format!("up{{a=\"b\"}} 1 {time}\n"));
            assert_eq!(
                seen.times("metric_point"),
                ["2025-11-03T14:02:07.500000000Z"],
                "{time}"
            );
        }
        let seen = read("up{a=\"b\"} 1 12\nup{a=\"b\"} 1 later\n");
        assert_eq!((seen.kept, seen.rejects.len()), (0, 2));
    }

    #[test]
    fn a_series_is_the_one_of_a_querys_answer() {
        let answer = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"shop"},"value":[1762178527,"1"]}]}}"#;
        let query = crate::formats::find("prometheus_query").unwrap();
        let expected =
            parse(query, "x", answer.as_bytes()).of("metric_series")[0]["series_id"].clone();
        for line in [
            "up{job=\"shop\"} 1",
            "{__name__=\"up\", job=\"shop\"} 1 1762178527000",
            "{\"up\",job=\"shop\",} 1",
        ] {
            assert_eq!(
                read(line).of("metric_series")[0]["series_id"],
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn exemplars_lead_to_traces_and_creation_is_no_sample() {
        let seen = read(&format!(
            "# TYPE wait histogram\nwait_bucket{{le=\"1.0\"}} 3 # {{trace_id=\"{TRACE}\"}} 0.5 1762178527.5\nwait_created 1.7e9\n# EOF\n"
        ));
        assert_eq!(
            seen.of("metric_point")[0]["buckets"],
            format!(
                r#"{{"exemplars":[{{"attributes":{{"trace_id":"{TRACE}"}},"value":0.5,"time_unix_nano":1762178527500000000}}]}}"#
            )
        );
        assert_eq!(
            (seen.read, seen.kept, seen.ignored["time of creation"]),
            (2, 1, 1)
        );
    }

    #[test]
    fn labels_may_hold_anything() {
        let seen = read("a{x=\"} 1 # {\",y=\"\\\\ \\\" \\n\\q\" , z=\"é\",} +Inf\n");
        assert_eq!(
            seen.of("metric_series")[0]["attributes"],
            r#"{"x":"} 1 # {","y":"\\ \" \n\\q","z":"é"}"#
        );
        assert_eq!(seen.of("metric_point")[0]["value"], "inf");
        let seen = read(
            "a{x=\"open 1\na{x} 1\na{x=\"y\"z=\"1\"} 1\n{} 1\n{x=\"y\"} 1\na{x=\"y\"}\n{__name__=\"n\"} {count:5, sum:1} 1762178527000\n",
        );
        assert_eq!(
            (
                seen.kept,
                seen.rejects.len(),
                seen.ignored["native histogram"]
            ),
            (0, 6, 1)
        );
    }

    #[test]
    fn any_damage_is_survived() {
        let text = format!(
            "# TYPE a histogram\na_bucket{{le=\"é\\\\\"}} 3 1762178527 # {{trace_id=\"{TRACE}\"}} 0.5 1\n{{__name__=\"b\"}} 1 1\n# EOF"
        );
        for at in 0..text.len() {
            parse(&PrometheusText, "x", &text.as_bytes()[..at]);
            for byte in [b'{', b'}', b'"', b'=', b',', b'#', b' ', b'\\', 0xff] {
                let mut damaged = text.clone().into_bytes();
                damaged[at] = byte;
                parse(&PrometheusText, "x", &damaged);
            }
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in [
            "# TYPE of thing\nshopping 1\n",
            "checkout 3\ncart 4\n",
            "level=info msg=\"x\"\nlevel=info msg=\"y\"\n",
            "# Notes\n\na{b} c\n",
            "",
        ] {
            assert_eq!(sniff(&PrometheusText, text.as_bytes()), NO, "{text}");
        }
        for folder in [
            "app-logs",
            "git",
            "nezha",
            "vpc-flow",
            "k8s-pod-logs",
            "otlp",
        ] {
            for (path, bytes) in samples(folder) {
                assert_eq!(sniff(&PrometheusText, &bytes), NO, "{path}");
            }
        }
    }

    #[test]
    fn the_samples_are_read_whole() {
        for (path, bytes) in samples("prometheus") {
            if path.ends_with("SOURCES.md") {
                continue;
            }
            let text = String::from_utf8(bytes.clone()).unwrap();
            let expected = text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'));
            let created = expected
                .clone()
                .filter(|line| line.contains("_created{") || line.contains("_created "))
                .count();
            let dump = path.contains("dump-");
            assert_eq!(
                sniff(&PrometheusText, &bytes),
                if dump { LIKELY } else { CERTAIN },
                "{path}"
            );
            let seen = parse(&PrometheusText, &path, &bytes);
            assert_eq!(
                (seen.read, seen.rejects.len()),
                (expected.count() as u64, 0),
                "{path}"
            );
            assert_eq!(seen.kept, seen.read - created as u64, "{path}");
            let timed = seen
                .times("metric_point")
                .iter()
                .filter(|time| !time.is_empty())
                .count();
            assert_eq!(timed as u64, if dump { seen.kept } else { 0 }, "{path}");
            let exemplars = seen
                .of("metric_point")
                .iter()
                .filter(|row| row.contains_key("buckets"))
                .count();
            assert_eq!(
                exemplars,
                text.lines().filter(|line| line.contains(" # {")).count(),
                "{path}"
            );
        }
    }
}
