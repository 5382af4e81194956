//! The whole system in the small world: what must hold whatever is cut, killed or restored.

use crate::toy::{self, Command, Decide, State, Toy, book, cancel};
use crate::world::{World, rejected};
use landfall_engine::client::{Client, Refused};
use landfall_engine::{Context, Domain, domain};

/// The view computed from nothing but the confirmed state and the outbox (rule 5).
fn view_from_scratch(client: &Client<Toy>) -> State {
    let mut state = client.confirmed().clone();
    let config = client.config();
    for pending in client.outbox().filter(|pending| !pending.withdrawn) {
        let at = pending.saved().at;
        let context = Context { command: pending.id, actor: config.actor, device: config.device, at, position: None };
        if let Some(command) = &pending.command
            && let Ok(events) = Toy::decide(&state, command, &context)
        {
            domain::evolve_all::<Toy>(&mut state, &events, &context);
        }
    }
    state
}

fn assert_invariants(world: &World) {
    let truth_at = |position: u64| {
        let mut state = State::default();
        for entry in world.log.iter().take(position as usize) {
            entry.record.fold_into(&mut state);
        }
        state
    };
    for (index, entry) in world.log.iter().enumerate() {
        assert_eq!(entry.record.position, index as u64 + 1, "rule 3: positions have no gaps");
    }
    for tab in world.devices.iter().flat_map(|device| device.tabs.iter().flatten()) {
        let client = &tab.client;
        if client.cursor().epoch == world.epoch {
            assert_eq!(client.confirmed(), &truth_at(client.cursor().position), "rule 9: confirmed is a prefix of the log");
        }
        if !client.has_work() && !client.is_starting_over() && !client.is_reading_on() {
            assert_eq!(client.view(), &view_from_scratch(client), "rule 5: the view is confirmed plus the outbox replayed");
        }
        let status = client.status();
        if status.synced {
            assert_eq!(client.outbox().count(), 0, "rule 10: synced means that nothing waits");
            assert_eq!(status.position, status.head, "rule 10: synced means that the head is reached");
        }
    }
}

fn assert_all_landed(world: &mut World) {
    for device in 0..world.devices.len() {
        world.mend(device);
        for tab in 0..world.devices[device].tabs.len() {
            let now = world.now;
            if let Some(tab) = world.devices[device].tabs[tab].as_mut() {
                tab.client.ask_now(now);
            }
        }
    }
    world.deafen(false);
    world.run_for(90_000);
    let truth = world.truth();
    for (index, device) in world.devices.iter().enumerate() {
        assert!(device.disk.outbox.is_empty(), "device {index} has rows left: {:?}", device.disk.outbox);
        for tab in device.tabs.iter().flatten() {
            assert_eq!(tab.client.view(), &truth, "device {index} sees what the log says: {:?}", world.describe());
            assert!(tab.client.status().synced, "device {index} says so: {:?}", tab.client.status());
        }
    }
}

#[test]
fn a_command_lands_and_another_device_sees_it() {
    let mut world = World::new(1);
    let (ann, bob) = (world.device(0), world.device(1));
    world.run();
    let id = world.submit(ann, 0, book(1, "Ann")).expect("there is room");
    assert!(world.tab(ann, 0).client.view().seats.contains_key("Ann"), "it is seen before anything is sent");
    assert_eq!(world.tab(ann, 0).client.view().seats["Ann"].number, None, "the log has not given a number yet");
    world.run();
    assert_eq!(world.tab(bob, 0).client.view().seats["Ann"].number, Some(1));
    assert_eq!(world.tab(bob, 0).happened, 1, "others' deeds are told live");
    assert_eq!(world.tab(ann, 0).settled[&id], None);
    let seen_by_bob = world.tab(bob, 0).client.view().clone();
    assert_eq!(world.tab(ann, 0).client.view(), &seen_by_bob);
    assert_invariants(&world);
}

#[test]
fn rule_4_a_command_is_saved_before_it_is_sent() {
    let mut world = World::new(2);
    let ann = world.device(0);
    world.run();
    world.devices[ann].disk.broken = true;
    let id = world.submit(ann, 0, book(1, "Ann")).expect("there is room");
    // The save has not been answered: nothing may be on its way.
    while world.tab(ann, 0).kept.is_empty() {
        assert!(world.log.is_empty());
        world.step();
    }
    assert!(!world.tab(ann, 0).kept[&id], "it is told that this is not durable");
    world.run();
    assert_eq!(world.records_of(id).len(), 1, "a device that cannot write sends all the same (rule 12)");
    assert_eq!(world.tab(ann, 0).client.status().storage, landfall_engine::client::Storage::Full);
    world.devices[ann].disk.broken = false;
    world.run_for(6_000);
    assert_eq!(world.tab(ann, 0).client.status().storage, landfall_engine::client::Storage::Durable, "it is tried again");
}

