//! `landfall restored`: a copy was put back by hand, and every log begins a new epoch.

use super::place::Place;
use super::telling::{Outcome, Telling};
use crate::restore::begin_new_timelines;
use clap::Args;
use serde_json::json;

pub(super) const HELP: &str = "For copies that were put back by other means: a folder that was copied, a disk's snapshot, pg_restore. `landfall restore` does it by itself.\n\
    Servers are stopped before, and started again afterwards.\n\
    Examples:\n  \
    landfall restored --data /srv/landfall\n  \
    LANDFALL_DATABASE=postgres://landfall@db/landfall landfall restored\n\
    Exit codes: 0 done; 2 it could not be done, and says what to do.";

/// Options of `landfall restored`.
#[derive(Args, Debug)]
pub struct Restored {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(super) async fn restored(options: &Restored) -> anyhow::Result<Outcome> {
    let logs = begin_new_timelines(&options.place.data()?, &options.place.placement()?).await?;
    let text = format!("Workspaces that begin a new timeline: {logs}. Start the server again; devices will read them anew.");
    Ok(options.telling.done(text, json!({ "workspaces": logs })))
}
