//! A client that knows several addresses: given how lines end, then which address it turns to, and when.

use crate::toy::{Toy, actor};
use landfall_engine::client::{Client, Config, Connection, Ended, Loaded, Output, Servers};
use landfall_engine::protocol::{Downstream, Format, PROTOCOL_VERSION, Welcome};
use landfall_engine::{DeviceId, LogId, TimeMs};

const NOW: TimeMs = TimeMs(10_000);
/// The longest pause before another address is tried.
const ELSEWHERE_MS: u64 = 150;

fn drain(client: &mut Client<Toy>) -> Vec<Output<Toy>> {
    while client.work(NOW) {}
    std::iter::from_fn(|| client.poll_output()).collect()
}

fn connects_to(client: &mut Client<Toy>) -> Option<usize> {
    drain(client).into_iter().rev().find_map(|output| match output {
        Output::Connect { server } => Some(server),
        _ => None,
    })
}

/// It leads, has read its disk, and opens its first connection.
fn given_a_client_of(addresses: usize, seed: u64) -> Client<Toy> {
    let config =
        Config { log: LogId([9; 16]), actor: actor(0), device: DeviceId([3; 16]), seed, servers: Servers { addresses, two_routes: false } };
    let mut client = Client::new(config, Loaded::default(), NOW);
    client.handle_lock(true, NOW);
    drain(&mut client);
    client.handle_loaded(Loaded::default(), NOW);
    assert!(drain(&mut client).contains(&Output::Bootstrap { server: 0 }), "the first address is the first");
    let look = client.poll_timeout().expect("a look at the disk");
    client.handle_timeout(look);
    drain(&mut client);
    client.handle_loaded(Loaded::default(), NOW);
    drain(&mut client);
    client.handle_no_snapshot(true, NOW);
    assert_eq!(connects_to(&mut client), Some(0));
    client
}

/// The line ends; how long the client waits, and where it goes then.
fn ends(client: &mut Client<Toy>, ended: Ended, now: TimeMs) -> (u64, usize) {
    client.handle_disconnected(ended, now);
    if let Some(server) = connects_to(client) {
        return (0, server);
    }
    let due = client.status().retry_at.expect("it tries again");
    client.handle_timeout(due);
    (due.since(now), connects_to(client).expect("a connection"))
}

fn is_live(client: &mut Client<Toy>, now: TimeMs) {
    client.handle_connected(now);
    let welcome = Welcome { protocol: PROTOCOL_VERSION, epoch: 1, head: 0, server_time: now, actor: actor(0) };
    for frame in [Downstream::<Toy>::Welcome(welcome), Downstream::CaughtUp { head: 0 }] {
        client.handle_message(&Format::Postcard.encode(&frame), now);
    }
    drain(client);
    assert!(client.status().caught_up);
}

#[test]
fn when_a_line_drops_another_address_is_tried_almost_at_once_and_each_has_its_turn() {
    let mut client = given_a_client_of(3, 1);
    is_live(&mut client, NOW);
    let (first_wait, first) = ends(&mut client, Ended::Dropped, NOW.plus(60_000));
    let (second_wait, second) = ends(&mut client, Ended::Dropped, NOW.plus(61_000));
    assert!(first_wait <= ELSEWHERE_MS && second_wait <= ELSEWHERE_MS, "{first_wait} and {second_wait} ms");
    let mut tried = [0, first, second];
    tried.sort_unstable();
    assert_eq!(tried, [0, 1, 2], "each once");
}

#[test]
fn when_all_addresses_have_failed_it_backs_off_and_then_tries_them_all_again() {
    let mut client = given_a_client_of(2, 1);
    let mut rounds = Vec::new();
    for _ in 0..4 {
        let (elsewhere, _) = ends(&mut client, Ended::Dropped, NOW);
        assert!(elsewhere <= ELSEWHERE_MS, "the second of the round: {elsewhere} ms");
        rounds.push(ends(&mut client, Ended::Dropped, NOW).0);
    }
    for (round, wait) in rounds.iter().enumerate() {
        let longest = 400 << round;
        assert!((longest / 2..=longest).contains(wait), "round {round}: {wait} ms");
    }
}

#[test]
fn a_server_that_lets_everybody_in_and_ends_every_line_is_not_asked_without_pause() {
    let mut client = given_a_client_of(2, 1);
    let mut waited = 0;
    for _ in 0..20 {
        is_live(&mut client, NOW);
        waited += ends(&mut client, Ended::Dropped, NOW).0;
    }
    assert!(waited >= 10 * 200, "every second time it backs off: {waited} ms for 20 lines");
}

#[test]
fn who_is_told_that_a_server_is_busy_goes_to_another_and_waits_longer_when_all_are() {
    let mut client = given_a_client_of(2, 1);
    let (first, server) = ends(&mut client, Ended::Busy, NOW);
    assert!(first <= ELSEWHERE_MS && server == 1);
    let (second, server) = ends(&mut client, Ended::Busy, NOW);
    assert!((800..=1_600).contains(&second) && server == 0, "{second} ms");
}

#[test]
fn while_servers_are_replaced_one_of_the_right_version_is_looked_for() {
    let mut client = given_a_client_of(2, 1);
    let (wait, server) = ends(&mut client, Ended::Version, NOW);
    assert!(wait <= ELSEWHERE_MS && server == 1);
    assert_eq!(ends(&mut client, Ended::Version, NOW), (60_000, 0), "none is: the person is told, and all are asked again later");
}

#[test]
fn a_word_that_is_true_everywhere_is_not_asked_for_at_another_address() {
    for ended in [Ended::SignedOut, Ended::Forbidden] {
        let mut client = given_a_client_of(3, 1);
        client.handle_disconnected(ended, NOW);
        assert_eq!(connects_to(&mut client), None);
        assert!(matches!(client.status().connection, Connection::SignedOut | Connection::Forbidden));
        assert_eq!(client.status().retry_at, None);
    }
}

#[test]
fn an_address_that_does_not_answer_is_given_up_soon_and_a_slow_network_is_given_time() {
    let mut client = given_a_client_of(2, 1);
    let mut now = NOW;
    let mut patience = Vec::new();
    for _ in 0..10 {
        let given_up = client.poll_timeout().expect("it does not wait for ever");
        patience.push(given_up.since(now));
        client.handle_timeout(given_up);
        assert!(drain(&mut client).contains(&Output::Disconnect));
        now = client.status().retry_at.expect("it tries again");
        client.handle_timeout(now);
        assert!(connects_to(&mut client).is_some());
    }
    assert_eq!(patience, [3_000, 3_000, 6_000, 6_000, 12_000, 12_000, 24_000, 24_000, 30_000, 30_000]);
}

#[test]
fn a_server_that_takes_the_line_and_says_nothing_is_given_up_too() {
    let mut client = given_a_client_of(2, 1);
    client.handle_connected(NOW);
    drain(&mut client);
    let given_up = client.poll_timeout().expect("it does not wait for ever");
    assert_eq!(given_up, NOW.plus(3_000));
    client.handle_timeout(given_up);
    assert!(drain(&mut client).contains(&Output::Disconnect));
}

#[test]
fn the_clients_of_a_server_that_died_spread_over_the_others() {
    let mut seen = [0; 8];
    for seed in 1..=100_u64 {
        let mut client = given_a_client_of(8, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        seen[ends(&mut client, Ended::Dropped, NOW).1] += 1;
    }
    assert!(seen[0] == 0 && seen[1..].iter().all(|clients| *clients >= 3), "{seen:?}");
}
