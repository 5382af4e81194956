//! Sentences about commands, rejections and what happened.

use crate::yard::{FOREMAN, ME, NIGHT_SHIFT, Yard};
use landfall_domain::commands::task::{self, Why};
use landfall_domain::commands::{board, workspace};
use landfall_domain::ids::{ColumnId, CommentId, LinkId, Mark, StepId};
use landfall_domain::queries::{for_reader, history_line, notice};
use landfall_domain::rejection::{Part, Problem, Rejection, Standing, Thing, Who};
use landfall_domain::state::{LinkKind, LinkTarget, Priority, Role, Stage};
use landfall_domain::words::{Phrase, Span, command, happened, noticed, plain, rejected, rejection, synonyms, verb};
use landfall_domain::{Command, Workspace};
use landfall_engine::log::Reason;
use landfall_engine::{CommandId, Domain, TimeMs};

const FORBIDDEN: [&str; 6] = ["error", "conflict", "sync failed", "invalid", "null", "fail"];

fn check_voice(text: &str) {
    assert!(!text.trim().is_empty());
    for word in FORBIDDEN {
        assert!(!text.to_lowercase().contains(word), "“{word}” in “{text}”");
    }
    assert!(!text.contains("  ") && !text.contains("..") && !text.contains(" ."), "“{text}”");
}

#[test]
fn every_kind_of_command_has_a_verb() {
    for shape in Workspace::command_shapes() {
        assert!(!verb(shape.kind).is_empty(), "{}", shape.kind);
        assert!(synonyms(shape.kind).iter().all(|word| word.to_lowercase() == **word));
    }
    assert_eq!(verb("make_coffee"), "");
}

#[test]
fn commands_are_verb_and_object() {
    let mut yard = Yard::new();
    let (task, steps) = yard.adds_with_steps("Grind and lap sea chest valve SC-3", &["Fit new impeller"]);
    let say = |intent: Command| plain(&command(&yard.state, &intent));
    assert_eq!(say(task::Claim { task, to: None }.into()), "Claim Grind and lap sea chest valve SC-3");
    assert_eq!(say(task::TickStep { task, step: steps[0] }.into()), "Tick Fit new impeller");
    assert_eq!(say(task::HandOver { task, member: NIGHT_SHIFT, note: "x".into() }.into()), "Hand over HLD-1 to Night shift");
    let reschedule = task::Reschedule { task, due: Some("2026-11-26".parse().unwrap()), why: Why::Replanned, note: "".into() };
    assert_eq!(say(reschedule.clone().into()), "Reschedule HLD-1 to 2026-11-26");
    assert!(command(&yard.state, &reschedule.into()).contains(&Span::Date("2026-11-26".to_owned())));
    assert_eq!(
        say(task::Block { task, why: "waits for gas-free certificate".into(), until: None }.into()),
        "Block HLD-1: waits for gas-free certificate"
    );
    let comment = task::AddComment { task, comment: CommentId([1; 16]), text: "Seal kit fitted,\nsleeve renewed".into() };
    assert_eq!(say(comment.into()), "Comment “Seal kit fitted, sleeve renewed”");
    assert_eq!(
        say(task::SubmitForReview { task, note: "".into(), to: None }.into()),
        "Submit Grind and lap sea chest valve SC-3 for review"
    );
    assert_eq!(say(board::LimitColumn { column: yard.column(Stage::UnderWay), limit: Some(5) }.into()), "Set limit of Under way to 5");
}

