//! What `landfall serve --print-config` prints: a file of settings that says the same, with where each value comes from.

use super::{Settings, command, is_setting, secret};
use clap::{Arg, ArgAction};
use std::fmt::Write;

pub(super) fn to_toml(settings: &Settings) -> String {
    let mut text = String::new();
    for arg in command().get_arguments() {
        let Some(key) = arg.get_long().filter(|key| is_setting(key)) else { continue };
        let values: Vec<String> = settings
            .matches
            .get_raw(arg.get_id().as_str())
            .map_or_else(Vec::new, |values| values.map(|value| shown(arg, &value.to_string_lossy())).collect());
        let origin = settings.origin(key);
        let _ = match values.as_slice() {
            _ if is_list(arg) => writeln!(text, "{key} = [{}] # {origin}", values.join(", ")),
            [] => writeln!(text, "# {key} is not set"),
            [value, ..] => writeln!(text, "{key} = {value} # {origin}"),
        };
    }
    text
}

fn is_list(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
}

/// What may hold a password is hidden from the help too.
fn shown(arg: &Arg, value: &str) -> String {
    if arg.is_hide_env_values_set() {
        return quoted(&secret::hidden(value));
    }
    let is_plain = value.parse::<u64>().is_ok() || matches!(value, "true" | "false");
    if is_plain { value.to_owned() } else { quoted(value) }
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}
