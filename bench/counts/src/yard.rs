//! A workspace of so many tasks, and the people who work in it: the same one in every run, to the last byte.

use crate::product::commands::board::{CreateBoard, NewColumn};
use crate::product::commands::task::{AddComment, AddTask, Claim, MoveTask, Prioritise};
use crate::product::commands::workspace::{AdmitMember, FoundWorkspace};
use crate::product::ids::{BoardId, ColumnId, CommentId, TaskId};
use crate::product::rank::Rank;
use crate::product::state::{Priority, Role, Stage};
use crate::product::text::Text;
use crate::product::{Command, Rejection, State, Workspace};
use landfall_engine::domain::evolve_all;
use landfall_engine::log::Refusal;
use landfall_engine::protocol::CommandText;
use landfall_engine::{ActorId, CommandId, Context, Cursor, DeviceId, Domain, LogId, Outcome, Position, Reason, Record, TimeMs, upcast};

/// Whose device it is.
pub const ME: ActorId = ActorId([0xA0; 16]);
/// Somebody else.
pub const OTHER: ActorId = ActorId([0xA1; 16]);
/// My device.
pub const DEVICE: DeviceId = DeviceId([0xD0; 16]);
/// The log of the yard.
pub const LOG: LogId = LogId([0x10; 16]);
/// The one board that all tasks are on.
pub const BOARD: BoardId = BoardId([0xB0; 16]);
/// The timeline of the log.
pub const EPOCH: u64 = 1;
/// When the work begins that is counted: 2026-11-21.
pub const NOW: TimeMs = TimeMs(1_795_219_200_000);
/// Columns of the board.
const COLUMNS: u32 = 8;
/// The column for what somebody has claimed.
const CLAIMED: u32 = 7;

/// A workspace as the log has made it.
#[derive(Clone)]
pub struct Yard {
    /// What the log says.
    pub state: State,
    /// How far it has been read.
    pub cursor: Cursor,
    /// How many tasks there are.
    pub tasks: u32,
}

/// The column with this number.
pub fn column(number: u32) -> ColumnId {
    let mut id = [0xC0; 16];
    id[15] = (number % COLUMNS) as u8;
    ColumnId(id)
}

/// The task with this number. Ids do not come in the order of ranks, as they would not after a year of moving.
pub fn task(number: u32) -> TaskId {
    let mut id = [0x42; 16];
    id[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    TaskId(id)
}

/// The name of somebody's command, minted at so many milliseconds after [`NOW`].
pub fn command_id(actor: ActorId, number: u64) -> CommandId {
    let mut chance = [actor.0[0]; 10];
    chance[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    CommandId::mint(NOW.plus(number), chance)
}

/// The context of a record at this position.
pub fn context(actor: ActorId, position: Position) -> Context {
    let device = if actor == ME { DEVICE } else { DeviceId(actor.0) };
    Context { command: command_id(actor, position), actor, device, at: NOW.plus(position), position: Some(position) }
}

/// After so many numbers the kinds of intents begin again, with claims.
pub const INTENT_KINDS: u32 = 6;

impl Yard {
    /// Two people, a board of eight columns, and so many tasks.
    pub fn of(tasks: u32) -> Self {
        let mut yard = Self { state: State::default(), cursor: Cursor { epoch: EPOCH, position: 0 }, tasks };
        for (actor, command) in first_day() {
            yard.perform(actor, &command);
        }
        for number in 0..tasks {
            yard.perform(if number % 2 == 0 { ME } else { OTHER }, &add(number));
        }
        yard
    }

    fn perform(&mut self, actor: ActorId, command: &Command) {
        self.cursor.position += 1;
        let context = context(actor, self.cursor.position);
        let events = Workspace::decide(&self.state, command, &context).expect("the yard's own history is valid");
        evolve_all::<Workspace>(&mut self.state, &events, &context);
    }

    /// What anybody does next, by number: half claims, a third comments, the rest priorities; each number to another task while there are enough.
    pub fn intent(&self, number: u32) -> Command {
        let task = task(number % self.tasks);
        let (lap, kind) = (number / self.tasks, number % INTENT_KINDS);
        match kind {
            0..3 if lap == 0 => Claim { task, to: None }.into(),
            3 | 4 => {
                let mut comment = [0xE0; 16];
                comment[..4].copy_from_slice(&number.to_be_bytes());
                AddComment { task, comment: CommentId(comment), text: "The pump's seal is worn: a new one comes on Thursday.".into() }
                    .into()
            }
            _ if lap % 2 == 0 => Prioritise { task, priority: Priority::High }.into(),
            _ => Prioritise { task, priority: Priority::Low }.into(),
        }
    }

    /// Moving this task to the top of its own column: what dragging a card does.
    pub fn drag(&self, number: u32) -> Command {
        let first = self.state.order(column(number)).and_then(|order| order.get_min()).map(|(rank, _)| rank.clone());
        let rank = Rank::between(None, first.as_ref());
        MoveTask { task: task(number), column: column(number), rank }.into()
    }

    /// The record that this command of `actor` leaves next; the state moves with it.
    pub fn record(&mut self, actor: ActorId, id: CommandId, command: &Command) -> Record<Workspace> {
        self.cursor.position += 1;
        let position = self.cursor.position;
        let context = Context { command: id, ..context(actor, position) };
        let outcome = match Workspace::decide(&self.state, command, &context) {
            Ok(events) => {
                evolve_all::<Workspace>(&mut self.state, &events, &context);
                Outcome::<Workspace>::Accepted(events)
            }
            Err(rejection) => rejected(rejection, command),
        };
        Record { position, command: id, actor, device: context.device, at: context.at, outcome }
    }

    /// So many records of somebody else, from this number on.
    pub fn records_of_others(&mut self, from: u32, count: u32) -> Vec<Record<Workspace>> {
        let one = |number| {
            let command = self.intent(number);
            self.record(OTHER, command_id(OTHER, 1_000_000 + u64::from(number)), &command)
        };
        (from..from + count).map(one).collect()
    }
}

fn rejected(rejection: Rejection, command: &Command) -> Outcome<Workspace> {
    let command = CommandText(upcast::encode(command, Workspace::command_shapes()));
    Outcome::Rejected(Some(Box::new(Refusal { reason: Reason::Domain(rejection), command })))
}

fn first_day() -> Vec<(ActorId, Command)> {
    let columns = (0..COLUMNS).map(|number| NewColumn {
        column: column(number),
        name: Text::from(format!("Column {number}")),
        stage: if number == CLAIMED { Stage::Claimed } else { Stage::Ready },
        limit: None,
    });
    let board = CreateBoard { board: BOARD, name: "Dry dock".into(), key: "HLD".into(), columns: columns.collect() };
    vec![
        (ActorId::SERVER, FoundWorkspace { name: "Skarvik Yard".into(), owner: ME, owner_name: "R. M.".into() }.into()),
        (ActorId::SERVER, AdmitMember { actor: OTHER, name: "Shift 2".into(), role: Role::Member, invited_by: ME }.into()),
        (ME, board.into()),
    ]
}

fn add(number: u32) -> Command {
    AddTask {
        task: task(number),
        board: BOARD,
        column: Some(column(number)),
        rank: None,
        title: Text::from(format!("Replace zinc anode {number} on the port bilge keel")),
        description: None,
        steps: Vec::new(),
        labels: if number.is_multiple_of(3) { vec!["Hull".into()] } else { Vec::new() },
        due: "2026-11-24".parse().ok(),
        estimate_minutes: None,
        priority: Priority::Normal,
        source: None,
    }
    .into()
}
