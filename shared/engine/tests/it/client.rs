//! The client alone: given what it knows, when something happens, then these outputs in this order.

use crate::toy::{self, Toy, actor, book, id};
use landfall_engine::client::{
    Client, Config, Connection, Doubt, Ended, Loaded, News, Output, Refused, SaveError, Servers, Storage, Stored,
};
use landfall_engine::protocol::{Downstream, Format, PROTOCOL_VERSION, Sealed, Upstream, Welcome};
use landfall_engine::{ActorId, Cursor, DeviceId, LogId, Mark, Outcome, Record, Seal, TimeMs};
use std::collections::BTreeSet;

const DEVICE: DeviceId = DeviceId([3; 16]);
const NOW: TimeMs = TimeMs(10_000);

fn drain(client: &mut Client<Toy>) -> Vec<Output<Toy>> {
    while client.work(NOW) {}
    std::iter::from_fn(|| client.poll_output()).filter(|output| !matches!(output, Output::Show | Output::Tell(_))).collect()
}

fn given_a_leader() -> Client<Toy> {
    let config = Config { log: LogId([9; 16]), actor: actor(0), device: DEVICE, seed: 1, servers: Servers::default() };
    let mut client = Client::new(config, Loaded::default(), NOW);
    client.handle_lock(true, NOW);
    drain(&mut client);
    client.handle_loaded(Loaded::default(), NOW);
    drain(&mut client);
    // The look for rows of a tab that died just before.
    let look = client.poll_timeout().expect("a look at the disk");
    client.handle_timeout(look);
    assert!(matches!(&drain(&mut client)[..], [Output::Load { .. }]));
    client.handle_loaded(Loaded::default(), NOW);
    drain(&mut client);
    client
}

fn given_a_live_client() -> Client<Toy> {
    let mut client = given_a_leader();
    client.handle_no_snapshot(true, NOW);
    assert!(drain(&mut client).contains(&Output::Connect { server: 0 }));
    client.handle_connected(NOW);
    let outputs = drain(&mut client);
    let [Output::Send(hello)] = &outputs[..] else { panic!("expected a greeting, got {outputs:?}") };
    assert!(matches!(Format::Postcard.decode(hello), Ok(Upstream::Hello(_))));
    hears(&mut client, &Downstream::Welcome(welcome(NOW)));
    hears(&mut client, &Downstream::CaughtUp { head: 0 });
    drain(&mut client);
    client
}

fn welcome(server_time: TimeMs) -> Welcome {
    Welcome { protocol: PROTOCOL_VERSION, epoch: 1, head: 0, server_time, actor: actor(0) }
}

fn hears(client: &mut Client<Toy>, frame: &Downstream<Toy>) {
    client.handle_message(&Format::Postcard.encode(frame), NOW);
}

fn saves(outputs: &[Output<Toy>]) -> Vec<u64> {
    outputs.iter().filter_map(|output| if let Output::Save(save) = output { Some(save.token) } else { None }).collect()
}

fn sends(outputs: &[Output<Toy>]) -> Vec<Upstream> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Send(frame) = output { Some(Format::Postcard.decode(frame).expect("a frame")) } else { None })
        .collect()
}

fn booked(position: u64, command: u64, by: u8, guest: &str) -> Record<Toy> {
    let toy::Command::Book(seat) = book(1, guest) else { unreachable!() };
    let device = if by == 0 { DEVICE } else { DeviceId([8; 16]) };
    let outcome = Outcome::Accepted(vec![toy::Event::Booked(seat)]);
    Record { position, command: id(command), actor: actor(by), device, at: TimeMs(11_000), outcome }
}

