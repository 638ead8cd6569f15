//! When a release is looked at, and what it is compared with.
//!
//! A release is told apart by what its instances ran, not by the clock: everything that one of its
//! instances did is its doing, even after it was taken back. The clock only bounds rates, where the
//! first minutes of a start and the time after the next change would mislead.

/// Five minutes in nanoseconds: the step of every rollup.
pub const BLOCK: i64 = 300_000_000_000;
/// One minute in nanoseconds.
pub const MINUTE: i64 = 60_000_000_000;
/// One hour in nanoseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in nanoseconds.
pub const DAY: i64 = 24 * HOUR;

/// Minutes after the start that rates leave out: caches fill, pools open (CloudTrail Insights and
/// canary practice; reference: domain.md 3.2).
pub const WARM_UP: i64 = 10 * MINUTE;
/// The longest stretch after the start that rates look at.
pub const LONGEST: i64 = DAY;
/// What a baseline must cover before something can be called new (CloudTrail Insights).
pub const NOVELTY_DAYS: i64 = 7;

/// The stretch of a release that rates and latencies are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// When its first instance ran.
    pub began: i64,
    /// From here on, after the warm-up.
    pub since: i64,
    /// Up to before this: the next change, a day, or the end of the evidence.
    pub until: i64,
    /// False where the release did not live longer than the warm-up, which then counts as well.
    pub is_warm: bool,
}

impl Window {
    /// The window of a release that began at `began` and was replaced at `finished`, in evidence that
    /// ends at `as_of`; all in nanoseconds.
    #[must_use]
    pub fn of(began: i64, finished: Option<i64>, as_of: i64) -> Self {
        let until = finished
            .unwrap_or(as_of)
            .min(as_of)
            .min(began.saturating_add(LONGEST))
            .max(began);
        let warm = began.saturating_add(WARM_UP);
        let is_warm = warm.saturating_add(2 * BLOCK) <= until;
        Self {
            began,
            since: if is_warm { warm } else { began },
            until,
            is_warm,
        }
    }

    /// What has to be read for it and its baselines: from, and up to before.
    #[must_use]
    pub fn reads(&self) -> (i64, i64) {
        (
            self.began.saturating_sub(7 * DAY + 2 * HOUR),
            self.until.saturating_add(BLOCK),
        )
    }

    /// Its length in hours.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "hours need no exact nanoseconds"
    )]
    pub fn hours(&self) -> f64 {
        (self.until - self.since) as f64 / HOUR as f64
    }
}

/// Which records the rates of a release are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Other versions in the same minutes: time's effects cancel out.
    Concurrent,
    /// Earlier releases in the day before: near in time, and every hour of a day.
    DayBefore,
    /// Earlier releases at the same hours of the day, over the week before.
    SameHours,
    /// Earlier releases at any hour of the week before.
    WeekBefore,
}

impl Control {
    /// In the order of preference for shares, which depend little on the hour.
    pub const OF_SHARES: [Self; 4] = [
        Self::Concurrent,
        Self::DayBefore,
        Self::SameHours,
        Self::WeekBefore,
    ];
    /// In the order of preference for durations, which depend on load.
    pub const OF_DURATIONS: [Self; 4] = [
        Self::Concurrent,
        Self::SameHours,
        Self::DayBefore,
        Self::WeekBefore,
    ];

    /// What outputs call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Concurrent => "other versions in the same minutes",
            Self::DayBefore => "earlier releases in the day before",
            Self::SameHours => "earlier releases at the same hours of the week before",
            Self::WeekBefore => "earlier releases in the week before",
        }
    }

    /// True where a block at `at` belongs to this control of `window`.
    #[must_use]
    pub fn has(self, window: &Window, at: i64) -> bool {
        let week = window.began.saturating_sub(7 * DAY);
        match self {
            Self::Concurrent => at >= window.since && at < window.until,
            Self::SameHours => {
                at >= week.saturating_sub(HOUR) && at < window.began && {
                    let of_day = |ns: i64| ns.rem_euclid(DAY);
                    let (first, last) = (of_day(window.since), of_day(window.until));
                    let at = of_day(at);
                    if window.until - window.since >= DAY {
                        true
                    } else if first <= last {
                        at >= first && at < last
                    } else {
                        at >= first || at < last
                    }
                }
            }
            Self::DayBefore => at >= window.began.saturating_sub(DAY) && at < window.began,
            Self::WeekBefore => at >= week && at < window.began,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_at_the_next_change_and_leaves_the_start_out() {
        let window = Window::of(1_000 * HOUR, Some(1_000 * HOUR + 50 * MINUTE), 2_000 * HOUR);
        assert_eq!(window.since, 1_000 * HOUR + WARM_UP);
        assert_eq!(window.until, 1_000 * HOUR + 50 * MINUTE);
        assert!(window.is_warm);
        let open = Window::of(1_000 * HOUR, None, 2_000 * HOUR);
        assert_eq!(open.until - open.began, LONGEST);
        let short = Window::of(0, Some(12 * MINUTE), HOUR);
        assert_eq!((short.since, short.is_warm), (0, false));
    }

    #[test]
    fn the_same_hours_may_span_midnight() {
        let window = Window::of(30 * DAY + 23 * HOUR, Some(31 * DAY + HOUR), 40 * DAY);
        let same = |at| Control::SameHours.has(&window, at);
        assert!(same(29 * DAY + 23 * HOUR + 30 * MINUTE));
        assert!(same(29 * DAY + 30 * MINUTE));
        assert!(!same(29 * DAY + 12 * HOUR));
        assert!(!same(20 * DAY + 23 * HOUR + 30 * MINUTE));
        assert!(!Control::Concurrent.has(&window, 29 * DAY));
        assert!(Control::WeekBefore.has(&window, 29 * DAY + 12 * HOUR));
    }
}
