//! Spreadsheets: comma, semicolon or tab separated, with a header line whose names may be those of many programs.

use super::order::sort_by_number;
use super::reading::{Draft, Reading};
use super::stages::{plain, stage_named};
use super::values;
use crate::state::Stage;
use std::sync::Arc;

/// After so many lines that only make sense without their quotes, the file is taken for something else.
const FRESH_STARTS_MAX: usize = 1_000;
/// Rows read in one step.
const STEP_ROWS: usize = 64;
/// No row is longer than this, bytes: a quote that never closes swallows no more of the file before that is noticed.
const ROW_BYTES_MAX: usize = 256 << 10;

/// What a column of the spreadsheet holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Title,
    Description,
    Labels,
    Due,
    /// Minutes that a bare number counts.
    Estimate(u32),
    Status,
    Priority,
    Steps,
    Source,
}

/// Reads a text, some rows at a time.
pub(super) struct Reader {
    offset_minutes: i32,
    rows: Rows,
    /// What the columns hold; `None` before the header was read.
    fields: Option<Vec<Option<Field>>>,
}

impl Reader {
    pub fn new(text: Arc<String>, offset_minutes: i32) -> Self {
        Self { offset_minutes, rows: Rows::new(text), fields: None }
    }

    /// How much of the text was read, bytes.
    pub fn position(&self) -> usize {
        self.rows.position()
    }

    /// Reads a few rows; `false` when there are none left.
    pub fn step(&mut self, reading: &mut Reading) -> bool {
        if self.fields.is_none() && !self.read_header(reading) {
            return false;
        }
        let (rows, has_more) = self.rows.read(STEP_ROWS);
        rows.into_iter().for_each(|row| self.read_row(row, reading));
        if !has_more {
            // A spreadsheet's lines are in no order that says anything about its columns.
            sort_by_number(&mut reading.columns, |name| f64::from(stage_named(name).unwrap_or(Stage::Ready) as u8));
        }
        has_more
    }

    fn read_header(&mut self, reading: &mut Reading) -> bool {
        let header = loop {
            match self.rows.read(1) {
                (mut rows, _) if !rows.is_empty() => break rows.remove(0),
                (_, true) => {}
                (_, false) => {
                    reading.report(1, "The file is empty.");
                    return false;
                }
            }
        };
        let fields: Vec<Option<Field>> = header.fields.iter().map(|name| field_named(name)).collect();
        if !fields.contains(&Some(Field::Title)) {
            reading.report(header.line, "No column is called “Title”, “Name” or “Summary”, so the tasks have no titles.");
            return false;
        }
        self.rows.width = Some(fields.len());
        self.fields = Some(fields);
        true
    }

    fn read_row(&self, row: Row, reading: &mut Reading) {
        let Some(fields) = &self.fields else { return };
        let width = fields.len();
        reading.total += 1;
        match row.flaw {
            Some(Flaw::Quotes) => reading.report(row.line, "The quotes in this line do not pair up, so it was left out."),
            Some(Flaw::TooLong) => {
                reading.report(row.line, "This line is too long for a task, or its quotes do not pair up, so it was left out.");
            }
            Some(Flaw::TooManyFreshStarts) => {
                reading.report(row.line, "The quotes of too many lines do not pair up. The file was read up to here.");
            }
            None if row.fields.len() > width => {
                let problem =
                    format!("This line has {} fields, the header names {width}. Is a comma without quotes in it?", row.fields.len());
                reading.report(row.line, problem);
            }
            None => {
                if let Some(draft) = draft(&row, fields, self.offset_minutes, reading) {
                    if let Some(column) = &draft.column {
                        reading.names_column(column);
                    }
                    reading.drafts.push(draft);
                }
            }
        }
    }
}

