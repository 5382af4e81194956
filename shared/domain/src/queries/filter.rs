//! Which tasks a screen shows: a filter, and the search for text in a task.

use super::desk::Desk;
use crate::day::Day;
use crate::ids::MemberNumber;
use crate::state::{Priority, Task};
use crate::words::number;
use landfall_engine::ActorId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Which tasks count; what is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, optional_fields = nullable))]
#[serde(default)]
pub struct Filter {
    /// Words that all occur in title, number, labels or description.
    pub text: Option<String>,
    /// A label that it has.
    pub label: Option<String>,
    /// Who has it.
    pub holder: Option<HolderFilter>,
    /// Due before this day.
    pub due_before: Option<Day>,
    /// Is it blocked?
    pub blocked: Option<bool>,
    /// Its priority.
    pub priority: Option<Priority>,
}

/// Who has a task: in JSON an actor's id, or "nobody".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
pub enum HolderFilter {
    /// Nobody.
    Nobody,
    /// This person.
    Actor(ActorId),
}

impl Serialize for HolderFilter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nobody => serializer.serialize_str("nobody"),
            Self::Actor(actor) => actor.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for HolderFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text == "nobody" { Ok(Self::Nobody) } else { text.parse().map(Self::Actor).map_err(D::Error::custom) }
    }
}

impl Filter {
    /// Does every task count?
    pub fn is_empty(&self) -> bool {
        let Self { text, label, holder, due_before, blocked, priority } = self;
        let no_text = text.as_deref().is_none_or(|text| text.trim().is_empty());
        no_text && label.is_none() && holder.is_none() && due_before.is_none() && blocked.is_none() && priority.is_none()
    }
}

/// A filter made ready for many tasks.
pub(super) struct Sieve<'f> {
    filter: &'f Filter,
    needle: Needle,
    /// The number of the person whose tasks count; `Some(None)` for nobody's.
    holder: Option<Option<MemberNumber>>,
    /// The filter names a person whom this workspace does not know.
    unknown_holder: bool,
}

impl<'f> Sieve<'f> {
    pub fn new(desk: &Desk<'_>, filter: &'f Filter) -> Self {
        let (holder, unknown_holder) = match filter.holder {
            None => (None, false),
            Some(HolderFilter::Nobody) => (Some(None), false),
            Some(HolderFilter::Actor(actor)) => match desk.state.number_of(actor) {
                Some(number) => (Some(Some(number)), false),
                None => (None, true),
            },
        };
        Self { filter, needle: Needle::new(filter.text.as_deref().unwrap_or_default()), holder, unknown_holder }
    }

    pub fn passes(&self, desk: &Desk<'_>, task: &Task) -> bool {
        let filter = self.filter;
        !self.unknown_holder
            && self.holder.is_none_or(|holder| task.holder() == holder)
            && filter.priority.is_none_or(|priority| task.priority == priority)
            && filter.blocked.is_none_or(|blocked| task.blocked.is_some() == blocked)
            && filter.due_before.is_none_or(|day| task.due.is_some_and(|due| due.day < day))
            && filter.label.as_deref().is_none_or(|label| task.labels.iter().any(|known| **known == *label))
            && (self.needle.is_empty() || self.needle.place(desk, task).is_some())
    }
}

/// Words to look for, in lower case.
pub(super) struct Needle {
    words: Vec<String>,
}

/// Where words were found, the likeliest place first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    Number,
    TitleStart,
    Title,
    Elsewhere,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        Self { words: text.split_whitespace().map(str::to_lowercase).collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Where the words occur in a task; `None` unless all of them do.
    pub fn place(&self, desk: &Desk<'_>, task: &Task) -> Option<Found> {
        let mut place = Found::Number;
        for (index, word) in self.words.iter().enumerate() {
            let found = if (self.words.len() == 1 || word.contains('-')) && is_number(desk, task, word) {
                Found::Number
            } else if index == 0 && starts_with(&task.title, word) {
                Found::TitleStart
            } else if contains(&task.title, word) {
                Found::Title
            } else if task.labels.iter().any(|label| contains(label, word))
                || task.description.as_ref().is_some_and(|text| contains(text, word))
                || (word.contains('-') && number(desk.state, task).is_some_and(|number| starts_with(&number, word)))
            {
                Found::Elsewhere
            } else {
                return None;
            };
            place = place.max(found);
        }
        Some(place)
    }
}

/// Is this the number of the task, with or without the board's key?
fn is_number(desk: &Desk<'_>, task: &Task, word: &str) -> bool {
    let Some(own) = task.number else { return false };
    let digits = word.rsplit('-').next().unwrap_or(word);
    digits.parse() == Ok(own)
        && (digits.len() == word.len() || number(desk.state, task).is_some_and(|number| number.eq_ignore_ascii_case(word)))
}

fn starts_with(text: &str, word: &str) -> bool {
    if word.is_ascii() {
        text.len() >= word.len() && text.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
    } else {
        let mut letters = text.chars().flat_map(char::to_lowercase);
        word.chars().all(|letter| letters.next() == Some(letter))
    }
}

/// Does `text` contain `word`, which is in lower case? Nothing is copied: this runs over every text of a workspace.
fn contains(text: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return text.char_indices().any(|(at, _)| starts_with(&text[at..], word));
    }
    // No byte of a longer character looks like an ASCII one, so the bytes can be compared.
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some((&first, rest)) = word.split_first() else { return true };
    if text.len() < word.len() {
        return false;
    }
    let upper = first.to_ascii_uppercase();
    let starts = &text[..=text.len() - word.len()];
    let mut from = 0;
    while let Some(step) = starts[from..].iter().position(|byte| *byte == first || *byte == upper) {
        let at = from + step;
        if text[at + 1..at + word.len()].eq_ignore_ascii_case(rest) {
            return true;
        }
        from = at + 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_in_any_case() {
        assert!(contains("Grind and lap SEA chest", "sea ch"));
        assert!(contains("Ærfugl på dekk", "ærfugl") && contains("PÅ DEKK", "på") && contains("på dekk", "dekk"));
        assert!(!contains("Ærfugl", "ærfugls") && !contains("å", "åå"));
        assert!(contains("Fairlead", ""));
        assert!(!contains("sea", "seas"));
        assert!(!contains("", "a"));
        assert!(starts_with("Overhaul pump", "over") && starts_with("Ærfugl", "ær") && !starts_with("An overhaul", "over"));
    }

    #[test]
    fn a_holder_is_an_id_or_nobody() {
        let nobody: Filter = serde_json::from_str(r#"{"holder":"nobody","blocked":null}"#).unwrap();
        assert_eq!(nobody.holder, Some(HolderFilter::Nobody));
        let actor: Filter = serde_json::from_str(r#"{"holder":"0190f5c4-7a3b-7d2e-9c41-3f5a6b7c8d9e"}"#).unwrap();
        assert!(matches!(actor.holder, Some(HolderFilter::Actor(_))));
        assert!(serde_json::from_str::<Filter>(r#"{"holder":"me"}"#).is_err());
        assert!(serde_json::from_str::<Filter>("{}").unwrap().is_empty());
    }
}
