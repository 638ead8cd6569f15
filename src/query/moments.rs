//! Windows of time by name, and as people type them.
//!
//! ```text
//! 14:24            a quarter of an hour on either side, on the last day that has it
//! 14:00..14:30     from one to the other
//! 2026-10-29       the whole day
//! deploy ±5m       around what the release in question did: deploy, rollback, end
//! deploy..rollback
//! ```

use serde_json::Value;

use super::filter::{When, duration, when};
use super::{Reader, StoreError, detail};
use crate::model::time;

const MINUTE: i64 = 60 * time::SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What is shown around a moment unless somebody says how much.
const AROUND: i64 = 15 * MINUTE;

/// A window with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What it is called.
    pub name: String,
    /// From, and before when, in nanoseconds.
    pub window: (i64, i64),
}

/// What times are measured by: the release in question, and the time that the evidence covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moments {
    /// The release in question.
    pub release: Option<String>,
    /// When it was deployed, in nanoseconds.
    pub deploy: Option<i64>,
    /// When it ended, in nanoseconds.
    pub end: Option<i64>,
    /// True where it was rolled back.
    pub is_rolled_back: bool,
    /// From the first to the last time of the evidence, in nanoseconds.
    pub extent: (i64, i64),
}

/// What is known of the release `id`, in the time `extent` that the evidence covers.
///
/// # Errors
/// The engine refuses, or the question was withdrawn.
pub fn ask(reader: &Reader, id: Option<&str>, extent: (i64, i64)) -> Result<Moments, StoreError> {
    let record = match id {
        Some(id) => detail::record(reader, &format!("release:{id}"))?.unwrap_or_default(),
        None => serde_json::Map::default(),
    };
    let at = |name: &str| record.get(name).and_then(Value::as_i64);
    Ok(Moments {
        release: id.map(str::to_owned),
        deploy: at("started_ns"),
        end: at("finished_ns"),
        is_rolled_back: record.get("status").and_then(Value::as_str) == Some("rolled_back"),
        extent,
    })
}

impl Moments {
    /// The windows that have names.
    #[must_use]
    pub fn presets(&self) -> Vec<Moment> {
        let mut presets = Vec::new();
        // Times are evidence: they may lie at either end of what a number holds.
        let (before, after) = (i64::saturating_sub, i64::saturating_add);
        let mut add = |name: &str, from: i64, until: i64| {
            let window = (from.max(self.extent.0), until.min(self.extent.1));
            if window.0 < window.1 {
                let name = name.to_owned();
                presets.push(Moment { name, window });
            }
        };
        let ended = if self.is_rolled_back {
            "rollback"
        } else {
            "end"
        };
        if let Some(deploy) = self.deploy {
            add("deploy ±15m", before(deploy, AROUND), after(deploy, AROUND));
            add("deploy ±1h", before(deploy, HOUR), after(deploy, HOUR));
            add("baseline: the week before", before(deploy, 7 * DAY), deploy);
            let end = self.end.unwrap_or(self.extent.1);
            add("while it served", deploy, end);
        }
        if let Some(end) = self.end {
            let around = (before(end, AROUND), after(end, AROUND));
            add(&format!("{ended} ±15m"), around.0, around.1);
            add(&format!("since {ended}"), end, self.extent.1);
        }
        add("all time", self.extent.0, self.extent.1.saturating_add(1));
        presets
    }

