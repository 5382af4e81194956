//! The sequencer alone: given what it holds, when something arrives, then these outputs in this order.

use crate::toy::{self, Toy, actor, book, cancel, id};
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::sequencer::{AppendError, Entry, Found, MISSING_EXPIRY_MS, MISSING_PATIENCE_MS, Notice, Output, Sequencer};
use landfall_engine::{CommandId, Cursor, DeviceId, Domain, LogId, Outcome, Reason, Seal, TimeMs, upcast};

const NOW: TimeMs = TimeMs(5_000);
const DEVICE: DeviceId = DeviceId([3; 16]);
const SEAL: Seal = Seal([7; 16]);

fn given_an_open_log() -> Sequencer<Toy> {
    given_a_log_that_was_open_before(0)
}

/// As a snapshot tells of it, with nothing after it.
fn given_a_log_that_was_open_before(position: u64) -> Sequencer<Toy> {
    let mut sequencer = Sequencer::new(LogId([9; 16]), toy::State::default(), Cursor { epoch: 1, position }, Seal::NONE, TimeMs(0));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Read { after: position }));
    sequencer.handle_page(Some(Seal::NONE), Vec::new(), true);
    sequencer
}

fn submission(name: u64, after: Option<CommandId>, command: &toy::Command) -> Submission {
    let text = CommandText(upcast::encode(command, Toy::command_shapes()));
    Submission { id: id(name), after, issued: TimeMs(1), command: Some(text) }
}

fn when_submitted(sequencer: &mut Sequencer<Toy>, session: u64, submission: Submission) {
    sequencer.handle_submit(session, actor(0), DEVICE, submission);
}

fn then_appends(sequencer: &mut Sequencer<Toy>) -> Vec<Entry<Toy>> {
    match sequencer.poll_output(NOW) {
        Some(Output::Append { entries, .. }) => entries,
        other => panic!("expected an append, got {other:?}"),
    }
}

fn then_publishes(sequencer: &mut Sequencer<Toy>) -> Vec<u64> {
    match sequencer.poll_output(NOW) {
        Some(Output::Publish { entries }) => entries.iter().map(|entry| entry.record.position).collect(),
        other => panic!("expected a publication, got {other:?}"),
    }
}

fn names(entries: &[Entry<Toy>]) -> Vec<CommandId> {
    entries.iter().map(|entry| entry.record.command).collect()
}

#[test]
fn rule_3_the_sequencer_numbers_and_rule_8_publishes_only_what_is_on_disk() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
    when_submitted(&mut sequencer, 2, submission(2, None, &book(1, "B")));
    let entries = then_appends(&mut sequencer);
    assert_eq!(entries.iter().map(|entry| entry.record.position).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(sequencer.poll_output(NOW), None, "nothing is published while the disk works");
    assert_eq!(sequencer.state(), &toy::State::default());
    sequencer.handle_appended(Ok(vec![SEAL; 2]));
    assert_eq!(then_publishes(&mut sequencer), [1, 2]);
    assert_eq!(sequencer.state().seats.len(), 2);
}

#[test]
fn while_the_disk_works_the_next_batch_collects() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
    then_appends(&mut sequencer);
    for name in 2..=5 {
        when_submitted(&mut sequencer, 1, submission(name, None, &book(2, &format!("guest {name}"))));
    }
    assert_eq!(sequencer.poll_output(NOW), None);
    sequencer.handle_appended(Ok(vec![SEAL]));
    then_publishes(&mut sequencer);
    assert_eq!(then_appends(&mut sequencer).len(), 4, "one transaction for all that came meanwhile");
}

#[test]
fn a_rejection_is_a_record_too_and_carries_the_command() {
    let mut sequencer = given_an_open_log();
    let refused = submission(1, None, &cancel("Nobody"));
    when_submitted(&mut sequencer, 1, refused.clone());
    let entries = then_appends(&mut sequencer);
    let Outcome::Rejected(Some(refusal)) = &entries[0].record.outcome else { panic!("not rejected") };
    assert_eq!(refusal.reason, Reason::Domain(toy::Rejection::NoSeat { guest: "Nobody".into() }));
    assert_eq!(Some(&refusal.command), refused.command.as_ref());
}

