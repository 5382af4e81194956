//! Trello: the JSON that "Export as JSON" of a board gives.

use super::reading::{Draft, Reading};
use super::values;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Board<'t> {
    #[serde(default)]
    name: Option<String>,
    #[serde(borrow)]
    lists: Vec<&'t RawValue>,
    #[serde(borrow)]
    cards: Vec<&'t RawValue>,
    #[serde(borrow, default)]
    checklists: Vec<&'t RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    id: String,
    name: String,
    #[serde(default)]
    closed: bool,
    #[serde(default)]
    pos: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    id: String,
    name: String,
    #[serde(default)]
    desc: String,
    id_list: String,
    #[serde(default)]
    closed: bool,
    #[serde(default)]
    pos: f64,
    due: Option<String>,
    #[serde(default)]
    labels: Vec<Label>,
    short_url: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Label {
    #[serde(default)]
    name: String,
    color: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checklist {
    id_card: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    pos: f64,
    #[serde(default)]
    check_items: Vec<CheckItem>,
}

#[derive(Deserialize)]
struct CheckItem {
    name: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    pos: f64,
}

/// Reads the whole text. Problems carry the number of the card, counted from 1.
pub(super) fn read(text: &str, offset_minutes: i32) -> Reading {
    let mut reading = Reading::default();
    let board: Board<'_> = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(board) => board,
        Err(error) => {
            reading.report(error.line() as u64, format!("This is not a board as Trello exports it: {error}."));
            return reading;
        }
    };
    reading.name = board.name;
    reading.total = board.cards.len() as u64;
    let lists = lists(&board.lists, &mut reading);
    let mut checklists = checklists(&board.checklists, &mut reading);
    let mut cards = Vec::new();
    for (number, raw) in (1..).zip(&board.cards) {
        let card: Card = match serde_json::from_str(raw.get()) {
            Ok(card) => card,
            Err(error) => {
                reading.report(number, format!("Card {number} cannot be read, so it was left out: {error}."));
                continue;
            }
        };
        if card.name.trim().is_empty() {
            reading.report(number, format!("Card {number} has no title, so it was left out."));
            continue;
        }
        let list = lists.get(&card.id_list);
        if list.is_none() {
            reading
                .report(number, format!("Card {number} stands in a list that the export does not have, so it goes to the first column."));
        }
        let place = (list.map_or(f64::INFINITY, |list| list.pos), card.pos);
        let steps = checklists.remove(&card.id).unwrap_or_default();
        cards.push((place, draft(number, card, list, steps, offset_minutes, &mut reading)));
    }
    cards.sort_by(|(one, _), (other, _)| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    reading.drafts = cards.into_iter().map(|(_, draft)| draft).collect();
    reading
}

fn lists(raws: &[&RawValue], reading: &mut Reading) -> BTreeMap<String, List> {
    let mut lists: Vec<List> = Vec::new();
    for (number, raw) in (1..).zip(raws) {
        match serde_json::from_str(raw.get()) {
            Ok(list) => lists.push(list),
            Err(error) => reading.report(number, format!("List {number} cannot be read: {error}.")),
        }
    }
    lists.sort_by(|one, other| one.pos.total_cmp(&other.pos));
    for list in lists.iter().filter(|list| !list.closed) {
        reading.names_column(&list.name);
    }
    lists.into_iter().map(|list| (list.id.clone(), list)).collect()
}

/// The steps of each card. When a card has several checklists, each step says whose it is.
fn checklists(raws: &[&RawValue], reading: &mut Reading) -> BTreeMap<String, Vec<(String, bool)>> {
    let mut by_card: BTreeMap<String, Vec<Checklist>> = BTreeMap::new();
    for (number, raw) in (1..).zip(raws) {
        match serde_json::from_str::<Checklist>(raw.get()) {
            Ok(checklist) => by_card.entry(checklist.id_card.clone()).or_default().push(checklist),
            Err(error) => reading.report(number, format!("Checklist {number} cannot be read: {error}.")),
        }
    }
    let steps_of = |mut checklists: Vec<Checklist>| {
        checklists.sort_by(|one, other| one.pos.total_cmp(&other.pos));
        let several = checklists.len() > 1;
        let mut steps = Vec::new();
        for mut checklist in checklists {
            checklist.check_items.sort_by(|one, other| one.pos.total_cmp(&other.pos));
            for item in checklist.check_items {
                let text = item.name.trim();
                if !text.is_empty() {
                    let text = if several { format!("{}: {text}", checklist.name.trim()) } else { text.to_owned() };
                    steps.push((text, item.state == "complete"));
                }
            }
        }
        steps
    };
    by_card.into_iter().map(|(card, checklists)| (card, steps_of(checklists))).collect()
}

fn draft(number: u64, card: Card, list: Option<&List>, steps: Vec<(String, bool)>, offset_minutes: i32, reading: &mut Reading) -> Draft {
    let mut labels = Vec::new();
    for label in card.labels {
        let name = if label.name.trim().is_empty() { label.color.unwrap_or_default() } else { label.name };
        if !name.trim().is_empty() {
            values::push_label(&mut labels, name.trim());
        }
    }
    let due = card.due.as_deref().and_then(|due| {
        let read = values::due(due, offset_minutes);
        if read.is_none() {
            reading.report(number, format!("“{due}” is not a date, so card {number} has no due date."));
        }
        read
    });
    let archived = match list {
        _ if card.closed => Some("Archived in Trello"),
        Some(list) if list.closed => Some("Its list was archived in Trello"),
        _ => None,
    };
    Draft {
        line: number,
        title: card.name.trim().to_owned(),
        description: Some(card.desc.trim().to_owned()).filter(|text| !text.is_empty()),
        column: list.filter(|list| !list.closed).map(|list| list.name.clone()),
        steps,
        labels,
        due: due.map(|read| read.due),
        source: card.short_url.or(card.url),
        archived,
        ..Draft::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: &str = r#"{"name":"Dock","lists":[{"id":"l2","name":"Doing","closed":false,"pos":2},{"id":"l1","name":"To do","closed":false,"pos":1},
      {"id":"l0","name":"Old","closed":true,"pos":0}],
      "cards":[{"id":"c1","name":"Second","desc":"Text","idList":"l2","closed":false,"pos":1,"due":"2026-11-24T15:00:00.000Z","labels":[{"name":"","color":"red"},{"name":"Hull","color":"blue"}]},
        {"id":"c2","name":"First","desc":"","idList":"l1","closed":false,"pos":9,"due":null,"labels":[],"shortUrl":"https://trello.com/c/x"},
        {"name":"no id"},
        {"id":"c4","name":"Gone","idList":"l1","closed":true,"pos":1,"due":null},
        {"id":"c5","name":"Lost","idList":"nowhere","pos":1,"due":"soon"}],
      "checklists":[{"id":"k2","idCard":"c1","name":"After","pos":2,"checkItems":[{"name":"three","state":"incomplete","pos":1}]},
        {"id":"k1","idCard":"c1","name":"Before","pos":1,"checkItems":[{"name":"two","state":"complete","pos":5},{"name":"one","state":"complete","pos":4}]}]}"#;

    #[test]
    fn a_board_is_read_in_the_order_of_its_lists() {
        let reading = read(BOARD, 60);
        assert_eq!(reading.name.as_deref(), Some("Dock"));
        assert_eq!(reading.columns, ["To do", "Doing"]);
        let titles: Vec<_> = reading.drafts.iter().map(|draft| draft.title.as_str()).collect();
        assert_eq!(titles, ["Gone", "First", "Second", "Lost"]);
        let second = &reading.drafts[2];
        assert_eq!(
            (second.due.map(|due| due.to_string()).as_deref(), second.labels.as_slice()),
            (Some("2026-11-24T16:00"), &["red".to_owned(), "Hull".to_owned()][..])
        );
        let steps: Vec<_> = second.steps.iter().map(|(text, done)| (text.as_str(), *done)).collect();
        assert_eq!(steps, [("Before: one", true), ("Before: two", true), ("After: three", false)]);
        assert!(reading.drafts[0].archived.is_some());
        assert_eq!((reading.total, reading.drafts[1].source.as_deref()), (5, Some("https://trello.com/c/x")));
    }

    #[test]
    fn broken_cards_are_told_and_the_rest_goes_on() {
        let lines: Vec<_> = read(BOARD, 0).problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [3, 5, 5]);
        assert_eq!(read("{\"cards\":", 0).problems.len(), 1);
        assert_eq!(read("[]", 0).problems.len(), 1);
    }
}
