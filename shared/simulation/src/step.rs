//! What may happen to a world: one list of named, weighted acts, and what each does.

use crate::dice::Dice;
use crate::future::as_in_the_future;
use crate::network::{Script, hello, submit_one};
use crate::second_route::Leaks;
use crate::storage::Mood;
use crate::store::AppendMood;
use crate::workload::Workload;
use crate::world::World;
use landfall_engine::client::SavedCommand;
use landfall_engine::protocol::{CloseCode, CommandText, FRAME_BYTES_MAX, PROTOCOL_VERSION_MIN};
use landfall_engine::{ActorId, CommandId, Cursor, LogId};
use std::collections::VecDeque;

/// An act with its dice, and how many small things happen after it. The dice make it the same act whatever was left out before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// To whom, and how.
    pub dice: u64,
    /// Small things that happen afterwards.
    pub moves: u64,
}

macro_rules! acts {
    ($($(#[$meta:meta])* $act:ident $name:literal $weight:literal $kind:ident;)*) => {
        /// Everything that may be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Act { $($(#[$meta])* $act,)* }

        impl Act {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$act,)*];

            /// Its name in tables and traces.
            pub fn name(self) -> &'static str {
                match self { $(Self::$act => $name,)* }
            }

            /// How often it happens, relative to the others.
            pub fn weight(self) -> u64 {
                match self { $(Self::$act => $weight,)* }
            }

            /// Is it something that should not happen?
            pub fn is_fault(self) -> bool {
                matches!(match self { $(Self::$act => Kind::$kind,)* }, Kind::Fault)
            }
        }
    };
}

enum Kind {
    Life,
    Fault,
}

acts! {
    /// Somebody does something.
    Submit "submit" 30 Life;
    /// Somebody takes back what was not sent yet.
    TakeBack "take back" 3 Life;
    /// Somebody decides about a rejection.
    DecideRejection "decide a rejection" 4 Life;
    /// Somebody does very much at once.
    Flood "flood" 1 Fault;
    /// Time passes.
    Wait "wait" 16 Life;
    /// Somebody asks to connect now.
    AskNow "ask now" 2 Life;
    /// One more tab, or a duplicated one.
    OpenTab "open a tab" 4 Life;
    /// A tab goes to the back or comes to the front.
    Turn "hide or show a tab" 2 Life;
    /// An exported outbox is imported on another device of the same person.
    CarryOutbox "carry an outbox over" 1 Life;
    /// A program does something over HTTP.
    Program "a program submits" 3 Life;
    /// The line of a device is cut; what was on its way arrives in part.
    Cut "cut" 6 Fault;
    /// It is mended.
    Mend "mend" 8 Life;
    /// Nothing arrives any more, and neither end knows: a line half open.
    Silence "half-open line" 3 Fault;
    /// The client's end breaks, and the server never hears of it.
    QuietCut "cut unknown to the server" 3 Fault;
    /// A tab dies between any two things that it wants done.
    KillTab "kill a tab" 5 Fault;
    /// A tab freezes, as it stands.
    Freeze "freeze a tab" 4 Fault;
    /// It thaws.
    Thaw "thaw" 6 Life;
    /// A device dies, and its disk forgets what it had not kept.
    PowerCut "power cut on a device" 2 Fault;
    /// A profile is copied onto another machine.
    Clone "clone a profile" 1 Fault;
    /// A device's clock jumps, by up to three days.
    DeviceClock "device clock jumps" 2 Fault;
    /// A device's disk is full, for a while.
    DiskFull "disk full" 2 Fault;
    /// A write fails before it was written.
    WriteFails "write fails" 3 Fault;
    /// A write fails after it was written.
    WriteFailsLate "write fails after it was done" 3 Fault;
    /// The browser takes a tab's storage away.
    StorageLost "storage taken away" 1 Fault;
    /// Storage will not open for the next tabs, as in a private window.
    WillNotOpen "storage will not open" 1 Fault;
    /// Disks work again.
    DisksWell "disks work again" 5 Life;
    /// The cache of the log is gone.
    CacheGone "cache thrown away" 1 Fault;
    /// The app was of an older release when it wrote what waits.
    Upgrade "upgraded while commands wait" 2 Fault;
    /// A command of a future release is met.
    Future "command of a future release" 1 Fault;
    /// A command that nobody can read.
    Poison "poison command" 2 Fault;
    /// Somebody is taken off the list.
    Expel "membership revoked" 1 Fault;
    /// They are put on it again.
    Admit "membership given back" 2 Life;
    /// A server dies between any two things that it wants done.
    KillServer "kill a server" 4 Fault;
    /// A server starts.
    StartServer "start a server" 8 Life;
    /// An append whose outcome nobody knows.
    UnknownAppend "append with unknown outcome" 4 Fault;
    /// An append that is refused.
    RefusedAppend "append refused" 2 Fault;
    /// A server's clock jumps.
    ServerClock "server clock jumps" 2 Fault;
    /// Hints between servers are lost, for a while.
    LoseHints "hints lost" 2 Fault;
    /// A server writes a snapshot.
    Snapshot "snapshot taken" 4 Life;
    /// A snapshot is missing, or of another version.
    BadSnapshot "snapshot missing or of another version" 2 Fault;
    /// The store is restored from an older backup.
    Restore "restored from a backup" 1 Fault;
    /// The store loses its newest records, and nobody is told.
    LoseTail "newest records lost without a word" 1 Fault;
    /// A server takes nothing for a while, and says when to come again.
    Busy "too busy for commands" 2 Fault;
    /// A log goes to another place, one step of the way.
    MoveLog "log moved to another place" 6 Fault;
    /// What a device sends takes a second route as well, and may arrive there twice, late and out of order.
    SecondRoute "second route" 5 Fault;
    /// A route of a device that has two drops half of what it gets and says nothing, or both do, or none does any more.
    Leak "a route drops half" 4 Fault;
    /// A device uses another server from now on.
    OtherServer "another server" 3 Life;
    /// Somebody hostile speaks to a server.
    Attack "hostile client" 3 Fault;
}

