//! Clients of two protocols and two schemas at one server, and the refusals that ask for an update.

use crate::toy::{Command, Remove, Toy};
use crate::world::{Person, Socket, World, say, submission};
use landfall_engine::Domain;
use landfall_engine::protocol::*;

/// Somebody whose client is of older versions.
async fn older(person: &Person, protocol: u16, schema: u32) -> Socket {
    let mut socket = person.socket(Format::Postcard).await;
    socket.hello_as(protocol, schema, person.log).await;
    let Downstream::Welcome(welcome) = socket.next().await else { panic!("expected a welcome") };
    assert_eq!(welcome.protocol, protocol, "each is spoken to in its own protocol");
    socket.catch_up().await;
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_23_two_protocols_and_two_schemas_work_side_by_side() {
    let world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let mut sockets = Vec::new();
    for (protocol, schema) in [(1, 2), (1, 3), (2, 2), (2, 3)] {
        sockets.push(older(&ada, protocol, schema).await);
    }
    let mut ids = Vec::new();
    for (number, socket) in sockets.iter_mut().enumerate() {
        ids.push(socket.say(&format!("by client {number}")).await);
    }
    for socket in &mut sockets {
        for id in &ids {
            socket.read_until(*id).await;
        }
    }
    assert!(sockets.iter().all(|socket| socket.seen == sockets[0].seen), "all read the same log");

    // Then comes what readers of the older schema do not know.
    let removal = submission(&Command::Remove(Remove { actor: ben.actor }));
    let removed = sockets[3].submit(removal).await;
    for newer in [1, 3] {
        sockets[newer].read_until(removed).await;
    }
    for old in [0, 2] {
        assert_eq!(sockets[old].close_code().await, CloseCode::Version.number(), "an old client asks for the update");
        assert_eq!(sockets[old].seen.len() + 1, sockets[3].seen.len(), "and has read everything that it can");
        let mut again = ada.socket(Format::Postcard).await;
        again.cursor = sockets[old].cursor;
        again.hello_as(1, 2, ada.log).await;
        assert_eq!(again.close_code().await, CloseCode::Version.number());
    }
    let id = say("still at work");
    sockets[1].submit(id.clone()).await;
    sockets[3].read_until(id.id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_21_a_client_that_is_older_or_newer_than_what_the_server_speaks_is_asked_for_the_update() {
    let world = World::start().await;
    let ada = world.owner().await;
    let (oldest, newest) = ((PROTOCOL_VERSION_MIN, Toy::SCHEMA_MIN), (PROTOCOL_VERSION, Toy::SCHEMA));
    for (protocol, schema) in [(oldest.0 - 1, oldest.1), (oldest.0, oldest.1 - 1), (newest.0 + 1, newest.1), (newest.0, newest.1 + 1)] {
        let mut socket = ada.socket(Format::Postcard).await;
        socket.hello_as(protocol, schema, ada.log).await;
        assert_eq!(socket.close_code().await, CloseCode::Version.number(), "{protocol}, {schema}");
    }
}
