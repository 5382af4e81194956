//! The page on a stage of memory: patches, promises, storage that fails, undo, import, and the outbox as a file.

use crate::page::{Page, Settled, Told, Topic};
use crate::product::commands::board::{BoardCreated, NewColumn};
use crate::product::commands::task::{Claim, TaskClaimed};
use crate::product::commands::workspace::{MemberAdmitted, WorkspaceFounded};
use crate::product::ids::{BoardId, ColumnId, TaskId};
use crate::product::queries::Query;
use crate::product::state::{Role, Stage as Step};
use crate::product::{Command, Event, Workspace};
use crate::rehearsal::{ME, OTHER, Stage, keeper};
use futures::FutureExt;
use landfall_engine::client::SaveError;
use landfall_engine::protocol::Downstream;
use landfall_engine::{ActorId, CommandId, DeviceId, Outcome, Record, TimeMs};
use serde_json::json;

const BOARD: BoardId = BoardId([10; 16]);
const READY: ColumnId = ColumnId([11; 16]);
const CLAIMED: ColumnId = ColumnId([12; 16]);

fn record(position: u64, command: CommandId, actor: ActorId, events: Vec<Event>) -> Record<Workspace> {
    Record {
        position,
        command,
        actor,
        device: DeviceId([9; 16]),
        at: TimeMs(1_795_000_000_000 + position),
        outcome: Outcome::Accepted(events),
    }
}

/// A workspace with two members, and a board with two columns.
fn founded() -> Vec<Record<Workspace>> {
    let command = |number: u8| CommandId([100 + number; 16]);
    let column = |column, name: &str, stage| NewColumn { column, name: name.into(), stage, limit: None };
    vec![
        record(
            1,
            command(1),
            ActorId::SERVER,
            vec![Event::WorkspaceFounded(WorkspaceFounded { name: "Yard".into(), owner: ME, owner_name: "Ane".into() })],
        ),
        record(
            2,
            command(2),
            ActorId::SERVER,
            vec![Event::MemberAdmitted(MemberAdmitted { actor: OTHER, name: "Bo".into(), role: Role::Member, invited_by: ME })],
        ),
        record(
            3,
            command(3),
            ME,
            vec![Event::BoardCreated(BoardCreated {
                board: BOARD,
                name: "Dry dock".into(),
                key: "DRY".into(),
                columns: vec![column(READY, "Ready", Step::Ready), column(CLAIMED, "Claimed", Step::Claimed)],
            })],
        ),
    ]
}

fn online(stage: &Stage) -> std::rc::Rc<Page> {
    let page = stage.open(false);
    stage.go_online(founded());
    page
}

fn add_task(number: u8, title: &str) -> Command {
    let fields = json!({"add_task": {
        "task": TaskId([number; 16]), "board": BOARD, "title": title, "steps": [], "labels": [], "priority": "normal",
    }});
    serde_json::from_value(fields).unwrap()
}

fn issued(told: &Told) -> CommandId {
    match told {
        Told::Issued { id } => *id,
        Told::Refused { .. } => panic!("{told:?}"),
    }
}

fn ready() -> Query {
    serde_json::from_value(json!({"column": {"column": READY, "from": 0, "count": 10}})).unwrap()
}

#[test]
fn a_subscriber_hears_of_the_pages_own_command_before_submit_returns() {
    let stage = Stage::new();
    let page = online(&stage);
    let (callback, told) = keeper();
    page.subscribe(ready(), callback);
    assert_eq!(told.borrow()[0], json!({"head": {"total": 0}, "order": [], "rows": {}}));
    page.submit(add_task(20, "Grind the valve"));
    let patch = told.borrow()[1].clone();
    let key = TaskId([20; 16]).to_string();
    assert_eq!((&patch["head"]["total"], &patch["order"], &patch["rows"][&key]["mark"]), (&json!(1), &json!([key]), &json!("saved")));
}