#[test]
fn rule_4_what_was_saved_survives_the_death_of_the_tab() {
    let mut world = World::new(3);
    let ann = world.device(0);
    world.run();
    world.cut(ann);
    let id = world.submit(ann, 0, book(1, "Ann")).expect("there is room");
    world.run();
    assert!(world.tab(ann, 0).kept[&id]);
    world.kill_tab(ann, 0, false);
    let tab = world.open_tab(ann);
    world.run();
    assert!(world.tab(ann, tab).client.view().seats.contains_key("Ann"), "the first answer includes the outbox");
    assert_all_landed(&mut world);
    assert_eq!(world.records_of(id).len(), 1);
}

#[test]
fn rule_6_a_lost_acknowledgement_has_one_effect() {
    let mut world = World::new(4);
    let ann = world.device(0);
    world.run();
    world.deafen(true);
    let id = world.submit(ann, 0, book(1, "Ann")).expect("there is room");
    world.run();
    assert_eq!(world.records_of(id).len(), 1, "the server has it");
    world.kill_tab(ann, 0, true);
    world.deafen(false);
    let tab = world.open_tab(ann);
    assert_all_landed(&mut world);
    assert_eq!(world.records_of(id).len(), 1);
    assert_eq!(world.tab(ann, tab).settled[&id], None, "and the right outcome is told");
}

#[test]
fn a_rejection_rolls_back_reaches_all_devices_of_its_author_and_nobody_else() {
    let mut world = World::new(5);
    let (ann, bob, phone) = (world.device(0), world.device(1), world.device(0));
    world.run();
    world.cut(ann);
    let id = world.submit(ann, 0, book(1, "Kim")).expect("fine by what Ann knows");
    let next = world.submit(ann, 0, book(2, "Lee")).expect("fine");
    world.submit(bob, 0, book(1, "Kim")).expect("fine");
    world.run();
    world.mend(ann);
    world.run_for(2_000);
    assert!(rejected(world.records_of(id)[0]));
    assert!(!rejected(world.records_of(next)[0]), "rule 6: a rejection advances the chain");
    for device in [ann, phone] {
        let inbox: Vec<_> = world.tab(device, 0).client.rejections().map(|rejected| rejected.id).collect();
        assert_eq!(inbox, [id], "the inbox is the person's, not the tab's");
    }
    assert_eq!(world.tab(bob, 0).client.rejections().count(), 0);
    world.kill_tab(ann, 0, true);
    let tab = world.open_tab(ann);
    world.run_for(1_000);
    assert_eq!(world.tab(ann, tab).client.rejections().count(), 1, "it survives a restart");
    world.submit(ann, tab, Command::Decide(Decide { rejected: id })).expect("a decision is a command");
    assert_eq!(world.tab(ann, tab).client.rejections().count(), 0, "it leaves the inbox at once");
    world.run_for(1_000);
    assert_eq!(world.tab(phone, 0).client.rejections().count(), 0, "on all devices");
    assert!(world.devices[phone].disk.inbox.is_empty());
    assert_all_landed(&mut world);
}

#[test]
fn a_command_that_no_longer_decides_is_in_doubt_and_the_server_has_the_last_word() {
    let mut world = World::new(6);
    let (ann, bob) = (world.device(0), world.device(1));
    world.run();
    world.cut(ann);
    world.submit(ann, 0, book(1, "Kim")).expect("fine");
    world.run();
    world.submit(bob, 0, book(1, "Kim")).expect("fine");
    world.run();
    world.mend(ann);
    world.deafen(false);
    let mut doubted = false;
    for _ in 0..2_000 {
        world.run_partly();
        doubted |= world.tab(ann, 0).client.status().in_doubt > 0;
    }
    assert!(doubted, "between reading Bob's record and its own it is in doubt");
    assert_all_landed(&mut world);
    assert_eq!(world.tab(ann, 0).client.rejections().count(), 1);
}

#[test]
fn what_the_view_refuses_at_once_is_never_saved() {
    let mut world = World::new(7);
    let ann = world.device(0);
    world.run();
    let refused = world.submit(ann, 0, cancel("Nobody"));
    assert_eq!(refused, Err(Refused::Domain(toy::Rejection::NoSeat { guest: "Nobody".into() })));
    world.run();
    assert!(world.log.is_empty() && world.devices[ann].disk.outbox.is_empty());
}

