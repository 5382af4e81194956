//! Stories that other systems got wrong, told once each by name; PROTOCOL.md lists all twenty, and who else shows them.

use landfall_engine::domain::encode_state;
use landfall_engine::{CommandId, Outcome};
use landfall_simulation::dice::Dice;
use landfall_simulation::run::Played;
use landfall_simulation::step::{Act, Step};
use landfall_simulation::storage::Mood;
use landfall_simulation::store::AppendMood;
use landfall_simulation::toy::{Toy, book, cancel};
use landfall_simulation::world::{Layout, World};

const DAY_MS: u64 = 86_400_000;
/// The longest backoff, and time for a round trip and a look around.
const BACKOFF_MS: u64 = 35_000;

struct Story {
    world: World<Toy>,
    dice: Dice,
}

impl Story {
    /// So many devices, each with one tab open and everything read, and one server.
    fn begin(devices: usize) -> Self {
        let mut story = Self { world: World::new(Layout { devices, nodes: 1, logs: 1 }, true), dice: Dice::new(1) };
        story.passes(5_000);
        story
    }

    fn passes(&mut self, duration_ms: u64) {
        self.world.run_for(duration_ms, &mut self.dice);
        self.holds();
    }

    fn holds(&self) {
        assert_eq!(self.world.violation(), None, "{}", self.world.trace.lines().join("\n"));
    }

    fn books(&mut self, tab: usize, room: u8, guest: &str) -> CommandId {
        self.world.submit(tab, book(room, guest)).expect("the view takes it")
    }

    fn befalls(&mut self, act: Act) {
        self.world.take_step(Step { act, dice: 0, moves: 0 });
    }

    fn goes_offline(&mut self, device: usize) {
        self.world.devices[device].online = false;
        let lines = self.world.connections.values_mut().filter(|line| line.device == Some(device));
        lines.for_each(|line| line.silent = true);
    }

    fn records_of(&self, id: CommandId) -> usize {
        self.world.logs[0].now().entries.iter().filter(|entry| entry.record.command == id).count()
    }

    fn was_accepted(&self, id: CommandId) -> bool {
        matches!(self.world.logs[0].now().record_of(id).map(|record| &record.outcome), Some(Outcome::Accepted(_)))
    }

    fn is_synced(&self, tab: usize) -> bool {
        self.world.tabs[tab].client().is_some_and(|client| client.status().synced)
    }

    /// Everything is mended, and all agree.
    fn ends_well(mut self) -> Self {
        self.world.heal(&mut Dice::new(2));
        self.holds();
        self
    }
}

#[test]
fn oracle_1_a_lost_acknowledgement_has_one_effect_and_its_first_outcome() {
    let mut story = Story::begin(1);
    story.world.logs[0].mood = AppendMood::UnknownWritten;
    let seat = story.books(0, 1, "Ann");
    while story.records_of(seat) == 0 {
        assert!(story.world.move_anything(0), "it is written");
    }
    story.world.kill_tab(0, 0);
    let tab = story.world.open_tab(0);
    story.passes(BACKOFF_MS);
    assert_eq!((story.records_of(seat), story.was_accepted(seat), story.is_synced(tab)), (1, true, true));
    story.ends_well();
}

#[test]
fn oracle_2_two_devices_come_back_at_once_and_both_drain() {
    let mut story = Story::begin(2);
    story.goes_offline(0);
    story.goes_offline(1);
    let ids: Vec<CommandId> = (0..20).map(|n| story.books(n % 2, 10 + n as u8, &format!("guest {n} from afar"))).collect();
    story.passes(60_000);
    story.world.devices.iter_mut().for_each(|device| device.online = true);
    story.passes(BACKOFF_MS);
    assert!(ids.iter().all(|id| story.was_accepted(*id)));
    assert!(story.is_synced(0) && story.is_synced(1));
    story.ends_well();
}

#[test]
fn oracle_3_a_send_that_failed_is_tried_again_although_nothing_else_is_written() {
    let mut story = Story::begin(1);
    story.goes_offline(0);
    let seat = story.books(0, 1, "Ann");
    story.passes(60_000);
    assert_eq!(story.records_of(seat), 0);
    // Nobody tells the page that there is a network again.
    story.world.devices[0].online = true;
    story.passes(BACKOFF_MS);
    assert!(story.was_accepted(seat) && story.is_synced(0));
}

#[test]
fn oracle_4_a_poison_command_is_told_and_what_comes_after_it_lands() {
    let mut story = Story::begin(1);
    story.befalls(Act::Poison);
    let seat = story.books(0, 1, "Ann");
    story.passes(5_000);
    assert!(story.was_accepted(seat));
    let client = story.world.tabs[0].client().unwrap();
    assert_eq!(client.rejections().count(), 1, "its author is told of the poison");
    assert!(story.is_synced(0));
}

#[test]
fn oracle_5_days_of_attempts_use_nothing_up() {
    let mut story = Story::begin(1);
    story.goes_offline(0);
    let seat = story.books(0, 1, "Ann");
    story.passes(3 * DAY_MS / 24);
    story.world.now = story.world.now.plus(3 * DAY_MS);
    story.world.devices[0].online = true;
    story.passes(BACKOFF_MS);
    assert!(story.was_accepted(seat) && story.is_synced(0));
}