#[test]
fn a_patch_says_only_what_differs() {
    let stage = Stage::new();
    let page = online(&stage);
    page.submit_many(vec![add_task(20, "One"), add_task(21, "Two")]);
    stage.settle();
    let (callback, told) = keeper();
    page.subscribe(ready(), callback);
    let reword = json!({"reword": {"task": TaskId([21; 16]), "title": "Two and a half"}});
    issued(&page.submit(serde_json::from_value(reword).unwrap()));
    let patch = told.borrow()[1].clone();
    assert_eq!(patch.as_object().unwrap().len(), 1, "{patch}");
    assert_eq!(patch["rows"].as_object().unwrap().len(), 1, "{patch}");
    assert_eq!(patch["rows"][TaskId([21; 16]).to_string()]["title"], "Two and a half");
}

#[test]
fn what_others_did_comes_with_the_next_frame_and_as_a_notice() {
    let stage = Stage::new();
    let page = online(&stage);
    let task = TaskId([20; 16]);
    let id = issued(&page.submit(add_task(20, "Grind the valve")));
    stage.settle();
    let (callback, told) = keeper();
    page.subscribe(ready(), callback);
    let (callback, notices) = keeper();
    page.listen(Topic::Notices, callback);
    let added = page.driver().ask(|client| client.pending(id).unwrap().events().to_vec());
    let claimed = Event::TaskClaimed(TaskClaimed { task, to: None });
    stage.line.frame(&Downstream::Records(vec![record(4, id, ME, added), record(5, CommandId([120; 16]), OTHER, vec![claimed])]));
    stage.settle();
    let row = told.borrow().last().unwrap()["rows"][task.to_string()].clone();
    assert_eq!((&row["number"], &row["holder"]["name"], &row["mark"]), (&json!("DRY-1"), &json!("Bo"), &json!(null)), "{row}");
    let notices = notices.borrow();
    assert_eq!((notices.len(), &notices[0]["person"]["name"], &notices[0]["task"]), (1, &json!("Bo"), &json!(task)));
}

#[test]
fn a_callback_may_submit_and_patches_stay_in_order() {
    let stage = Stage::new();
    let page = online(&stage);
    let (keep, told) = keeper();
    let again = std::rc::Rc::downgrade(&page);
    let callback: crate::page::Callback = std::rc::Rc::new(move |text| {
        keep(text);
        let page = again.upgrade().unwrap();
        if page.driver().ask(|client| client.outbox().count()) == 1 {
            issued(&page.submit(add_task(21, "From within")));
        }
    });
    page.subscribe(ready(), callback);
    page.submit(add_task(20, "From without"));
    let totals: Vec<_> = told.borrow().iter().map(|patch| patch["head"]["total"].clone()).collect();
    assert_eq!(totals, [0, 1, 2]);
}

#[test]
fn saved_is_told_when_it_is_on_disk_and_survives_the_tab() {
    let stage = Stage::new();
    let page = online(&stage);
    let id = issued(&page.submit(add_task(20, "Grind the valve")));
    assert!(stage.disk.stored().outbox.is_empty());
    assert_eq!(stage.run(page.saved(id)), Ok(()));
    stage.settle();
    assert_eq!(stage.disk.stored().outbox.len(), 1);
    page.close();
    drop(page);
    let page = stage.open(false);
    let answer: serde_json::Value = serde_json::from_str(&page.query(&ready())).unwrap();
    assert_eq!(answer["rows"][0]["title"], "Grind the valve", "the first answer includes the outbox");
}

#[test]
fn a_full_disk_is_said_and_tried_again() {
    let stage = Stage::new();
    let page = online(&stage);
    stage.disk.fails.set(Some(SaveError::Full));
    let id = issued(&page.submit(add_task(20, "Grind the valve")));
    assert!(stage.run(page.saved(id)).unwrap_err().contains("full"));
    let status: serde_json::Value = serde_json::from_str(&page.say(Topic::Status)).unwrap();
    assert_eq!((&status["storage"]["kind"], &status["pending"]), (&json!("failing"), &json!(1)));
    stage.disk.fails.set(None);
    stage.wait(6_000);
    assert_eq!(stage.disk.stored().outbox.len(), 1);
    let status: serde_json::Value = serde_json::from_str(&page.say(Topic::Status)).unwrap();
    assert_eq!(status["storage"]["kind"], "durable");
}

