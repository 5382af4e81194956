//! The clock: records take their times from it.

use super::{Finding, ok, warning, wrong};
use crate::host::now;
use crate::native::utc;
use crate::operator::place::Place;
use crate::reading::Moment;
use crate::store::PageLimit;
use landfall_engine::TimeMs;
use std::time::{Duration, Instant};

const CHECK: &str = "clock";
/// 2026-01-01: no record is older than the program.
const PLAUSIBLE_FROM: TimeMs = TimeMs(1_767_225_600_000);
/// 2100-01-01.
const PLAUSIBLE_UNTIL: TimeMs = TimeMs(4_102_444_800_000);
/// What two clocks, or one against itself, may differ by, milliseconds.
const DIFFERENCE_MS_MAX: u64 = 5_000;
/// From here on it is no drift, milliseconds.
const DIFFERENCE_MS_WRONG: u64 = 60 * 60 * 1000;
/// What a clock may be pushed by while it is watched.
const STEP_MAX: Duration = Duration::from_millis(500);
/// Logs whose newest record is looked at.
const LOGS_MAX: usize = 1_000;

/// Looks whether the clock goes evenly for as long as everything else takes.
pub struct Watch {
    began: TimeMs,
    since: Instant,
}

impl Watch {
    /// Begins to look.
    pub fn start() -> Self {
        Self { began: now(), since: Instant::now() }
    }

    /// What was seen.
    pub fn stop(self) -> Vec<Finding> {
        let (ended, passed) = (now(), self.since.elapsed());
        let mut findings = vec![of_year(ended)];
        if ended < self.began || Duration::from_millis(ended.since(self.began)).abs_diff(passed) > STEP_MAX {
            findings.push(warning(
                CHECK,
                "it was set while it was looked at: let it be kept by one service (chrony, systemd-timesyncd) that slews",
            ));
        }
        findings
    }
}

fn of_year(now: TimeMs) -> Finding {
    if (PLAUSIBLE_FROM..PLAUSIBLE_UNTIL).contains(&now) {
        return ok(CHECK, format!("it says {}", utc(now)));
    }
    wrong(CHECK, format!("it says {}, which cannot be: set it before a server starts, since records keep the times they get", utc(now)))
}

/// Against another one: the database's.
pub fn against(theirs: TimeMs, whose: &str) -> Finding {
    let difference_ms = theirs.0.abs_diff(now().0);
    let seconds = difference_ms / 1_000;
    let says = format!("{whose} is {seconds} s off this machine's: let both be kept by a time service");
    match difference_ms {
        0..DIFFERENCE_MS_MAX => ok(CHECK, format!("{whose} agrees with this machine's")),
        DIFFERENCE_MS_MAX..DIFFERENCE_MS_WRONG => warning(CHECK, says),
        _ => wrong(CHECK, says),
    }
}

/// Against the newest record: times never go back within a log, so that one from the future is given to all that come after it.
pub async fn newest_record(place: &Place) -> Option<Finding> {
    // A place that cannot be opened was told of already, and one without records has nothing to say.
    let opened = place.read(Moment::Each).await.ok()?;
    let mut newest = TimeMs(0);
    for (log, head) in opened.store.logs(None, LOGS_MAX).await.ok()? {
        let page = opened.store.rows(log, head.position.saturating_sub(1), PageLimit { records: 1, bytes: 1 }).await.ok()?;
        newest = page.rows.first().and_then(|row| u64::try_from(row.at).ok()).map_or(newest, |at| newest.max(TimeMs(at)));
    }
    opened.close().await;
    if newest == TimeMs(0) {
        return None;
    }
    let ahead_ms = newest.since(now());
    let says = format!(
        "the newest record is of {}, {} s from now: the clock was wrong then, or is wrong now; new records keep that time until it has come",
        utc(newest),
        ahead_ms / 1_000
    );
    Some(match ahead_ms {
        0..DIFFERENCE_MS_MAX => ok(CHECK, format!("the newest record is of {}", utc(newest))),
        DIFFERENCE_MS_MAX..DIFFERENCE_MS_WRONG => warning(CHECK, says),
        _ => wrong(CHECK, says),
    })
}
