use proptest::prelude::*;

use super::super::noise::Noise;
use super::*;

fn near(found: Option<f64>, expected: f64, relative: f64) {
    let found = found.unwrap();
    let error = (found - expected).abs();
    assert!(error <= relative * expected.abs(), "{found} {expected}");
}

#[test]
fn needed_counts_are_those_of_the_domain_notes() {
    let baselines = [1.0, 2.0, 4.0, 7.0, 14.0, 24.0, 48.0];
    let table = |alpha| baselines.map(|before| needed(alpha, 1.0, before).unwrap());
    assert_eq!(table(0.01), [7, 5, 3, 3, 2, 2, 2]);
    assert_eq!(table(0.001), [10, 7, 5, 4, 3, 3, 2]);
    // Exactly 3 but for rounding.
    assert_eq!(needed(0.125, 5.0, 5.0), Some(3));
    near(chance(3, 5.0, 5.0), 0.125, 1e-12);
    near(chance(0, 5.0, 5.0), 1.0, 0.0);
    near(chance(9, 5.0, 0.0), 1.0, 0.0);
    assert_eq!(needed(0.01, 5.0, 0.0), None);
    assert_eq!(chance(3, 0.0, 5.0), None);
    assert_eq!(needed(1.0, 1.0, 1.0), None);
}

#[test]
fn bounds_on_what_was_not_seen() {
    near(rule_of_three(4_100_000.0), 0.73e-6, 3e-3);
    assert_eq!(rule_of_three(0.0), None);
    near(unseen_mass(12, 4_000), 0.003, 1e-12);
    assert_eq!(unseen_mass(0, 0), None);
    assert_eq!(unseen_mass(5, 4), None);
    let table = [0.1, 0.01, 0.001].map(|p| needed_to_be_seen(p).unwrap());
    assert_eq!(table, [29, 299, 2_995]);
    assert_eq!(needed_to_be_seen(1.0), Some(1));
    assert_eq!(needed_to_be_seen(0.0), None);
    near(missed(29, 0.1), 0.9_f64.powi(29), 1e-12);
    near(missed(3, 1.0), 0.0, 0.0);
    near(missed(0, 1.0), 1.0, 0.0);
    assert_eq!(missed(1, 1.5), None);
}

#[test]
fn poisson_tails_are_those_of_scipy() {
    for (observed, expected, tail, relative) in [
        (39, 39.0, 0.521_296_822_653_798_5, 1e-10),
        (50, 39.0, 0.050_610_920_472_287_636, 1e-10),
        (120, 114.4, 0.312_481_556_521_241_8, 1e-10),
        (5, 0.3, 1.578_504_054_165_997e-5, 1e-10),
        (1, 1e-9, 9.999_999_995_000_006e-10, 1e-10),
        (1_000_000, 999_000.0, 0.158_655_213_574_303_65, 1e-6),
        (1_001_000, 1e6, 0.158_776_219_137_773_6, 1e-6),
        (
            1_000_000_000,
            999_900_000.0,
            0.000_782_446_139_962_784_5,
            1e-6,
        ),
    ] {
        near(poisson_tail(observed, expected), tail, relative);
    }
    near(poisson_tail(0, 0.0), 1.0, 0.0);
    near(poisson_tail(1, 0.0), 0.0, 0.0);
    // Immense numbers are answered at once.
    assert!(poisson_tail(u64::MAX, 1e18).is_some_and(|p| p <= 1.0));
    near(poisson_tail(3, 1e300), 1.0, 0.0);
    assert_eq!(poisson_tail(3, -1.0), None);
}

