//! What concerns the workspace as a whole, and its people.

mod admit_member;
mod change_role;
mod decide_rejection;
mod found_workspace;
mod remove_member;
mod rename_member;
mod rename_workspace;
pub use admit_member::{AdmitMember, MemberAdmitted};
pub use change_role::{ChangeRole, RoleChanged};
pub use decide_rejection::{DecideRejection, RejectionDecided};
pub use found_workspace::{FoundWorkspace, WorkspaceFounded};
pub use remove_member::{MemberRemoved, RemoveMember};
pub use rename_member::{MemberRenamed, RenameMember};
pub use rename_workspace::{RenameWorkspace, WorkspaceRenamed};

use serde::{Deserialize, Serialize};

/// What the author of a rejected command decided about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They issued it again, perhaps changed.
    Resubmitted,
    /// They gave it up.
    Discarded,
}