#[test]
fn oracle_6_a_tab_that_is_frozen_in_the_midst_of_a_save_keeps_no_other_from_writing() {
    let mut story = Story::begin(1);
    let other = story.world.open_tab(0);
    story.passes(2_000);
    let held = story.books(0, 1, "Ann");
    story.world.tabs[0].frozen = true;
    let seat = story.books(other, 2, "Bob");
    story.passes(10_000);
    assert_eq!(story.world.ledger.get(seat).unwrap().kept, Some(true));
    assert!(story.was_accepted(seat), "the other tab leads by now");
    story.world.tabs[0].frozen = false;
    story.passes(10_000);
    assert_eq!(story.records_of(held), 1);
    story.ends_well();
}

#[test]
fn oracle_9_what_a_command_needs_is_captured_once() {
    let mut story = Story::begin(1);
    story.goes_offline(0);
    let seat = story.books(0, 1, "Ann");
    story.passes(1_000);
    let captured = story.world.tabs[0].client().unwrap().pending(seat).unwrap().saved().clone();
    let seen = story.world.tabs[0].client().unwrap().view().clone();
    story.world.kill_tab(0, 0);
    story.world.devices[0].clock_offset_ms = 3_600_000;
    let tab = story.world.open_tab(0);
    story.passes(1_000);
    let client = story.world.tabs[tab].client().unwrap();
    assert_eq!(client.pending(seat).unwrap().saved(), &captured);
    assert_eq!(client.view(), &seen, "the replay is the same to the bit");
    story.ends_well();
}

#[test]
fn oracle_8_the_first_answer_after_a_reload_includes_what_waits() {
    let mut story = Story::begin(1);
    story.goes_offline(0);
    story.books(0, 1, "Ann");
    story.passes(1_000);
    story.world.kill_tab(0, 0);
    let tab = story.world.open_tab(0);
    while story.world.tabs[tab].client().is_none() {
        assert!(story.world.move_anything(0), "the tab starts");
    }
    assert!(story.world.tabs[tab].client().unwrap().view().seats.contains_key("Ann"));
    story.ends_well();
}

#[test]
fn oracle_10_the_same_seed_is_the_same_run_and_its_logs_mean_the_same() {
    for played in Played::ALL {
        for seed in 1..6 {
            assert_eq!(played.hashes(seed, 120), played.hashes(seed, 120));
        }
    }
}

#[test]
fn oracle_12_a_snapshot_on_the_device_holds_nothing_that_only_waits() {
    let mut story = Story::begin(1);
    story.befalls(Act::Snapshot);
    story.world.devices[0].disk.image.drop_cache();
    story.world.kill_tab(0, 0);
    let tab = story.world.open_tab(0);
    story.world.devices[0].online = true;
    story.books_when_it_runs(tab);
    story.passes(10_000);
    let loaded = story.world.devices[0].disk.image.load::<Toy>(Default::default());
    let (cursor, state) = loaded.snapshot.expect("a device without a cache fetches a snapshot and keeps it");
    let truth = &story.world.logs[0].now().states[cursor.position as usize];
    assert_eq!(encode_state::<Toy>(&state), encode_state::<Toy>(truth));
    story.ends_well();
}

impl Story {
    fn books_when_it_runs(&mut self, tab: usize) {
        while self.world.tabs[tab].client().is_none() {
            assert!(self.world.move_anything(0), "the tab starts");
        }
        self.books(tab, 1, "Ann");
    }
}

#[test]
fn oracle_16_a_command_that_builds_on_a_rejected_one_is_rejected_for_a_reason_of_its_own() {
    let mut story = Story::begin(2);
    story.goes_offline(1);
    for guest in ["Ann", "Bob", "Cid"] {
        story.books(0, 2, guest);
    }
    let full = story.books(1, 2, "Dan");
    let child = story.world.submit(1, cancel("Dan")).expect("the view takes it");
    let free = story.books(1, 9, "Eve");
    story.passes(5_000);
    story.world.devices[1].online = true;
    story.passes(BACKOFF_MS);
    assert!(!story.was_accepted(full) && !story.was_accepted(child) && story.was_accepted(free));
    let client = story.world.tabs[1].client().unwrap();
    let rejected: Vec<CommandId> = client.rejections().map(|rejected| rejected.id).collect();
    assert!(rejected.contains(&full) && rejected.contains(&child));
    let position = |id| story.world.logs[0].now().record_of(id).unwrap().position;
    assert!(position(full) < position(child) && position(child) < position(free));
}

#[test]
fn oracle_18_clocks_that_jump_by_a_day_change_no_order() {
    let mut story = Story::begin(2);
    let mut ids = Vec::new();
    for (turn, jump_ms) in [0, 86_400_000, -86_400_000, 0].into_iter().enumerate() {
        story.world.devices[0].clock_offset_ms = jump_ms;
        story.world.nodes[0].clock_offset_ms = -jump_ms;
        ids.push(story.books(0, 20 + turn as u8, &format!("traveller {turn}")));
        story.passes(BACKOFF_MS);
    }
    let positions: Vec<u64> = ids.iter().map(|id| story.world.logs[0].now().record_of(*id).unwrap().position).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    story.ends_well();
}

#[test]
fn oracle_19_a_full_disk_deletes_nothing_and_what_comes_meanwhile_lands() {
    let mut story = Story::begin(1);
    story.goes_offline(0);
    let before = story.books(0, 1, "Ann");
    story.passes(1_000);
    story.world.devices[0].disk.mood = Mood::Full;
    let meanwhile = story.books(0, 2, "Bob");
    story.passes(1_000);
    assert!(story.world.devices[0].disk.image.holds(before));
    assert_eq!(story.world.ledger.get(meanwhile).unwrap().kept, Some(false), "its author is told that it is not saved");
    story.world.devices[0].online = true;
    story.passes(BACKOFF_MS);
    assert!(story.was_accepted(before) && story.was_accepted(meanwhile));
}
