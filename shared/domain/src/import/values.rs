//! Values as people write them in files: dates, durations, priorities, lists.

use super::reading::Urgency;
use crate::day::{Day, Due};
use std::collections::BTreeSet;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MINUTES_PER_DAY: i32 = 24 * 60;

/// A due date that was understood, and whether day and month could also be the other way round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DueRead {
    pub due: Due,
    pub ambiguous: bool,
}

/// Reads "2026-11-24", "2026-11-24 16:00", "24.11.2026", "24/11/2026", "24 Nov 2026", "Nov 24, 2026", each with or without a time.
/// A time with a zone ("…T15:00:00Z") is moved to the zone that is `offset_minutes` east of UTC.
pub(super) fn due(text: &str, offset_minutes: i32) -> Option<DueRead> {
    let (date, time) = split_time(text.trim());
    let (day, ambiguous) = numeric_day(date).or_else(|| named_day(date).map(|day| (day, false)))?;
    let Some(time) = time else {
        return Some(DueRead { due: Due { day, minute: None }, ambiguous });
    };
    let (minute, zone) = clock(time)?;
    let moved = minute + zone.map_or(0, |zone| offset_minutes - zone);
    let day = match moved.div_euclid(MINUTES_PER_DAY) {
        0 => day,
        1 => day_after(day)?,
        -1 => day_before(day)?,
        // No two places on earth are more than a day apart.
        _ => return None,
    };
    Some(DueRead { due: Due { day, minute: u16::try_from(moved.rem_euclid(MINUTES_PER_DAY)).ok() }, ambiguous })
}

fn day_after(day: Day) -> Option<Day> {
    let (year, month, of_month) = day.date();
    let next = Day::from_date(year, month, of_month + 1).or_else(|| Day::from_date(year, month + 1, 1));
    next.or_else(|| Day::from_date(year + 1, 1, 1))
}

fn day_before(day: Day) -> Option<Day> {
    let (year, month, of_month) = day.date();
    let (year, month) = match (of_month, month) {
        (1, 1) => (year - 1, 12),
        (1, month) => (year, month - 1),
        _ => return Day::from_date(year, month, of_month - 1),
    };
    (28..=31).rev().find_map(|last| Day::from_date(year, month, last))
}

/// The date, and the time that follows it after a `T` or a space.
fn split_time(text: &str) -> (&str, Option<&str>) {
    if text.as_bytes().get(10) == Some(&b'T') && text.is_char_boundary(10) && text.is_char_boundary(11) {
        return (&text[..10], Some(&text[11..]));
    }
    match text.rsplit_once(' ') {
        Some((date, time)) if time.contains(':') => (date.trim_end().trim_end_matches(','), Some(time)),
        _ => (text, None),
    }
}

/// A day written in numbers; slashes and dots put the day first, unless only the other way makes sense.
fn numeric_day(text: &str) -> Option<(Day, bool)> {
    if let Ok(day) = text.parse() {
        return Some((day, false));
    }
    let separator = text.chars().find(|character| !character.is_ascii_digit())?;
    if !matches!(separator, '.' | '/' | '-') {
        return None;
    }
    let parts: Vec<&str> = text.trim_end_matches('.').split(separator).map(str::trim).collect();
    let [first, second, third] = parts[..] else { return None };
    let number = |part: &str| if part.len() <= 4 { part.parse::<u32>().ok() } else { None };
    let (one, other, last) = (number(first)?, number(second)?, number(third)?);
    let year_of = |number: u32| i32::try_from(number).ok();
    if first.len() == 4 {
        return Some((Day::from_date(year_of(one)?, other, last)?, false));
    }
    let year = year_of(if third.len() == 2 { 2000 + last } else { last })?;
    let day_first = Day::from_date(year, other, one);
    let month_first = if separator == '/' { Day::from_date(year, one, other) } else { None };
    let ambiguous = day_first.is_some() && month_first.is_some() && day_first != month_first;
    day_first.or(month_first).map(|day| (day, ambiguous))
}

/// A day whose month is written as a word: "24 Nov 2026", "Tue, 24 November 2026", "Nov 24, 2026".
fn named_day(text: &str) -> Option<Day> {
    let mut month = None;
    let mut numbers = Vec::new();
    for word in text.split([' ', ',', '-', '.']).filter(|word| !word.is_empty()) {
        if let Ok(number) = word.trim_end_matches(|character: char| character.is_ascii_alphabetic()).parse::<u32>() {
            numbers.push(number);
        } else if let Some(index) = month_of(word) {
            month = Some(index as u32 + 1);
        } else if !is_weekday(word) {
            return None;
        }
    }
    let [one, other] = numbers[..] else { return None };
    let (day, year) = if one > 31 { (other, one) } else { (one, other) };
    Day::from_date(i32::try_from(year).ok()?, month?, day)
}

