//! Random numbers from a seed: SplitMix64 (Steele, Lea, Flood).

use landfall_engine::CommandId;

/// See the module.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0, 1, … up to but not including `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// The bytes of an id.
    pub fn id(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_be_bytes());
        bytes[8..].copy_from_slice(&self.next().to_be_bytes());
        bytes
    }

    /// The id of a task, as text.
    pub fn task(&mut self) -> String {
        CommandId(self.id()).to_string()
    }

    /// Other dice, which roll on their own from here.
    pub fn split(&mut self) -> Self {
        Self(self.next())
    }
}

/// A number that a command or a person gives, such as a count of rounds.
pub fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is “{text}”, which is no number")),
        Err(_) => usual,
    }
}

/// The seed that is asked for, or one that nobody has tried yet. A failing test shows what it prints.
pub fn seed() -> u64 {
    let seed = number("LANDFALL_SEED", u64::from_le_bytes(landfall_server::host::random()) >> 16);
    println!("seed {seed}; again with LANDFALL_SEED={seed}");
    seed
}
