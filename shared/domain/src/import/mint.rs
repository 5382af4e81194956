//! Ids for what an import makes, drawn from its seed: the same file, seed and time give the same ids.

use landfall_engine::TimeMs;

/// Deterministic source of UUIDv7 random parts.
#[derive(Clone, Debug)]
pub(super) struct Mint {
    now: TimeMs,
    seed: [u8; 16],
    counter: u64,
}

impl Mint {
    /// Begins at the first id of this seed.
    pub fn new(now: TimeMs, seed: [u8; 16]) -> Self {
        Self { now, seed, counter: 0 }
    }

    /// Time and random bytes of the next id. They sort in the order in which they were drawn, 4,096 to a millisecond.
    pub fn draw(&mut self) -> (TimeMs, [u8; 10]) {
        let counter = self.counter;
        self.counter += 1;
        let half = |range: std::ops::Range<usize>| u64::from_be_bytes(self.seed[range].try_into().expect("eight bytes"));
        let random = splitmix(half(0..8) ^ splitmix(half(8..16).wrapping_add(counter)));
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&((counter % 4_096) as u16).to_be_bytes());
        bytes[2..].copy_from_slice(&random.to_be_bytes());
        (self.now.plus(counter / 4_096), bytes)
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood, 2014): spreads a counter over all 64 bits.
pub(super) fn splitmix(state: u64) -> u64 {
    let mixed = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall_engine::CommandId;

    #[test]
    fn ids_differ_sort_and_come_again() {
        let draw = |seed| {
            let mut mint = Mint::new(TimeMs(1_795_000_000_000), seed);
            let ids: Vec<CommandId> = (0..10_000)
                .map(|_| {
                    let (now, random) = mint.draw();
                    CommandId::mint(now, random)
                })
                .collect();
            ids
        };
        let ids = draw([7; 16]);
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(ids, draw([7; 16]));
        assert!(draw([8; 16]).iter().all(|id| ids.binary_search(id).is_err()));
    }
}
