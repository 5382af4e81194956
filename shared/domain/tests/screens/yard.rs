//! A small shipyard: a workspace with four people and a board, and short ways to act in it and to look at it.

use landfall_domain::commands::{board, task, workspace};
use landfall_domain::ids::{BoardId, ColumnId, StepId, TaskId};
use landfall_domain::queries::{Answer, Grouping, Marked, Query, Scope, View, answer};
use landfall_domain::state::{Priority, Role, Stage};
use landfall_domain::{Command, Event, Rejection, State, Workspace};
use landfall_engine::domain::evolve_all;
use landfall_engine::{ActorId, CommandId, Context, DeviceId, Domain, TimeMs};
use serde_json::Value;
use std::collections::BTreeMap;

/// Fri 20 November 2026, 08:00 UTC.
pub const MORNING: u64 = 1_795_161_600_000;
pub const TODAY: &str = "2026-11-21";

pub const FOREMAN: ActorId = ActorId([1; 16]);
pub const ME: ActorId = ActorId([2; 16]);
pub const NIGHT_SHIFT: ActorId = ActorId([3; 16]);
pub const VISITOR: ActorId = ActorId([4; 16]);

pub struct Yard {
    pub state: State,
    pub board: BoardId,
    pub marks: BTreeMap<[u8; 16], Marked>,
    pub today: String,
    clock: u64,
    position: u64,
    minted: u64,
}

impl Yard {
    /// With columns Ready, Claimed, Under way, In review and Signed off; Under way takes three.
    pub fn new() -> Self {
        let mut yard = Self::without_columns();
        let stages = [Stage::Ready, Stage::Claimed, Stage::UnderWay, Stage::InReview, Stage::SignedOff];
        yard.board = yard.make_board("Dry dock 2 · Halden", "HLD", &stages);
        yard.does(FOREMAN, board::LimitColumn { column: yard.column(Stage::UnderWay), limit: Some(3) });
        yard
    }

    pub fn without_columns() -> Self {
        let mut yard = Self {
            state: State::default(),
            board: BoardId([0; 16]),
            marks: BTreeMap::new(),
            today: TODAY.to_owned(),
            clock: MORNING,
            position: 0,
            minted: 0,
        };
        yard.does(ActorId::SERVER, workspace::FoundWorkspace { name: "Skarvik Yard".into(), owner: FOREMAN, owner_name: "R. M.".into() });
        for (actor, name, role) in
            [(ME, "T. B.", Role::Member), (NIGHT_SHIFT, "Night shift", Role::Member), (VISITOR, "Class surveyor", Role::Viewer)]
        {
            yard.does(ActorId::SERVER, workspace::AdmitMember { actor, name: name.into(), role, invited_by: FOREMAN });
        }
        yard
    }

    pub fn make_board(&mut self, name: &str, key: &str, stages: &[Stage]) -> BoardId {
        let id = BoardId(self.mint());
        let names = ["Ready", "Claimed", "Under way", "In review", "Signed off"];
        let columns = stages.iter().map(|stage| board::NewColumn {
            column: ColumnId(self.mint()),
            name: names[*stage as usize].into(),
            stage: *stage,
            limit: None,
        });
        let columns = columns.collect();
        self.does(FOREMAN, board::CreateBoard { board: id, name: name.into(), key: key.into(), columns });
        id
    }

    pub fn mint(&mut self) -> [u8; 16] {
        self.minted += 1;
        let mut id = [0x70; 16];
        id[8..].copy_from_slice(&self.minted.to_be_bytes());
        id
    }

    pub fn column(&self, stage: Stage) -> ColumnId {
        self.state.columns_of(self.board).find(|column| column.stage == stage).unwrap().id
    }

    /// The time of the next command.
    pub fn now(&self) -> TimeMs {
        TimeMs(self.clock)
    }

    pub fn waits_minutes(&mut self, minutes: u64) {
        self.clock += minutes * 60_000;
    }

    fn context(&mut self, actor: ActorId, landed: bool) -> Context {
        self.position += 1;
        self.clock += 1_000;
        let mut id = [0x33; 16];
        id[8..].copy_from_slice(&(self.position * 7_919).to_be_bytes());
        let position = landed.then_some(self.position);
        Context { command: CommandId(id), actor, device: DeviceId([9; 16]), at: TimeMs(self.clock), position }
    }

    pub fn tries(&mut self, actor: ActorId, command: impl Into<Command>) -> Result<(Vec<Event>, Context), Rejection> {
        self.issue(actor, &command.into(), true)
    }

