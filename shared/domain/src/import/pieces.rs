//! Where the values of a JSON text begin and end, found a bounded stretch at a time, so that a large export can be read item by item.
//!
//! Only the outermost two levels are looked at. What a value holds is left to whoever reads it, so an item with a mistake costs itself only.

use std::ops::Range;
use std::sync::Arc;

/// Bytes looked at in one step.
const STEP_BYTES: usize = 64 << 10;

/// What was found.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// An item of a list at the top (`member` is empty), a value of an object at the top, or an item of a list that is such a value.
    Piece {
        /// The object's member that it is, or that it is in.
        member: String,
        /// Where it stands.
        range: Range<usize>,
    },
    /// Nothing yet; ask again.
    Pause,
    /// The text has ended, as it should.
    End,
    /// From here on it is no JSON of this form: the line, and what is wrong.
    Broken(u64, &'static str),
}

enum Place {
    Outside,
    /// In a list; of an object's member, or at the top.
    List(Option<String>),
    /// In an object, where a key comes.
    Object,
    /// Behind a key.
    Colon(String),
    /// Where a member's value begins.
    Member(String),
}

/// A value whose end is being looked for.
struct Open {
    start: usize,
    depth: u32,
    in_string: bool,
    escaped: bool,
}

/// Finds the values of a JSON text.
pub struct Pieces {
    text: Arc<String>,
    at: usize,
    place: Place,
    open: Option<Open>,
    is_object: bool,
    members: Vec<String>,
}

impl Pieces {
    /// Begins at the beginning.
    pub fn new(text: Arc<String>) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, place: Place::Outside, open: None, is_object: false, members: Vec::new() }
    }

    /// Was there an object at the top?
    pub fn is_object(&self) -> bool {
        self.is_object
    }

    /// Has an object at the top a member of this name?
    pub fn has_member(&self, name: &str) -> bool {
        self.members.iter().any(|member| member == name)
    }

    /// How much of the text was looked at, bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text of a piece.
    pub fn text(&self, range: &Range<usize>) -> &str {
        &self.text[range.clone()]
    }

    /// Looks at a stretch of the text, up to the next piece.
    pub fn look(&mut self) -> Found {
        let until = self.at.saturating_add(STEP_BYTES).min(self.text.len());
        let text = self.text.clone();
        let bytes = text.as_bytes();
        while self.at < until {
            if let Some(open) = &mut self.open {
                if !open.find_end(bytes, &mut self.at, until) {
                    break;
                }
                let range = open.start..self.at;
                self.open = None;
                match self.closed(range) {
                    Some(found) => return found,
                    None => continue,
                }
            }
            let byte = bytes[self.at];
            if byte.is_ascii_whitespace() || (byte == b',' && !matches!(self.place, Place::Outside)) {
                self.at += 1;
                continue;
            }
            match (&mut self.place, byte) {
                (Place::Outside, b'[') => self.enter(Place::List(None)),
                (Place::Outside, b'{') => {
                    self.is_object = true;
                    self.enter(Place::Object);
                }
                (Place::List(member), b']') => {
                    let place = if member.is_some() { Place::Object } else { Place::Outside };
                    self.enter(place);
                }
                (Place::Object, b'}') => self.enter(Place::Outside),
                (Place::Colon(member), b':') => {
                    let member = std::mem::take(member);
                    self.members.push(member.clone());
                    self.enter(Place::Member(member));
                }
                (Place::Member(member), b'[') => {
                    let member = std::mem::take(member);
                    self.enter(Place::List(Some(member)));
                }
                (Place::Object, b'"') | (Place::List(_) | Place::Member(_), _) if !matches!(byte, b']' | b'}' | b':') => {
                    self.open = Some(Open { start: self.at, depth: 0, in_string: false, escaped: false });
                }
                _ => return self.broken("it is not the JSON that was expected"),
            }
        }
        if self.at < bytes.len() {
            Found::Pause
        } else if self.open.is_some() || !matches!(self.place, Place::Outside) {
            self.broken("it ends in the middle")
        } else {
            Found::End
        }
    }

    fn enter(&mut self, place: Place) {
        self.place = place;
        self.at += 1;
    }

    /// A value has ended: a key, or a piece.
    fn closed(&mut self, range: Range<usize>) -> Option<Found> {
        let member = match &mut self.place {
            Place::Object => {
                let Ok(key) = serde_json::from_str(&self.text[range]) else { return Some(self.broken("a key cannot be read")) };
                self.place = Place::Colon(key);
                return None;
            }
            Place::List(member) => member.clone().unwrap_or_default(),
            Place::Member(member) => std::mem::take(member),
            Place::Outside | Place::Colon(_) => String::new(),
        };
        if matches!(self.place, Place::Member(_)) {
            self.place = Place::Object;
        }
        Some(Found::Piece { member, range })
    }

    fn broken(&mut self, why: &'static str) -> Found {
        let line = 1 + self.text.as_bytes()[..self.at].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = self.text.len();
        self.place = Place::Outside;
        self.open = None;
        Found::Broken(line, why)
    }
}

