//! What is gathered a few tasks at a time, and kept up to date by changes, is what a look at all of them finds.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, Yard};
use landfall_domain::commands::{board, task};
use landfall_domain::ids::{BoardId, TaskId};
use landfall_domain::queries::{Filter, Grouping, HolderFilter, Query, Scope, Selection, answer, answer_from};
use landfall_domain::state::{Priority, Stage};
use std::collections::BTreeMap;

/// Chance without chance: the same numbers each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }
}

/// Every kind of query that needs a look at each task, with every filter.
fn queries(yard: &Yard) -> Vec<Query> {
    let filters = [
        Filter::default(),
        Filter { text: Some("pump".into()), ..Filter::default() },
        Filter { label: Some("Hull".into()), ..Filter::default() },
        Filter { holder: Some(HolderFilter::Actor(ME)), ..Filter::default() },
        Filter { holder: Some(HolderFilter::Nobody), ..Filter::default() },
        Filter { due_before: Some("2026-12-01".parse().unwrap()), ..Filter::default() },
        Filter { blocked: Some(true), ..Filter::default() },
        Filter { priority: Some(Priority::High), text: Some("hld-1".into()), ..Filter::default() },
    ];
    let mut queries = vec![Query::Workspace {}];
    for text in ["pump", "p", "hld-3", "7", "pump valve", "nothing has this", ""] {
        queries.push(Query::Search { text: text.into(), limit: 30 });
    }
    for filter in filters {
        queries.push(Query::Board { board: yard.board, filter: filter.clone() });
        for stage in [Stage::Ready, Stage::InReview, Stage::SignedOff] {
            queries.push(Query::Column { column: yard.column(stage), from: 1, count: 10, filter: filter.clone() });
        }
        for scope in [Scope::Board { board: yard.board }, Scope::MyWork {}, Scope::Everything {}, Scope::Discarded {}] {
            for group in [Grouping::State, Grouping::Needs, Grouping::Holder, Grouping::None] {
                let scope = scope.clone();
                queries.push(Query::List { scope, group, filter: filter.clone(), from: 0, count: 100_000, collapsed: Vec::new() });
            }
        }
    }
    queries
}

fn adds(yard: &mut Yard, dice: &mut Dice, boards: &[BoardId]) -> TaskId {
    let words = ["pump", "valve", "Hatch", "PUMP valve", "seal"];
    let mut new = yard.new_task(&format!("{} {}", words[dice.below(5)], dice.below(90)));
    // Nothing is added to a board that is discarded at the moment.
    let live: Vec<BoardId> =
        boards.iter().copied().filter(|board| yard.state.board(*board).is_some_and(|board| board.discarded.is_none())).collect();
    new.board = live[dice.below(live.len())];
    new.description = (dice.below(3) == 0).then(|| "By the pump room".into());
    new.labels = if dice.below(4) == 0 { vec!["Hull".into()] } else { Vec::new() };
    new.due = (dice.below(2) == 0).then(|| format!("2026-1{}-0{}", 1 + dice.below(2), 1 + dice.below(9)).parse().unwrap());
    new.priority = [Priority::Normal, Priority::High][dice.below(2)];
    let id = new.task;
    yard.does(FOREMAN, new);
    id
}

/// Somebody does something; what is refused changes nothing.
fn something_happens(yard: &mut Yard, dice: &mut Dice, tasks: &mut Vec<TaskId>, boards: &[BoardId]) {
    let actor = [FOREMAN, ME, NIGHT_SHIFT][dice.below(3)];
    let task = tasks[dice.below(tasks.len())];
    let said = || "Because.".into();
    let _ = match dice.below(16) {
        0 | 1 => {
            tasks.push(adds(yard, dice, boards));
            return;
        }
        2 | 3 => yard.tries(actor, task::Claim { task, to: None }),
        4 | 5 => yard.tries(actor, task::Start { task, to: None }),
        6 | 7 => yard.tries(actor, task::SubmitForReview { task, note: said(), to: None }),
        8 => yard.tries(actor, task::SignOff { task, note: said(), to: None }),
        9 => yard.tries(actor, task::HandOver { task, member: [ME, NIGHT_SHIFT][dice.below(2)], note: said() }),
        10 => yard.tries(actor, task::DiscardTask { task, why: said() }),
        11 => yard.tries(actor, task::RestoreTask { task }),
        12 => yard.tries(actor, task::Block { task, why: said(), until: None }),
        13 => yard.tries(actor, task::Reword { task, title: "Another pump".into(), based_on: None }),
        14 => yard.tries(actor, task::Release { task, to: None }),
        _ if dice.below(12) == 0 => match yard.state.board(boards[1]).unwrap().discarded {
            None => yard.tries(FOREMAN, board::DiscardBoard { board: boards[1] }),
            Some(_) => yard.tries(FOREMAN, board::RestoreBoard { board: boards[1] }),
        },
        _ => yard.tries(actor, task::Prioritise { task, priority: Priority::High }),
    };
}

