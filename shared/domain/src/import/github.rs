//! GitHub: the array of issues that the REST API returns (`gh api --paginate repos/OWNER/NAME/issues?state=all`).

use super::pieces::{Found, Pieces};
use super::reading::{Draft, Reading};
use super::values;
use crate::day::Due;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
struct Issue {
    number: Option<u64>,
    title: String,
    body: Option<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    labels: Vec<Label>,
    html_url: Option<String>,
    milestone: Option<Milestone>,
    /// Present on pull requests, which this API lists among the issues.
    pull_request: Option<serde::de::IgnoredAny>,
}

/// The API says objects; it accepts and older exports contain plain names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Name(String),
    Object { name: String },
}

#[derive(Deserialize)]
struct Milestone {
    due_on: Option<String>,
}

/// Items read in one step.
const STEP_ITEMS: usize = 32;

/// Reads a text item by item, also several arrays one after the other, as `--paginate` writes them. Problems carry the number of the item, from 1.
pub(super) struct Reader {
    pieces: Pieces,
    offset_minutes: i32,
}

impl Reader {
    pub fn new(text: Arc<String>, offset_minutes: i32) -> Self {
        Self { pieces: Pieces::new(text), offset_minutes }
    }

    /// How much of the text was read, bytes.
    pub fn position(&self) -> usize {
        self.pieces.position()
    }

    /// Reads a few items; `false` when there are none left.
    pub fn step(&mut self, reading: &mut Reading) -> bool {
        for _ in 0..STEP_ITEMS {
            match self.pieces.look() {
                Found::Pause => return true,
                Found::Piece { member, range } if member.is_empty() => self.read_item(self.pieces.text(&range), reading),
                Found::Piece { .. } => {
                    reading.report(1, "This is not a list of issues as GitHub returns it: it is an object.");
                    return false;
                }
                Found::End if self.pieces.is_object() => {
                    reading.report(1, "This is not a list of issues as GitHub returns it: it is an object.");
                    return false;
                }
                Found::End => return false,
                Found::Broken(line, why) => {
                    reading.report(line, format!("This is not a list of issues as GitHub returns it: {why}."));
                    return false;
                }
            }
        }
        true
    }

    fn read_item(&self, text: &str, reading: &mut Reading) {
        reading.total += 1;
        let number = reading.total;
        match serde_json::from_str::<Issue>(text) {
            Err(error) => reading.report(number, format!("Item {number} cannot be read, so it was left out: {error}.")),
            Ok(issue) if issue.pull_request.is_some() => {
                reading
                    .report(number, format!("Item {number}, “{}”, is a pull request and not an issue, so it was left out.", issue.title));
            }
            Ok(issue) if issue.title.trim().is_empty() => {
                reading.report(number, format!("Item {number} has no title, so it was left out."));
            }
            Ok(issue) => {
                let draft = draft(number, issue, self.offset_minutes);
                reading.drafts.push(draft);
            }
        }
    }
}

fn draft(number: u64, issue: Issue, offset_minutes: i32) -> Draft {
    let name = |(Label::Name(name) | Label::Object { name }): Label| name;
    let labels = values::distinct(issue.labels.into_iter().map(name));
    let (description, steps) = split_tasks(issue.body.as_deref().unwrap_or_default());
    let due = issue.milestone.and_then(|milestone| milestone.due_on).and_then(|due| values::due(&due, offset_minutes));
    let source = issue.html_url.or_else(|| issue.number.map(|number| format!("GitHub issue #{number}")));
    Draft {
        line: number,
        title: issue.title.trim().to_owned(),
        description,
        column: Some(if issue.state == "closed" { "Closed" } else { "Open" }.to_owned()),
        steps,
        labels,
        // A milestone ends on a day; its time is midnight in California, whoever reads it.
        due: due.map(|read| Due { day: read.due.day, minute: None }),
        source,
        ..Draft::default()
    }
}

/// The body's task list becomes steps; everything else stays as it was written.
fn split_tasks(body: &str) -> (Option<String>, Vec<(String, bool)>) {
    let mut steps = Vec::new();
    let mut kept = Vec::new();
    let mut fenced = false;
    for line in body.lines() {
        let trimmed = line.trim_start();
        fenced ^= trimmed.starts_with("```");
        let bullet = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")).filter(|_| !fenced);
        match bullet.filter(|rest| values::boxed(rest).is_some()).and_then(values::step) {
            Some(step) => steps.push(step),
            None => kept.push(line),
        }
    }
    let text = kept.join("\n").trim().to_owned();
    (Some(text).filter(|text| !text.is_empty()), steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, offset_minutes: i32) -> Reading {
        super::super::reading::whole(text, |text| Reader::new(text, offset_minutes), Reader::step)
    }

    #[test]
    fn issues_are_read_and_pull_requests_are_left_out() {
        let text = r#"[{"number":7,"title":"Bilge alarm rings twice","body":"It does.\r\n\r\n- [x] Find relay\r\n- [ ] Replace it\r\n","state":"open","labels":[{"name":"bug"},"hull"],
            "html_url":"https://github.com/skarvik/yard/issues/7","milestone":{"due_on":"2026-11-30T08:00:00Z"}},
          {"number":8,"title":"Fix it","pull_request":{"url":"x"}},
          {"number":9},
          {"number":10,"title":"Old","body":null,"state":"closed"}]
          [{"number":11,"title":"Next page","state":"open"}]"#;
        let reading = read(text, 0);
        assert_eq!(reading.total, 5);
        assert_eq!(
            reading.drafts.iter().map(|draft| draft.title.as_str()).collect::<Vec<_>>(),
            ["Bilge alarm rings twice", "Old", "Next page"]
        );
        let first = &reading.drafts[0];
        assert_eq!(first.description.as_deref(), Some("It does."));
        assert_eq!(first.steps, [("Find relay".to_owned(), true), ("Replace it".to_owned(), false)]);
        assert_eq!((first.labels.len(), first.due.map(|due| due.to_string()).as_deref()), (2, Some("2026-11-30")));
        assert_eq!(reading.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(reading.drafts[1].column.as_deref(), Some("Closed"));
    }

    #[test]
    fn boxes_in_code_stay_text() {
        let (text, steps) = split_tasks("```\n- [ ] not a step\n```\n* [X] a step");
        assert_eq!((text.as_deref(), steps.len()), (Some("```\n- [ ] not a step\n```"), 1));
    }

    #[test]
    fn something_else_is_told() {
        assert_eq!(read("{\"message\":\"Not Found\"}", 0).problems.len(), 1);
        let cut = read("[{\"title\":\"A\"}", 0);
        assert_eq!((cut.problems.len(), cut.drafts.len()), (1, 1), "what came before the cut is read");
        assert_eq!(read("{}", 0).problems.len(), 1);
    }
}
