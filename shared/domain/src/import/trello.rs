//! Trello: the JSON that "Export as JSON" of a board gives.

use super::order::sort_by_number;
use super::pieces::{Found, Pieces};
use super::reading::{Draft, Reading};
use super::values;
use serde::Deserialize;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

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

/// Items read in one step.
const STEP_ITEMS: usize = 32;

/// Reads a text item by item. The export lists them in no order that can be relied on, so all of them are found first.
/// Problems carry the number of the card, counted from 1.
pub(super) struct Reader {
    pieces: Pieces,
    offset_minutes: i32,
    has_found_all: bool,
    /// What was found and not read yet, with its number.
    raw_lists: VecDeque<(u64, Range<usize>)>,
    raw_checklists: VecDeque<(u64, Range<usize>)>,
    raw_cards: VecDeque<(u64, Range<usize>)>,
    lists: BTreeMap<String, List>,
    checklists: BTreeMap<String, Vec<Checklist>>,
    drafts: Vec<((f64, f64), Draft)>,
}

impl Reader {
    pub fn new(text: Arc<String>, offset_minutes: i32) -> Self {
        Self {
            pieces: Pieces::new(text),
            offset_minutes,
            has_found_all: false,
            raw_lists: VecDeque::new(),
            raw_checklists: VecDeque::new(),
            raw_cards: VecDeque::new(),
            lists: BTreeMap::new(),
            checklists: BTreeMap::new(),
            drafts: Vec::new(),
        }
    }

    /// How much of the text was read, bytes.
    pub fn position(&self) -> usize {
        self.pieces.position()
    }

    /// Does a bounded piece of the reading; `false` when it is done.
    pub fn step(&mut self, reading: &mut Reading) -> bool {
        if !self.has_found_all {
            return self.find(reading);
        }
        if !self.raw_lists.is_empty() {
            self.read_lists(reading);
        } else if !self.raw_checklists.is_empty() {
            self.read_checklists(reading);
        } else if !self.raw_cards.is_empty() {
            self.read_cards(reading);
        } else {
            sort_by_number(&mut self.drafts, |((_, card), _)| *card);
            sort_by_number(&mut self.drafts, |((list, _), _)| *list);
            reading.drafts = std::mem::take(&mut self.drafts).into_iter().map(|(_, draft)| draft).collect();
            return false;
        }
        true
    }

    fn find(&mut self, reading: &mut Reading) -> bool {
        for _ in 0..STEP_ITEMS {
            match self.pieces.look() {
                Found::Pause => break,
                Found::Piece { member, range } => self.take(&member, range, reading),
                Found::Broken(line, why) => {
                    reading.report(line, format!("This is not a board as Trello exports it: {why}."));
                    return false;
                }
                Found::End if self.pieces.has_member("lists") && self.pieces.has_member("cards") => {
                    reading.total = self.raw_cards.len() as u64;
                    self.has_found_all = true;
                    break;
                }
                Found::End => {
                    reading.report(1, "This is not a board as Trello exports it: there are no lists and cards.");
                    return false;
                }
            }
        }
        true
    }

    fn take(&mut self, member: &str, range: Range<usize>, reading: &mut Reading) {
        let items = match member {
            "lists" => &mut self.raw_lists,
            "cards" => &mut self.raw_cards,
            "checklists" => &mut self.raw_checklists,
            "name" => {
                reading.name = serde_json::from_str(self.pieces.text(&range)).ok();
                return;
            }
            _ => return,
        };
        items.push_back((items.len() as u64 + 1, range));
    }

    /// All lists: a board has a few dozen.
    fn read_lists(&mut self, reading: &mut Reading) {
        let mut lists: Vec<List> = Vec::new();
        for (number, range) in self.raw_lists.drain(..) {
            match serde_json::from_str(self.pieces.text(&range)) {
                Ok(list) => lists.push(list),
                Err(error) => reading.report(number, format!("List {number} cannot be read: {error}.")),
            }
        }
        sort_by_number(&mut lists, |list| list.pos);
        for list in lists.iter().filter(|list| !list.closed) {
            reading.names_column(&list.name);
        }
        self.lists = lists.into_iter().map(|list| (list.id.clone(), list)).collect();
    }

    fn read_checklists(&mut self, reading: &mut Reading) {
        let count = self.raw_checklists.len().min(STEP_ITEMS);
        for (number, range) in self.raw_checklists.drain(..count) {
            match serde_json::from_str::<Checklist>(self.pieces.text(&range)) {
                Ok(checklist) => self.checklists.entry(checklist.id_card.clone()).or_default().push(checklist),
                Err(error) => reading.report(number, format!("Checklist {number} cannot be read: {error}.")),
            }
        }
    }

    fn read_cards(&mut self, reading: &mut Reading) {
        let count = self.raw_cards.len().min(STEP_ITEMS);
        for (number, range) in self.raw_cards.drain(..count) {
            let card: Card = match serde_json::from_str(self.pieces.text(&range)) {
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
            let list = self.lists.get(&card.id_list);
            if list.is_none() {
                let problem = format!("Card {number} stands in a list that the export does not have, so it goes to the first column.");
                reading.report(number, problem);
            }
            let place = (list.map_or(f64::INFINITY, |list| list.pos), card.pos);
            let steps = steps(self.checklists.remove(&card.id).unwrap_or_default());
            self.drafts.push((place, draft(number, card, list, steps, self.offset_minutes, reading)));
        }
    }
}

/// The steps of a card. When it has several checklists, each step says whose it is.
fn steps(mut checklists: Vec<Checklist>) -> Vec<(String, bool)> {
    sort_by_number(&mut checklists, |checklist| checklist.pos);
    let several = checklists.len() > 1;
    let mut steps = Vec::new();
    for mut checklist in checklists {
        sort_by_number(&mut checklist.check_items, |item| item.pos);
        for item in checklist.check_items {
            let text = item.name.trim();
            if !text.is_empty() {
                let text = if several { format!("{}: {text}", checklist.name.trim()) } else { text.to_owned() };
                steps.push((text, item.state == "complete"));
            }
        }
    }
    steps
}

fn draft(number: u64, card: Card, list: Option<&List>, steps: Vec<(String, bool)>, offset_minutes: i32, reading: &mut Reading) -> Draft {
    let name = |label: Label| if label.name.trim().is_empty() { label.color.unwrap_or_default() } else { label.name };
    let labels = values::distinct(card.labels.into_iter().map(name));
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

    fn read(text: &str, offset_minutes: i32) -> Reading {
        super::super::reading::whole(text, |text| Reader::new(text, offset_minutes), Reader::step)
    }

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
