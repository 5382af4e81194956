//! Cards and their stamps, windows of a column, heads of workspace and board, search.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, VISITOR, Yard, keys, list};
use landfall_domain::commands::task::{self, Why};
use landfall_domain::commands::{board, workspace};
use landfall_domain::ids::{ColumnId, CommentId, TaskId};
use landfall_domain::queries::{
    Filter, Grouping, HolderFilter, Marked, Query, Scope, Selection, View, answer, answer_again, changed_rows, column_rank_between,
    rank_between, tasks_among, touched, touched_by_marks,
};
use landfall_domain::state::{Priority, Stage, diff};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn a_card_says_what_the_board_shows() {
    let mut yard = Yard::new();
    let mut new = yard.new_task("Overhaul ballast pump no. 2");
    let id = new.task;
    new.labels = vec!["Engine".into()];
    new.due = Some("2026-11-21T16:00".parse().unwrap());
    let steps = ["Isolate", "Lift motor"];
    new.steps = steps
        .map(|text| task::NewStep { step: landfall_domain::ids::StepId(yard.mint()), text: text.into(), done: text == "Isolate" })
        .to_vec();
    yard.does(FOREMAN, new);
    let comment = CommentId(yard.mint());
    yard.does(NIGHT_SHIFT, task::AddComment { task: id, comment, text: "Seal kit is on shelf C-4.".into() });
    yard.starts(ME, id);
    yard.marks.insert(id.0, Marked::Saved);
    let card = yard.card(ME, id);
    let holder = serde_json::json!({"actor": ME, "name": "T. B.", "initials": "TB", "you": true, "crew": false});
    let expected = serde_json::json!({
        "id": id, "number": "HLD-1", "title": "Overhaul ballast pump no. 2", "stage": "under_way", "column": yard.column(Stage::UnderWay),
        "board": yard.board, "rank": card["rank"], "mark": "saved", "reason": null, "labels": ["Engine"],
        "due": {"date": "2026-11-21T16:00", "state": "today"}, "steps": {"done": 1, "total": 2}, "comments": 1, "holder": holder,
        "priority": "normal", "signed": null, "discarded": false,
    });
    assert_eq!(card, expected);
}

#[test]
fn a_card_has_no_number_until_it_has_landed() {
    let mut yard = Yard::new();
    let new = yard.new_task("Gauge anchor chain");
    let id = new.task;
    yard.predicts(ME, new);
    assert_eq!(yard.card(ME, id)["number"], serde_json::Value::Null);
}

#[test]
fn a_card_gives_one_reason_and_it_depends_on_the_reader() {
    let mut yard = Yard::new();
    let task = yard.adds("Pressure test fire main");
    yard.starts(NIGHT_SHIFT, task);
    yard.does(NIGHT_SHIFT, task::Block { task, why: "crane".into(), until: Some("2026-11-23T07:00".parse().unwrap()) });
    assert_eq!(yard.card(ME, task)["reason"], serde_json::json!({"kind": "blocked", "why": "crane", "until": "2026-11-23T07:00"}));
    yard.does(NIGHT_SHIFT, task::Unblock { task });
    yard.does(NIGHT_SHIFT, task::HandOver { task, member: ME, note: "Readings are on the bench.".into() });
    let handed = yard.card(ME, task)["reason"].clone();
    assert_eq!((handed["kind"].as_str(), handed["by"]["crew"].as_bool()), (Some("handed_to_you"), Some(true)));
    assert_eq!(yard.card(FOREMAN, task)["reason"], serde_json::Value::Null);
    yard.does(ME, task::AcceptHandover { task });
    yard.submits(ME, task);
    assert_eq!(yard.card(FOREMAN, task)["reason"]["kind"], "waits_for_you");
    // Who did the work, and who may only look, is not asked to sign.
    assert_eq!(yard.card(ME, task)["reason"], serde_json::Value::Null);
    assert_eq!(yard.card(VISITOR, task)["reason"], serde_json::Value::Null);
    yard.does(FOREMAN, task::SendBack { task, why: "readings missing".into(), to: None });
    assert_eq!(yard.card(ME, task)["reason"]["kind"], "sent_back");
}

