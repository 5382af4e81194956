//! `remove_member`: removes a member: they may no longer open the workspace. Owners may remove anybody, everybody themselves.

use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::{Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};

/// Removes a member: they may no longer open the workspace. Owners may remove anybody, everybody themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {
    /// Who.
    pub member: ActorId,
}

/// A member was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MemberRemoved {
    /// Who.
    pub member: ActorId,
}

impl Intent for RemoveMember {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        let (me, _) = case.reader()?;
        let (number, _) = case.member(self.member)?;
        if number != me {
            case.owner()?;
        }
        case.another_owner(number)?;
        Ok(vec![MemberRemoved { member: self.member }.into()])
    }
}

impl Fact for MemberRemoved {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        if let Some(number) = state.number_of(self.member) {
            state.edit_member(number, |member| member.removed = Some(sign));
        }
    }

    fn settle(&self, view: &mut State, context: &Context) {
        if let Some(number) = view.number_of(self.member) {
            view.edit_member(number, |member| member.settle(context));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workspace;
    use crate::given::*;
    use landfall_engine::Domain;

    fn remove(member: ActorId) -> RemoveMember {
        RemoveMember { member }
    }

    #[test]
    fn may_read_no_more() {
        let outcome = given([]).when(ANNA, remove(BEN)).then(MemberRemoved { member: BEN }).no_undo();
        assert!(Workspace::may_read(outcome.before(), BEN));
        assert!(!Workspace::may_read(outcome.state(), BEN));
    }

    #[test]
    fn everybody_may_leave() {
        given([]).when(BEN, remove(BEN)).then_happens();
        given([]).when(VERA, remove(VERA)).then_happens();
    }

    #[test]
    fn a_workspace_always_has_an_owner() {
        given([]).when(ANNA, remove(ANNA)).then_rejected(Rejection::LastOwner {});
    }

    #[test]
    fn only_a_member_and_only_once() {
        given([]).when(ANNA, remove(STRANGER)).then_rejected(stranger());
        given([(ANNA, removed(BEN))]).when(ANNA, remove(BEN)).then_rejected(Rejection::NotAMember { who: who(BEN) });
    }

    #[test]
    fn others_only_by_owners() {
        rejects_outsiders(remove(BEN));
        given([]).when(BEN, remove(CARA)).then_rejected(Rejection::OwnersOnly {});
        given([(ANNA, removed(BEN))]).when(BEN, remove(CARA)).then_rejected(Rejection::NotAMember { who: who(BEN) });
    }
}
