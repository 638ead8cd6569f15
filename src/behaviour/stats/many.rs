//! How many such answers come by chance?
//!
//! A release is asked hundreds of questions, and at p < .01 every hundredth quiet one answers
//! "yes". Benjamini-Hochberg bounds the share of false ones in a list to explore, Holm the chance
//! of a single one where an action hangs on it, and the placebo rank needs no distribution at all:
//! it puts the same question to days without a release.

/// A p-value made safe: what is not a number is no evidence.
fn sound(p: f64) -> f64 {
    if p.is_nan() { 1.0 } else { p.clamp(0.0, 1.0) }
}

/// Positions in ascending order of p; equal ones keep their order.
fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| sound(p[*a]).total_cmp(&sound(p[*b])));
    order
}

/// Benjamini & Hochberg's (1995) q-values, in the order of the input.
///
/// `q <= .05` keeps the expected share of false findings at 5 %, for tests that are independent or
/// positively dependent. Each entry counts as a test made; one that is not a number counts as 1.
/// Give it one family of one release at a time.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let tests = super::real(p.len());
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, at) in ascending(p).into_iter().enumerate().rev() {
        least = least.min(sound(p[at]) * tests / super::real(rank + 1));
        adjusted[at] = least;
    }
    adjusted
}

/// Holm's (1979) adjusted p-values, in the order of the input.
///
/// `<= .01` keeps the chance of a single false alarm among all tests at 1 %, however they depend
/// on each other. Entries that are not numbers count as 1.
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut adjusted = vec![1.0; p.len()];
    let mut most: f64 = 0.0;
    for (rank, at) in ascending(p).into_iter().enumerate() {
        most = most
            .max(sound(p[at]) * super::real(p.len() - rank))
            .min(1.0);
        adjusted[at] = most;
    }
    adjusted
}

/// Where a statistic stands among those of windows without a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placebo {
    /// 1 for the most extreme; ties count against the release.
    pub rank: usize,
    /// How many were ranked: the placebo windows and the real one.
    pub of: usize,
    /// `(1 + number at least as large) / (K + 1)`, the empirical one-sided p.
    pub p: f64,
}

/// Ranks `value` among the same statistic of other windows; larger is more extreme.
///
/// Windows whose statistic is not a number are left out. With K windows p is never below
/// 1/(K+1): 19 are needed for .05, 99 for .01 (Phipson & Smyth 2010). `None` where `value`
/// is not a number.
#[must_use]
pub fn placebo(value: f64, others: &[f64]) -> Option<Placebo> {
    if value.is_nan() {
        return None;
    }
    let usable = others.iter().filter(|other| !other.is_nan()).count();
    let rank = 1 + others.iter().filter(|other| **other >= value).count();
    let of = usable + 1;
    Some(Placebo {
        rank,
        of,
        p: super::real(rank) / super::real(of),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-12, "{found:?} {expected:?}");
        }
    }

    #[test]
    fn q_values_are_those_of_scipy() {
        // scipy.stats.false_discovery_control
        let p = [0.01, 0.04, 0.03, 0.005, 0.8, 0.03];
        near(
            &benjamini_hochberg(&p),
            &[0.03, 0.048, 0.045, 0.03, 0.8, 0.045],
        );
    }

    #[test]
    fn the_paper_of_benjamini_and_hochberg_rejects_four_of_fifteen() {
        // Benjamini & Hochberg 1995, section 3.2; Bonferroni there rejects three, and so does Holm.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
            0.5719, 0.6528, 0.7590, 1.0000,
        ];
        let below = |values: Vec<f64>| values.iter().filter(|q| **q <= 0.05).count();
        assert_eq!(below(benjamini_hochberg(&p)), 4);
        assert_eq!(below(holm(&p)), 3);
    }

    #[test]
    fn holm_multiplies_by_what_is_left() {
        // By hand: .01*3=.03, .02*2=.04, .03*1 raised to .04.
        near(&holm(&[0.03, 0.01, 0.02]), &[0.04, 0.03, 0.04]);
        near(&holm(&[0.5, 0.5, f64::NAN]), &[1.0, 1.0, 1.0]);
        assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn a_placebo_rank_counts_ties_against_the_release() {
        let others = [1.0, 2.0, 3.0, f64::NAN, 5.0];
        let found = placebo(3.0, &others);
        assert_eq!(
            found,
            Some(Placebo {
                rank: 3,
                of: 5,
                p: 0.6
            })
        );
        assert_eq!(placebo(9.0, &[0.0; 19]).map(|found| found.p), Some(0.05));
        assert_eq!(placebo(9.0, &[]).map(|found| found.p), Some(1.0));
        assert_eq!(placebo(f64::NAN, &others), None);
    }

    proptest! {
        #[test]
        fn adjusting_never_lowers_a_p_and_keeps_the_order(p in prop::collection::vec(0.0..=1.0f64, 0..40)) {
            let q = benjamini_hochberg(&p);
            let h = holm(&p);
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] - 1e-15 && h[i] >= q[i] - 1e-15 && h[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || (q[i] <= q[j] && h[i] <= h[j]));
                }
            }
        }
    }
}
