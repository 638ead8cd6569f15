#![expect(clippy::float_cmp, reason = "these values are exact")]

use proptest::prelude::*;

use super::super::noise::Noise;
use super::*;

fn near(found: f64, expected: f64, relative: f64) {
    let error = (found - expected).abs();
    assert!(error <= relative * expected.abs(), "{found} {expected}");
}

#[test]
fn small_samples_are_exact() {
    // SciPy's own example: U 17 and 3, p 1/9.
    let (male, female) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
    let found = mann_whitney(&male, &female).unwrap();
    assert_eq!(found.u, 3.0);
    near(found.p, 1.0 / 9.0, 1e-12);
    near(found.a12, 0.15, 1e-12);
    // 8 v 8 without overlap: 2 / (16 over 8), the 1.6e-4 of the domain notes.
    let low: Vec<f64> = (0..8).map(f64::from).collect();
    let high: Vec<f64> = (8..16).map(f64::from).collect();
    let found = mann_whitney(&low, &high).unwrap();
    near(found.p, 2.0 / 12_870.0, 1e-12);
    assert_eq!((found.a12, found.shift), (1.0, 8.0));
    near(mann_whitney(&high, &low).unwrap().p, 2.0 / 12_870.0, 1e-12);
}

#[test]
fn the_exact_distribution_is_the_published_one() {
    // Two-sided 5 % critical values of U (Mann & Whitney's table): 10 v 10 gives 23, 8 v 8 gives 13, 5 v 4 gives 1.
    for (n, m, critical) in [(10, 10, 23), (8, 8, 13), (5, 4, 1), (19, 19, 113)] {
        let tail = below(n, m);
        assert!(
            tail[critical] <= 0.025 && tail[critical + 1] > 0.025,
            "{n} {m}"
        );
    }
    // A recursion over tables in Python.
    near(below(19, 19)[100], 0.009_123_191_945_168_054, 1e-12);
}

#[test]
fn the_shift_is_hodges_and_lehmanns_with_rs_interval() {
    let before = [12.1, 15.3, 11.8, 14.2, 13.9, 16.4, 12.7, 15.0, 13.3, 14.8];
    let now = [15.9, 17.2, 14.4, 16.8, 18.1, 13.7, 16.1, 17.5, 15.5];
    let found = mann_whitney(&before, &now).unwrap();
    assert_eq!(found.u, 77.0);
    near(found.p, 0.007_620_862_110_026_197, 1e-12);
    near(found.shift, 2.2, 1e-12);
    let interval = found.interval.unwrap();
    near(interval.low, 0.7, 1e-12);
    near(interval.high, 3.8, 1e-12);
    let wider = shift_interval(&before, &now, 0.98).unwrap();
    near(wider.low, 0.4, 1e-12);
    near(wider.high, 4.1, 1e-12);
    assert_eq!(shift_interval(&before, &now, 1.0), None);
}

#[test]
fn larger_samples_with_ties_use_the_corrected_normal() {
    let before = [
        1, 2, 2, 3, 3, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16,
    ];
    let now = [
        3, 4, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12, 13, 13, 14, 15, 16, 17, 18, 18, 19, 20, 21,
    ];
    let found = mann_whitney(&before.map(f64::from), &now.map(f64::from)).unwrap();
    // scipy.stats.mannwhitneyu(now, before, method="asymptotic")
    assert_eq!((found.u, found.shift), (371.5, 4.0));
    near(found.p, 0.018_459_399_958_450_324, 1e-9);
    assert_eq!(
        found.interval,
        Some(Interval {
            low: 1.0,
            high: 7.0
        })
    );
}

#[test]
fn samples_without_an_answer_have_none() {
    assert_eq!(mann_whitney(&[], &[1.0]), None);
    assert_eq!(mann_whitney(&[1.0], &[f64::NAN]), None);
    let same = mann_whitney(&[5.0; 30], &[5.0; 30]).unwrap();
    assert_eq!((same.p, same.a12, same.shift), (1.0, 0.5, 0.0));
    // 3 v 3: the smallest two-sided p is .1, so there is no 95 % interval.
    let few = mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
    near(few.p, 0.1, 1e-12);
    assert_eq!(few.interval, None);
}

#[test]
fn a_hundred_thousand_values_are_no_burden() {
    let values = |shift: f64| {
        (0..100_000)
            .map(|i| f64::from(i) + shift)
            .collect::<Vec<_>>()
    };
    let found = mann_whitney(&values(0.0), &values(70.0)).unwrap();
    assert_eq!(found.shift, 70.0);
}