#[test]
fn rule_4_save_then_send_in_this_order() {
    let mut client = given_a_live_client();
    client.submit(id(1), book(1, "A"), NOW).expect("there is room");
    let outputs = drain(&mut client);
    assert_eq!(saves(&outputs).len(), 1);
    assert!(sends(&outputs).is_empty(), "nothing is sent before the disk has answered");
    client.handle_saved(saves(&outputs)[0], Ok(()), NOW);
    let outputs = drain(&mut client);
    assert_eq!(outputs[0], Output::Kept { id: id(1), durable: true });
    assert!(matches!(&sends(&outputs)[..], [Upstream::Submit(commands)] if commands[0].id == id(1)));
}

#[test]
fn one_row_for_all_that_was_issued_while_the_disk_worked() {
    let mut client = given_a_live_client();
    client.submit(id(1), book(1, "A"), NOW).expect("fine");
    let first = drain(&mut client);
    client.submit(id(2), book(1, "B"), NOW).expect("fine");
    client.submit(id(3), book(1, "C"), NOW).expect("fine");
    assert!(saves(&drain(&mut client)).is_empty(), "one transaction at a time");
    client.handle_saved(saves(&first)[0], Ok(()), NOW);
    let outputs = drain(&mut client);
    let Some(Output::Save(save)) = outputs.iter().find(|output| matches!(output, Output::Save(_))) else { panic!("expected a save") };
    assert!(save.strict);
    assert_eq!(save.outbox_put.len(), 1);
    let row = &save.outbox_put[0];
    assert_eq!(row.commands.iter().map(|command| command.id).collect::<Vec<_>>(), [id(2), id(3)]);
    assert_eq!(row.commands[1].after, Some(id(2)), "rule 15: each names the newest before it");
}

#[test]
fn the_fast_path_replays_nothing_and_shows_what_the_log_gave() {
    let mut client = given_a_live_client();
    for n in 1..=3 {
        client.submit(id(n), book(n as u8, &format!("guest {n}")), NOW).expect("fine");
    }
    let outputs = drain(&mut client);
    client.handle_saved(saves(&outputs)[0], Ok(()), NOW);
    let outputs = drain(&mut client);
    client.handle_saved(saves(&outputs)[0], Ok(()), NOW);
    drain(&mut client);
    let mut record = booked(1, 1, 0, "guest 1");
    record.outcome = Outcome::Accepted(client.outbox().next().expect("it waits").events().to_vec());
    hears(&mut client, &Downstream::Records(vec![record]));
    drain(&mut client);
    assert_eq!(client.view().seats["guest 1"].number, Some(1));
    assert_eq!(client.view().seats["guest 1"].at, TimeMs(11_000));
    assert_eq!(client.view().seats["guest 2"].number, None);
    assert_eq!(client.outbox().count(), 2);
}

#[test]
fn one_replay_for_a_whole_batch() {
    let mut client = given_a_live_client();
    for n in 1..=200 {
        client.submit(id(n), book((n % 200) as u8, &format!("mine {n}")), NOW).expect("fine");
    }
    drain(&mut client);
    let records = (1..=100).map(|n| booked(n, 1_000 + n, 1, &format!("theirs {n}"))).map(|mut record| {
        if let Outcome::Accepted(events) = &mut record.outcome
            && let toy::Event::Booked(seat) = &mut events[0]
        {
            seat.room = 201;
        }
        record
    });
    hears(&mut client, &Downstream::Records(records.collect()));
    let mut steps = 1;
    while client.work(NOW) {
        steps += 1;
    }
    assert!(steps <= 4, "100 records folded and 200 commands replayed once, in slices: {steps}");
    assert_eq!(client.view().seats.len(), 300);
}

#[test]
fn sent_and_then_the_line_dropped_is_in_doubt_until_the_answer() {
    let mut client = given_a_live_client();
    client.submit(id(1), book(1, "A"), NOW).expect("fine");
    let outputs = drain(&mut client);
    client.handle_saved(saves(&outputs)[0], Ok(()), NOW);
    drain(&mut client);
    client.handle_disconnected(Ended::Dropped, NOW);
    let pending = client.outbox().next().expect("it waits");
    assert_eq!(pending.doubt(), Some(Doubt::Unanswered));
    assert!(!pending.can_take_back());
    assert_eq!(client.status().in_doubt, 1);
    let later = client.poll_timeout().expect("it tries again");
    assert!(later.since(NOW) <= 30_000);
}

