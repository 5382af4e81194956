//! The page on a stage of memory: patches, promises, storage that fails, undo, import, and the outbox as a file.

use crate::intake::ImportPlan;
use crate::marks::Marks;
use crate::outbox_file::OutboxImport;
use crate::page::{Page, Settled, Told, Topic};
use crate::product::commands::board::{BoardCreated, NewColumn};
use crate::product::commands::task::{Claim, TaskClaimed};
use crate::product::commands::workspace::{MemberAdmitted, WorkspaceFounded};
use crate::product::ids::{BoardId, ColumnId, TaskId};
use crate::product::import::{Format, sample};
use crate::product::queries::Query;
use crate::product::state::{Role, Stage as Step};
use crate::product::{Command, Event, Workspace};
use crate::rehearsal::{ADDRESSES, ME, OTHER, Stage, keeper};
use crate::socket::Heard;
use futures::FutureExt;
use landfall_engine::client::{Ended, SaveError};
use landfall_engine::protocol::Downstream;
use landfall_engine::{ActorId, CommandId, DeviceId, Outcome, Record, TimeMs};
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;

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
    assert_eq!(told.borrow()[0], json!({"head": {"total": 0}, "order": [], "rows": {}, "partial": false}));
    page.submit(add_task(20, "Grind the valve"));
    let patch = told.borrow()[1].clone();
    let key = TaskId([20; 16]).to_string();
    assert_eq!((&patch["head"]["total"], &patch["order"], &patch["rows"][&key]["mark"]), (&json!(1), &json!([key]), &json!("saved")));
}

#[test]
fn rule_10_the_lamp_goes_out_before_submit_returns() {
    let stage = Stage::new();
    let page = online(&stage);
    stage.settle();
    let (callback, told) = keeper();
    page.listen(Topic::Status, callback);
    page.submit(add_task(20, "Grind the valve"));
    assert_eq!(told.borrow().iter().map(|status| status["synced"].clone()).collect::<Vec<_>>(), [false]);
    page.submit(add_task(21, "Lap the seat"));
    assert_eq!(told.borrow().len(), 1, "a lamp that is out already changes with the next frame");
    stage.settle();
    assert_eq!(told.borrow().last().unwrap()["pending"], 2);
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
    let text = "Title,Column\nFirst,Ready\nSecond,Claimed\n";
    let plan = stage.plans(&page, text, options);
    assert_eq!((plan.tasks, plan.titles), (2, vec!["First".to_owned(), "Second".to_owned()]));
    let (progress, told) = keeper();
    stage.run(page.run_import(progress)).unwrap();
    assert_eq!(told.borrow().last().unwrap()["done"], 2);
    assert_eq!(page.driver().ask(|client| client.outbox().count()), 2);
    let (progress, _) = keeper();
    assert!(stage.run(page.run_import(progress)).is_err(), "a plan is carried out once");
}

/// Begins to plan a long file in small slices; what came of it, when something has.
fn plan_a_long_file(stage: &Stage, page: &Rc<Page>) -> Rc<RefCell<Option<Option<ImportPlan>>>> {
    let planned: Rc<RefCell<Option<Option<ImportPlan>>>> = Rc::default();
    let (page, keep) = (page.clone(), Rc::clone(&planned));
    let options = serde_json::from_value(json!({"board": BOARD})).unwrap();
    let text = sample(2_000, 1);
    page.begin_file(text.len());
    page.add_to_file(&text);
    stage.begin(async move {
        let plan = page.plan_import(Format::Csv, options, 60, keeper().0).await;
        *keep.borrow_mut() = Some(plan);
    });
    planned
}

