//! Tables of figures: as Markdown for people, as JSON for a plot.

use serde_json::{Map, Value, json};
use std::fmt::Write;

/// One table, with what must be known to read it.
pub struct Table {
    title: &'static str,
    notes: Vec<String>,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// A figure, or words.
pub enum Cell {
    Words(String),
    /// Shown with so many decimals.
    Number(f64, usize),
}

impl From<&str> for Cell {
    fn from(words: &str) -> Self {
        Self::Words(words.into())
    }
}

impl From<String> for Cell {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Number(count as f64, 0)
    }
}

/// A figure with one decimal, or none when it is large.
pub fn figure(number: f64) -> Cell {
    Cell::Number(number, if number.abs() < 100.0 { 1 } else { 0 })
}

/// A ratio.
pub fn ratio(number: f64) -> Cell {
    Cell::Number(number, 2)
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Number(number, _) if number.is_nan() => "–".into(),
            Self::Number(number, decimals) => with_thousands(&format!("{number:.decimals$}")),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Words(words) => json!(words),
            Self::Number(number, _) => json!(number),
        }
    }
}

fn with_thousands(number: &str) -> String {
    let (whole, rest) = number.find('.').map_or((number, ""), |at| number.split_at(at));
    let digits = whole.trim_start_matches('-');
    let mut text = number[..whole.len() - digits.len()].to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

impl Table {
    pub fn new(title: &'static str, columns: &[&'static str]) -> Self {
        Self { title, notes: Vec::new(), columns: columns.to_vec(), rows: Vec::new() }
    }

    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column of {}", self.title);
        self.rows.push(cells);
    }

    /// With cells padded, so that it can be read as it stands.
    pub fn markdown(&self) -> String {
        let mut lines: Vec<Vec<String>> = vec![self.columns.iter().map(ToString::to_string).collect()];
        lines.extend(self.rows.iter().map(|row| row.iter().map(Cell::text).collect()));
        let widths: Vec<usize> =
            (0..self.columns.len()).map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0)).collect();
        let mut text = format!("## {}\n\n", self.title);
        for note in &self.notes {
            let _ = writeln!(text, "{note}\n");
        }
        for (number, line) in lines.iter().enumerate() {
            let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                let _ = writeln!(text, "| {} |", rules.join(" | "));
            }
        }
        text
    }

    pub fn json(&self) -> Value {
        let object = |row: &Vec<Cell>| {
            Value::Object(self.columns.iter().map(ToString::to_string).zip(row.iter().map(Cell::json)).collect::<Map<_, _>>())
        };
        json!({ "title": self.title, "notes": self.notes, "rows": self.rows.iter().map(object).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(figure(1_234_567.8).text(), "1,234,568");
        assert_eq!(figure(-12.34).text(), "-12.3");
        assert_eq!(figure(f64::NAN).text(), "–");
        assert_eq!(ratio(0.6).text(), "0.60");
        let mut table = Table::new("Figures", &["what", "ms"]);
        table.row(vec!["one".into(), figure(1000.0)]);
        assert_eq!(table.markdown(), "## Figures\n\n| what | ms    |\n| ---- | ----- |\n| one  | 1,000 |\n");
        assert_eq!(table.json()["rows"][0]["ms"], 1000.0);
    }
}
