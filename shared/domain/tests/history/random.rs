//! Random work in a small yard: few people, few tasks, so that intents meet each other.

use landfall_domain::commands::board::*;
use landfall_domain::commands::task::*;
use landfall_domain::commands::workspace::*;
use landfall_domain::ids::{BoardId, ColumnId, CommentId, LinkId, Mark, StepId, TaskId};
use landfall_domain::rank::Rank;
use landfall_domain::state::{LinkKind, LinkTarget, Priority, Role, Stage, State};
use landfall_domain::text::Text;
use landfall_domain::{Command, Workspace};
use landfall_engine::domain::evolve_all;
use landfall_engine::{ActorId, CommandId, Context, DeviceId, Domain, TimeMs};

/// Numbers without end, the same ones for the same seed (Knuth's MMIX generator).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed);
        dice.below(1);
        dice
    }

    /// From 0 to one less than `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }

    fn id(&mut self, kind: u8, end: u64) -> [u8; 16] {
        let mut id = [kind; 16];
        id[15] = self.below(end) as u8;
        id
    }

    fn text(&mut self) -> Text {
        let words = ["valve", "pump", "seal", "rudder", "hull", "crane", "Ölwanne", "gland", "check", "renew"];
        Text::from(format!("{} {} {}", self.pick(&words), self.pick(&words), self.below(100)))
    }

    fn rank(&mut self) -> Rank {
        let digits = b"0123456789";
        let text = format!("a{}{}V", digits[self.below(10) as usize] as char, digits[self.below(10) as usize] as char);
        text.parse().expect("a letter, a digit and a fraction")
    }
}

/// The people of the yard; the first is its owner.
pub fn people() -> Vec<ActorId> {
    (0..4).map(|number| ActorId([0xA0 + number; 16])).collect()
}

/// The context of a command: `number` makes its id, and its position when it has landed.
pub fn context(actor: ActorId, number: u64, at: u64, position: Option<u64>) -> Context {
    let mut command = [0x77; 16];
    command[8..].copy_from_slice(&number.to_be_bytes());
    Context { command: CommandId(command), actor, device: DeviceId([actor.0[0]; 16]), at: TimeMs(at), position }
}

fn column(stage: usize) -> ColumnId {
    let mut id = [0xC0; 16];
    id[15] = stage as u8;
    ColumnId(id)
}

const STAGES: [Stage; 5] = [Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff];

/// The yard on its first day: four people, a board with a limit, three tasks. Five commands and three.
pub fn first_day() -> Vec<(ActorId, Command)> {
    let people = people();
    let mut day =
        vec![(ActorId::SERVER, FoundWorkspace { name: "Skarvik Yard".into(), owner: people[0], owner_name: "R. M.".into() }.into())];
    for (number, actor) in people.iter().enumerate().skip(1) {
        let name = Text::from(format!("Shift {number}"));
        day.push((ActorId::SERVER, AdmitMember { actor: *actor, name, role: Role::Member, invited_by: people[0] }.into()));
    }
    let limits = [None, Some(4), Some(3), None, None];
    let columns = STAGES.iter().zip(limits).enumerate().map(|(number, (stage, limit))| NewColumn {
        column: column(number),
        name: Text::from(format!("{stage:?}")),
        stage: *stage,
        limit,
    });
    day.push((
        people[0],
        CreateBoard { board: BoardId([0xB0; 16]), name: "Dry dock".into(), key: "HLD".into(), columns: columns.collect() }.into(),
    ));
    let mut dice = Dice::new(1);
    day.extend((0..3).map(|number| (people[0], task(&mut dice, number).into())));
    day
}

fn task(dice: &mut Dice, number: u8) -> AddTask {
    let mut id = [0xD0; 16];
    id[15] = number;
    AddTask {
        task: TaskId(id),
        board: BoardId([0xB0; 16]),
        column: if dice.one_in(3) { Some(column(dice.below(5) as usize)) } else { None },
        rank: if dice.one_in(3) { Some(dice.rank()) } else { None },
        title: dice.text(),
        description: if dice.one_in(2) { Some(dice.text()) } else { None },
        steps: (0..dice.below(3)).map(|_| NewStep { step: StepId(dice.id(0xE0, 250)), text: dice.text(), done: dice.one_in(2) }).collect(),
        labels: (0..dice.below(3)).map(|_| dice.pick(&["Hull", "Engine", "Paint"]).into()).collect(),
        due: if dice.one_in(2) { "2026-11-24".parse().ok() } else { None },
        estimate_minutes: None,
        priority: dice.pick(&[Priority::Low, Priority::Normal, Priority::High, Priority::Urgent]),
        source: None,
    }
}

