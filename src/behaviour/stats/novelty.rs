//! Never seen before: could it have been there unseen?
//!
//! A key that the baseline lacks is news only if the baseline was long enough to show it. With
//! equal windows "three hits, never before" has p = .125. These functions put numbers to that, to
//! what sampling hides, and to how many new keys a quiet release brings anyway.

use super::{special, whole};

/// The logarithm of the candidate's part of both exposures; `None` unless both are finite, its own
/// above 0 and the baseline's not negative.
fn log_part(exposure: f64, exposure_before: f64) -> Option<f64> {
    let sound = exposure.is_finite()
        && exposure > 0.0
        && exposure_before.is_finite()
        && exposure_before >= 0.0;
    sound.then(|| -(exposure_before / exposure).ln_1p())
}

/// The chance that all `k` events fall into the candidate's window although nothing changed:
/// `pi^k`, `pi = Ec / (Eb + Ec)`.
///
/// Exposures in one unit: requests, instance-minutes, or events of that family. A baseline
/// without exposure gives 1. `None` where an exposure is negative or not finite, or the
/// candidate's is 0.
#[must_use]
pub fn chance(k: u64, exposure: f64, exposure_before: f64) -> Option<f64> {
    let log_part = log_part(exposure, exposure_before)?;
    Some(if k == 0 {
        1.0
    } else {
        (whole(k) * log_part).exp()
    })
}

/// How many events, none of them in the baseline, bring [`chance`] to `alpha` or below:
/// `ln(alpha) / ln(pi)`, rounded up, at least 1.
///
/// `None` as for [`chance`], where `alpha` is not strictly between 0 and 1, or where the baseline has
/// no exposure (no number suffices).
#[must_use]
pub fn needed(alpha: f64, exposure: f64, exposure_before: f64) -> Option<u64> {
    let log_part = log_part(exposure, exposure_before)?;
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    count(alpha.ln() / log_part)
}

/// A number of events: rounded up, at least 1; `None` where it is not finite.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at least 1, and above 2^64 the cast stays at the largest"
)]
fn count(events: f64) -> Option<u64> {
    // ln(1/8) / ln(1/2) is 3 but for rounding.
    let rounded = (events - 1e-9 * events.abs()).ceil().max(1.0);
    events.is_finite().then_some(rounded as u64)
}

/// The rate below which a behaviour lies, at 95 %, that was not seen once in `exposure`: `3 / n`
/// (Hanley & Lippman-Hand 1983), per unit of exposure. "Not seen in 4.1 M requests (< 0.73 per
/// million)". `None` where `exposure` is not above 0 and finite.
#[must_use]
pub fn rule_of_three(exposure: f64) -> Option<f64> {
    (exposure.is_finite() && exposure > 0.0).then(|| 3.0 / exposure)
}

/// The chance that the next event of the baseline would have had a key never seen in it:
/// `f1 / N` (Good 1953, after Turing).
///
/// `once` counts the keys seen exactly once, `events` all events. `None` where `events` is 0 or less
/// than `once`.
#[must_use]
pub fn unseen_mass(once: u64, events: u64) -> Option<f64> {
    (events > 0 && once <= events).then(|| whole(once) / whole(events))
}

/// How many new keys a candidate of `t` times the baseline's events brings though nothing changed:
/// `U(t) = - sum (-t)^j f_j` (Good & Toulmin 1956).
///
/// `frequencies` holds `(j, f_j)`: f_j keys were seen j times in the baseline. For t <= 1 the
/// series is used as it is, which is unbiased; a negative sum (few keys, most of them seen an
/// even number of times) counts as 0. Its noise is [`good_toulmin_error`]: before calling an excess
/// news, add it, most of all where the answer is near 0.
///
/// `None` for t > 1, where the series diverges (thin the candidate to t = 1 instead), and for t
/// negative or not a number.
#[must_use]
pub fn good_toulmin(frequencies: &[(u64, u64)], t: f64) -> Option<f64> {
    let sum: f64 = terms(frequencies, t)?
        .map(|(j, keys, power)| {
            if j % 2 == 1 {
                keys * power
            } else {
                -keys * power
            }
        })
        .sum();
    Some(sum.max(0.0))
}

/// The standard error of [`good_toulmin`] if keys come as Poisson events: `sqrt(sum t^(2j) f_j)`
/// (Efron & Thisted 1976). `None` as there.
#[must_use]
pub fn good_toulmin_error(frequencies: &[(u64, u64)], t: f64) -> Option<f64> {
    let sum: f64 = terms(frequencies, t)?
        .map(|(_, keys, power)| keys * power * power)
        .sum();
    Some(sum.sqrt())
}

/// `(j, f_j, t^j)` for j >= 1.
fn terms(frequencies: &[(u64, u64)], t: f64) -> Option<impl Iterator<Item = (u64, f64, f64)> + '_> {
    let usable = (0.0..=1.0).contains(&t);
    usable.then(|| {
        frequencies
            .iter()
            .filter(|(j, _)| *j > 0)
            .map(move |(j, keys)| (*j, whole(*keys), t.powf(whole(*j))))
    })
}

/// P(X >= `observed`) where `expected` are expected (Poisson). 0 observed gives 1.
///
/// `None` where `expected` is negative or not finite.
#[must_use]
pub fn poisson_tail(observed: u64, expected: f64) -> Option<f64> {
    if !expected.is_finite() || expected < 0.0 {
        return None;
    }
    Some(if observed == 0 {
        1.0
    } else if expected == 0.0 {
        0.0
    } else {
        special::poisson_at_least(whole(observed), expected)
    })
}

/// The chance that sampling at probability `sampling` hid a behaviour that happened `k` times:
/// `(1 - p)^k`. `None` where `sampling` is not within 0 and 1.
#[must_use]
pub fn missed(k: u64, sampling: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&sampling) {
        return None;
    }
    Some(if k == 0 {
        1.0
    } else {
        (whole(k) * (-sampling).ln_1p()).exp()
    })
}

/// How often a behaviour must happen to be seen at all with 95 % chance at probability `sampling`:
/// 29, 299 and 2,995 times at 10, 1 and .1 %. `None` where `sampling` is 0 or not within 0 and 1.
#[must_use]
pub fn needed_to_be_seen(sampling: f64) -> Option<u64> {
    if !(sampling > 0.0 && sampling <= 1.0) {
        return None;
    }
    count(0.05_f64.ln() / (-sampling).ln_1p())
}

#[cfg(test)]
mod tests;
