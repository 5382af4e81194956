//! `landfall import`: a file becomes commands, which are kept here first and landed then.

use super::access::Access;
use super::driver::{Driver, RefusedAtOnce};
use super::journal::Imported;
use super::landing::{self, End, Report};
use super::profile::{Place, Profile};
use super::wording::{counted, utc};
use super::{Code, CommandOf, DomainOf, Product};
use crate::host::{now, random};
use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use landfall_engine::client::{Connection, OUTBOX_COMMANDS_MAX, Refused};
use landfall_engine::log::fingerprint;
use landfall_engine::{CommandId, Reason, TimeMs};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

/// Largest file, bytes.
const FILE_BYTES_MAX: u64 = 256 << 20;

/// Options of `landfall import`.
#[derive(Args, Debug)]
pub struct Import {
    /// The file; - for standard input
    #[arg(required_unless_present = "resume")]
    file: Option<PathBuf>,
    /// What kind of file it is: csv, trello (a board exported as JSON) or github (issues as the REST API returns them) [default: by its content]
    #[arg(long, value_name = "KIND")]
    format: Option<String>,
    /// The board that the tasks go to, by name or id; one that is not there is created [default: a new one, named by the file]
    #[arg(long, value_name = "BOARD")]
    board: Option<String>,
    /// Local time less UTC, for times in the file that name a zone, such as +02:00
    #[arg(long, value_name = "OFFSET", default_value = "+00:00", value_parser = offset, allow_hyphen_values = true)]
    utc_offset: i32,
    /// Import a file once more that was imported before
    #[arg(long)]
    again: bool,
    /// Go on with what an earlier import left waiting
    #[arg(long, conflicts_with_all = ["file", "format", "board", "again", "utc_offset"])]
    resume: bool,
    /// Go on trying until the server answers
    #[arg(long)]
    wait: bool,
    /// Name or id of the workspace, where several are known
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    #[command(flatten)]
    access: Access,
}

/// Options of `landfall land`.
#[derive(Args, Debug)]
pub struct Land {
    /// Name or id of the workspace, where several are known
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// Go on trying until the server answers
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    access: Access,
}

/// A file that is to be imported, as the product is given it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its text.
    pub text: &'a str,
    /// The name of the file without its ending; `None` for standard input.
    pub file: Option<&'a str>,
    /// What kind of file it is, if the person said so.
    pub format: Option<&'a str>,
    /// The board they named.
    pub board: Option<&'a str>,
    /// The time that new ids carry.
    pub now: TimeMs,
    /// What new ids are drawn from.
    pub seed: [u8; 16],
    /// Minutes that local time is east of UTC, for the times in the file that name a zone.
    pub offset_minutes: i32,
}

/// What a file becomes.
#[derive(Clone, Debug)]
pub struct Plan<C> {
    /// The commands, in order, each with the line or item that it comes from; 0 for none.
    pub commands: Vec<(u64, C)>,
    /// What could not be read, or only in part: line or item, and what is wrong with it.
    pub problems: Vec<(u64, String)>,
    /// What the numbers above count: "line", "item".
    pub unit: &'static str,
}

/// A command that has its name, and the line that it comes from.
struct Named<C> {
    id: CommandId,
    line: u64,
    command: C,
}