#[test]
fn a_gap_in_the_stream_is_answered_by_reconnecting_from_the_cursor() {
    let mut client = given_a_live_client();
    hears(&mut client, &Downstream::Records(vec![booked(5, 5, 1, "E")]));
    assert!(drain(&mut client).contains(&Output::Disconnect));
    assert_eq!(client.cursor(), Cursor { epoch: 1, position: 0 });
}

#[test]
fn a_silent_line_is_pinged_and_then_given_up() {
    let mut client = given_a_live_client();
    let due = client.poll_timeout().expect("a keepalive");
    client.handle_timeout(due);
    assert!(matches!(&sends(&drain(&mut client))[..], [Upstream::Ping]));
    let due = client.poll_timeout().expect("patience");
    client.handle_timeout(due);
    assert!(drain(&mut client).contains(&Output::Disconnect));
    assert_eq!(client.status().connection, Connection::Offline);
}

#[test]
fn who_only_listens_to_a_busy_log_is_heard_by_the_server_all_the_same() {
    let mut client = given_a_live_client();
    let mut said_at = NOW;
    for position in 1..=100 {
        let now = NOW.plus(position * 1_000);
        let news = Downstream::<Toy>::Records(vec![booked(position, 100 + position, 1, &format!("guest {position}"))]);
        client.handle_message(&Format::Postcard.encode(&news), now);
        client.handle_timeout(now);
        if sends(&drain(&mut client)).contains(&Upstream::Ping) {
            client.handle_message(&Format::Postcard.encode(&Downstream::<Toy>::Pong { server_time: now }), now);
            said_at = now;
        }
        assert!(now.since(said_at) < landfall_engine::protocol::SILENCE_MAX_MS / 2);
    }
}

#[test]
fn rule_12_a_storage_that_is_lost_deletes_nothing_and_work_goes_on() {
    let mut client = given_a_live_client();
    client.submit(id(1), book(1, "A"), NOW).expect("fine");
    drain(&mut client);
    client.handle_storage_lost(NOW);
    let outputs = drain(&mut client);
    assert!(outputs.contains(&Output::Kept { id: id(1), durable: false }));
    assert!(matches!(&sends(&outputs)[..], [Upstream::Submit(_)]));
    assert_eq!(client.status().storage, Storage::Memory);
    client.submit(id(2), book(1, "B"), NOW).expect("fine");
    let outputs = drain(&mut client);
    assert!(saves(&outputs).is_empty() && sends(&outputs).len() == 1);
}

#[test]
fn rule_10_synced_is_said_only_when_it_is_so() {
    let mut client = given_a_leader();
    assert!(!client.status().synced, "never connected");
    let mut client_online = given_a_live_client();
    assert!(client_online.status().synced);
    client_online.submit(id(1), book(1, "A"), NOW).expect("fine");
    assert!(!client_online.status().synced);
    client.handle_no_snapshot(false, NOW);
    assert!(!client.status().synced);
}

