//! The world: people's devices with their tabs, servers over one store, and lines between them, moved one small thing at a time.

use crate::device::{Device, Life, Tab};
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::network::Connection;
use crate::node::Node;
use crate::rules::{Verdict, Violation};
use crate::store::Log;
use crate::trace::Trace;
use crate::workload::Workload;
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{ActorId, CommandId, DeviceId, LogId, TimeMs};
use std::collections::BTreeMap;

/// When the story begins: far enough from zero that clocks can jump back.
pub const BEGINNING: TimeMs = TimeMs(1_790_000_000_000);
/// Small things that happen in one go, at most, before the world must have come to rest.
const MOVES_MAX: usize = 400_000;
/// After everything has healed, how long until all agree, milliseconds.
pub const HEALING_MS_MAX: u64 = 300_000;
/// How often a server looks at the heads itself, milliseconds.
const POLL_MS: u64 = 1_000;

/// How a world is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Devices at the start; device n belongs to person n modulo the number of people.
    pub devices: usize,
    /// Servers over the one store.
    pub nodes: usize,
    /// Logs; device n follows log n modulo their number.
    pub logs: usize,
}

/// What was counted on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Small things that happened.
    pub moves: u64,
    /// Commands that people issued.
    pub commands: u64,
    /// Records in all logs.
    pub records: u64,
    /// Those of them that reject.
    pub rejections: u64,
    /// Tabs, devices and servers that died.
    pub crashes: u64,
}

/// The world.
pub struct World<W: Workload> {
    /// The true time. Every clock may differ from it.
    pub now: TimeMs,
    /// What devices there are.
    pub devices: Vec<Device>,
    /// Every tab that ever was.
    pub tabs: Vec<Tab<W>>,
    /// The servers.
    pub nodes: Vec<Node<W>>,
    /// What they share.
    pub logs: Vec<Log<W>>,
    /// The lines.
    pub connections: BTreeMap<u64, Connection<W>>,
    /// What was promised.
    pub ledger: Ledger,
    /// What happened.
    pub trace: Trace,
    /// What was counted.
    pub counts: Counts,
    pub(crate) violation: Option<Violation>,
    pub(crate) next_connection: u64,
    minted: u64,
}

impl<W: Workload> World<W> {
    /// A world on its first day: everything runs, and everybody has one tab open.
    pub fn new(layout: Layout, told: bool) -> Self {
        let mut world = Self {
            now: BEGINNING,
            devices: Vec::new(),
            tabs: Vec::new(),
            nodes: (0..layout.nodes).map(|_| Node::new(layout.logs)).collect(),
            logs: (0..layout.logs).map(|log| Log::new(LogId([0x90 + log as u8; 16]))).collect(),
            connections: BTreeMap::new(),
            ledger: Ledger::default(),
            trace: Trace::new(told),
            counts: Counts::default(),
            violation: None,
            next_connection: 0,
            minted: 0,
        };
        for log in 0..layout.logs {
            for (actor, command) in W::first_day() {
                world.submit_directly(0, log, actor, &command);
                while world.move_node(0) {}
            }
        }
        let people = W::people();
        for device in 0..layout.devices {
            world.add_device(people[device % people.len()], DeviceId([0x30 + device as u8; 16]), device % layout.logs);
            world.open_tab(device);
        }
        world
    }

    /// Gives a new device to this person.
    pub fn add_device(&mut self, actor: ActorId, id: DeviceId, log: usize) -> usize {
        // Every other device has a second route.
        let two_routes = self.devices.len() % 2 == 1;
        self.devices.push(Device::new(actor, id, log, two_routes));
        self.devices.len() - 1
    }

    /// A command by whoever has no device: a program over HTTP, or the server itself.
    pub fn submit_directly(&mut self, node: usize, log: usize, actor: ActorId, command: &W::Command) -> CommandId {
        let id = self.mint(self.now);
        let text = landfall_engine::upcast::encode(command, W::command_shapes());
        let submission = Submission { id, after: None, issued: self.now, command: Some(CommandText(text)) };
        self.submit_by_http(node, log, actor, DeviceId([0xEE; 16]), vec![submission]);
        id
    }

