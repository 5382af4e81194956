//! Random numbers from a seed, so that two runs do the same work: SplitMix64 (Steele, Lea, Flood).

/// See the module.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0, 1, … up to but not including `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes()[..chunk.len()]);
        }
        bytes
    }

    /// Other dice, which roll on their own from here.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }

    /// The time until the next of many independent events that come `rate` times a second, seconds.
    pub fn gap_seconds(&mut self, rate: f64) -> f64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        -(1.0 - uniform).ln() / rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_on_average_what_the_rate_says() {
        let mut dice = Dice::new(7);
        let total: f64 = (0..100_000).map(|_| dice.gap_seconds(50.0)).sum();
        assert!((total - 2_000.0).abs() < 40.0, "{total}");
    }
}