/// One of each kind, about things that are there.
fn one_of_each(yard: &mut Yard) -> Vec<Command> {
    let (task, steps) = yard.adds_with_steps("Overhaul", &["One"]);
    let other = yard.adds("Other");
    let comment = CommentId(yard.mint());
    yard.does(ME, task::AddComment { task, comment, text: "Said".into() });
    let link = LinkId(yard.mint());
    yard.does(ME, task::AddLink { task, link, to: LinkTarget::Task(other), kind: LinkKind::Relates });
    let (board, column, step) = (yard.board, yard.column(Stage::Ready), steps[0]);
    let due = Some("2026-11-26".parse().unwrap());
    vec![
        workspace::FoundWorkspace { name: "Yard".into(), owner: FOREMAN, owner_name: "R. M.".into() }.into(),
        workspace::AdmitMember { actor: ME, name: "T. B.".into(), role: Role::Member, invited_by: FOREMAN }.into(),
        workspace::RenameWorkspace { name: "Yard".into() }.into(),
        workspace::RenameMember { name: "T. B.".into() }.into(),
        workspace::ChangeRole { member: ME, role: Role::Viewer }.into(),
        workspace::RemoveMember { member: ME }.into(),
        workspace::DecideRejection { command: CommandId([1; 16]), decision: workspace::Decision::Discarded }.into(),
        board::CreateBoard { board, name: "Board".into(), key: "BRD".into(), columns: vec![] }.into(),
        board::RenameBoard { board, name: "Board".into(), based_on: None }.into(),
        board::DiscardBoard { board }.into(),
        board::RestoreBoard { board }.into(),
        board::CreateColumn { board, column, name: "Dock".into(), stage: Stage::Ready, limit: None, rank: None }.into(),
        board::RenameColumn { column, name: "Dock".into(), based_on: None }.into(),
        board::LimitColumn { column, limit: None }.into(),
        board::MoveColumn { column, rank: landfall_domain::rank::Rank::first() }.into(),
        board::DiscardColumn { column }.into(),
        board::RestoreColumn { column }.into(),
        yard.new_task("New").into(),
        task::Reword { task, title: "New".into(), based_on: None }.into(),
        task::Describe { task, text: "".into(), based_on: None }.into(),
        task::Describe { task, text: "Text".into(), based_on: None }.into(),
        task::Estimate { task, minutes: Some(90), based_on: None }.into(),
        task::Estimate { task, minutes: None, based_on: None }.into(),
        task::Prioritise { task, priority: Priority::Urgent }.into(),
        task::Reschedule { task, due, why: Why::Slipped, note: "".into() }.into(),
        task::Reschedule { task, due: None, why: Why::Replanned, note: "no need".into() }.into(),
        task::Label { task, add: vec!["Hull".into()], remove: vec![] }.into(),
        task::Label { task, add: vec![], remove: vec!["Hull".into()] }.into(),
        task::Label { task, add: vec!["Hull".into()], remove: vec!["Deck".into()] }.into(),
        task::Claim { task, to: None }.into(),
        task::Release { task, to: None }.into(),
        task::Assign { task, member: ME, to: None }.into(),
        task::HandOver { task, member: ME, note: "Over".into() }.into(),
        task::AcceptHandover { task }.into(),
        task::DeclineHandover { task, why: "Off shift".into() }.into(),
        task::Start { task, to: None }.into(),
        task::Block { task, why: "Crane".into(), until: due }.into(),
        task::Unblock { task }.into(),
        task::SubmitForReview { task, note: "".into(), to: None }.into(),
        task::SignOff { task, note: "".into(), to: None }.into(),
        task::SendBack { task, why: "Readings".into(), to: None }.into(),
        task::Finish { task, note: "".into(), to: None }.into(),
        task::Reopen { task, why: "Leaks".into(), to: None }.into(),
        task::MoveTask { task, column: yard.column(Stage::Claimed), rank: landfall_domain::rank::Rank::first() }.into(),
        task::AddStep { task, step: StepId([5; 16]), text: "Two".into() }.into(),
        task::RewordStep { task, step, text: "Two".into(), based_on: None }.into(),
        task::TickStep { task, step }.into(),
        task::UntickStep { task, step }.into(),
        task::DiscardStep { task, step }.into(),
        task::RestoreStep { task, step }.into(),
        task::AddComment { task, comment, text: "Said".into() }.into(),
        task::ReviseComment { task, comment, text: "Said".into() }.into(),
        task::DiscardComment { task, comment }.into(),
        task::RestoreComment { task, comment }.into(),
        task::React { task, comment, emoji: "👍".into(), on: true }.into(),
        task::React { task, comment, emoji: "👍".into(), on: false }.into(),
        task::AddLink { task, link, to: LinkTarget::Task(other), kind: LinkKind::Blocks }.into(),
        task::Unlink { task, link }.into(),
        task::DiscardTask { task, why: "".into() }.into(),
        task::RestoreTask { task }.into(),
    ]
}

#[test]
fn every_command_can_be_said_also_where_its_things_are_unknown() {
    let mut yard = Yard::new();
    let commands = one_of_each(&mut yard);
    let kinds: std::collections::BTreeSet<_> = commands.iter().map(Command::kind).collect();
    assert_eq!(kinds.len(), Workspace::command_shapes().len());
    for intent in &commands {
        check_voice(&plain(&command(&yard.state, intent)));
        check_voice(&plain(&command(&Yard::without_columns().state, intent)));
    }
}

