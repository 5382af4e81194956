//! Commands as a future release would write them, and how they read once that release is ours.

/// Digits after the version of a command that a future release wrote; no release of ours is that late.
const FUTURE: &str = "0000";

/// Where the version of a command's text stands.
fn version_in(text: &str) -> Option<std::ops::Range<usize>> {
    let start = text.find(r#""version":"#)? + r#""version":"#.len();
    let digits = text[start..].chars().take_while(char::is_ascii_digit).count();
    Some(start..start + digits)
}

/// The same command as a future release would write it.
pub(crate) fn as_in_the_future(text: &str) -> Option<String> {
    let version = version_in(text)?;
    Some(format!("{}{FUTURE}{}", &text[..version.end], &text[version.end..]))
}

/// A command of a future release, once that release is ours.
pub(crate) fn as_of_today(text: &str) -> Option<String> {
    let version = version_in(text)?;
    let number = text[version.clone()].strip_suffix(FUTURE)?;
    Some(format!("{}{number}{}", &text[..version.start], &text[version.end..]))
}