impl Open {
    /// Moves `at` to the end of the value, or to `until`; was the end found?
    fn find_end(&mut self, bytes: &[u8], at: &mut usize, until: usize) -> bool {
        let is_word = !matches!(bytes[self.start], b'"' | b'{' | b'[');
        while *at < until {
            let byte = bytes[*at];
            if is_word && (matches!(byte, b',' | b']' | b'}' | b':') || byte.is_ascii_whitespace()) {
                return true;
            }
            *at += 1;
            if !is_word && self.is_complete(byte) {
                return true;
            }
        }
        false
    }

    /// Takes a byte in; does the value end with it?
    fn is_complete(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    return self.depth == 0;
                }
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<(String, String)> {
        let mut pieces = Pieces::new(Arc::new(text.to_owned()));
        let mut found = Vec::new();
        loop {
            match pieces.look() {
                Found::Piece { member, range } => found.push((member, pieces.text(&range).to_owned())),
                Found::Pause => {}
                Found::End => return found,
                Found::Broken(line, why) => {
                    found.push((line.to_string(), why.to_owned()));
                    return found;
                }
            }
        }
    }

    fn expect(text: &str, expected: &[(&str, &str)]) {
        let found = pieces(text);
        assert_eq!(found.iter().map(|(member, text)| (&**member, &**text)).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn items_and_members_are_found() {
        expect(
            "\u{feff} [1, {\"a\": [1, \"]\\\"}\"]}, \"x\", null ]\n[true]",
            &[("", "1"), ("", r#"{"a": [1, "]\"}"]}"#), ("", r#""x""#), ("", "null"), ("", "true")],
        );
        expect(
            r#"{"name":"A","cards":[{},{"b":{}}], "n":1.5,"deep":{"cards":[1]}}"#,
            &[("name", r#""A""#), ("cards", "{}"), ("cards", r#"{"b":{}}"#), ("n", "1.5"), ("deep", r#"{"cards":[1]}"#)],
        );
        expect("", &[]);
        expect("[]", &[]);
    }

    #[test]
    fn what_is_broken_says_where() {
        expect("[1,\n{\"a\":", &[("", "1"), ("2", "it ends in the middle")]);
        expect("title,due\n", &[("1", "it is not the JSON that was expected")]);
        expect("{\"a\" 1}", &[("1", "it is not the JSON that was expected")]);
        expect("{\n\"cards\":", &[("2", "it ends in the middle")]);
        expect("[1}", &[("", "1"), ("1", "it is not the JSON that was expected")]);
    }

    #[test]
    fn a_value_may_be_longer_than_a_step_and_a_step_is_bounded() {
        let long = "x".repeat(3 * STEP_BYTES);
        let number = "1".repeat(STEP_BYTES + 7);
        let text = format!("[\"{long}\",{number},{{\"a\":\"{long}\"}}]");
        let mut pieces = Pieces::new(Arc::new(text.clone()));
        let (mut lengths, mut before) = (Vec::new(), 0);
        loop {
            let found = pieces.look();
            assert!(pieces.position() - before <= STEP_BYTES);
            before = pieces.position();
            match found {
                Found::Piece { range, .. } => lengths.push(range.len()),
                Found::Pause => {}
                Found::End => break,
                Found::Broken(..) => panic!("{found:?}"),
            }
        }
        assert_eq!(lengths, [long.len() + 2, number.len(), long.len() + 8]);
    }
}
