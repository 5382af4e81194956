//! Rule 26: what goes up by the socket goes up by HTTP as well, and either of them may drop what it gets.

use crate::toy::{Toy, actor, book, id};
use landfall_engine::client::{Client, Config, Ended, Loaded, Output, POST_MS_MAX, Posted, SaveError, Servers};
use landfall_engine::protocol::{Commands, Downstream, Format, PROTOCOL_VERSION, SUBMIT_COMMANDS_MAX, Upstream, Welcome};
use landfall_engine::{CommandId, DeviceId, LogId, Outcome, Record, TimeMs};

const NOW: TimeMs = TimeMs(10_000);
const DEVICE: DeviceId = DeviceId([3; 16]);

/// What went up since this was asked last: by the socket, and by HTTP with number and server.
#[derive(Debug, Default, PartialEq)]
struct WentUp {
    by_socket: Vec<CommandId>,
    by_post: Vec<(u64, usize, Vec<CommandId>)>,
}

/// Does what the client wants done; the disk answers at once.
fn goes_up(client: &mut Client<Toy>, now: TimeMs) -> WentUp {
    let mut went_up = WentUp::default();
    loop {
        while client.work(now) {}
        match client.poll_output() {
            Some(Output::Save(save)) => client.handle_saved(save.token, Ok::<(), SaveError>(()), now),
            Some(Output::Load { .. }) => client.handle_loaded(Loaded::default(), now),
            Some(Output::Bootstrap { .. }) => client.handle_no_snapshot(true, now),
            Some(Output::Connect { .. }) => is_live(client, now),
            Some(Output::Send(frame)) => {
                if let Ok(Upstream::Submit(commands)) = Format::Postcard.decode(&frame) {
                    went_up.by_socket.extend(commands.iter().map(|command| command.id));
                }
            }
            Some(Output::Post { number, server, body }) => {
                let Commands { device, commands } = serde_json::from_slice(&body).expect("a body reads back");
                assert_eq!(device, DEVICE);
                went_up.by_post.push((number, server, commands.iter().map(|command| command.id).collect()));
            }
            Some(_) => {}
            None => return went_up,
        }
    }
}

fn is_live(client: &mut Client<Toy>, now: TimeMs) {
    client.handle_connected(now);
    let head = client.cursor().position;
    let welcome = Welcome { protocol: PROTOCOL_VERSION, epoch: 1, head, server_time: now, actor: actor(0) };
    for frame in [Downstream::<Toy>::Welcome(welcome), Downstream::CaughtUp { head }] {
        client.handle_message(&Format::Postcard.encode(&frame), now);
    }
}

fn given_a_live_client(addresses: usize) -> Client<Toy> {
    let servers = Servers { addresses, two_routes: true };
    let config = Config { log: LogId([9; 16]), actor: actor(0), device: DEVICE, seed: 1, servers };
    let mut client = Client::new(config, Loaded::default(), NOW);
    client.handle_lock(true, NOW);
    goes_up(&mut client, NOW);
    let look = client.poll_timeout().expect("a look at the disk");
    client.handle_timeout(look);
    assert_eq!(goes_up(&mut client, look), WentUp::default());
    assert!(client.status().caught_up);
    client
}

fn books(client: &mut Client<Toy>, numbers: impl IntoIterator<Item = u64>) {
    for number in numbers {
        client.submit(id(number), book(number as u8, &format!("guest {number}")), NOW).expect("there is room");
    }
}

/// The log tells of the command that has waited longest.
fn hears_of_the_oldest(client: &mut Client<Toy>, position: u64) {
    let oldest = client.outbox().next().expect("it waits");
    let outcome = Outcome::Accepted(oldest.events().to_vec());
    let record = Record { position, command: oldest.id, actor: actor(0), device: DEVICE, at: TimeMs(11_000), outcome };
    client.handle_message(&Format::Postcard.encode(&Downstream::<Toy>::Records(vec![record])), NOW);
}

#[test]
fn rule_26_each_command_goes_up_both_ways_and_to_two_servers() {
    let mut client = given_a_live_client(3);
    books(&mut client, 1..=2);
    let went_up = goes_up(&mut client, NOW);
    assert_eq!(went_up.by_socket, [id(1), id(2)]);
    let [(_, server, first)] = &went_up.by_post[..] else { panic!("one request at a time: {went_up:?}") };
    assert_ne!(*server, 0, "not where the socket goes");
    assert_eq!(first[..], [id(1)], "what was on disk at that moment");
}

#[test]
fn rule_26_an_answer_is_not_the_log_and_what_it_answers_is_not_sent_again() {
    let mut client = given_a_live_client(1);
    books(&mut client, [1]);
    let number = goes_up(&mut client, NOW).by_post[0].0;
    client.handle_posted(number, Posted::Landed, NOW);
    assert_eq!(goes_up(&mut client, NOW), WentUp::default());
    assert_eq!(client.outbox().count(), 1, "only the log says what became of it");
    hears_of_the_oldest(&mut client, 1);
    assert_eq!(goes_up(&mut client, NOW), WentUp::default());
    assert!(client.status().synced);
    assert_eq!(client.poll_timeout().map(|due| due > NOW), Some(true), "and nothing is due but the keepalive");
}