#[test]
fn good_and_toulmins_series() {
    let frequencies = [(1, 40), (2, 15), (3, 7), (10, 2)];
    near(good_toulmin(&frequencies, 1.0), 30.0, 1e-12);
    near(good_toulmin(&frequencies, 0.5), 17.123_046_875, 1e-12);
    near(good_toulmin(&frequencies, 0.0), 0.0, 0.0);
    near(good_toulmin(&[(2, 9)], 1.0), 0.0, 0.0);
    near(good_toulmin_error(&frequencies, 1.0), 8.0, 1e-12);
    assert_eq!(good_toulmin(&frequencies, 1.01), None);
    assert_eq!(good_toulmin(&frequencies, f64::NAN), None);
}

#[test]
fn corbets_butterflies() {
    // Fisher, Corbet & Williams 1943: species trapped once, twice .. 24 times. Efron & Hastie 2016,
    // table 6.3: half as much trapping again brings 45.2 new ones, as much again 75.0 (22.4).
    let species = [
        118, 74, 44, 24, 29, 22, 20, 19, 20, 15, 12, 14, 6, 12, 6, 9, 9, 6, 10, 10, 11, 5, 3, 3,
    ];
    let frequencies: Vec<(u64, u64)> = (1..).zip(species).collect();
    near(good_toulmin(&frequencies, 1.0), 75.0, 1e-12);
    near(good_toulmin(&frequencies, 0.5), 45.2, 1e-3);
    near(good_toulmin_error(&frequencies, 1.0), 22.4, 2e-3);
}

/// Destinations after Zipf's law with exponent 1.4: as many events again bring as many new keys as
/// the series says.
#[test]
fn new_keys_of_a_quiet_release_are_foretold() {
    let mut noise = Noise(2_024);
    let mut draw = || {
        // Inverse of the Pareto tail: key k has probability of about k^-1.4.
        let key = noise.uniform().powf(-1.0 / 0.4).floor().min(1e15);
        key.to_bits()
    };
    let (mut foretold, mut seen) = (0.0, 0.0);
    for _ in 0..40 {
        let mut before = std::collections::BTreeMap::new();
        for _ in 0..1_000 {
            *before.entry(draw()).or_insert(0) += 1;
        }
        let new: std::collections::BTreeSet<u64> = (0..1_000)
            .map(|_| draw())
            .filter(|key| !before.contains_key(key))
            .collect();
        let frequencies: Vec<(u64, u64)> = before.values().map(|j| (*j, 1)).collect();
        foretold += good_toulmin(&frequencies, 1.0).unwrap();
        seen += f64::from(u32::try_from(new.len()).unwrap());
    }
    assert!((foretold / seen - 1.0).abs() < 0.06, "{foretold} {seen}");
}

proptest! {
    #[test]
    fn needed_is_the_first_count_that_suffices(
        alpha in 1e-9..0.9f64, exposure in 1e-3..1e6f64, before in 1e-3..1e6f64,
    ) {
        let k = needed(alpha, exposure, before).unwrap();
        prop_assert!(chance(k, exposure, before).unwrap() <= alpha * (1.0 + 1e-6));
        prop_assert!(k == 1 || chance(k - 1, exposure, before).unwrap() > alpha * (1.0 - 1e-6));
    }

    #[test]
    fn any_numbers_give_probabilities_or_none(k in any::<u64>(), a in any::<f64>(), b in any::<f64>()) {
        let within = |p: Option<f64>| p.is_none_or(|p| (0.0..=1.0).contains(&p));
        prop_assert!(within(chance(k, a, b)));
        prop_assert!(within(missed(k, a)));
        prop_assert!(within(poisson_tail(k, a)));
        prop_assert!(good_toulmin(&[(k, k), (0, 1)], a).is_none_or(|u| u >= 0.0));
        prop_assert!(needed(a, b, b).is_none_or(|k| k >= 1));
    }

    #[test]
    fn tails_fall_as_counts_grow(count in 1..40_000u64, mean in 1.0..40_000.0f64) {
        let tail = |count| poisson_tail(count, mean).unwrap();
        prop_assert!(tail(count + 1) <= tail(count) + 1e-7);
    }
}