/// Imports a file, and lands it if the server can be reached.
pub async fn import<P: Product>(options: Import) -> anyhow::Result<Code> {
    let mut driver = open::<P>(&options.access, options.workspace.as_deref()).await?;
    let Some(path) = options.file.as_deref().filter(|_| !options.resume) else {
        return finish::<P>(driver, Report::new("line", BTreeMap::new()), 0, options.wait).await;
    };
    let (text, mut problems) = read(path)?;
    let destination = options.board.as_deref().unwrap_or_default();
    let imported = fingerprint(&format!("{destination}\n{text}"));
    if let Some(earlier) = driver.folder().imported(imported).filter(|_| !options.again) {
        let told = format!("This file was imported on {} ({})", utc(earlier.at), counted(earlier.commands as usize, "command"));
        if driver.client().outbox().next().is_none() {
            bail!("{told}, and nothing of it waits here. To add its tasks a second time, say --again.");
        }
        eprintln!("{told}. What still waits is landed now; to add its tasks a second time, say --again.");
        return finish::<P>(driver, Report::new("line", BTreeMap::new()), 0, options.wait).await;
    }
    know_the_workspace::<P>(&mut driver).await?;
    let at = now();
    let file = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "-");
    let (format, board) = (options.format.as_deref(), options.board.as_deref());
    let request = Request { text: &text, file, format, board, now: at, seed: random(), offset_minutes: options.utc_offset };
    let plan = P::plan(driver.client().view(), &request).map_err(|why| anyhow!(why))?;
    problems.extend(plan.problems);
    problems.sort_by_key(|(line, _)| *line);
    for (line, problem) in &problems {
        eprintln!("{} {line}: {problem}", capitalised(plan.unit));
    }
    let named = named::<P>(&mut driver, plan.commands)?;
    let record = Imported { fingerprint: imported, at, commands: named.len() as u64 };
    let mut report = Report::<P>::new(plan.unit, named.iter().map(|named| (named.id, named.line)).collect());
    let refused = driver.keep(named.into_iter().map(|named| (named.id, named.command)).collect(), record)?;
    for RefusedAtOnce { id, command, why } in refused {
        let words = P::command(driver.client().view(), &command);
        let why = match why {
            Refused::Domain(rejection) => P::rejection(driver.client().view(), &Reason::Domain(rejection)),
            Refused::TooMuch => "It is too long.".into(),
            Refused::NoLongerMember => "The workspace does not list you any more.".into(),
        };
        report.refused(id, &words, &why);
    }
    finish(driver, report, problems.len(), options.wait).await
}

/// Lands what waits.
pub async fn land<P: Product>(options: Land) -> anyhow::Result<Code> {
    let driver = open::<P>(&options.access, options.workspace.as_deref()).await?;
    finish::<P>(driver, Report::new("line", BTreeMap::new()), 0, options.wait).await
}

/// Reads a workspace, so that work on it is possible without a connection.
pub async fn prepare<P: Product>(profile: &Profile, place: &Place, token: String) -> anyhow::Result<()> {
    let folder = profile.folder_of(place.log, place.actor);
    let mut driver = Driver::<DomainOf<P>>::open(&folder, place.clone(), token, profile.device)?;
    know_the_workspace::<P>(&mut driver).await
}

async fn open<P: Product>(access: &Access, workspace: Option<&str>) -> anyhow::Result<Driver<DomainOf<P>>> {
    let profile = Profile::open(access.profile.clone())?;
    let (place, token) = access.resolve(&profile, workspace).await?;
    profile.remember(&place)?;
    Driver::open(&profile.folder_of(place.log, place.actor), place, token, profile.device)
}

/// Reads what is new, or makes do with what was read before. What a file becomes depends on what is there.
async fn know_the_workspace<P: Product>(driver: &mut Driver<DomainOf<P>>) -> anyhow::Result<()> {
    if landing::catch_up::<P>(driver).await {
        return Ok(());
    }
    let workspace = &driver.place().workspace;
    match driver.client().status().connection {
        Connection::SignedOut => bail!("{}", super::follow::signed_out(driver.trouble())),
        Connection::Forbidden => bail!("“{workspace}” does not list you any more: {}.", driver.trouble()),
        Connection::UpdateNeeded => bail!("The server is of another version: {}. Update the older one.", driver.trouble()),
        _ if driver.client().cursor().position == 0 => {
            bail!("“{workspace}” must be read once before work without its server is possible: {}.", driver.trouble())
        }
        _ => Ok(()),
    }
}