#[test]
fn rule_26_what_arrived_and_is_not_heard_of_goes_up_by_the_socket_again_less_and_less_often() {
    let mut client = given_a_live_client(1);
    books(&mut client, [1]);
    let number = goes_up(&mut client, NOW).by_post[0].0;
    client.handle_posted(number, Posted::Landed, NOW);
    let mut pauses_ms = Vec::new();
    let (mut now, mut sent) = (NOW, NOW);
    while pauses_ms.len() < 6 {
        now = client.poll_timeout().expect("something is due").max(now.plus(1));
        client.handle_timeout(now);
        client.handle_message(&Format::Postcard.encode(&Downstream::<Toy>::Pong { server_time: now }), now);
        let went_up = goes_up(&mut client, now);
        assert_eq!(went_up.by_post, [], "it has a record, says the answer");
        if !went_up.by_socket.is_empty() {
            assert_eq!(went_up.by_socket, [id(1)]);
            pauses_ms.push(now.since(sent));
            sent = now;
        }
    }
    assert_eq!(pauses_ms, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
}

#[test]
fn rule_26_what_the_second_route_dropped_is_posted_again_elsewhere_until_it_is_answered() {
    let mut client = given_a_live_client(3);
    books(&mut client, [1]);
    let mut servers = Vec::new();
    let mut now = NOW;
    servers.push(goes_up(&mut client, now).by_post[0].1);
    for _ in 0..3 {
        // Nothing is heard of it, then it rests, then it tries again; the log says nothing the while.
        for _ in 0..40 {
            now = client.poll_timeout().expect("something is due").max(now.plus(1));
            client.handle_timeout(now);
            client.handle_message(&Format::Postcard.encode(&Downstream::<Toy>::Pong { server_time: now }), now);
            let went_up = goes_up(&mut client, now);
            if let Some((_, server, ids)) = went_up.by_post.first() {
                assert_eq!(ids[..], [id(1)]);
                servers.push(*server);
                break;
            }
        }
    }
    assert_eq!(servers.len(), 4, "again and again");
    assert!(now.since(NOW) >= 3 * POST_MS_MAX);
    servers.sort_unstable();
    servers.dedup();
    assert_eq!(servers, [0, 1, 2], "each of the addresses had its turn");
}

#[test]
fn rule_26_a_server_that_has_no_time_is_left_alone_for_as_long_as_it_says() {
    let mut client = given_a_live_client(1);
    books(&mut client, [1]);
    let number = goes_up(&mut client, NOW).by_post[0].0;
    client.handle_posted(number, Posted::of(429, br#"{"code":"busy","message":"later","retry_after_ms":5000}"#), NOW);
    assert!(goes_up(&mut client, NOW.plus(4_999)).by_post.is_empty());
    client.handle_timeout(NOW.plus(5_000));
    assert_eq!(goes_up(&mut client, NOW.plus(5_000)).by_post.len(), 1);
}

#[test]
fn rule_26_an_answer_that_comes_too_late_is_no_answer_to_the_next_request() {
    let mut client = given_a_live_client(1);
    books(&mut client, [1]);
    let late = goes_up(&mut client, NOW).by_post[0].0;
    client.handle_disconnected(Ended::Dropped, NOW);
    let due = client.status().retry_at.expect("it reconnects");
    client.handle_timeout(due);
    let went_up = goes_up(&mut client, due);
    assert_eq!((went_up.by_socket, went_up.by_post.len()), (vec![id(1)], 0), "one request at a time");
    client.handle_posted(late, Posted::Landed, due);
    let again = goes_up(&mut client, due);
    assert_eq!(again.by_post.len(), 1, "it says nothing of the new connection, where the log may be another: {again:?}");
    client.handle_posted(late, Posted::Landed, due);
    assert!(goes_up(&mut client, due).by_post.is_empty());
}

#[test]
fn rule_26_a_long_outbox_is_posted_a_bounded_piece_at_a_time() {
    let mut client = given_a_live_client(1);
    books(&mut client, 1..=600);
    let went_up = goes_up(&mut client, NOW);
    assert_eq!(went_up.by_socket.len(), 600);
    let mut posted: Vec<CommandId> = went_up.by_post[0].2.clone();
    let mut number = went_up.by_post[0].0;
    while posted.len() < 600 {
        client.handle_posted(number, Posted::Landed, NOW);
        let went_up = goes_up(&mut client, NOW);
        let [(next, _, ids)] = &went_up.by_post[..] else { panic!("one request: {went_up:?}") };
        assert!(ids.len() <= SUBMIT_COMMANDS_MAX);
        (number, posted) = (*next, [posted, ids.clone()].concat());
    }
    assert_eq!(posted, (1..=600).map(id).collect::<Vec<_>>(), "in order, each once");
}

#[test]
fn without_a_second_route_nothing_is_posted() {
    let config = Config { log: LogId([9; 16]), actor: actor(0), device: DEVICE, seed: 1, servers: Servers::default() };
    let mut client = Client::new(config, Loaded::default(), NOW);
    client.handle_lock(true, NOW);
    goes_up(&mut client, NOW);
    books(&mut client, 1..=3);
    let went_up = goes_up(&mut client, NOW);
    assert_eq!((went_up.by_socket.len(), went_up.by_post.len()), (3, 0));
}