#[test]
fn two_tabs_work_offline_one_is_closed_the_other_lands_all() {
    let mut world = World::new(8);
    let ann = world.device(0);
    let second = world.open_tab(ann);
    world.run();
    world.cut(ann);
    world.submit(ann, 0, book(1, "Kim")).expect("fine");
    world.run();
    world.submit(ann, second, book(2, "Lee")).expect("fine");
    world.run();
    let seen_by_second = world.tab(ann, second).client.view().clone();
    assert_eq!(world.tab(ann, 0).client.view(), &seen_by_second);
    world.kill_tab(ann, 0, false);
    assert_all_landed(&mut world);
    assert_eq!(world.log.len(), 2);
}

#[test]
fn rule_14_a_chain_never_waits_for_ever() {
    let mut world = World::new(9);
    let ann = world.device(0);
    world.run();
    world.cut(ann);
    let lost = world.submit(ann, 0, book(1, "Kim")).expect("fine");
    world.run();
    let next = world.submit(ann, 0, book(2, "Lee")).expect("fine");
    world.run();
    // The first row vanishes from the disk, and with the tab everything that knew of it.
    world.devices[ann].disk.outbox.remove(&lost);
    world.kill_tab(ann, 0, false);
    world.open_tab(ann);
    assert_all_landed(&mut world);
    assert!(rejected(world.records_of(lost)[0]), "the device that lost it says so on record");
    assert!(!rejected(world.records_of(next)[0]));
}

#[test]
fn taken_back_before_it_is_sent() {
    let mut world = World::new(10);
    let ann = world.device(0);
    world.run();
    world.cut(ann);
    let first = world.submit(ann, 0, book(1, "Kim")).expect("fine");
    let second = world.submit(ann, 0, book(1, "Lee")).expect("fine");
    world.run();
    let now = world.now;
    assert!(world.tab(ann, 0).client.take_back(first, now));
    world.run();
    assert!(!world.tab(ann, 0).client.view().seats.contains_key("Kim"));
    world.kill_tab(ann, 0, true);
    let tab = world.open_tab(ann);
    world.run();
    assert!(!world.tab(ann, tab).client.view().seats.contains_key("Kim"), "that was saved too");
    assert_all_landed(&mut world);
    assert!(rejected(world.records_of(first)[0]));
    assert!(!rejected(world.records_of(second)[0]));
    assert_eq!(world.tab(ann, tab).client.rejections().count(), 0, "no news to the one who took it back");
}

#[test]
fn a_leader_that_freezes_is_replaced_within_two_seconds() {
    let mut world = World::new(11);
    let ann = world.device(0);
    let second = world.open_tab(ann);
    world.run_for(500);
    assert!(world.tab(ann, 0).client.status().leader);
    // Frozen: it neither hears nor speaks, and keeps its lock.
    let frozen = world.devices[ann].tabs[0].take();
    let since = world.now;
    while !world.tab(ann, second).client.status().leader {
        world.run_for(100);
        assert!(world.now.since(since) < 2_000, "takeover in 2 s");
    }
    world.submit(ann, second, book(1, "Kim")).expect("fine");
    world.run_for(1_000);
    assert_eq!(world.log.len(), 1);
    // Thawed: it learns that it lost the lock, and follows.
    world.devices[ann].tabs[0] = frozen;
    let now = world.now;
    world.tab(ann, 0).client.handle_lock(false, now);
    world.run_for(3_000);
    assert!(!world.tab(ann, 0).client.status().leader);
    world.submit(ann, second, book(1, "Lee")).expect("fine");
    world.run_for(3_000);
    let truth = world.truth();
    assert_eq!(world.tab(ann, 0).client.view(), &truth);
}

#[test]
fn a_restored_server_has_another_epoch_and_clients_read_again() {
    let mut world = World::new(12);
    let (ann, bob) = (world.device(0), world.device(1));
    world.run();
    for guest in ["A", "B", "C"] {
        world.submit(ann, 0, book(1, guest)).expect("fine");
        world.run();
    }
    world.cut(bob);
    world.submit(bob, 0, book(2, "D")).expect("fine");
    world.run();
    world.restore_server(1);
    world.run_for(3_000);
    assert_all_landed(&mut world);
    let seats: Vec<_> = world.tab(ann, 0).client.view().seats.keys().cloned().collect();
    assert_eq!(seats, ["A", "D"], "what the backup did not have is gone everywhere; what waited has landed");
}