#[test]
fn a_due_day_is_seen_from_the_readers_day() {
    let mut yard = Yard::new();
    let task = yard.adds("Re-pack stern tube gland");
    let mut state_of = |due: Option<&str>| {
        yard.does(FOREMAN, task::Reschedule { task, due: due.map(|due| due.parse().unwrap()), why: Why::Replanned, note: "".into() });
        yard.card(ME, task)["due"]["state"].clone()
    };
    assert_eq!(state_of(Some("2026-11-20")), "overdue");
    assert_eq!(state_of(Some("2026-11-21T05:00")), "today");
    assert_eq!(state_of(Some("2026-11-22")), "later");
    assert_eq!(state_of(None), serde_json::Value::Null);
}

/// Asks twice, and checks that exactly the rows whose JSON differs have another stamp.
fn check_stamps(before: &View<'_>, after: &View<'_>, query: &Query) -> usize {
    let none = BTreeMap::new();
    let (old, new) = (answer(before, query, &none), answer(after, query, &none));
    let known: BTreeMap<_, _> = old.rows.iter().map(|row| (row.key, row.stamp)).collect();
    let old_json: BTreeMap<_, _> = old.rows.iter().map(|row| (row.key, row.json.clone())).collect();
    let patch = answer(after, query, &known);
    let mut sent = 0;
    for (full, patched) in new.rows.iter().zip(&patch.rows) {
        let same = old_json.get(&full.key) == Some(&full.json);
        assert_eq!(known.get(&full.key) == Some(&full.stamp), same, "stamp and JSON disagree: {:?}", full.json);
        assert_eq!(patched.json.is_none(), same);
        sent += usize::from(patched.json.is_some());
    }
    let changes = diff(before.state, after.state);
    let marks: BTreeSet<_> =
        after.marks.keys().chain(before.marks.keys()).copied().filter(|key| before.marks.get(key) != after.marks.get(key)).collect();
    if before.today == after.today {
        assert_eq!(
            answer_again(after, query, &known, changed_rows(&changes, &marks).as_ref(), Selection::whole(query, after).as_ref()),
            patch
        );
    }
    if (old.head != new.head || sent > 0 || old.rows.len() != new.rows.len()) && before.today == after.today {
        assert!(
            touched(&changes, query) || touched_by_marks(after.state, &tasks_among(after.state, &marks), query),
            "{query:?} is touched"
        );
    }
    sent
}

#[test]
fn a_stamp_changes_exactly_when_the_row_does() {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> = (0..5).map(|number| yard.adds(&format!("Task {number}"))).collect();
    let task = tasks[2];
    let comment = CommentId(yard.mint());
    let commands: Vec<(landfall_engine::ActorId, landfall_domain::Command)> = vec![
        (FOREMAN, task::Reword { task, title: "Another title".into(), based_on: None }.into()),
        (FOREMAN, task::Describe { task, text: "Not on the card.".into(), based_on: None }.into()),
        (FOREMAN, task::Label { task, add: vec!["Hull".into()], remove: vec![] }.into()),
        (FOREMAN, task::Prioritise { task, priority: Priority::Urgent }.into()),
        (FOREMAN, task::Reschedule { task, due: Some("2026-11-20".parse().unwrap()), why: Why::Slipped, note: "".into() }.into()),
        (FOREMAN, task::Estimate { task, minutes: Some(30), based_on: None }.into()),
        (ME, task::AddComment { task, comment, text: "One".into() }.into()),
        (NIGHT_SHIFT, task::React { task, comment, emoji: "👍".into(), on: true }.into()),
        (ME, task::DiscardComment { task, comment }.into()),
        (ME, task::Claim { task, to: None }.into()),
        (ME, task::Start { task, to: None }.into()),
        (ME, task::HandOver { task, member: NIGHT_SHIFT, note: "Over".into() }.into()),
        (NIGHT_SHIFT, task::AcceptHandover { task }.into()),
        (NIGHT_SHIFT, task::SubmitForReview { task, note: "".into(), to: None }.into()),
        (FOREMAN, task::SignOff { task, note: "".into(), to: None }.into()),
        (ME, workspace::RenameMember { name: "Torunn Berg".into() }.into()),
        (FOREMAN, workspace::RenameMember { name: "Rolf Moen".into() }.into()),
        (FOREMAN, task::DiscardTask { task, why: "Done twice".into() }.into()),
        (FOREMAN, task::RestoreTask { task }.into()),
    ];
    let mut queries = vec![
        list(Scope::Everything {}, Grouping::None),
        list(Scope::Board { board: yard.board }, Grouping::State),
        list(Scope::Discarded {}, Grouping::None),
    ];
    queries
        .extend([Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff].map(|stage| yard.column_query(stage)));
    queries.extend([Query::Workspace {}, Query::Board { board: yard.board, filter: Filter::default() }]);
    queries.extend([
        Query::Task { task },
        Query::Intents { task },
        Query::Task { task: tasks[1] },
        list(Scope::MyWork {}, Grouping::Needs),
    ]);
    queries.push(Query::Search { text: "title".to_owned(), limit: 10 });
    for (actor, command) in commands {
        let (state, marks) = (yard.state.clone(), yard.marks.clone());
        yard.does(actor, command.clone());
        for reader in [ME, FOREMAN] {
            for query in &queries {
                let before = View { state: &state, marks: &marks, ..yard.view(reader) };
                let sent = check_stamps(&before, &yard.view(reader), query);
                assert!(
                    sent <= 1 || matches!(command, landfall_domain::Command::RenameMember(_)),
                    "{command:?} sent {sent} rows of {query:?}"
                );
            }
        }
    }
    let before = yard.marks.clone();
    yard.marks.insert(tasks[0].0, Marked::InDoubt);
    let view = View { marks: &before, ..yard.view(ME) };
    assert_eq!(check_stamps(&view, &yard.view(ME), &queries[0]), 1);
    // The same state on the next day.
    yard.does(FOREMAN, task::Reschedule { task: tasks[0], due: Some("2026-11-21".parse().unwrap()), why: Why::Slipped, note: "".into() });
    let tomorrow = View { today: "2026-11-22".parse().unwrap(), ..yard.view(ME) };
    assert_eq!(check_stamps(&yard.view(ME), &tomorrow, &queries[0]), 1);
}

