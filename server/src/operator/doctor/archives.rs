//! Archives: whether their pieces and the table of records follow one another, how much is archived, and how much could be.

use super::{Finding, ok, warning, wrong};
use crate::archive::PIECE_RECORDS_MAX;
use crate::host::now;
use crate::operator::archive::{DAY_MS, last_before};
use crate::operator::place::{Opened, Place};
use crate::operator::telling::{number, size};
use crate::reading::Moment;
use crate::store::ArchiveLayout;
use landfall_engine::Position;
use std::cmp::Ordering;

const CHECK: &str = "archive";
/// What is older could be archived, days.
const OLD_DAYS: u64 = 90;
/// So many records of one log that could be archived are worth it.
const WORTH_RECORDS: u64 = 100_000;
/// Logs that are told of by themselves, at most.
const TOLD_MAX: usize = 20;

/// What was found in all logs together, records.
#[derive(Default)]
struct Sum {
    archived: u64,
    pieces: u64,
    bytes: u64,
    /// Old ones that are not archived, in so many logs, and in the one that has the most of them.
    could_be: u64,
    logs: u64,
    most: u64,
}

/// Nothing of a place that cannot be opened, which was told of already.
pub async fn look(place: &Place) -> Vec<Finding> {
    let Ok(opened) = place.read(Moment::Each).await else { return Vec::new() };
    let findings = of_all(&opened).await.unwrap_or_else(|error| vec![wrong(CHECK, format!("{error:#}"))]);
    opened.close().await;
    findings
}

async fn of_all(opened: &Opened) -> anyhow::Result<Vec<Finding>> {
    let (mut findings, mut sum) = (Vec::new(), Sum::default());
    let until_ms = now().0.saturating_sub(OLD_DAYS * DAY_MS);
    for (log, head) in opened.heads().await? {
        let layout = opened.store.archive_layout(log).await?;
        if let Some(flaw) = flaw(&layout, head.position) {
            findings.push(wrong(CHECK, format!("in log {log}, {flaw}: see `landfall verify {log}`, and restore a backup")));
            if findings.len() == TOLD_MAX {
                break;
            }
            continue;
        }
        let archived = layout.pieces.last().map_or(0, |(_, last)| *last);
        if archived > 0 {
            let extent = opened.store.archived(log).await?;
            sum.archived += archived;
            sum.pieces += extent.pieces;
            sum.bytes += extent.bytes;
        }
        // What fills no piece is not archived.
        if head.position.saturating_sub(archived) >= PIECE_RECORDS_MAX as u64 {
            let old = last_before(&*opened.store, log, head, archived, until_ms).await?.saturating_sub(archived);
            sum.could_be += old;
            sum.logs += u64::from(old > 0);
            sum.most = sum.most.max(old);
        }
    }
    if findings.is_empty() {
        findings.push(told(&sum));
    }
    Ok(findings)
}

/// Where records of a log are missing or stand twice, in words.
fn flaw(layout: &ArchiveLayout, head: Position) -> Option<String> {
    let mut next = 1;
    for (first, last) in &layout.pieces {
        match first.cmp(&next) {
            Ordering::Less => return Some(format!("records from {first} on are in two pieces of its archive")),
            Ordering::Greater => return Some(format!("records {next} to {} are in no piece of its archive", first - 1)),
            Ordering::Equal => next = last + 1,
        }
    }
    match layout.table_from {
        Some(first) if first < next => Some(format!("records from {first} on are archived, and in the table of records too")),
        Some(first) if first > next => Some(format!("records {next} to {} are neither archived nor in the table of records", first - 1)),
        None if head >= next => Some(format!("records {next} to {head} are neither archived nor in the table of records")),
        _ => None,
    }
}

fn told(sum: &Sum) -> Finding {
    let archived = match sum.archived {
        0 => "nothing is archived".into(),
        records => format!("{} archived, in {} ({})", number(records, "record"), number(sum.pieces, "piece"), size(sum.bytes)),
    };
    if sum.could_be == 0 {
        return ok(CHECK, format!("{archived}; none that is not is older than {OLD_DAYS} days, or there are too few to fill a piece"));
    }
    let could_be = format!("{}, in {}", number(sum.could_be, "more record"), number(sum.logs, "workspace"));
    let says = format!("{archived}; {could_be}, could be with --older-than {OLD_DAYS}");
    if sum.most < WORTH_RECORDS {
        return ok(CHECK, says);
    }
    warning(CHECK, format!("{says}, which is worth it in one that has {}: run `landfall archive`", number(sum.most, "such record")))
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_gap_and_an_overlap_are_told_with_their_positions() {
        let flaw = |pieces: &[(Position, Position)], table_from| flaw(&ArchiveLayout { pieces: pieces.to_vec(), table_from }, 9);
        assert_eq!(flaw(&[], Some(1)), None);
        assert_eq!(flaw(&[(1, 4), (5, 7)], Some(8)), None);
        assert_eq!(flaw(&[(1, 9)], None), None);
        for (pieces, table_from, told) in [
            (&[(2, 4)][..], Some(5), "records 1 to 1 are in no piece"),
            (&[(1, 4), (6, 7)], Some(8), "records 5 to 5 are in no piece"),
            (&[(1, 4), (4, 7)], Some(8), "records from 4 on are in two pieces"),
            (&[(1, 4)], Some(4), "records from 4 on are archived, and in the table"),
            (&[(1, 4)], Some(7), "records 5 to 6 are neither"),
            (&[(1, 4)], None, "records 5 to 9 are neither"),
            (&[], Some(3), "records 1 to 2 are neither"),
        ] {
            assert!(flaw(pieces, table_from).is_some_and(|says| says.contains(told)), "{pieces:?} {table_from:?}");
        }
    }

    #[test]
    fn what_could_be_archived_is_a_warning_only_where_it_is_worth_it() {
        let sum = Sum { archived: 2_000, pieces: 2, bytes: 314_000, ..Sum::default() };
        assert!(told(&sum).says.starts_with("2,000 records archived, in 2 pieces (314.0 kB);"), "{}", told(&sum).says);
        let some = told(&Sum { could_be: 1_500, logs: 1, most: 1_500, ..sum });
        assert_eq!(some.verdict, Verdict::Ok);
        assert!(some.says.contains("1,500 more records, in 1 workspace, could be with --older-than 90"), "{}", some.says);
        let many = told(&Sum { could_be: 250_000, logs: 2, most: 200_000, ..Sum::default() });
        assert_eq!(many.verdict, Verdict::Warning);
        assert!(
            many.says.starts_with("nothing is archived; 250,000 more records") && many.says.contains("landfall archive"),
            "{}",
            many.says
        );
    }
}
