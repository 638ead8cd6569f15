//! The same question put to times without a release.
//!
//! Formulas assume something about noise; a service's own past does not. A release that never was is
//! put at earlier times of the same service, first at the same hour of other days, then one window after
//! another back in time. Each gets the same statistic, and the real one is ranked among them. With two
//! dozen of them no p is below .04: the rank says how usual such a shift is, the test how likely.
//!
//! A window in which something else was changed is no placebo. Nothing is drawn by lot.

use super::compare::Comparison;
use super::stats::many::{Placebo, placebo};
use super::window::{BLOCK, Control, DAY, HOUR, Window};

/// The most placebo releases.
pub const MOST: usize = 24;
/// The fewest that a rank is told of.
pub const FEWEST: usize = 4;

/// Times at which a release of the same length could have been, the most alike first.
fn windows(comparison: &Comparison) -> impl Iterator<Item = Window> {
    let window = comparison.window;
    let long = window.until - window.began;
    let step = ((long + BLOCK - 1).div_euclid(BLOCK) * BLOCK).max(HOUR);
    let days = (1..=7)
        .map(|day| day * DAY)
        .filter(move |back| *back >= long);
    let others = (1..=7 * DAY / step).map(move |at| at * step);
    // What lies within a window's length of the same hour of a day has been there already.
    let apart = move |back: &i64| {
        let off = back.rem_euclid(DAY);
        off.min(DAY - off) >= long || *back < DAY - long
    };
    days.chain(others.filter(apart))
        .map(move |back| Window {
            began: window.began.saturating_sub(back),
            since: window.since.saturating_sub(back),
            until: window.until.saturating_sub(back),
            is_warm: window.is_warm,
        })
        .filter(|fake| {
            let changed = |at: i64| at >= fake.began.saturating_sub(BLOCK) && at < fake.until;
            !comparison.others.iter().any(|other| changed(other.at))
        })
}

/// Where `value` stands among the same statistic of placebo releases; by size, whatever the direction.
///
/// `None` with fewer than four of them, or where the real one is compared with its own minutes, which a
/// time without two versions has not.
#[must_use]
pub fn rank(
    comparison: &Comparison,
    control: Control,
    value: f64,
    statistic: &dyn Fn(&Window) -> Option<f64>,
) -> Option<Placebo> {
    if control == Control::Concurrent {
        return None;
    }
    let others: Vec<f64> = windows(comparison)
        .filter_map(|fake| statistic(&fake))
        .take(MOST)
        .map(f64::abs)
        .collect();
    (others.len() >= FEWEST)
        .then(|| placebo(value.abs(), &others))
        .flatten()
}

/// What outputs say of it, as a sentence of its own; empty where there is none.
#[must_use]
pub fn words(found: Option<Placebo>) -> String {
    found.map_or_else(String::new, |found| {
        format!(
            " It is larger than {} of {} placebo releases, put at times without one (rank {} of {}, p = {:.2}).",
            found.of - found.rank,
            found.of - 1,
            found.rank,
            found.of,
            found.p
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::compare::Other;
    use super::super::detectors::real;
    use super::*;

    fn comparison(hours: i64) -> Comparison {
        let began = 1_000 * DAY + 10 * HOUR;
        Comparison {
            window: Window::of(began, Some(began + hours * HOUR), began + 9 * DAY),
            ..Comparison::default()
        }
    }

    #[test]
    fn placebos_lie_before_the_release_and_apart() {
        for hours in [1, 3, 24] {
            let comparison = comparison(hours);
            let found: Vec<Window> = windows(&comparison).collect();
            assert_eq!(found[0].began, comparison.window.began - DAY, "{hours}");
            for (at, one) in found.iter().enumerate() {
                assert!(one.until <= comparison.window.began);
                assert_eq!(one.until - one.began, hours * HOUR);
                let meets = |other: &Window| one.began < other.until && other.began < one.until;
                assert!(!found[..at].iter().any(meets), "{hours} {at}");
            }
        }
    }

    #[test]
    fn a_rank_is_told_of_enough_windows_without_changes() {
        let mut comparison = comparison(3);
        let began = comparison.window.began;
        let quiet = |fake: &Window| Some(real(fake.began - began) / real(DAY));
        let found = rank(&comparison, Control::DayBefore, -1.5, &quiet).unwrap();
        assert_eq!(found.of, MOST + 1);
        assert!(words(Some(found)).contains("of 24 placebo releases"));
        assert_eq!(rank(&comparison, Control::Concurrent, 9.0, &quiet), None);
        let scarce = |fake: &Window| (fake.began == began - DAY).then_some(0.0);
        assert_eq!(rank(&comparison, Control::DayBefore, 9.0, &scarce), None);
        comparison.others.push(Other {
            at: began - DAY + HOUR,
            label: "the config change".to_owned(),
            is_release: false,
        });
        assert!(windows(&comparison).all(|fake| fake.began != began - DAY));
    }
}
