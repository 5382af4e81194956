//! What can be done with a task now, and what comes later and why.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, VISITOR, Yard, said};
use landfall_domain::commands::task;
use landfall_domain::ids::TaskId;
use landfall_domain::queries::Query;
use landfall_domain::state::Stage;
use landfall_engine::ActorId;
use serde_json::Value;

fn now(yard: &Yard, reader: ActorId, task: TaskId) -> Vec<String> {
    let head = yard.head(reader, &Query::Intents { task });
    head["now"].as_array().unwrap().iter().map(|intent| intent["verb"].as_str().unwrap().to_owned()).collect()
}

fn later(yard: &Yard, reader: ActorId, task: TaskId) -> Vec<(String, String)> {
    let head = yard.head(reader, &Query::Intents { task });
    let later = head["later"].as_array().unwrap().iter();
    later.map(|intent| (intent["verb"].as_str().unwrap().to_owned(), said(&intent["not_now"]))).collect()
}

fn find(yard: &Yard, reader: ActorId, task: TaskId, verb: &str) -> Value {
    let head = yard.head(reader, &Query::Intents { task });
    let all = head["now"].as_array().unwrap().iter().chain(head["later"].as_array().unwrap());
    all.into_iter().find(|intent| intent["verb"] == verb).cloned().unwrap_or(Value::Null)
}

fn starts_with(yard: &Yard, reader: ActorId, task: TaskId, verbs: &[&str]) {
    let now = now(yard, reader, task);
    assert_eq!(now.iter().take(verbs.len()).map(String::as_str).collect::<Vec<_>>(), verbs, "{now:?}");
    assert_eq!(find(yard, reader, task, verbs[0])["primary"], true, "{verbs:?}");
    let primaries =
        yard.head(reader, &Query::Intents { task })["now"].as_array().unwrap().iter().filter(|intent| intent["primary"] == true).count();
    assert_eq!(primaries, 1);
}

#[test]
fn each_stage_of_a_life_has_its_likeliest_intents() {
    let mut yard = Yard::new();
    let (task, _) = yard.adds_with_steps("Overhaul ballast pump no. 2", &["One", "Two", "Three"]);
    starts_with(&yard, ME, task, &["claim", "start"]);
    yard.claims(ME, task);
    starts_with(&yard, ME, task, &["start", "hand_over", "reschedule"]);
    yard.starts(ME, task);
    starts_with(&yard, ME, task, &["submit_for_review", "block", "hand_over", "reschedule", "release"]);
    assert!(!now(&yard, NIGHT_SHIFT, task).contains(&"submit_for_review".to_owned()));
    yard.does(ME, task::Block { task, why: "crane".into(), until: None });
    starts_with(&yard, ME, task, &["unblock"]);
    yard.does(ME, task::Unblock { task });
    yard.does(ME, task::HandOver { task, member: NIGHT_SHIFT, note: "".into() });
    starts_with(&yard, NIGHT_SHIFT, task, &["accept_handover", "decline_handover"]);
    yard.does(NIGHT_SHIFT, task::AcceptHandover { task });
    yard.submits(NIGHT_SHIFT, task);
    starts_with(&yard, FOREMAN, task, &["sign_off", "send_back"]);
    yard.signs(FOREMAN, task);
    assert!(now(&yard, ME, task).contains(&"reopen".to_owned()));
    yard.does(FOREMAN, task::DiscardTask { task, why: "x".into() });
    starts_with(&yard, ME, task, &["restore_task"]);
    assert!(!now(&yard, ME, task).contains(&"reword".to_owned()));
}

#[test]
fn what_asks_something_says_so_and_what_acts_at_once_does_not() {
    let mut yard = Yard::new();
    let (task, _) = yard.adds_with_steps("Overhaul", &["One", "Two"]);
    yard.starts(ME, task);
    let submit = find(&yard, ME, task, "submit_for_review");
    assert_eq!((submit["label"].as_str(), submit["hint"].as_str()), (Some("Submit for review…"), Some("2 steps are open; say why")));
    assert_eq!(submit["asks"], serde_json::json!(["note"]));
    let release = find(&yard, ME, task, "release");
    assert_eq!((release["label"].as_str(), release["asks"].as_array().map(Vec::len)), (Some("Release"), Some(0)));
    assert_eq!(find(&yard, ME, task, "reschedule")["hint"], "No due date yet");
    assert!(!find(&yard, ME, task, "hand_over")["synonyms"].as_array().unwrap().is_empty());
}

