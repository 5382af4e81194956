//! The outbox as a file: to carry it away from a device in danger, and to bring it in again.

use landfall_engine::client::{Config, SavedCommand};
use landfall_engine::{ActorId, DeviceId, LogId, TimeMs};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What the file says it is.
const KIND: &str = "landfall outbox";
/// Version of the file; commands carry versions of their own.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct OutboxFile {
    kind: String,
    version: u32,
    log: LogId,
    actor: ActorId,
    device: DeviceId,
    exported: TimeMs,
    commands: Vec<Box<RawValue>>,
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

/// Writes the file.
pub fn write<'a>(config: Config, commands: impl Iterator<Item = &'a SavedCommand>, now: TimeMs) -> String {
    let raw = |command: &SavedCommand| serde_json::value::to_raw_value(command).expect("commands are plain data");
    let file = OutboxFile {
        kind: KIND.into(),
        version: VERSION,
        log: config.log,
        actor: config.actor,
        device: config.device,
        exported: now,
        commands: commands.map(raw).collect(),
    };
    serde_json::to_string_pretty(&file).expect("plain data")
}

/// Reads a file that the same person has written for the same workspace. A command that cannot be read is left out and reported.
pub fn read(config: Config, text: &str) -> Result<(Vec<SavedCommand>, Vec<String>), String> {
    let file: OutboxFile = serde_json::from_str(text).map_err(|_| "This file is no outbox of Landfall.".to_owned())?;
    if file.kind != KIND {
        return Err("This file is no outbox of Landfall.".into());
    }
    if file.version > VERSION {
        return Err("This file was written by a newer version of Landfall. Update, then bring it in.".into());
    }
    if file.log != config.log {
        return Err("This outbox belongs to another workspace. Open that one, then bring the file in.".into());
    }
    if file.actor != config.actor {
        return Err("This outbox belongs to somebody else. They can bring it in where they are signed in.".into());
    }
    let mut commands = Vec::new();
    let mut problems = Vec::new();
    for (index, raw) in file.commands.iter().enumerate() {
        match serde_json::from_str(raw.get()) {
            Ok(command) => commands.push(command),
            Err(error) => problems.push(format!("Command {} of the file cannot be read: {error}.", index + 1)),
        }
    }
    Ok((commands, problems))
}

#[cfg(test)]
mod tests {
    use super::*;
    use landfall_engine::CommandId;
    use landfall_engine::protocol::CommandText;

    const CONFIG: Config = Config { log: LogId([1; 16]), actor: ActorId([2; 16]), device: DeviceId([3; 16]), seed: 4 };

    fn command() -> SavedCommand {
        SavedCommand {
            id: CommandId([5; 16]),
            after: None,
            issued: TimeMs(6),
            at: TimeMs(7),
            command: Some(CommandText(r#"{"type":"claim","version":1,"body":{}}"#.into())),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = write(CONFIG, [command()].iter(), TimeMs(8));
        assert_eq!(read(CONFIG, &text), Ok((vec![command()], Vec::new())));
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
