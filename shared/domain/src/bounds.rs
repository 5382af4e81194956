//! How much there can be of everything, and what texts may hold.

use crate::rejection::{Problem, Rejection};
use crate::text::Text;

/// Members ever admitted.
pub const MEMBERS: u32 = 1_000;
/// Boards, discarded ones included.
pub const BOARDS: u32 = 200;
/// Columns of a board, discarded ones included.
pub const COLUMNS_PER_BOARD: u32 = 50;
/// Tasks of a board, discarded ones included.
pub const TASKS_PER_BOARD: u32 = 100_000;
/// Steps of a task, discarded ones included.
pub const STEPS_PER_TASK: u32 = 200;
/// Comments on a task, discarded ones included.
pub const COMMENTS_PER_TASK: u32 = 2_000;
/// Labels of a task.
pub const LABELS_PER_TASK: u32 = 20;
/// Links of a task, those taken away included.
pub const LINKS_PER_TASK: u32 = 100;
/// Different emojis on a comment.
pub const EMOJIS_PER_COMMENT: u32 = 20;
/// Limit of a column.
pub const COLUMN_LIMIT: u32 = 10_000;
/// Estimate: a year of minutes.
pub const ESTIMATE_MINUTES: u32 = 525_600;

/// Characters in the name of a workspace, member, board or column.
pub const NAME_CHARS: u32 = 80;
/// Characters in a title.
pub const TITLE_CHARS: u32 = 300;
/// Characters in a description.
pub const DESCRIPTION_CHARS: u32 = 20_000;
/// Characters in a comment.
pub const COMMENT_CHARS: u32 = 10_000;
/// Characters in a note or reason.
pub const NOTE_CHARS: u32 = 2_000;
/// Characters in a step.
pub const STEP_CHARS: u32 = 500;
/// Characters in a label.
pub const LABEL_CHARS: u32 = 40;
/// Characters in an emoji, which may be joined of several.
pub const EMOJI_CHARS: u32 = 16;
/// Characters in the address of a page, and in the source of an imported task.
pub const ADDRESS_CHARS: u32 = 2_000;

/// A rejection of `field`.
pub(crate) fn invalid(field: &str, problem: Problem) -> Rejection {
    Rejection::Invalid { field: Text::from(field), problem }
}

/// One line that says something.
pub(crate) fn line(field: &str, text: &str, max: u32) -> Result<(), Rejection> {
    says_something(field, text)?;
    line_or_empty(field, text, max)
}

/// One line that may be empty.
pub(crate) fn line_or_empty(field: &str, text: &str, max: u32) -> Result<(), Rejection> {
    if text.chars().any(char::is_control) {
        return Err(invalid(field, Problem::BadValue));
    }
    fits(field, text, max)
}

/// Any number of lines that say something.
pub(crate) fn lines(field: &str, text: &str, max: u32) -> Result<(), Rejection> {
    says_something(field, text)?;
    lines_or_empty(field, text, max)
}

/// Any number of lines that may be empty.
pub(crate) fn lines_or_empty(field: &str, text: &str, max: u32) -> Result<(), Rejection> {
    if text.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\r' | '\t')) {
        return Err(invalid(field, Problem::BadValue));
    }
    fits(field, text, max)
}

/// A number from 1 to `max`.
pub(crate) fn count(field: &str, number: u32, max: u32) -> Result<(), Rejection> {
    if (1..=max).contains(&number) { Ok(()) } else { Err(invalid(field, Problem::BadValue)) }
}

fn says_something(field: &str, text: &str) -> Result<(), Rejection> {
    if text.trim().is_empty() { Err(invalid(field, Problem::Empty)) } else { Ok(()) }
}

fn fits(field: &str, text: &str, max: u32) -> Result<(), Rejection> {
    // No text has more characters than bytes, so most need not be counted.
    if text.len() <= max as usize || text.chars().count() <= max as usize { Ok(()) } else { Err(invalid(field, Problem::TooLong { max })) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_in_characters_and_hold_no_control_characters() {
        assert_eq!(line("name", "Ölwanne", 7), Ok(()));
        assert_eq!(line("name", "Ölwanne", 6), Err(invalid("name", Problem::TooLong { max: 6 })));
        assert_eq!(line("name", " \u{a0}", 6), Err(invalid("name", Problem::Empty)));
        assert_eq!(line("name", "two\nlines", 60), Err(invalid("name", Problem::BadValue)));
        assert_eq!(lines("text", "two\nlines\tand a tab", 60), Ok(()));
        assert_eq!(lines("text", "bell\u{7}", 60), Err(invalid("text", Problem::BadValue)));
        assert_eq!(lines_or_empty("note", "", 60), Ok(()));
        assert_eq!(count("limit", 0, 9), Err(invalid("limit", Problem::BadValue)));
    }
}
