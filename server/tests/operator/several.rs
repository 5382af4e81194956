//! Workspaces on several databases: each command looks at all of them, or says which one was not named.

use crate::place::{Place, hull};
use crate::private_postgres::PrivatePostgres;
use crate::world::{World, text};
use serde_json::json;

#[test]
fn what_is_kept_on_several_databases_is_listed_verified_backed_up_and_restored_as_one() {
    let postgres = PrivatePostgres::shared();
    let (main, west) = (postgres.new_database(), format!("west={}", postgres.new_database()));
    let mut world = World::start_on("operator-several", Some(main.clone()));
    world.submit(1, "create_board", &hull());
    world.kill_server();
    let place = Place::Several(main.clone(), west.clone());
    let rows = Place::Postgres(main.clone()).rows(&world.log);

    let moved = place.json(&["move", "dry dock", "--to", "west"], 0);
    assert_eq!((&moved["database"], &moved["moved"]["from"], &moved["moved"]["records"]), (&json!("west"), &json!("main"), &json!(2)));
    let words = place.well(&["move", &world.log, "--to", "west"]);
    assert_eq!(words, format!("Workspace {} is on west.\n", world.log));
    assert!(place.refused(&["move", &world.log, "--to", "west", "--forget-source"]).contains("a server may still read the copy"));
    assert!(place.refused(&["move", &world.log, "--to", "east"]).contains("there is no database east: there are main, west"));
    world.log_databases = Some(west.clone());
    world.start_server();
    assert!(world.ask(2, "create_board", &hull())["rejected"].is_object(), "it is recorded at the new place");

    let listed = place.json(&["logs", "list"], 0);
    assert_eq!((&listed["workspaces"][0]["database"], &listed["workspaces"][0]["members"]), (&json!("west"), &json!(1)));
    assert_eq!(place.verified(), 3);
    assert_eq!(place.rows(&world.log)[..2], rows);
    let doctor = place.json(&["doctor"], 0);
    let findings = doctor["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["database"] == "west" && finding["check"] == "version"), "{doctor}");
    assert!(findings.iter().any(|finding| finding["check"] == "placement" && finding["verdict"] == "ok"), "{doctor}");

    // Nothing is left out because its database was not named.
    let half = Place::Postgres(main);
    for command in [&["backup", text(&world.path("half"))][..], &["verify"], &["logs", "list"], &["restored"]] {
        let why = half.refused(command);
        assert!(why.contains("logs are kept on the database west, which was not named"), "{command:?}: {why}");
    }
    assert!(half.json(&["doctor"], 1)["findings"].to_string().contains("which was not named"));
    let backup = world.path("backup");
    let whole = place.json(&["backup", text(&backup)], 0);
    assert_eq!((&whole["databases"], &whole["records"]), (&json!(2), &json!(3)));

    let other = Place::Several(postgres.new_database(), format!("north={}", postgres.new_database()));
    other.well(&["restore", text(&backup), "--place-new-logs-on", "north"]);
    assert_eq!(other.json(&["logs", "list"], 0)["workspaces"][0]["database"], json!("north"));
    assert_eq!(other.rows(&world.log), place.rows(&world.log));
    assert_eq!(other.verified(), 3);
    assert!(other.epoch() > 1_700_000_000);
    assert_eq!(other.json(&["restored"], 0)["workspaces"], json!(1));

    let folder = Place::folder(&world.path("folder"));
    folder.well(&["restore", text(&backup)]);
    assert!(folder.refused(&["move", &world.log, "--to", "west"]).contains("landfall logs export"));
}
