use proptest::prelude::*;

use super::super::noise::Noise;
use super::super::real;
use super::*;

fn near(found: f64, expected: f64, relative: f64) {
    let error = (found - expected).abs();
    assert!(error <= relative * expected.abs(), "{found} {expected}");
}

fn counts(events: f64, exposure: f64) -> Counts {
    Counts { events, exposure }
}

#[test]
fn fisher_is_that_of_scipy() {
    // scipy.stats.fisher_exact; the fourth and last also by exact fractions.
    for (table, p) in [
        ((3, 10, 1, 12), 0.293_233_082_706_766_85),
        ((8, 10, 2, 12), 0.008_284_285_374_068_655),
        ((0, 50, 4, 40), 0.035_766_420_501_019_5),
        ((5, 1_000_000_000, 1, 1_000_000_000), 0.218_75),
        ((12, 2_000, 1, 900), 0.076_534_624_179_914_27),
        ((7, 100, 200, 1_000_000), 2.313_278_166_549_071_7e-16),
        (
            (2, 3, 999_999_000, 1_000_000_000),
            3.002_997_039_514_520_7e-6,
        ),
    ] {
        let found = two_by_two(table.0, table.1, table.2, table.3).unwrap();
        assert_eq!(found.test, TableTest::Fisher, "{table:?}");
        near(found.p, p, 1e-7);
    }
}

#[test]
fn fishers_tea_is_the_one_of_the_book() {
    // Fisher 1935: three of four cups right; one-sided 17/70, two-sided 34/70.
    near(two_by_two(3, 4, 1, 4).unwrap().p, 34.0 / 70.0, 1e-12);
}

#[test]
fn g_is_exact_up_to_billions() {
    // Python's decimal with 60 digits; SciPy's own G has lost its eighth digit at 10^9.
    for (table, p) in [
        ((30, 10_000, 12, 10_000), 0.004_714_170_451_344_655),
        ((300, 100_000, 900, 400_000), 2.503_452_677_994_5e-5),
        (
            (500_100_000, 1_000_000_000, 500_000_000, 1_000_000_000),
            7.744_215_486_054_512e-6,
        ),
        (
            (1_000_900, 1_000_000_000, 1_000_000, 1_000_000_000),
            0.524_404_006_148_386_8,
        ),
    ] {
        let found = two_by_two(table.0, table.1, table.2, table.3).unwrap();
        assert_eq!(found.test, TableTest::GTest);
        near(found.p, p, 2e-6);
    }
}

#[test]
fn intervals_are_those_of_newcombe() {
    // Newcombe 1998, Statistics in Medicine 17:857 (81/263, 15/148) and 17:873 (56/70 v 48/80).
    let single = wilson(81, 263, Z95).unwrap();
    near(single.low, 0.255_288_519_878_274_2, 1e-12);
    near(single.high, 0.366_209_576_982_800_04, 1e-12);
    let single = wilson(15, 148, Z95).unwrap();
    near(single.low, 0.062_386_399_530_736_29, 1e-12);
    let single = wilson(0, 20, Z95).unwrap();
    near(single.low, 0.0, 0.0);
    near(single.high, 0.161_125_158_052_819_35, 1e-12);
    let pair = two_by_two(56, 70, 48, 80).unwrap();
    near(pair.interval.low, 0.052_431_472_402_364_84, 1e-12);
    near(pair.interval.high, 0.333_872_654_036_905_9, 1e-12);
    near(pair.difference, 0.2, 1e-12);
    near(pair.ratio.unwrap(), 4.0 / 3.0, 1e-12);
}

#[test]
fn tables_without_an_answer_have_none() {
    assert_eq!(two_by_two(1, 0, 1, 5), None);
    assert_eq!(two_by_two(6, 5, 1, 5), None);
    assert_eq!(two_by_two(1, u64::MAX, 1, 5), None);
    assert_eq!(two_by_two(1, 1 << 53, 1, 5), None);
    assert_eq!(wilson(1, 2, f64::NAN), None);
    let quiet = two_by_two(0, 10, 0, 10).unwrap();
    assert_eq!((quiet.p, quiet.ratio), (1.0, None));
    // All failed now, none before, with a billion requests: no walk, no overflow.
    let all = two_by_two(4, 4, 0, 1_000_000_000).unwrap();
    assert!(all.p < 1e-30 && all.ratio.is_none());
}

