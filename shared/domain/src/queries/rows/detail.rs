//! All about one task, and what can be done with it, exactly as their JSON.

use super::{Person, TaskCard};
use crate::day::Due;
use crate::ids::{CommentId, LinkId, Mark, StepId, TaskId};
use crate::state::LinkKind;
use crate::words::Phrase;
use landfall_engine::{Position, TimeMs};
use serde::Serialize;
use std::rc::Rc;

/// Who made a part, when and where.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct SignView {
    /// Who.
    pub by: Rc<Person>,
    /// When.
    pub at: TimeMs,
    /// On which device: eight hex digits that tell a person's devices apart.
    pub device: String,
    /// Has it landed?
    pub landed: bool,
    /// What a command that replaces the part is based on.
    pub mark: Mark,
}

/// A description and its signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct DescriptionView<'a> {
    /// The text.
    pub text: &'a str,
    /// Who wrote it.
    pub sign: SignView,
    /// Is it still what was signed off? `None` while the task is not signed off.
    pub signed_off: Option<Signature>,
}

/// Whether a signature holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    /// The text is the one that was signed for.
    Intact,
    /// The text was changed after it was signed for.
    Broken,
}

/// A handover that was not answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HandedView<'a> {
    /// Who gave the task away.
    pub from: Rc<Person>,
    /// What they said.
    pub note: &'a str,
    /// When.
    pub at: TimeMs,
}

/// Why a task cannot go on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct BlockedView<'a> {
    /// Why.
    pub why: &'a str,
    /// Until when.
    pub until: Option<Due>,
    /// Who said so.
    pub by: Rc<Person>,
    /// When.
    pub at: TimeMs,
}

/// A step of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct StepView<'a> {
    /// Its id.
    pub id: StepId,
    /// What is to be done.
    pub text: &'a str,
    /// Is it ticked?
    pub done: bool,
    /// Who ticked it.
    pub by: Option<Rc<Person>>,
    /// When.
    pub at: Option<TimeMs>,
    /// Is something about it on this device only?
    pub pending: bool,
    /// Was it discarded?
    pub discarded: bool,
    /// Who wrote the text.
    pub sign: SignView,
}

/// Everybody who reacted with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct ReactionView<'a> {
    /// The emoji.
    pub emoji: &'a str,
    /// How many people.
    pub count: u32,
    /// Is the reader among them?
    pub mine: bool,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct CommentView<'a> {
    /// Its id.
    pub id: CommentId,
    /// Who wrote it.
    pub by: Rc<Person>,
    /// When.
    pub at: TimeMs,
    /// What was said.
    pub text: &'a str,
    /// Was it revised?
    pub revised: bool,
    /// Is something about it on this device only?
    pub pending: bool,
    /// Was it discarded?
    pub discarded: bool,
    /// Reactions.
    pub reactions: Vec<ReactionView<'a>>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct LinkView<'a> {
    /// Its id.
    pub id: LinkId,
    /// What it says.
    pub kind: LinkKind,
    /// The task that it leads to, if it leads to one.
    pub task: Option<TaskCard<'a>>,
    /// The page that it leads to, if it leads to one.
    pub url: Option<&'a str>,
    /// What that is called.
    pub title: Option<&'a str>,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct HistoryLine {
    /// When.
    pub at: TimeMs,
    /// By whom.
    pub person: Rc<Person>,
    /// What, as the predicate of a sentence that begins with the person.
    pub phrase: Phrase,
    /// Is it on this device only?
    pub pending: bool,
    /// Where in the log.
    pub position: Option<Position>,
}

/// The tasks before and after one in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Neighbours {
    /// The one above.
    pub previous: Option<TaskId>,
    /// The one below.
    pub next: Option<TaskId>,
}

/// Head of the query `task`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct TaskDetail<'a> {
    /// The task as on the board.
    pub card: TaskCard<'a>,
    /// What its board is called.
    pub board_name: &'a str,
    /// How it stands, in a few sentences.
    pub sentence: Phrase,
    /// What comes later, and why not now.
    pub note: Option<Phrase>,
    /// Who wrote the title.
    pub title_sign: SignView,
    /// The description; `None` when it has none.
    pub description: Option<DescriptionView<'a>>,
    /// Who wrote the description, or took it away.
    pub description_sign: SignView,
    /// About how long it takes.
    pub estimate_minutes: Option<u32>,
    /// Who estimated it, or took the estimate back.
    pub estimate_sign: SignView,
    /// Where it came from, when it was imported.
    pub source: Option<&'a str>,
    /// A handover that was not answered.
    pub handed: Option<HandedView<'a>>,
    /// Why it cannot go on.
    pub blocked: Option<BlockedView<'a>>,
    /// Its steps, discarded ones included.
    pub steps: Vec<StepView<'a>>,
    /// Its comments, oldest first, discarded ones included.
    pub comments: Vec<CommentView<'a>>,
    /// Its links.
    pub links: Vec<LinkView<'a>>,
    /// The last things that were done to it, newest first.
    pub history: Vec<HistoryLine>,
    /// Everybody who worked on it, and may not sign it off.
    pub workers: Vec<Rc<Person>>,
    /// The tasks before and after it.
    pub neighbours: Neighbours,
}

/// Something that the reader can do, or could later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Intent {
    /// The kind of command.
    pub verb: &'static str,
    /// What the button says; with an ellipsis when it asks something.
    pub label: String,
    /// What follows from it, or how it stands now.
    pub hint: Option<String>,
    /// What it asks.
    #[cfg_attr(
        feature = "ts",
        ts(
            type = "Array<\"note\" | \"why\" | \"member\" | \"text\" | \"due\" | \"until\" | \"minutes\" | \"priority\" | \"labels\" | \"link\">"
        )
    )]
    pub asks: &'static [&'static str],
    /// Is it the likeliest of all?
    pub primary: bool,
    /// Other words for which somebody may look.
    pub synonyms: &'static [&'static str],
    /// Why it is not possible now; `None` when it is.
    pub not_now: Option<Phrase>,
}

/// Head of the query `intents`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct IntentsHead {
    /// What holds now, the likeliest first.
    pub now: Vec<Intent>,
    /// What could come later, with the reason.
    pub later: Vec<Intent>,
}
