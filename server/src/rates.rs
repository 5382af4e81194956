//! How fast one person, and one address, may ask. Whoever is faster is told after how long to come again; nobody is shut out.
//!
//! Each is a token bucket that is kept as one time: when it will be full again. One that is full is not kept at all, so that a table
//! holds only who has asked lately, and of those a bounded number.

use crate::config::{Limits, Rate};
use landfall_engine::ActorId;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most people, and most addresses, in one table. With more than these at once those are forgotten that have asked for the least.
const KEYS_MAX: usize = 65_536;

/// See the module.
pub struct Rates {
    commands: Mutex<Buckets<ActorId>>,
    bytes: Mutex<Buckets<ActorId>>,
    entries: Mutex<Buckets<Address>>,
    connections: Mutex<Buckets<Address>>,
}

impl Rates {
    /// Nobody has asked for anything.
    pub fn new(limits: &Limits) -> Self {
        let of = |rate| Mutex::new(Buckets::new(rate, KEYS_MAX));
        Self {
            commands: of(limits.commands_per_actor),
            bytes: of(limits.command_bytes_per_actor),
            entries: Mutex::new(Buckets::new(limits.entries_per_address, KEYS_MAX)),
            connections: Mutex::new(Buckets::new(limits.connections_per_address, KEYS_MAX)),
        }
    }

    /// Somebody submits so many commands. `Ok` is after how long it is their turn, at most `patience`; `Err` is after how long it would be, and
    /// that it is not reserved.
    pub fn submit(&self, actor: ActorId, commands: usize, bytes: usize, patience: Duration, now: Instant) -> Result<Duration, Duration> {
        let mut by_count = locked(&self.commands);
        let mut by_bytes = locked(&self.bytes);
        let wait = by_count.wait(&actor, commands, now).max(by_bytes.wait(&actor, bytes, now));
        if wait > patience {
            return Err(wait);
        }
        by_count.take(actor, commands, now);
        by_bytes.take(actor, bytes, now);
        Ok(wait)
    }

    /// Somebody founds, joins, looks at an invitation, or asks for one or for a token.
    pub fn enter(&self, address: Address, now: Instant) -> Result<(), Duration> {
        take_one(&self.entries, address, now)
    }

    /// Somebody opens a WebSocket.
    pub fn connect(&self, address: Address, now: Instant) -> Result<(), Duration> {
        take_one(&self.connections, address, now)
    }
}

fn take_one(buckets: &Mutex<Buckets<Address>>, address: Address, now: Instant) -> Result<(), Duration> {
    let mut buckets = locked(buckets);
    let wait = buckets.wait(&address, 1, now);
    if !wait.is_zero() {
        return Err(wait);
    }
    buckets.take(address, 1, now);
    Ok(())
}

fn locked<K>(buckets: &Mutex<Buckets<K>>) -> std::sync::MutexGuard<'_, Buckets<K>> {
    buckets.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whom an address stands for: of IPv6 the first 64 bits, since whoever has one has all that begin like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            address => address,
        })
    }
}

/// Token buckets of one rate.
struct Buckets<K> {
    rate: Rate,
    keys_max: usize,
    full_at: BTreeMap<K, Instant>,
    /// The same by time: who is forgotten next stands first.
    order: BTreeSet<(Instant, K)>,
}

impl<K: Copy + Ord> Buckets<K> {
    fn new(rate: Rate, keys_max: usize) -> Self {
        Self { rate, keys_max, full_at: BTreeMap::new(), order: BTreeSet::new() }
    }

    /// How long somebody must wait until they may take so much; more than a whole bucket is taken from a full one.
    fn wait(&self, key: &K, tokens: usize, now: Instant) -> Duration {
        let Some(full_at) = self.full_at.get(key) else { return Duration::ZERO };
        let missing = full_at.saturating_duration_since(now) + self.time_of(tokens.min(self.rate.burst as usize));
        missing.saturating_sub(self.time_of(self.rate.burst as usize))
    }

    fn take(&mut self, key: K, tokens: usize, now: Instant) {
        let before = self.full_at.remove(&key);
        if let Some(full_at) = before {
            self.order.remove(&(full_at, key));
        }
        while let Some((full_at, oldest)) = self.order.first().copied()
            && (full_at <= now || self.order.len() >= self.keys_max)
        {
            self.order.pop_first();
            self.full_at.remove(&oldest);
        }
        let full_at = before.unwrap_or(now).max(now) + self.time_of(tokens);
        self.full_at.insert(key, full_at);
        self.order.insert((full_at, key));
    }

