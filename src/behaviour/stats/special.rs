//! Tails of the normal, t, beta and gamma distributions, good for counts from 0 to 10^12.
//!
//! `statrs` gives erfc (ten digits), ln Γ and the incomplete gamma function for small arguments. Its
//! incomplete beta function is not used: it ends after 140 terms whether or not they have
//! converged. Measured near "no change", where its true value is .496: .503 for 10^6 events a side,
//! 1.459 for 10^8. Here the factor in front is Loader's saddle-point form, as log-gammas near
//! 10^10 cancel badly, and from 3,000 events on both sides the uniform expansion of Temme takes
//! over, whose relative error there is below 3e-7. One side small and the other huge is a gamma tail.

use statrs::function::{erf, gamma};

/// From here on (the smaller parameter) the uniform expansions are used.
const LARGE_BETA: f64 = 3_000.0;
/// From here on (the larger parameter, while the smaller is not large) the gamma limit is used: the
/// fraction would subtract numbers that agree in too many digits.
const HUGE_BETA: f64 = 1e8;
/// From here on (the larger of count and mean) the uniform expansion is used.
const LARGE_GAMMA: f64 = 10_000.0;
/// Closer to the mean than this part of it, the correction of the expansions is its limit: two
/// large numbers would cancel.
const NEAR: f64 = 1e-5;
/// Below `LARGE_BETA` the fraction has converged after at most about 100 terms.
const TERMS: u32 = 400;

/// P(|Z| >= |z|) for a standard normal Z; 1 where `z` is not a number.
pub fn two_sided(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    erf::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(|T| >= |t|) for Student's T with `degrees` > 0 degrees of freedom; 1 where `t` is not a number.
pub fn two_sided_student(t: f64, degrees: f64) -> f64 {
    if t.is_nan() {
        return 1.0;
    }
    let square = t * t / degrees;
    beta_below(
        degrees / 2.0,
        0.5,
        1.0 / (1.0 + square),
        1.0 / (1.0 + 1.0 / square),
    )
}

/// The z with P(|Z| <= z) = `confidence`, for a confidence strictly between 0 and 1.
pub fn normal_width(confidence: f64) -> f64 {
    std::f64::consts::SQRT_2 * erf::erfc_inv(1.0 - confidence)
}

/// The z >= 0 with P(|Z| >= z) = `p`; infinite for p 0.
pub fn width_of(p: f64) -> f64 {
    std::f64::consts::SQRT_2 * erf::erfc_inv(p)
}

/// Deviance part `x ln(x/m) + m - x`, never negative, without cancellation near `x = m`
/// (Loader, "Fast and accurate computation of binomial probabilities", 2000).
///
/// `x >= 0`, `m > 0`.
pub fn deviance(x: f64, m: f64) -> f64 {
    if x <= 0.0 {
        return m;
    }
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    let mut odd = 1.0;
    // v is at most 0.1 here: each term is a hundredth of the one before.
    for _ in 0..16 {
        power *= v * v;
        odd += 2.0;
        sum += power / odd;
    }
    sum.max(0.0)
}

/// `ln Γ(n+1)` less Stirling's formula (Loader 2000); `n > 0`.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let half_log_tau = 0.918_938_533_204_672_8;
        return gamma::ln_gamma(n + 1.0) - (n + 0.5) * n.ln() + n - half_log_tau;
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1_260.0 - 1.0 / 1_680.0 / square) / square) / square) / n
}

/// Regularised incomplete beta `I_x(a, b)` with `y = 1 - x` given apart, so that neither is rounded.
///
/// `a, b > 0` and finite; `x, y` in `[0, 1]`. Small results keep their relative precision.
pub fn beta_below(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    let value = if a.min(b) > LARGE_BETA {
        beta_uniform(a, b, x, y)
    } else if b > HUGE_BETA {
        gamma_limit(a, b, x)
    } else if a > HUGE_BETA {
        1.0 - gamma_limit(b, a, y)
    } else if x < (a + 1.0) / (a + b + 2.0) {
        beta_fraction(a, b, x, y)
    } else {
        1.0 - beta_fraction(b, a, y, x)
    };
    value.clamp(0.0, 1.0)
}

/// `I_x(a, b)` by its continued fraction (DLMF 8.17.22), evaluated by Lentz's method; `x` below the mean.
#[expect(clippy::many_single_char_names, reason = "the names of DLMF 8.17")]
fn beta_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let log_density = stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * x)
        - deviance(b, n * y);
    let front = log_density.exp() * (a * b / n / std::f64::consts::TAU).sqrt();
    let guard = |value: f64| {
        if value.abs() < 1e-300 { 1e-300 } else { value }
    };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - n * x / (a + 1.0));
    let mut fraction = d;
    for term in 1..TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (n + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for step in [even, odd] {
            d = 1.0 / guard(1.0 + step * d);
            c = guard(1.0 + step / c);
            fraction *= d * c;
        }
        if (fraction - before).abs() <= 1e-15 * fraction.abs() {
            break;
        }
    }
    front * fraction / a
}

/// `I_x(a, b)` for `b` beyond all comparison with `a` (Wise, Biometrika 37, 1950): the error is of
/// the order of `a^3 / (24 b^2)`.
fn gamma_limit(a: f64, b: f64, x: f64) -> f64 {
    let mean = (b + (a - 1.0) / 2.0) * -(-x).ln_1p();
    if mean <= 0.0 {
        0.0
    } else {
        // An error means an infinite mean.
        gamma::checked_gamma_lr(a, mean).unwrap_or(1.0)
    }
}

/// `I_x(a, b)` for large `a` and `b` (Temme, "Special functions", 1996, section 11.3.3, first term).
#[expect(clippy::many_single_char_names, reason = "the names of DLMF 8.17")]
fn beta_uniform(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let (mean, rest) = (a / n, b / n);
    let spread = (mean * rest).sqrt();
    // The smaller of the two differences is the one that is not rounded.
    let offset = if mean < 0.5 { x - mean } else { rest - y };
    let half_square = deviance(a, n * x) + deviance(b, n * y);
    let root = half_square.sqrt().copysign(offset);
    let correction = if offset.abs() < NEAR * mean * rest {
        (rest - mean) / (3.0 * spread)
    } else {
        (n / 2.0).sqrt() / root - spread / offset
    };
    0.5 * erf::erfc(-root) + (-half_square).exp() / (std::f64::consts::TAU * n).sqrt() * correction
}

/// P(X >= `count`) for a Poisson X of mean `mean`: the regularised lower incomplete gamma function.
///
/// `count > 0`; `mean > 0` and finite.
pub fn poisson_at_least(count: f64, mean: f64) -> f64 {
    let value = if count.max(mean) < LARGE_GAMMA {
        // An error means an argument outside what is documented.
        gamma::checked_gamma_lr(count, mean).unwrap_or(1.0)
    } else {
        gamma_uniform(count, mean)
    };
    value.clamp(0.0, 1.0)
}

/// Lower incomplete gamma for large arguments (Temme 1996, section 11.2.4, first term).
fn gamma_uniform(a: f64, x: f64) -> f64 {
    let half_square = deviance(a, x);
    let offset = (x - a) / a;
    let root = half_square.sqrt().copysign(offset);
    let correction = if offset.abs() < NEAR {
        -1.0 / 3.0
    } else {
        1.0 / offset - (a / 2.0).sqrt() / root
    };
    0.5 * erf::erfc(-root) - (-half_square).exp() / (std::f64::consts::TAU * a).sqrt() * correction
}

#[cfg(test)]
mod tests;
