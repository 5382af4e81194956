//! `react`: reacts to a comment, or takes the reaction back. What is so already is passed over.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Intent, TaskFact};
use crate::deed::Deed;
use crate::ids::{CommentId, Sign, TaskId};
use crate::rejection::Thing;
use crate::state::{Reaction, Task};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Reacts to a comment, or takes the reaction back. What is so already is passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct React {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The emoji.
    pub emoji: Text,
    /// On, or off?
    pub on: bool,
}

/// Somebody reacted to a comment, or took the reaction back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct Reacted {
    /// The task.
    pub task: TaskId,
    /// The comment.
    pub comment: CommentId,
    /// The emoji.
    pub emoji: Text,
    /// On, or off?
    pub on: bool,
}

impl Intent for React {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let me = case.worker()?;
        let comment = case.comment(case.task(self.task)?, self.comment)?;
        bounds::line("emoji", &self.emoji, bounds::EMOJI_CHARS)?;
        let reaction = comment.reactions.iter().find(|reaction| reaction.emoji == self.emoji);
        if reaction.is_some_and(|reaction| reaction.by.contains(&me)) == self.on {
            return Ok(Vec::new());
        }
        if self.on && reaction.is_none() {
            case.one_more(Thing::Reaction, comment.reactions.len(), bounds::EMOJIS_PER_COMMENT)?;
        }
        Ok(vec![Reacted { task: self.task, comment: self.comment, emoji: self.emoji.clone(), on: self.on }.into()])
    }

    fn inverse(&self, _: &State, _: &Context) -> Option<Command> {
        Some(Self { on: !self.on, ..self.clone() }.into())
    }

    fn subject(&self) -> Option<[u8; 16]> {
        Some(self.task.0)
    }
}

impl TaskFact for Reacted {
    fn task(&self) -> TaskId {
        self.task
    }

    fn change(&self, task: &mut Task, sign: Sign) -> Option<Deed> {
        task.edit_comment(self.comment, |comment| {
            comment.reactions.edit(|reactions| {
                let place = reactions.iter().position(|reaction| reaction.emoji == self.emoji);
                match (self.on, place) {
                    (true, Some(place)) => reactions[place].by.push(sign.person),
                    (true, None) => reactions.push(Reaction { emoji: self.emoji.clone(), by: vec![sign.person] }),
                    (false, Some(place)) => reactions[place].by.retain(|person| *person != sign.person),
                    (false, None) => {}
                }
                reactions.retain(|reaction| !reaction.by.is_empty());
            });
        });
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn react(emoji: &str, on: bool) -> React {
        React { task: TASK, comment: COMMENT, emoji: emoji.into(), on }
    }

    #[test]
    fn on_and_off() {
        let expected = Reacted { task: TASK, comment: COMMENT, emoji: "👍".into(), on: true };
        given([comment(CARA)]).when(BEN, react("👍", true)).then(expected).undo_restores();
        given([comment(CARA), (BEN, react("👍", true).into())]).when(BEN, react("👍", false)).then_happens().undo_restores();
    }

    #[test]
    fn several_people_with_one_emoji() {
        let outcome = given([comment(CARA), (CARA, react("👍", true).into())]).when(BEN, react("👍", true));
        let comment = outcome.state().task(TASK).unwrap().comments.get(&COMMENT).unwrap().clone();
        assert_eq!(comment.reactions.to_vec(), [Reaction { emoji: "👍".into(), by: vec![number(CARA), number(BEN)] }]);
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        given([comment(CARA), (BEN, react("👍", true).into())]).when(BEN, react("👍", true)).then_nothing();
        given([comment(CARA)]).when(BEN, react("👍", false)).then_nothing();
    }

    #[test]
    fn an_emoji_is_short_and_there_are_not_too_many() {
        given([comment(CARA)]).when(BEN, react("", true)).then_rejected(invalid("emoji", Problem::Empty));
        given([comment(CARA)]).when(BEN, react(&"x".repeat(17), true)).then_rejected(invalid("emoji", Problem::TooLong { max: 16 }));
        let mut history = vec![comment(CARA)];
        history.extend((0..20).map(|number| (BEN, react(&format!("e{number}"), true).into())));
        given(history).when(BEN, react("👍", true)).then_rejected(Rejection::LimitReached { what: Thing::Reaction, max: 20 });
    }

    #[test]
    fn only_by_members_on_a_live_comment() {
        rejects_outsiders(react("👍", true));
        rejects_lost_tasks(react("👍", true), |task| React { task, ..react("👍", true) }.into());
        rejects_lost_comments(react("👍", true));
    }
}