#[test]
fn what_is_gathered_in_pieces_is_what_a_look_at_everything_finds() {
    std::thread::scope(|threads| {
        for seed in 0..3 {
            threads.spawn(move || pieces_make_a_whole(seed));
        }
    });
}

fn pieces_make_a_whole(seed: u64) {
    let mut dice = Dice(seed);
    let mut yard = Yard::new();
    yard.does(FOREMAN, board::LimitColumn { column: yard.column(Stage::UnderWay), limit: None });
    let all = [Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff];
    let boards = [yard.board, yard.make_board("Quay 4", "QUAY", &all)];
    let mut tasks: Vec<TaskId> = (0..60).map(|_| adds(&mut yard, &mut dice, &boards)).collect();
    let mut asked: Vec<(Query, Option<Selection>)> =
        queries(&yard).into_iter().map(|query| (query.clone(), Selection::new(&query, &yard.state))).collect();
    let (none, mut compared) = (BTreeMap::new(), 0);
    for round in 0..120 {
        (0..dice.below(5)).for_each(|_| something_happens(&mut yard, &mut dice, &mut tasks, &boards));
        let view = yard.view(ME);
        for (query, selection) in &mut asked {
            if let Some(selection) = selection {
                selection.follow(&view);
                selection.step(&view, dice.below(40));
            }
            let found = answer_from(&view, query, &none, selection.as_ref());
            assert_eq!(found.is_partial, selection.as_ref().is_some_and(|selection| !selection.is_complete()));
            if !found.is_partial {
                assert_eq!(found, answer(&view, query, &none), "seed {seed}, round {round}, {query:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 30 * asked.len(), "{compared}");
    assert!(asked.iter().all(|(query, selection)| selection.is_some()
        || matches!(query, Query::Workspace {} | Query::Board { .. } | Query::Column { .. } | Query::List { .. })));
}

#[test]
fn a_step_looks_at_no_more_tasks_than_it_may() {
    let mut yard = Yard::new();
    (0..1_000).for_each(|number| {
        yard.adds(&format!("Pump {number}"));
    });
    let view = yard.view(ME);
    for query in queries(&yard) {
        let Some(mut selection) = Selection::new(&query, &yard.state) else { continue };
        let mut steps = 1;
        while selection.step(&view, 64) {
            steps += 1;
        }
        assert_eq!(steps, 1_000_usize.div_ceil(64), "{query:?}");
    }
    let search = Query::Search { text: "pump".into(), limit: 1_000 };
    let mut selection = Selection::new(&search, &yard.state).unwrap();
    selection.step(&view, 64);
    let found = answer_from(&view, &search, &BTreeMap::new(), Some(&selection));
    assert_eq!((found.rows.len(), found.is_partial), (64, true), "as many as were looked at, since all match");
}

#[test]
fn the_first_look_finds_the_newest_and_a_new_board_begins_it_anew() {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> = (0..100).map(|number| yard.adds(&format!("Pump {number}"))).collect();
    let search = Query::Search { text: "pump".into(), limit: 3 };
    let mut selection = Selection::new(&search, &yard.state).unwrap();
    selection.step(&yard.view(ME), 10);
    let found = |yard: &Yard, selection: &Selection| {
        let answer = answer_from(&yard.view(ME), &search, &BTreeMap::new(), Some(selection));
        answer.rows.first().map(|row| TaskId(row.key))
    };
    assert_eq!(found(&yard, &selection), tasks.last().copied());
    while selection.step(&yard.view(ME), 10) {}
    assert!(selection.is_complete() && !selection.is_anew());
    yard.make_board("Quay 4", "QUAY", &[Stage::Ready]);
    assert!(selection.follow(&yard.view(ME)));
    assert!(!selection.is_complete() && selection.is_anew(), "what was shown stays until it is complete again");
    while selection.step(&yard.view(ME), 10) {}
    assert!(selection.is_complete() && !selection.is_anew());
    assert_eq!(found(&yard, &selection), tasks.last().copied());
}
