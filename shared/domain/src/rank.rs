//! Where something stands among its siblings: a fractional index, so that moving one thing never renumbers the others.

use crate::text::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A place in an order, compared as text. Two things of equal rank are ordered by their ids.
///
/// It is a counter and a fraction, both in base 62. The first letter tells how many digits the counter has
/// (`a` one, `b` two … going up; `Z` one, `Y` two … going down), so "again at the end" and "again at the start" stay short:
/// the thousandth appended task needs three characters. The fraction is what follows; it never ends in `0`,
/// so that there is always room before it.
#[derive(Clone)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
pub struct Rank(Held);

/// Nearly all ranks are short. Those are kept in place: an order of thousands is then compared without following a pointer.
#[derive(Clone)]
enum Held {
    /// Up to `SHORT` characters, padded with zeros, which come before every digit.
    Short([u8; SHORT]),
    Long(Text),
}

const SHORT: usize = 14;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The longest rank there is. About 700 things can be put, one by one, into the very same gap before it is reached.
const MAX_LENGTH: usize = 128;

impl Rank {
    /// The rank of the first thing in an empty order.
    pub fn first() -> Self {
        Self::hold("a0")
    }

    /// A rank after `lower` and before `upper`; `None` means that there is nothing on that side.
    ///
    /// Total: where no rank fits any more (the bounds are equal, in the wrong order, or the gap was halved some 700 times)
    /// it is the one of `lower`, and ids decide the order.
    pub fn between(lower: Option<&Self>, upper: Option<&Self>) -> Self {
        let rank = match (lower, upper) {
            (None, None) => return Self::first(),
            (Some(lower), None) => after(lower.as_str()),
            (None, Some(upper)) => before(upper.as_str()),
            (Some(lower), Some(upper)) if lower < upper => inside(lower.as_str(), upper.as_str()),
            (Some(lower), Some(_)) => return lower.clone(),
        };
        if rank.len() > MAX_LENGTH {
            return lower.or(upper).cloned().unwrap_or_else(Self::first);
        }
        Self::hold(&rank)
    }

    /// The rank as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Held::Short(padded) => {
                let length = padded.iter().position(|&byte| byte == 0).unwrap_or(SHORT);
                std::str::from_utf8(&padded[..length]).unwrap_or_default()
            }
            Held::Long(text) => text,
        }
    }

    /// Keeps a text that is a rank.
    fn hold(text: &str) -> Self {
        if text.len() > SHORT {
            return Self(Held::Long(Text::from(text)));
        }
        let mut padded = [0; SHORT];
        padded[..text.len()].copy_from_slice(text.as_bytes());
        Self(Held::Short(padded))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Held::Short(ours), Held::Short(theirs)) => ours.cmp(theirs),
            _ => self.as_str().cmp(other.as_str()),
        }
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rank {}

/// Text that is no rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARank;

impl fmt::Display for NotARank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a rank: expected a letter, its digits and a fraction, such as a0 or b1KV")
    }
}