    /// How long it takes until so many tokens have come.
    fn time_of(&self, tokens: usize) -> Duration {
        Duration::from_secs_f64(tokens as f64 / f64::from(self.rate.per_second.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 10, burst: 20 };

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_burst_is_free_and_then_the_rate_is_kept_exactly() {
        let mut buckets = Buckets::new(RATE, 8);
        let start = Instant::now();
        buckets.take("ada", 20, start);
        assert_eq!(buckets.wait(&"ada", 1, start), ms(100));
        assert_eq!(buckets.wait(&"ada", 5, start + ms(100)), ms(400));
        assert_eq!(buckets.wait(&"ben", 20, start), Duration::ZERO, "each has their own");
        let mut now = start;
        for _ in 0..100 {
            now += buckets.wait(&"ada", 5, now);
            buckets.take("ada", 5, now);
        }
        assert_eq!(now - start, Duration::from_secs(50), "500 at 10 a second");
    }

    #[test]
    fn more_than_a_bucket_holds_passes_when_it_is_full_and_is_paid_for_afterwards() {
        let mut buckets = Buckets::new(RATE, 8);
        let start = Instant::now();
        buckets.take("ada", 1, start);
        assert_eq!(buckets.wait(&"ada", 100, start), ms(100));
        buckets.take("ada", 100, start + ms(100));
        assert_eq!(buckets.wait(&"ada", 20, start + ms(100)), Duration::from_secs(10));
    }

    #[test]
    fn only_who_has_asked_lately_is_remembered_and_never_too_many() {
        let mut buckets = Buckets::new(RATE, 8);
        let start = Instant::now();
        for key in 0..100 {
            buckets.take(key, 10 + key, start);
            assert!(buckets.full_at.len() <= 8 && buckets.full_at.len() == buckets.order.len());
        }
        assert!(buckets.full_at.contains_key(&99) && !buckets.full_at.contains_key(&0), "who has asked for the least is forgotten");
        buckets.take(0, 1, start + Duration::from_secs(60));
        assert_eq!(buckets.full_at.len(), 1, "a bucket that is full again is not kept");
    }

    #[test]
    fn commands_and_bytes_are_counted_for_each_person() {
        let one = |per_second, burst| Rate { per_second, burst };
        let rates =
            Rates::new(&Limits { commands_per_actor: one(10, 10), command_bytes_per_actor: one(1_000, 5_000), ..Limits::default() });
        let (ada, ben, start) = (ActorId([1; 16]), ActorId([2; 16]), Instant::now());
        let submit = |actor, commands, bytes, now| rates.submit(actor, commands, bytes, Duration::ZERO, now);
        assert_eq!(submit(ada, 1, 5_000, start), Ok(ms(0)));
        assert_eq!(submit(ada, 1, 1_000, start), Err(ms(1_000)));
        assert_eq!(submit(ben, 10, 10, start), Ok(ms(0)));
        assert_eq!(submit(ben, 5, 10, start), Err(ms(500)));
        assert_eq!(submit(ben, 5, 10, start + ms(500)), Ok(ms(0)));
    }

    #[test]
    fn turns_of_those_who_wait_come_one_after_the_other_and_none_beyond_their_patience() {
        let rates = Rates::new(&Limits { commands_per_actor: RATE, ..Limits::default() });
        let (ada, start) = (ActorId([1; 16]), Instant::now());
        let submit = |commands| rates.submit(ada, commands, 10, ms(2_000), start);
        assert_eq!(submit(20), Ok(ms(0)));
        assert_eq!((submit(10), submit(10)), (Ok(ms(1_000)), Ok(ms(2_000))));
        assert_eq!((submit(10), submit(10)), (Err(ms(3_000)), Err(ms(3_000))), "what is refused costs nothing");
    }

    #[test]
    fn addresses_of_one_household_are_one() {
        let address = |text: &str| Address::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(address("2001:db8:1:2:aaaa::1"), address("2001:db8:1:2:bbbb::2"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }
}