    /// The window that `text` means; `None` where it means none.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<(i64, i64)> {
        let text = text.trim();
        if let Some((from, until)) = text.split_once("..") {
            let window = (self.point(from)?.0, self.point(until)?.1);
            return Some(window).filter(|(from, until)| from < until);
        }
        let around = |text: &str, more: &str| {
            let margin = duration(more)?.exact;
            let (from, until) = self.point(text)?;
            Some((from.checked_sub(margin)?, until.checked_add(margin)?))
        };
        for sign in ["±", "+-", "+/-"] {
            if let Some((moment, margin)) = text.split_once(sign) {
                return around(moment, margin);
            }
        }
        let (from, until) = self.point(text)?;
        if until.saturating_sub(from) >= HOUR {
            return Some((from, until));
        }
        Some((from.checked_sub(AROUND)?, until.checked_add(AROUND)?))
    }

    /// The moment that `text` names, from and before when.
    fn point(&self, text: &str) -> Option<(i64, i64)> {
        let text = text.trim();
        let named = match text.to_ascii_lowercase().as_str() {
            "deploy" | "deployment" => Some(self.deploy),
            "rollback" => Some(self.end.filter(|_| self.is_rolled_back)),
            "end" => Some(self.end),
            "start" | "first" => Some(Some(self.extent.0)),
            "last" | "now" => Some(Some(self.extent.1)),
            _ => None,
        };
        if let Some(named) = named {
            return named.map(|at| (at, at.saturating_add(1)));
        }
        match when(text)? {
            When::Once(span) => Some((span.from, span.until)),
            When::Daily(span) => {
                let last = self.extent.1;
                let midnight = last.checked_sub(last.rem_euclid(DAY))?;
                // The last day that has begun by then, and had not ended before.
                let from = midnight.checked_add(span.from)?;
                let from = if from > self.extent.1 {
                    from.checked_sub(DAY)?
                } else {
                    from
                };
                Some((from, from.checked_add(span.until - span.from)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        time::parse(text).unwrap()
    }

    fn moments() -> Moments {
        Moments {
            release: Some("checkout@v2.15.0".to_owned()),
            deploy: Some(at("2026-10-29T14:00:00Z")),
            end: Some(at("2026-10-29T14:41:00Z")),
            is_rolled_back: true,
            extent: (at("2026-10-06T00:00:00Z"), at("2026-10-29T16:00:00Z")),
        }
    }

    #[test]
    fn what_people_type_is_a_window() {
        for (text, from, until) in [
            ("14:24", "2026-10-29T14:09:00Z", "2026-10-29T14:40:00Z"),
            ("23:30", "2026-10-28T23:15:00Z", "2026-10-28T23:46:00Z"),
            (
                "14:00..14:30",
                "2026-10-29T14:00:00Z",
                "2026-10-29T14:31:00Z",
            ),
            ("2026-10-08", "2026-10-08T00:00:00Z", "2026-10-09T00:00:00Z"),
            ("14:24 ±5m", "2026-10-29T14:19:00Z", "2026-10-29T14:30:00Z"),
            ("14:24+-5m", "2026-10-29T14:19:00Z", "2026-10-29T14:30:00Z"),
        ] {
            assert_eq!(moments().read(text), Some((at(from), at(until))), "{text}");
        }
        let (from, until) = moments().read("deploy..rollback").unwrap();
        assert_eq!(from, at("2026-10-29T14:00:00Z"));
        assert_eq!(until - 1, at("2026-10-29T14:41:00Z"));
    }

    #[test]
    fn what_is_no_time_is_no_window() {
        for text in ["", "soon", "25:00", "14:30..14:00", "14:24 ±", "±5m", ".."] {
            assert_eq!(moments().read(text), None, "{text}");
        }
        assert_eq!(Moments::default().read("deploy"), None);
        let text = "9999-12-31 ±99999d";
        assert_eq!(moments().read(text), None);
    }

    #[test]
    fn times_at_the_ends_of_what_a_number_holds_break_nothing() {
        for at in [i64::MIN, i64::MAX] {
            let moments = Moments {
                deploy: Some(at),
                end: Some(at),
                extent: (i64::MIN, at),
                ..moments()
            };
            assert!(moments.presets().len() < 9);
            for text in ["deploy", "00:00", "23:59", "deploy ±9d", "first..last"] {
                let window = moments.read(text);
                assert!(window.is_none_or(|(from, until)| from < until), "{text}");
            }
        }
    }

    #[test]
    fn presets_lie_in_the_time_that_is_covered() {
        let presets = moments().presets();
        let names: Vec<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "deploy ±15m",
                "deploy ±1h",
                "baseline: the week before",
                "while it served",
                "rollback ±15m",
                "since rollback",
                "all time"
            ]
        );
        assert!(
            presets
                .iter()
                .all(|preset| preset.window.0 >= moments().extent.0)
        );
    }
}
