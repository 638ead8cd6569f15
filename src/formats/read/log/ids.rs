//! Trace and span ids: as members of a record, and in its message.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::value::RawValue;

use super::pattern;
use crate::formats::read::raw::scalar;
use crate::model::id;

/// A trace id behind its name.
static TRACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?i)trace(?:[_.\- ]?id)?["']?\s*[=:]\s*["']?([0-9a-f]{16,})"#));

/// A span id behind its name.
static SPAN: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r#"(?i)span[_.\- ]?id["']?\s*[=:]\s*["']?([0-9a-f]{16})"#));

/// A trace id and a span id side by side: `[shop,TRACE,SPAN]` and `[TRACE-SPAN]` of Spring, and
/// the `traceparent` of W3C.
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"[\[,-]([0-9a-f]{32}|[0-9a-f]{16})[,-]([0-9a-f]{16})[\],-]"));

/// The trace and span that a message names.
pub fn named(text: &str) -> (Option<u128>, Option<u64>) {
    labelled(text).or_else(|| paired(text)).unwrap_or_default()
}

fn labelled(text: &str) -> Option<(Option<u128>, Option<u64>)> {
    let hex = TRACE.as_ref()?.captures(text)?.get(1)?.as_str();
    let trace = matches!(hex.len(), 16 | 32)
        .then(|| id::trace(hex))
        .flatten()?;
    let span = SPAN
        .as_ref()?
        .captures(text)
        .and_then(|found| id::span(found.get(1)?.as_str()));
    Some((Some(trace), span))
}

fn paired(text: &str) -> Option<(Option<u128>, Option<u64>)> {
    let found = PAIR.as_ref()?.captures(text)?;
    let trace = id::trace(found.get(1)?.as_str())?;
    Some((Some(trace), id::span(found.get(2)?.as_str())))
}

/// A trace id: hex, the end of a Google Cloud path, a `traceparent`, an X-Ray id, or decimal.
pub fn trace(name: &str, raw: &RawValue) -> Option<u128> {
    let written = scalar(raw)?;
    let text = written.rsplit('/').next()?;
    if let Some(number) = decimal(name, text) {
        return Some(number.into());
    }
    let parts: Vec<&str> = text.split('-').collect();
    match (parts.as_slice(), text.len()) {
        ([_, trace, _, _], _) => id::trace(trace),
        (["1", seconds, rest], 35) => id::trace(&format!("{seconds}{rest}")),
        ([_, _, _, _, _], 36) => id::trace(&parts.concat()),
        ([hex], 15 | 16 | 24 | 31 | 32) => id::trace(hex),
        _ => None,
    }
}

/// A span id: hex, or decimal.
pub fn span(name: &str, raw: &RawValue) -> Option<u64> {
    let written = scalar(raw)?;
    let hex = || {
        matches!(written.len(), 12 | 15 | 16)
            .then(|| id::span(&written))
            .flatten()
    };
    decimal(name, &written).or_else(hex)
}

/// Datadog writes ids in decimal, and a decimal of 17 digits or more is no hex id.
fn decimal(name: &str, text: &str) -> Option<u64> {
    let plausible = name.starts_with("dd") || text.len() >= 17;
    let number = text.parse().ok().filter(|number| *number != 0);
    number.filter(|_| plausible && text.len() <= 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(
            [&TRACE, &SPAN, &PAIR]
                .iter()
                .all(|pattern| pattern.is_some())
        );
    }

    #[test]
    fn ids_are_found_by_name_or_side_by_side() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let span = "00f067aa0ba902b7";
        let expected = (id::trace(trace), id::span(span));
        for text in [
            format!("TraceID: {trace} SpanID: {span} done"),
            format!("msg=x trace_id={trace} span_id={span}"),
            format!("\"traceId\":\"{trace}\",\"spanId\":\"{span}\""),
            format!("INFO [basket,{trace},{span}] 1 --- done"),
            format!("INFO [{trace}-{span}] done"),
            format!("traceparent 00-{trace}-{span}-01"),
        ] {
            assert_eq!(named(&text), expected, "{text}");
        }
        assert_eq!(named(&format!("trace={span}")), (id::trace(span), None));
        assert_eq!(
            named("trace=4bf92f3577b34da6a3 stack trace: abc"),
            (None, None)
        );
    }
}
