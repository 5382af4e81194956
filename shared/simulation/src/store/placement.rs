//! Moving a log from one place to another, step by step: copied while it is written, frozen and copied to the end, and then the other place counts.
//!
//! A server that has the log open believes in the place where it was when it opened it, until it hears otherwise or is refused there.

use super::{Log, Snapshot, Timeline};
use crate::dice::Dice;
use crate::rules;
use crate::workload::Workload;
use crate::world::World;
use landfall_engine::sequencer::{AppendError, Entry};
use landfall_engine::{Cursor, Epoch, Seal};

/// How far a move has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// None is under way.
    #[default]
    Still,
    /// It was copied as it was then, and is written meanwhile.
    Copied,
    /// Nothing can be recorded, and the copy is whole.
    Frozen,
}

/// Where a log is.
#[derive(Clone, Debug)]
pub struct Placement<W: Workload> {
    here: u64,
    stage: Stage,
    /// What the other place has: the copy that is being made, or the one that was left behind, on its timeline.
    other: Option<Timeline<W>>,
}

impl<W: Workload> Default for Placement<W> {
    fn default() -> Self {
        Self { here: 0, stage: Stage::Still, other: None }
    }
}

impl<W: Workload> Log<W> {
    /// The place that counts, as the directory says.
    pub fn here(&self) -> u64 {
        self.placement.here
    }

    /// An append by a server that believes in this place.
    pub fn append_at(
        &mut self,
        place: u64,
        expected: Cursor,
        before: Seal,
        entries: Vec<Entry<W>>,
    ) -> (Result<Vec<Seal>, AppendError>, Vec<Entry<W>>) {
        if self.refuses(place) {
            return (Err(AppendError::Unavailable), Vec::new());
        }
        if place == self.placement.here {
            return self.append(expected, before, entries);
        }
        // Nothing but its refusal keeps a place from taking records of a log that is there no more.
        match &mut self.placement.other {
            Some(copy) if (Cursor { epoch: copy.epoch, position: copy.head() }) == expected => (Ok(copy.write(before, &entries)), entries),
            _ => (Err(AppendError::HeadMoved), Vec::new()),
        }
    }

    /// Where a log is no more, and where it is frozen, nothing is appended.
    fn refuses(&self, place: u64) -> bool {
        let is_elsewhere = place != self.placement.here;
        let is_frozen = self.placement.stage == Stage::Frozen;
        is_elsewhere || is_frozen
    }

    /// What a server reads that believes in this place, and holds the log open on this timeline.
    pub fn at(&self, place: u64, epoch: Epoch) -> &Timeline<W> {
        // What stands at a place that the log has left is what it was then.
        let left = self.timelines.iter().rev().find(|timeline| place != self.placement.here && timeline.epoch == epoch);
        left.unwrap_or_else(|| self.now())
    }

    /// A move that is not over is none.
    pub fn call_off_the_move(&mut self) {
        self.placement.stage = Stage::Still;
    }

    /// From a backup everything comes back at one place.
    pub(super) fn forget_the_other_place(&mut self) {
        self.placement.stage = Stage::Still;
        self.placement.other = None;
    }

    fn copy(&mut self) {
        self.placement.other = Some(self.now().clone());
    }
}

impl<W: Workload> World<W> {
    /// The next step of moving a log, or its end before it was over.
    pub(crate) fn move_log(&mut self, log: usize, dice: &mut Dice) {
        let moving = &mut self.logs[log];
        let told = match moving.placement.stage {
            Stage::Still => {
                moving.copy();
                moving.placement.stage = Stage::Copied;
                "is copied"
            }
            _ if dice.one_in(6) => {
                moving.call_off_the_move();
                "stays where it is"
            }
            Stage::Copied => {
                moving.placement.stage = Stage::Frozen;
                moving.copy();
                "is frozen"
            }
            Stage::Frozen => return self.redirect(log),
        };
        self.trace.say(|| format!("log {log} {told}"));
    }

    /// The other place counts from now on, on a timeline of its own.
    fn redirect(&mut self, log: usize) {
        let moving = &mut self.logs[log];
        let Some(mut copy) = moving.placement.other.take() else { return };
        let verdict = rules::rule_27_moved_whole(moving.now(), &copy);
        let epoch = moving.cursor().epoch + 1;
        // The records are the same, and so is what they mean. A snapshot of what the log has lost, or of an earlier timeline, stays behind.
        let snapshot = moving.snapshot.take().filter(|snapshot| snapshot.cursor.epoch + 1 == epoch && !moving.has_lost(snapshot));
        moving.snapshot = snapshot.map(|snapshot| Snapshot { cursor: Cursor { epoch, ..snapshot.cursor }, ..snapshot });
        moving.copy();
        moving.placement.here += 1;
        moving.placement.stage = Stage::Still;
        copy.epoch = epoch;
        moving.timelines.push(copy);
        self.trace.say(|| format!("log {log} is at place {} now", self.logs[log].here()));
        self.judge(27, verdict);
    }
}