#[test]
fn dispersion_is_pooled_inside_the_windows() {
    // numpy: var(ddof=1) / mean of each, weighted by n - 1.
    let before = [4.0, 7.0, 3.0, 9.0, 12.0, 1.0, 6.0, 5.0];
    let now = [10.0, 22.0, 4.0, 17.0, 9.0, 30.0];
    near(dispersion(&before, &now), 3.700_277_520_814_060_6, 1e-12);
    // A shift between the windows is not dispersion.
    near(dispersion(&[5.0, 6.0, 5.0], &[500.0, 506.0]), 1.0, 0.0);
    near(dispersion(&[f64::NAN, 1.0], &[]), 1.0, 0.0);
    let before = [(4.0, 100.0), (9.0, 120.0), (1.0, 80.0), (12.0, 110.0)];
    let now = [(10.0, 100.0), (30.0, 150.0), (5.0, 90.0), (9.0, 3.0)];
    near(
        dispersion_of_shares(&before, &now),
        4.012_233_589_894_033,
        1e-12,
    );
}

#[test]
fn quasi_tests_are_as_computed_elsewhere() {
    let (now, before) = (counts(30.0, 1e4), counts(12.0, 1e4));
    let plain = quasi_poisson(now, before, 1.0).unwrap();
    near(plain.z, 2.777_460_299_317_654_7, 1e-12);
    near(plain.p, 0.005_478_553_242_547_362, 1e-9);
    near(plain.ratio.unwrap(), 2.5, 1e-12);
    let wide = quasi_poisson(now, before, 2.5).unwrap();
    near(wide.p, 0.078_982_579_263_782_98, 1e-9);
    let uneven = quasi_poisson(counts(120.0, 60.0), counts(900.0, 600.0), 6.0).unwrap();
    near(uneven.z, 1.212_678_125_181_664_7, 1e-12);
    let shares = quasi_binomial(
        counts(45.0, 340.0),
        counts(26.0, 410.0),
        4.012_233_589_894_033,
    );
    near(shares.unwrap().z, 1.602_748_821_634_672_4, 1e-12);
    near(shares.unwrap().p, 0.108_990_120_012_682_09, 1e-9);
    let quiet = quasi_poisson(counts(0.0, 5.0), counts(0.0, 9.0), 1.0).unwrap();
    assert_eq!((quiet.z, quiet.p, quiet.ratio), (0.0, 1.0, None));
    assert_eq!(quasi_poisson(counts(1.0, 0.0), before, 1.0), None);
    assert_eq!(quasi_poisson(now, before, f64::NAN), None);
    assert_eq!(quasi_binomial(counts(3.0, 2.0), before, 1.0), None);
}

#[test]
fn the_conditional_test_is_exact() {
    // scipy.stats.binom, twice the smaller tail.
    let p = |a, b| conditional_binomial(a, b).unwrap();
    near(p(counts(3.0, 1.0), counts(0.0, 1.0)), 0.25, 1e-12);
    near(
        p(counts(7.0, 100.0), counts(2.0, 300.0)),
        0.002_685_546_875,
        1e-12,
    );
    near(
        p(counts(30.0, 1e4), counts(12.0, 1e4)),
        0.007_915_897_334_896_727,
        1e-10,
    );
    near(p(counts(0.0, 1.0), counts(0.0, 1.0)), 1.0, 0.0);
}

#[test]
fn the_probability_is_the_closed_form() {
    // scipy.special.betainc(b/phi + 1/2, c/phi + 1/2, Eb/(r Ec + Eb)); the first is the domain notes'.
    for (now, before, phi, tolerated, expected) in [
        ((30.0, 1e4), (12.0, 1e4), 1.0, 1.5, 0.937_050_401_835_445),
        ((30.0, 1e4), (12.0, 1e4), 3.0, 1.5, 0.806_864_123_260_857_3),
        ((0.0, 1e4), (0.0, 5e4), 1.0, 1.0, 0.732_279_527_198_770_1),
        ((3.0, 100.0), (4e3, 1e6), 1.0, 1.0, 0.997_440_788_895_518),
        (
            (12_345.0, 1e6),
            (130_000.0, 1e7),
            1.0,
            0.96,
            0.123_986_111_675_796_22,
        ),
        ((1e6, 1e9), (998_000.0, 1e9), 1.0, 1.0, 0.921_454_207_958_78),
        ((1e5, 1e8), (1e6, 1e9), 1.0, 1.01, 0.001_333_321_270_653_561),
        ((5.0, 1e3), (1e9, 1e11), 1.0, 1.2, 0.012_733_203_386_347_46),
        (
            (1e9, 1e12),
            (1e9, 1e12),
            1.0,
            1.0001,
            0.012_677_320_804_059_674,
        ),
    ] {
        let found = probability_above(
            counts(now.0, now.1),
            counts(before.0, before.1),
            phi,
            tolerated,
        );
        near(found.unwrap(), expected, 1e-6);
    }
    let some = counts(3.0, 9.0);
    assert_eq!(probability_above(some, some, 1.0, 0.0), None);
    assert_eq!(probability_above(counts(-1.0, 9.0), some, 1.0, 1.0), None);
}

