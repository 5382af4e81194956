//! What a writer holds for whom, and all writers together: nobody's flood takes the room of others.
//!
//! A command is held from its arrival until its record. One that waits in vain for its predecessor is let go by the sequencer after a while,
//! silently; so it is forgotten here after the same time.

use landfall_engine::protocol::{IN_FLIGHT_COMMANDS_MAX, Submission};
use landfall_engine::sequencer::{MISSING_EXPIRY_MS, MISSING_PATIENCE_MS};
use landfall_engine::{ActorId, CommandId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Command texts that a writer holds, bytes.
const BYTES_MAX: usize = 64 << 20;
/// The same of all writers of a process, bytes: a thousand logs that are flooded at once do not fill the machine.
const ALL_BYTES_MAX: usize = 256 << 20;
/// Of those of one writer, for one person.
const BYTES_PER_ACTOR_MAX: usize = 16 << 20;
/// Commands held for one person: as many as four devices may have under way.
const COMMANDS_PER_ACTOR_MAX: usize = 4 * IN_FLIGHT_COMMANDS_MAX;
/// By then a command that waits in vain has been let go.
const EXPIRY: Duration = Duration::from_millis(MISSING_PATIENCE_MS + MISSING_EXPIRY_MS);
/// Bookkeeping of one command besides its text, bytes, roughly.
const OVERHEAD_BYTES: usize = 256;

struct Holding {
    actor: ActorId,
    bytes: usize,
    since: Instant,
}

#[derive(Clone, Copy, Default)]
struct Share {
    commands: usize,
    bytes: usize,
}

/// How many bytes all writers of a process hold.
#[derive(Debug)]
pub struct Room {
    held: AtomicUsize,
    bytes_max: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { held: AtomicUsize::new(0), bytes_max: ALL_BYTES_MAX }
    }
}

impl Room {
    /// Takes so much of it, if it is there.
    fn take(&self, bytes: usize) -> bool {
        let taken = |held: usize| held.checked_add(bytes).filter(|all| *all <= self.bytes_max);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// See the module.
pub struct Held {
    room: Arc<Room>,
    commands: BTreeMap<CommandId, Holding>,
    shares: BTreeMap<ActorId, Share>,
    bytes: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.give_back(self.bytes);
    }
}

/// What a command of so many bytes takes.
pub fn size(text_bytes: usize) -> usize {
    text_bytes + OVERHEAD_BYTES
}

impl Held {
    /// Nothing, in this room.
    pub fn within(room: Arc<Room>) -> Self {
        Self { room, commands: BTreeMap::new(), shares: BTreeMap::new(), bytes: 0 }
    }

    /// Is there room for these, which have just arrived? Then they are held; otherwise none of them is. One that is held already takes no room again.
    pub fn admit(&mut self, actor: ActorId, commands: &[Submission], arrived: Instant) -> bool {
        if !self.take_room(actor, commands) {
            self.forget_expired(arrived);
            if !self.take_room(actor, commands) {
                return false;
            }
        }
        for command in commands {
            if let Entry::Vacant(place) = self.commands.entry(command.id) {
                let bytes = bytes_of(command);
                place.insert(Holding { actor, bytes, since: arrived });
                let share = self.shares.entry(actor).or_default();
                share.commands += 1;
                share.bytes += bytes;
                self.bytes += bytes;
            }
        }
        true
    }

    /// The command has its record. When it arrived, if it was held.
    pub fn release(&mut self, id: CommandId) -> Option<Instant> {
        let Holding { actor, bytes, since } = self.commands.remove(&id)?;
        self.bytes -= bytes;
        self.room.give_back(bytes);
        if let Some(share) = self.shares.get_mut(&actor) {
            share.commands -= 1;
            share.bytes -= bytes;
            if share.commands == 0 {
                self.shares.remove(&actor);
            }
        }
        Some(since)
    }

    /// Commands that are held.
    pub fn count(&self) -> usize {
        self.commands.len()
    }