#[test]
fn rule_10_the_run_that_lands_is_as_long_as_what_waits_whoever_issued_it() {
    let run = |client: &Client<Toy>| client.status().landing.map(|run| (run.done, run.total));
    let mut other = given_a_live_client();
    let mut rows = Vec::new();
    for n in 1..=3 {
        other.submit(id(n), book(n as u8, &format!("guest {n}")), NOW).expect("fine");
    }
    for _ in 0..2 {
        let outputs = drain(&mut other);
        let Some(Output::Save(save)) = outputs.into_iter().find(|output| matches!(output, Output::Save(_))) else {
            panic!("expected a save")
        };
        rows.extend(save.outbox_put);
        other.handle_saved(save.token, Ok(()), NOW);
    }
    assert_eq!(rows.iter().map(|row| row.commands.len()).collect::<Vec<_>>(), [1, 2]);

    let mut leader = given_a_live_client();
    leader.handle_news(News::Issued(rows), NOW);
    drain(&mut leader);
    assert_eq!(run(&leader), Some((0, 3)), "commands are counted, not rows");
    for (n, left) in [(1, Some((1, 3))), (2, Some((2, 3))), (3, None)] {
        hears(&mut leader, &Downstream::Records(vec![booked(n, n, 0, &format!("guest {n}"))]));
        drain(&mut leader);
        assert_eq!(run(&leader), left, "after record {n}");
    }
    assert!(leader.status().synced);
}

#[test]
fn the_last_word_of_the_server_is_not_asked_for_again_and_again() {
    for (ended, connection) in [(Ended::SignedOut, Connection::SignedOut), (Ended::Forbidden, Connection::Forbidden)] {
        let mut client = given_a_live_client();
        client.handle_disconnected(ended, NOW);
        drain(&mut client);
        assert_eq!(client.status().connection, connection);
        assert!(client.poll_timeout().is_none(), "no reconnect by itself");
        client.ask_now(NOW);
        assert!(drain(&mut client).iter().any(|output| matches!(output, Output::Connect { .. } | Output::Bootstrap { .. })));
    }
}

#[test]
fn the_clock_of_the_server_is_used_for_decisions() {
    let mut client = given_a_leader();
    client.handle_no_snapshot(true, NOW);
    client.handle_connected(NOW);
    hears(&mut client, &Downstream::Welcome(welcome(NOW.plus(3_600_000))));
    assert_eq!(client.server_time(NOW), NOW.plus(3_600_000));
    assert_eq!(client.status().clock_offset_ms, 3_600_000);
}

#[test]
fn a_command_over_its_bound_is_refused_at_once() {
    let mut client = given_a_live_client();
    let long = "x".repeat(landfall_engine::protocol::COMMAND_BYTES_MAX);
    assert_eq!(client.submit(id(1), book(1, &long), NOW), Err(Refused::TooMuch));
}

#[test]
fn a_save_that_failed_is_tried_again_once_and_not_without_end() {
    let mut client = given_a_live_client();
    client.submit(id(1), book(1, "A"), NOW).expect("there is room");
    let tokens = saves(&drain(&mut client));
    client.handle_saved(tokens[0], Err(SaveError::Failed), NOW);
    drain(&mut client);
    let retry = NOW.plus(5_000);
    assert!(client.poll_timeout() <= Some(retry));
    client.handle_timeout(retry);
    assert_eq!(saves(&drain(&mut client)).len(), 1);
    assert!(client.poll_timeout() > Some(retry), "while the disk works there is nothing to be woken for");
}

#[test]
fn a_tab_that_led_asks_its_successor_how_the_connection_is() {
    let mut client = given_a_live_client();
    client.handle_lock(false, NOW);
    assert!(std::iter::from_fn(|| client.poll_output()).any(|output| output == Output::Tell(News::Hello)));
}

#[test]
fn a_long_outbox_is_saved_in_pieces_and_told_piece_by_piece() {
    let mut client = given_a_live_client();
    for n in 0..2_000 {
        client.submit(id(n), expel(n), NOW).expect("there is room");
    }
    let mut kept = 0;
    let mut saves_made = 0;
    let mut outputs = drain(&mut client);
    while let Some(Output::Save(save)) = outputs.iter().find(|output| matches!(output, Output::Save(_))) {
        let commands: usize = save.outbox_put.iter().map(|row| row.commands.len()).sum();
        assert!((1..=512).contains(&commands), "one save has {commands} commands");
        saves_made += 1;
        client.handle_saved(save.token, Ok(()), NOW);
        outputs = drain(&mut client);
        kept += outputs.iter().filter(|output| matches!(output, Output::Kept { durable: true, .. })).count();
    }
    assert_eq!((kept, client.status().saving), (2_000, 0));
    assert!(saves_made >= 4);
}