#[test]
fn rule_6_an_id_has_one_record_for_ever() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
    when_submitted(&mut sequencer, 2, submission(1, None, &book(1, "A")));
    assert_eq!(then_appends(&mut sequencer).len(), 1, "two routes, one command");
    when_submitted(&mut sequencer, 3, submission(1, None, &book(1, "A")));
    sequencer.handle_appended(Ok(vec![SEAL]));
    then_publishes(&mut sequencer);
    when_submitted(&mut sequencer, 4, submission(1, None, &book(1, "A")));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 4, notice: Notice::Recorded(id(1), 1) }));
    when_submitted(&mut sequencer, 5, submission(1, None, &book(2, "Z")));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 5, notice: Notice::Reused(id(1)) }), "rule 16");
    assert_eq!(sequencer.poll_output(NOW), None);
}

#[test]
fn rule_16_only_a_record_makes_another_payload_a_reused_one() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 1, submission(1, None, &book(2, "Z")));
    assert_eq!(then_appends(&mut sequencer).len(), 1);
    when_submitted(&mut sequencer, 2, submission(1, None, &book(1, "A")));
    sequencer.handle_appended(Err(AppendError::AlreadyRecorded));
    let said = std::iter::from_fn(|| sequencer.poll_output(NOW)).collect::<Vec<_>>();
    assert!(said.contains(&Output::Tell { session: 2, notice: Notice::Busy }), "its record may be the one that is not known here yet");
}

#[test]
fn rule_6_a_record_from_before_this_server_was_started_is_found_through_the_store() {
    let mut sequencer = given_a_log_that_was_open_before(77);
    let old = submission(1, None, &book(1, "A"));
    when_submitted(&mut sequencer, 1, old.clone());
    when_submitted(&mut sequencer, 1, submission(2, None, &book(1, "B")));
    then_appends(&mut sequencer);
    sequencer.handle_appended(Err(AppendError::AlreadyRecorded));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Read { after: 77 }));
    sequencer.handle_page(Some(Seal::NONE), Vec::new(), true);
    let Some(Output::Find { ids }) = sequencer.poll_output(NOW) else { panic!("expected a search") };
    assert_eq!(ids, [id(1), id(2)]);
    let fingerprint = landfall_engine::log::fingerprint(&old.command.unwrap().0);
    sequencer.handle_found(vec![Found { id: id(1), position: 77, fingerprint }], NOW);
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 1, notice: Notice::Recorded(id(1), 77) }));
    assert_eq!(names(&then_appends(&mut sequencer)), [id(2)], "only the new one is appended");
}

#[test]
fn rule_15_a_command_is_decided_after_its_predecessor() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 1, submission(3, Some(id(2)), &cancel("A")));
    when_submitted(&mut sequencer, 1, submission(2, Some(id(1)), &book(2, "B")));
    when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
    assert_eq!(names(&then_appends(&mut sequencer)), [id(1), id(2), id(3)], "reordering on the way is harmless");
}

#[test]
fn rule_15_a_predecessor_that_is_found_beyond_what_was_read_is_read_before_anything_follows_it() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 8, submission(2, Some(id(1)), &book(1, "B")));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Find { ids: vec![id(1)] }));
    sequencer.handle_found(vec![Found { id: id(1), position: 1, fingerprint: 7 }], NOW);
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Read { after: 0 }));
    sequencer.handle_page(Some(Seal::NONE), Vec::new(), true);
    assert_eq!(sequencer.poll_output(NOW), None, "it was lost meanwhile, and nothing is decided on it");
    assert_eq!(sequencer.poll_timeout(), Some(NOW.plus(MISSING_PATIENCE_MS)), "it will be asked for");
}

