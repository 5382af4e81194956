//! A task and its parts.
//!
//! A workspace holds tens of thousands of these in a browser's memory, so what most tasks do not have costs a null pointer,
//! and a sign that equals the task's own (`added`) is not kept twice.

use crate::commands::task::Spot;
use crate::day::Due;
use crate::deed::Deed;
use crate::ids::{BoardId, ColumnId, CommentId, LinkId, Mark, MemberNumber, Sign, StepId, TaskId};
use crate::rank::Rank;
use crate::text::{List, Text};
use imbl::OrdMap;
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::sync::Arc;

/// How far a task is. Each column stands for one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has taken it.
    Ready,
    /// Somebody will do it.
    Claimed,
    /// Somebody does it.
    UnderWay,
    /// Done; somebody else is to look at it.
    InReview,
    /// Done, and signed for.
    SignedOff,
}

/// How soon a task matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// When there is time.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its readable number; `None` until it has landed, so that a number once read never changes.
    pub number: Option<NonZeroU32>,
    /// The board that it belongs to.
    pub board: BoardId,
    /// The column that it stands in, also while it is discarded.
    pub column: ColumnId,
    /// Its place in the column.
    pub rank: Rank,
    /// How far it is: the stage of its column.
    pub stage: Stage,
    /// How soon it matters.
    pub priority: Priority,
    /// Who added it, and when.
    pub added: Sign,
    /// What is to be done, in one line.
    pub title: Text,
    /// When it is due.
    pub due: Option<Due>,
    /// About how long it takes.
    pub estimate_minutes: Option<u32>,
    /// What is to be done, at length; `None` when there is no description.
    pub description: Option<Text>,
    /// Where it came from, when it was imported.
    pub source: Option<Text>,
    /// Labels, in alphabetical order.
    pub labels: List<Text>,
    /// Who has it.
    pub hold: Option<Arc<Hold>>,
    /// Why it cannot go on.
    pub blocked: Option<Arc<Blocked>>,
    /// Who submitted it for review, while it is in review.
    pub submitted: Option<Arc<Submitted>>,
    /// Why it came back from review, until it goes there again.
    pub sent_back: Option<Arc<SentBack>>,
    /// Who signed it off, while it is signed off.
    pub signed_off: Option<Arc<SignedOff>>,
    /// Who discarded it, and why; `None` while it is live.
    pub discarded: Option<Arc<Discarded>>,
    /// Everybody who held it while it was under way, or submitted it: they may not sign it off.
    pub workers: List<MemberNumber>,
    /// The checklist, in its order, discarded steps included.
    pub steps: List<Arc<Step>>,
    /// Links, in the order in which they were made, unlinked ones included.
    pub links: List<Arc<Link>>,
    /// Comments by id, which is about the order of writing; discarded ones included.
    #[serde(with = "entries")]
    pub comments: OrdMap<CommentId, Arc<Comment>>,
    /// The last things that were done to it, oldest first. That it was added is told by `added`.
    pub history: List<Arc<HistoryEntry>>,
    /// Signs of parts that changed since the task was added; see the methods named like them.
    pub(crate) signs: TaskSigns,
}

/// Signs of the parts of a task; `None` means the sign with which the task was added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskSigns {
    pub(crate) entered: Option<Arc<Sign>>,
    pub(crate) title: Option<Arc<Sign>>,
    pub(crate) description: Option<Arc<Sign>>,
    pub(crate) estimate: Option<Arc<Sign>>,
    pub(crate) due: Option<Arc<Sign>>,
}

/// That somebody has a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who has it.
    pub holder: MemberNumber,
    /// Who made them its holder, and when.
    pub sign: Sign,
    /// Set from a handover until it is accepted or declined. Its time is that of `sign`.
    pub handed: Option<Handed>,
}

/// A handover that was not answered yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// Who gave the task away.
    pub from: MemberNumber,
    /// What they said.
    pub note: Text,
}

/// Why a task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Why.
    pub why: Text,
    /// When it is expected to go on.
    pub until: Option<Due>,
    /// Who said so, and when.
    pub sign: Sign,
}

/// That a task was submitted for review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// What the submitter said.
    pub note: Text,
    /// Who, and when.
    pub sign: Sign,
}

/// That a task came back from review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentBack {
    /// Why.
    pub why: Text,
    /// Who sent it back, and when.
    pub sign: Sign,
}

/// That a task was signed off, or finished on a board without review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOff {
    /// What was said.
    pub note: Text,
    /// The description that was signed for: a later one breaks the signature.
    pub description: Option<Mark>,
    /// Who, and when.
    pub sign: Sign,
}

/// That a task was discarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discarded {
    /// Why; may be empty.
    pub why: Text,
    /// Who, and when.
    pub sign: Sign,
}