/// What the header's name means, in any case and with any punctuation.
fn field_named(name: &str) -> Option<Field> {
    let name = plain(name);
    Some(match name.as_str() {
        "title" | "name" | "summary" | "task" | "task name" | "card name" | "subject" => Field::Title,
        "description" | "body" | "notes" | "note" | "details" | "card description" | "text" => Field::Description,
        "labels" | "label" | "tags" | "tag" | "categories" | "category" => Field::Labels,
        "due" | "due date" | "deadline" | "due on" | "due at" => Field::Due,
        "estimate" | "estimate minutes" | "estimate min" | "minutes" | "estimated minutes" | "estimate m" => Field::Estimate(1),
        "estimate hours" | "hours" | "estimate h" | "estimated hours" => Field::Estimate(60),
        "status" | "column" | "state" | "list" | "stage" | "list name" | "section column" | "section" => Field::Status,
        "priority" | "urgency" | "importance" => Field::Priority,
        "steps" | "checklist" | "checklists" | "subtasks" | "checklist items" => Field::Steps,
        "url" | "link" | "source" | "card url" => Field::Source,
        _ => return None,
    })
}

fn draft(row: &Row, fields: &[Option<Field>], offset_minutes: i32, reading: &mut Reading) -> Option<Draft> {
    let mut draft = Draft { line: row.line, ..Draft::default() };
    for (value, field) in row.fields.iter().zip(fields) {
        let value = value.trim();
        let Some(field) = field else { continue };
        if value.is_empty() {
            continue;
        }
        match field {
            Field::Title => draft.title = value.to_owned(),
            Field::Description => draft.description = Some(value.to_owned()),
            Field::Labels => draft.labels.extend(values::labels(value)),
            Field::Status => draft.column = Some(value.to_owned()),
            Field::Steps => draft.steps.extend(values::steps(value)),
            Field::Source => draft.source = Some(value.to_owned()),
            Field::Due => match values::due(value, offset_minutes) {
                Some(read) => {
                    if read.ambiguous {
                        reading.report(row.line, format!("“{value}” can be two dates; it was read with the day first, as {}.", read.due));
                    }
                    draft.due = Some(read.due);
                }
                None => reading.report(row.line, format!("“{value}” is not a date, so this task has no due date.")),
            },
            Field::Estimate(unit_minutes) => match values::minutes(value, *unit_minutes) {
                Some(minutes) => draft.estimate_minutes = Some(minutes),
                None => reading.report(row.line, format!("“{value}” is not a duration, so this task has no estimate.")),
            },
            Field::Priority => match values::priority(value) {
                Some(priority) => draft.priority = Some(priority),
                None => reading.report(row.line, format!("“{value}” is not a priority; the task comes in as normal.")),
            },
        }
    }
    draft.labels = values::distinct(std::mem::take(&mut draft.labels));
    if draft.title.is_empty() {
        reading.report(row.line, "This line has no title, so it was left out.");
        return None;
    }
    Some(draft)
}