    /// A fresh name for a command: sorts by the clock that it was minted by, as names in the browser do.
    pub fn mint(&mut self, clock: TimeMs) -> CommandId {
        self.minted += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.minted.to_be_bytes());
        CommandId::mint(clock, random)
    }

    /// What was noticed first, if anything.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Notes what a rule says.
    pub(crate) fn judge(&mut self, rule: u8, verdict: Verdict) {
        if let Err(what) = verdict
            && self.violation.is_none()
        {
            self.trace.say(|| format!("!! rule {rule}: {what}"));
            self.violation = Some(Violation { rule, what });
        }
    }

    /// Up to `count` small things happen, somewhere.
    pub fn run_some(&mut self, count: u64, dice: &mut Dice) {
        for _ in 0..count {
            if self.violation.is_some() || !self.move_anything(dice.roll()) {
                return;
            }
        }
    }

    /// Until nothing moves without time. Which of the things that can happen comes first is chance.
    pub fn run(&mut self, dice: &mut Dice) {
        for _ in 0..MOVES_MAX {
            if self.violation.is_some() || !self.move_anything(dice.roll()) {
                return;
            }
        }
        self.judge(14, Err("the world does not come to rest".into()));
    }

    /// Time passes, and what it brings about happens.
    pub fn run_for(&mut self, duration_ms: u64, dice: &mut Dice) {
        let end = self.now.plus(duration_ms);
        loop {
            self.run(dice);
            if self.now >= end || self.violation.is_some() {
                return;
            }
            let next = self.next_alarm().unwrap_or(end).min(end);
            self.now = self.now.plus(next.since(self.now).clamp(1, POLL_MS)).min(end);
        }
    }

    /// When something is due next by the true time.
    fn next_alarm(&self) -> Option<TimeMs> {
        let tabs = self.tabs.iter().filter(|tab| tab.client().is_some() && !tab.frozen).filter_map(|tab| Some(tab.alarm?.1));
        let nodes = self.nodes.iter().filter_map(|node| node.next_alarm());
        tabs.chain(nodes).min()
    }

    /// One small thing happens; `false` when there is none. Where `start` points, the search begins.
    pub fn move_anything(&mut self, start: u64) -> bool {
        let (tabs, devices, nodes) = (self.tabs.len(), self.devices.len(), self.nodes.len());
        let lines: Vec<u64> = self.connections.keys().copied().collect();
        let total = tabs + devices + nodes + lines.len();
        let first = ((start >> 8) % total.max(1) as u64) as usize;
        for index in 0..total {
            let slot = (first + index) % total;
            let moved = if slot < tabs {
                self.move_tab(slot, (start & 0xFF) as usize)
            } else if slot < tabs + devices {
                self.move_disk(slot - tabs)
            } else if slot < tabs + devices + nodes {
                self.move_node(slot - tabs - devices)
            } else {
                self.move_line(lines[slot - tabs - devices - nodes])
            };
            if moved {
                self.counts.moves += 1;
                if slot < tabs {
                    self.check_tab(slot);
                }
                return true;
            }
        }
        false
    }

    /// Everything is mended, and everybody is given time: then all must agree.
    pub fn heal(&mut self, dice: &mut Dice) {
        self.trace.say(|| "-- everything is mended".into());
        for node in 0..self.nodes.len() {
            self.nodes[node].fuse = None;
            self.nodes[node].is_deaf = false;
            self.nodes[node].busy_for = 0;
            self.start_node(node);
        }
        for log in &mut self.logs {
            log.mood = Default::default();
            log.call_off_the_move();
        }
        self.connections.values_mut().for_each(|line| line.is_hostile_end = true);
        for device in 0..self.devices.len() {
            self.mend_device(device);
        }
        self.run_for(5_000, dice);
        self.install_update();
        for tab in 0..self.tabs.len() {
            if self.tabs[tab].is_forbidden() {
                self.tell_client(tab, |client, now| client.ask_now(now));
            }
        }
        for _ in 0..(HEALING_MS_MAX / 5_000) {
            if self.violation.is_some() || self.is_settled() {
                break;
            }
            self.run_for(5_000, dice);
        }
        if self.violation.is_none() {
            self.check_the_end();
        }
    }

    /// Has everything landed everywhere?
    fn is_settled(&self) -> bool {
        let calm = self.devices.iter().all(|device| device.disk.queue.is_empty() && device.disk.image.outbox.is_empty());
        calm && self.tabs.iter().all(|tab| match &tab.life {
            Life::Running(client) => {
                let log = &self.logs[self.devices[tab.device].log];
                // On a line that is dead without a sign, what was lost is noticed with the next one.
                let is_of_this_log = client.mark().is_none_or(|mark| log.now().seal_at(mark.position) == Some(mark.seal));
                let has_read_all = client.cursor() == log.cursor() && is_of_this_log;
                !client.has_work() && (client.status().synced && has_read_all || tab.is_forbidden())
            }
            Life::Opening(_) => false,
            Life::Dead => true,
        })
    }
}

/// How often a server polls, for the servers.
pub(crate) fn poll_after(now: TimeMs) -> TimeMs {
    now.plus(POLL_MS)
}
