//! Did the share of one kind among all kinds move?
//!
//! Used for log templates: each has a count in either window, and the terms of a symmetric
//! Kullback-Leibler divergence rank them, as Sumo Logic's LogCompare does. It is a ranking, not
//! a test: a term has no p-value.

use super::counts::Counts;

/// The shares, with 1/2 added to each of `kinds` counts so that none is 0 (Jeffreys).
fn shares(candidate: Counts, baseline: Counts, kinds: u64) -> Option<(f64, f64)> {
    let smooth = |side: Counts| {
        let share = side.rate()?;
        if share > 1.0 {
            return None;
        }
        Some((side.events + 0.5) / (side.exposure + 0.5 * super::whole(kinds.max(1))))
    };
    Some((smooth(candidate)?, smooth(baseline)?))
}

/// One kind's term of the symmetric divergence: `(p - q) ln(p / q)`, in nats, never negative
/// (Jeffreys 1946), with `p` the candidate's share and `q` the baseline's.
///
/// `events` counts this kind, `exposure` all records of the window, `kinds` the different kinds in
/// both windows together. The sum over all kinds is the divergence of the two windows.
///
/// `None` where a window is empty, a number is not sound, or a kind has more events than there are
/// records.
#[must_use]
pub fn relative_entropy_term(candidate: Counts, baseline: Counts, kinds: u64) -> Option<f64> {
    let (p, q) = shares(candidate, baseline, kinds)?;
    Some(((p - q) * (p / q).ln()).max(0.0))
}

/// By which part the share grew, `(p - q) / q` with the same smoothing: 1 means twice the share.
///
/// `None` as for [`relative_entropy_term`].
#[must_use]
pub fn relative_change(candidate: Counts, baseline: Counts, kinds: u64) -> Option<f64> {
    let (p, q) = shares(candidate, baseline, kinds)?;
    Some((p - q) / q)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Counts = Counts {
        events: 30.0,
        exposure: 1_000.0,
    };
    const BEFORE: Counts = Counts {
        events: 10.0,
        exposure: 2_000.0,
    };

    #[test]
    fn a_term_is_as_computed_elsewhere_and_symmetric() {
        // Python: p, q = 30.5/1005, 10.5/2005; (p - q) * log(p / q)
        for term in [
            relative_entropy_term(NOW, BEFORE, 10),
            relative_entropy_term(BEFORE, NOW, 10),
        ] {
            assert!((term.unwrap() - 0.044_120_843_191_666_36).abs() < 1e-15);
        }
        let change = relative_change(NOW, BEFORE, 10).unwrap();
        assert!((change - (30.5 / 1_005.0 / (10.5 / 2_005.0) - 1.0)).abs() < 1e-12);
    }

    #[test]
    fn a_new_kind_ranks_above_a_moved_one_and_an_equal_one_is_zero() {
        let gone = Counts {
            events: 0.0,
            ..BEFORE
        };
        assert!(relative_entropy_term(NOW, gone, 10) > relative_entropy_term(NOW, BEFORE, 10));
        assert_eq!(relative_entropy_term(NOW, NOW, 10), Some(0.0));
    }

    #[test]
    fn an_empty_window_has_no_shares() {
        let empty = Counts {
            events: 0.0,
            exposure: 0.0,
        };
        assert_eq!(relative_entropy_term(NOW, empty, 10), None);
        let broken = Counts {
            events: 3.0,
            exposure: 2.0,
        };
        assert_eq!(relative_entropy_term(NOW, broken, 10), None);
    }
}