/// One rejection of each kind, and whom and when it names.
fn rejections(yard: &Yard) -> Vec<(Rejection, bool, bool)> {
    let who = || Who { actor: NIGHT_SHIFT, name: "Night shift".into() };
    let at = TimeMs(5);
    let column = yard.column(Stage::UnderWay);
    vec![
        (Rejection::ClaimedBy { task: landfall_domain::ids::TaskId([1; 16]), holder: who(), at }, true, true),
        (Rejection::NotHolder { holder: Some(who()), at: Some(at) }, true, true),
        (Rejection::NotHolder { holder: None, at: None }, false, false),
        (Rejection::NotHolder { holder: None, at: Some(at) }, false, true),
        (Rejection::NotHanded {}, false, false),
        (Rejection::ColumnFull { column, name: "Under way".into(), limit: 5, count: 5, limited_by: who(), limited_at: at }, true, true),
        (Rejection::ColumnNotEmpty { column: ColumnId([0; 16]), count: 1 }, false, false),
        (Rejection::NoColumn { board: yard.board, stage: Stage::InReview }, false, false),
        (Rejection::Stale { part: Part::Description, by: who(), at, theirs: "Theirs".into(), mark: Mark([0; 8]) }, true, true),
        (Rejection::Stale { part: Part::Title, by: who(), at, theirs: "Theirs".into(), mark: Mark([0; 8]) }, true, true),
        (Rejection::Stale { part: Part::Estimate, by: who(), at, theirs: "".into(), mark: Mark([0; 8]) }, true, true),
        (Rejection::OwnWork {}, false, false),
        (Rejection::WrongStage { is: Stage::Ready, needs: Stage::InReview, by: who(), at }, true, true),
        (Rejection::Discarded { what: Thing::Task, by: who(), at }, true, true),
        (Rejection::NotDiscarded { what: Thing::Step }, false, false),
        (Rejection::NoSuch { what: Thing::Board }, false, false),
        (Rejection::Already { what: Standing::Ticked, by: who(), at }, true, true),
        (Rejection::Already { what: Standing::InReview, by: who(), at }, true, true),
        (Rejection::Already { what: Standing::Admitted, by: who(), at }, true, true),
        (Rejection::Already { what: Standing::Exists, by: who(), at }, true, true),
        (Rejection::NotBlocked {}, false, false),
        (Rejection::NotTicked {}, false, false),
        (Rejection::Viewer {}, false, false),
        (Rejection::OwnersOnly {}, false, false),
        (Rejection::LastOwner {}, false, false),
        (Rejection::NotAMember { who: who() }, true, false),
        (Rejection::NotAMember { who: Who { actor: NIGHT_SHIFT, name: "".into() } }, false, false),
        (Rejection::ServerOnly {}, false, false),
        (Rejection::NotAuthor { author: who() }, true, false),
        (Rejection::NeedsSignOff {}, false, false),
        (Rejection::Blocked { why: "Crane.".into(), by: who(), at }, true, true),
        (Rejection::Invalid { field: "title".into(), problem: Problem::Empty }, false, false),
        (Rejection::Invalid { field: "text".into(), problem: Problem::TooLong { max: 10 } }, false, false),
        (Rejection::Invalid { field: "due".into(), problem: Problem::BadValue }, false, false),
        (Rejection::NameTaken { what: Thing::Column, name: "Dock".into() }, false, false),
        (Rejection::LimitReached { what: Thing::Step, max: 200 }, false, false),
    ]
}

fn names(phrase: &Phrase) -> bool {
    phrase.contains(&Span::Person { actor: NIGHT_SHIFT, name: "Night shift".to_owned() })
}

#[test]
fn every_rejection_says_who_and_when_where_it_knows() {
    let yard = Yard::new();
    for (reason, who, when) in rejections(&yard) {
        let phrase = rejection(&yard.state, &Reason::Domain(reason.clone()));
        check_voice(&plain(&phrase));
        assert_eq!(names(&phrase), who, "{reason:?}: {}", plain(&phrase));
        assert_eq!(phrase.contains(&Span::Time(TimeMs(5))), when, "{reason:?}: {}", plain(&phrase));
        let told = rejected(&yard.state, &Reason::Domain(reason.clone()), None, TimeMs(9));
        check_voice(&plain(&told));
        assert!(told.contains(&Span::Time(TimeMs(9))) && (!who || names(&told)), "{reason:?}: {}", plain(&told));
    }
    for reason in [Reason::Withdrawn, Reason::Unreadable("it has no kind".to_owned()), Reason::NoLongerMember] {
        check_voice(&plain(&rejection(&yard.state, &reason)));
        check_voice(&plain(&rejected(&yard.state, &reason, None, TimeMs(9))));
    }
}

#[test]
fn rejections_read_as_in_the_inbox() {
    let mut yard = Yard::new();
    let task = yard.adds("Blast and prime rudder");
    let holder = Some(Who { actor: NIGHT_SHIFT, name: "Night shift".into() });
    let reason = Reason::Domain(Rejection::NotHolder { holder, at: None });
    let submit = task::SubmitForReview { task, note: "".into(), to: None }.into();
    let told = plain(&rejected(&yard.state, &reason, Some(&submit), TimeMs(1045)));
    assert_eq!(told, "Rejected at 1045 by the rule “Only the holder submits”. When yours arrived, Night shift held the task.");
    let full = Rejection::ColumnFull {
        column: yard.column(Stage::UnderWay),
        name: "Under way".into(),
        limit: 5,
        count: 5,
        limited_by: Who { actor: FOREMAN, name: "R. M.".into() },
        limited_at: TimeMs(3),
    };
    let told = plain(&rejected(&yard.state, &Reason::Domain(full), None, TimeMs(1045)));
    assert_eq!(told, "Rejected at 1045 by the limit of 5 set by R. M. Under way was full when yours arrived.");
}