/// The separator that the header line uses most, outside quotes.
fn delimiter_of(text: &str) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes().take(ROW_BYTES_MAX) {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(delimiter, _)| *delimiter == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    // The first of equals wins, so a header with one name only is read with commas.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

/// One row of the spreadsheet.
struct Row {
    line: u64,
    fields: Vec<String>,
    flaw: Option<Flaw>,
}

enum Flaw {
    Quotes,
    TooLong,
    TooManyFreshStarts,
}

/// The rows of the text. A quote that never closes costs its own line, not the rest of the file.
struct Rows {
    text: Arc<String>,
    delimiter: u8,
    /// Where the next row begins, and the line number there.
    start: usize,
    start_line: u64,
    /// Number of fields of the header.
    width: Option<usize>,
    fresh_starts: usize,
    done: bool,
}

impl Rows {
    fn new(text: Arc<String>) -> Self {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let delimiter = delimiter_of(&text[start..]);
        Self { text, delimiter, start, start_line: 1, width: None, fresh_starts: 0, done: false }
    }

    fn position(&self) -> usize {
        self.start
    }

    /// Goes on reading at `offset`, which is in `line`.
    fn start_at(&mut self, offset: usize, line: u64) {
        self.start = offset;
        self.start_line = line;
    }

    /// Goes on reading at the line behind `offset`.
    fn start_behind(&mut self, offset: usize, line: u64) {
        let rest = &self.text[offset..];
        self.start_at(offset + rest.find('\n').map_or(rest.len(), |end| end + 1), line + 1);
        self.fresh_starts += 1;
    }

    /// Does the row from `begin` to `end` swallow lines that are not its own?
    fn swallows(&self, begin: usize, end: usize, field_count: usize) -> bool {
        let text = self.text[begin..end].trim_end_matches(['\r', '\n']);
        let fits = self.width.is_none_or(|width| field_count <= width);
        match quotes(text.as_bytes(), self.delimiter) {
            Quotes::Open => true,
            Quotes::Loose => text.contains('\n') || self.width.is_some_and(|width| field_count != width),
            Quotes::Fine => text.contains('\n') && !fits,
        }
    }
}

/// How well the quotes of a row stand.
enum Quotes {
    Fine,
    /// Something follows a closing quote, as when it really opens the next line.
    Loose,
    /// The last one never closes.
    Open,
}

fn quotes(row: &[u8], delimiter: u8) -> Quotes {
    let mut at = 0;
    loop {
        if row.get(at) == Some(&b'"') {
            at += 1;
            loop {
                match (row.get(at), row.get(at + 1)) {
                    (None, _) => return Quotes::Open,
                    (Some(b'"'), Some(b'"')) => at += 2,
                    (Some(b'"'), next) if next.is_none_or(|next| *next == delimiter) => break,
                    (Some(b'"'), Some(_)) => return Quotes::Loose,
                    _ => at += 1,
                }
            }
        }
        match row[at..].iter().position(|byte| *byte == delimiter) {
            Some(step) => at += step + 1,
            None => return Quotes::Fine,
        }
    }
}

impl Rows {
    /// Reads at most `count` rows, none of them beyond a window of the text; are there more?
    fn read(&mut self, count: usize) -> (Vec<Row>, bool) {
        let mut rows = Vec::new();
        if self.done {
            return (rows, false);
        }
        let (text, start, start_line) = (self.text.clone(), self.start, self.start_line);
        let window_end = text.floor_char_boundary(start + ROW_BYTES_MAX);
        let window = text[start..window_end].as_bytes();
        let mut reader = csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(true).has_headers(false).from_reader(window);
        let mut record = csv::StringRecord::new();
        for _ in 0..count {
            // The text is valid and rows may be of any length, so the only answers are a row and the end.
            if !reader.read_record(&mut record).unwrap_or(false) {
                self.start_at(window_end, start_line + reader.position().line() - 1);
                return (rows, window_end < text.len());
            }
            let Some(position) = record.position() else { return (rows, false) };
            let offset = |byte: u64| start + usize::try_from(byte).expect("the text is in memory");
            let (mut begin, end) = (offset(position.byte()), offset(reader.position().byte()));
            let mut line = start_line + position.line() - 1;
            // The position of a row includes the blank lines before it.
            while let Some(rest) = text[begin..end].strip_prefix(['\r', '\n']) {
                line += u64::from(text.as_bytes()[begin] == b'\n');
                begin = end - rest.len();
            }
            if end == window_end && end < text.len() {
                // The window may have cut it: it is read again with a window of its own, unless it had one.
                if begin > start {
                    self.start_at(begin, line);
                } else {
                    rows.push(self.start_afresh(begin, line, &record, Flaw::TooLong));
                }
                return (rows, true);
            }
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if self.swallows(begin, end, record.len()) {
                rows.push(self.start_afresh(begin, line, &record, Flaw::Quotes));
                return (rows, true);
            }
            rows.push(Row { line, fields: fields(&record), flaw: None });
        }
        let position = reader.position();
        self.start_at(start + usize::try_from(position.byte()).expect("the text is in memory"), start_line + position.line() - 1);
        (rows, true)
    }

    /// A row that cannot be right costs its own line.
    fn start_afresh(&mut self, begin: usize, line: u64, record: &csv::StringRecord, flaw: Flaw) -> Row {
        let mut row = Row { line, fields: fields(record), flaw: Some(flaw) };
        if self.fresh_starts >= FRESH_STARTS_MAX {
            self.done = true;
            row.flaw = Some(Flaw::TooManyFreshStarts);
        } else {
            self.start_behind(begin, line);
        }
        row
    }
}

fn fields(record: &csv::StringRecord) -> Vec<String> {
    record.iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, offset_minutes: i32) -> Reading {
        super::super::reading::whole(text, |text| Reader::new(text, offset_minutes), Reader::step)
    }

    fn titles(reading: &Reading) -> Vec<&str> {
        reading.drafts.iter().map(|draft| draft.title.as_str()).collect()
    }

    #[test]
    fn names_of_columns_may_be_those_of_other_programs() {
        let reading =
            read("Summary;Tags;Due Date;Column;Notes;Estimate (hours);PRIORITY\nFit seal;Engine, Hull;24.11.2026;Doing;Dry;1,5;P1\n", 0);
        assert_eq!(reading.problems, []);
        let draft = &reading.drafts[0];
        assert_eq!(
            (draft.title.as_str(), draft.due.map(|due| due.to_string()).as_deref(), draft.column.as_deref()),
            ("Fit seal", Some("2026-11-24"), Some("Doing"))
        );
        assert_eq!((draft.labels.len(), draft.estimate_minutes, draft.description.as_deref()), (2, Some(90), Some("Dry")));
        assert_eq!(draft.priority, Some(super::super::reading::Urgency::Urgent));
    }

    #[test]
    fn separators_are_found_and_a_mark_at_the_start_is_skipped() {
        for text in [
            "\u{feff}title,due\nA,2026-11-24\n",
            "title;due\r\nA;2026-11-24\r\n",
            "title\tdue\nA\t2026-11-24",
            "\"title\",due\n\"A\",2026-11-24",
        ] {
            let reading = read(text, 0);
            assert_eq!((reading.problems.len(), titles(&reading)), (0, vec!["A"]), "{text}");
            assert_eq!(reading.drafts[0].due.map(|due| due.to_string()).as_deref(), Some("2026-11-24"));
        }
    }

    #[test]
    fn a_quoted_field_may_have_lines_and_the_numbers_stay_right() {
        let reading = read("title,description\nA,\"one\ntwo, \"\"three\"\"\"\n\n\n,no title\nB,\n", 0);
        assert_eq!(titles(&reading), ["A", "B"]);
        assert_eq!(reading.drafts[0].description.as_deref(), Some("one\ntwo, \"three\""));
        assert_eq!(reading.problems.len(), 1);
        assert_eq!((reading.problems[0].line, reading.drafts[1].line), (6, 7));
    }

    #[test]
    fn a_quote_that_never_closes_costs_one_line() {
        let reading = read("title,due\nA,2026-11-24\n\"B,2026-11-25\nC,2026-11-26\nD,\"2026-11-27\"\nE,\n", 0);
        assert_eq!(titles(&reading), ["A", "C", "D", "E"]);
        assert_eq!(reading.problems.len(), 1);
        assert_eq!(reading.problems[0].line, 3);
        assert_eq!(reading.total, 5);
        let last = read("title,due\nA,\n\"B,", 0);
        assert_eq!((titles(&last), last.problems.len()), (vec!["A"], 1));
    }

    #[test]
    fn a_quote_inside_a_plain_field_is_a_quote() {
        let reading = read("title,due\nReplace 5\" pipe,2026-11-24\nB,\n", 0);
        assert_eq!(titles(&reading), ["Replace 5\" pipe", "B"]);
        assert_eq!(reading.problems, []);
    }

    #[test]
    fn a_broken_line_is_told_and_the_rest_goes_on() {
        let reading = read("title,due,estimate,priority\nA,soon,long,whatever\nB,2026-11-24,5,high,more,and more\nC\n", 0);
        assert_eq!(titles(&reading), ["A", "C"]);
        assert_eq!(reading.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 2, 2, 3]);
    }

    #[test]
    fn a_file_without_titles_or_without_anything_says_so() {
        assert_eq!(read("", 0).problems.len(), 1);
        assert_eq!(read("color,size\nred,5\n", 0).problems.len(), 1);
    }

    #[test]
    fn nothing_but_quotes_ends() {
        let reading = read(&format!("title,due\n{}", "\"a,\n".repeat(5_001)), 0);
        assert!(reading.problems.len() <= FRESH_STARTS_MAX + 1);
    }
}
