//! What the server must know of the product beyond `trait Domain`: how a workspace begins, how people come in, and who is who in it.

use crate::Served;
use landfall_engine::{ActorId, Reason};

/// The product's part in founding and joining. Written where the product is named.
pub trait Founding<D: Served>: Send + Sync + 'static {
    /// The command with which the server founds a workspace.
    fn found(&self, workspace: &str, owner: ActorId, owner_name: &str) -> D::Command;

    /// The command with which the server admits somebody who was invited; `None` when there is no such role.
    fn admit(&self, actor: ActorId, name: &str, role: &str, invited_by: ActorId) -> Option<D::Command>;

    /// What somebody is in this workspace; `None` when it does not list them.
    fn standing(&self, state: &D::State, actor: ActorId) -> Option<Standing>;

    /// The name of the workspace.
    fn workspace_name(&self, state: &D::State) -> String;

    /// A rejection in words for the person who asked.
    fn explain(&self, state: &D::State, reason: &Reason<D::Rejection>) -> String;
}

/// What somebody is in one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the others call them.
    pub name: String,
    /// Their role, as in the product's commands.
    pub role: String,
    /// May they invite others?
    pub may_invite: bool,
}