/// False alarms at a nominal 1 % among `runs` pairs of windows of the same rate, whose counts vary
/// six times as much as Poisson counts: quasi-Poisson by t, by the normal, plain Poisson.
fn false_alarms(seed: u64, runs: u32, blocks: usize) -> [u32; 3] {
    let mut noise = Noise(seed);
    let mut alarms = [0; 3];
    for _ in 0..runs {
        let mut window = || -> Vec<f64> {
            (0..blocks)
                .map(|_| {
                    let rate = 20.0 * noise.gamma(4);
                    noise.poisson(rate)
                })
                .collect()
        };
        let (before, now) = (window(), window());
        let all = |window: &[f64]| counts(window.iter().sum(), real(blocks));
        let test = |phi| quasi_poisson(all(&now), all(&before), phi).unwrap();
        let quasi = test(dispersion(&before, &now));
        let p = [quasi.p_with_degrees(2 * blocks - 2), quasi.p, test(1.0).p];
        for (alarms, p) in alarms.iter_mut().zip(p) {
            *alarms += u32::from(p < 0.01);
        }
    }
    alarms
}

#[test]
fn quasi_poisson_keeps_its_one_percent_and_poisson_does_not() {
    let [student, normal, plain] = false_alarms(20_251_103, 2_000, 60);
    // 1 % is 20, with a standard deviation of 4.4; plain Poisson has P(|Z| > 2.576/sqrt 6) = 29 %.
    assert!((7..=36).contains(&student), "t {student}");
    assert!((7..=38).contains(&normal), "normal {normal}");
    assert!((500..=700).contains(&plain), "plain {plain}");
}

#[test]
fn with_few_blocks_only_students_t_keeps_it() {
    let [student, normal, _] = false_alarms(8, 8_000, 8);
    // 1 % is 80, with a standard deviation of 9.
    assert!((50..=112).contains(&student), "t {student}");
    assert!(normal > 140, "normal {normal}");
}

#[test]
fn quasi_binomial_keeps_its_one_percent() {
    let mut noise = Noise(7);
    let runs = 2_000;
    let (mut quasi, mut plain) = (0, 0);
    for _ in 0..runs {
        let mut window = || -> Vec<(f64, f64)> {
            (0..30)
                .map(|_| {
                    let requests = 500.0 + 1_000.0 * noise.uniform();
                    let share = 0.01 * noise.gamma(3);
                    (noise.poisson(requests * share).min(requests), requests)
                })
                .collect()
        };
        let (before, now) = (window(), window());
        let all = |blocks: &[(f64, f64)]| {
            let sum = |part: fn(&(f64, f64)) -> f64| blocks.iter().map(part).sum();
            counts(sum(|block| block.0), sum(|block| block.1))
        };
        let below = |phi| {
            let found = quasi_binomial(all(&now), all(&before), phi);
            u32::from(found.is_some_and(|shift| shift.p < 0.01))
        };
        quasi += below(dispersion_of_shares(&before, &now));
        plain += below(1.0);
    }
    // 1 % is 20, standard deviation 4.4.
    assert!((7..=40).contains(&quasi), "quasi {quasi} of {runs}");
    assert!(plain > 200, "plain {plain} of {runs}");
}

#[test]
fn a_few_clusters_do_not_cry_wolf() {
    let mut noise = Noise(17);
    let (mut plain, mut mended, runs) = (0.0, 0.0, 2_000);
    for _ in 0..runs {
        // One block in thirty has a cluster of failures, five on average.
        let mut window = |blocks: usize| -> Vec<(f64, f64)> {
            (0..blocks)
                .map(|_| {
                    let clusters = noise.poisson(1.0 / 30.0);
                    let errors = if clusters > 0.0 {
                        clusters + noise.poisson(4.0 * clusters)
                    } else {
                        0.0
                    };
                    (errors.min(50.0), 50.0)
                })
                .collect()
        };
        let (before, now) = (window(288), window(36));
        let sum = |blocks: &[(f64, f64)]| Counts {
            events: blocks.iter().map(|block| block.0).sum(),
            exposure: blocks.iter().map(|block| block.1).sum(),
        };
        let phi = dispersion_of_shares(&before, &now);
        let shift = quasi_binomial(sum(&now), sum(&before), phi).unwrap();
        let p = shift.p_with_freedom(freedom_of_shares(&before, &now));
        let few = few_clusters(sum(&now), sum(&before), phi).unwrap();
        plain += f64::from(u8::from(shift.p_with_degrees(322) <= 0.01));
        mended += f64::from(u8::from(p.max(few) <= 0.01));
    }
    let share = |alarms: f64| alarms / f64::from(runs);
    assert!(share(plain) > 0.02, "{}", share(plain));
    assert!(share(mended) < 0.015, "{}", share(mended));
}

