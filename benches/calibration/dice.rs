//! Seeded chance: SplitMix64 and the distributions that clean worlds are made of.

/// SplitMix64 (Steele, Lea and Flood, 2014).
pub struct Dice(u64);

impl Dice {
    /// Another stream for each run of each world, so that adding one moves no other.
    pub fn new(world: &str, run: u64) -> Self {
        // FNV-1a: any mixing of the name will do, as long as it stays the same.
        let name = world.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        let mut dice = Self(name ^ run.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        dice.bits();
        dice
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform, above 0 and at most 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / 9_007_199_254_740_992.0
    }

    /// True with that chance.
    pub fn hits(&mut self, chance: f64) -> bool {
        self.uniform() <= chance
    }

    /// Below `bound`.
    pub fn below(&mut self, bound: i64) -> i64 {
        i64::try_from(self.bits() % bound.max(1).unsigned_abs()).unwrap_or(0)
    }

    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Gamma of that shape and scale 1 (Marsaglia and Tsang, 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let normal = self.normal();
            let cube = (1.0 + c * normal).powi(3);
            if cube > 0.0
                && self.uniform().ln() < 0.5 * normal * normal + d - d * cube + d * cube.ln()
            {
                return d * cube;
            }
        }
    }

    /// Poisson: Knuth's product in portions, above 500 the normal.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 500.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (mut left, mut count) = (mean, 0.0);
        while left > 0.0 {
            let limit = (-left.min(30.0)).exp();
            left -= 30.0;
            let mut product = self.uniform();
            while product > limit {
                product *= self.uniform();
                count += 1.0;
            }
        }
        count
    }

    /// Negative binomial with variance `phi` times its mean; `phi` above 1.
    pub fn clustered(&mut self, mean: f64, phi: f64) -> f64 {
        if mean <= 0.0 {
            return 0.0;
        }
        let rate = self.gamma(mean / (phi - 1.0)) * (phi - 1.0);
        self.poisson(rate)
    }

    /// From 1 on, with that mean.
    pub fn geometric(&mut self, mean: f64) -> i64 {
        let stop = 1.0 / mean;
        let mut count = 1;
        while !self.hits(stop) {
            count += 1;
        }
        count
    }
}

/// Ranks that come up in inverse proportion to a power of them.
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// Of so many ranks.
    pub fn new(power: f64, ranks: u32) -> Self {
        let mut sum = 0.0;
        let sums: Vec<f64> = (1..=ranks)
            .map(|rank| {
                sum += f64::from(rank).powf(-power);
                sum
            })
            .collect();
        Self(sums.iter().map(|upto| upto / sum).collect())
    }

    /// A rank, from 0 on.
    pub fn draw(&self, dice: &mut Dice) -> usize {
        let wanted = dice.uniform();
        self.0.partition_point(|upto| *upto < wanted)
    }
}