#[test]
fn a_long_import_lets_others_go_first_and_can_be_ended() {
    let stage = Stage::new();
    let page = online(&stage);
    stage.work_takes(1.0);
    let planned = plan_a_long_file(&stage, &page);
    let mut turns = 0;
    while planned.borrow().is_none() {
        assert!(stage.turn());
        turns += 1;
    }
    // Two thousand lines in steps of 64, read and planned, eight looks at the clock to a slice.
    assert!(turns >= 2 * 2_000 / 64 / 8, "{turns}");
    assert_eq!(planned.borrow_mut().take().unwrap().unwrap().tasks, 2_000);
    let (progress, told) = keeper();
    let issuing = page.clone();
    stage.begin(async move { issuing.run_import(progress).await.unwrap() });
    stage.turn();
    page.cancel_import();
    while stage.turn() {}
    let last = told.borrow().last().cloned().unwrap();
    let issued = page.driver().ask(|client| client.outbox().len());
    assert_eq!((&last["cancelled"], &last["done"], &last["tasks"]), (&json!(true), &json!(issued), &json!(issued)));
    assert!((1..100).contains(&issued), "{issued}");
}

#[test]
fn a_search_begins_at_once_and_goes_on_in_slices() {
    let stage = Stage::new();
    let page = online(&stage);
    let options = serde_json::from_value(json!({"board": BOARD})).unwrap();
    stage.plans(&page, &sample(3_000, 1), options);
    stage.run(page.run_import(keeper().0)).unwrap();
    stage.settle();
    let search: Query = serde_json::from_value(json!({"search": {"text": "e", "limit": 3_000}})).unwrap();
    let total = |answer: &serde_json::Value| answer["head"]["total"].as_u64().unwrap();
    let whole: serde_json::Value = serde_json::from_str(&page.query(&search)).unwrap();
    assert_eq!((&whole["partial"], total(&whole)), (&json!(false), 3_000));
    // From here on eight steps of 128 tasks are a slice.
    stage.work_takes(1.0);
    let part: serde_json::Value = serde_json::from_str(&page.query(&search)).unwrap();
    assert_eq!((&part["partial"], total(&part) <= 8 * 128), (&json!(true), true));
    let (callback, told) = keeper();
    page.subscribe(search, callback);
    assert_eq!(told.borrow()[0]["partial"], json!(true));
    let mut before = total(&told.borrow()[0]);
    while stage.turn() {}
    let told = told.borrow();
    assert!(told.len() >= 3, "{}", told.len());
    for patch in told.iter().skip(1) {
        assert!(total(patch) - before <= 9 * 128, "a slice of eight steps, and the one that uses it up");
        before = total(patch);
    }
    let last = told.last().unwrap();
    assert_eq!((total(last), &last["partial"]), (3_000, &json!(false)));
    let expected: Vec<&str> = whole["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let order: Vec<&str> = last["order"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert_eq!(order, expected);
}

#[test]
fn a_plan_that_nobody_wants_any_more_ends() {
    let stage = Stage::new();
    let page = online(&stage);
    stage.work_takes(1.0);
    let first = plan_a_long_file(&stage, &page);
    stage.turn();
    let second = plan_a_long_file(&stage, &page);
    while stage.turn() {}
    assert!(first.borrow_mut().take().unwrap().is_none());
    assert!(second.borrow_mut().take().unwrap().is_some());
    let third = plan_a_long_file(&stage, &page);
    page.cancel_plan();
    while stage.turn() {}
    assert!(third.borrow_mut().take().unwrap().is_none());
}

#[test]
fn a_refresh_after_one_command_looks_at_one_subject_however_much_waits() {
    let stage = Stage::new();
    let page = online(&stage);
    let options = serde_json::from_value(json!({"board": BOARD})).unwrap();
    stage.plans(&page, &sample(5_000, 1), options);
    stage.run(page.run_import(keeper().0)).unwrap();
    stage.settle();
    let mut marks = Marks::default();
    page.driver().take(|client| while client.take_changed_subject().is_some() {});
    issued(&page.submit(add_task(20, "One more")));
    // The page has looked at it already; a second look is at nothing.
    assert_eq!(page.driver().take(|client| marks.refresh(client)), 0);
    assert_eq!(page.look(|view| view.marks.len()), 5_001);
    let newest = page.driver().ask(|client| client.outbox().next_back().unwrap().id);
    page.driver().tell(|client, now| client.take_back(newest, now));
    assert_eq!(page.driver().take(|client| marks.refresh(client)), 1);
}

/// The outbox as a file, in the parts in which it was written.
fn exported(stage: &Stage, page: &Rc<Page>) -> Vec<String> {
    let parts: Rc<RefCell<Vec<String>>> = Rc::default();
    let (page, keep) = (page.clone(), parts.clone());
    stage.begin(async move { page.export_outbox(Rc::new(move |part| keep.borrow_mut().push(part.to_owned()))).await });
    while stage.turn() {}
    parts.take()
}

fn brought_in(stage: &Stage, page: &Rc<Page>, parts: &[String]) -> OutboxImport {
    page.begin_file(parts.iter().map(String::len).sum());
    parts.iter().for_each(|part| page.add_to_file(part));
    let brought: Rc<RefCell<Option<OutboxImport>>> = Rc::default();
    let (page, keep) = (page.clone(), brought.clone());
    stage.begin(async move {
        let known = page.import_outbox().await;
        *keep.borrow_mut() = Some(known);
    });
    while stage.turn() {}
    brought.take().expect("it was brought in")
}

#[test]
fn an_outbox_travels_in_a_file() {
    let stage = Stage::new();
    let page = online(&stage);
    page.submit_many(vec![add_task(20, "One"), add_task(21, "Two")]);
    let file = exported(&stage, &page);
    let known = brought_in(&stage, &page, &file);
    assert_eq!((known.imported, known.known, known.problems), (0, 2, Vec::<String>::new()));
    let elsewhere = Stage::new();
    let other = online(&elsewhere);
    assert_eq!(brought_in(&elsewhere, &other, &file).imported, 2);
    elsewhere.settle();
    let answer: serde_json::Value = serde_json::from_str(&other.query(&ready())).unwrap();
    assert_eq!(answer["head"]["total"], 2);
    assert_eq!(brought_in(&elsewhere, &other, &["{}".into()]).problems, ["This file is no outbox of Landfall."]);
}

#[test]
fn a_long_outbox_is_written_and_read_in_slices() {
    let stage = Stage::new();
    let page = online(&stage);
    let options = serde_json::from_value(json!({"board": BOARD})).unwrap();
    stage.plans(&page, &sample(2_000, 1), options);
    stage.run(page.run_import(keeper().0)).unwrap();
    stage.settle();
    stage.work_takes(0.25);
    let file = exported(&stage, &page);
    assert!((2_000 / 32..=2_000 / 8).contains(&file.len()), "a slice is some commands long: {}", file.len());
    let elsewhere = Stage::new();
    let other = online(&elsewhere);
    elsewhere.work_takes(0.25);
    assert_eq!(brought_in(&elsewhere, &other, &file).imported, 2_000);
    elsewhere.work_takes(0.0);
    elsewhere.settle();
    assert_eq!(other.driver().ask(|client| client.outbox().len()), 2_000);
}

#[test]
fn much_that_changes_at_once_is_delivered_in_slices_and_what_the_person_does_is_shown_at_once() {
    let stage = Stage::new();
    let page = online(&stage);
    let told: Rc<RefCell<Vec<usize>>> = Rc::default();
    for number in 0..20 {
        let keep = told.clone();
        page.subscribe(ready(), Rc::new(move |_| keep.borrow_mut().push(number)));
    }
    told.borrow_mut().clear();
    stage.work_takes(4.0);
    let id = CommandId([120; 16]);
    let task = TaskId([40; 16]);
    let added = serde_json::from_value(json!({"task_added": {
        "task": task, "board": BOARD, "to": {"column": READY, "rank": "a0"}, "stage": "ready", "title": "From elsewhere", "steps": [],
        "labels": [], "priority": "normal",
    }}))
    .unwrap();
    stage.line.frame(&Downstream::Records(vec![record(4, id, OTHER, vec![added])]));
    while told.borrow().is_empty() && stage.turn() {}
    assert!((1..20).contains(&told.borrow().len()), "{}", told.borrow().len());
    issued(&page.submit(add_task(20, "One")));
    let expected: Vec<usize> = (0..20).chain(0..20).collect();
    assert_eq!(*told.borrow(), expected, "everything that was told before, in order, then this");
    while stage.turn() {}
    assert!(told.borrow().len() >= 40);
}

#[test]
fn who_points_a_subscription_elsewhere_while_it_is_told_hurries_nobody() {
    let stage = Stage::new();
    let page = online(&stage);
    let told: Rc<RefCell<Vec<u32>>> = Rc::default();
    for number in 0..20 {
        let (keep, page_) = (told.clone(), Rc::downgrade(&page));
        let longer: Query = serde_json::from_value(json!({"column": {"column": READY, "from": 0, "count": 30}})).unwrap();
        let callback = move |_: &str| {
            keep.borrow_mut().push(number);
            let is_first = keep.borrow().iter().filter(|&&other| other == number).count() == 2;
            if let Some(page) = page_.upgrade().filter(|_| is_first) {
                page.resubscribe(number + 1, longer.clone());
            }
        };
        assert_eq!(page.subscribe(ready(), Rc::new(callback)), number + 1);
    }
    stage.work_takes(4.0);
    page.driver().tell(|client, now| {
        (20..60).for_each(|number| client.submit(CommandId([number; 16]), add_task(number, "One of many"), now).unwrap());
    });
    let before = told.borrow().len();
    while told.borrow().len() == before && stage.turn() {}
    assert!(told.borrow().len() < before + 20, "{:?}", told.borrow());
    stage.work_takes(0.0);
    stage.settle();
    let count = |number| told.borrow().iter().filter(|&&other| other == number).count();
    assert!((0..20).all(|number| count(number) == 3), "once when it came, once when much was added, once for the longer window: {told:?}");
}

#[test]
fn an_outbox_that_nobody_shows_is_not_put_into_words() {
    let stage = Stage::new();
    let page = online(&stage);
    let (callback, told) = keeper();
    page.listen(Topic::Outbox, callback);
    page.submit(add_task(20, "One"));
    stage.settle();
    let before = told.borrow().len();
    assert!(before > 0);
    page.stop_listening(Topic::Outbox);
    page.submit(add_task(21, "Two"));
    stage.settle();
    assert_eq!(told.borrow().len(), before);
}

#[test]
fn when_the_line_drops_the_page_goes_to_each_of_the_other_addresses_within_a_moment() {
    let stage = Stage::new();
    let page = online(&stage);
    for _ in 1..ADDRESSES {
        stage.line.say(Heard::Ended(Ended::Dropped));
        stage.wait(200);
    }
    let mut tried = stage.line.tried.borrow().clone();
    assert_eq!(tried[0], 0, "first the one that the page came from");
    tried.sort_unstable();
    assert_eq!(tried, (0..ADDRESSES).collect::<Vec<_>>(), "then each of the others");
    assert!(!page.driver().ask(|client| client.status().caught_up), "none has answered yet");
}

#[test]
fn rule_26_with_two_routes_what_goes_up_by_the_socket_goes_to_another_server_by_http_as_well() {
    let stage = Stage::new();
    stage.two_routes.set(true);
    let page = online(&stage);
    let id = issued(&page.submit(add_task(20, "One")));
    stage.settle();
    assert_eq!(stage.line.submitted(), [id]);
    let took = stage.posts.took();
    assert!(matches!(&took[..], [(server, ids)] if *server > 0 && ids[..] == [id]), "{took:?}");
    assert!(page.driver().ask(|client| client.pending(id).is_some()), "the log has not told of it yet");
}