#[test]
fn what_is_taken_back_on_its_way_to_the_disk_is_written_again() {
    let mut client = given_a_leader();
    client.submit(id(1), book(1, "A"), NOW).expect("fine");
    let outputs = drain(&mut client);
    assert!(client.take_back(id(1), NOW));
    client.handle_saved(saves(&outputs)[0], Ok(()), NOW);
    let outputs = drain(&mut client);
    let Some(Output::Save(save)) = outputs.iter().find(|output| matches!(output, Output::Save(_))) else { panic!("expected a save") };
    assert_eq!(save.outbox_put[0].commands[0].command, None);
}

/// A command that any number of can wait: it is about one of two hundred people.
fn expel(n: u64) -> toy::Command {
    toy::Command::Expel(toy::Expel { actor: ActorId([10 + (n % 200) as u8; 16]) })
}

/// What the client counts as it goes, counted anew.
fn counted(client: &Client<Toy>) -> (usize, usize, usize) {
    let live: Vec<_> = client.outbox().filter(|pending| !pending.withdrawn).collect();
    let saving = live.iter().filter(|pending| pending.stored == Stored::Saving).count();
    (live.len(), saving, live.iter().filter(|pending| pending.is_in_doubt()).count())
}

fn told(client: &Client<Toy>) -> (usize, usize, usize) {
    let status = client.status();
    (status.pending, status.saving, status.in_doubt)
}

fn changed_subjects(client: &mut Client<Toy>) -> usize {
    std::iter::from_fn(|| client.take_changed_subject()).count()
}

#[test]
fn the_status_is_counted_as_it_changes_and_equals_a_count() {
    let mut client = given_a_live_client();
    let mut writing = None;
    let mut position = 0;
    let mut doubts = 0;
    for n in 0..600_u64 {
        client.submit(id(n), expel(n), NOW).expect("there is room");
        let later = NOW.plus(n * 10_000);
        match n % 7 {
            2 | 6 => {
                let answer = if n % 5 == 0 { Err(SaveError::Failed) } else { Ok(()) };
                writing.take().into_iter().for_each(|token| client.handle_saved(token, answer, later));
            }
            3 => drop(client.take_back(id(n), NOW)),
            4 if n % 3 == 0 => {
                position += 1;
                let record = Record { position, ..booked(position, position, 0, "whoever") };
                hears(&mut client, &Downstream::Records(vec![record]));
            }
            5 if n % 3 == 0 => {
                client.handle_disconnected(Ended::Dropped, NOW);
                doubts = doubts.max(client.status().in_doubt);
                assert_eq!(told(&client), counted(&client), "after the line dropped");
                client.ask_now(NOW);
                client.handle_connected(NOW);
                hears(&mut client, &Downstream::Welcome(Welcome { head: position, ..welcome(NOW) }));
                hears(&mut client, &Downstream::CaughtUp { head: position });
            }
            _ => client.handle_timeout(later),
        }
        assert_eq!(told(&client), counted(&client), "after step {n}");
        writing = saves(&drain(&mut client)).pop().or(writing);
        assert_eq!(told(&client), counted(&client), "after the work of step {n}");
    }
    let status = client.status();
    assert!(doubts > 100 && status.pending > 400 && status.saving < 100, "{doubts} {status:?}");
}

#[test]
fn one_command_behind_twenty_thousand_changes_the_standing_of_one_subject() {
    let mut client = given_a_leader();
    for n in 0..20_000 {
        client.submit(id(n), expel(n), NOW).expect("there is room");
        if n % 1_000 == 0 {
            drain(&mut client);
        }
    }
    assert_eq!(changed_subjects(&mut client), 200, "as many as there are subjects, however many commands");
    assert_eq!(client.status().pending, 20_000);
    assert_eq!(client.standing([17; 16]).waiting, 100);
    client.submit(id(20_000), expel(7), NOW).expect("there is room");
    assert_eq!(changed_subjects(&mut client), 1);
    assert_eq!(client.standing([17; 16]).waiting, 101);
    assert_eq!(client.outbox().next_back().map(|pending| pending.id), Some(id(20_000)), "both ends are at hand");
}

