//! `admit_member`: admits a person, or changes the role of one who is admitted again. Only the server may, on behalf of whoever invited them.

use crate::state::Role;
use crate::text::Text;
use landfall_engine::ActorId;
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

impl crate::commands::Intent for AdmitMember {
    fn decide(&self, _: &crate::case::Case<'_>) -> Result<Vec<crate::Event>, crate::Rejection> {
        Ok(Vec::new())
    }
}

impl crate::commands::Fact for MemberAdmitted {
    fn evolve(&self, _: &mut crate::State, _: &landfall_engine::Context) {}
}