/// Minutes with effects of their own (sd .15), the same before and after: medians of minutes keep
/// the nominal 1 %, spans do not.
#[test]
fn block_medians_keep_their_one_percent_and_spans_do_not() {
    let mut noise = Noise(42);
    let (runs, span_runs) = (2_500, 80);
    let (mut blocks, mut spans) = (0, 0);
    for run in 0..runs {
        let mut window = |each: usize| {
            let (mut medians, mut all) = (Vec::new(), Vec::new());
            for _ in 0..60 {
                let minute = 0.15 * noise.normal();
                let mut latencies: Vec<f64> = (0..each)
                    .map(|_| 100.0 * (minute + 0.5 * noise.normal()).exp())
                    .collect();
                latencies.sort_by(f64::total_cmp);
                medians.extend(median_of_sorted(&latencies));
                all.extend(latencies);
            }
            (ordered(&medians).unwrap(), ordered(&all).unwrap())
        };
        let each = if run < span_runs { 60 } else { 1 };
        let (before, now) = (window(each), window(each));
        blocks += u32::from(rank_test(&before.0, &now.0).p < 0.01);
        spans += u32::from(run < span_runs && rank_test(&before.1, &now.1).p < 0.01);
    }
    // 1 % is 25, standard deviation 5.
    assert!((11..=42).contains(&blocks), "blocks {blocks} of {runs}");
    assert!(spans > 20, "spans {spans} of {span_runs}");
}

#[test]
fn autocorrelation_is_the_usual_one() {
    let series = [3.0, 5.0, 4.0, 6.0, 8.0, 7.0, 9.0, 6.0, 5.0, 4.0];
    // numpy: sum (x_t - m)(x_(t+1) - m) / sum (x_t - m)^2
    near(
        autocorrelation_lag1(&series).unwrap(),
        0.389_719_626_168_224_3,
        1e-12,
    );
    assert_eq!(autocorrelation_lag1(&[1.0, 2.0]), None);
    assert_eq!(autocorrelation_lag1(&[4.0; 9]), None);
    assert_eq!(autocorrelation_lag1(&[1.0, f64::NAN, 3.0, 4.0]), None);
}

fn ar1(noise: &mut Noise, rho: f64, minutes: i64) -> Vec<(i64, f64)> {
    let mut state = noise.normal();
    (0..minutes)
        .map(|minute| {
            state = rho * state + (1.0 - rho * rho).sqrt() * noise.normal();
            (minute, state)
        })
        .collect()
}

#[test]
fn blocks_grow_with_the_memory_of_the_series() {
    let mut noise = Noise(3);
    assert_eq!(choose_block(&ar1(&mut noise, 0.0, 1_440)), 1);
    let longer = choose_block(&ar1(&mut noise, 0.7, 1_440));
    assert!((5..=10).contains(&longer), "{longer}");
    assert_eq!(choose_block(&ar1(&mut noise, 0.995, 1_440)), 15);
    let constant: Vec<_> = (0..60).map(|minute| (minute, 7.0)).collect();
    assert_eq!(choose_block(&constant), 1);
    assert_eq!(choose_block(&[]), 15);
    assert_eq!(choose_block(&[(1, 1.0), (2, 2.0)]), 15);
}

#[test]
fn steps_that_depend_on_their_neighbours_do_not_cry_wolf() {
    let mut noise = Noise(11);
    let (mut plain, mut mended, runs) = (0.0, 0.0, 2_000);
    for _ in 0..runs {
        // Two days of steps whose neighbours correlate by .35, and an hour of the same.
        let series = ar1(&mut noise, 0.35, 588);
        let (before, now) = series.split_at(576);
        let rho = persistence(before, 36).unwrap();
        assert!((0.0..0.7).contains(&rho), "{rho}");
        let values = |part: &[(i64, f64)]| part.iter().map(|step| step.1).collect::<Vec<_>>();
        let p = mann_whitney(&values(before), &values(now)).unwrap().p;
        plain += f64::from(u8::from(p <= 0.01));
        mended += f64::from(u8::from(correlated(p, rho) <= 0.01));
    }
    let share = |alarms: f64| alarms / f64::from(runs);
    assert!(share(plain) > 0.03, "{}", share(plain));
    assert!(share(mended) < 0.015, "{}", share(mended));
}

