use super::*;

fn near(found: f64, expected: f64, relative: f64) {
    let error = (found - expected).abs();
    assert!(error <= relative * expected.abs(), "{found} {expected}");
}

#[test]
fn normal_tails_are_those_of_scipy() {
    for (z, tail) in [
        (0.0, 0.5),
        (0.5, 0.308_537_538_725_986_9),
        (-1.96, 0.024_997_895_148_220_435),
        (5.0, 2.866_515_718_791_933e-7),
        (10.0, 7.619_853_024_160_47e-24),
        (30.0, 4.906_713_927_147_908e-198),
    ] {
        near(two_sided(z), 2.0 * tail, 1e-10);
    }
    near(two_sided(f64::NAN), 1.0, 0.0);
    near(normal_width(0.95), super::super::Z95, 1e-12);
}

#[test]
fn student_tails_are_those_of_scipy() {
    for (t, degrees, tail) in [
        (2.5, 14.0, 0.025_466_664_614_062_162),
        (-2.976_842_734_370_834, 14.0, 0.01),
        (3.3, 6.0, 0.016_407_875_872_937_232),
        (0.4, 2.0, 0.727_834_473_024_091_3),
        (5.0, 118.0, 2.015_151_492_127_237_5e-6),
        (0.0, 3.0, 1.0),
        (1e300, 3.0, 0.0),
    ] {
        near(two_sided_student(t, degrees), tail, 1e-12);
    }
}

#[test]
fn beta_is_right_where_statrs_is_not() {
    // mpmath with 40 digits: 10^6 and 10^8 events a side, a hundredth of a deviation below the mean.
    for events in [1e6, 1e8] {
        let (a, x): (f64, f64) = (events + 0.5, 0.5 - 0.01 * (0.125 / events).sqrt());
        let found = beta_below(a, a, x, 1.0 - x);
        near(found, 0.496_010_6, 1e-6);
        let other = statrs::function::beta::beta_reg(a, a, x);
        assert!(
            (other - found).abs() > 0.005,
            "{other}: is it mended? use it"
        );
    }
}

#[test]
fn one_huge_side_is_a_gamma_tail() {
    for (a, b) in [(0.5, 0.9e8), (5.5, 0.9e8), (300.5, 0.9e8), (2_990.0, 0.9e8)] {
        let n: f64 = a + b;
        for step in [-2.0, -0.5, -0.01, 0.3, 3.0] {
            let x = (a / n) * (1.0 + step / a.sqrt()).max(0.01);
            let (limit, fraction) = (gamma_limit(a, b, x), beta_below(a, b, x, 1.0 - x));
            near(limit, fraction, 1e-7);
        }
    }
}

#[test]
fn beta_agrees_with_statrs_where_that_has_room() {
    for a in [0.5, 1.0, 3.5, 20.0, 150.0] {
        for b in [0.5, 2.0, 15.5, 90.0] {
            for x in [0.01, 0.2, 0.5, 0.77, 0.99] {
                let other = statrs::function::beta::beta_reg(a, b, x);
                let found = beta_below(a, b, x, 1.0 - x);
                assert!(
                    (found - other).abs() < 1e-12,
                    "{a} {b} {x}: {found} {other}"
                );
            }
        }
    }
}

#[test]
fn both_halves_of_beta_make_one_where_the_methods_meet() {
    for (a, b) in [
        (2_999.0, 2_999.0),
        (3_001.0, 3_001.0),
        (2_990.0, 4.0e8),
        (3_010.0, 4.0e8),
    ] {
        let n: f64 = a + b;
        let sd = (a * b / n / n / n).sqrt();
        for step in [-3.0, -0.7, 0.0, 1.2, 4.0] {
            let (x, y) = (a / n + step * sd, b / n - step * sd);
            let sum = beta_below(a, b, x, y) + beta_below(b, a, y, x);
            assert!((sum - 1.0).abs() < 1e-7, "{a} {b} {step}: {sum}");
        }
    }
}

#[test]
fn both_ways_to_gamma_agree_where_they_meet() {
    for step in [-6.0, -3.0, -0.5, -0.005, 0.0, 0.02, 2.0, 4.0] {
        let (count, mean) = (9_990.0, 9_990.0 + step * 100.0);
        let other = gamma::gamma_lr(count, mean);
        near(gamma_uniform(count, mean), other, 3e-7);
    }
}

#[test]
fn both_ways_to_beta_agree_where_they_meet() {
    for (a, b) in [(2_990.0, 2_990.0), (2_990.0, 70_000.0), (2_990.0, 5.0e8)] {
        let n: f64 = a + b;
        let sd = (a * b / n / n / n).sqrt();
        for step in [-6.0, -3.0, -0.5, -0.005, 0.0] {
            let (x, y) = (a / n + step * sd, b / n - step * sd);
            near(beta_uniform(a, b, x, y), beta_below(a, b, x, y), 3e-7);
        }
    }
}

#[test]
fn deviance_has_no_seam() {
    // mpmath: x log(x/m) + m - x
    near(deviance(100.0, 100.0), 0.0, 0.0);
    near(deviance(0.0, 7.0), 7.0, 0.0);
    near(deviance(1.2, 1.0), 0.018_785_868_152_745_55, 1e-12);
    near(deviance(1.25, 1.0), 0.028_929_439_142_762_195, 1e-12);
    near(deviance(3.0, 1_000.0), 979.572_571_029_057_9, 1e-12);
    let large = deviance(500_100_000.0, 500_050_000.0);
    near(large, 2.499_666_712_493_501, 1e-12);
}
