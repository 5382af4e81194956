//! Grouped lists and their windows.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, Yard, keys, list};
use landfall_domain::commands::task;
use landfall_domain::ids::TaskId;
use landfall_domain::queries::{Filter, Grouping, Query, Scope};
use landfall_domain::state::Stage;
use serde_json::Value;

fn groups(head: &Value) -> Vec<(String, u64)> {
    let groups = head["groups"].as_array().unwrap().iter();
    groups.map(|group| (group["key"].as_str().unwrap().to_owned(), group["count"].as_u64().unwrap())).collect()
}

fn named(groups: &[(&str, u64)]) -> Vec<(String, u64)> {
    groups.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
}

/// One task for each thing that a task can need from me, and some that need nothing.
fn busy() -> (Yard, Vec<TaskId>) {
    let mut yard = Yard::new();
    let tasks: Vec<TaskId> =
        ["free", "mine", "started", "sign me", "theirs", "handed", "away", "done"].iter().map(|title| yard.adds(title)).collect();
    yard.claims(ME, tasks[1]);
    yard.starts(NIGHT_SHIFT, tasks[3]);
    yard.submits(NIGHT_SHIFT, tasks[3]);
    yard.starts(ME, tasks[6]);
    yard.submits(ME, tasks[6]);
    yard.starts(NIGHT_SHIFT, tasks[7]);
    yard.submits(NIGHT_SHIFT, tasks[7]);
    yard.signs(FOREMAN, tasks[7]);
    yard.starts(ME, tasks[2]);
    yard.claims(NIGHT_SHIFT, tasks[4]);
    yard.claims(NIGHT_SHIFT, tasks[5]);
    yard.does(NIGHT_SHIFT, task::HandOver { task: tasks[5], member: ME, note: "Off to bed.".into() });
    (yard, tasks)
}

#[test]
fn my_work_is_grouped_by_what_it_needs() {
    let (yard, tasks) = busy();
    let query = list(Scope::MyWork {}, Grouping::Needs);
    let expected = named(&[("sign_off", 1), ("handed", 1), ("under_way", 1), ("claimed", 1), ("in_review", 1), ("could_claim", 1)]);
    assert_eq!(groups(&yard.head(ME, &query)), expected);
    assert_eq!(keys(&yard.asks(ME, &query)), [tasks[3], tasks[5], tasks[2], tasks[1], tasks[6], tasks[0]]);
    assert_eq!(yard.head(ME, &query)["groups"][0]["title"], "Waits for your sign-off");
    assert_eq!(yard.head(ME, &Query::Workspace {})["my_work"], 4);
    let plain = list(Scope::MyWork {}, Grouping::None);
    assert_eq!((yard.asks(ME, &plain).rows.len(), groups(&yard.head(ME, &plain))), (4, vec![]));
}

#[test]
fn nothing_handed_over_is_said_below_the_rest() {
    let yard = Yard::new();
    assert_eq!(groups(&yard.head(ME, &list(Scope::MyWork {}, Grouping::Needs))), named(&[("handed", 0)]));
}

#[test]
fn a_board_by_need_has_every_task() {
    let (yard, tasks) = busy();
    let query = list(Scope::Board { board: yard.board }, Grouping::Needs);
    let answer = yard.asks(ME, &query);
    let mut listed = keys(&answer);
    listed.sort();
    assert_eq!(listed, tasks);
    assert_eq!(groups(&yard.head(ME, &query)).last(), Some(&("signed_off".to_owned(), 1)));
}

#[test]
fn a_board_by_state_follows_its_columns() {
    let (yard, _) = busy();
    let query = list(Scope::Board { board: yard.board }, Grouping::State);
    let head = yard.head(ME, &query);
    assert_eq!(groups(&head), named(&[("ready", 1), ("claimed", 3), ("under_way", 1), ("in_review", 2), ("signed_off", 1)]));
    assert_eq!((head["total"].as_u64(), head["groups"][2]["start"].as_u64()), (Some(8), Some(4)));
}

