//! The file of settings: TOML with the keys of [`super::Serve`], and nothing else.

use super::{command, is_setting, secret};
use anyhow::{Context, anyhow, bail, ensure};
use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use std::error::Error as _;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// One of them, as it was found beneath flags and variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// As the flag is called, without its dashes.
    pub key: String,
    /// Its value; several for a list.
    pub values: Vec<String>,
    /// Where it stands.
    pub from: String,
}

/// Reads a file. Errors name the line.
pub fn read(path: &Path) -> anyhow::Result<Vec<Setting>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the settings in {}", path.display()))?;
    let settings = parse(&text, &path.display().to_string())?;
    let has_password = settings.iter().flat_map(|setting| &setting.values).any(|value| secret::has_password(value));
    ensure!(
        !has_password || secret::is_private(path)?,
        "{} holds a password and others may read it: `chmod 600` it, or put the address of the database into a file of its own (--database-file)",
        path.display()
    );
    Ok(settings)
}

fn parse(text: &str, name: &str) -> anyhow::Result<Vec<Setting>> {
    let place = |at: usize| format!("{name}, line {}", text[..at.min(text.len())].matches('\n').count() + 1);
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        anyhow!("{}: this is not TOML: {}", place(at), error.message())
    })?;
    let mut settings = Vec::new();
    for (key, value) in table.into_inner() {
        let (from, key) = (place(key.span().start), key.into_inner().into_owned());
        let values = match value.into_inner() {
            DeValue::Array(values) => values.into_iter().map(|value| text_of(value.into_inner())).collect(),
            value => text_of(value).map(|value| vec![value]),
        };
        let values: Vec<String> =
            values.with_context(|| format!("{from}: {key} is a text, a number, true or false, or a list of texts"))?;
        require_understood(&key, &values).map_err(|error| anyhow!("{from}: {error}"))?;
        settings.push(Setting { key, values, from });
    }
    Ok(settings)
}

fn text_of(value: DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.into_owned()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// The reader of flags is asked, which knows all keys, what each may be, and which one may have been meant.
fn require_understood(key: &str, values: &[String]) -> anyhow::Result<()> {
    ensure!(is_setting(key), "{key} cannot stand in a file");
    let flags = values.iter().map(|value| format!("--{key}={value}"));
    let reader = command().no_binary_name(true).disable_help_flag(true).mut_args(|arg| arg.env(Resettable::Reset));
    match reader.try_get_matches_from(flags) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::UnknownArgument => bail!("there is no setting {key}{}", nearest(&error)),
        Err(error) => {
            let why = error.source().map(ToString::to_string);
            let first = error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            bail!("{key} cannot be {}: {}", values.join(", "), why.unwrap_or(first))
        }
    }
}

fn nearest(error: &Error) -> String {
    match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(flag)) => format!("; did you mean {}?", flag.trim_start_matches("--")),
        _ => ". `landfall serve --help` lists them".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse(text, "landfall.toml").unwrap_err().to_string()
    }

    #[test]
    fn what_it_says_is_read_with_its_line() {
        let settings =
            parse("# ours\nconnections-max = 500\n\norigin = [\"https://a.example\", \"https://b.example\"]\ntrust-proxy = true\n", "f");
        let mut settings = settings.unwrap();
        settings.sort_by(|a, b| a.from.cmp(&b.from));
        let found: Vec<_> =
            settings.iter().map(|setting| (setting.key.as_str(), setting.values.join(" "), setting.from.as_str())).collect();
        let expected = [
            ("connections-max", "500".to_owned(), "f, line 2"),
            ("origin", "https://a.example https://b.example".to_owned(), "f, line 4"),
            ("trust-proxy", "true".to_owned(), "f, line 5"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_it_may_not_say_is_refused_with_its_line_and_what_was_meant() {
        assert_eq!(
            refusal("data = \"d\"\nconnection-max = 5"),
            "landfall.toml, line 2: there is no setting connection-max; did you mean connections-max?"
        );
        assert_eq!(refusal("zebra = 5"), "landfall.toml, line 1: there is no setting zebra. `landfall serve --help` lists them");
        assert!(
            refusal("\nstop-within-seconds = 0")
                .starts_with("landfall.toml, line 2: stop-within-seconds cannot be 0: 0 is not in 1..=86400")
        );
        assert!(refusal("listen = \"here\"").starts_with("landfall.toml, line 1: listen cannot be here: "));
        assert!(refusal("store = \"paper\"").contains("store cannot be paper: invalid value"));
        assert!(refusal("data = 1.5").contains("line 1: data is a text"));
        assert!(refusal("config = \"other.toml\"").contains("config cannot stand in a file"));
        assert!(refusal("data = \"a\"\ndata = \"b\"").starts_with("landfall.toml, line 2: this is not TOML"));
        assert!(refusal("\n\ndata = ").starts_with("landfall.toml, line 3: this is not TOML"));
        assert!(refusal("[server]\nlisten = \"127.0.0.1:1\"").contains("line 1: server is a text"));
    }
}
