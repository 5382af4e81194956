//! The panel of one task.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, Yard, said};
use landfall_domain::commands::task::{self, Why};
use landfall_domain::ids::{CommentId, LinkId};
use landfall_domain::queries::Query;
use landfall_domain::state::{LinkKind, LinkTarget};
use serde_json::{Value, json};

#[test]
fn the_sentence_says_how_it_stands() {
    let mut yard = Yard::new();
    let (task, steps) = yard.adds_with_steps("Overhaul ballast pump no. 2", &["Isolate", "Lift motor", "Renew bearings", "Fit impeller"]);
    let sentence = |yard: &Yard| said(&yard.head(ME, &Query::Task { task })["sentence"]);
    assert_eq!(sentence(&yard), "Ready since [time]; nobody has it. 0 of 4 steps done.");
    yard.does(FOREMAN, task::Reschedule { task, due: Some("2026-11-21T16:00".parse().unwrap()), why: Why::Slipped, note: "".into() });
    yard.starts(ME, task);
    yard.does(ME, task::TickStep { task, step: steps[0] });
    assert_eq!(sentence(&yard), "Under way with you since [time]. Due [2026-11-21T16:00]. 1 of 4 steps done.");
    yard.predicts(ME, task::TickStep { task, step: steps[1] });
    assert!(sentence(&yard).ends_with("2 of 4 steps done; one tick is still on this device."), "{}", sentence(&yard));
    yard.predicts(ME, task::TickStep { task, step: steps[2] });
    assert!(sentence(&yard).ends_with("3 of 4 steps done; 2 ticks are still on this device."));
    yard.does(ME, task::Block { task, why: "waits for the spare".into(), until: Some("2026-11-24T09:00".parse().unwrap()) });
    assert!(sentence(&yard).contains("Blocked until [2026-11-24T09:00]: waits for the spare."));
    yard.does(ME, task::Unblock { task });
    yard.does(ME, task::HandOver { task, member: NIGHT_SHIFT, note: "Bearings are in.".into() });
    assert!(
        sentence(&yard)
            .starts_with("Under way with Night shift since [time]. Handed over by you, [time], not answered yet: Bearings are in.")
    );
    yard.does(NIGHT_SHIFT, task::AcceptHandover { task });
    yard.submits(NIGHT_SHIFT, task);
    assert!(sentence(&yard).starts_with("In review since [time], submitted by Night shift."), "{}", sentence(&yard));
    yard.signs(FOREMAN, task);
    assert_eq!(sentence(&yard), "Signed off by R. M., [time]. 3 of 4 steps done; 2 ticks are still on this device.");
    yard.does(FOREMAN, task::DiscardTask { task, why: "Twice on the list".into() });
    assert!(sentence(&yard).starts_with("Discarded by R. M., [time]: Twice on the list."));
}

#[test]
fn the_sentence_is_the_same_in_spans() {
    let mut yard = Yard::new();
    let task = yard.adds("Free seized fairlead roller");
    yard.starts(ME, task);
    let sentence = yard.head(ME, &Query::Task { task })["sentence"].clone();
    assert_eq!(sentence[0], json!({"strong": "Under way"}));
    assert_eq!(sentence[2], json!({"person": {"actor": ME, "name": "you"}}));
    assert!(sentence[4]["time"].is_u64());
}

#[test]
fn parts_carry_their_signs_and_what_is_pending() {
    let mut yard = Yard::new();
    let (task, steps) = yard.adds_with_steps("Renew towing winch brake lining", &["Slack off", "Rivet"]);
    yard.does(FOREMAN, task::Describe { task, text: "Lining was down to 4 mm.".into(), based_on: None });
    yard.does(ME, task::TickStep { task, step: steps[0] });
    yard.predicts(ME, task::TickStep { task, step: steps[1] });
    let comment = CommentId(yard.mint());
    yard.does(NIGHT_SHIFT, task::AddComment { task, comment, text: "Take a new sleeve.".into() });
    yard.does(ME, task::React { task, comment, emoji: "👍".into(), on: true });
    let detail = yard.head(ME, &Query::Task { task });
    assert_eq!(
        (detail["description"]["text"].as_str(), detail["description"]["sign"]["by"]["name"].as_str()),
        (Some("Lining was down to 4 mm."), Some("R. M."))
    );
    assert_eq!(detail["description"]["signed_off"], Value::Null);
    assert_eq!(detail["title_sign"]["landed"], true);
    assert_eq!(detail["title_sign"]["mark"].as_str().map(str::len), Some(16));
    let ticks: Vec<_> =
        detail["steps"].as_array().unwrap().iter().map(|step| (step["done"].as_bool(), step["pending"].as_bool())).collect();
    assert_eq!(ticks, [(Some(true), Some(false)), (Some(true), Some(true))]);
    let comment = &detail["comments"][0];
    assert_eq!((comment["text"].as_str(), comment["pending"].as_bool()), (Some("Take a new sleeve."), Some(false)));
    assert_eq!(comment["reactions"], json!([{"emoji": "👍", "count": 1, "mine": true}]));
    assert_eq!(detail["board_name"], "Dry dock 2 · Halden");
}

