//! `landfall move`: a workspace goes from one PostgreSQL to another while servers run.

use super::choice::chosen;
use super::place::Place;
use super::telling::{Outcome, Progress, Telling, number};
use crate::Served;
use crate::founding::Founding;
use crate::store::placed::relocation::Relocated;
use anyhow::Context;
use clap::Args;
use serde_json::json;

pub(super) const HELP: &str = "Servers run meanwhile, and each must have been told of both databases (--log-database). It is copied while people work; then nothing can be\n\
    recorded for a moment, while the rest is copied and compared; then it is at the new place, on a new timeline: devices reconnect and read it anew.\n\
    Whenever it is cut short, say the same again: it goes on. Until the directory names the new place, --to the old one calls it off.\n\
    The copy at the old place stays, and takes no record any more; --forget-source removes it, a minute after the move or later.\n\
    Examples:\n  \
    landfall move \"Skarvik Yard\" --to west --database postgres://landfall@db/landfall --log-database west=postgres://landfall@db2/landfall\n  \
    landfall move 01930000-0000-7000-8000-00000000b0a0 --to west --forget-source --database-file main.secret --log-database-file logs.secret\n\
    With SQLite there is one database, in a folder of data (--data): `landfall logs export` and `landfall logs import` take a workspace elsewhere.\n\
    Exit codes: 0 it is there; 2 it is not, or not finished, and what to do.";

/// Options of `landfall move`.
#[derive(Args, Debug)]
pub struct Move {
    /// Name or id of the workspace
    #[arg(value_name = "LOG")]
    log: String,
    /// Name of the database that it is to be kept on; main is the one of --database
    #[arg(long, value_name = "NAME")]
    to: String,
    /// Remove the copies that it has left on other databases
    #[arg(long)]
    forget_source: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    telling: Telling,
}

pub(super) async fn relocate<D: Served>(options: &Move, product: &dyn Founding<D>) -> anyhow::Result<Outcome> {
    let opened = options.place.write().await?;
    let moved = relocate_in(options, product, &opened).await;
    opened.close().await;
    moved
}

async fn relocate_in<D: Served>(options: &Move, product: &dyn Founding<D>, opened: &super::place::Opened) -> anyhow::Result<Outcome> {
    let to = &options.to;
    let placed = opened.placed.as_ref().context(
        "there is one database here: logs move between several PostgreSQL, named with --database and --log-database. `landfall logs export` takes one elsewhere",
    )?;
    let (log, head) = *chosen(opened, product, Some(&options.log)).await?.first().context("one workspace was named")?;
    let mut progress = Progress::new("Moving", head.position);
    let relocated = placed.relocate(log, to, &mut |records| progress.advance(records)).await;
    drop(progress);
    let relocated = relocated.context("it is not finished: say the same again")?;
    let mut json = json!({ "id": log, "database": to });
    let mut text = match relocated {
        Relocated::Moved { from, head, copied, frozen } => {
            let frozen_ms = u64::try_from(frozen.as_millis())?;
            json["moved"] =
                json!({ "from": from, "epoch": head.epoch, "records": head.position, "copied": copied, "frozen_ms": frozen_ms });
            format!(
                "Moved workspace {log} from {from} to {to}: {}, of which {copied} were copied now; nothing could be recorded for {frozen_ms} ms. The copy on {from} stays until --forget-source.",
                number(head.position, "record")
            )
        }
        Relocated::Opened => format!("Workspace {log} is on {to}. A move was cut short, and nothing could be recorded: now it can."),
        Relocated::Unchanged => format!("Workspace {log} is on {to}."),
    };
    if options.forget_source {
        let forgotten = placed.forget_copies(log).await?;
        json["forgotten"] = json!(forgotten);
        text += &format!(" Copies that were left behind and are removed: {}.", number(forgotten, "record"));
    }
    Ok(options.telling.done(text, json))
}