#[test]
fn rule_14_a_missing_predecessor_is_asked_for_and_in_the_end_let_go() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 8, submission(2, Some(id(1)), &book(1, "B")));
    let Some(Output::Find { ids }) = sequencer.poll_output(NOW) else { panic!("expected a search") };
    assert_eq!(ids, [id(1)]);
    sequencer.handle_found(Vec::new(), NOW);
    assert_eq!(sequencer.poll_output(NOW), None, "it may still be on another route");
    assert_eq!(sequencer.poll_timeout(), Some(NOW.plus(MISSING_PATIENCE_MS)));
    sequencer.handle_timeout(NOW.plus(MISSING_PATIENCE_MS));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 8, notice: Notice::Missing(id(1)) }));
    sequencer.handle_timeout(NOW.plus(MISSING_PATIENCE_MS + MISSING_EXPIRY_MS));
    let told = sequencer.poll_output(NOW);
    assert_eq!(told, Some(Output::Tell { session: 8, notice: Notice::Busy }), "who has it comes back and sends it again");
    assert!(sequencer.is_idle(), "a client that never answers holds no memory for ever");
}

#[test]
fn rule_14_a_clock_that_jumps_lets_nothing_go_unasked_and_holds_nothing_for_days() {
    const DAY_MS: u64 = 86_400_000;
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 8, submission(2, Some(id(1)), &book(1, "B")));
    sequencer.poll_output(NOW);
    sequencer.handle_found(Vec::new(), NOW);
    sequencer.handle_timeout(NOW.plus(DAY_MS));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 8, notice: Notice::Missing(id(1)) }));
    sequencer.handle_timeout(NOW);
    assert_eq!(sequencer.poll_timeout(), Some(NOW.plus(MISSING_EXPIRY_MS)), "nobody has waited since tomorrow");
}

#[test]
fn a_chain_whose_head_is_missing_wakes_nobody_before_it_is_due() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 8, submission(3, Some(id(2)), &book(1, "C")));
    when_submitted(&mut sequencer, 8, submission(2, Some(id(1)), &book(1, "B")));
    sequencer.poll_output(NOW);
    sequencer.handle_found(Vec::new(), NOW);
    let asked = NOW.plus(MISSING_PATIENCE_MS);
    sequencer.handle_timeout(asked);
    assert!(sequencer.poll_timeout().is_some_and(|due| due > asked), "what is held already is not asked for, and not waited for in a loop");
}

#[test]
fn rule_14_a_withdrawn_predecessor_releases_the_chain() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 8, submission(2, Some(id(1)), &book(1, "B")));
    sequencer.poll_output(NOW);
    sequencer.handle_found(Vec::new(), NOW);
    when_submitted(&mut sequencer, 8, Submission { id: id(1), after: None, issued: TimeMs(1), command: None });
    let entries = then_appends(&mut sequencer);
    assert_eq!(names(&entries), [id(1), id(2)]);
    let Outcome::Rejected(Some(refusal)) = &entries[0].record.outcome else { panic!("not rejected") };
    assert_eq!(refusal.reason, Reason::Withdrawn);
}