#[test]
fn a_signature_breaks_when_the_text_changes() {
    let mut yard = Yard::new();
    let task = yard.adds("Load test pilot ladder winch");
    yard.does(FOREMAN, task::Describe { task, text: "1.25 times the working load.".into(), based_on: None });
    yard.starts(ME, task);
    yard.submits(ME, task);
    yard.signs(FOREMAN, task);
    let signature = |yard: &Yard| yard.head(ME, &Query::Task { task })["description"]["signed_off"].clone();
    assert_eq!(signature(&yard), "intact");
    yard.does(ME, task::Describe { task, text: "1.5 times the working load.".into(), based_on: None });
    assert_eq!(signature(&yard), "broken");
}

#[test]
fn history_is_told_newest_first_and_begins_with_the_adding() {
    let mut yard = Yard::new();
    let task = yard.adds("Overhaul ballast pump no. 2");
    yard.does(FOREMAN, task::Describe { task, text: "Open up.".into(), based_on: None });
    yard.does(NIGHT_SHIFT, task::Claim { task, to: None });
    yard.does(NIGHT_SHIFT, task::HandOver { task, member: ME, note: "".into() });
    yard.does(ME, task::AcceptHandover { task });
    yard.predicts(ME, task::Start { task, to: None });
    let detail = yard.head(ME, &Query::Task { task });
    let lines: Vec<_> = detail["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| format!("{} {}", line["person"]["name"].as_str().unwrap(), said(&line["phrase"])))
        .collect();
    let expected = [
        "T. B. started this.",
        "T. B. accepted this.",
        "Night shift handed this over to you.",
        "Night shift claimed this.",
        "R. M. described the work.",
        "R. M. added this.",
    ];
    assert_eq!(lines, expected);
    assert_eq!((detail["history"][0]["pending"].as_bool(), &detail["history"][0]["position"]), (Some(true), &Value::Null));
    assert!(detail["history"][1]["position"].is_u64());
}

#[test]
fn a_long_history_leaves_the_rest_to_the_log() {
    let mut yard = Yard::new();
    let task = yard.adds("Megger test bow thruster motor");
    for round in 0..20 {
        yard.does(FOREMAN, task::Reword { task, title: format!("Round {round}").into(), based_on: None });
    }
    let detail = yard.head(ME, &Query::Task { task });
    let history = detail["history"].as_array().unwrap();
    assert_eq!(history.len(), 12);
    assert_eq!(said(&history[0]["phrase"]), "reworded this; it was “Round 18”.");
}

#[test]
fn links_lead_to_cards_or_pages() {
    let mut yard = Yard::new();
    let (task, other) = (yard.adds("One"), yard.adds("Other"));
    let (first, second) = (LinkId(yard.mint()), LinkId(yard.mint()));
    yard.does(ME, task::AddLink { task, link: first, to: LinkTarget::Task(other), kind: LinkKind::Blocks });
    let page = LinkTarget::Page { url: "https://class.example/rules".into(), title: "Rules".into() };
    yard.does(ME, task::AddLink { task, link: second, to: page, kind: LinkKind::Reference });
    let links = yard.head(ME, &Query::Task { task })["links"].clone();
    assert_eq!((links[0]["kind"].as_str(), links[0]["task"]["title"].as_str()), (Some("blocks"), Some("Other")));
    assert_eq!((links[1]["url"].as_str(), links[1]["task"].is_null()), (Some("https://class.example/rules"), true));
    yard.does(ME, task::Unlink { task, link: first });
    assert_eq!(yard.head(ME, &Query::Task { task })["links"].as_array().unwrap().len(), 1);
}

#[test]
fn a_task_that_is_not_there_is_null() {
    let yard = Yard::new();
    assert_eq!(yard.head(ME, &Query::Task { task: landfall_domain::ids::TaskId([0; 16]) }), Value::Null);
    assert_eq!(yard.head(ME, &Query::Intents { task: landfall_domain::ids::TaskId([0; 16]) }), json!({"now": [], "later": []}));
}