#[test]
fn without_storage_work_goes_on_in_memory() {
    let stage = Stage::new();
    let page = stage.open(true);
    stage.go_online(founded());
    stage.line.submitted();
    let id = issued(&page.submit(add_task(20, "Grind the valve")));
    assert_eq!(stage.run(page.saved(id)), Err("There is no storage.".to_owned()));
    assert_eq!(stage.line.submitted(), [id], "it is sent all the same");
    assert!(stage.disk.stored().outbox.is_empty());
    let status: serde_json::Value = serde_json::from_str(&page.say(Topic::Status)).unwrap();
    assert_eq!(status["storage"]["kind"], "memory");
}

#[test]
fn settled_waits_for_the_record() {
    let stage = Stage::new();
    let page = online(&stage);
    let id = issued(&page.submit(add_task(20, "Grind the valve")));
    stage.settle();
    let waiting = page.settled(id);
    futures::pin_mut!(waiting);
    assert!((&mut waiting).now_or_never().is_none());
    let events = page.driver().ask(|client| client.pending(id).unwrap().events().to_vec());
    stage.line.frame(&Downstream::Records(vec![record(4, id, ME, events)]));
    assert_eq!(stage.run(waiting), Settled::Accepted { accepted: true });
    let entry: serde_json::Value = serde_json::from_str(&page.say(Topic::Outbox)).unwrap();
    assert_eq!(entry[0]["state"], "landed");
}

#[test]
fn undo_is_a_command_of_its_own() {
    let stage = Stage::new();
    let page = online(&stage);
    let task = TaskId([20; 16]);
    page.submit(add_task(20, "Grind the valve"));
    let claim = issued(&page.submit(Command::Claim(Claim { task, to: None })));
    let holder = || page.look(|view| view.state.task(task).unwrap().holder().is_some());
    assert!(holder());
    issued(&page.undo(claim).unwrap());
    assert!(!holder());
    assert!(page.undo(claim).is_none(), "each is given once");
    assert_eq!(page.driver().ask(|client| client.outbox().count()), 3);
}

#[test]
fn a_refusal_is_told_in_words_and_leaves_no_trace() {
    let stage = Stage::new();
    let page = online(&stage);
    let told = page.submit(Command::Claim(Claim { task: TaskId([99; 16]), to: None }));
    let Told::Refused { phrase, .. } = told else { panic!("{told:?}") };
    assert!(!phrase.is_empty());
    assert_eq!(page.driver().ask(|client| client.outbox().count()), 0);
}

#[test]
fn a_plan_is_carried_out_with_progress_and_item_by_item() {
    let stage = Stage::new();
    let page = online(&stage);
    let options = serde_json::from_value(json!({"board": BOARD})).unwrap();
    let plan = page.plan_import("Title,Column\nFirst,Ready\nSecond,Claimed\n", crate::product::import::Format::Csv, options, 60);
    assert_eq!((plan.tasks, plan.titles), (2, vec!["First".to_owned(), "Second".to_owned()]));
    let (progress, told) = keeper();
    stage.run(page.run_import(progress)).unwrap();
    assert_eq!(told.borrow().last().unwrap()["done"], 2);
    assert_eq!(page.driver().ask(|client| client.outbox().count()), 2);
    let (progress, _) = keeper();
    assert!(stage.run(page.run_import(progress)).is_err(), "a plan is carried out once");
}

#[test]
fn an_outbox_travels_in_a_file() {
    let stage = Stage::new();
    let page = online(&stage);
    page.submit_many(vec![add_task(20, "One"), add_task(21, "Two")]);
    let file = page.export_outbox();
    let known = page.import_outbox(&file);
    assert_eq!((known.imported, known.known), (0, 2));
    let elsewhere = Stage::new();
    let other = online(&elsewhere);
    assert_eq!(other.import_outbox(&file).imported, 2);
    elsewhere.settle();
    let answer: serde_json::Value = serde_json::from_str(&other.query(&ready())).unwrap();
    assert_eq!(answer["head"]["total"], 2);
}
