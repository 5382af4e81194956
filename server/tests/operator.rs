//! The operator's commands as whoever runs a server uses them: the built program, on real folders and a real PostgreSQL, beside servers that run.

#[path = "operator/archiving.rs"]
mod archiving;
#[path = "operator/backups.rs"]
mod backups;
#[path = "operator/damage.rs"]
mod damage;
#[path = "operator/doctoring.rs"]
mod doctoring;
#[path = "operator/failing_product.rs"]
mod failing_product;
#[path = "operator/listening.rs"]
mod listening;
#[path = "operator/moments.rs"]
mod moments;
#[path = "operator/moving.rs"]
mod moving;
#[path = "operator/place.rs"]
mod place;
#[allow(dead_code, reason = "the NATS server of the other tests")]
#[path = "sync/private_nats.rs"]
mod private_nats;
#[path = "store_contract/private_postgres.rs"]
mod private_postgres;
#[path = "operator/several.rs"]
mod several;
#[allow(dead_code, reason = "the product of the other tests")]
#[path = "sync/toy.rs"]
mod toy;
#[allow(dead_code, reason = "the world of the other tests")]
#[path = "native/world.rs"]
mod world;

use place::Place;
use serde_json::json;
use world::{World, program, ran};

#[test]
fn each_command_says_what_it_is_for_by_example_and_how_it_ends() {
    let commands: [&[&str]; 11] = [
        &["archive"],
        &["backup"],
        &["restore"],
        &["restored"],
        &["verify"],
        &["logs", "list"],
        &["logs", "export"],
        &["logs", "import"],
        &["move"],
        &["snapshot"],
        &["doctor"],
    ];
    for command in commands {
        let help = ran(program().args(command).arg("--help").output().unwrap());
        assert_eq!(help.code, 0, "{command:?}");
        for part in ["Examples:\n  landfall", "Exit codes: 0 ", "--json", "--data", "--database"] {
            assert!(help.out.contains(part), "{command:?} lacks {part}: {}", help.out);
        }
    }
}

#[test]
fn workspaces_are_listed_beside_a_running_server_and_snapshots_are_written_without_one() {
    let mut world = World::start("operator-list");
    world.submit(1, "create_board", &place::hull());
    let place = Place::folder(&world.path("data"));
    let listed = place.json(&["logs", "list"], 0);
    let workspace = &listed["workspaces"][0];
    assert_eq!(workspace["id"], json!(world.log));
    assert_eq!(workspace["name"], json!("Dry dock"));
    assert_eq!((workspace["records"].as_u64(), workspace["epoch"].as_u64(), workspace["members"].as_u64()), (Some(2), Some(1), Some(1)));
    assert!(workspace["size_bytes"].as_u64() > Some(500), "{workspace}");
    assert!(workspace["last_record_at"].as_u64() > Some(1_700_000_000_000), "{workspace}");
    let words = place.run(&["logs", "list"]);
    assert!(words.out.contains("“Dry dock”: 2 records, the last on 20") && words.out.contains("1 member"), "{}", words.out);

    let refused = place.run(&["snapshot"]);
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(refused.err.contains("another landfall is already using"), "{}", refused.err);
    world.kill_server();
    assert_eq!(place.json(&["snapshot", "dry dock"], 0)["snapshots"], json!(1));
    assert_eq!(place.json(&["verify", &world.log], 0)["records"], json!(2));

    let nowhere = Place::folder(&world.path("nowhere"));
    for command in [&["logs", "list"][..], &["verify"], &["backup", "x"]] {
        let refused = nowhere.run(command);
        assert_eq!(refused.code, 2, "{command:?}: {}", refused.out);
        assert!(refused.err.contains("there is no database"), "{}", refused.err);
    }
    assert!(!world.path("nowhere").exists(), "nothing is made by reading");
    let unknown = place.run(&["verify", "Wet dock"]);
    assert_eq!(unknown.code, 2, "{}", unknown.out);
    assert!(unknown.err.contains("landfall logs list"), "{}", unknown.err);
}