/// A live client with so many commands in its outbox, all on disk.
fn given_a_long_outbox(count: u64) -> Client<Toy> {
    let mut client = given_a_live_client();
    for n in 1..=count {
        client.submit(id(n), expel(n), NOW).expect("fine");
    }
    while let [token, ..] = saves(&drain(&mut client))[..] {
        client.handle_saved(token, Ok(()), NOW);
    }
    client
}

#[test]
fn a_long_outbox_goes_to_the_inbox_in_slices_when_the_membership_ends() {
    let mut client = given_a_long_outbox(2_000);
    client.handle_disconnected(Ended::Forbidden, NOW);
    assert_eq!(client.outbox().len(), 2_000, "the call itself sets nothing aside");
    let mut written = BTreeSet::new();
    loop {
        let more = client.work(NOW);
        let outputs: Vec<_> = std::iter::from_fn(|| client.poll_output()).collect();
        let saves: Vec<_> =
            outputs.into_iter().filter_map(|output| if let Output::Save(save) = output { Some(save) } else { None }).collect();
        for save in &saves {
            assert!(save.inbox_put.len() <= 512, "a save is bounded: {}", save.inbox_put.len());
            written.extend(save.inbox_put.iter().map(|row| row.id));
            assert!(save.outbox_delete.iter().all(|row| written.contains(row)), "a row goes when the rejections among it are written");
            client.handle_saved(save.token, Ok(()), NOW);
        }
        if !more && saves.is_empty() {
            break;
        }
    }
    assert_eq!((client.outbox().len(), client.rejections().count(), written.len()), (0, 2_000, 2_000));
}

#[test]
fn rule_12_a_storage_that_is_lost_with_much_unsaved_is_told_of_in_slices() {
    let mut client = given_a_live_client();
    for n in 1..=2_000 {
        client.submit(id(n), expel(n), NOW).expect("fine");
    }
    client.handle_storage_lost(NOW);
    let mut kept = 0;
    let mut most = 0;
    loop {
        let told =
            std::iter::from_fn(|| client.poll_output()).filter(|output| matches!(output, Output::Kept { durable: false, .. })).count();
        kept += told;
        most = most.max(told);
        if !client.work(NOW) && told == 0 {
            break;
        }
    }
    assert_eq!(kept, 2_000);
    assert!(most <= 1_024, "{most} at once");
}

#[test]
fn what_a_closing_driver_leaves_is_handed_out_to_be_let_go() {
    let mut client = given_a_long_outbox(20);
    let (shown, confirmed) = (client.view().clone(), client.confirmed().clone());
    assert_ne!(shown, confirmed);
    drain(&mut client);
    client.handle_close();
    assert_eq!(drain(&mut client), [Output::LetGo(confirmed), Output::LetGo(shown)]);
}

#[test]
fn a_view_that_a_long_replay_replaces_is_handed_out_to_be_let_go() {
    let mut client = given_a_long_outbox(2_000);
    let shown = client.view().clone();
    hears(&mut client, &Downstream::Records(vec![booked(1, 9_000, 1, "theirs")]));
    let let_go: Vec<_> =
        drain(&mut client).into_iter().filter_map(|output| if let Output::LetGo(state) = output { Some(state) } else { None }).collect();
    assert_eq!(let_go, [shown]);
    let mut client = given_a_long_outbox(20);
    hears(&mut client, &Downstream::Records(vec![booked(1, 9_000, 1, "theirs")]));
    assert!(!drain(&mut client).iter().any(|output| matches!(output, Output::LetGo(_))), "a short replay changes little");
}

