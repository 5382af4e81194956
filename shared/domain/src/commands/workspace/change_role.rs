//! `change_role`: gives a member another role. Owners only.

use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::state::Role;
use crate::{Command, Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};

/// Gives a member another role. Owners only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    /// Who.
    pub member: ActorId,
    /// What they may do from now on.
    pub role: Role,
}

/// A member got another role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct RoleChanged {
    /// Who.
    pub member: ActorId,
    /// What they may do from now on.
    pub role: Role,
}

impl Intent for ChangeRole {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.owner()?;
        let (number, member) = case.member(self.member)?;
        if member.role == self.role {
            return Ok(Vec::new());
        }
        case.another_owner(number)?;
        Ok(vec![RoleChanged { member: self.member, role: self.role }.into()])
    }

    fn inverse(&self, before: &State, context: &Context) -> Option<Command> {
        // Who gave their own ownership away cannot take it back.
        let role = before.member_of(self.member)?.role;
        (self.member != context.actor).then(|| Self { member: self.member, role }.into())
    }
}

impl Fact for RoleChanged {
    fn evolve(&self, state: &mut State, _: &Context) {
        if let Some(number) = state.number_of(self.member) {
            state.edit_member(number, |member| member.role = self.role);
        }
    }

    /// A role carries no sign.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;

    fn change(member: ActorId, role: Role) -> ChangeRole {
        ChangeRole { member, role }
    }

    #[test]
    fn gives_another_role() {
        given([]).when(ANNA, change(VERA, Role::Member)).then(RoleChanged { member: VERA, role: Role::Member }).undo_restores();
        given([]).when(ANNA, change(VERA, Role::Viewer)).then_nothing();
    }

    #[test]
    fn a_workspace_always_has_an_owner() {
        given([]).when(ANNA, change(ANNA, Role::Member)).then_rejected(Rejection::LastOwner {});
        given([(ANNA, change(BEN, Role::Owner).into())]).when(ANNA, change(ANNA, Role::Member)).then_happens().no_undo();
    }

    #[test]
    fn only_of_members() {
        given([]).when(ANNA, change(STRANGER, Role::Member)).then_rejected(stranger());
    }

    #[test]
    fn only_by_owners() {
        rejects_outsiders(change(BEN, Role::Owner));
        given([]).when(BEN, change(BEN, Role::Owner)).then_rejected(Rejection::OwnersOnly {});
    }
}
