//! Tabs of one device: given what a tab knows, when another one tells something, then this is what follows.

use crate::toy::{Decide, Event, State, Toy, actor, book, id};
use landfall_engine::client::{Client, Config, Ended, InboxRow, Loaded, News, Open, OutboxRow, Output, SavedCommand, Servers};
use landfall_engine::protocol::{Downstream, Format, PROTOCOL_VERSION, Welcome};
use landfall_engine::{CommandId, Cursor, DeviceId, LogId, Outcome, Position, Record, TimeMs};

const DEVICE: DeviceId = DeviceId([3; 16]);
const NOW: TimeMs = TimeMs(10_000);

fn drain(client: &mut Client<Toy>) -> Vec<Output<Toy>> {
    while client.work(NOW) {}
    std::iter::from_fn(|| client.poll_output()).collect()
}

fn told(outputs: &[Output<Toy>]) -> Vec<News> {
    outputs.iter().filter_map(|output| if let Output::Tell(news) = output { Some(news.clone()) } else { None }).collect()
}

fn given_a_tab() -> Client<Toy> {
    let config = Config { log: LogId([9; 16]), actor: actor(0), device: DEVICE, seed: 1, servers: Servers::default() };
    let mut client = Client::new(config, Loaded::default(), NOW);
    drain(&mut client);
    client
}

fn given_a_leader() -> Client<Toy> {
    let mut client = given_a_tab();
    client.handle_lock(true, NOW);
    client.handle_loaded(Loaded::default(), NOW);
    client.handle_timeout(NOW.plus(1_000));
    client.handle_loaded(Loaded::default(), NOW);
    drain(&mut client);
    client
}

fn given_a_live_leader() -> Client<Toy> {
    let mut client = given_a_leader();
    client.handle_no_snapshot(true, NOW);
    client.handle_connected(NOW);
    hears(&mut client, &Downstream::Welcome(Welcome { protocol: PROTOCOL_VERSION, epoch: 1, head: 0, server_time: NOW, actor: actor(0) }));
    hears(&mut client, &Downstream::CaughtUp { head: 0 });
    drain(&mut client);
    client
}

fn hears(client: &mut Client<Toy>, frame: &Downstream<Toy>) {
    client.handle_message(&Format::Postcard.encode(frame), NOW);
}

/// A command alone in a row of this key, as another tab has saved it.
fn row(key: u64, command: u64) -> OutboxRow {
    let text = landfall_engine::upcast::encode(&book(1, "A"), <Toy as landfall_engine::Domain>::command_shapes());
    let command =
        SavedCommand { id: id(command), after: None, issued: NOW, at: NOW, command: Some(landfall_engine::protocol::CommandText(text)) };
    OutboxRow { key: id(key), commands: vec![command] }
}

fn accepted(position: u64, command: CommandId) -> Record<Toy> {
    Record { position, command, actor: actor(0), device: DEVICE, at: TimeMs(11_000), outcome: Outcome::Accepted(Vec::new()) }
}

/// What a tab tells that sets this command aside because its person is no longer a member.
fn set_aside(command: u64) -> News {
    let mut client = given_a_live_leader();
    client.handle_news(News::Issued(vec![row(command, command)]), NOW);
    drain(&mut client);
    client.handle_disconnected(Ended::Forbidden, NOW);
    let told = told(&drain(&mut client)).into_iter();
    told.into_iter().find(|news| matches!(news, News::SetAside(_))).expect("what waited is set aside")
}

fn answer(client: &mut Client<Toy>, asked: OutboxRow) -> Option<News> {
    client.handle_news(News::Held(vec![asked]), NOW);
    told(&drain(client)).into_iter().find(|news| matches!(news, News::Settled { .. }))
}

#[test]
fn rule_6_a_tab_that_was_told_of_a_rejection_tells_its_reason_although_it_never_had_the_command() {
    let mut leader = given_a_leader();
    let aside = set_aside(1);
    let News::SetAside(rejected) = &aside else { unreachable!() };
    let text = rejected[0].1.clone();
    leader.handle_news(aside, NOW);
    drain(&mut leader);
    assert_eq!(leader.rejections().count(), 1);
    assert_eq!(
        answer(&mut leader, row(1, 1)),
        Some(News::Settled { epoch: 0, told: vec![(id(1), true, Some(Open { text, read: Position::MAX }))] })
    );
}

/// The rejection of command 1, as one tab keeps it on disk that set it aside at a time of its own.
fn inbox_row(seconds: u64) -> InboxRow {
    let News::SetAside(rejected) = set_aside(1) else { unreachable!() };
    let text = rejected[0].1.replace(&format!("\"at\":{}", NOW.0), &format!("\"at\":{}", NOW.plus(seconds * 1_000).0));
    InboxRow { id: id(1), text }
}

fn decided(position: u64, command: u64, rejected: u64) -> Record<Toy> {
    Record { outcome: Outcome::Accepted(vec![Event::Decided(Decide { rejected: id(rejected) })]), ..accepted(position, id(command)) }
}

