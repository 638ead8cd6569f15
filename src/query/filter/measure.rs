//! Numbers, durations and times as people write them, and as the lists show them.
//!
//! A value stands for all that would be written like it: `14:02` is a minute, `2026-03-03` a day, `12.4 ms` all that
//! rounds to it. So the value of a cell finds its own row, though the cell rounds. Numbers alone are exact.

use super::Value;
use crate::model::time;

/// Nanoseconds in a day.
pub(super) const DAY: i64 = 86_400 * time::SECOND;

/// Nanoseconds from one on and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct Span {
    pub from: i64,
    pub until: i64,
}

/// What a duration says: the exact number for `>`, and what is written like it for `:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) struct Length {
    pub exact: i64,
    pub like: Span,
}

/// A time, or a time of the day on each day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::query) enum When {
    Once(Span),
    Daily(Span),
}

/// `5`, `-1.5`, `1_000`, `10k`, `2M`, `1G`, `5%` (0.05).
pub(super) fn number(text: &str) -> Option<Value> {
    let text = text.trim().replace('_', "");
    let (digits, times, parts) = match text.chars().next_back()? {
        '%' => (text.strip_suffix('%')?, 1, 100),
        'k' | 'K' => (text.strip_suffix(['k', 'K'])?, 1_000, 1),
        'M' => (text.strip_suffix('M')?, 1_000_000, 1),
        'G' => (text.strip_suffix('G')?, 1_000_000_000, 1),
        _ => (text.as_str(), 1, 1),
    };
    let digits = digits.trim_end();
    if let Some(decimal) = Decimal::read(digits) {
        let over = decimal.over.checked_mul(parts)?;
        let scaled = decimal.digits.checked_mul(times)?;
        if scaled % over == 0
            && let Ok(whole) = i64::try_from(scaled / over)
        {
            return Some(Value::Int(whole));
        }
    }
    // What else `f64` reads, such as `inf`, is no number that is typed.
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let value: f64 = digits
        .chars()
        .all(plain)
        .then(|| digits.parse().ok())
        .flatten()?;
    let factor = i32::try_from(times).map(f64::from).ok()?;
    let value = value * factor / i32::try_from(parts).map(f64::from).ok()?;
    value.is_finite().then_some(Value::Real(value))
}

/// Digits with or without a point: `digits / over`.
struct Decimal {
    digits: i128,
    over: i128,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        /// Any more and the products below could overflow.
        const LONGEST: usize = 18;
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{whole}{fraction}");
        let read = !all.is_empty()
            && all.len() <= LONGEST
            && all.chars().all(|c| c.is_ascii_digit())
            && unsigned.ends_with(|c: char| c.is_ascii_digit());
        let digits: i128 = read.then(|| all.parse().ok()).flatten()?;
        Some(Self {
            digits: if unsigned.len() < text.len() {
                -digits
            } else {
                digits
            },
            over: 10_i128.pow(u32::try_from(fraction.len()).ok()?),
        })
    }
}

/// `250ms`, `1.5s`, `2m`, `1h`, and as lists show them: `870 µs`, `4 min 10 s`, `2 h 05 min`, `3 d 4 h`.
pub(in crate::query) fn duration(text: &str) -> Option<Length> {
    let text = text.trim();
    let (text, negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let mut rest = text;
    let mut exact = 0_i128;
    let mut before = i128::MAX;
    let (mut unit, mut over) = (1, 1);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let decimal = Decimal::read(rest.get(..digits)?)?;
        let tail = rest.get(digits..)?.trim_start();
        let end = tail
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(tail.len());
        unit = nanos(tail.get(..end)?)?;
        over = decimal.over;
        // `10 s 4 min` is a slip.
        (unit < before).then_some(())?;
        before = unit;
        exact = exact.checked_add(decimal.digits.checked_mul(unit)? / over)?;
        rest = tail.get(end..)?.trim_start();
    }
    (before != i128::MAX).then_some(())?;
    let (from, until) = if over == 1 {
        (exact, exact + unit)
    } else {
        let width = (unit / over).max(1);
        let from = exact - width / 2;
        (from, from + width)
    };
    let (exact, from, until) = if negative {
        (-exact, 1 - until, 1 - from)
    } else {
        (exact, from, until)
    };
    Some(Length {
        exact: i64::try_from(exact).ok()?,
        like: Span {
            from: i64::try_from(from).ok()?,
            until: i64::try_from(until).ok()?,
        },
    })
}

fn nanos(unit: &str) -> Option<i128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" | "sec" => 1_000_000_000,
        "m" | "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        "d" => i128::from(DAY),
        _ => return None,
    })
}

/// RFC 3339 to the second, the minute or the day, in UTC where no zone is named; or `14:02`, `14:02:07.5`.
pub(in crate::query) fn when(text: &str) -> Option<When> {
    let text = text.trim();
    if let Some(span) = clock(text) {
        return Some(When::Daily(span));
    }
    let (date, rest) = text.split_at_checked(10)?;
    let is_date = date.chars().enumerate().all(|(at, c)| match at {
        4 | 7 => c == '-',
        _ => c.is_ascii_digit(),
    });
    is_date.then_some(())?;
    let midnight = time::parse(&format!("{date}T00:00:00Z"))?;
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
        return rest.is_empty().then(|| once(midnight, DAY)).flatten();
    };
    let clock_end = rest
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.')))
        .unwrap_or(rest.len());
    let (of_day, zone) = rest.split_at_checked(clock_end)?;
    let of_day = clock(of_day)?;
    let zone = match zone.trim() {
        "" | "UTC" | "z" => "Z",
        zone => zone,
    };
    let shift = midnight - time::parse(&format!("{date}T00:00:00{zone}"))?;
    let from = midnight.checked_add(of_day.from)?.checked_sub(shift)?;
    once(from, of_day.until - of_day.from)
}

