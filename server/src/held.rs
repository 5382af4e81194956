//! What a writer holds for whom: nobody's flood takes the room of others.
//!
//! A command is held from its arrival until its record. One that waits in vain for its predecessor is let go by the sequencer after a while,
//! silently; so it is forgotten here after the same time.

use landfall_engine::protocol::{IN_FLIGHT_COMMANDS_MAX, Submission};
use landfall_engine::sequencer::{MISSING_EXPIRY_MS, MISSING_PATIENCE_MS};
use landfall_engine::{ActorId, CommandId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;
use tokio::time::Instant;

/// Command texts that a writer holds, bytes.
const BYTES_MAX: usize = 64 << 20;
/// Of these, for one person.
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

/// See the module.
#[derive(Default)]
pub struct Held {
    commands: BTreeMap<CommandId, Holding>,
    shares: BTreeMap<ActorId, Share>,
    bytes: usize,
}

/// What a command of so many bytes takes.
pub fn size(text_bytes: usize) -> usize {
    text_bytes + OVERHEAD_BYTES
}

impl Held {
    /// Is there room for these, which have just arrived? Then they are held; otherwise none of them is. One that is held already takes no room again.
    pub fn admit(&mut self, actor: ActorId, commands: &[Submission], arrived: Instant) -> bool {
        if !self.has_room(actor, commands) {
            self.forget_expired(arrived);
            if !self.has_room(actor, commands) {
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
        *self = Self::default();
    }

    fn has_room(&self, actor: ActorId, commands: &[Submission]) -> bool {
        let new = || commands.iter().filter(|command| !self.commands.contains_key(&command.id));
        let (count, bytes) = (new().count(), new().map(bytes_of).sum::<usize>());
        let share = self.shares.get(&actor).copied().unwrap_or_default();
        self.bytes + bytes <= BYTES_MAX && share.bytes + bytes <= BYTES_PER_ACTOR_MAX && share.commands + count <= COMMANDS_PER_ACTOR_MAX
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
    fn one_persons_flood_leaves_room_for_others() {
        let (flooder, other) = (ActorId([1; 16]), ActorId([2; 16]));
        let mut held = Held::default();
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
        let mut held = Held::default();
        let now = Instant::now();
        let large = || commands(15, 1 << 20);
        let admitted = (0..6).filter(|n| held.admit(ActorId([*n; 16]), &large(), now)).count();
        assert_eq!(admitted, 4);
        assert!(!held.admit(ActorId([0; 16]), &commands(2, 1 << 20), now));
        held.clear();
        assert!(held.admit(ActorId([0; 16]), &large(), now));
    }
}