/// Names the commands, and refuses more than an outbox holds.
fn named<P: Product>(driver: &mut Driver<DomainOf<P>>, planned: Vec<(u64, CommandOf<P>)>) -> anyhow::Result<Vec<Named<CommandOf<P>>>> {
    if planned.is_empty() {
        bail!("There is nothing in the file that can be imported.");
    }
    let waiting = driver.client().outbox().count();
    if planned.len() + waiting > OUTBOX_COMMANDS_MAX {
        bail!(
            "Nothing was imported: an outbox holds {}, and with this file it would be {}. Split the file, or land first what waits.",
            counted(OUTBOX_COMMANDS_MAX, "command"),
            counted(planned.len() + waiting, "command")
        );
    }
    Ok(planned.into_iter().map(|(line, command)| Named { id: driver.mint(), line, command }).collect())
}

/// Lands what waits, tells what became of it, and says so in a code.
async fn finish<P: Product>(mut driver: Driver<DomainOf<P>>, mut report: Report<P>, problems: usize, wait: bool) -> anyhow::Result<Code> {
    let waiting = driver.client().outbox().count();
    if waiting == 0 && report.total() == 0 {
        println!("Nothing waits for “{}”.", driver.place().workspace);
        return Ok(Code::AllLanded);
    }
    report.expect(waiting);
    let end = landing::land(&mut driver, &mut report, wait).await;
    println!("{}", landing::summary(&driver, &report, end));
    if problems > 0 {
        println!("{} in the file, told above.", counted(problems, "problem"));
    }
    Ok(match end {
        End::PutOff | End::Interrupted => Code::Kept,
        End::Refused => Code::Nothing,
        End::Landed if report.rejected() > 0 || problems > 0 => Code::SomeNot,
        End::Landed => Code::AllLanded,
    })
}

/// "+02:00" in minutes.
fn offset(text: &str) -> Result<i32, String> {
    let wrong = || "an offset looks like +02:00 or -05:30".to_owned();
    let (hours, minutes) = text.get(1..).and_then(|rest| rest.split_once(':')).ok_or_else(wrong)?;
    let (hours, minutes): (i32, i32) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
        return Err(wrong());
    }
    match text.as_bytes().first() {
        Some(b'+') => Ok(hours * 60 + minutes),
        Some(b'-') => Ok(-hours * 60 - minutes),
        _ => Err(wrong()),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The text of a file. Letters that are no UTF-8 are a problem of their line, not of the others.
fn read(path: &Path) -> anyhow::Result<(String, Vec<(u64, String)>)> {
    let told = || format!("{} cannot be read", path.display());
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).with_context(told)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    };
    if read.with_context(told)? as u64 > FILE_BYTES_MAX {
        bail!("{} is larger than {} MB. Split it.", path.display(), FILE_BYTES_MAX >> 20);
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        bail!("{} is UTF-16. Save it as UTF-8 (in Excel: “CSV UTF-8”).", path.display());
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok((text, Vec::new())),
        Err(error) => {
            let bytes = error.into_bytes();
            let lines = bytes.split(|byte| *byte == b'\n').zip(1..);
            let broken = lines.filter(|(line, _)| std::str::from_utf8(line).is_err());
            let problems = broken.map(|(_, number)| (number, "Some letters are not UTF-8 and stand as �.".to_owned())).collect();
            Ok((String::from_utf8_lossy(&bytes).into_owned(), problems))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::testing::Folder;

    #[test]
    fn offsets_are_read_and_nothing_else_is() {
        assert_eq!(["+02:00", "-05:30", "+00:00", "+14:00"].map(offset), [Ok(120), Ok(-330), Ok(0), Ok(840)]);
        assert!(["2:00", "+2", "+02:60", "+15:00", "", "é2:00", "+-1:00"].iter().all(|wrong| offset(wrong).is_err()));
    }

    #[test]
    fn letters_that_are_no_utf_8_are_a_problem_of_their_line() {
        let folder = Folder::new("import-read");
        let path = folder.path().join("file.csv");
        std::fs::write(&path, b"Title\nM\xe9ger\nScrape\n").unwrap();
        let (text, problems) = read(&path).unwrap();
        assert_eq!(text, "Title\nM\u{fffd}ger\nScrape\n");
        assert_eq!(problems.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2]);
        std::fs::write(&path, b"\xff\xfeT\0").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("Save it as UTF-8"));
    }
}
