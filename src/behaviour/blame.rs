//! Whose doing a rise is: the release's, or something else's that was changed nearer to it.
//!
//! A release is innocent until the time speaks against it. What begins a day after it, minutes after a
//! dependency was replaced or a setting was changed, began with that; what the minutes before it show
//! as well did not begin with it at all.

use super::compare::Comparison;
use super::window::{BLOCK, HOUR, MINUTE};
use crate::model::time;

/// How long before a rise a change may lie that is held against it.
const BEFORE: i64 = 45 * MINUTE;
/// How much likelier (in logarithms) the release has to make the failures than a change of setting does
/// before it is blamed: two, the usual step from a hint to evidence.
const DOUBT: f64 = 2.0;
/// How much later than its effect a change may be recorded.
const AFTER: i64 = BLOCK;

/// Says so where something else was changed nearer to `onset` than the release began.
fn elsewhere(comparison: &Comparison, onset: i64) -> Option<String> {
    let own = (onset - comparison.window.began).abs();
    let nearest = comparison
        .others
        .iter()
        .filter(|other| other.at <= onset + AFTER && other.at >= onset - BEFORE)
        .min_by_key(|other| ((onset - other.at).abs(), other.label.clone()))?;
    ((onset - nearest.at).abs() < own).then(|| {
        format!(
            "It began at {}, {} minutes after the release and nearer to {} ({}).",
            time::short(onset),
            (onset - comparison.window.began) / MINUTE,
            nearest.label,
            time::short(nearest.at),
        )
    })
}

/// The same for what was seen first at `first`: single events of something rare may come late, so
/// that the release has to be an hour old and the other change fresh.
#[must_use]
pub fn elsewhere_at(comparison: &Comparison, first: i64) -> Option<String> {
    (first - comparison.window.began > HOUR)
        .then(|| elsewhere(comparison, first))
        .flatten()
}

/// Says so where another change explains the steps (time, events, exposure) at least as well as the
/// release does: where the split at that change makes them likelier than the split at the release's
/// beginning (two binomial shares each; Hinkley and Hinkley, 1970).
#[must_use]
pub fn likelier(comparison: &Comparison, steps: &[(i64, f64, f64)]) -> Option<String> {
    let began = comparison.window.began;
    let own = fit(steps, began)?;
    let (better, other) = comparison
        .others
        .iter()
        .filter(|other| other.at >= began - BEFORE && other.at < comparison.window.until)
        .filter_map(|other| Some((fit(steps, other.at)?, other)))
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    // Where too little happened between two changes, nobody can tell them apart; a release of code is
    // not more suspect than a setting.
    let doubt = if other.is_release { 0.0 } else { DOUBT };
    (better + doubt >= own).then(|| {
        format!(
            "The failures fit {} ({}) as well as the release ({}), or better.",
            other.label,
            time::short(other.at),
            time::short(began)
        )
    })
}

/// The logarithm of how likely the steps are with one share before `at` and another, higher one from
/// then on; `None` where it is not higher.
fn fit(steps: &[(i64, f64, f64)], at: i64) -> Option<f64> {
    // A step that the change fell into belongs to neither side.
    let side = |after: bool| {
        steps
            .iter()
            .filter(|(step, ..)| {
                if after {
                    *step >= at
                } else {
                    step + BLOCK <= at
                }
            })
            .fold((0.0, 0.0), |sum, step| (sum.0 + step.1, sum.1 + step.2))
    };
    let within: (f64, f64) = steps
        .iter()
        .filter(|(step, ..)| *step < at && step + BLOCK > at)
        .fold((0.0, 0.0), |sum, step| (sum.0 + step.1, sum.1 + step.2));
    let (before, after) = (side(false), side(true));
    let share = |(events, exposure): (f64, f64)| events / f64::max(exposure, 1e-9);
    let log = |(events, exposure): (f64, f64), share: f64| {
        let term = |count: f64, share: f64| {
            if count > 0.0 {
                count * share.max(1e-12).ln()
            } else {
                0.0
            }
        };
        term(events, share) + term(exposure - events, 1.0 - share)
    };
    let (low, high) = (share(before), share(after));
    (high > low).then(|| {
        let middle = log(within, low).max(log(within, high));
        log(before, low) + log(after, high) + middle
    })
}

#[cfg(test)]
mod tests {
    use super::super::compare::Other;
    use super::super::window::Window;
    use super::*;

    fn comparison(began: i64, others: &[(i64, &str)]) -> Comparison {
        Comparison {
            window: Window::of(began, None, began + 20 * HOUR),
            others: others
                .iter()
                .map(|(at, label)| Other {
                    at: *at,
                    label: (*label).to_owned(),
                    is_release: false,
                })
                .collect(),
            ..Comparison::default()
        }
    }

    #[test]
    fn a_nearer_change_excuses_the_release() {
        let began = 1_000 * HOUR;
        let comparison = comparison(began, &[(began + 10 * HOUR, "the config change")]);
        let told = elsewhere(&comparison, began + 10 * HOUR + 3 * MINUTE).unwrap();
        assert!(told.contains("the config change"), "{told}");
        assert_eq!(elsewhere(&comparison, began + 2 * MINUTE), None);
        // Too long ago to have anything to do with it.
        assert_eq!(elsewhere(&comparison, began + 12 * HOUR), None);
    }

    #[test]
    fn the_change_that_fits_the_failures_is_blamed() {
        let began = 1_000 * HOUR;
        let steps = |rises: i64| -> Vec<(i64, f64, f64)> {
            (-40..60)
                .map(|at| began + at * BLOCK)
                .map(|at| (at, if at < rises { 0.2 } else { 4.0 }, 40.0))
                .collect()
        };
        let comparison = comparison(began, &[(began + 2 * HOUR, "the config change")]);
        let told = likelier(&comparison, &steps(began + 2 * HOUR)).unwrap();
        assert!(told.contains("the config change"), "{told}");
        assert_eq!(likelier(&comparison, &steps(began)), None);
    }
}
