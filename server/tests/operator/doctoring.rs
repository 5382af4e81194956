//! What `landfall doctor` finds on a machine as it should be, and on one that somebody has set up badly.

use crate::place::{Place, hull};
use crate::private_nats::PrivateNats;
use crate::private_postgres::PrivatePostgres;
use crate::world::{World, program, text};
use landfall_server::database::{Database, FILE_NAME};
use landfall_server::host::now;
use landfall_server::postgres::Postgres;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// What it says of a check; of several findings the worst.
fn verdict(told: &Value, check: &str) -> String {
    let findings = told["findings"].as_array().unwrap();
    let of = |verdict: &str| findings.iter().any(|finding| finding["check"] == check && finding["verdict"] == verdict);
    ["wrong", "warning", "ok"].into_iter().find(|verdict| of(verdict)).unwrap_or_else(|| panic!("nothing about {check}: {told}")).into()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_looked_at_beside_its_server() {
    use std::os::unix::fs::PermissionsExt;
    let mut world = World::start("operator-doctor");
    world.submit(1, "create_board", &hull());
    let place = Place::folder(&world.path("data"));
    let told = place.json(&["doctor"], 0);
    for check in ["permissions", "version", "tables", "journal", "page size", "clock"] {
        assert_eq!(verdict(&told, check), "ok", "{told}");
    }
    for check in ["disk", "fsync", "open files"] {
        // As this machine is.
        assert_ne!(verdict(&told, check), "wrong", "{told}");
    }
    assert!(!world.path("data/landfall.probe").exists(), "it leaves nothing behind");

    let file = world.path("data").join(FILE_NAME);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let words = place.run(&["doctor"]);
    assert_eq!(words.code, 1, "{}{}", words.out, words.err);
    assert!(words.out.contains("wrong    permissions: everybody on this machine can read") && words.out.contains("chmod"), "{}", words.out);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

    world.kill_server();
    let database = Database::open(&world.path("data")).await.unwrap();
    let tomorrow = i64::try_from(now().0).unwrap() + 86_400_000;
    for statement in ["DROP TRIGGER record_is_never_changed", &format!("UPDATE record SET at = {tomorrow} WHERE position = 2")] {
        sqlx::query(AssertSqlSafe(statement)).execute(database.writer()).await.unwrap();
    }
    database.close().await;
    let told = place.json(&["doctor"], 1);
    assert_eq!(verdict(&told, "clock"), "wrong", "a record from tomorrow: {told}");
    let database = Database::open(&world.path("data")).await.unwrap();
    sqlx::query("PRAGMA journal_mode = DELETE").execute(database.writer()).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET version = 900 WHERE version = 2").execute(database.writer()).await.unwrap();
    database.close().await;
    let told = place.json(&["doctor"], 1);
    assert_eq!((verdict(&told, "tables"), verdict(&told, "journal")), ("wrong".into(), "warning".into()), "{told}");
    let newer = place.refused(&["verify"]);
    assert!(newer.contains("newer landfall"), "{newer}");

    let missing = Place::folder(&world.path("nowhere")).json(&["doctor"], 1);
    assert_eq!(verdict(&missing, "folder"), "wrong");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_is_looked_at_and_a_bad_setting_is_named() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let place = Place::Postgres(address.clone());
    let told = place.json(&["doctor"], 0);
    for check in ["version", "tables", "fsync", "full_page_writes", "synchronous_commit", "connections", "time zone", "clock"] {
        assert_eq!(verdict(&told, check), "ok", "{told}");
    }
    assert_ne!(verdict(&told, "commit"), "wrong", "{told}");

    assert_eq!(verdict(&told, "programs"), "ok", "{told}");
    let older = address.parse::<PgConnectOptions>().unwrap().application_name("landfall");
    let older = PgConnection::connect_with(&older).await.unwrap();
    let told = place.json(&["doctor"], 0);
    assert_eq!(verdict(&told, "programs"), "warning", "{told}");
    older.close().await.unwrap();

    let database = Postgres::open(&address).await.unwrap();
    let name = address.rsplit_once('/').unwrap().1;
    for (setting, value) in [("default_transaction_isolation", "serializable"), ("default_transaction_read_only", "on")] {
        let set = async |value: &str| {
            let statement = AssertSqlSafe(format!("ALTER DATABASE \"{name}\" SET {setting} = {value}"));
            sqlx::query(statement).execute(database.pool()).await.unwrap();
        };
        set(value).await;
        let told = place.json(&["doctor"], 1);
        assert_eq!(verdict(&told, setting), "wrong", "{told}");
        set("DEFAULT").await;
    }
    database.close().await;
    let elsewhere = Place::Postgres("postgres://landfall@127.0.0.1:1/landfall".into());
    assert!(elsewhere.refused(&["doctor"]).contains("cannot connect to the PostgreSQL"));
}

#[test]
fn the_nats_server_of_hints_is_tried_and_what_keeps_servers_out_is_named() {
    let testing = |name: &str| format!("{}/src/native/testing/{name}", env!("CARGO_MANIFEST_DIR"));
    let (chain, key) = (testing("localhost.pem"), testing("localhost.key.pem"));
    let secured = PrivateNats::start(&["--user", "landfall", "--pass", "p@ss", "--tls", "--tlscert", &chain, "--tlskey", &key]);
    let open = PrivateNats::start(&["--auth", "t0ken"]);
    let (secured_port, open_port) = (secured.port, open.port);
    for (address, authority, verdict, says) in [
        (format!("nats://t0ken@127.0.0.1:{open_port}"), "authority.pem", "ok", "lets this machine in"),
        (format!("nats://wr0ng@127.0.0.1:{open_port}"), "authority.pem", "warning", "Authorization Violation"),
        (format!("tls://t0ken@127.0.0.1:{open_port}"), "authority.pem", "warning", "speaks no TLS"),
        (format!("tls://landfall:p%40ss@localhost:{secured_port}"), "authority.pem", "ok", "lets this machine in"),
        (format!("nats://landfall:p%40ss@localhost:{secured_port}"), "authority.pem", "ok", "lets this machine in"),
        (format!("tls://landfall:wr0ng@localhost:{secured_port}"), "authority.pem", "warning", "Authorization Violation"),
        (format!("tls://landfall:p%40ss@localhost:{secured_port}"), "localhost.pem", "warning", "UnknownIssuer"),
        ("nats://127.0.0.1:1".into(), "authority.pem", "warning", "refused"),
    ] {
        let mut doctor = program();
        doctor.args(["doctor", "--json", "--data", "/nowhere"]).env("LANDFALL_HINTS", &address).env("SSL_CERT_FILE", testing(authority));
        let output = doctor.output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let finding = told["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "hints").unwrap();
        assert_eq!(finding["verdict"], verdict, "{address}: {finding}");
        let found = finding["says"].as_str().unwrap();
        assert!(found.contains(says), "{address}: {found}");
        let all = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(["t0ken", "wr0ng", "p@ss", "p%40ss"].iter().all(|secret| !all.contains(secret)), "{all}");
    }
}

/// Four records and the head of a log that has five, in two pieces: in a folder, and in a PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_with_a_gap_is_told_with_the_positions_that_it_lacks() {
    let mut world = World::start("operator-doctor-archive");
    world.submit(1, "create_board", &hull());
    for (number, name) in [(2, "Hull and deck"), (3, "Deck"), (4, "Hull")] {
        let board = hull()["board"].clone();
        world.submit(number, "rename_board", &serde_json::json!({ "board": board, "name": name, "based_on": null }));
    }
    assert_eq!(world.head(), 5);
    let folder = Place::folder(&world.path("data"));
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let postgres = Place::Postgres(address.clone());
    folder.well(&["backup", text(&world.path("backup"))]);
    postgres.well(&["restore", text(&world.path("backup"))]);
    assert_eq!(
        found(&folder),
        (
            String::from("ok"),
            String::from("nothing is archived; none that is not is older than 90 days, or there are too few to fill a piece")
        )
    );
    for place in [&folder, &postgres] {
        for before in ["3", "5"] {
            place.well(&["archive", &world.log, "--before", before]);
        }
        let (verdict, says) = found(place);
        assert_eq!(verdict, "ok");
        assert!(says.starts_with("4 records archived, in 2 pieces ("), "{says}");
    }
    world.kill_server();
    let damage = "DELETE FROM archive_piece WHERE first_position = 3";
    let database = Database::open(&world.path("data")).await.unwrap();
    for statement in ["DROP TRIGGER archive_is_never_deleted", damage] {
        sqlx::query(statement).execute(database.writer()).await.unwrap();
    }
    database.close().await;
    let database = Postgres::open(&address).await.unwrap();
    for statement in ["ALTER TABLE archive_piece DISABLE TRIGGER ALL", damage] {
        sqlx::query(statement).execute(database.pool()).await.unwrap();
    }
    database.close().await;
    for place in [&folder, &postgres] {
        let (verdict, says) = found(place);
        assert_eq!(verdict, "wrong");
        assert!(says.contains(&world.log) && says.contains("records 3 to 4 are neither archived nor in the table"), "{says}");
    }
}

/// What it says of archives, and how bad that is.
fn found(place: &Place) -> (String, String) {
    let told: Value = serde_json::from_str(&place.run(&["doctor", "--json"]).out).unwrap();
    let finding = told["findings"].as_array().unwrap().iter().find(|finding| finding["check"] == "archive").expect("a finding");
    let word = |key: &str| finding[key].as_str().unwrap().to_owned();
    (word("verdict"), word("says"))
}