#[test]
fn by_holder_the_reader_comes_first_and_nobody_last() {
    let (yard, _) = busy();
    let query = list(Scope::Everything {}, Grouping::Holder);
    let titles = |reader| -> Vec<String> {
        yard.head(reader, &query)["groups"].as_array().unwrap().iter().map(|group| group["title"].as_str().unwrap().to_owned()).collect()
    };
    let mine = titles(ME);
    assert_eq!((mine.first().map(String::as_str), mine.last().map(String::as_str)), (Some("You"), Some("Nobody")));
    assert!(titles(FOREMAN).contains(&"T. B.".to_owned()));
}

#[test]
fn collapsed_groups_have_a_count_and_no_rows() {
    let (yard, _) = busy();
    let query = |collapsed: &[&str]| Query::List {
        scope: Scope::Board { board: yard.board },
        group: Grouping::State,
        filter: Filter::default(),
        from: 0,
        count: 100,
        collapsed: collapsed.iter().map(|key| (*key).to_owned()).collect(),
    };
    let head = yard.head(ME, &query(&["claimed", "ready"]));
    assert_eq!(
        (head["total"].as_u64(), head["groups"][1]["count"].as_u64(), head["groups"][1]["collapsed"].as_bool()),
        (Some(4), Some(3), Some(true))
    );
    assert_eq!((head["groups"][2]["start"].as_u64(), head["groups"][3]["start"].as_u64()), (Some(0), Some(1)));
    assert_eq!(yard.asks(ME, &query(&["claimed", "ready"])).rows.len(), 4);
}

#[test]
fn a_window_of_a_list_is_that_part_of_it() {
    let (yard, _) = busy();
    for group in [Grouping::State, Grouping::Needs, Grouping::Holder, Grouping::None] {
        let whole = keys(&yard.asks(ME, &list(Scope::Everything {}, group)));
        assert_eq!(whole.len(), 8);
        for from in 0..9 {
            for count in 0..9 {
                let query = Query::List { scope: Scope::Everything {}, group, filter: Filter::default(), from, count, collapsed: vec![] };
                let (start, end) = (from.min(8) as usize, (from + count).min(8) as usize);
                assert_eq!(keys(&yard.asks(ME, &query)), whole[start..end], "{group:?} {from} {count}");
            }
        }
    }
}

#[test]
fn what_was_discarded_last_stands_first() {
    let (mut yard, tasks) = busy();
    for task in [tasks[0], tasks[4]] {
        yard.does(FOREMAN, task::DiscardTask { task, why: "Not ours".into() });
    }
    let query = list(Scope::Discarded {}, Grouping::None);
    assert_eq!(keys(&yard.asks(ME, &query)), [tasks[4], tasks[0]]);
    assert_eq!(yard.card(ME, tasks[0])["discarded"], true);
    assert!(!keys(&yard.asks(ME, &list(Scope::Everything {}, Grouping::State))).contains(&tasks[0]));
}

#[test]
fn fifty_thousand_tasks_are_listed_by_window() {
    let mut yard = Yard::new();
    for number in 0..50_000 {
        let mut new = yard.new_task(&format!("Task {number}"));
        new.labels = vec![if number % 3 == 0 { "Hull" } else { "Engine" }.into()];
        yard.does(FOREMAN, new);
    }
    let column = yard.column(Stage::Ready);
    for from in [0, 25_000, 49_980] {
        let answer = yard.asks(ME, &Query::Column { column, from, count: 20, filter: Filter::default() });
        assert_eq!((answer.rows.len(), answer.head.as_str()), (20, r#"{"total":50000}"#));
    }
    for group in [Grouping::State, Grouping::Needs, Grouping::Holder, Grouping::None] {
        let query =
            Query::List { scope: Scope::Everything {}, group, filter: Filter::default(), from: 40_000, count: 50, collapsed: vec![] };
        assert_eq!(yard.asks(ME, &query).rows.len(), 50, "{group:?}");
    }
    let filter = Filter { label: Some("Hull".to_owned()), ..Filter::default() };
    let filtered = yard.asks(ME, &Query::Column { column, from: 16_000, count: 20, filter });
    assert_eq!((filtered.rows.len(), filtered.head.as_str()), (20, r#"{"total":16667}"#));
    let found = yard.asks(ME, &Query::Search { text: "49999".to_owned(), limit: 5 });
    assert_eq!(found.rows.len(), 2, "by number and by title");
}
