//! Time as a value: the machines never ask for it, they are told.

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch. On a device it is that device's clock; in a record it is the server's, never going backwards within a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(transparent)]
pub struct TimeMs(pub u64);

impl TimeMs {
    /// This time moved later by `duration_ms`.
    pub fn plus(self, duration_ms: u64) -> Self {
        Self(self.0.saturating_add(duration_ms))
    }

    /// Milliseconds since `earlier`; zero when `earlier` is not earlier.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