fn month_of(word: &str) -> Option<usize> {
    let start: String = word.chars().take(3).collect::<String>().to_lowercase();
    MONTHS.iter().position(|month| *month == start)
}

fn is_weekday(word: &str) -> bool {
    let start: String = word.chars().take(3).collect::<String>().to_lowercase();
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&start.as_str())
}

/// Minutes since midnight, and minutes east of UTC where the text names a zone: "16:00", "16:00:00.000Z", "09:30+01:00".
fn clock(text: &str) -> Option<(i32, Option<i32>)> {
    let zone_at = text.find(['Z', 'z', '+', '-']);
    let (time, zone) = zone_at.map_or((text, None), |at| (&text[..at], Some(&text[at..])));
    let mut parts = time.split(':');
    let hour: i32 = two_digits(parts.next()?)?;
    let minute: i32 = two_digits(parts.next()?)?;
    if hour > 23 || minute > 59 {
        return None;
    }
    let zone = match zone {
        None => None,
        Some("Z" | "z") => Some(0),
        Some(shift) => {
            let digits: String = shift[1..].chars().filter(char::is_ascii_digit).collect();
            let number: i32 = digits.get(..2)?.parse().ok()?;
            let rest: i32 = digits.get(2..4).map_or(Some(0), |rest| rest.parse().ok())?;
            let minutes = number * 60 + rest;
            Some(if shift.starts_with('-') { -minutes } else { minutes })
        }
    };
    Some((hour * 60 + minute, zone))
}

fn two_digits(text: &str) -> Option<i32> {
    if (1..=2).contains(&text.len()) { text.parse().ok() } else { None }
}

/// Reads "90", "90 min", "1h 30m", "1.5 h", "1:30", "2 days" as minutes. A bare number counts `unit_minutes`; a day has eight hours.
pub(super) fn minutes(text: &str, unit_minutes: u32) -> Option<u32> {
    let text = text.trim().to_lowercase().replace(',', ".");
    if let Some((hours, rest)) = text.split_once(':') {
        return hours.trim().parse::<u32>().ok()?.checked_mul(60)?.checked_add(rest.trim().parse().ok().filter(|rest| *rest < 60)?);
    }
    let mut total = 0.0;
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let number_end = rest.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(rest.len());
        let number: f64 = rest[..number_end].parse().ok()?;
        rest = rest[number_end..].trim_start();
        let unit_end = rest.find(|character: char| !character.is_alphabetic()).unwrap_or(rest.len());
        total += number
            * match &rest[..unit_end] {
                "" => f64::from(unit_minutes),
                "m" | "min" | "mins" | "minute" | "minutes" => 1.0,
                "h" | "hr" | "hrs" | "hour" | "hours" => 60.0,
                "d" | "day" | "days" => 480.0,
                "w" | "week" | "weeks" => 2400.0,
                _ => return None,
            };
        rest = rest[unit_end..].trim_start();
    }
    let rounded = total.round();
    // Far below where a float loses whole minutes, so the cast is exact.
    (rounded > 0.0 && rounded <= 1_000_000.0).then_some(rounded as u32)
}

/// Reads words, "P0" to "P4" and 1 to 5, where the smaller number is the more urgent.
pub(super) fn priority(text: &str) -> Option<Urgency> {
    match text.trim().to_lowercase().as_str() {
        "urgent" | "critical" | "blocker" | "highest" | "immediate" | "asap" | "p0" | "p1" | "1" => Some(Urgency::Urgent),
        "high" | "major" | "important" | "p2" | "2" => Some(Urgency::High),
        "normal" | "medium" | "moderate" | "default" | "none" | "p3" | "3" => Some(Urgency::Normal),
        "low" | "minor" | "lowest" | "trivial" | "p4" | "p5" | "4" | "5" => Some(Urgency::Low),
        _ => None,
    }
}

/// The labels in a field that separates them by commas, semicolons, bars or lines; each once, in their order.
pub(super) fn labels(text: &str) -> Vec<String> {
    distinct(text.split([',', ';', '|', '\n']).map(str::to_owned))
}