    pub fn does(&mut self, actor: ActorId, command: impl Into<Command>) -> (Vec<Event>, Context) {
        let command = command.into();
        self.issue(actor, &command, true).unwrap_or_else(|rejection| panic!("{command:?} was rejected: {rejection:?}"))
    }

    /// On this device only.
    pub fn predicts(&mut self, actor: ActorId, command: impl Into<Command>) {
        let command = command.into();
        self.issue(actor, &command, false).unwrap_or_else(|rejection| panic!("{command:?} was rejected: {rejection:?}"));
    }

    fn issue(&mut self, actor: ActorId, command: &Command, landed: bool) -> Result<(Vec<Event>, Context), Rejection> {
        let context = self.context(actor, landed);
        let events = Workspace::decide(&self.state, command, &context)?;
        evolve_all::<Workspace>(&mut self.state, &events, &context);
        Ok((events, context))
    }

    pub fn new_task(&mut self, title: &str) -> task::AddTask {
        task::AddTask {
            task: TaskId(self.mint()),
            board: self.board,
            column: None,
            rank: None,
            title: title.into(),
            description: None,
            steps: Vec::new(),
            labels: Vec::new(),
            due: None,
            estimate_minutes: None,
            priority: Priority::Normal,
            source: None,
        }
    }

    /// A ready task, added by the foreman.
    pub fn adds(&mut self, title: &str) -> TaskId {
        let new = self.new_task(title);
        let id = new.task;
        self.does(FOREMAN, new);
        id
    }

    /// A ready task with steps.
    pub fn adds_with_steps(&mut self, title: &str, steps: &[&str]) -> (TaskId, Vec<StepId>) {
        let mut new = self.new_task(title);
        let steps: Vec<_> =
            steps.iter().map(|text| task::NewStep { step: StepId(self.mint()), text: (*text).into(), done: false }).collect();
        let ids = steps.iter().map(|step| step.step).collect();
        new.steps = steps;
        let id = new.task;
        self.does(FOREMAN, new);
        (id, ids)
    }

    pub fn claims(&mut self, actor: ActorId, task: TaskId) {
        self.does(actor, task::Claim { task, to: None });
    }

    pub fn starts(&mut self, actor: ActorId, task: TaskId) {
        self.does(actor, task::Start { task, to: None });
    }

    pub fn submits(&mut self, actor: ActorId, task: TaskId) {
        self.does(actor, task::SubmitForReview { task, note: "".into(), to: None });
    }

    pub fn signs(&mut self, actor: ActorId, task: TaskId) {
        self.does(actor, task::SignOff { task, note: "".into(), to: None });
    }

    /// What `reader` sees.
    pub fn view(&self, reader: ActorId) -> View<'_> {
        View { state: &self.state, me: reader, marks: &self.marks, today: self.today.parse().unwrap(), now: self.now() }
    }

    pub fn asks(&self, reader: ActorId, query: &Query) -> Answer {
        answer(&self.view(reader), query, &BTreeMap::new())
    }

    pub fn head(&self, reader: ActorId, query: &Query) -> Value {
        serde_json::from_str(&self.asks(reader, query).head).unwrap()
    }

    pub fn column_query(&self, stage: Stage) -> Query {
        Query::Column { column: self.column(stage), from: 0, count: 100, filter: Default::default() }
    }

    pub fn card(&self, reader: ActorId, task: TaskId) -> Value {
        let everything = if self.state.task(task).unwrap().discarded.is_some() { Scope::Discarded {} } else { Scope::Everything {} };
        let rows = self.asks(reader, &list(everything, Grouping::None)).rows;
        let row = rows.into_iter().find(|row| row.key == task.0).expect("the task is listed");
        serde_json::from_str(&row.json.unwrap()).unwrap()
    }
}

pub fn list(scope: Scope, group: Grouping) -> Query {
    Query::List { scope, group, filter: Default::default(), from: 0, count: 100_000, collapsed: Vec::new() }
}

pub fn keys(answer: &Answer) -> Vec<TaskId> {
    answer.rows.iter().map(|row| TaskId(row.key)).collect()
}

/// A phrase of JSON as text, with times left out.
pub fn said(phrase: &Value) -> String {
    let piece = |span: &Value| {
        let (kind, value) = span.as_object().unwrap().iter().next().unwrap();
        match kind.as_str() {
            "person" => value["name"].as_str().unwrap().to_owned(),
            "time" => "[time]".to_owned(),
            "date" => format!("[{}]", value.as_str().unwrap()),
            _ => value.as_str().unwrap().to_owned(),
        }
    };
    phrase.as_array().unwrap().iter().map(piece).collect()
}
