//! Sentences: what people read about commands, rejections and what happened.
//!
//! They are short and plain, name people and times, and speak in the past tense only of what happened.
//! Times, dates and people stay values inside a sentence, so that the page can say "you", "today" and "Thu 08:10" where it is read.

mod command;
mod deed;
mod happened;
mod names;
mod rejection;

pub use command::command;
pub(crate) use deed::deed;
pub use happened::{happened, noticed};
pub(crate) use names::{due_text, estimate_text, is_crew, member_name, number, priority_name, stage_name};
pub use names::{initials, synonyms, verb};
pub(crate) use rejection::cause;
pub use rejection::{rejected, rejection, rule};

use crate::day::Due;
use crate::ids::MemberNumber;
use crate::rejection::Who;
use crate::state::State;
use landfall_engine::{ActorId, TimeMs};
use serde::{Deserialize, Serialize};

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Plain text.
    Text(String),
    /// Text that matters: the thing that the sentence is about.
    Strong(String),
    /// A person. The page says "you" where it is the reader.
    Person {
        /// Who.
        actor: ActorId,
        /// Their name.
        name: String,
    },
    /// A moment.
    Time(TimeMs),
    /// A local day, or a day and a time of it: "2026-11-24", "2026-11-24T16:00".
    Date(String),
}

/// A sentence, or a part of one.
pub type Phrase = Vec<Span>;

/// The text of a sentence, for a log, a test or a screen reader. Times stay milliseconds, and dates as they are written in JSON.
pub fn plain(phrase: &[Span]) -> String {
    let mut text = String::new();
    for span in phrase {
        match span {
            Span::Text(piece) | Span::Strong(piece) | Span::Date(piece) => text.push_str(piece),
            Span::Person { name, .. } => text.push_str(name),
            Span::Time(time) => text.push_str(&time.0.to_string()),
        }
    }
    text
}

/// A sentence in the making.
#[derive(Default)]
pub(crate) struct Words(Phrase);

impl Words {
    /// Begins with plain text.
    pub fn new(text: &str) -> Self {
        Self::default().text(text)
    }

    /// Goes on in plain text; neighbouring pieces become one. A name that ends with a stop, as "R. M." does, needs no other behind it.
    pub fn text(mut self, text: &str) -> Self {
        match self.0.last_mut() {
            Some(Span::Strong(name) | Span::Person { name, .. }) if text.starts_with('.') && name.ends_with('.') => {
                name.pop();
                self.0.push(Span::Text(text.to_owned()));
            }
            Some(Span::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.0.push(Span::Text(text.to_owned())),
        }
        self
    }

    /// Text that matters.
    pub fn strong(mut self, text: &str) -> Self {
        if !text.is_empty() {
            self.0.push(Span::Strong(text.to_owned()));
        }
        self
    }

    /// What somebody said, in quotes and cut to a length that fits a line.
    pub fn quote(self, text: &str) -> Self {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut = shortened(&line, 80);
        self.text(&format!("“{cut}”"))
    }

    /// A member, by number.
    pub fn member(self, state: &State, member: MemberNumber) -> Self {
        self.who(&state.who(member))
    }

    /// A person as a rejection names them.
    pub fn who(self, who: &Who) -> Self {
        if who.name.is_empty() {
            return self.text("somebody");
        }
        self.person(who.actor, &who.name)
    }

    /// A person.
    pub fn person(mut self, actor: ActorId, name: &str) -> Self {
        self.0.push(Span::Person { actor, name: name.to_owned() });
        self
    }

    /// A moment.
    pub fn time(mut self, time: TimeMs) -> Self {
        self.0.push(Span::Time(time));
        self
    }

    /// A due time.
    pub fn date(mut self, due: Due) -> Self {
        self.0.push(Span::Date(due.to_string()));
        self
    }

    /// Another sentence's pieces.
    pub fn phrase(mut self, phrase: Phrase) -> Self {
        for span in phrase {
            match span {
                Span::Text(text) => self = self.text(&text),
                span => self.0.push(span),
            }
        }
        self
    }

    /// ": " and what was said, when anything was; a full stop unless it ends with one.
    pub fn said(self, note: &str) -> Self {
        let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
        if note.is_empty() {
            return self.text(".");
        }
        let stop = if note.ends_with(['.', '!', '?', '…']) { "" } else { "." };
        self.text(&format!(": {note}{stop}"))
    }

    /// The sentence.
    pub fn done(self) -> Phrase {
        self.0
    }
}

/// The first `characters_max` characters, with an ellipsis when something was cut.
pub(crate) fn shortened(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