#[test]
fn persistence_is_found_and_the_time_of_day_is_not_it() {
    let mut noise = Noise(12);
    for rho in [0.0, 0.35, 0.7] {
        let series = ar1(&mut noise, rho, 4_000);
        let found = persistence(&series, 36).unwrap();
        assert!((found - rho).abs() < 0.06, "{found} {rho}");
        let daily: Vec<(i64, f64)> = series
            .iter()
            .map(|(step, value)| {
                let hour = f64::from(i32::try_from(*step).unwrap()) / 12.0;
                (
                    *step,
                    value + 0.5 * (std::f64::consts::TAU * hour / 24.0).sin(),
                )
            })
            .collect();
        let found = persistence(&daily, 36).unwrap();
        assert!((found - rho).abs() < 0.1, "{found} {rho}");
    }
    assert_eq!(persistence(&[(0, 1.0), (1, 2.0), (2, 3.0)], 36), None);
    assert_eq!(persistence(&[(0, 1.0); 40], 36), None);
    near(correlated(0.01, 0.0), 0.01, 1e-9);
    near(correlated(1.0, 0.5), 1.0, 1e-9);
    // By hand: z 2.5758 over the square root of 3.
    near(correlated(0.01, 0.5), 0.136_974, 1e-4);
}

#[test]
fn a_gap_is_no_neighbour() {
    let mut noise = Noise(5);
    let dependent: Vec<_> = ar1(&mut noise, 0.9, 3_000)
        .into_iter()
        .filter(|(minute, _)| minute % 4 < 2)
        .collect();
    let found = correlation(&dependent).unwrap();
    assert!((found - 0.9).abs() < 0.1, "{found}");
}

#[test]
fn blocks_have_medians_in_order_of_time() {
    let minutes = [
        (7, 4.0),
        (-1, 9.0),
        (5, 1.0),
        (6, 2.0),
        (12, f64::NAN),
        (9, 8.0),
    ];
    assert_eq!(block_medians(&minutes, 5), [(-1, 9.0), (1, 3.0)]);
    assert_eq!(block_medians(&minutes, 0).len(), 5);
}

fn naive(before: &[f64], now: &[f64]) -> Vec<f64> {
    let mut all: Vec<f64> = before
        .iter()
        .flat_map(|a| now.iter().map(move |b| b - a))
        .collect();
    all.sort_by(f64::total_cmp);
    all
}

proptest! {
    #[test]
    fn differences_are_found_without_writing_them_down(
        before in prop::collection::vec(-50..50i32, 1..25), now in prop::collection::vec(-1e9..1e9f64, 1..25),
    ) {
        let (before, now): (Vec<f64>, Vec<f64>) = (before.iter().map(|a| f64::from(*a)).collect(), now);
        let all = naive(&before, &now);
        let (sorted_before, sorted_now) = (ordered(&before).unwrap(), ordered(&now).unwrap());
        for (at, expected) in all.iter().enumerate() {
            let rank = at as u64 + 1;
            prop_assert_eq!(nth_difference(&sorted_before, &sorted_now, rank), *expected);
        }
        let found = mann_whitney(&before, &now).unwrap();
        prop_assert_eq!(Some(found.shift), median_of_sorted(&all));
        let wins: f64 = all.iter().map(|d| if *d > 0.0 { 1.0 } else if *d == 0.0 { 0.5 } else { 0.0 }).sum();
        prop_assert_eq!(found.u, wins);
        let back = mann_whitney(&now, &before).unwrap();
        prop_assert!((back.p - found.p).abs() < 1e-12 && (back.shift + found.shift).abs() < 1e-6);
        if let Some(interval) = found.interval {
            prop_assert!(interval.low <= found.shift && found.shift <= interval.high);
        }
    }

    #[test]
    fn any_numbers_give_probabilities_or_none(
        a in prop::collection::vec(any::<f64>(), 0..30), b in prop::collection::vec(any::<f64>(), 0..30),
        minutes in prop::collection::vec((any::<i64>(), any::<f64>()), 0..30),
    ) {
        let found = mann_whitney(&a, &b);
        prop_assert!(found.is_none_or(|shift| (0.0..=1.0).contains(&shift.p) && (0.0..=1.0).contains(&shift.a12)));
        prop_assert!(BLOCKS.contains(&choose_block(&minutes)));
    }

    #[test]
    fn keys_keep_the_order_of_numbers(a in any::<f64>(), b in any::<f64>()) {
        prop_assert_eq!(key(a).cmp(&key(b)), a.total_cmp(&b));
        prop_assert_eq!(value(key(a)).to_bits(), a.to_bits());
    }
}
