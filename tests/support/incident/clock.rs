//! The calendar of the sample: October 2026, nanoseconds UTC inside, each export's own form outside.

use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat, Utc};

/// Nanoseconds since the Unix epoch.
pub type Ns = i64;

/// One second.
pub const SECOND: Ns = 1_000_000_000;
/// One millisecond.
pub const MILLI: Ns = 1_000_000;
/// One minute.
pub const MINUTE: Ns = 60 * SECOND;
/// One hour.
pub const HOUR: Ns = 60 * MINUTE;
/// One day.
pub const DAY: Ns = 24 * HOUR;

/// A moment of 2026 written as `10-29 14:02:03`.
pub fn at(text: &str) -> Ns {
    let time = NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M:%S");
    let time = time.unwrap_or_else(|error| panic!("{text}: {error}"));
    time.and_utc().timestamp() * SECOND
}

fn utc(time: Ns) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(time)
}

/// RFC 3339 with whole seconds, as GitHub, Kubernetes objects and `CloudTrail` write.
pub fn seconds(time: Ns) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// RFC 3339 with milliseconds, as Claude Code writes.
pub fn millis(time: Ns) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// RFC 3339 with microseconds, as the Kubernetes audit log writes.
pub fn micros(time: Ns) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// RFC 3339 with nanoseconds, as Vault and container runtimes write.
pub fn nanos(time: Ns) -> String {
    utc(time).to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Seconds since the epoch.
pub fn unix(time: Ns) -> i64 {
    time / SECOND
}

/// A chosen form in UTC, for file names.
pub fn form(time: Ns, form: &str) -> String {
    utc(time).format(form).to_string()
}

/// ISO 8601 in the zone of the company's laptops, as git writes: clocks went back on 25 October.
pub fn git(time: Ns) -> String {
    let hours = if time < at("10-25 01:00:00") { 2 } else { 1 };
    let zone = FixedOffset::east_opt(hours * 3600).expect("an hour or two");
    utc(time)
        .with_timezone(&zone)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Hour of the day, UTC.
pub fn hour(time: Ns) -> usize {
    usize::try_from(time.rem_euclid(DAY) / HOUR).unwrap_or(0)
}

/// True on Saturday and Sunday.
pub fn weekend(time: Ns) -> bool {
    // 1970-01-01 was a Thursday.
    matches!(time.div_euclid(DAY).rem_euclid(7), 2 | 3)
}