#[test]
fn sign_off_comes_after_review_from_someone_else() {
    let mut yard = Yard::new();
    let task = yard.adds("Pressure test");
    yard.starts(ME, task);
    let expected = "Sign off comes after review, from someone other than you.";
    assert!(later(&yard, ME, task).contains(&("sign_off".to_owned(), expected.to_owned())), "{:?}", later(&yard, ME, task));
    assert_eq!(said(&yard.head(ME, &Query::Task { task })["note"]), expected);
    assert_eq!(yard.head(FOREMAN, &Query::Task { task })["note"], Value::Null);
    yard.submits(ME, task);
    assert_eq!(
        later(&yard, ME, task)[0],
        ("sign_off".to_owned(), "Sign-off comes from someone other than you, who did this work.".to_owned())
    );
    assert!(!now(&yard, ME, task).contains(&"sign_off".to_owned()));
}

#[test]
fn a_full_column_is_a_reason_to_wait() {
    let mut yard = Yard::new();
    for number in 0..3 {
        let task = yard.adds(&format!("Task {number}"));
        yard.starts(NIGHT_SHIFT, task);
    }
    let task = yard.adds("One too many");
    yard.claims(ME, task);
    let expected = "Under way is full at 3. Finish or hand over one to start another.";
    assert_eq!(later(&yard, ME, task)[0], ("start".to_owned(), expected.to_owned()));
    assert_eq!(said(&yard.head(ME, &Query::Task { task })["note"]), expected);
    assert!(!now(&yard, ME, task).contains(&"start".to_owned()));
}

#[test]
fn what_somebody_else_has_is_asked_of_them() {
    let mut yard = Yard::new();
    let task = yard.adds("Calibrate level gauge");
    yard.claims(NIGHT_SHIFT, task);
    assert!(
        later(&yard, ME, task).contains(&("claim".to_owned(), "It is with Night shift. Ask them to hand it over.".to_owned())),
        "{:?}",
        later(&yard, ME, task)
    );
}

#[test]
fn a_viewer_can_do_nothing_and_is_told_why() {
    let mut yard = Yard::new();
    let task = yard.adds("Calibrate level gauge");
    assert_eq!(now(&yard, VISITOR, task), Vec::<String>::new());
    assert!(later(&yard, VISITOR, task).iter().all(|(_, why)| why.starts_with("Viewers read only.")));
    assert!(!later(&yard, VISITOR, task).is_empty());
    assert_eq!(yard.head(VISITOR, &Query::Task { task })["note"], Value::Null);
}

#[test]
fn ways_back_have_their_own_names() {
    let mut yard = Yard::new();
    let task = yard.adds("Realign shaft generator coupling");
    yard.starts(ME, task);
    assert_eq!(find(&yard, ME, task, "claim")["label"], "Put down");
    yard.does(ME, task::HandOver { task, member: NIGHT_SHIFT, note: "".into() });
    assert_eq!(find(&yard, ME, task, "decline_handover")["label"], "Take the handover back…");
    assert_eq!(find(&yard, NIGHT_SHIFT, task, "decline_handover")["label"], "Decline…");
    yard.does(NIGHT_SHIFT, task::AcceptHandover { task });
    yard.submits(NIGHT_SHIFT, task);
    assert_eq!(find(&yard, NIGHT_SHIFT, task, "send_back")["label"], "Take back from review…");
    assert_eq!(find(&yard, FOREMAN, task, "send_back")["label"], "Send back…");
    let head = yard.head(NIGHT_SHIFT, &Query::Intents { task });
    assert!(head["now"].as_array().unwrap().iter().all(|intent| intent["primary"] == false));
}

#[test]
fn a_board_without_review_finishes() {
    let mut yard = Yard::without_columns();
    yard.board = yard.make_board("Stores", "STO", &[Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::SignedOff]);
    let task = yard.adds("Count the fire blankets");
    assert!(
        later(&yard, ME, task).contains(&("finish".to_owned(), "Finish comes after Start, from whoever does the work.".to_owned())),
        "{:?}",
        later(&yard, ME, task)
    );
    yard.starts(ME, task);
    starts_with(&yard, ME, task, &["finish"]);
    assert!(!later(&yard, ME, task).iter().any(|(verb, _)| verb == "sign_off"));
}

#[test]
fn nobody_to_hand_over_to_means_that_it_is_not_offered() {
    let mut yard = Yard::new();
    let task = yard.adds("Alone");
    yard.claims(FOREMAN, task);
    for member in [ME, NIGHT_SHIFT] {
        yard.does(FOREMAN, landfall_domain::commands::workspace::RemoveMember { member });
    }
    assert!(!now(&yard, FOREMAN, task).contains(&"hand_over".to_owned()));
}