impl<W: Workload> World<W> {
    /// Does what a step says; `false` when there was nothing to do it to.
    pub fn take_step(&mut self, step: Step) -> bool {
        let mut dice = Dice::new(step.dice);
        let lines_before = self.trace.lines().len();
        let done = self.act(step.act, &mut dice).is_some();
        if done {
            self.trace.mix_number(step.act as u64);
            if self.trace.lines().len() == lines_before {
                self.trace.say(|| format!("({})", step.act.name()));
            }
        }
        self.run_some(step.moves, &mut dice);
        done
    }

    fn any_tab(&self, dice: &mut Dice) -> Option<usize> {
        let running: Vec<usize> =
            (0..self.tabs.len()).filter(|tab| self.tabs[*tab].client().is_some() && !self.tabs[*tab].frozen).collect();
        (!running.is_empty()).then(|| dice.pick(&running))
    }

    fn any_device(&self, dice: &mut Dice) -> usize {
        dice.below(self.devices.len() as u64) as usize
    }

    fn any_node(&self, dice: &mut Dice) -> usize {
        dice.below(self.nodes.len() as u64) as usize
    }

    fn any_log(&self, dice: &mut Dice) -> usize {
        dice.below(self.logs.len() as u64) as usize
    }

    /// `None` when there was nothing to do it to.
    fn act(&mut self, act: Act, dice: &mut Dice) -> Option<()> {
        match act {
            Act::Submit => self.do_something(dice)?,
            Act::Flood => {
                let tab = self.any_tab(dice)?;
                let many = if dice.one_in(12) { 300 } else { 30 };
                for _ in 0..many {
                    let command = W::intent(dice, self.tabs[tab].client()?.view());
                    self.submit(tab, command);
                }
            }
            Act::TakeBack => {
                let tab = self.any_tab(dice)?;
                let ids: Vec<CommandId> =
                    self.tabs[tab].client()?.outbox().filter(|pending| pending.can_take_back()).map(|pending| pending.id).collect();
                let id = *ids.get(dice.below(ids.len() as u64) as usize)?;
                if self.tell_client(tab, |client, now| client.take_back(id, now))? {
                    self.ledger.get_mut(id)?.taken_back = true;
                    self.trace.say(|| format!("c{tab}: take back {}", self.ledger.letter(id)));
                }
            }
            Act::DecideRejection => {
                let tab = self.any_tab(dice)?;
                let ids: Vec<CommandId> = self.tabs[tab].client()?.rejections().map(|rejected| rejected.id).collect();
                let id = *ids.get(dice.below(ids.len() as u64) as usize)?;
                self.submit(tab, W::discard(id))?;
            }
            Act::Wait => {
                let longest_ms = dice.pick(&[20, 300, 2_000, 2_000, 8_000, 40_000, 90_000]);
                self.now = self.now.plus(dice.below(longest_ms));
            }
            Act::AskNow => {
                let tab = self.any_tab(dice)?;
                self.tell_client(tab, |client, now| client.ask_now(now))?;
            }
            Act::OpenTab => {
                let device = self.any_device(dice);
                if self.tabs_of(device).len() >= 4 {
                    return None;
                }
                self.open_tab(device);
            }
            Act::Turn => {
                let (tab, visible) = (self.any_tab(dice)?, !dice.one_in(2));
                self.turn(tab, visible)?;
            }
            Act::CarryOutbox => self.carry_outbox(dice)?,
            Act::Program => {
                let (node, log) = (self.any_node(dice), self.any_log(dice));
                let actor = dice.pick(&W::people());
                let command = W::intent(dice, self.logs[log].now().state());
                let running = self.nodes[node].is_running;
                running.then(|| self.submit_directly(node, log, actor, &command))?;
            }
            _ => self.befall(act, dice)?,
        }
        Some(())
    }

