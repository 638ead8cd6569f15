//! Time: nanoseconds since the Unix epoch, UTC, in a signed 64-bit integer (1677 to 2262).
//!
//! Sources write seconds, milliseconds, microseconds and nanoseconds, as integers, floats and text.
//! A wrong unit breaks every join, so each parser says which unit it means; [`guess_unit`] is only
//! for formats that leave it open (application logs).

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone as _, Utc};

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

/// RFC 3339 text, with a blank for the `T` and a missing zone (read as UTC) allowed.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return time.timestamp_nanos_opt();
    }
    for form in [
        "%Y-%m-%d %H:%M:%S%.f%:z",
        "%Y-%m-%d %H:%M:%S%.f %z",
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
    ] {
        if let Ok(time) = DateTime::parse_from_str(text, form) {
            return time.timestamp_nanos_opt();
        }
    }
    let bare = text
        .trim_end_matches(" UTC")
        .trim_end_matches('Z')
        .replace(',', ".");
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y/%m/%d %H:%M:%S%.f",
    ] {
        if let Ok(time) = NaiveDateTime::parse_from_str(&bare, form) {
            return time.and_utc().timestamp_nanos_opt();
        }
    }
    None
}

/// Seconds as an integer.
#[must_use]
pub fn seconds(value: i64) -> Option<i64> {
    value.checked_mul(SECOND)
}

/// Milliseconds as an integer.
#[must_use]
pub fn millis(value: i64) -> Option<i64> {
    value.checked_mul(1_000_000)
}

/// Microseconds as an integer.
#[must_use]
pub fn micros(value: i64) -> Option<i64> {
    value.checked_mul(1_000)
}

/// Seconds as a float, exact to the microsecond for present-day times.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the range is checked before the cast"
)]
pub fn seconds_float(value: f64) -> Option<i64> {
    let micros = (value * 1e6).round();
    (micros.abs() < 9.2e15)
        .then_some(micros as i64)
        .and_then(self::micros)
}

/// An integer of unknown unit, judged by its size: a time between 1990 and 2100 in exactly one of
/// seconds, milliseconds, microseconds or nanoseconds.
#[must_use]
pub fn guess_unit(value: i64) -> Option<i64> {
    const RANGE: std::ops::Range<i64> = 631_152_000..4_102_444_800;
    [1, 1_000, 1_000_000, SECOND]
        .into_iter()
        .find(|per_second| RANGE.contains(&(value / per_second)))
        .and_then(|per_second| value.checked_mul(SECOND / per_second))
}

/// RFC 3339 in UTC with nine decimals: the form of every machine-readable output.
#[must_use]
pub fn rfc3339(ts_ns: i64) -> String {
    at(ts_ns).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// `2026-11-03 14:02:07`, for people.
#[must_use]
pub fn short(ts_ns: i64) -> String {
    at(ts_ns).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `14:02:07.123`, for lists within a day.
#[must_use]
pub fn clock(ts_ns: i64) -> String {
    at(ts_ns).format("%H:%M:%S%.3f").to_string()
}

/// A duration as people say it: `870 µs`, `12.4 ms`, `3.2 s`, `4 min 10 s`, `2 h 05 min`, `3 d 4 h`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn duration(ns: i64) -> String {
    let magnitude = ns.unsigned_abs();
    let sign = if ns < 0 { "-" } else { "" };
    let text = match magnitude {
        0..1_000 => format!("{magnitude} ns"),
        1_000..1_000_000 => format!("{} µs", magnitude / 1_000),
        1_000_000..1_000_000_000 => format!("{:.1} ms", magnitude as f64 / 1e6),
        1_000_000_000..60_000_000_000 => format!("{:.1} s", magnitude as f64 / 1e9),
        _ => {
            let seconds = magnitude / 1_000_000_000;
            match seconds {
                0..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
                3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
                _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
            }
        }
    };
    format!("{sign}{text}")
}

fn at(ts_ns: i64) -> DateTime<Utc> {
    Utc.timestamp_nanos(ts_ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_form_means_the_same_instant() {
        let expected = Some(1_762_178_527_123_000_000);
        for text in [
            "2025-11-03T14:02:07.123Z",
            "2025-11-03T15:02:07.123+01:00",
            "2025-11-03T15:02:07.123+0100",
            "2025-11-03 14:02:07.123",
            "2025-11-03 14:02:07,123",
            "2025-11-03 14:02:07.123 +0000",
            "2025-11-03 14:02:07.123 UTC",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse("yesterday"), None);
    }

    #[test]
    fn units_are_guessed_only_where_they_are_clear() {
        let expected = Some(1_762_178_527 * SECOND);
        for value in [
            1_762_178_527,
            1_762_178_527_000,
            1_762_178_527_000_000,
            1_762_178_527 * SECOND,
        ] {
            assert_eq!(guess_unit(value), expected);
        }
        assert_eq!(guess_unit(12), None);
    }

    #[test]
    fn prometheus_floats_keep_their_milliseconds() {
        assert_eq!(
            seconds_float(1_435_781_430.781),
            Some(1_435_781_430_781_000_000)
        );
        assert_eq!(seconds_float(f64::NAN), None);
    }

    #[test]
    fn nine_decimals() {
        assert_eq!(rfc3339(1), "1970-01-01T00:00:00.000000001Z");
    }
}