/// A step of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// What is to be done.
    pub text: Text,
    /// Who wrote the text, and when.
    pub sign: Sign,
    /// Who ticked it, and when.
    pub ticked: Option<Sign>,
    /// Who discarded it, and when.
    pub discarded: Option<Sign>,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// What was said.
    pub text: Text,
    /// Who said it, and when.
    pub sign: Sign,
    /// When the author revised it last.
    pub revised: Option<Sign>,
    /// Who discarded it, and when.
    pub discarded: Option<Sign>,
    /// Reactions, in the order in which each emoji came first.
    pub reactions: List<Reaction>,
}

/// Everybody who reacted to a comment with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Text,
    /// Who, in the order in which they reacted. Never empty.
    pub by: Vec<MemberNumber>,
}

/// What a link says about its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// This task blocks the other.
    Blocks,
    /// They have to do with each other.
    Relates,
    /// This task says the same as the other.
    Duplicates,
    /// Something to read.
    Reference,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum LinkTarget {
    /// To another task of this workspace.
    Task(TaskId),
    /// To a page.
    Page {
        /// Its address, `http` or `https`.
        url: Text,
        /// What it is called.
        title: Text,
    },
}

/// A link from a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Where it leads.
    pub to: LinkTarget,
    /// What it says.
    pub kind: LinkKind,
    /// Who made it, and when.
    pub sign: Sign,
    /// Who took it away, and when.
    pub unlinked: Option<Sign>,
}

/// One line of a task's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// What was done.
    pub deed: Deed,
    /// By whom, when, and where in the log.
    pub sign: Sign,
}

/// How many entries of history a task keeps; the log has them all.
pub(crate) const HISTORY_LENGTH: usize = 12;

/// A map in a snapshot. imbl's own reader sets aside whatever room the bytes claim to need, terabytes if they say so; this one believes entries.
mod entries {
    use imbl::OrdMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::BTreeMap;

    pub fn serialize<S: Serializer, K: Ord + Serialize, V: Serialize>(map: &OrdMap<K, V>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(map.iter())
    }

    pub fn deserialize<'de, D, K, V>(deserializer: D) -> Result<OrdMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Ord + Clone + Deserialize<'de>,
        V: Clone + Deserialize<'de>,
    {
        BTreeMap::deserialize(deserializer).map(|entries: BTreeMap<K, V>| entries.into_iter().collect())
    }
}

impl Task {
    /// Who brought it into its stage, and when.
    pub fn entered(&self) -> &Sign {
        self.signs.entered.as_deref().unwrap_or(&self.added)
    }

    /// Who wrote the title, and when.
    pub fn title_sign(&self) -> &Sign {
        self.signs.title.as_deref().unwrap_or(&self.added)
    }

    /// Who wrote the description, or took it away, and when.
    pub fn description_sign(&self) -> &Sign {
        self.signs.description.as_deref().unwrap_or(&self.added)
    }

    /// Who estimated it, and when.
    pub fn estimate_sign(&self) -> &Sign {
        self.signs.estimate.as_deref().unwrap_or(&self.added)
    }

    /// Who set the due time, and when.
    pub fn due_sign(&self) -> &Sign {
        self.signs.due.as_deref().unwrap_or(&self.added)
    }

    /// Who has it.
    pub fn holder(&self) -> Option<MemberNumber> {
        self.hold.as_ref().map(|hold| hold.holder)
    }

    /// Does it count: is it not discarded?
    pub fn is_live(&self) -> bool {
        self.discarded.is_none()
    }

    /// The step with this id, discarded or not.
    pub fn step(&self, step: StepId) -> Option<&Arc<Step>> {
        self.steps.iter().find(|candidate| candidate.id == step)
    }

    /// The link with this id, taken away or not.
    pub fn link(&self, link: LinkId) -> Option<&Arc<Link>> {
        self.links.iter().find(|candidate| candidate.id == link)
    }

    /// How many steps are ticked, and how many there are; discarded ones do not count.
    pub fn steps_done(&self) -> (usize, usize) {
        let live = self.steps.iter().filter(|step| step.discarded.is_none());
        live.fold((0, 0), |(done, total), step| (done + usize::from(step.ticked.is_some()), total + 1))
    }

    /// Adds a line of history, and forgets the oldest beyond the bound.
    pub(crate) fn note(&mut self, deed: Deed, sign: Sign) {
        self.history.edit(|history| {
            if history.len() >= HISTORY_LENGTH {
                history.remove(0);
            }
            history.push(Arc::new(HistoryEntry { deed, sign }));
        });
    }

    /// Remembers that `member` worked on it.
    pub(crate) fn worked(&mut self, member: MemberNumber) {
        if !self.workers.contains(&member) {
            self.workers.push(member);
        }
    }

