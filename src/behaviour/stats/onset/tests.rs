#![expect(clippy::float_cmp, reason = "these values are exact")]

use proptest::prelude::*;

use super::super::noise::Noise;
use super::*;

/// Montgomery, "Introduction to statistical quality control", table 9.1: target 10, sigma 1, the
/// mean is 11 from observation 21 on.
const MONTGOMERY: [f64; 30] = [
    9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40,
    10.08, 9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62,
    11.31, 10.52,
];

/// Median 10 and a MAD of 1/1.4826, so that s is 1.
const TARGET: [f64; 5] = [
    10.0 - 2.0 / 1.4826,
    10.0 - 1.0 / 1.4826,
    10.0,
    10.0 + 1.0 / 1.4826,
    10.0 + 2.0 / 1.4826,
];

fn numbered(values: &[f64]) -> Vec<(i64, f64)> {
    (1..).zip(values.iter().copied()).collect()
}

#[test]
fn the_book_finds_its_shift_at_29_beginning_at_23() {
    // Table 9.2 there (K = .5, H = 5): C+ is 5.28 at observation 29 and N+ is 7, so it has risen
    // since 23.
    let found = cusum_onset(&TARGET, &numbered(&MONTGOMERY), 1.0, 5.0);
    assert_eq!(
        found,
        Some(Onset {
            start_ts: 23,
            crossed_ts: 29
        })
    );
    assert_eq!(
        cusum_onset(&TARGET, &numbered(&MONTGOMERY[..28]), 1.0, 5.0),
        None
    );
}

#[test]
fn averages_of_the_books_data_cross_at_29() {
    // His data with lambda .1 and L 2.7; the averages and limits are computed in Python.
    let chart = ewma(&TARGET, &numbered(&MONTGOMERY), 0.1, 2.7);
    assert_eq!(chart.len(), 30);
    for (at, value, upper) in [
        (0, 9.945, 10.27),
        (1, 9.7495, 10.363_247_849_270_99),
        (27, 10.573_137_171_751_515, 10.618_573_623_192_9),
        (28, 10.646_823_454_576_364, 10.618_734_995_875_531),
    ] {
        assert!((chart[at].value - value).abs() < 1e-9, "{at}");
        assert!((chart[at].upper - upper).abs() < 1e-9, "{at}");
        assert!((chart[at].lower + upper - 20.0).abs() < 1e-9, "{at}");
    }
    let crossed = ewma_onset(&TARGET, &numbered(&MONTGOMERY), 0.1, 2.7);
    assert_eq!(crossed.map(|onset| onset.crossed_ts), Some(29));
}

#[test]
fn outliers_do_not_move_the_scale() {
    let found = robust(&[1.0, 2.0, 3.0, 4.0, 1e9, f64::NAN]).unwrap();
    assert_eq!(found.location, 3.0);
    assert!((found.scale - 1.4826).abs() < 1e-12);
    // More than half are equal: the MAD is 0, the mean deviation is .25.
    let found = robust(&[0.0, 0.0, 0.0, 1.0]).unwrap();
    assert!((found.scale - 1.2533 * 0.25).abs() < 1e-12);
    assert_eq!(robust(&[50.0; 9]).map(|found| found.scale), Some(0.5));
    assert_eq!(robust(&[0.0; 9]).map(|found| found.scale), Some(1e-9));
    assert_eq!(robust(&[f64::INFINITY]), None);
}

#[test]
fn a_step_is_located_within_a_few_blocks() {
    let mut noise = Noise(11);
    let (mut close, mut near) = (0, 0);
    for _ in 0..400 {
        let baseline: Vec<f64> = (0..200).map(|_| 100.0 + 5.0 * noise.normal()).collect();
        let series: Vec<(i64, f64)> = (0..60)
            .map(|t| (t, if t < 30 { 100.0 } else { 110.0 } + 5.0 * noise.normal()))
            .collect();
        let found = cusum_onset(&baseline, &series, 1.0, 5.0).unwrap();
        close += u32::from((found.start_ts - 30).abs() <= 2);
        near += u32::from((found.start_ts - 30).abs() <= 5);
    }
    // With mu and s known, 20,000 runs in numpy: 77 % and 89 %.
    assert!((276..=340).contains(&close), "{close} of 400");
    assert!((330..=384).contains(&near), "{near} of 400");
}

fn blocks(events: &[f64], exposure: f64) -> Vec<Block> {
    let block = |(ts, events): (i64, &f64)| Block {
        ts,
        events: *events,
        exposure,
    };
    (0..).zip(events).map(block).collect()
}

#[test]
fn poisson_sums_are_lucass_times_ln_ratio() {
    // Rates 2 and 4: k = 2 / ln 2 = 2.885; x - k runs .. 0, 2.115, 4.229, 7.344; times ln 2: 5.09.
    let series = blocks(&[2.0, 3.0, 0.0, 5.0, 5.0, 6.0], 1.0);
    let expected = Some(Onset {
        start_ts: 3,
        crossed_ts: 5,
    });
    assert_eq!(poisson_cusum(2.0, 2.0, &series, 5.0), expected);
    assert_eq!(poisson_cusum(2.0, 2.0, &series, 5.1), None);
    // Twice the exposure and half the rate is the same question.
    let wide = blocks(&[2.0, 3.0, 0.0, 5.0, 5.0, 6.0], 2.0);
    assert_eq!(poisson_cusum(1.0, 2.0, &wide, 5.0), expected);
    assert_eq!(poisson_cusum(0.0, 2.0, &wide, 5.0), None);
    assert_eq!(poisson_cusum(1.0, 1.0, &wide, 5.0), None);
}

#[test]
fn false_alarms_of_poisson_sums_keep_lordens_bound() {
    let mut noise = Noise(9);
    let (mut length, runs) = (0, 60);
    for _ in 0..runs {
        let events: Vec<f64> = (0..2_000).map(|_| noise.poisson(3.0)).collect();
        let found = poisson_cusum(3.0, 2.0, &blocks(&events, 1.0), 4.0);
        length += found.map_or(2_000, |onset| onset.crossed_ts + 1);
    }
    assert!(length / runs >= 54, "{}: e^4 is 54.6", length / runs);
}

#[test]
fn broken_values_are_passed_over() {
    let mut series = numbered(&MONTGOMERY);
    series.insert(25, (26, f64::NAN));
    series.insert(27, (27, f64::INFINITY));
    let found = cusum_onset(&TARGET, &series, 1.0, 5.0);
    assert_eq!(found.map(|onset| onset.start_ts), Some(23));
    assert_eq!(cusum_onset(&[], &series, 1.0, 5.0), None);
    assert_eq!(cusum_onset(&TARGET, &series, f64::NAN, 5.0), None);
    assert!(ewma(&TARGET, &series, 0.0, 3.0).is_empty());
}

proptest! {
    #[test]
    fn a_start_is_never_after_its_crossing(
        baseline in prop::collection::vec(any::<f64>(), 0..20), values in prop::collection::vec(any::<f64>(), 0..40),
        delta in 0.0..3.0f64, h in 0.0..6.0f64,
    ) {
        let series = numbered(&values);
        let blocks = blocks(&values, 1.0);
        for found in [
            cusum_onset(&baseline, &series, delta, h),
            ewma_onset(&baseline, &series, 0.2, h),
            poisson_cusum(delta, 1.0 + h, &blocks, h),
        ].into_iter().flatten() {
            prop_assert!(found.start_ts <= found.crossed_ts);
        }
    }
}