#[test]
fn what_happened_reads_as_in_the_history() {
    let mut yard = Yard::new();
    let task = yard.adds("Calibrate level gauge");
    let from = Some("2026-11-20".parse().unwrap());
    yard.does(FOREMAN, task::Reschedule { task, due: from, why: Why::Replanned, note: "".into() });
    let due = Some("2026-11-21".parse().unwrap());
    let (events, context) = yard.does(FOREMAN, task::Reschedule { task, due, why: Why::Slipped, note: "crane slot moved".into() });
    let line = |phrase: Phrase| plain(&phrase);
    assert_eq!(line(happened(&yard.state, &events[0], &context)), "rescheduled this from 2026-11-20 to 2026-11-21: crane slot moved.");
    let told = history_line(&yard.view(ME), &context, &events).unwrap();
    assert_eq!((told.person.name.as_str(), told.position), ("R. M.", context.position));
    let (events, context) = yard.does(NIGHT_SHIFT, task::Start { task, to: None });
    assert_eq!(line(noticed(&yard.state, &events[0], &context)), "started HLD-1.");
    let told = notice(&yard.view(ME), &context, &events).unwrap();
    assert_eq!((told.person.name.as_str(), plain(&told.phrase).as_str(), told.task), ("Night shift", "started HLD-1.", Some(task)));
    assert_eq!(notice(&yard.view(NIGHT_SHIFT), &context, &events), None);
    let (events, context) = yard.does(NIGHT_SHIFT, task::HandOver { task, member: ME, note: "Off".into() });
    let told = notice(&yard.view(ME), &context, &events).unwrap();
    assert_eq!(plain(&told.phrase), "handed HLD-1 over to you: Off.");
}

#[test]
fn a_way_back_is_not_told_as_a_way_on() {
    let mut yard = Yard::new();
    let task = yard.adds("Realign shaft generator coupling");
    yard.starts(ME, task);
    let (events, context) = yard.does(ME, task::Claim { task, to: None });
    assert_eq!(plain(&noticed(&yard.state, &events[0], &context)), "put HLD-1 down; it is claimed, no more under way.");
    yard.starts(ME, task);
    yard.submits(ME, task);
    let (events, context) = yard.does(ME, task::SendBack { task, why: "".into(), to: None });
    assert_eq!(plain(&happened(&yard.state, &events[0], &context)), "took this back from review.");
    yard.does(ME, task::HandOver { task, member: NIGHT_SHIFT, note: "".into() });
    let (events, context) = yard.does(ME, task::DeclineHandover { task, why: "".into() });
    assert_eq!(plain(&happened(&yard.state, &events[0], &context)), "took this back from Night shift.");
}

#[test]
fn every_event_can_be_said() {
    let mut yard = Yard::new();
    // Decisions depend on what went before, so each command is tried in a yard of its own, after what it needs.
    let commands = one_of_each(&mut yard);
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..3 {
        for actor in [landfall_engine::ActorId::SERVER, ME, FOREMAN] {
            for command in &commands {
                if matches!(command, Command::RemoveMember(_) | Command::ChangeRole(_) | Command::DiscardTask(_)) {
                    continue;
                }
                if let Ok((events, context)) = yard.tries(actor, command.clone()) {
                    for event in &events {
                        kinds.insert(event.kind());
                        check_voice(&plain(&happened(&yard.state, event, &context)));
                        check_voice(&plain(&noticed(&yard.state, event, &context)));
                        check_voice(&plain(&noticed(&Yard::without_columns().state, event, &context)));
                    }
                }
            }
        }
    }
    assert!(kinds.len() > 30, "{kinds:?}");
}

#[test]
fn a_reader_is_you() {
    let phrase = vec![
        Span::Person { actor: ME, name: "T. B.".to_owned() },
        Span::Text(" wrote this. ".to_owned()),
        Span::Person { actor: ME, name: "T. B.".to_owned() },
        Span::Text(" told ".to_owned()),
        Span::Person { actor: ME, name: "T. B.".to_owned() },
    ];
    assert_eq!(plain(&for_reader(phrase.clone(), ME)), "You wrote this. You told you");
    assert_eq!(plain(&for_reader(phrase, FOREMAN)), "T. B. wrote this. T. B. told T. B.");
}