    /// Brings it to stand elsewhere, in another stage.
    pub(crate) fn stand(&mut self, spot: &Spot, stage: Stage, sign: Sign) {
        self.column = spot.column;
        self.rank = spot.rank.clone();
        self.stage = stage;
        self.signs.entered = Some(Arc::new(sign));
    }

    /// Changes a step, if there is one with this id.
    pub(crate) fn edit_step(&mut self, step: StepId, change: impl FnOnce(&mut Step)) {
        if let Some(place) = self.steps.iter().position(|candidate| candidate.id == step) {
            self.steps.edit(|steps| change(Arc::make_mut(&mut steps[place])));
        }
    }

    /// Changes a comment, if there is one with this id.
    pub(crate) fn edit_comment(&mut self, comment: CommentId, change: impl FnOnce(&mut Comment)) {
        if let Some(comment) = self.comments.get_mut(&comment) {
            change(Arc::make_mut(comment));
        }
    }

    /// Brings it to be signed off, and with it the description as it is now.
    pub(crate) fn sign_off(&mut self, spot: &Spot, note: &Text, sign: Sign) {
        let description = self.description.as_ref().map(|_| self.description_sign().mark);
        self.signed_off = Some(Arc::new(SignedOff { note: note.clone(), description, sign }));
        self.hold = None;
        self.submitted = None;
        self.sent_back = None;
        self.stand(spot, Stage::SignedOff, sign);
    }

    /// Writes position and time wherever `context`'s command left its mark, except in comments.
    pub(crate) fn settle(&mut self, context: &Context) {
        fn part<T: Clone>(part: &mut Option<Arc<T>>, context: &Context, sign: impl Fn(&mut T) -> &mut Sign, mark: impl Fn(&T) -> Mark) {
            if let Some(part) = part
                && mark(part) == Mark::of(context.command)
            {
                sign(Arc::make_mut(part)).settle(context);
            }
        }
        self.added.settle(context);
        let TaskSigns { entered, title, description, estimate, due } = &mut self.signs;
        for sign in [entered, title, description, estimate, due] {
            part(sign, context, |sign| sign, |sign| sign.mark);
        }
        part(&mut self.hold, context, |hold| &mut hold.sign, |hold| hold.sign.mark);
        part(&mut self.blocked, context, |blocked| &mut blocked.sign, |blocked| blocked.sign.mark);
        part(&mut self.submitted, context, |submitted| &mut submitted.sign, |submitted| submitted.sign.mark);
        part(&mut self.sent_back, context, |sent_back| &mut sent_back.sign, |sent_back| sent_back.sign.mark);
        part(&mut self.signed_off, context, |signed_off| &mut signed_off.sign, |signed_off| signed_off.sign.mark);
        part(&mut self.discarded, context, |discarded| &mut discarded.sign, |discarded| discarded.sign.mark);
        let mark = Mark::of(context.command);
        self.steps.settle(|step| step.bears(mark), |step| step.settle(context));
        self.links.settle(|link| link.bears(mark), |link| link.settle(context));
        self.history.settle(|entry| entry.sign.mark == mark, |entry| entry.sign.settle(context));
    }

    /// The same for one comment.
    pub(crate) fn settle_comment(&mut self, comment: CommentId, context: &Context) {
        self.edit_comment(comment, |comment| {
            comment.sign.settle(context);
            [&mut comment.revised, &mut comment.discarded].into_iter().flatten().for_each(|sign| sign.settle(context));
        });
    }
}

impl Step {
    fn bears(&self, mark: Mark) -> bool {
        self.sign.mark == mark || [&self.ticked, &self.discarded].into_iter().flatten().any(|sign| sign.mark == mark)
    }

    fn settle(&mut self, context: &Context) {
        self.sign.settle(context);
        [&mut self.ticked, &mut self.discarded].into_iter().flatten().for_each(|sign| sign.settle(context));
    }
}

impl Link {
    fn bears(&self, mark: Mark) -> bool {
        self.sign.mark == mark || self.unlinked.is_some_and(|sign| sign.mark == mark)
    }

    fn settle(&mut self, context: &Context) {
        self.sign.settle(context);
        self.unlinked.iter_mut().for_each(|sign| sign.settle(context));
    }
}

impl<T: Clone> List<Arc<T>> {
    /// Changes the items that bear a mark; a list without any stays shared.
    fn settle(&mut self, bears: impl Fn(&T) -> bool, settle: impl Fn(&mut T)) {
        if self.iter().any(|item| bears(item)) {
            self.edit(|items| items.iter_mut().filter(|item| bears(item)).for_each(|item| settle(Arc::make_mut(item))));
        }
    }
}
