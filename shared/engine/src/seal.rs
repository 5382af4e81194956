//! Seals: a hash chain over what is kept, by which a log that has lost records without a word is told from the one that was read.

use crate::log::Position;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// What stands behind a record: the first 16 bytes of SHA-256 over the seal before it and the record's JSON as it is kept.
///
/// Two logs that agree on a seal agree on everything before it, since each seal depends on the one before (a hash chain, as in Haber and
/// Stornetta, 1991). A record that was kept before there were seals has [`Seal::NONE`]; the chain begins after it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seal(pub [u8; 16]);

impl Seal {
    /// Before the first record, and behind records that have no seal.
    pub const NONE: Self = Self([0; 16]);

    /// The seal behind a record that is kept as `body`, where this one stands before it.
    #[must_use]
    pub fn then(self, body: &str) -> Self {
        let digest = Sha256::new().chain_update(self.0).chain_update(body).finalize();
        let mut seal = [0; 16];
        seal.copy_from_slice(&digest[..16]);
        Self(seal)
    }
}

/// A place in a log and what stands there: what a reader keeps, to tell whether it is still the same log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The place.
    pub position: Position,
    /// The seal behind the record there.
    pub seal: Seal,
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASeal;

impl fmt::Display for NotASeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a seal: expected 32 hexadecimal digits")
    }
}

impl std::error::Error for NotASeal {}

impl FromStr for Seal {
    type Err = NotASeal;

    fn from_str(text: &str) -> Result<Self, NotASeal> {
        let is_hexadecimal = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = is_hexadecimal.then(|| u128::from_str_radix(text, 16).ok()).flatten().ok_or(NotASeal)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for Seal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Seal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        } else {
            Deserialize::deserialize(deserializer).map(Self)
        }
    }
}