    fn do_something(&mut self, dice: &mut Dice) -> Option<()> {
        let tab = self.any_tab(dice)?;
        let command = W::intent(dice, self.tabs[tab].client()?.view());
        self.submit(tab, command).map(drop)
    }

    fn carry_outbox(&mut self, dice: &mut Dice) -> Option<()> {
        let (from, to) = (self.any_tab(dice)?, self.any_tab(dice)?);
        let (source, target) = (&self.devices[self.tabs[from].device], &self.devices[self.tabs[to].device]);
        if source.actor != target.actor || source.log != target.log || self.tabs[from].device == self.tabs[to].device {
            return None;
        }
        let saved: Vec<SavedCommand> = self.tabs[from].client()?.outbox().map(|pending| pending.saved().clone()).collect();
        // A command that waits on two devices may be taken back on one and land from the other.
        saved.iter().for_each(|saved| self.excuse(saved.id));
        (!saved.is_empty()).then(|| self.import(to, saved))
    }

    /// What is done to devices, tabs and people.
    fn befall(&mut self, act: Act, dice: &mut Dice) -> Option<()> {
        let device = self.any_device(dice);
        match act {
            Act::Cut | Act::QuietCut => {
                self.devices[device].online = false;
                self.trace.say(|| format!("d{device} ✂"));
                self.cut_lines(device, dice.below(3) as usize, act == Act::QuietCut);
            }
            Act::Mend => {
                self.devices[device].online = true;
                for tab in self.tabs_of(device) {
                    self.tell_client(tab, |client, now| client.handle_online(now));
                }
            }
            Act::Silence => self.silence_lines(device),
            Act::KillTab => {
                let tab = self.any_tab(dice)?;
                if dice.one_in(2) {
                    self.kill_tab(tab, dice.below(3) as usize);
                } else {
                    self.tabs[tab].fuse = Some(dice.below(6));
                }
            }
            Act::Freeze => {
                let tab = self.any_tab(dice)?;
                self.trace.say(|| format!("c{tab} freezes"));
                self.tabs[tab].frozen = true;
            }
            Act::Thaw => {
                let frozen: Vec<usize> = (0..self.tabs.len()).filter(|tab| self.tabs[*tab].frozen && self.tabs[*tab].is_open()).collect();
                let tab = *frozen.get(dice.below(frozen.len() as u64) as usize)?;
                self.trace.say(|| format!("c{tab} thaws"));
                self.tabs[tab].frozen = false;
            }
            Act::PowerCut => self.lose_power(device),
            Act::Clone => {
                if self.devices.len() >= 6 {
                    return None;
                }
                let (actor, id, log) = (self.devices[device].actor, self.devices[device].id, self.devices[device].log);
                let disk = self.devices[device].disk.cloned();
                let waiting: Vec<CommandId> = disk.image.outbox.values().flat_map(|row| row.ids.clone()).collect();
                waiting.into_iter().for_each(|id| self.excuse(id));
                let twin = self.add_device(actor, id, log);
                self.devices[twin].disk = disk;
                self.trace.say(|| format!("d{twin} is a copy of d{device}"));
                self.open_tab(twin);
            }
            Act::DeviceClock => self.devices[device].clock_offset_ms += jump_ms(dice),
            Act::DiskFull => self.devices[device].disk.mood = Mood::Full,
            Act::WriteFails => self.devices[device].disk.mood = Mood::FailsBefore,
            Act::WriteFailsLate => self.devices[device].disk.mood = Mood::FailsAfter,
            Act::StorageLost => {
                let tab = self.any_tab(dice)?;
                self.trace.say(|| format!("c{tab} loses its storage"));
                self.lose_storage(tab);
            }
            Act::WillNotOpen => self.devices[device].disk.will_not_open = true,
            Act::DisksWell => {
                self.devices[device].disk.mood = Mood::Well;
                self.devices[device].disk.will_not_open = false;
                self.devices[device].disk.flush();
            }
            Act::CacheGone => {
                if !self.tabs_of(device).is_empty() || !self.devices[device].disk.image.has_cache() {
                    return None;
                }
                self.devices[device].disk.image.drop_cache();
                self.open_tab(device);
            }
            Act::Upgrade => self.upgrade(device)?,
            Act::Future | Act::Poison => self.import_strange(act, dice)?,
            Act::Expel | Act::Admit => {
                let (node, log) = (self.any_node(dice), self.any_log(dice));
                let people = W::people();
                let who = people[1 + dice.below(people.len() as u64 - 1) as usize];
                let (actor, command) = if act == Act::Expel { (people[0], W::expel(who)) } else { (ActorId::SERVER, W::admit(who)) };
                self.nodes[node].is_running.then(|| self.submit_directly(node, log, actor, &command))?;
            }
            _ => self.befall_servers(act, dice)?,
        }
        Some(())
    }