/// The seal behind the record at this position, in these tests.
fn seal(position: u64) -> Seal {
    Seal([position as u8; 16])
}

fn page(position: u64, before: Seal) -> Downstream<Toy> {
    let record = booked(position, 9_000 + position, 1, &format!("guest {position}"));
    Downstream::Sealed { before, records: vec![Sealed { seal: seal(position), record }] }
}

#[test]
fn rule_24_a_client_says_what_it_has_read_last() {
    let mut client = given_a_live_client();
    hears(&mut client, &page(1, Seal::NONE));
    hears(&mut client, &page(2, seal(1)));
    while client.work(NOW) {}
    drain(&mut client);
    assert_eq!(client.mark(), Some(Mark { position: 2, seal: seal(2) }));
    client.handle_disconnected(Ended::Dropped, NOW);
    client.ask_now(NOW);
    client.handle_connected(NOW);
    let said = sends(&drain(&mut client));
    assert!(
        matches!(&said[..], [Upstream::Hello(hello), Upstream::Mark(mark)] if hello.cursor.position == 2 && *mark == client.mark().unwrap())
    );
}

#[test]
fn rule_24_a_page_that_does_not_follow_what_was_read_is_not_taken_in() {
    let mut client = given_a_live_client();
    hears(&mut client, &page(1, Seal::NONE));
    while client.work(NOW) {}
    drain(&mut client);
    hears(&mut client, &page(2, seal(7)));
    assert!(drain(&mut client).contains(&Output::Disconnect));
    assert!(!client.has_work());
    assert_eq!((client.cursor().position, client.mark()), (1, Some(Mark { position: 1, seal: seal(1) })));
}

#[test]
fn rule_24_a_snapshot_comes_with_its_mark() {
    let mark = Some(Mark { position: 5, seal: seal(5) });
    let snapshot = Some((Cursor { epoch: 1, position: 5 }, toy::State::default()));
    let config = Config { log: LogId([9; 16]), actor: actor(0), device: DEVICE, seed: 1, servers: Servers::default() };
    let client = Client::<Toy>::new(config, Loaded { epoch: 1, snapshot, mark, ..Loaded::default() }, NOW);
    assert_eq!(client.mark(), mark);
}

#[test]
fn rule_25_what_was_turned_away_is_sent_again_when_it_may_come_on_the_same_line() {
    let mut client = given_a_live_client();
    for n in 1..=2 {
        client.submit(id(n), book(n as u8, &format!("guest {n}")), NOW).expect("fine");
        let saved = saves(&drain(&mut client));
        client.handle_saved(saved[0], Ok(()), NOW);
        assert!(matches!(&sends(&drain(&mut client))[..], [Upstream::Submit(commands)] if commands.len() == 1));
    }
    hears(&mut client, &Downstream::Busy { command: id(1), retry_after_ms: 700 });
    let outputs = drain(&mut client);
    assert!(sends(&outputs).is_empty() && !outputs.contains(&Output::Disconnect));
    assert_eq!(client.status().retry_at, Some(NOW.plus(700)));
    client.submit(id(3), book(3, "guest 3"), NOW).expect("what a person does is never refused for it");
    let saved = saves(&drain(&mut client));
    client.handle_saved(saved[0], Ok(()), NOW);
    assert!(sends(&drain(&mut client)).is_empty(), "it is not yet time");
    assert_eq!(client.poll_timeout(), Some(NOW.plus(700)));
    client.handle_timeout(NOW.plus(700));
    let said = sends(&drain(&mut client));
    let Some(Upstream::Submit(commands)) = said.first() else { panic!("expected a submission, got {said:?}") };
    assert_eq!(commands.iter().map(|command| command.id).collect::<Vec<_>>(), [id(1), id(2), id(3)], "all of it, in order");
    assert_eq!(client.status().retry_at, None);
}
