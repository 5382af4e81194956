//! A case to decide: a state, and who wants to do something in it.

use crate::state::State;
use landfall_engine::Context;

/// A case to decide.
pub(crate) struct Case<'a> {
    pub(crate) state: &'a State,
    pub(crate) context: &'a Context,
}
