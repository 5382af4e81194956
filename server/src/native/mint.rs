//! Names for commands that sort in the order in which they were issued, however many there are in a millisecond.

use landfall_engine::{CommandId, TimeMs};

/// Names that one millisecond has room for: 12 bits in front of the random ones.
const NAMES_PER_MS: u16 = 1 << 12;

/// The last name's time, and how many have it.
#[derive(Debug, Default)]
pub struct Mint {
    at: TimeMs,
    count: u16,
}

impl Mint {
    /// The next name. Should the clock stand still or go back, names go on where they were.
    pub fn next(&mut self, now: TimeMs, random: [u8; 8]) -> CommandId {
        if now > self.at {
            (self.at, self.count) = (now, 0);
        } else if self.count == NAMES_PER_MS {
            (self.at, self.count) = (self.at.plus(1), 0);
        }
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&self.count.to_be_bytes());
        bytes[2..].copy_from_slice(&random);
        self.count += 1;
        CommandId::mint(self.at, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_whatever_the_clock_does() {
        let mut mint = Mint::default();
        let mut names: Vec<CommandId> = (0..10_000).map(|_| mint.next(TimeMs(1_795_000_000_000), [255; 8])).collect();
        names.extend((0..10).map(|_| mint.next(TimeMs(1_794_000_000_000), [0; 8])));
        names.push(mint.next(TimeMs(1_796_000_000_000), [0; 8]));
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
