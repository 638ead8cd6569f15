//! A seeded generator of numbers (`SplitMix64`).
//!
//! Each source draws from its own stream, named after what it decides, so that one more log line
//! does not move every trace id. Only integers come out: the sample has to be byte for byte the same
//! on every machine, and the mathematics library of the platform is not.

use super::ids;

/// A stream of numbers that depends on its name alone.
pub struct Rng(u64);

impl Rng {
    /// The stream of that name.
    pub fn named(name: &str) -> Self {
        let seed = ids::hash(name)
            .iter()
            .take(8)
            .fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Self(seed)
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `low..high`; `low` where the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high - low).unwrap_or(0).max(1);
        low + i64::try_from(self.draw() % span).unwrap_or(0)
    }

    /// True in `percent` of 100 draws.
    pub fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 100) < percent
    }

    /// True in `permille` of 1000 draws.
    pub fn rarely(&mut self, permille: i64) -> bool {
        self.between(0, 1000) < permille
    }

    /// A number in `low..high` that favours the low end, as durations do: the least of two draws,
    /// with one draw in eight stretched to the whole range.
    pub fn skewed(&mut self, low: i64, high: i64) -> i64 {
        let (one, two) = (self.between(low, high), self.between(low, high));
        if self.between(0, 8) == 0 {
            one.max(two)
        } else {
            one.min(two)
        }
    }

    /// One of `items`.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.between(0, i64::try_from(items.len()).unwrap_or(1));
        &items[usize::try_from(index).unwrap_or(0)]
    }

    /// `digits` lower-case hex digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::new();
        while text.len() < digits {
            text += &format!("{:016x}", self.draw());
        }
        text.truncate(digits);
        text
    }
}
