//! `found_workspace`: founds a workspace. Only the server may, on behalf of its first owner.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::ids::{MemberNumber, Sign};
use crate::rejection::Standing;
use crate::state::{Member, Role, WorkspaceInfo};
use crate::text::Text;
use crate::{Event, Rejection, State};
use landfall_engine::{ActorId, Context};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Founds a workspace. Only the server may, on behalf of its first owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct FoundWorkspace {
    /// Name of the workspace.
    pub name: Text,
    /// Who founds it.
    pub owner: ActorId,
    /// Their name in it.
    pub owner_name: Text,
}

/// A workspace was founded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct WorkspaceFounded {
    /// Name of the workspace.
    pub name: Text,
    /// Who founded it.
    pub owner: ActorId,
    /// Their name in it.
    pub owner_name: Text,
}

impl Intent for FoundWorkspace {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.server()?;
        if let Some(workspace) = case.state.workspace() {
            return Err(case.already(Standing::Founded, &workspace.founded));
        }
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        bounds::line("owner_name", &self.owner_name, bounds::NAME_CHARS)?;
        Ok(vec![WorkspaceFounded { name: self.name.clone(), owner: self.owner, owner_name: self.owner_name.clone() }.into()])
    }
}

impl Fact for WorkspaceFounded {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = Sign::new(MemberNumber(0), context);
        let owner = Member { actor: self.owner, name: self.owner_name.clone(), role: Role::Owner, admitted: sign, removed: None };
        let number = state.number_of(self.owner).unwrap_or(MemberNumber(0));
        state.insert_member(number, owner);
        state.workspace = Some(Arc::new(WorkspaceInfo { name: self.name.clone(), name_sign: sign, founded: sign }));
    }

    /// Only the server founds, and it predicts nothing.
    fn settle(&self, _: &mut State, _: &Context) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn found() -> FoundWorkspace {
        FoundWorkspace { name: "Skarvik Yard".into(), owner: ANNA, owner_name: "R. M.".into() }
    }

    #[test]
    fn the_founder_is_its_owner() {
        let expected = WorkspaceFounded { name: "Skarvik Yard".into(), owner: ANNA, owner_name: "R. M.".into() };
        let outcome = nothing().when(ActorId::SERVER, found()).then(expected).no_undo();
        assert_eq!(outcome.state().member_of(ANNA).unwrap().role, Role::Owner);
    }

    #[test]
    fn only_the_server_and_only_once() {
        nothing().when(ANNA, found()).then_rejected(Rejection::ServerOnly {});
        given([]).when(ActorId::SERVER, found()).then_rejected(already(Standing::Founded, ANNA, AT_FOUNDED));
    }

    #[test]
    fn its_names_say_something() {
        nothing().when(ActorId::SERVER, FoundWorkspace { name: "".into(), ..found() }).then_rejected(invalid("name", Problem::Empty));
        let nameless = FoundWorkspace { owner_name: " ".into(), ..found() };
        nothing().when(ActorId::SERVER, nameless).then_rejected(invalid("owner_name", Problem::Empty));
    }
}
