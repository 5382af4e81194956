//! A fast hash of plain values, to tell whether two rows are the same. It never leaves the device.

/// A hash in the making: each word is folded in by one 64 by 64 bit multiplication.
#[derive(Clone, Copy)]
pub(super) struct Stamp(u64);

impl Stamp {
    pub fn new() -> Self {
        Self(0x243f_6a88_85a3_08d3)
    }

    pub fn word(mut self, word: u64) -> Self {
        let product = u128::from(self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        self.0 = (product as u64) ^ ((product >> 64) as u64).rotate_left(29) ^ word.rotate_left(17);
        self
    }

    /// Text with its length, so that "ab" and "c" differ from "a" and "bc".
    pub fn text(self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut stamp = self.word(bytes.len() as u64 | 1 << 63);
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            stamp = stamp.word(u64::from_le_bytes(word.try_into().expect("eight bytes")));
        }
        let mut last = [0; 8];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        if words.remainder().is_empty() { stamp } else { stamp.word(u64::from_le_bytes(last)) }
    }

    pub fn id(self, id: &[u8; 16]) -> Self {
        let number = u128::from_le_bytes(*id);
        self.word(number as u64).word((number >> 64) as u64)
    }

    pub fn done(self) -> u64 {
        self.word(0x1319_8a2e_0370_7344).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn near_texts_have_different_stamps() {
        let mut seen = BTreeSet::new();
        for number in 0..100_000_u64 {
            assert!(seen.insert(Stamp::new().text(&format!("Task {number}")).done()));
            assert!(seen.insert(Stamp::new().word(number).done()));
            assert!(seen.insert(Stamp::new().word(0).word(number).done()));
        }
        assert_ne!(Stamp::new().text("ab").text("c").done(), Stamp::new().text("a").text("bc").done());
        assert_ne!(Stamp::new().text("").done(), Stamp::new().done());
        assert_ne!(Stamp::new().text("a").done(), Stamp::new().text("a\0").done());
    }
}
