//! The program's own log: it tells by ids what happens to which log and session, and nothing that belongs to people.

use crate::office::{NAME, Office, TITLE, WORKSPACE};
use crate::served::{Program, command};
use crate::world::Folder;
use landfall_engine::protocol::{Format, Hello, PROTOCOL_VERSION, Upstream};
use landfall_engine::{Cursor, Domain};
use serde_json::{Value, json};
use std::fs::File;

/// Everything that a server wrote while people did whatever there is to do, and all that may not stand there.
async fn written(level: &str, format: &str) -> (String, Vec<(&'static str, String)>, Office) {
    let folder = Folder::new();
    std::fs::create_dir(&folder.0).unwrap();
    let log = folder.0.join("log");
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--log-level", level, "--log-format", format], &folder);
    let mut program = Program::by(serve.env_remove("RUST_LOG").stderr(File::create(&log).unwrap()));
    let office = Office::found(&program).await;
    let ada = &office.ada;
    let link = ada.post("/api/invitations", json!({ "log": ada.log, "role": "member" })).await.json();
    let code = link["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    for path in [format!("/api/invitations/{code}"), format!("/join/{code}"), format!("/api/logs/{}/records", ada.log), "/api/me".into()] {
        assert_eq!(ada.get(&path).await.status, 200, "{path}");
    }
    let mut ben = program.nobody.clone();
    ben.enter("/api/join", json!({ "code": code, "name": "Benedikta" })).await;
    let token =
        ada.post("/api/tokens", json!({ "log": ada.log, "label": "Labelsecret" })).await.json()["token"].as_str().unwrap().to_owned();
    let robot = crate::world::Person { cookie: None, token: Some(token.clone()), ..ada.clone() };
    assert_eq!(robot.post_commands(&[office.comment("robotsecret")]).await.status, 200);
    let refused = robot.post("/api/invitations", json!({ "log": ada.log, "role": "member" })).await;
    assert_eq!(refused.status, 403);

    let mut socket = ben.socket(Format::Json).await;
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        schema: landfall_domain::Workspace::SCHEMA,
        log: ben.log,
        cursor: Cursor::default(),
        device: socket.device,
    };
    socket.send(&Upstream::Hello(hello)).await;
    let comment = office.comment("commentsecret");
    let id = comment.id.to_string();
    while !socket.message().await.to_string().contains("caught_up") {}
    socket.send(&Upstream::Submit(vec![comment])).await;
    while !socket.message().await.to_string().contains(&id) {}
    socket.send_bytes(b"{\"garblesecret\": 1}".to_vec()).await;
    socket.close_code().await;
    assert_eq!(ben.post("/api/sign-out", json!({})).await.status, 200);
    program.signal("TERM");
    tokio::task::spawn_blocking(move || program.child.wait().unwrap()).await.unwrap();

    let mut secrets: Vec<(&str, String)> =
        [WORKSPACE, NAME, TITLE, "secretpump", "Benedikta", "Labelsecret", "robotsecret", "commentsecret", "garblesecret"]
            .into_iter()
            .map(|word| ("a text", word.to_owned()))
            .collect();
    secrets.extend([("a code", code), ("a token", token), ("a cookie", ada.cookie.clone().unwrap()), ("a cookie", ben.cookie.unwrap())]);
    (std::fs::read_to_string(log).unwrap(), secrets, office)
}

fn spans(line: &Value) -> Vec<&Value> {
    line["spans"].as_array().into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_debug_it_names_logs_and_sessions_and_nothing_of_people() {
    let (text, secrets, office) = written("debug", "json").await;
    for (what, secret) in &secrets {
        let line = text.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(line, None, "{what} stands in the log: {secret}");
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"))).collect();
    let log = office.ada.log.to_string();
    let arrived = lines.iter().find(|line| line["message"] == "commands arrived" && line["log"] == *log).expect("commands arrived");
    assert!(arrived["session"].is_u64() && arrived["commands"].is_u64(), "{arrived}");
    let answered: Vec<_> = lines.iter().filter(|line| line["message"] == "answered").collect();
    let route = |line: &Value| spans(line).iter().find_map(|span| span["route"].as_str().map(str::to_owned));
    assert!(answered.iter().any(|line| route(line).as_deref() == Some("/api/invitations/{code}") && line["status"] == 200), "{answered:?}");
    let in_append = |line: &Value| spans(line).iter().any(|span| span["name"] == "append" && span["log"] == *log);
    assert!(lines.iter().any(in_append), "what becomes of an append stands in its span");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_info_it_does_not_say_where_anybody_is() {
    let (text, secrets, _) = written("info", "text").await;
    assert!(secrets.iter().all(|(_, secret)| !text.contains(secret.as_str())), "{text}");
    assert!(!text.contains("127.0.0.1"), "{text}");
    assert!(text.contains("a workspace was founded"), "{text}");
}
