//! `rename_workspace`: gives the workspace another name. Owners only.

use crate::bounds;
use crate::case::Case;
use crate::commands::{Fact, Intent};
use crate::text::Text;
use crate::{Command, Event, Rejection, State};
use landfall_engine::Context;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Gives the workspace another name. Owners only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(deny_unknown_fields)]
pub struct RenameWorkspace {
    /// The new name.
    pub name: Text,
}

/// The workspace got another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct WorkspaceRenamed {
    /// The new name.
    pub name: Text,
}

impl Intent for RenameWorkspace {
    fn decide(&self, case: &Case<'_>) -> Result<Vec<Event>, Rejection> {
        case.owner()?;
        bounds::line("name", &self.name, bounds::NAME_CHARS)?;
        Ok(vec![WorkspaceRenamed { name: self.name.clone() }.into()])
    }

    fn inverse(&self, before: &State, _: &Context) -> Option<Command> {
        Some(Self { name: before.workspace()?.name.clone() }.into())
    }
}

impl Fact for WorkspaceRenamed {
    fn evolve(&self, state: &mut State, context: &Context) {
        let sign = state.sign(context);
        if let Some(workspace) = &mut state.workspace {
            let workspace = Arc::make_mut(workspace);
            workspace.name = self.name.clone();
            workspace.name_sign = sign;
        }
    }

    fn settle(&self, view: &mut State, context: &Context) {
        if let Some(workspace) = &mut view.workspace {
            Arc::make_mut(workspace).name_sign.settle(context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::*;
    use crate::rejection::Problem;

    fn rename() -> RenameWorkspace {
        RenameWorkspace { name: "Halden Yard".into() }
    }

    #[test]
    fn gives_another_name() {
        given([]).when(ANNA, rename()).then(WorkspaceRenamed { name: "Halden Yard".into() }).undo_restores();
    }

    #[test]
    fn says_something() {
        given([]).when(ANNA, RenameWorkspace { name: "".into() }).then_rejected(invalid("name", Problem::Empty));
    }

    #[test]
    fn only_by_owners() {
        rejects_outsiders(rename());
        given([]).when(BEN, rename()).then_rejected(Rejection::OwnersOnly {});
    }
}