impl FromStr for Rank {
    type Err = NotARank;
    fn from_str(text: &str) -> Result<Self, NotARank> {
        if is_rank(text) { Ok(Self::hold(text)) } else { Err(NotARank) }
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Rank {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Rank {
    /// What is no rank does not decode, so that every rank in memory is one.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Rank;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rank")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Rank, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

fn is_rank(text: &str) -> bool {
    let Some(&head) = text.as_bytes().first() else { return false };
    let Some(length) = counter_length(head) else { return false };
    text.len() >= length
        && text.len() <= MAX_LENGTH
        && text.bytes().all(|byte| digit(byte).is_some())
        && (text.len() == length || !text.ends_with('0'))
}

/// Length of the counter that `head` begins, itself included.
fn counter_length(head: u8) -> Option<usize> {
    match head {
        b'a'..=b'z' => Some(usize::from(head - b'a') + 2),
        b'A'..=b'Z' => Some(usize::from(b'Z' - head) + 2),
        _ => None,
    }
}

fn digit(byte: u8) -> Option<usize> {
    match byte {
        b'0'..=b'9' => Some(usize::from(byte - b'0')),
        b'A'..=b'Z' => Some(usize::from(byte - b'A') + 10),
        b'a'..=b'z' => Some(usize::from(byte - b'a') + 36),
        _ => None,
    }
}

/// Value of a digit of a rank; other bytes do not get into one.
fn value(byte: u8) -> usize {
    digit(byte).unwrap_or(0)
}

fn split(rank: &str) -> (&str, &str) {
    let length = rank.as_bytes().first().and_then(|&head| counter_length(head)).unwrap_or(0);
    rank.split_at(length.min(rank.len()))
}

/// The next counter; `None` after the last one of all.
fn increment(counter: &str) -> Option<String> {
    let mut bytes = counter.as_bytes().to_vec();
    let last = DIGITS.len() - 1;
    for place in (1..bytes.len()).rev() {
        let next = value(bytes[place]) + 1;
        if next <= last {
            bytes[place] = DIGITS[next];
            return String::from_utf8(bytes).ok();
        }
        bytes[place] = DIGITS[0];
    }
    // All digits rolled over: the next head has one digit more (going up) or one less (coming from below).
    let head = match bytes[0] {
        b'z' => return None,
        b'Z' => b'a',
        head => head + 1,
    };
    let length = counter_length(head)?;
    let mut counter = vec![DIGITS[0]; length];
    counter[0] = head;
    String::from_utf8(counter).ok()
}

/// The counter before; `None` before the first one of all.
fn decrement(counter: &str) -> Option<String> {
    let mut bytes = counter.as_bytes().to_vec();
    let last = DIGITS.len() - 1;
    for place in (1..bytes.len()).rev() {
        let digit = value(bytes[place]);
        if digit > 0 {
            bytes[place] = DIGITS[digit - 1];
            return String::from_utf8(bytes).ok();
        }
        bytes[place] = DIGITS[last];
    }
    let head = match bytes[0] {
        b'A' => return None,
        b'a' => b'Z',
        head => head - 1,
    };
    let length = counter_length(head)?;
    let mut counter = vec![DIGITS[last]; length];
    counter[0] = head;
    String::from_utf8(counter).ok()
}

fn after(lower: &str) -> String {
    let (counter, fraction) = split(lower);
    increment(counter).unwrap_or_else(|| format!("{counter}{}", middle(fraction, None)))
}

fn before(upper: &str) -> String {
    let (counter, fraction) = split(upper);
    if !fraction.is_empty() {
        return counter.to_owned();
    }
    // Before the very first counter there is nothing: 62^26 things would have to be put in front to come here.
    decrement(counter).unwrap_or_else(|| counter.to_owned())
}

fn inside(lower: &str, upper: &str) -> String {
    let (counter, fraction) = split(lower);
    let (upper_counter, upper_fraction) = split(upper);
    if counter == upper_counter {
        return format!("{counter}{}", middle(fraction, Some(upper_fraction)));
    }
    match increment(counter) {
        Some(next) if next.as_str() < upper => next,
        _ => format!("{counter}{}", middle(fraction, None)),
    }
}

/// A fraction between two others, `None` being 1: as short as the gap allows, and not ending in `0`.
fn middle(lower: &str, upper: Option<&str>) -> String {
    let (lower, upper) = (lower.as_bytes(), upper.map(str::as_bytes));
    let mut digits = Vec::new();
    let mut upper = upper;
    for place in 0.. {
        let low = lower.get(place).map_or(0, |&byte| value(byte));
        let high = upper.map_or(DIGITS.len(), |upper| upper.get(place).map_or(0, |&byte| value(byte)));
        if high > low + 1 {
            digits.push(DIGITS[(low + high) / 2]);
            break;
        }
        digits.push(DIGITS[low]);
        if high == low + 1 {
            // From here on anything after `lower` is before `upper`.
            upper = None;
        }
    }
    String::from_utf8(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(text: &str) -> Rank {
        text.parse().unwrap()
    }

    #[test]
    fn one_after_another_stays_short() {
        let mut last = Rank::first();
        for _ in 0..100_000 {
            let next = Rank::between(Some(&last), None);
            assert!(next > last && is_rank(next.as_str()));
            last = next;
        }
        assert_eq!(last.as_str().len(), 4);
    }

    #[test]
    fn one_before_another_stays_short() {
        let mut first = Rank::first();
        for _ in 0..100_000 {
            let next = Rank::between(None, Some(&first));
            assert!(next < first && is_rank(next.as_str()));
            first = next;
        }
        assert_eq!(first.as_str().len(), 4);
    }

    #[test]
    fn anywhere_is_always_between() {
        let mut ranks = vec![Rank::first()];
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let place = (seed >> 33) as usize % (ranks.len() + 1);
            let lower = place.checked_sub(1).map(|before| &ranks[before]);
            let next = Rank::between(lower, ranks.get(place));
            assert!(lower.is_none_or(|lower| *lower < next), "{lower:?} < {next:?}");
            assert!(ranks.get(place).is_none_or(|upper| next < *upper), "{next:?} < {:?}", ranks.get(place));
            assert!(is_rank(next.as_str()), "{next:?}");
            ranks.insert(place, next);
        }
        assert!(ranks.iter().all(|rank| rank.as_str().len() < 24));
    }

    #[test]
    fn the_same_gap_over_and_over_ends_at_the_bound_and_not_in_a_panic() {
        let lower = Rank::first();
        let mut upper = Rank::between(Some(&lower), None);
        let mut halvings = 0;
        loop {
            let next = Rank::between(Some(&lower), Some(&upper));
            if next == lower {
                break;
            }
            assert!(lower < next && next < upper && is_rank(next.as_str()));
            upper = next;
            halvings += 1;
        }
        assert!(halvings > 600, "{halvings}");
    }

    #[test]
    fn wrong_or_equal_bounds_give_the_lower_one() {
        assert_eq!(Rank::between(Some(&rank("a1")), Some(&rank("a1"))), rank("a1"));
        assert_eq!(Rank::between(Some(&rank("a2")), Some(&rank("a1"))), rank("a2"));
    }

    #[test]
    fn the_ends_of_all_counters() {
        let last = format!("z{}", "z".repeat(26));
        let next = Rank::between(Some(&rank(&last)), None);
        assert!(next > rank(&last));
        let first = format!("A{}", "0".repeat(26));
        assert_eq!(Rank::between(None, Some(&rank(&first))), rank(&first));
    }

    #[test]
    fn short_and_long_ones_compare_as_text() {
        let texts = ["Zz", "a0", "a01", "a0V0000000000z", "a0V0000000000zV", "a0V0000000001", "a1", "b00"];
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(rank(text).as_str(), *text);
            assert!(texts[index + 1..].iter().all(|later| rank(text) < rank(later) && rank(later) > rank(text)), "{text}");
            assert_eq!(rank(text), rank(text));
        }
    }

    #[test]
    fn what_is_no_rank_does_not_decode() {
        for text in ["", "a", "0", "b1", "a00", "a1 ", "a1V0", "ä1"] {
            assert_eq!(text.parse::<Rank>(), Err(NotARank), "{text}");
            assert!(serde_json::from_value::<Rank>(serde_json::json!(text)).is_err());
        }
        assert!("a".repeat(200).parse::<Rank>().is_err());
    }
}