#[test]
fn a_window_of_a_column_is_that_part_of_it() {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> = (0..20).map(|number| yard.adds(&format!("Task {number}"))).collect();
    let column = yard.column(Stage::Ready);
    for (from, count) in [(0, 5), (3, 4), (18, 10), (20, 5), (0, 0), (9, 2), (15, 5)] {
        let answer = yard.asks(ME, &Query::Column { column, from, count, filter: Filter::default() });
        let end = (from + count).min(20) as usize;
        assert_eq!(keys(&answer), tasks[from as usize..end.max(from as usize)], "{from} {count}");
        assert_eq!(answer.head, r#"{"total":20}"#);
    }
    let filter = Filter { text: Some("task 1".to_owned()), ..Filter::default() };
    let answer = yard.asks(ME, &Query::Column { column, from: 2, count: 3, filter });
    assert_eq!((answer.head.as_str(), keys(&answer)), (r#"{"total":11}"#, tasks[11..14].to_vec()));
}

#[test]
fn what_was_signed_off_last_stands_first() {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> = (0..4).map(|number| yard.adds(&format!("Task {number}"))).collect();
    for task in &tasks {
        yard.starts(ME, *task);
        yard.submits(ME, *task);
        yard.signs(FOREMAN, *task);
    }
    let mut backwards = tasks.clone();
    backwards.reverse();
    let query = yard.column_query(Stage::SignedOff);
    assert_eq!(keys(&yard.asks(ME, &query)), backwards);
    let column = yard.column(Stage::SignedOff);
    assert_eq!(keys(&yard.asks(ME, &Query::Column { column, from: 1, count: 2, filter: Filter::default() })), backwards[1..3]);
    let detail = yard.head(ME, &Query::Task { task: tasks[1] });
    assert_eq!(
        (&detail["neighbours"]["previous"], &detail["neighbours"]["next"]),
        (&serde_json::json!(tasks[2]), &serde_json::json!(tasks[0]))
    );
    assert_eq!(yard.card(ME, tasks[0])["signed"]["by"]["initials"], "RM");
}

#[test]
fn a_task_goes_where_it_was_let_go() {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> = (0..4).map(|number| yard.adds(&format!("Task {number}"))).collect();
    let place = |yard: &mut Yard, stage: Stage, moving: TaskId, before: Option<TaskId>| {
        let column = yard.column(stage);
        let rank = rank_between(&yard.state, column, before, Some(moving));
        yard.does(ME, task::MoveTask { task: moving, column, rank });
        keys(&yard.asks(ME, &yard.column_query(stage)))
    };
    let [a, b, c, d] = tasks[..] else { unreachable!() };
    assert_eq!(place(&mut yard, Stage::Ready, d, Some(b)), [a, d, b, c]);
    assert_eq!(place(&mut yard, Stage::Ready, a, None), [d, b, c, a]);
    assert_eq!(place(&mut yard, Stage::Ready, c, Some(d)), [c, d, b, a]);
    for task in [a, b, c, d] {
        yard.starts(ME, task);
        yard.submits(ME, task);
        yard.signs(FOREMAN, task);
    }
    assert_eq!(keys(&yard.asks(ME, &yard.column_query(Stage::SignedOff))), [d, c, b, a]);
    assert_eq!(place(&mut yard, Stage::SignedOff, a, Some(c)), [d, a, c, b]);
    assert_eq!(place(&mut yard, Stage::SignedOff, d, None), [a, c, b, d]);
    assert_eq!(place(&mut yard, Stage::SignedOff, b, Some(a)), [b, a, c, d]);
}

#[test]
fn a_column_goes_where_it_was_let_go() {
    let mut yard = Yard::new();
    let [ready, claimed, under_way, in_review, signed_off] =
        [Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff].map(|stage| yard.column(stage));
    let place = |yard: &mut Yard, moving: ColumnId, before: Option<ColumnId>| {
        let rank = column_rank_between(&yard.state, yard.board, before, Some(moving));
        yard.does(FOREMAN, board::MoveColumn { column: moving, rank });
        yard.state.columns_of(yard.board).map(|column| column.id).collect::<Vec<_>>()
    };
    assert_eq!(place(&mut yard, in_review, Some(claimed)), [ready, in_review, claimed, under_way, signed_off]);
    assert_eq!(place(&mut yard, ready, None), [in_review, claimed, under_way, signed_off, ready]);
    assert_eq!(place(&mut yard, signed_off, Some(in_review)), [signed_off, in_review, claimed, under_way, ready]);
    assert_eq!(place(&mut yard, under_way, Some(under_way)), [signed_off, in_review, claimed, ready, under_way]);
}

#[test]
fn the_workspace_counts_what_waits() {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> = (0..5).map(|number| yard.adds(&format!("Task {number}"))).collect();
    yard.claims(ME, tasks[0]);
    yard.starts(ME, tasks[1]);
    yard.starts(NIGHT_SHIFT, tasks[2]);
    yard.submits(NIGHT_SHIFT, tasks[2]);
    let head = yard.head(ME, &Query::Workspace {});
    assert_eq!((head["name"].as_str(), head["me"]["role"].as_str()), (Some("Skarvik Yard"), Some("member")));
    assert_eq!((head["my_work"].as_u64(), head["tasks"].as_u64(), head["boards"][0]["open"].as_u64()), (Some(3), Some(5), Some(5)));
    assert_eq!(head["members"].as_array().unwrap().len(), 4);
    assert_eq!(head["me"]["person"]["you"], true);
    yard.does(FOREMAN, board::DiscardBoard { board: yard.board });
    assert_eq!(yard.head(ME, &Query::Workspace {})["my_work"], 0);
    let stranger = landfall_engine::ActorId([200; 16]);
    assert_eq!(yard.head(stranger, &Query::Workspace {})["me"]["role"], "viewer");
}

#[test]
fn a_board_says_which_column_is_full_and_by_whom() {
    let mut yard = Yard::new();
    for number in 0..3 {
        let mut new = yard.new_task(&format!("Task {number}"));
        new.labels = vec!["Hull".into(), "Engine".into()];
        let id = new.task;
        yard.does(FOREMAN, new);
        yard.starts(ME, id);
    }
    let head = yard.head(ME, &Query::Board { board: yard.board, filter: Filter { text: Some("task 2".to_owned()), ..Filter::default() } });
    let under_way = &head["columns"][2];
    assert_eq!((under_way["count"].as_u64(), under_way["limit"].as_u64(), under_way["full"].as_bool()), (Some(3), Some(3), Some(true)));
    assert_eq!((under_way["shown"].as_u64(), under_way["limited_by"]["name"].as_str()), (Some(1), Some("R. M.")));
    assert_eq!((head["labels"].to_string().as_str(), head["empty"].as_bool()), (r#"["Engine","Hull"]"#, Some(false)));
    yard.does(FOREMAN, board::DiscardColumn { column: yard.column(Stage::Claimed) });
    let head = yard.head(ME, &Query::Board { board: yard.board, filter: Filter::default() });
    assert_eq!((head["columns"].as_array().unwrap().len(), head["discarded_columns"][0]["name"].as_str()), (4, Some("Claimed")));
    assert_eq!(
        yard.head(ME, &Query::Board { board: landfall_domain::ids::BoardId([0; 16]), filter: Filter::default() }),
        serde_json::Value::Null
    );
}

#[test]
fn filters_leave_what_passes() {
    let mut yard = Yard::new();
    let mut new = yard.new_task("Blast and prime rudder");
    new.labels = vec!["Paint".into()];
    new.due = Some("2026-11-30".parse().unwrap());
    new.priority = Priority::High;
    new.description = Some("Second coat after the surveyor.".into());
    let (rudder, other) = (new.task, yard.adds("Gauge anchor chain"));
    yard.does(FOREMAN, new);
    yard.claims(ME, rudder);
    yard.does(ME, task::Block { task: rudder, why: "Rain".into(), until: None });
    let shown = |filter: Filter| {
        let query = Query::List { scope: Scope::Everything {}, group: Grouping::None, filter, from: 0, count: 10, collapsed: vec![] };
        keys(&yard.asks(ME, &query))
    };
    let both = vec![other, rudder];
    assert_eq!(shown(Filter::default()), both);
    let only = |filter: Filter| assert_eq!(shown(filter.clone()), [rudder], "{filter:?}");
    only(Filter { text: Some("SURVEYOR second".to_owned()), ..Filter::default() });
    only(Filter { text: Some("paint".to_owned()), ..Filter::default() });
    only(Filter { text: Some("hld-2".to_owned()), ..Filter::default() });
    only(Filter { label: Some("Paint".to_owned()), ..Filter::default() });
    only(Filter { holder: Some(HolderFilter::Actor(ME)), ..Filter::default() });
    only(Filter { due_before: Some("2026-12-01".parse().unwrap()), ..Filter::default() });
    only(Filter { blocked: Some(true), ..Filter::default() });
    only(Filter { priority: Some(Priority::High), ..Filter::default() });
    assert_eq!(shown(Filter { holder: Some(HolderFilter::Nobody), ..Filter::default() }), [other]);
    assert_eq!(shown(Filter { blocked: Some(false), ..Filter::default() }), [other]);
    assert_eq!(shown(Filter { due_before: Some("2026-11-30".parse().unwrap()), ..Filter::default() }), []);
    assert_eq!(shown(Filter { holder: Some(HolderFilter::Actor(landfall_engine::ActorId([200; 16]))), ..Filter::default() }), []);
}

#[test]
fn search_finds_numbers_first_then_titles_then_the_rest() {
    let mut yard = Yard::new();
    for number in 0..12 {
        yard.adds(&format!("Valve {number}"));
    }
    let mut new = yard.new_task("Something else");
    new.description = Some("Near valve 2 and the pump.".into());
    let elsewhere = new.task;
    yard.does(FOREMAN, new);
    let search = |text: &str| yard.asks(ME, &Query::Search { text: text.to_owned(), limit: 3 });
    assert_eq!(keys(&search("hld-13")), [elsewhere]);
    assert_eq!(keys(&search("13")), [elsewhere]);
    let valves = search("valve");
    assert_eq!((valves.head.as_str(), valves.rows.len()), (r#"{"total":13}"#, 3));
    assert!(!keys(&valves).contains(&elsewhere));
    assert_eq!(keys(&search("pump near")), [elsewhere]);
    assert_eq!(search("  ").head, r#"{"total":0}"#);
    assert_eq!(search("rudder").rows.len(), 0);
}

#[test]
fn unrelated_changes_touch_nothing() {
    let mut yard = Yard::new();
    let (mine, other) = (yard.adds("Mine"), yard.adds("Other"));
    yard.claims(ME, mine);
    let before = yard.state.clone();
    yard.does(FOREMAN, task::Reword { task: mine, title: "Mine, reworded".into(), based_on: None });
    let changes = diff(&before, &yard.state);
    for query in [
        yard.column_query(Stage::Ready),
        yard.column_query(Stage::UnderWay),
        Query::Board { board: yard.board, filter: Filter::default() },
        Query::Workspace {},
        Query::Intents { task: other },
        list(Scope::Discarded {}, Grouping::None),
        list(Scope::Board { board: landfall_domain::ids::BoardId([0; 16]) }, Grouping::State),
    ] {
        assert!(!touched(&changes, &query), "{query:?}");
    }
    for query in [yard.column_query(Stage::Claimed), Query::Task { task: mine }, list(Scope::MyWork {}, Grouping::Needs)] {
        assert!(touched(&changes, &query), "{query:?}");
    }
    assert!(!touched(&diff(&before, &before), &list(Scope::Everything {}, Grouping::State)));
}