/// Something that somebody might do next. It knows a little of the state, so that it is often accepted.
pub fn intent(dice: &mut Dice, state: &State) -> Command {
    let mut id = dice.id(0xD0, 8);
    if dice.one_in(12) {
        id[15] = dice.below(24) as u8;
    }
    let task_id = TaskId(id);
    let step = |dice: &mut Dice| {
        let steps: Vec<StepId> = state.task(task_id).into_iter().flat_map(|task| task.steps.iter().map(|step| step.id)).collect();
        if steps.is_empty() { StepId(dice.id(0xE0, 250)) } else { dice.pick(&steps) }
    };
    let comment = |dice: &mut Dice| {
        let comments: Vec<CommentId> = state.task(task_id).into_iter().flat_map(|task| task.comments.keys().copied()).collect();
        if comments.is_empty() { CommentId(dice.id(0xE1, 250)) } else { dice.pick(&comments) }
    };
    let link = |dice: &mut Dice| LinkId(dice.id(0xE2, 4));
    let to = |dice: &mut Dice, stage: usize| {
        let rank = if dice.one_in(2) { Some(dice.rank()) } else { None };
        if dice.one_in(2) { Some(Place { column: column(stage), rank }) } else { None }
    };
    let based_on = |dice: &mut Dice, mark: Option<Mark>| if dice.one_in(3) { mark } else { None };
    let member = |dice: &mut Dice| dice.pick(&people());
    let handed = state.tasks().values().find(|task| task.hold.as_ref().is_some_and(|hold| hold.handed.is_some())).map(|task| task.id);
    let whole = BoardId([0xB0; 16]);
    let small = |dice: &mut Dice| {
        let mut id = [0xB1; 16];
        id[15] = dice.below(3) as u8;
        BoardId(id)
    };
    let any_column = |dice: &mut Dice| column(dice.below(8) as usize);
    match dice.below(64) {
        0..6 => task(dice, id[15]).into(),
        6 => Reword { task: task_id, title: dice.text(), based_on: based_on(dice, state.task(task_id).map(|task| task.title_sign().mark)) }
            .into(),
        7 => Describe { task: task_id, text: dice.text(), based_on: None }.into(),
        8 => Describe { task: task_id, text: Text::default(), based_on: None }.into(),
        9 => Estimate { task: task_id, minutes: if dice.one_in(3) { None } else { Some(30) }, based_on: None }.into(),
        10 => Prioritise { task: task_id, priority: dice.pick(&[Priority::Low, Priority::Urgent]) }.into(),
        11 => {
            let due = if dice.one_in(3) { None } else { dice.pick(&["2026-11-25", "2026-11-26T16:00"]).parse().ok() };
            Reschedule { task: task_id, due, why: dice.pick(&[Why::Slipped, Why::Replanned]), note: dice.text() }.into()
        }
        12 => Label { task: task_id, add: vec![dice.pick(&["Hull", "Deck"]).into()], remove: vec![dice.pick(&["Engine", "Hull"]).into()] }
            .into(),
        13..17 => Claim { task: task_id, to: to(dice, 1) }.into(),
        17 => Release { task: task_id, to: to(dice, 0) }.into(),
        18 => Assign { task: task_id, member: member(dice), to: None }.into(),
        19 | 20 => HandOver { task: task_id, member: member(dice), note: dice.text() }.into(),
        21 => AcceptHandover { task: handed.unwrap_or(task_id) }.into(),
        22 => DeclineHandover { task: handed.unwrap_or(task_id), why: dice.text() }.into(),
        23..27 => Start { task: task_id, to: to(dice, 2) }.into(),
        27 => Block { task: task_id, why: dice.text(), until: None }.into(),
        28 | 29 => Unblock { task: task_id }.into(),
        30..33 => SubmitForReview { task: task_id, note: dice.text(), to: to(dice, 3) }.into(),
        33 | 34 => SignOff { task: task_id, note: dice.text(), to: to(dice, 4) }.into(),
        35 => SendBack { task: task_id, why: dice.text(), to: to(dice, 2) }.into(),
        36 => Finish { task: task_id, note: dice.text(), to: to(dice, 4) }.into(),
        37 => Reopen { task: task_id, why: dice.text(), to: to(dice, 0) }.into(),
        38 => {
            let column = state.task(task_id).map_or_else(|| column(0), |task| task.column);
            MoveTask { task: task_id, column, rank: dice.rank() }.into()
        }
        39 => AddStep { task: task_id, step: StepId(dice.id(0xE0, 250)), text: dice.text() }.into(),
        40 => RewordStep { task: task_id, step: step(dice), text: dice.text(), based_on: None }.into(),
        41 => TickStep { task: task_id, step: step(dice) }.into(),
        42 => UntickStep { task: task_id, step: step(dice) }.into(),
        43 => DiscardStep { task: task_id, step: step(dice) }.into(),
        44 => RestoreStep { task: task_id, step: step(dice) }.into(),
        45 => AddComment { task: task_id, comment: CommentId(dice.id(0xE1, 250)), text: dice.text() }.into(),
        46 => ReviseComment { task: task_id, comment: comment(dice), text: dice.text() }.into(),
        47 => DiscardComment { task: task_id, comment: comment(dice) }.into(),
        48 => RestoreComment { task: task_id, comment: comment(dice) }.into(),
        49 => React { task: task_id, comment: comment(dice), emoji: "👍".into(), on: dice.one_in(2) }.into(),
        50 => {
            let to = if dice.one_in(2) {
                LinkTarget::Task(TaskId(dice.id(0xD0, 8)))
            } else {
                LinkTarget::Page { url: "https://example.org/".into(), title: dice.text() }
            };
            AddLink { task: task_id, link: link(dice), to, kind: LinkKind::Relates }.into()
        }
        51 => Unlink { task: task_id, link: link(dice) }.into(),
        52 => DiscardTask { task: task_id, why: Text::default() }.into(),
        53 | 54 => RestoreTask { task: task_id }.into(),
        55 => {
            let board = small(dice);
            CreateBoard { board, name: dice.text(), key: Text::from(format!("B{}", board.0[15])), columns: Vec::new() }.into()
        }
        56 => DiscardBoard { board: small(dice) }.into(),
        57 => RestoreBoard { board: small(dice) }.into(),
        58 => RenameBoard { board: whole, name: dice.text(), based_on: None }.into(),
        59 => CreateColumn { board: whole, column: any_column(dice), name: dice.text(), stage: Stage::Ready, limit: Some(2), rank: None }
            .into(),
        60 => match dice.below(3) {
            0 => RenameColumn { column: any_column(dice), name: dice.text(), based_on: None }.into(),
            1 => LimitColumn { column: any_column(dice), limit: if dice.one_in(2) { None } else { Some(3) } }.into(),
            _ => MoveColumn { column: any_column(dice), rank: dice.rank() }.into(),
        },
        61 => DiscardColumn { column: any_column(dice) }.into(),
        62 => RestoreColumn { column: any_column(dice) }.into(),
        _ => match dice.below(8) {
            0 => RenameWorkspace { name: dice.text() }.into(),
            1 => RenameMember { name: dice.text() }.into(),
            2 => ChangeRole { member: member(dice), role: dice.pick(&[Role::Member, Role::Viewer, Role::Owner]) }.into(),
            3 => RemoveMember { member: member(dice) }.into(),
            _ => DecideRejection { command: CommandId(dice.id(0x70, 5)), decision: Decision::Discarded }.into(),
        },
    }
}

/// Decides and folds.
pub fn perform(state: &mut State, command: &Command, context: &Context) -> Result<Vec<landfall_domain::Event>, landfall_domain::Rejection> {
    let events = Workspace::decide(state, command, context)?;
    evolve_all::<Workspace>(state, &events, context);
    Ok(events)
}
