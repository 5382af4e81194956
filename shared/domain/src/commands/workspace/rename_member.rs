//! `rename_member`: gives its author another name in this workspace. Viewers may too.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};

/// Gives its author another name in this workspace. Viewers may too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RenameMember {
    /// The new name.
    pub name: Text,
}

/// A member took another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MemberRenamed {
    /// The new name.
    pub name: Text,
}

impl Intent for RenameMember {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.reader()?;
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        case.free_name(&self.name, case.context.actor)?;
        Ok(vec![MemberRenamed { name: self.name.clone() }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        Some(Self { name: before.member_of(context.actor)?.name.clone() }.into())
    }
}

impl Fact for MemberRenamed {
    fn evolve(&self, state: &mut State, context: &Context) {
        if let Some(number) = state.number_of(context.actor) {
            state.edit_member(number, |member| member.name = self.name.clone());
        }
    }

    /// A name carries no sign.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::{Problem, Thing};

    fn rename(name: &str) -> RenameMember {
        RenameMember { name: name.into() }
    }

    #[test]
    fn takes_another_name() {
        given([]).when(BEN, rename("B. J.")).then(MemberRenamed { name: "B. J.".into() }).undo_restores();
        given([]).when(VERA, rename("V. V.")).then_happens().undo_restores();
        given([]).when(BEN, rename("Ben")).then_happens();
    }

    #[test]
    fn says_something_and_nobody_else_has_it() {
        given([]).when(BEN, rename("")).then_rejected(invalid("name", Problem::Empty));
        given([]).when(BEN, rename("Cara")).then_rejected(Rejection::NameTaken { what: Thing::Member, name: "Cara".into() });
        given([(ANNA, removed(CARA))]).when(BEN, rename("Cara")).then_happens();
    }

    #[test]
    fn only_by_members() {
        given([]).when(STRANGER, rename("K. O.")).then_rejected(stranger());
    }
}
