//! Who follows a workspace, as the operator's list tells it beside servers that run, and after one was killed.

use crate::place::Place;
use crate::private_postgres::PrivatePostgres;
use crate::world::{Running, World, until};

/// So many sockets follow the only log.
fn listeners(place: &Place) -> u64 {
    place.json(&["logs", "list"], 0)["workspaces"][0]["listeners"].as_u64().expect("a number")
}

fn told_while_its_server_lives(mut world: World, place: &Place) {
    assert_eq!(listeners(place), 0);
    world.kill_server();
    world.variables = vec![("LANDFALL_LISTENERS_INTERVAL_SECONDS", "1")];
    world.start_server();
    let (url, token) = (world.url(), world.token());
    let tail = |profile| Running::start(world.client(profile, &["tail", "Dry dock", "--server", &url, "--token", &token]));
    let (_bo, mut cy) = (tail("bo"), tail("cy"));
    until("two are told of", || listeners(place) == 2);
    assert!(place.well(&["logs", "list"]).contains(", 2 listeners"));
    cy.kill();
    until("one is told of", || listeners(place) == 1);

    world.kill_server();
    until("nobody is told of that a dead server had", || listeners(place) == 0);
}

#[test]
fn sockets_are_listed_while_their_server_lives_and_not_after_it_was_killed() {
    let world = World::start("operator-listening");
    let place = Place::folder(&world.path("data"));
    told_while_its_server_lives(world, &place);
}

#[test]
fn sockets_are_listed_on_postgres_likewise() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    told_while_its_server_lives(World::start_on("operator-listening-postgres", Some(address.clone())), &Place::Postgres(address));
}
