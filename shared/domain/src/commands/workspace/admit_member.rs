//! `admit_member`: admits a person, or changes the role of one who is admitted again. Only the server may, on behalf of whoever invited them.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::{MemberNumber, Sign};
use crate::rejection::{Standing, Thing};
use crate::state::{Member, Role};
use crate::text::Text;
use crate::{Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};

/// Admits a person, or changes the role of one who is admitted again. Only the server may, on behalf of whoever invited them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct AdmitMember {
    /// Who.
    pub actor: ActorId,
    /// Their name here.
    pub name: Text,
    /// What they may do.
    pub role: Role,
    /// Who invited them.
    pub invited_by: ActorId,
}

/// A person was admitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct MemberAdmitted {
    /// Who.
    pub actor: ActorId,
    /// Their name here.
    pub name: Text,
    /// What they may do.
    pub role: Role,
    /// Who invited them.
    pub invited_by: ActorId,
}

impl Intent for AdmitMember {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.server()?;
        if case.state.workspace().is_none() {
            return Err(Rejection::NoSuch { what: Thing::Workspace });
        }
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        match case.state.member_of(self.actor) {
            Some(member) if member.removed.is_none() => return Err(case.already(Standing::Admitted, &member.admitted)),
            Some(_) => {}
            None => case.one_more(Thing::Member, case.state.members().len(), bounds::MEMBERS)?,
        }
        case.free_name(&self.name, self.actor)?;
        let admitted = MemberAdmitted { actor: self.actor, name: self.name.clone(), role: self.role, invited_by: self.invited_by };
        Ok(vec![admitted.into()])
    }
}

impl Fact for MemberAdmitted {
    fn evolve(&self, state: &mut State, context: &Context) {
        let number = state.number_of(self.actor).unwrap_or(MemberNumber(state.members.len() as u32));
        let sign = Sign::new(state.number_of(self.invited_by).unwrap_or(number), context);
        let member = Member { actor: self.actor, name: self.name.clone(), role: self.role, admitted: sign, removed: None };
        state.insert_member(number, member);
    }

    /// Only the server admits, and it predicts nothing.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;
    use crate::{Workspace, commands::workspace::RemoveMember};
    use landfall_engine::Domain;

    fn admit(actor: ActorId, name: &str) -> AdmitMember {
        AdmitMember { actor, name: name.into(), role: Role::Member, invited_by: ANNA }
    }

    #[test]
    fn may_read_from_then_on() {
        let expected = MemberAdmitted { actor: STRANGER, name: "K. O.".into(), role: Role::Member, invited_by: ANNA };
        let outcome = given([]).when(ActorId::SERVER, admit(STRANGER, "K. O.")).then(expected).no_undo();
        assert!(!Workspace::may_read(outcome.before(), STRANGER));
        assert!(Workspace::may_read(outcome.state(), STRANGER));
        assert_eq!(outcome.state().member_of(STRANGER).unwrap().admitted.person, number(ANNA));
    }

    #[test]
    fn comes_back_under_the_same_number() {
        let removed = given([(ANNA, RemoveMember { member: BEN }.into())]);
        let outcome = removed.when(ActorId::SERVER, admit(BEN, "Ben again")).then_happens();
        assert_eq!(outcome.state().number_of(BEN), Some(number(BEN)));
        assert_eq!(outcome.state().member_of(BEN).unwrap().removed, None);
    }

    #[test]
    fn only_by_the_server_into_a_workspace_that_there_is() {
        given([]).when(ANNA, admit(STRANGER, "K. O.")).then_rejected(Rejection::ServerOnly {});
        nothing().when(ActorId::SERVER, admit(STRANGER, "K. O.")).then_rejected(Rejection::NoSuch { what: Thing::Workspace });
    }

    #[test]
    fn once_is_enough() {
        given([]).when(ActorId::SERVER, admit(BEN, "Ben")).then_rejected(already(Standing::Admitted, ANNA, AT_ADMITTED));
    }

    #[test]
    fn a_name_says_something_and_nobody_else_has_it() {
        given([]).when(ActorId::SERVER, admit(STRANGER, "")).then_rejected(invalid("name", Problem::Empty));
        let taken = Rejection::NameTaken { what: Thing::Member, name: "Ben".into() };
        given([]).when(ActorId::SERVER, admit(STRANGER, "Ben")).then_rejected(taken);
    }

    #[test]
    fn there_are_not_too_many() {
        let many = (0..996).map(|number: u32| {
            let mut actor = [9; 16];
            actor[..4].copy_from_slice(&number.to_be_bytes());
            (ActorId::SERVER, admit(ActorId(actor), &format!("Member {number}")).into())
        });
        let rejection = Rejection::LimitReached { what: Thing::Member, max: 1_000 };
        given(many).when(ActorId::SERVER, admit(STRANGER, "K. O.")).then_rejected(rejection);
    }
}