/// Each label once, in the case in which it came first, in their order; what says nothing is left out.
pub(super) fn distinct(labels: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let labels = labels.into_iter().map(|label| label.trim().to_owned());
    labels.filter(|label| !label.is_empty() && seen.insert(label.to_lowercase())).collect()
}

/// The steps in a field: one per line, or separated by bars or semicolons when there is but one line. "[x]" marks a done one.
pub(super) fn steps(text: &str) -> Vec<(String, bool)> {
    let text = text.trim();
    let pieces: Vec<&str> = if text.contains('\n') {
        text.lines().collect()
    } else if text.contains('|') {
        text.split('|').collect()
    } else {
        text.split(';').collect()
    };
    pieces.into_iter().filter_map(step).collect()
}

/// One step, with or without a bullet and a box: "- [x] Lift motor".
pub(super) fn step(text: &str) -> Option<(String, bool)> {
    let text = text.trim();
    let text = text.strip_prefix(['-', '*', '•']).unwrap_or(text).trim_start();
    let (text, done) = boxed(text).unwrap_or((text, false));
    let text = text.trim();
    (!text.is_empty()).then(|| (text.to_owned(), done))
}

/// The text behind a box, and whether that is ticked.
pub(super) fn boxed(text: &str) -> Option<(&str, bool)> {
    let ticked = [("[x]", true), ("[X]", true), ("[ ]", false), ("[]", false), ("☑", true), ("✔", true), ("☐", false)];
    ticked.into_iter().find_map(|(mark, done)| text.strip_prefix(mark).map(|rest| (rest, done)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Option<String> {
        due(text, 0).map(|read| read.due.to_string())
    }

    #[test]
    fn dates_as_people_write_them() {
        for text in [
            "2026-11-24",
            "24.11.2026",
            "24/11/2026",
            "11/24/2026",
            "24 Nov 2026",
            "Tue, 24 November 2026",
            "Nov 24, 2026",
            "24.11.26",
            "24th Nov 2026",
        ] {
            assert_eq!(date(text).as_deref(), Some("2026-11-24"), "{text}");
        }
        for text in ["2026-11-24T16:00", "2026-11-24 16:00", "24.11.2026 16:00", "2026-11-24T16:00:00", "24 Nov 2026, 16:00"] {
            assert_eq!(date(text).as_deref(), Some("2026-11-24T16:00"), "{text}");
        }
        for text in ["soon", "", "2026-02-30", "31/31/2026", "24", "Nov", "2026-11-24T25:00", "ÆØÅ Æ Ø"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_that_can_be_two_says_so() {
        assert_eq!(due("03/04/2026", 0), Some(DueRead { due: "2026-04-03".parse().unwrap(), ambiguous: true }));
        assert!(!due("13/04/2026", 0).unwrap().ambiguous);
        assert!(!due("03.04.2026", 0).unwrap().ambiguous);
        assert!(!due("04/04/2026", 0).unwrap().ambiguous);
    }

    #[test]
    fn a_time_with_a_zone_is_moved_to_the_readers() {
        assert_eq!(due("2026-11-24T23:30:00.000Z", 60).unwrap().due.to_string(), "2026-11-25T00:30");
        assert_eq!(due("2026-01-01T00:30:00Z", -60).unwrap().due.to_string(), "2025-12-31T23:30");
        assert_eq!(due("2026-11-24T16:00:00+02:00", 60).unwrap().due.to_string(), "2026-11-24T15:00");
    }

    #[test]
    fn durations_as_people_write_them() {
        for (text, expected) in
            [("90", 90), ("90 min", 90), ("1h 30m", 90), ("1.5 h", 90), ("1,5 hours", 90), ("1:30", 90), ("2 days", 960)]
        {
            assert_eq!(minutes(text, 1), Some(expected), "{text}");
        }
        assert_eq!(minutes("2", 60), Some(120));
        for text in ["", "long", "-5", "1.2.3 h", "9 parsecs", "0", "999999999999"] {
            assert_eq!(minutes(text, 1), None, "{text}");
        }
    }

    #[test]
    fn lists_in_one_field() {
        assert_eq!(labels("Engine, Class item;engine| Hull"), ["Engine", "Class item", "Hull"]);
        assert_eq!(steps("[x] Isolate | Lift motor"), [("Isolate".to_owned(), true), ("Lift motor".to_owned(), false)]);
        assert_eq!(steps("- [ ] One; two\n* Three"), [("One; two".to_owned(), false), ("Three".to_owned(), false)]);
        assert_eq!(steps("A; B"), [("A".to_owned(), false), ("B".to_owned(), false)]);
    }
}