#[test]
fn a_command_that_nobody_can_read_is_rejected_and_blocks_nobody() {
    let mut sequencer = given_an_open_log();
    let mut poison = submission(1, None, &book(1, "A"));
    poison.command = Some(CommandText(r#"{"type":"book","version":1,"body":{"room":"no number"}}"#.into()));
    when_submitted(&mut sequencer, 1, poison);
    when_submitted(&mut sequencer, 1, submission(2, Some(id(1)), &book(1, "B")));
    let entries = then_appends(&mut sequencer);
    assert!(matches!(&entries[0].record.outcome, Outcome::Rejected(Some(refusal)) if matches!(refusal.reason, Reason::Unreadable(_))));
    assert!(matches!(&entries[1].record.outcome, Outcome::Accepted(_)));
}

#[test]
fn a_command_of_a_future_version_is_not_decided_at_all() {
    let mut sequencer = given_an_open_log();
    let mut future = submission(1, None, &book(1, "A"));
    future.command = Some(CommandText(r#"{"type":"book","version":2,"body":{}}"#.into()));
    when_submitted(&mut sequencer, 6, future);
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 6, notice: Notice::Future }));
    assert!(sequencer.is_idle());
}

#[test]
fn a_moved_head_or_an_unknown_outcome_is_read_and_decided_again() {
    for error in [AppendError::HeadMoved, AppendError::UnknownOutcome] {
        let mut sequencer = given_an_open_log();
        when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
        let ours = then_appends(&mut sequencer);
        sequencer.handle_appended(Err(error));
        assert_eq!(sequencer.poll_output(NOW), Some(Output::Read { after: 0 }));
        if error == AppendError::UnknownOutcome {
            // It was written after all.
            sequencer.handle_page(Some(Seal::NONE), ours, true);
            assert_eq!(then_publishes(&mut sequencer), [1]);
            assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 1, notice: Notice::Recorded(id(1), 1) }));
            assert_eq!(sequencer.poll_output(NOW), None, "and is not appended twice");
        } else {
            let mut theirs = ours[0].clone();
            theirs.record.command = id(50);
            sequencer.handle_page(Some(Seal::NONE), vec![theirs], true);
            assert_eq!(then_publishes(&mut sequencer), [1]);
            let again = then_appends(&mut sequencer);
            assert_eq!((again[0].record.command, again[0].record.position), (id(1), 2));
            assert!(matches!(again[0].record.outcome, Outcome::Rejected(_)), "decided on what the other writer wrote");
        }
    }
}

#[test]
fn a_store_that_cannot_write_is_said_to_be_busy() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 4, submission(1, None, &book(1, "A")));
    then_appends(&mut sequencer);
    sequencer.handle_appended(Err(AppendError::Unavailable));
    assert_eq!(sequencer.poll_output(NOW), Some(Output::Tell { session: 4, notice: Notice::Busy }));
    when_submitted(&mut sequencer, 4, submission(1, None, &book(1, "A")));
    assert_eq!(then_appends(&mut sequencer).len(), 1, "the client sends it again when it comes back");
}

#[test]
fn rule_17_time_never_goes_backwards_within_a_log() {
    let mut sequencer = given_an_open_log();
    when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
    let first = then_appends(&mut sequencer);
    sequencer.handle_appended(Ok(vec![SEAL]));
    then_publishes(&mut sequencer);
    when_submitted(&mut sequencer, 1, submission(2, None, &book(1, "B")));
    let Some(Output::Append { entries, .. }) = sequencer.poll_output(TimeMs(1)) else { panic!("expected an append") };
    assert_eq!(entries[0].record.at, first[0].record.at);
}

#[test]
fn rule_24_a_log_that_is_not_the_one_that_was_read_is_not_read_on() {
    for before in [Some(Seal([8; 16])), None] {
        let mut sequencer = given_an_open_log();
        when_submitted(&mut sequencer, 1, submission(1, None, &book(1, "A")));
        then_appends(&mut sequencer);
        sequencer.handle_appended(Ok(vec![SEAL]));
        then_publishes(&mut sequencer);
        when_submitted(&mut sequencer, 1, submission(2, None, &book(1, "B")));
        let Some(Output::Append { before: expected, .. }) = sequencer.poll_output(NOW) else { panic!("expected an append") };
        assert_eq!(expected, SEAL, "what is appended says what it follows");
        sequencer.handle_appended(Err(AppendError::HeadMoved));
        assert_eq!(sequencer.poll_output(NOW), Some(Output::Read { after: 1 }));
        sequencer.handle_page(before, Vec::new(), true);
        assert_eq!(sequencer.poll_output(NOW), Some(Output::Diverged));
        assert_eq!(sequencer.poll_output(NOW), None, "nothing is decided on what is no more");
        assert!(!sequencer.is_idle());
    }
}
