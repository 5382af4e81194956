//! What kind of export a file is, told from its own words rather than from its name; a bounded stretch at a time.

use super::Format;
use super::pieces::{Found, Pieces};
use std::sync::Arc;

/// Looks at a text until it is told what it is.
pub struct Recognition {
    text: Arc<String>,
    is_named_as_csv: bool,
    pieces: Option<Pieces>,
}

impl Recognition {
    /// Begins. `name` is the file's.
    pub fn new(text: Arc<String>, name: &str) -> Self {
        let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
        let name = name.to_ascii_lowercase();
        let is_named_as_csv = [".csv", ".tsv", ".txt"].iter().any(|ending| name.ends_with(ending));
        Self { pieces: is_json.then(|| Pieces::new(text.clone())), text, is_named_as_csv }
    }

    /// Looks at a stretch. `None` while it is not told; then the format, if it is one that is read here.
    pub fn step(&mut self) -> Option<Option<Format>> {
        let Some(pieces) = &mut self.pieces else { return Some(self.csv()) };
        let found = pieces.look();
        if pieces.has_member("cards") || pieces.has_member("lists") {
            return Some(Some(Format::Trello));
        }
        if ["items", "issues", "title"].iter().any(|member| pieces.has_member(member)) {
            return Some(Some(Format::Github));
        }
        match found {
            Found::Pause => None,
            Found::Piece { .. } | Found::End if !pieces.is_object() => Some(Some(Format::Github)),
            Found::Piece { .. } => None,
            Found::End | Found::Broken(..) => Some(None),
        }
    }

    fn csv(&self) -> Option<Format> {
        let first_line = self.text.split('\n').next().unwrap_or_default();
        (self.is_named_as_csv || first_line.contains([',', ';', '\t'])).then_some(Format::Csv)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognized(name: &str, text: &str) -> Option<Format> {
        let mut recognition = Recognition::new(Arc::new(text.to_owned()), name);
        loop {
            if let Some(format) = recognition.step() {
                return format;
            }
        }
    }

    #[test]
    fn a_file_is_told_from_what_is_in_it() {
        assert_eq!(recognized("a", "\u{feff}title,due\n"), Some(Format::Csv));
        assert_eq!(recognized("a.TXT", "title\nOne\n"), Some(Format::Csv));
        assert_eq!(recognized("a.csv", " [{\"title\":\"One\"}]"), Some(Format::Github));
        assert_eq!(recognized("a.json", "[]"), Some(Format::Github));
        assert_eq!(recognized("a.json", "{\"title\":\"One\",\"labels\":[]}"), Some(Format::Github));
        assert_eq!(recognized("a.json", "{\"items\":[]}"), Some(Format::Github));
        assert_eq!(recognized("a.json", "{\"id\":1,\"actions\":[{\"title\":1}],\"cards\":[]}"), Some(Format::Trello));
    }

    #[test]
    fn what_is_none_of_the_three_is_told_so() {
        for text in ["", "one line of words", "{\"a\":1}", "{\"a\"", "[1", "{}"] {
            assert_eq!(recognized("a.json", text), None, "{text}");
        }
    }

    #[test]
    fn a_long_text_is_looked_at_in_stretches() {
        let actions = format!("{{\"actions\":\"{}\",\"lists\":[]}}", "x".repeat(1 << 20));
        let mut recognition = Recognition::new(Arc::new(actions), "board.json");
        let mut steps = 1;
        let format = loop {
            if let Some(format) = recognition.step() {
                break format;
            }
            steps += 1;
        };
        assert_eq!((format, steps >= 16), (Some(Format::Trello), true), "{steps}");
    }
}