fn once(from: i64, width: i64) -> Option<When> {
    let until = from.checked_add(width)?;
    Some(When::Once(Span { from, until }))
}

/// A time of the day, in nanoseconds from midnight.
fn clock(text: &str) -> Option<Span> {
    let two = |part: &str, below: i64| -> Option<i64> {
        let digits = part.len() == 2 && part.chars().all(|c| c.is_ascii_digit());
        let value: i64 = digits.then(|| part.parse().ok()).flatten()?;
        (value < below).then_some(value)
    };
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (two(parts.next()?, 24)?, two(parts.next()?, 60)?);
    let minutes = hour * 60 + minute;
    let Some(seconds) = parts.next() else {
        let from = minutes * 60 * time::SECOND;
        return Some(Span {
            from,
            until: from + 60 * time::SECOND,
        });
    };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let mut from = (minutes * 60 + two(whole, 60)?) * time::SECOND;
    let mut width = time::SECOND;
    if whole.len() < seconds.len() {
        let digits =
            (1..=9).contains(&fraction.len()) && fraction.chars().all(|c| c.is_ascii_digit());
        let value: i64 = digits.then(|| fraction.parse().ok()).flatten()?;
        width = 10_i64.pow(9 - u32::try_from(fraction.len()).ok()?);
        from += value * width;
    }
    Some(Span {
        from,
        until: from + width,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, value) in [
            ("5", Value::Int(5)),
            ("-5", Value::Int(-5)),
            ("1_000", Value::Int(1000)),
            ("1.5k", Value::Int(1500)),
            ("10K", Value::Int(10_000)),
            ("2M", Value::Int(2_000_000)),
            ("1G", Value::Int(1_000_000_000)),
            ("5%", Value::Real(0.05)),
            ("200 %", Value::Int(2)),
            ("0.25", Value::Real(0.25)),
            ("1e3", Value::Real(1000.0)),
        ] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in [
            "", "k", "%", "inf", "NaN", "5x", "1e999", "0x10", "--5", "5m",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
        let i64_max = number("9223372036854775807");
        assert!(matches!(i64_max, Some(Value::Real(_))), "{i64_max:?}");
    }

    #[test]
    fn durations_stand_for_what_is_shown_like_them() {
        for (text, exact, from, until) in [
            ("250ms", 250_000_000, 250_000_000, 251_000_000),
            ("1.5s", 1_500_000_000, 1_450_000_000, 1_550_000_000),
            ("12.4 ms", 12_400_000, 12_350_000, 12_450_000),
            ("870 µs", 870_000, 870_000, 871_000),
            (
                "4 min 10 s",
                250_000_000_000,
                250_000_000_000,
                251_000_000_000,
            ),
            (
                "2 h 05 min",
                7_500_000_000_000,
                7_500_000_000_000,
                7_560_000_000_000,
            ),
            ("1m30s", 90_000_000_000, 90_000_000_000, 91_000_000_000),
            ("-5ns", -5, -5, -4),
            ("-5us", -5_000, -5_999, -4_999),
        ] {
            let like = Span { from, until };
            assert_eq!(duration(text), Some(Length { exact, like }), "{text}");
        }
        for text in [
            "",
            "5",
            "ms",
            "5 x",
            "10 s 4 min",
            "1s5",
            "99999999999d",
            "1.s",
            "-",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_list_shows_of_a_duration_finds_it() {
        for ns in [
            870_123,
            12_449_999,
            999_949_999,
            3_249_999_999,
            250_400_000_000,
            7_512_000_000_000,
        ] {
            let shown = time::duration(ns);
            let like = duration(&shown).map(|length| length.like);
            let found = like.is_some_and(|like| (like.from..like.until).contains(&ns));
            assert!(found, "{ns} {shown} {like:?}");
        }
    }

    #[test]
    fn times() {
        let at = |text: &str| time::parse(text).unwrap_or_default();
        let noon = at("2026-03-03T12:00:00Z");
        for (text, from, width) in [
            ("2026-03-03", at("2026-03-03T00:00:00Z"), DAY),
            ("2026-03-03T12:00", noon, 60 * time::SECOND),
            ("2026-03-03 12:00:00", noon, time::SECOND),
            ("2026-03-03T13:00:00+01:00", noon, time::SECOND),
            ("2026-03-03T13:00+0100", noon, 60 * time::SECOND),
            ("2026-03-03T12:00:00.250Z", noon + 250_000_000, 1_000_000),
        ] {
            let until = from + width;
            assert_eq!(when(text), Some(When::Once(Span { from, until })), "{text}");
        }
        for (text, from, width) in [
            ("14:02", 50_520, 60 * time::SECOND),
            ("14:02:07", 50_527, time::SECOND),
            ("14:02:07.123", 50_527, 1_000_000),
        ] {
            let from = from * time::SECOND + i64::from(text.len() == 12) * 123_000_000;
            let until = from + width;
            assert_eq!(
                when(text),
                Some(When::Daily(Span { from, until })),
                "{text}"
            );
        }
        for text in [
            "24:00",
            "14:60",
            "1402",
            "4:2",
            "14:02:07.",
            "2026-13-03",
            "2026-03-03T",
            "2026-03-03Tx",
            "9999-01-01",
            "2026-03-03x",
            "été 2026-03",
            "2026-03-03T12:00:00+25:99",
        ] {
            assert_eq!(when(text), None, "{text}");
        }
    }
}
