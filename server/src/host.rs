//! What the machines may not do themselves: read the clock and draw random numbers.

use landfall_engine::TimeMs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The server's clock.
pub fn now() -> TimeMs {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    TimeMs(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has none to give: ids and secrets can then not be made, and guessing them would be worse.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