#[test]
fn on_revocation_what_waited_goes_to_the_inbox_and_the_data_leaves_the_device() {
    let mut world = World::new(13);
    let (ann, bob) = (world.device(0), world.device(1));
    world.run();
    world.submit(ann, 0, book(1, "Kim")).expect("fine");
    world.run();
    world.cut(bob);
    let kept = world.submit(bob, 0, book(2, "Lee")).expect("fine");
    world.run();
    world.submit(ann, 0, Command::Expel(toy::Expel { actor: toy::actor(1) })).expect("fine");
    world.run();
    world.mend(bob);
    world.run_for(40_000);
    let tab = world.tab(bob, 0);
    assert_eq!(tab.client.status().connection, landfall_engine::client::Connection::Forbidden);
    assert_eq!(tab.client.view(), &State::default());
    assert_eq!(tab.client.rejections().map(|rejected| rejected.id).collect::<Vec<_>>(), [kept]);
    assert_eq!(tab.client.submit(toy::id(9_999), book(1, "X"), landfall_engine::TimeMs(1)), Err(Refused::NoLongerMember));
    let disk = &world.devices[bob].disk;
    assert!(disk.tail.is_empty() && disk.snapshot.is_none() && disk.outbox.is_empty());
    assert_eq!(disk.inbox.len(), 1);
}

#[test]
fn an_exported_outbox_lands_from_another_device_once() {
    let mut world = World::new(14);
    let (laptop, phone) = (world.device(0), world.device(0));
    world.run();
    world.cut(laptop);
    let id = world.submit(laptop, 0, book(1, "Kim")).expect("fine");
    world.run();
    let exported: Vec<_> = world.tab(laptop, 0).client.outbox().map(|pending| pending.saved().clone()).collect();
    let now = world.now;
    assert_eq!(world.tab(phone, 0).client.import(exported.clone(), now), 1);
    assert_eq!(world.tab(phone, 0).client.import(exported, now), 0);
    world.run();
    assert_eq!(world.records_of(id).len(), 1);
    assert_all_landed(&mut world);
    assert_eq!(world.records_of(id).len(), 1);
}

/// Everything at random, from a seed; then the world heals and all must agree.
fn storm(seed: u64) {
    let mut world = World::new(seed);
    let devices = [world.device(0), world.device(1), world.device(0)];
    let mut issued = Vec::new();
    for _ in 0..120 {
        let device = devices[world.random(3) as usize];
        let open: Vec<usize> = (0..world.devices[device].tabs.len()).filter(|tab| world.devices[device].tabs[*tab].is_some()).collect();
        let tab = open[world.random(open.len() as u64) as usize];
        match world.random(14) {
            0..=5 => {
                let guest = format!("guest {}", world.random(8));
                let room = world.random(3) as u8;
                let command = if world.random(3) == 0 { cancel(&guest) } else { book(room, &guest) };
                if let Ok(id) = world.submit(device, tab, command) {
                    issued.push((device, tab, id));
                }
            }
            6 => world.cut(device),
            7 | 8 => world.mend(device),
            9 if open.len() > 1 => {
                let finish = world.random(2) == 0;
                let saved: Vec<_> = world.tab(device, tab).kept.keys().copied().collect();
                issued.retain(|(owner, from, id)| *owner != device || *from != tab || saved.contains(id));
                world.kill_tab(device, tab, finish);
            }
            9 | 10 if open.len() < 4 => {
                world.open_tab(device);
            }
            11 if world.random(4) == 0 => world.restart_server(),
            12 => {
                let deaf = world.random(3) == 0;
                world.deafen(deaf);
            }
            13 => {
                let candidates: Vec<_> = world.tab(device, tab).client.outbox().map(|pending| pending.id).collect();
                if let Some(id) = candidates.last() {
                    let now = world.now;
                    world.tab(device, tab).client.take_back(*id, now);
                }
            }
            _ => {}
        }
        world.run_partly();
        assert_invariants(&world);
    }
    assert_all_landed(&mut world);
    for (_, _, id) in issued {
        assert_eq!(world.records_of(id).len(), 1, "seed {seed}: rule 6: {id} has exactly one record");
    }
}

#[test]
fn storms_pass_and_everybody_agrees() {
    std::thread::scope(|threads| {
        for first in [1, 101, 201] {
            threads.spawn(move || (first..first + 100).for_each(storm));
        }
    });
}
