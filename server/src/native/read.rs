//! `landfall tail` and `landfall export`: a log as lines, as it grows or as it is.

use super::Code;
use super::access::Access;
use super::follow::{Follower, Line, News, Outline, OutlinedOutcome, extent};
use super::http::Failure;
use super::profile::Profile;
use super::wording::{counted, utc};
use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use landfall_engine::{Cursor, Position};
use std::fs;
use std::io::{self, BufWriter, ErrorKind, Write, stdout};
use std::path::PathBuf;
use std::pin::pin;

/// How often in a row an export finds no connection before it gives up.
const FAILURES_MAX: u32 = 8;
/// Longest text of one event in a line for people, letters.
const TEXT_LETTERS_MAX: usize = 240;

/// Options of `landfall tail`.
#[derive(Args, Debug)]
pub struct Tail {
    /// Name or id of the workspace
    workspace: String,
    /// Begin with this position; 1 is the first [default: what comes from now on]
    #[arg(long, value_name = "POSITION", value_parser = clap::value_parser!(u64).range(1..))]
    from: Option<Position>,
    /// Print each record as a line of JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

/// Options of `landfall export`.
#[derive(Args, Debug)]
pub struct Export {
    /// Name or id of the workspace
    workspace: String,
    /// The file to write; it appears when it is whole [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    access: Access,
}

/// Prints records as they are made, until it is stopped.
pub async fn tail(options: Tail) -> anyhow::Result<Code> {
    let profile = Profile::open(options.access.profile.clone())?;
    let (place, token) = options.access.resolve(&profile, Some(&options.workspace)).await?;
    let now = match extent(&place, &token).await {
        Ok(now) => now,
        Err(Failure::Refused { code, message, .. }) if code == "not_signed_in" => bail!("{}", super::follow::signed_out(&message)),
        Err(failure) => bail!("{}: {failure}.", place.server),
    };
    let first = options.from.unwrap_or(now.position + 1);
    if first > now.position + 1 {
        bail!("“{}” has {}: position {first} is yet to come.", place.workspace, counted(now.position as usize, "record"));
    }
    let after = Cursor { epoch: now.epoch, position: first - 1 };
    let mut follower = Follower::new(place, token, profile.device, Some(after));
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    loop {
        let news = tokio::select! {
            news = follower.next() => news?,
            _ = &mut interrupted => return Ok(Code::AllLanded),
        };
        let lines = match news {
            News::Records(lines) => lines,
            News::CaughtUp => continue,
            News::Lost(why) => {
                if follower.failures() == 1 {
                    eprintln!("Offline: {why}. Reconnecting.");
                }
                continue;
            }
            News::Restored => {
                eprintln!("The server's log was restored: what follows is read from its start.");
                continue;
            }
        };
        let mut out = stdout().lock();
        let print = |line: &Line| if options.json { writeln!(out, "{}", line.json) } else { writeln!(out, "{}", for_people(line)) };
        if !went_out(lines.iter().try_for_each(print).and_then(|()| stdout().flush()))? {
            return Ok(Code::AllLanded);
        }
    }
}

/// Writes the whole log.
pub async fn export(options: Export) -> anyhow::Result<Code> {
    let profile = Profile::open(options.access.profile.clone())?;
    let (place, token) = options.access.resolve(&profile, Some(&options.workspace)).await?;
    let mut follower = Follower::new(place, token, profile.device, None);
    let Some(path) = &options.out else {
        let mut out = BufWriter::new(stdout().lock());
        let went = write_all(&mut follower, &mut out).await?;
        if went_out(went)? {
            eprintln!("Exported {}.", counted(follower.position() as usize, "record"));
        }
        return Ok(Code::AllLanded);
    };
    let told = || format!("{} cannot be written", path.display());
    let mut partial = path.clone().into_os_string();
    partial.push(".partial");
    let mut out = BufWriter::new(fs::File::create(&partial).with_context(told)?);
    let written = match write_all(&mut follower, &mut out).await {
        Ok(written) => written.and_then(|()| out.get_ref().sync_all()).and_then(|()| fs::rename(&partial, path)).with_context(told),
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        // Half an export is of no use; should it stay, its name says what it is.
        let _ = fs::remove_file(&partial);
        return Err(error);
    }
    eprintln!("Exported {} to {}.", counted(follower.position() as usize, "record"), path.display());
    Ok(Code::AllLanded)
}

/// Every record up to the head as it is when that is reached. The inner result is about `out`.
async fn write_all(follower: &mut Follower, out: &mut impl Write) -> anyhow::Result<io::Result<()>> {
    loop {
        match follower.next().await? {
            News::Records(lines) => {
                if let Err(error) = lines.iter().try_for_each(|line| writeln!(out, "{}", line.json)) {
                    return Ok(Err(error));
                }
            }
            News::CaughtUp => return Ok(out.flush()),
            News::Lost(why) if follower.failures() >= FAILURES_MAX => bail!("The export is not whole: {why}. Try again later."),
            News::Lost(_) => {}
            News::Restored => bail!("The server's log was restored meanwhile, so that this export would be of two logs. Try again."),
        }
    }
}

/// Did it go out? `false` when nobody reads any more, as with `| head`.
fn went_out(written: io::Result<()>) -> anyhow::Result<bool> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(anyhow!(error).context("Standard output cannot be written")),
    }
}

/// Position, time, the end of the person's id, and what came of it, on one line. The product's own words need its state, which is not read here;
/// whoever wants all of a record takes the JSON.
fn for_people(line: &Line) -> String {
    let Ok(Outline { position, actor, at, outcome }) = serde_json::from_str(&line.json) else { return line.json.clone() };
    let what = match outcome {
        OutlinedOutcome::Rejected(None) => "rejected".into(),
        OutlinedOutcome::Rejected(Some(refusal)) => format!("rejected {}", shortened(refusal.get())),
        OutlinedOutcome::Accepted(events) if events.is_empty() => "accepted, nothing changed".into(),
        OutlinedOutcome::Accepted(events) => {
            events.iter().map(|event| format!("{} {}", event.kind, shortened(event.body.get()))).collect::<Vec<_>>().join("; ")
        }
    };
    let person = actor.to_string();
    format!("{position:>7}  {}  {}  {what}", utc(at), &person[person.len() - 8..])
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TEXT_LETTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_line_for_people() {
        let told = |outcome: &str| {
            let json = format!(
                r#"{{"position":12,"command":"01930000-0000-7000-8000-000000000001","actor":"01930000-0000-7000-8000-0000000000aa","device":"01930000-0000-7000-8000-000000000002","at":1795257727999,"outcome":{outcome}}}"#
            );
            for_people(&Line { position: 12, json })
        };
        let start = "     12  2026-11-21 10:42:07Z  000000aa  ";
        let event = r#"{"type":"task_claimed","version":1,"body":{"task":"t"}}"#;
        assert_eq!(
            told(&format!(r#"{{"accepted":[{event},{event}]}}"#)),
            format!(r#"{start}task_claimed {{"task":"t"}}; task_claimed {{"task":"t"}}"#)
        );
        assert_eq!(told(r#"{"accepted":[]}"#), format!("{start}accepted, nothing changed"));
        assert_eq!(told(r#"{"rejected":null}"#), format!("{start}rejected"));
        assert_eq!(
            told(r#"{"rejected":{"reason":"withdrawn","command":null}}"#),
            format!(r#"{start}rejected {{"reason":"withdrawn","command":null}}"#)
        );
        assert!(told(&format!(r#"{{"rejected":"{}"}}"#, "ö".repeat(500))).ends_with("ö…"));
    }
}
