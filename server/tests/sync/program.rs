//! The program as it is deployed, with the real product: started, killed, started again.

use crate::served::{Program, command};
use crate::world::{Folder, Person};
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{CommandId, TimeMs};
use landfall_server::host::random;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Output;
use std::time::Duration;

fn run(words: &[&str], folder: &Folder) -> Output {
    command(words, folder).output().unwrap()
}

fn rename(name: &str) -> Submission {
    let text = json!({ "type": "rename_member", "version": 1, "body": { "name": name } }).to_string();
    Submission { id: CommandId(random()), after: None, issued: TimeMs(1), command: Some(CommandText(text)) }
}

async fn found(program: &Program) -> Person {
    let mut ada = program.nobody.clone();
    ada.enter("/api/found", json!({ "workspace": "Hull 7", "name": "Ada" })).await;
    ada
}

/// All records, by position.
async fn records(person: &Person) -> BTreeMap<u64, Value> {
    let mut records = BTreeMap::new();
    loop {
        let page = person.get(&format!("/api/logs/{}/records?after={}&limit=1000", person.log, records.len())).await.json();
        let page = page["records"].as_array().unwrap().clone();
        if page.is_empty() {
            return records;
        }
        records.extend(page.into_iter().map(|record| (record["position"].as_u64().unwrap(), record)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_told_of_a_record_finds_it_after_the_server_was_killed() {
    let folder = Folder::new();
    let mut program = Program::start(&folder);
    let mut ada = found(&program).await;
    let mut told: Vec<(u64, Submission)> = Vec::new();
    for round in 0..3 {
        let posting: Vec<_> = (0..4)
            .map(|route| {
                let ada = ada.clone();
                tokio::spawn(async move {
                    let mut told = Vec::new();
                    for n in 0.. {
                        let command = rename(&format!("Ada {round} {route} {n}"));
                        let Some(answer) = ada.try_post_commands(std::slice::from_ref(&command)).await else { break };
                        told.push((answer["records"][0]["position"].as_u64().unwrap(), command));
                    }
                    told
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        program.kill();
        for posted in posting {
            told.extend(posted.await.unwrap());
        }
        program = Program::start(&folder);
        ada = Person { address: program.nobody.address, ..ada };
    }
    assert!(told.len() > 10, "something was told: {}", told.len());
    let kept = records(&ada).await;
    assert_eq!(kept.keys().copied().collect::<Vec<_>>(), (1..=kept.len() as u64).collect::<Vec<_>>(), "no gaps");
    for (position, command) in &told {
        assert_eq!(kept[position]["command"], command.id.to_string());
    }
    // What was on its way when the server died is sent again, and has one record either way.
    let again = ada.try_post_commands(std::slice::from_ref(&told[0].1)).await.unwrap();
    assert_eq!(again["records"][0]["position"], told[0].0);
    assert_eq!(ada.get("/api/me").await.json()["workspaces"][0]["role"], "owner", "and Ada is still signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_says_where_it_is_what_to_do_and_stops_politely() {
    let folder = Folder::new();
    let mut program = Program::start(&folder);
    assert!(program.said[0].starts_with("Landfall is at http://127.0.0.1:"), "{:?}", program.said);
    let health = program.nobody.get("/health").await.json();
    assert_eq!(health["status"], "ok");

    let second = run(&["serve", "--listen", "127.0.0.1:0"], &folder);
    assert!(!second.status.success());
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(words.contains("another landfall is already using") && words.contains("--data"), "{words}");

    let taken = program.nobody.address.to_string();
    let third = run(&["serve", "--listen", &taken], &Folder::new());
    let words = String::from_utf8(third.stderr).unwrap();
    assert!(words.contains("cannot listen on") && words.contains("--listen"), "{words}");

    found(&program).await;
    program.signal("TERM");
    assert!(program.child.wait().unwrap().success(), "it ends as asked");
    assert!(!folder.0.join("landfall.sqlite3-wal").exists(), "everything is in one file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restore_readers_begin_again() {
    let folder = Folder::new();
    let program = Program::start(&folder);
    let ada = found(&program).await;
    let refused = run(&["restored"], &folder);
    assert!(!refused.status.success(), "not while the server runs");
    program.kill();
    let restored = run(&["restored"], &folder);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let program = Program::start(&folder);
    let ada = Person { address: program.nobody.address, ..ada };
    let answer = ada.get(&format!("/api/logs/{}/records", ada.log)).await.json();
    let epoch = answer["epoch"].as_u64().expect("a number");
    assert!(epoch > 1_700_000_000, "a number that no other restore of the same backup has had: {epoch}");
    assert_eq!(answer["head"].as_u64(), Some(1));
    assert!(!run(&["restored"], &Folder::new()).status.success(), "no folder is made where there was none");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_product_admits_lists_and_explains() {
    let folder = Folder::new();
    let program = Program::start(&folder);
    let nobody = &program.nobody;
    let refused = nobody.post("/api/found", json!({ "workspace": "x".repeat(199), "name": "Ada" })).await;
    assert_eq!(refused.error(), (409, "rejected".into()));
    assert!(refused.json()["message"].as_str().is_some_and(|words| words.len() > 10), "{}", refused.json());
    let ada = found(&program).await;
    for role in ["member", "viewer", "owner"] {
        let link = ada.post("/api/invitations", json!({ "log": ada.log, "role": role })).await.json();
        let code = link["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let mut guest = nobody.clone();
        guest.enter("/api/join", json!({ "code": code, "name": format!("A {role}") })).await;
        assert_eq!(guest.get("/api/me").await.json()["workspaces"], json!([{ "log": ada.log, "name": "Hull 7", "role": role }]));
        let asks = guest.post("/api/invitations", json!({ "log": ada.log, "role": "member" })).await;
        assert_eq!(asks.status, if role == "owner" { 200 } else { 403 });
    }
    let forged = json!({ "type": "admit_member", "version": 1,
        "body": { "actor": ada.actor, "name": "Eve", "role": "owner", "invited_by": ada.actor } });
    let forged = Submission { command: Some(CommandText(forged.to_string())), ..rename("") };
    let record = ada.try_post_commands(&[forged]).await.unwrap()["records"][0].clone();
    assert_eq!(record["outcome"]["rejected"]["reason"]["domain"]["type"], "server_only", "{record}");
}
