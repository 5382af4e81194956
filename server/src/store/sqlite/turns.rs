//! Which appends share the next transaction: the small ones first, and of the large ones the oldest, so that nobody waits for all that others bring.
//!
//! A log has one append under way at a time, so that taking turns between appends is taking turns between logs.

use std::collections::VecDeque;

/// An append of so many bytes is small: it costs the others nothing to let it go first.
const SMALL_BYTES_MAX: usize = 32 << 10;
/// Bytes of the large appends in one transaction, unless the oldest has more by itself. Whoever comes meanwhile waits until these are on disk.
const LARGE_BYTES_MAX: usize = 1 << 20;
/// Appends in one transaction, at most.
const APPENDS_MAX: usize = 64;

/// What waits for the disk.
pub struct Turns<T> {
    small: VecDeque<T>,
    large: VecDeque<(T, usize)>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { small: VecDeque::new(), large: VecDeque::new() }
    }
}

impl<T> Turns<T> {
    /// One more waits, of so many bytes.
    pub fn push(&mut self, bytes: usize, append: T) {
        if bytes <= SMALL_BYTES_MAX { self.small.push_back(append) } else { self.large.push_back((append, bytes)) }
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.small.len() + self.large.len()
    }

    /// Those whose turn it is; none when none waits. A large one is always among them when one waits, whatever number of small ones comes.
    pub fn next(&mut self) -> Vec<T> {
        let small = self.small.len().min(APPENDS_MAX - 1);
        let mut appends: Vec<T> = self.small.drain(..small).collect();
        let mut bytes = 0;
        while appends.len() < APPENDS_MAX
            && let Some((append, more)) = self.large.pop_front_if(|(_, more)| bytes == 0 || bytes + *more <= LARGE_BYTES_MAX)
        {
            bytes += more;
            appends.push(append);
        }
        appends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: usize = 400 << 10;

    #[test]
    fn a_small_append_does_not_wait_for_all_the_large_ones() {
        let mut turns = Turns::default();
        (0..10).for_each(|log| turns.push(LARGE, log));
        assert_eq!(turns.next(), [0, 1], "as many as fit");
        turns.push(1_000, 99);
        assert_eq!(turns.next(), [99, 2, 3]);
        assert_eq!(turns.len(), 6);
    }

    #[test]
    fn a_large_append_has_its_turn_however_many_small_ones_come_and_however_large_it_is() {
        let mut turns = Turns::default();
        turns.push(5 << 20, 1_000);
        (0..200).for_each(|log| turns.push(1, log));
        let appends = turns.next();
        assert_eq!((appends.len(), appends.last()), (APPENDS_MAX, Some(&1_000)));
        while !turns.next().is_empty() {}
        assert_eq!(turns.len(), 0);
    }
}