#[test]
fn rare_clusters_leave_few_degrees_of_freedom() {
    let mut noise = Noise(18);
    let even: Vec<(f64, f64)> = (0..300).map(|_| (noise.poisson(20.0), 400.0)).collect();
    let found = freedom_of_shares(&even, &even);
    assert!((400.0..=598.0).contains(&found), "{found}");
    let rare: Vec<(f64, f64)> = (0..300)
        .map(|block| (if block % 100 == 0 { 6.0 } else { 0.0 }, 400.0))
        .collect();
    let found = freedom_of_shares(&rare, &rare);
    assert!((4.0..20.0).contains(&found), "{found}");
    near(freedom_of_shares(&[], &[]), 0.0, 0.0);
}

proptest! {
    #[test]
    fn tables_are_symmetric_and_sound(
        requests in 1..3_000u64, requests_before in 1..3_000u64, a in 0.0..=1.0f64, b in 0.0..=0.1f64,
    ) {
        let part = |n: u64, share: f64| (0..=n).rev().find(|k| whole(*k) <= whole(n) * share).unwrap_or(0);
        let (errors, errors_before) = (part(requests, a), part(requests_before, b));
        let one = two_by_two(errors, requests, errors_before, requests_before).unwrap();
        let other = two_by_two(errors_before, requests_before, errors, requests).unwrap();
        prop_assert!((0.0..=1.0).contains(&one.p));
        prop_assert!((one.p - other.p).abs() < 1e-9);
        prop_assert!((one.difference + other.difference).abs() < 1e-12);
        prop_assert!(one.interval.low <= one.difference && one.difference <= one.interval.high);
        prop_assert!((one.interval.low + other.interval.high).abs() < 1e-12);
    }

    #[test]
    fn any_numbers_give_probabilities_or_none(
        a in any::<f64>(), b in any::<f64>(), c in any::<f64>(), d in any::<f64>(), e in any::<f64>(),
    ) {
        let (now, before) = (counts(a, b), counts(c, d));
        let within = |p: Option<f64>| p.is_none_or(|p| (0.0..=1.0).contains(&p));
        prop_assert!(within(quasi_poisson(now, before, e).map(|shift| shift.p)));
        prop_assert!(within(quasi_binomial(now, before, e).map(|shift| shift.p)));
        prop_assert!(within(conditional_binomial(now, before)));
        prop_assert!(within(probability_above(now, before, e, e)));
        prop_assert!(dispersion(&[a, b, c], &[d, e]) >= 1.0);
        prop_assert!(dispersion_of_shares(&[(a, b), (c, d)], &[(d, e)]) >= 1.0);
    }

    #[test]
    fn plausible_numbers_always_give_an_answer(
        a in -3.0..18.0f64, b in -3.0..18.0f64, c in -3.0..18.0f64, d in -3.0..18.0f64, phi in 1.0..50.0f64,
        tolerated in 0.1..10.0f64,
    ) {
        let power = |x: f64| 10.0_f64.powf(x);
        let (now, before) = (counts(power(a), power(b)), counts(power(c), power(d)));
        let within = |p: Option<f64>| p.is_some_and(|p| (0.0..=1.0).contains(&p));
        prop_assert!(within(quasi_poisson(now, before, phi).map(|shift| shift.p)));
        prop_assert!(within(conditional_binomial(now, before)));
        let above = probability_above(now, before, phi, tolerated);
        let below = probability_above(before, now, phi, 1.0 / tolerated);
        prop_assert!(within(above) && within(below));
        prop_assert!((above.unwrap() + below.unwrap() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn more_errors_are_never_less_certain(c in 0..400u32, b in 0..400u32, phi in 1.0..9.0f64) {
        let sure = |c: u32| probability_above(counts(c.into(), 1e4), counts(b.into(), 2e4), phi, 1.5);
        prop_assert!(sure(c + 1).unwrap() >= sure(c).unwrap() - 1e-9);
    }
}
