//! Seeded noise for the Monte-Carlo tests: SplitMix64 and the few distributions that they need.

/// SplitMix64 (Steele, Lea & Flood 2014).
pub struct Noise(pub u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform, above 0 and at most 1.
    pub fn uniform(&mut self) -> f64 {
        super::whole((self.bits() >> 11) + 1) / 9_007_199_254_740_992.0
    }

    /// Standard normal (Box-Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Gamma of whole shape and mean 1.
    pub fn gamma(&mut self, shape: u32) -> f64 {
        let sum: f64 = (0..shape).map(|_| -self.uniform().ln()).sum();
        sum / f64::from(shape)
    }

    /// Poisson (Knuth); for means below about 500.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        let limit = (-mean).exp();
        let (mut product, mut count) = (self.uniform(), 0.0);
        while product > limit {
            product *= self.uniform();
            count += 1.0;
        }
        count
    }
}
