//! The shortest story that still breaks the same rule: steps are left out, and fewer small things happen, as long as the rule stays broken.

use crate::run::{Plan, Report, run};
use crate::workload::Workload;

/// Runs that shrinking may take.
const RUNS_MAX: usize = 2_000;
/// Small things that may happen in all of these runs together: a world that does not come to rest takes many in each.
const MOVES_MAX: u64 = 20_000_000;

/// Shrinks a plan that breaks a rule (delta debugging: Zeller, Hildebrandt, 2002). Returns the shorter plan and its report, told in words.
pub fn shrink<W: Workload>(plan: &Plan, report: &Report) -> (Plan, Report) {
    let Some(broken) = report.violation.as_ref().map(|violation| violation.rule) else { return (plan.clone(), report.clone()) };
    let (mut runs, mut moves) = (0, 0);
    let mut breaks = |candidate: &Plan| {
        if runs == RUNS_MAX || moves > MOVES_MAX {
            return false;
        }
        let report = run::<W>(candidate, false);
        runs += 1;
        moves += report.counts.moves;
        report.violation.is_some_and(|violation| violation.rule == broken)
    };
    let mut best = plan.clone();
    let mut size = best.steps.len().div_ceil(2);
    loop {
        let before = best.steps.len();
        let mut at = 0;
        while at < best.steps.len() {
            let mut candidate = best.clone();
            candidate.steps.drain(at..(at + size).min(best.steps.len()));
            if breaks(&candidate) {
                best = candidate;
            } else {
                at += size;
            }
        }
        if size == 1 && best.steps.len() == before {
            break;
        }
        size = (size / 2).max(1);
    }
    for index in 0..best.steps.len() {
        for moves in [0, 1, 2, 4] {
            let mut candidate = best.clone();
            if candidate.steps[index].moves > moves {
                candidate.steps[index].moves = moves;
                if breaks(&candidate) {
                    best = candidate;
                    break;
                }
            }
        }
    }
    let report = run::<W>(&best, true);
    (best, report)
}