    /// What waits was written by an older release: the app is closed, and the newer one opens.
    fn upgrade(&mut self, device: usize) -> Option<()> {
        for tab in self.tabs_of(device) {
            self.kill_tab(tab, usize::MAX);
        }
        while self.move_disk(device) {}
        self.devices[device].disk.flush();
        let ledger = &self.ledger;
        let unsent = |id: CommandId| ledger.get(id).is_some_and(|promise| !promise.sent && !promise.excused);
        let rewritten = self.devices[device].disk.image.rewrite_outbox(|id, text| if unsent(id) { W::older(text) } else { None });
        let waiting: Vec<CommandId> = self.devices[device].disk.image.outbox.values().flat_map(|row| row.ids.clone()).collect();
        if rewritten > 0 {
            waiting.into_iter().for_each(|id| self.reword(id));
        }
        self.open_tab(device);
        (rewritten > 0).then_some(())
    }

    /// From a file comes a command that this release cannot read: of a future one, or of none.
    fn import_strange(&mut self, act: Act, dice: &mut Dice) -> Option<()> {
        let tab = self.any_tab(dice).filter(|tab| !self.tabs[*tab].in_memory)?;
        let device = self.tabs[tab].device;
        let clock = self.devices[device].time(self.now);
        let id = self.mint(clock);
        let command = W::intent(dice, self.tabs[tab].client()?.view());
        let text = landfall_engine::upcast::encode(&command, W::command_shapes());
        let strange = if act == Act::Future {
            as_in_the_future(&text)?
        } else {
            format!(r#"{},"body":{{"nothing":["that","anybody","knows"]}}}}"#, &text[..text.find(r#","body""#)?])
        };
        self.promise(id, device, None, String::new());
        self.trace.say(|| format!("c{tab}: import {} ({})", self.ledger.letter(id), act.name()));
        self.import(tab, vec![SavedCommand { id, after: None, issued: clock, at: clock, command: Some(CommandText(strange)) }]);
        Some(())
    }

    /// What is done to servers and their store.
    fn befall_servers(&mut self, act: Act, dice: &mut Dice) -> Option<()> {
        let (node, log) = (self.any_node(dice), self.any_log(dice));
        match act {
            Act::KillServer if dice.one_in(2) => self.nodes[node].fuse = Some(dice.below(8)),
            Act::KillServer => self.kill_node(node, dice.one_in(3)),
            Act::StartServer if self.nodes[node].is_running => return None,
            Act::StartServer => self.start_node(node),
            Act::UnknownAppend => {
                self.logs[log].mood = if dice.one_in(2) { AppendMood::UnknownWritten } else { AppendMood::UnknownLost };
            }
            Act::RefusedAppend => self.logs[log].mood = AppendMood::Unavailable,
            Act::ServerClock => self.nodes[node].clock_offset_ms += jump_ms(dice),
            Act::LoseHints => self.nodes[node].is_deaf = !self.nodes[node].is_deaf,
            Act::Snapshot => self.snapshot_log(node, log, W::FOLD),
            Act::BadSnapshot if dice.one_in(2) => self.snapshot_log(node, log, W::FOLD + 1),
            Act::BadSnapshot => self.logs[log].snapshot = None,
            Act::Restore => {
                let (head, first) = (self.logs[log].now().head(), W::first_day().len() as u64);
                let position = first + dice.below(head.saturating_sub(first) + 1);
                for node in 0..self.nodes.len() {
                    self.kill_node(node, dice.one_in(4));
                }
                self.logs[log].restore(position);
                self.trace.say(|| format!("log {log} is restored as it was at {position}"));
                (0..self.nodes.len()).for_each(|node| self.start_node(node));
            }
            Act::LoseTail => {
                let (head, first) = (self.logs[log].now().head(), W::first_day().len() as u64);
                let position = first + dice.below(head.saturating_sub(first) + 1);
                // A server that lives may know better than its disk; one that was restarted knows nothing else.
                for node in 0..self.nodes.len() {
                    if dice.one_in(2) {
                        self.kill_node(node, dice.one_in(4));
                        self.start_node(node);
                    }
                }
                self.logs[log].lose_tail(position);
                self.trace.say(|| format!("log {log} loses what came after {position}"));
            }
            Act::Busy => self.nodes[node].busy_for = 1 + dice.below(4),
            Act::MoveLog => self.move_log(log, dice),
            Act::SecondRoute => {
                let device = self.any_device(dice);
                let mut commands = self.commands_under_way(device);
                commands.retain(|_| !dice.one_in(3));
                if dice.one_in(2) {
                    commands.reverse();
                }
                if commands.is_empty() || !self.nodes[node].is_running {
                    return None;
                }
                let (actor, id, log) = (self.devices[device].actor, self.devices[device].id, self.devices[device].log);
                self.submit_by_http(node, log, actor, id, commands);
            }
            Act::Leak => {
                let device = self.any_device(dice);
                if !self.devices[device].two_routes {
                    return None;
                }
                let leaks = Leaks { socket: dice.one_in(2), post: dice.one_in(3) };
                self.devices[device].leaks = leaks;
                self.devices[device].has_leaked = true;
                self.trace.say(|| format!("d{device}: {leaks:?}"));
            }
            Act::OtherServer => {
                let device = self.any_device(dice);
                self.devices[device].route += 1;
            }
            Act::Attack => {
                let script = self.script(log, dice)?;
                let actor = if script.expected == CloseCode::Forbidden { ActorId([0xBD; 16]) } else { W::people()[0] };
                self.nodes[node].is_running.then(|| self.attack(node, log, actor, script))?;
            }
            _ => return None,
        }
        Some(())
    }

    fn script(&self, log: usize, dice: &mut Dice) -> Option<Script> {
        let (store, schema) = (&self.logs[log], W::SCHEMA);
        // Old programs are spoken to as well. A cursor beyond the head is a loss in the words of the newer ones.
        let protocol = PROTOCOL_VERSION_MIN + dice.below(2) as u16;
        let good = hello(protocol, store.id, Cursor::default(), schema);
        let beyond = Cursor { epoch: store.cursor().epoch, position: store.cursor().position + 5_000 };
        let entry = store.now().entries.get(dice.below(store.now().head()) as usize)?;
        // A withdrawal has no payload that another one could differ from.
        let known = entry.command.as_ref().map(|_| entry.record.command)?;
        let (expected, patient, frames) = match dice.below(9) {
            0 => (CloseCode::Undecodable, false, vec![vec![0xFF, dice.roll() as u8]]),
            1 => (CloseCode::OutOfOrder, false, vec![submit_one(known, "{}".into())]),
            2 => (CloseCode::OutOfOrder, false, vec![good.clone(), good]),
            3 => (CloseCode::Version, false, vec![hello(protocol, store.id, Cursor::default(), schema + 1)]),
            4 => (CloseCode::CursorAhead, false, vec![hello(PROTOCOL_VERSION_MIN, store.id, beyond, schema)]),
            5 => (CloseCode::IdReused, true, vec![good, submit_one(known, format!(r#"{{"other":{}}}"#, dice.below(1_000)))]),
            6 => (CloseCode::NoSuchLog, false, vec![hello(protocol, LogId([0x11; 16]), Cursor::default(), schema)]),
            7 => (CloseCode::Forbidden, false, vec![good]),
            _ => (CloseCode::TooLarge, true, vec![good, vec![0; FRAME_BYTES_MAX + 1]]),
        };
        Some(Script { frames: VecDeque::from(frames), expected, epoch: store.cursor().epoch, patient, begun: false })
    }

    fn excuse(&mut self, id: CommandId) {
        if let Some(promise) = self.ledger.get_mut(id) {
            promise.excused = true;
        }
    }

    /// The text of this command is another release's now.
    fn reword(&mut self, id: CommandId) {
        if let Some(promise) = self.ledger.get_mut(id) {
            promise.text.clear();
        }
    }
}

fn jump_ms(dice: &mut Dice) -> i64 {
    let longest_ms = dice.pick(&[5_000, 600_000, 3 * 86_400_000]);
    dice.below(2 * longest_ms) as i64 - longest_ms as i64
}
