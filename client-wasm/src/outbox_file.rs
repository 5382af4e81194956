//! The outbox as a file: to carry it away from a device in danger, and to bring it in again. Written and read a command at a time.

use crate::product::import::{Found, Pieces};
use landfall_engine::client::{Config, SavedCommand};
use landfall_engine::{ActorId, DeviceId, LogId, TimeMs};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::sync::Arc;

/// What the file says it is.
const KIND: &str = "landfall outbox";
/// Version of the file; commands carry versions of their own.
const VERSION: u32 = 1;
/// What follows the last command.
pub const END: &str = "\n  ]\n}\n";

/// What stands before the commands.
#[derive(Serialize)]
struct Head {
    kind: &'static str,
    version: u32,
    log: LogId,
    actor: ActorId,
    device: DeviceId,
    exported: TimeMs,
    commands: [(); 0],
}

/// What is looked at of it.
#[derive(Deserialize)]
struct Label {
    kind: String,
    version: u32,
    log: LogId,
    actor: ActorId,
}

/// What a file brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
pub struct OutboxImport {
    /// Commands that were new here.
    pub imported: usize,
    /// Commands that were known here, or have landed.
    pub known: usize,
    /// What could not be brought in, in words.
    pub problems: Vec<String>,
}

/// The beginning of the file. Commands follow, then [`END`].
pub fn head(config: Config, now: TimeMs) -> String {
    let Config { log, actor, device, .. } = config;
    let head = Head { kind: KIND, version: VERSION, log, actor, device, exported: now, commands: [] };
    let text = serde_json::to_string_pretty(&head).expect("plain data");
    text.strip_suffix("]\n}").expect("the commands come last").to_owned()
}

/// Adds a command to the file.
pub fn add(file: &mut String, command: &SavedCommand, is_first: bool) {
    let text = serde_json::to_string(command).expect("commands are plain data");
    let separator = if is_first { "" } else { "," };
    let _ = write!(file, "{separator}\n    {text}");
}

/// Reads a file that the same person has written for the same workspace, a bounded stretch at a time.
pub struct Reader {
    config: Config,
    pieces: Pieces,
    label: Vec<String>,
    is_ours: bool,
    /// Commands met.
    count: usize,
    /// What cannot be read, and is left out.
    pub problems: Vec<String>,
}

impl Reader {
    /// Begins. Nothing is read yet.
    pub fn new(config: Config, text: Arc<String>) -> Self {
        Self { config, pieces: Pieces::new(text), label: Vec::new(), is_ours: false, count: 0, problems: Vec::new() }
    }

    /// Reads a stretch, which may bring a command; `false` at the end of the file. Fails, in words, when it is not for here.
    pub fn step(&mut self, commands: &mut Vec<SavedCommand>) -> Result<bool, String> {
        match self.pieces.look() {
            Found::Pause => Ok(true),
            Found::Piece { member, range } if member == "commands" => {
                self.check()?;
                self.count += 1;
                match serde_json::from_str(self.pieces.text(&range)) {
                    Ok(command) => commands.push(command),
                    Err(error) => self.problems.push(format!("Command {} of the file cannot be read: {error}.", self.count)),
                }
                Ok(true)
            }
            Found::Piece { member, range } => {
                let name = serde_json::to_string(&member).map_err(|error| error.to_string())?;
                self.label.push(format!("{name}:{}", self.pieces.text(&range)));
                Ok(true)
            }
            Found::End => self.check().map(|()| false),
            Found::Broken(line, why) => {
                self.check()?;
                self.problems.push(format!("The file cannot be read from line {line} on: {why}."));
                Ok(false)
            }
        }
    }

    /// Is it a file of ours, for this person and workspace?
    fn check(&mut self) -> Result<(), String> {
        if self.is_ours {
            return Ok(());
        }
        let strange = || "This file is no outbox of Landfall.".to_owned();
        let label: Label = serde_json::from_str(&format!("{{{}}}", self.label.join(","))).map_err(|_| strange())?;
        if label.kind != KIND {
            return Err(strange());
        }
        if label.version > VERSION {
            return Err("This file was written by a newer version of Landfall. Update, then bring it in.".into());
        }
        if label.log != self.config.log {
            return Err("This outbox belongs to another workspace. Open that one, then bring the file in.".into());
        }
        if label.actor != self.config.actor {
            return Err("This outbox belongs to somebody else. They can bring it in where they are signed in.".into());
        }
        self.is_ours = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall_engine::CommandId;
    use landfall_engine::client::Servers;
    use landfall_engine::protocol::CommandText;

    const CONFIG: Config = Config {
        log: LogId([1; 16]),
        actor: ActorId([2; 16]),
        device: DeviceId([3; 16]),
        seed: 4,
        servers: Servers { addresses: 1, two_routes: false },
    };

    fn command() -> SavedCommand {
        SavedCommand {
            id: CommandId([5; 16]),
            after: None,
            issued: TimeMs(6),
            at: TimeMs(7),
            command: Some(CommandText(r#"{"type":"claim","version":1,"body":{}}"#.into())),
        }
    }

    fn write<'a>(config: Config, commands: impl Iterator<Item = &'a SavedCommand>, now: TimeMs) -> String {
        let mut file = head(config, now);
        for (index, command) in commands.enumerate() {
            add(&mut file, command, index == 0);
        }
        file + END
    }

    fn read(config: Config, text: &str) -> Result<(Vec<SavedCommand>, Vec<String>), String> {
        let mut reader = Reader::new(config, Arc::new(text.to_owned()));
        let mut commands = Vec::new();
        while reader.step(&mut commands)? {}
        Ok((commands, reader.problems))
    }

    #[test]
    fn what_is_written_is_read() {
        let text = write(CONFIG, [command()].iter(), TimeMs(8));
        assert_eq!(read(CONFIG, &text), Ok((vec![command()], Vec::new())));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["kind"], value["commands"].as_array().map(Vec::len)), (&KIND.into(), Some(1)), "it is JSON");
        assert_eq!(read(CONFIG, &write(CONFIG, [].iter(), TimeMs(8))), Ok((Vec::new(), Vec::new())));
    }

    #[test]
    fn a_file_that_was_cut_off_gives_what_is_left_of_it() {
        let text = write(CONFIG, [command(), command()].iter(), TimeMs(8));
        let (commands, problems) = read(CONFIG, &text[..text.len() - 30]).unwrap();
        assert_eq!((commands.len(), problems.len()), (1, 1), "{problems:?}");
    }

    #[test]
    fn other_files_are_refused_in_words() {
        let text = write(CONFIG, [command()].iter(), TimeMs(8));
        assert!(read(Config { log: LogId([9; 16]), ..CONFIG }, &text).unwrap_err().contains("another workspace"));
        assert!(read(Config { actor: ActorId([9; 16]), ..CONFIG }, &text).unwrap_err().contains("somebody else"));
        assert!(read(CONFIG, &text.replace("\"version\": 1,\n  \"log\"", "\"version\": 2,\n  \"log\"")).unwrap_err().contains("newer"));
        assert!(read(CONFIG, "{}").is_err());
        assert!(read(CONFIG, "").is_err());
    }

    #[test]
    fn one_broken_command_does_not_hold_up_the_others() {
        let text = write(CONFIG, [command(), command()].iter(), TimeMs(8)).replacen("\"issued\":6", "\"issued\":\"late\"", 1);
        let (commands, problems) = read(CONFIG, &text).unwrap();
        assert_eq!((commands.len(), problems.len()), (1, 1));
    }
}