#[test]
fn rule_14_a_disk_that_was_read_before_the_decision_brings_no_rejection_back() {
    let mut leader = given_a_live_leader();
    let read_before = Loaded { epoch: 1, inbox: vec![inbox_row(0)], ..Loaded::default() };
    leader.handle_loaded(Loaded { epoch: 1, inbox: vec![inbox_row(0)], ..Loaded::default() }, NOW);
    drain(&mut leader);
    assert_eq!(leader.rejections().count(), 1);
    hears(&mut leader, &Downstream::Records(vec![decided(1, 2, 1)]));
    let saves = drain(&mut leader);
    assert!(saves.iter().any(|output| matches!(output, Output::Save(save) if save.inbox_delete == [id(1)])));
    leader.handle_loaded(read_before, NOW);
    drain(&mut leader);
    assert_eq!((leader.rejections().count(), leader.status().rejected), (0, 0));
}

#[test]
fn rule_14_a_command_that_two_tabs_set_aside_stands_in_the_inbox_once() {
    let mut leader = given_a_live_leader();
    leader.handle_loaded(Loaded { epoch: 1, inbox: vec![inbox_row(0)], ..Loaded::default() }, NOW);
    leader.handle_loaded(Loaded { epoch: 1, inbox: vec![inbox_row(5)], ..Loaded::default() }, NOW);
    drain(&mut leader);
    assert_eq!(leader.rejections().count(), 1);
    assert_ne!(inbox_row(0), inbox_row(5), "their clocks differ");
}

#[test]
fn rule_14_a_tab_that_skips_records_lets_go_what_was_decided_in_them() {
    let mut follower = given_a_tab();
    follower.handle_loaded(Loaded { epoch: 1, inbox: vec![inbox_row(0)], ..Loaded::default() }, NOW);
    drain(&mut follower);
    assert_eq!(follower.rejections().count(), 1);
    let snapshot = Some((Cursor { epoch: 1, position: 9 }, State::default()));
    follower.handle_loaded(Loaded { epoch: 1, snapshot, ..Loaded::default() }, NOW);
    drain(&mut follower);
    assert_eq!(follower.rejections().count(), 0);
}

#[test]
fn rule_14_what_stands_on_the_disk_although_it_was_decided_is_told_by_the_leader_and_leaves() {
    let mut leader = given_a_live_leader();
    hears(&mut leader, &Downstream::Records(vec![decided(1, 2, 1)]));
    for output in drain(&mut leader) {
        if let Output::Save(save) = output {
            leader.handle_saved(save.token, Ok(()), NOW);
        }
    }
    let mut follower = given_a_tab();
    let snapshot = Some((Cursor { epoch: 1, position: 9 }, State::default()));
    follower.handle_loaded(Loaded { epoch: 1, snapshot, inbox: vec![inbox_row(0)], ..Loaded::default() }, NOW);
    let asked = told(&drain(&mut follower)).into_iter().find(|news| matches!(news, News::Standing(_))).expect("the leader is asked");
    assert_eq!(follower.rejections().count(), 1);
    leader.handle_news(asked, NOW);
    let answered = drain(&mut leader);
    assert!(answered.iter().any(|output| matches!(output, Output::Save(save) if save.inbox_delete == [id(1)])));
    let answer = told(&answered).into_iter().find(|news| matches!(news, News::Decided { .. })).expect("the leader knows");
    follower.handle_news(answer, NOW);
    drain(&mut follower);
    assert_eq!(follower.rejections().count(), 0);
}

#[test]
fn rule_6_what_has_landed_is_not_set_aside_by_a_tab_that_does_not_know() {
    let mut leader = given_a_live_leader();
    leader.handle_news(News::Issued(vec![row(1, 1)]), NOW);
    hears(&mut leader, &Downstream::Records(vec![accepted(1, id(1))]));
    drain(&mut leader);
    leader.handle_news(set_aside(1), NOW);
    drain(&mut leader);
    assert_eq!(leader.rejections().count(), 0);
    assert_eq!(answer(&mut leader, row(1, 1)), Some(News::Settled { epoch: 1, told: vec![(id(1), false, None)] }));
}

#[test]
fn rule_20_what_landed_on_an_older_timeline_waits_on_the_newer_one() {
    let mut leader = given_a_live_leader();
    leader.handle_news(News::Issued(vec![row(1, 1)]), NOW);
    hears(&mut leader, &Downstream::Records(vec![accepted(1, id(1))]));
    drain(&mut leader);
    leader.handle_loaded(Loaded { epoch: 2, outbox: vec![row(1, 1)], ..Loaded::default() }, NOW);
    drain(&mut leader);
    assert!(leader.pending(id(1)).is_some(), "its row is still on the disk, and its record may be gone");
    leader.handle_news(News::Settled { epoch: 1, told: vec![(id(1), false, None)] }, NOW);
    let frame = Format::Postcard.encode(&Downstream::Recorded(accepted(1, id(1))));
    leader.handle_news(News::Recorded { epoch: 1, frame }, NOW);
    drain(&mut leader);
    assert!(leader.pending(id(1)).is_some(), "a tab that slept through the restore tells nothing of use");
}

