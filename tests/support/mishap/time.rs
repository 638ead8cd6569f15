//! Nanoseconds UTC inside, each export's own form outside. Written by hand: `std` has no calendar.

/// Nanoseconds since the Unix epoch.
pub type Ns = i64;

/// One millisecond.
pub const MILLI: Ns = 1_000_000;
/// One second.
pub const SECOND: Ns = 1_000_000_000;
/// One minute.
pub const MINUTE: Ns = 60 * SECOND;
/// One hour.
pub const HOUR: Ns = 60 * MINUTE;
/// One day.
pub const DAY: Ns = 24 * HOUR;

/// Year, month, day of a count of days since 1970 (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `2026-10-29T14:02:03` and the nanoseconds left.
fn parts(time: Ns) -> (String, i64) {
    let (year, month, day) = civil(time.div_euclid(DAY));
    let second = time.rem_euclid(DAY) / SECOND;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    (text, time.rem_euclid(SECOND))
}

/// RFC 3339 with whole seconds, as GitHub, Kubernetes objects and `CloudTrail` write.
pub fn seconds(time: Ns) -> String {
    parts(time).0 + "Z"
}

/// RFC 3339 with microseconds, as the Kubernetes audit log writes.
pub fn micros(time: Ns) -> String {
    let (text, rest) = parts(time);
    format!("{text}.{:06}Z", rest / 1000)
}

/// RFC 3339 with nanoseconds, as Vault writes.
pub fn nanos(time: Ns) -> String {
    let (text, rest) = parts(time);
    format!("{text}.{rest:09}Z")
}

/// ISO 8601 with an offset, as git writes.
pub fn git(time: Ns) -> String {
    parts(time + 2 * HOUR).0 + "+02:00"
}

/// `20261029T1402Z`, for file names.
pub fn stamp(time: Ns) -> String {
    let text = parts(time).0.replace(['-', ':'], "");
    format!("{}Z", &text[..13])
}

/// Day of the week: 0 is Monday.
pub fn weekday(time: Ns) -> i64 {
    // 1970-01-01 was a Thursday.
    (time.div_euclid(DAY) + 3).rem_euclid(7)
}
