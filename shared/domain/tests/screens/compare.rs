//! Rejected commands beside what is so now.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, Yard, said};
use landfall_domain::Command;
use landfall_domain::commands::task::{self, Why};
use landfall_domain::ids::Mark;
use landfall_domain::queries::{Comparison, compare, meanwhile};
use landfall_domain::words::plain;
use landfall_engine::log::Reason;

fn rejected(yard: &mut Yard, command: &Command) -> Comparison {
    let reason = yard.tries(ME, command.clone()).expect_err("it is rejected");
    compare(&yard.view(ME), command, &Reason::Domain(reason))
}

fn rows(comparison: &Comparison) -> Vec<(&str, &str, &str, bool)> {
    comparison.meant.iter().map(|row| (row.label, row.meant.as_str(), row.now.as_str(), row.differs)).collect()
}

#[test]
fn handed_over_before_it_landed() {
    let mut yard = Yard::new();
    let (task, steps) = yard.adds_with_steps("Blast and prime rudder", &["First coat", "Second coat"]);
    yard.starts(ME, task);
    yard.does(ME, task::TickStep { task, step: steps[0] });
    let issued = yard.now();
    yard.waits_minutes(5);
    yard.does(FOREMAN, task::Assign { task, member: NIGHT_SHIFT, to: None });
    yard.does(NIGHT_SHIFT, task::Prioritise { task, priority: landfall_domain::state::Priority::High });
    let command: Command = task::SubmitForReview { task, note: "DFT readings attached".into(), to: None }.into();
    let told = rejected(&mut yard, &command);
    let expected = [
        ("State", "In review", "Under way", true),
        ("Holder", "You", "Night shift", true),
        ("Steps", "As you left them", "1 of 2, “Second coat” is open", true),
        ("Your note", "“DFT readings attached”", "Kept with this draft", false),
    ];
    assert_eq!(rows(&told), expected);
    assert_eq!((plain(&told.cause.title).as_str(), told.cleared), ("Handed over before yours landed", false));
    let lines: Vec<_> = meanwhile(&yard.view(ME), &command, issued).iter().map(|line| plain(&line.phrase)).collect();
    assert_eq!(lines, ["R. M. assigned this to Night shift.", "Night shift made this high priority."]);
    // Two intents, one cause.
    let block: Command = task::Block { task, why: "waits for gas-free certificate".into(), until: None }.into();
    if let Err(reason) = yard.tries(ME, block.clone()) {
        let other = compare(&yard.view(ME), &block, &Reason::Domain(reason));
        assert_eq!(other.cause.key, told.cause.key);
        assert_eq!(rows(&other)[..2], [("State", "Under way, blocked", "Under way", true), ("Holder", "You", "Night shift", true)]);
    }
}

#[test]
fn a_place_opened_so_it_can_start_now() {
    let mut yard = Yard::new();
    let others: Vec<_> = (0..3).map(|number| yard.adds(&format!("Task {number}"))).collect();
    others.iter().for_each(|task| yard.starts(NIGHT_SHIFT, *task));
    let task = yard.adds("Change lube oil filters");
    yard.claims(ME, task);
    let command: Command = task::Start { task, to: None }.into();
    let reason = Reason::Domain(yard.tries(ME, command.clone()).unwrap_err());
    let told = compare(&yard.view(ME), &command, &reason);
    assert_eq!((plain(&told.cause.title).as_str(), told.cleared), ("Under way was full", false));
    assert_eq!(rows(&told).last(), Some(&("Places", "One more in Under way", "3 of 3, full", true)));
    yard.submits(NIGHT_SHIFT, others[0]);
    let told = compare(&yard.view(ME), &command, &reason);
    assert!(told.cleared);
    assert_eq!(rows(&told).last(), Some(&("Places", "One more in Under way", "2 of 3", false)));
}

#[test]
fn a_stale_description_stands_beside_the_one_that_won() {
    let mut yard = Yard::new();
    let task = yard.adds("Overhaul ballast pump");
    yard.does(NIGHT_SHIFT, task::Describe { task, text: "Check the impeller.".into(), based_on: None });
    let command: Command = task::Describe { task, text: "Renew bearings.".into(), based_on: Some(Mark([7; 8])) }.into();
    let told = rejected(&mut yard, &command);
    assert_eq!(rows(&told), [("Description", "Renew bearings.", "Check the impeller.", true)]);
    assert_eq!(said(&serde_json::to_value(&told.cause.title).unwrap()), "The description changed since you read it, by Night shift");
    assert!(!told.cleared);
}

#[test]
fn what_came_after_something_missing_belongs_together() {
    let mut yard = Yard::new();
    let new = yard.new_task("Never landed");
    let task = new.task;
    let claim = rejected(&mut yard, &task::Claim { task, to: None }.into());
    let due = Some("2026-11-30".parse().unwrap());
    let reschedule = rejected(&mut yard, &task::Reschedule { task, due, why: Why::Slipped, note: "".into() }.into());
    assert_eq!(claim.cause.key, reschedule.cause.key);
    assert_eq!(rows(&claim)[0], ("State", "Claimed", "Not in this workspace", true));
    assert_eq!(rows(&reschedule)[0], ("Due", "Mon 30 Nov", "Not in this workspace", true));
}

#[test]
fn a_command_that_was_taken_back_can_be_issued_again() {
    let mut yard = Yard::new();
    let task = yard.adds("Gauge anchor chain");
    let told = compare(&yard.view(ME), &task::Claim { task, to: None }.into(), &Reason::Withdrawn);
    assert!(told.cleared);
    assert_eq!(plain(&told.cause.title), "Taken back");
}