#[test]
fn rule_9_a_line_of_an_older_timeline_is_given_up() {
    let mut leader = given_a_live_leader();
    leader.handle_loaded(Loaded { epoch: 2, ..Loaded::default() }, NOW);
    drain(&mut leader);
    hears(&mut leader, &Downstream::Records(vec![accepted(1, id(1))]));
    assert!(drain(&mut leader).contains(&Output::Disconnect));
    assert_eq!(leader.cursor(), Cursor { epoch: 2, position: 0 });
}

#[test]
fn rule_4_a_row_that_was_announced_is_looked_for_unless_it_is_told_itself() {
    let mut leader = given_a_leader();
    leader.handle_news(News::Writing(vec![id(7)]), NOW);
    leader.handle_news(News::Issued(vec![row(1, 1)]), NOW);
    drain(&mut leader);
    leader.handle_timeout(NOW.plus(1_000));
    assert!(drain(&mut leader).contains(&Output::Load { cursor: leader.cursor() }), "its tab may have died before it could tell");
    leader.handle_news(News::Writing(vec![id(8)]), NOW);
    leader.handle_news(News::Issued(vec![row(8, 8)]), NOW);
    drain(&mut leader);
    leader.handle_timeout(NOW.plus(1_000));
    assert!(!drain(&mut leader).contains(&Output::Load { cursor: leader.cursor() }));
}

#[test]
fn rule_14_a_command_in_two_rows_leaves_both() {
    let mut leader = given_a_live_leader();
    leader.handle_news(News::Issued(vec![row(1, 1)]), NOW);
    leader.handle_news(News::Issued(vec![row(9, 1)]), NOW);
    drain(&mut leader);
    hears(&mut leader, &Downstream::Records(vec![accepted(1, id(1))]));
    let outputs = drain(&mut leader);
    let deleted = outputs.iter().filter_map(|output| if let Output::Save(save) = output { Some(save.outbox_delete.clone()) } else { None });
    assert_eq!(deleted.flatten().collect::<std::collections::BTreeSet<_>>(), [id(1), id(9)].into());
}

#[test]
fn rule_20_a_tab_that_follows_reads_the_disk_when_the_leader_has_written_a_newer_timeline_there() {
    let mut leader = given_a_leader();
    leader.handle_snapshot(Cursor { epoch: 2, position: 1 }, Default::default(), None, NOW);
    leader.handle_connected(NOW);
    let outputs = drain(&mut leader);
    assert!(outputs.contains(&Output::Snapshot));
    leader.handle_snapshot_saved();
    let news = told(&drain(&mut leader)).into_iter().find(|news| matches!(news, News::Link(_))).expect("it is told");
    let mut follower = given_a_tab();
    let frame = Format::Postcard.encode(&Downstream::Records(vec![accepted(1, id(1)), accepted(2, id(2))]));
    follower.handle_news(News::Records { epoch: 1, frame }, NOW);
    drain(&mut follower);
    follower.handle_news(news, NOW);
    assert!(drain(&mut follower).contains(&Output::Load { cursor: Cursor { epoch: 1, position: 2 } }));
}

#[test]
fn rule_20_what_was_about_to_leave_the_disk_stays_when_it_waits_again() {
    let mut leader = given_a_live_leader();
    leader.handle_news(News::Issued(vec![row(1, 1)]), NOW);
    hears(&mut leader, &Downstream::Records(vec![accepted(1, id(1))]));
    let outputs = drain(&mut leader);
    let token =
        outputs.iter().find_map(|output| if let Output::Save(save) = output { Some(save.token) } else { None }).expect("its row goes");
    leader.handle_loaded(Loaded { epoch: 2, outbox: vec![row(1, 1)], ..Loaded::default() }, NOW);
    leader.handle_saved(token, Err(landfall_engine::client::SaveError::Full), NOW);
    drain(&mut leader);
    leader.handle_timeout(NOW.plus(6_000));
    let outputs = drain(&mut leader);
    let deletes = |output: &Output<Toy>| matches!(output, Output::Save(save) if !save.outbox_delete.is_empty());
    assert!(!outputs.iter().any(deletes), "{outputs:?}");
}

#[test]
fn rule_12_a_long_row_leaves_the_disk_with_its_last_command() {
    let mut leader = given_a_live_leader();
    let long = OutboxRow { key: id(1), commands: (1..=200).flat_map(|n| row(n, n).commands).collect() };
    leader.handle_loaded(Loaded { outbox: vec![long], ..Loaded::default() }, NOW);
    leader.work(NOW);
    leader.handle_disconnected(Ended::Forbidden, NOW);
    let mut rejected = std::collections::BTreeSet::new();
    let outputs = drain(&mut leader);
    for save in outputs.iter().filter_map(|output| if let Output::Save(save) = output { Some(save) } else { None }) {
        rejected.extend(save.inbox_put.iter().map(|row| row.id));
        assert!(save.outbox_delete.is_empty() || rejected.len() == 200, "the row went with {} rejections written", rejected.len());
    }
}