    /// Nothing is held any more.
    pub fn clear(&mut self) {
        *self = Self::within(self.room.clone());
    }

    /// Takes their room among everybody's, if they have room here as well.
    fn take_room(&self, actor: ActorId, commands: &[Submission]) -> bool {
        let new = || commands.iter().filter(|command| !self.commands.contains_key(&command.id));
        let (count, bytes) = (new().count(), new().map(bytes_of).sum::<usize>());
        let share = self.shares.get(&actor).copied().unwrap_or_default();
        let fits_here = self.bytes + bytes <= BYTES_MAX
            && share.bytes + bytes <= BYTES_PER_ACTOR_MAX
            && share.commands + count <= COMMANDS_PER_ACTOR_MAX;
        fits_here && self.room.take(bytes)
    }

    fn forget_expired(&mut self, now: Instant) {
        let is_expired = |holding: &Holding| now.saturating_duration_since(holding.since) >= EXPIRY;
        let expired: Vec<CommandId> = self.commands.iter().filter(|(_, holding)| is_expired(holding)).map(|(id, _)| *id).collect();
        for id in expired {
            self.release(id);
        }
    }
}

fn bytes_of(command: &Submission) -> usize {
    size(command.command.as_ref().map_or(0, |text| text.0.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::random;
    use landfall_engine::TimeMs;
    use landfall_engine::protocol::CommandText;

    fn commands(count: usize, text_bytes: usize) -> Vec<Submission> {
        let text = CommandText("1".repeat(text_bytes));
        let command = |_| Submission { id: CommandId(random()), after: None, issued: TimeMs(1), command: Some(text.clone()) };
        (0..count).map(command).collect()
    }

    #[test]
    fn many_logs_share_one_room_and_one_that_is_closed_gives_its_part_back() {
        let actor = ActorId([1; 16]);
        let room = Arc::new(Room { held: AtomicUsize::new(0), bytes_max: 10 * size(100) });
        let now = Instant::now();
        let (mut one, mut other) = (Held::within(room.clone()), Held::within(room.clone()));
        let first = commands(8, 100);
        assert!(one.admit(actor, &first, now));
        assert!(!other.admit(actor, &commands(3, 100), now), "each has room, and all together have not");
        assert!(other.admit(actor, &commands(2, 100), now), "what was not taken has left nothing behind");
        assert!(one.admit(actor, &first, now), "sent again it takes no more");
        one.release(first[0].id);
        assert!(other.admit(actor, &commands(1, 100), now));
        drop(one);
        assert!(other.admit(actor, &commands(7, 100), now));
        other.clear();
        assert_eq!(room.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_persons_flood_leaves_room_for_others() {
        let (flooder, other) = (ActorId([1; 16]), ActorId([2; 16]));
        let mut held = Held::within(Arc::default());
        let now = Instant::now();
        let flood = commands(COMMANDS_PER_ACTOR_MAX, 1);
        assert!(held.admit(flooder, &flood, now));
        assert!(held.admit(flooder, &flood, now), "sent again it takes no more");
        assert!(!held.admit(flooder, &commands(1, 1), now));
        assert!(held.admit(other, &commands(256, 1), now));
        held.release(flood[0].id);
        assert!(held.admit(flooder, &commands(1, 1), now));
        assert!(held.admit(flooder, &commands(1, 1), now + EXPIRY), "what waited in vain is let go");
    }

    #[test]
    fn bytes_are_bounded_for_each_and_for_all() {
        let mut held = Held::within(Arc::default());
        let now = Instant::now();
        let large = || commands(15, 1 << 20);
        let admitted = (0..6).filter(|n| held.admit(ActorId([*n; 16]), &large(), now)).count();
        assert_eq!(admitted, 4);
        assert!(!held.admit(ActorId([0; 16]), &commands(2, 1 << 20), now));
        held.clear();
        assert!(held.admit(ActorId([0; 16]), &large(), now));
    }
}
