//! Seeded numbers (`SplitMix64`) and the few distributions that the traffic needs.
//!
//! `f64::ln` and `f64::exp` come from the platform's library and may differ in the last bit, so both
//! are made here from the four operations, which IEEE 754 fixes: a seed gives the same bytes
//! everywhere.

/// A stream of numbers.
pub struct Rng(u64);

impl Rng {
    /// The stream of that seed and label: one more draw for one purpose moves no other purpose.
    pub fn new(seed: u64, label: &str) -> Self {
        // FNV-1a over the label.
        let label = label
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mut first = Self(seed ^ label);
        Self(first.draw())
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform over `low..high`; `low` where that is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(0).max(1);
        low + i64::try_from(self.draw() % span).unwrap_or(0)
    }

    /// Uniform over `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.draw() % (bound as u64).max(1)) as usize
    }

    /// Uniform over the reals of `[0, 1)`.
    pub fn unit(&mut self) -> f64 {
        (self.draw() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform over the reals of `[low, high)`.
    pub fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// True with that probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `items`, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// `items` in another order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Mean 0, variance 1: twelve uniforms less six (Irwin and Hall), so within six deviations.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Gamma of mean 1 and that whole-number shape: a mean of exponentials.
    pub fn gamma(&mut self, shape: u32) -> f64 {
        let sum: f64 = (0..shape).map(|_| -ln(1.0 - self.unit())).sum();
        sum / f64::from(shape.max(1))
    }

    /// Poisson, by multiplying uniforms (Knuth), in steps that keep `exp` from vanishing.
    pub fn poisson(&mut self, mean: f64) -> u32 {
        let (mut left, mut count) = (mean, 0);
        while left > 0.0 {
            let floor = exp(-left.min(30.0));
            left -= 30.0;
            let mut product = self.unit();
            while product > floor {
                count += 1;
                product *= self.unit();
            }
        }
        count
    }

    /// Negative binomial: a Poisson whose mean is itself gamma with that shape.
    pub fn negative_binomial(&mut self, mean: f64, shape: u32) -> u32 {
        let mean = mean * self.gamma(shape);
        self.poisson(mean)
    }

    /// `digits` lower-case hex digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text += &format!("{:016x}", self.draw());
        }
        text.truncate(digits);
        text
    }
}

/// Natural logarithm of a positive normal number: exponent, and a series in `(m-1)/(m+1)`.
pub fn ln(x: f64) -> f64 {
    let bits = x.max(f64::MIN_POSITIVE).to_bits();
    let mut exponent = f64::from(((bits >> 52) & 0x7ff) as i32 - 1023);
    let mut mantissa = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1.0;
    }
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let (mut power, mut sum) = (z, 0.0);
    for odd in (1..24).step_by(2) {
        sum += power / f64::from(odd);
        power *= z * z;
    }
    2.0 * sum + exponent * std::f64::consts::LN_2
}

/// Exponential of a number within a few hundred of 0: a power of two, and Taylor's series.
pub fn exp(x: f64) -> f64 {
    let x = x.clamp(-700.0, 700.0);
    let twos = (x / std::f64::consts::LN_2).round();
    let rest = x - twos * std::f64::consts::LN_2;
    let (mut term, mut sum) = (1.0, 1.0);
    for step in 1..16 {
        term *= rest / f64::from(step);
        sum += term;
    }
    let power = f64::from_bits(((twos as i64 + 1023) as u64) << 52);
    sum * power
}
