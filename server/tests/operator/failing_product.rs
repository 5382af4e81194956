//! A record on which the product fails: it is named, and ends no command.

use crate::toy::{Command, PANICS, Say, Toy};
use crate::world::text;
use clap::Parser;
use landfall_engine::log::fingerprint;
use landfall_engine::upcast;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Domain, LogId, Outcome, Record, TimeMs};
use landfall_server::database::Database;
use landfall_server::host::random;
use landfall_server::operator;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, StoredRecord};
use serde_json::json;
use std::path::Path;

#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: operator::Command,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_on_which_the_product_fails_is_named() {
    let folder = std::env::temp_dir().join(format!("landfall-failing-product-{}", std::process::id()));
    keep(&folder, ["hello", PANICS[1], "after"]).await;
    let perform = async |words: &[&str]| {
        let words = [&["landfall"], words, &["--data", text(&folder)]].concat();
        operator::perform::<Toy>(Program::try_parse_from(words).expect("a command").command, &Toy).await
    };
    let verified = perform(&["verify"]).await.expect("it was looked at");
    assert!(!verified.is_well);
    let findings = verified.json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((&findings[0]["position"], &findings[0]["check"]), (&json!(2), &json!("fold")));

    let listed = perform(&["logs", "list"]).await.expect("the others are listed");
    assert!(!listed.is_well && listed.text.contains("cannot be read: this version fails on a record of it"), "{}", listed.text);
    let refused = format!("{:#}", perform(&["snapshot"]).await.err().expect("there is nothing to keep"));
    assert!(refused.contains("fails on record 2"), "{refused}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// A log in which somebody said these.
async fn keep(folder: &Path, texts: [&str; 3]) {
    let store = SqliteStore::new(Database::open(folder).await.unwrap());
    let log = LogId(random());
    store.create(log).await.unwrap();
    let records = texts.iter().zip(1..).map(|(text, position)| {
        let said = Command::Say(Say { about: ActorId::default(), text: (*text).into() });
        let command_text = upcast::encode(&said, Toy::command_shapes());
        let (command, at) = (CommandId(random()), TimeMs(1_000));
        let (actor, device) = (ActorId(random()), DeviceId(random()));
        let body = Record::<Toy> { position, command, actor, device, at, outcome: Outcome::Accepted(vec![said]) }.to_json();
        let fingerprint = fingerprint(&command_text);
        StoredRecord {
            position,
            command,
            actor,
            device,
            at,
            fingerprint,
            subject: Some([0; 16]),
            body,
            command_text: Some(command_text),
            link: None,
        }
    });
    store.append(log, Cursor { epoch: 1, position: 0 }, records.collect()).await.unwrap();
    store.close().await;
}
