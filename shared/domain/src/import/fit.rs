//! What a file says, made to fit the bounds of a task; nothing is cut without a word about it.

use super::reading::Draft;
use crate::bounds;

/// Makes a draft fit, and says what had to change.
pub(super) fn draft(draft: &mut Draft) -> Vec<String> {
    let mut problems = Vec::new();
    let title = one_line(&draft.title);
    draft.title = line(&title, bounds::TITLE_CHARS);
    let mut text = draft.description.take().unwrap_or_default();
    if draft.title != title {
        text = format!("{title}\n\n{text}");
        problems
            .push(format!("The title has more than {} characters. It was cut, and stands whole in the description.", bounds::TITLE_CHARS));
    }
    steps(draft, &mut text, &mut problems);
    labels(draft, &mut problems);
    let text: String = text.chars().filter(|character| !character.is_control() || matches!(character, '\n' | '\r' | '\t')).collect();
    let kept = cut(text.trim(), bounds::DESCRIPTION_CHARS);
    if kept != text.trim() {
        problems.push(format!("The description has more than {} characters; the rest was left out.", bounds::DESCRIPTION_CHARS));
    }
    draft.description = Some(kept).filter(|text| !text.is_empty());
    if draft.estimate_minutes.is_some_and(|minutes| minutes > bounds::ESTIMATE_MINUTES) {
        draft.estimate_minutes = None;
        problems.push("The estimate is longer than a year, so this task has none.".to_owned());
    }
    draft.source =
        draft.source.take().map(|source| one_line(&source)).filter(|source| source.chars().count() <= bounds::ADDRESS_CHARS as usize);
    problems
}

fn steps(draft: &mut Draft, text: &mut String, problems: &mut Vec<String>) {
    let mut cut_some = false;
    for (step, _) in &mut draft.steps {
        let whole = one_line(step);
        *step = line(&whole, bounds::STEP_CHARS);
        cut_some |= *step != whole;
    }
    draft.steps.retain(|(step, _)| !step.is_empty());
    if cut_some {
        problems.push(format!("A step has more than {} characters; it was cut.", bounds::STEP_CHARS));
    }
    if draft.steps.len() > bounds::STEPS_PER_TASK as usize {
        let rest = draft.steps.split_off(bounds::STEPS_PER_TASK as usize);
        problems.push(format!("A task has {} steps at most; the other {} stand in the description.", bounds::STEPS_PER_TASK, rest.len()));
        for (step, done) in rest {
            text.push_str(if done { "\n[x] " } else { "\n[ ] " });
            text.push_str(&step);
        }
    }
}

fn labels(draft: &mut Draft, problems: &mut Vec<String>) {
    for label in &mut draft.labels {
        *label = line(label, bounds::LABEL_CHARS);
    }
    draft.labels.retain(|label| !label.is_empty());
    let most = bounds::LABELS_PER_TASK as usize;
    if draft.labels.len() > most {
        problems.push(format!("A task has {most} labels at most; left out: {}.", draft.labels.split_off(most).join(", ")));
    }
}

/// One line of at most so many characters.
pub(super) fn line(text: &str, characters_max: u32) -> String {
    cut(&one_line(text), characters_max)
}

fn one_line(text: &str) -> String {
    let printed: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    printed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many characters, the last of them an ellipsis when something was cut.
fn cut(text: &str, characters_max: u32) -> String {
    if text.chars().count() <= characters_max as usize {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(characters_max as usize - 1).collect();
    kept.push('…');
    kept
}
