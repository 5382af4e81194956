//! Founding, inviting, joining, tokens: who gets in, and who does not.

use crate::world::{Person, World, say};
use landfall_engine::Cursor;
use landfall_engine::protocol::Format;
use landfall_server::people::INVITATION_USES_MAX;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_visitor_founds_and_the_second_does_not() {
    let world = World::start().await;
    let stranger = world.stranger();
    assert_eq!(
        stranger.get("/api/me").await.json(),
        json!({ "setup_needed": true, "actor": null, "name": null, "workspaces": [], "addresses": [], "two_routes": false })
    );
    let ada = world.owner().await;
    let me = ada.get("/api/me").await.json();
    assert_eq!((me["setup_needed"].as_bool(), me["name"].as_str()), (Some(false), Some("Ada")));
    assert_eq!(me["workspaces"], json!([{ "log": ada.log, "name": "Hull 7", "role": "owner" }]));
    let answer = stranger.post("/api/found", json!({ "workspace": "Mine", "name": "Eve" })).await;
    assert_eq!(answer.error(), (409, "already_founded".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_first_visitors_one_is_the_first() {
    let world = World::start().await;
    let found = || async { world.stranger().post("/api/found", json!({ "workspace": "Hull", "name": "Ada" })).await.status };
    let (one, two, three) = tokio::join!(found(), found(), found());
    let mut statuses = [one, two, three];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_says_where_it_leads_and_lets_people_in() {
    let world = World::start().await;
    let ada = world.owner().await;
    let code = ada.invite().await;
    let shown = world.stranger().get(&format!("/api/invitations/{code}")).await.json();
    assert_eq!(shown, json!({ "workspace": "Hull 7", "invited_by": "Ada", "role": "member" }));
    let ben = world.member(&ada, "Ben").await;
    assert_ne!(ben.actor, ada.actor);
    assert_eq!(ben.get("/api/me").await.json()["workspaces"][0]["role"], "member");
    // Coming again changes nothing, not even the places left.
    let code = ada.invite().await;
    for _ in 0..=INVITATION_USES_MAX {
        let again = ben.post("/api/join", json!({ "code": code })).await;
        assert_eq!((again.status, again.json()["actor"].as_str()), (200, Some(ben.actor.to_string().as_str())));
    }
    assert_eq!(world.stranger().post("/api/join", json!({ "code": code, "name": "Cy" })).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invitations_come_from_owners_and_codes_are_not_guessed() {
    let world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    let ask = async |person: &Person, role: &str| person.post("/api/invitations", json!({ "log": person.log, "role": role })).await.error();
    assert_eq!(ask(&ben, "member").await, (403, "forbidden".into()));
    assert_eq!(ask(&ada, "emperor").await, (400, "bad_request".into()));
    let nobody = Person { log: ada.log, ..world.stranger() };
    assert_eq!(ask(&nobody, "member").await, (401, "not_signed_in".into()));
    let guess = world.stranger().post("/api/join", json!({ "code": "AAAAAAAAAAAAAAAAAAAAAA", "name": "Eve" })).await;
    assert_eq!(guess.error(), (404, "no_invitation".into()));
    assert_eq!(world.stranger().get("/api/invitations/nonsense").await.error(), (404, "no_invitation".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_acts_for_its_person_in_one_workspace_and_no_further() {
    let world = World::start().await;
    let ada = world.owner().await;
    let other = ada.post("/api/found", json!({ "workspace": "Hull 8" })).await.json()["log"].as_str().unwrap().to_owned();
    let made = ada.post("/api/tokens", json!({ "log": ada.log, "label": "import" })).await.json();
    let program = Person { cookie: None, token: made["token"].as_str().map(str::to_owned), ..ada.clone() };
    let mut socket = program.follow(Format::Json, Cursor::default()).await;
    let id = socket.say("by a program").await;
    assert_eq!(socket.read_until(id).await.actor, ada.actor);
    assert_eq!(program.post_commands(&[say("and by post")]).await.status, 200);
    assert_eq!(program.get("/api/me").await.json()["workspaces"].as_array().unwrap().len(), 1);

    assert_eq!(program.get(&format!("/api/logs/{other}/records")).await.error(), (403, "forbidden".into()));
    let mut elsewhere = program.socket(Format::Postcard).await;
    elsewhere.hello(other.parse().unwrap()).await;
    assert_eq!(elsewhere.close_code().await, 4403);
    for (path, body) in [
        ("/api/tokens", json!({ "log": ada.log, "label": "more" })),
        ("/api/invitations", json!({ "log": ada.log, "role": "member" })),
        ("/api/found", json!({ "workspace": "Hull 9" })),
    ] {
        assert_eq!(program.post(path, body).await.error(), (403, "forbidden".into()), "{path}");
    }
    program.post("/api/sign-out", json!({})).await;
    assert_eq!(socket.close_code().await, 4401);
    assert_eq!(ada.get("/api/me").await.json()["name"], "Ada", "its person is still signed in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_without_a_session() {
    let world = World::start().await;
    let ada = world.owner().await;
    let stranger = world.stranger();
    for path in ["records", "records?subject=0190f5c4-7a3b-7d2e-9c41-3f5a6b7c8d9e", "snapshot?fold=5&schema=3"] {
        assert_eq!(stranger.get(&format!("/api/logs/{}/{path}", ada.log)).await.error(), (401, "not_signed_in".into()), "{path}");
    }
    let submit = Person { log: ada.log, ..stranger }.post_commands(&[say("x")]).await;
    assert_eq!(submit.error(), (401, "not_signed_in".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_not_what_they_should_be_are_told_so() {
    let world = World::start().await;
    let ada = world.owner().await;
    let json_type = [("content-type", "application/json".to_owned())];
    let error = async |path: &str, headers: &[(&str, String)], body: &[u8]| ada.request("POST", path, headers, body).await.error();
    assert_eq!(error("/api/found", &json_type, b"{").await, (400, "bad_request".into()));
    assert_eq!(error("/api/found", &json_type, b"{\"workspace\":\"  \"}").await, (400, "bad_request".into()));
    assert_eq!(error("/api/found", &[], b"{\"workspace\":\"x\"}").await, (400, "bad_request".into()), "no content type");
    assert_eq!(error("/api/join", &json_type, &vec![b' '; 20 << 10]).await, (413, "too_large".into()));
    assert_eq!(error("/api/no-such-thing", &json_type, b"{}").await, (404, "not_found".into()));
    assert_eq!(ada.get("/api/logs/nonsense/records").await.error(), (400, "bad_request".into()));
    assert_eq!(ada.get(&format!("/api/logs/{}/records?after=minus", ada.log)).await.error(), (400, "bad_request".into()));
    let unknown = "0190f5c4-7a3b-7d2e-9c41-3f5a6b7c8d9e";
    assert_eq!(ada.get(&format!("/api/logs/{unknown}/records")).await.error(), (404, "no_such_log".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_tells_the_browser_what_it_may_do_and_health_is_told() {
    let world = World::start().await;
    let stranger = world.stranger();
    for path in ["/", "/w/whatever", "/join/code", "/api/me", "/health", "/no-such-file"] {
        let answer = stranger.get(path).await;
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    assert_eq!(stranger.get("/api/me").await.header("cache-control"), Some("no-store"));
    assert_eq!(stranger.get("/no-such-file").await.error(), (404, "not_found".into()));
    let health: Value = stranger.get("/health").await.json();
    assert_eq!((health["status"].as_str(), health["schema"].as_u64()), (Some("ok"), Some(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_stay_signed_in_over_a_restart() {
    let mut world = World::start().await;
    let ada = world.owner().await;
    let ben = world.member(&ada, "Ben").await;
    world.restart().await;
    for (person, name) in [(&ada, "Ada"), (&ben, "Ben")] {
        let me = world.again(person).get("/api/me").await.json();
        assert_eq!((me["name"].as_str(), me["workspaces"].as_array().unwrap().len()), (Some(name), 1));
    }
}
