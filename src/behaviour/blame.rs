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
/// How much later than its effect a change may be recorded.
const AFTER: i64 = BLOCK;

/// Says so where something else was changed nearer to `onset` than the release began. `slack` is how
/// much nearer it has to be.
#[must_use]
pub fn elsewhere(comparison: &Comparison, onset: i64, slack: i64) -> Option<String> {
    let own = (onset - comparison.window.began).abs();
    let nearest = comparison
        .others
        .iter()
        .filter(|other| other.at <= onset + AFTER && other.at >= onset - BEFORE)
        .min_by_key(|other| ((onset - other.at).abs(), other.label.clone()))?;
    ((onset - nearest.at).abs() + slack < own).then(|| {
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
        .then(|| elsewhere(comparison, first, 0))
        .flatten()
}

/// The step at which a share changed most likely: the split into two shares under which the steps are
/// likeliest (a single change point by maximum likelihood; Hinkley and Hinkley, 1970). `None` for
/// fewer than four steps.
#[must_use]
pub fn change_point(steps: &[(i64, f64, f64)]) -> Option<i64> {
    if steps.len() < 4 {
        return None;
    }
    let likelihood = |events: f64, exposure: f64| {
        let share = events / exposure.max(1e-9);
        let term = |count: f64, share: f64| {
            if count > 0.0 {
                count * share.max(1e-12).ln()
            } else {
                0.0
            }
        };
        term(events, share) + term(exposure - events, 1.0 - share)
    };
    let (all_events, all_exposure) = steps
        .iter()
        .fold((0.0, 0.0), |sum, step| (sum.0 + step.1, sum.1 + step.2));
    let (mut events, mut exposure) = (0.0, 0.0);
    let mut best: Option<(f64, i64)> = None;
    for pair in steps.windows(2) {
        let [(_, failed, served), (next, ..)] = pair else {
            continue;
        };
        events += failed;
        exposure += served;
        let rises = (all_events - events) * exposure > events * (all_exposure - exposure);
        let fit =
            likelihood(events, exposure) + likelihood(all_events - events, all_exposure - exposure);
        if rises && best.is_none_or(|(known, _)| fit > known) {
            best = Some((fit, *next));
        }
    }
    best.map(|(_, at)| at)
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
                })
                .collect(),
            ..Comparison::default()
        }
    }

    #[test]
    fn a_nearer_change_excuses_the_release() {
        let began = 1_000 * HOUR;
        let comparison = comparison(began, &[(began + 10 * HOUR, "the config change")]);
        let told = elsewhere(&comparison, began + 10 * HOUR + 3 * MINUTE, 0).unwrap();
        assert!(told.contains("the config change"), "{told}");
        assert_eq!(elsewhere(&comparison, began + 2 * MINUTE, 0), None);
        // Too long ago to have anything to do with it.
        assert_eq!(elsewhere(&comparison, began + 12 * HOUR, 0), None);
    }

    #[test]
    fn a_change_point_is_where_the_share_rises() {
        let steps: Vec<(i64, f64, f64)> = (0..20)
            .map(|at| (at, if at < 12 { 1.0 } else { 6.0 }, 40.0))
            .collect();
        assert_eq!(change_point(&steps), Some(12));
        let falling: Vec<(i64, f64, f64)> = (0..20)
            .map(|at| (at, if at < 12 { 6.0 } else { 1.0 }, 40.0))
            .collect();
        assert_eq!(change_point(&falling), None);
        assert_eq!(change_point(&steps[..3]), None);
    }
}
