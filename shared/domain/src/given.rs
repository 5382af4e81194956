//! Given / when / then: how commands are tested.
//!
//! Every `when` that is accepted is checked for more than the test says: command and event survive JSON and postcard,
//! the prediction settles to what landed, and the state with its indexes survives a snapshot.

mod yard;

pub(crate) use yard::*;

use crate::{Command, Event, Rejection, State, Workspace};
use landfall_engine::{
    ActorId, CommandId, Context, DeviceId, Domain, TimeMs,
    domain::{decode_state, encode_state, evolve_all},
    upcast,
};

/// A state, and the position that it has.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    state: State,
    position: u64,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    before: Given,
    after: Given,
    predicted: State,
    command: Command,
    context: Context,
    result: Result<Vec<Event>, Rejection>,
}

/// Before anything.
pub(crate) fn nothing() -> Given {
    Given { state: State::default(), position: 0 }
}

/// A workspace with four people, a board of five columns and a task, after the given commands.
pub(crate) fn given(history: impl IntoIterator<Item = (ActorId, Command)>) -> Given {
    let mut given = nothing();
    for (actor, command) in first_commands().into_iter().chain(history) {
        let context = given.context(actor);
        let events = Workspace::decide(&given.state, &command, &context).unwrap_or_else(|why| panic!("given {command:?}: {why:?}"));
        evolve_all::<Workspace>(&mut given.state, &events, &context);
        given.position += 1;
    }
    given
}

impl Given {
    /// The context of the next command.
    fn context(&self, actor: ActorId) -> Context {
        let position = self.position + 1;
        let mut command = [0xAA; 16];
        command[8..].copy_from_slice(&mark_of_position(position).0);
        let device = DeviceId([actor.0[0]; 16]);
        Context { command: CommandId(command), actor, device, at: TimeMs(position * 1_000), position: Some(position) }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    /// Somebody issues a command.
    pub(crate) fn when(&self, actor: ActorId, command: impl Into<Command>) -> Outcome {
        let command = command.into();
        let context = self.context(actor);
        let mut outcome = Outcome {
            before: self.clone(),
            after: self.clone(),
            predicted: self.state.clone(),
            result: Workspace::decide(&self.state, &command, &context),
            command,
            context,
        };
        if let Ok(events) = &outcome.result {
            evolve_all::<Workspace>(&mut outcome.after.state, events, &context);
            outcome.after.position += 1;
            let guess = Context { at: TimeMs(context.at.0 - 77), position: None, ..context };
            evolve_all::<Workspace>(&mut outcome.predicted, events, &guess);
            outcome.check(events, &guess);
        } else {
            let Err(rejection) = &outcome.result else { unreachable!() };
            let text = upcast::encode(rejection, Workspace::rejection_shapes());
            assert_eq!(upcast::decode::<Rejection>(&text, Workspace::rejection_shapes()).as_ref(), Ok(rejection));
        }
        outcome
    }
}

impl Outcome {
    /// What holds for every accepted command, whatever it does.
    fn check(&self, events: &[Event], guess: &Context) {
        let predicted = Workspace::decide(&self.before.state, &self.command, guess);
        assert_eq!(predicted.as_deref(), Ok(events), "a prediction decides as the server does");
        let mut settled = self.predicted.clone();
        events.iter().for_each(|event| Workspace::settle(&mut settled, event, &self.context));
        // The server predicts nothing.
        if self.context.actor != ActorId::SERVER {
            assert_eq!(settled, self.after.state, "a settled prediction is what landed");
        }

        let text = upcast::encode(&self.command, Workspace::command_shapes());
        assert_eq!(upcast::decode::<Command>(&text, Workspace::command_shapes()).as_ref(), Ok(&self.command));
        for event in events {
            let task = event.task().map(|task| task.0);
            assert!(task.is_none() || task == Workspace::subject(&self.command), "a command about a task causes events about it");
            assert!(self.after.state.tasks().ptr_eq(self.before.state.tasks()) || task.is_some(), "{event:?} changed a task");
            let text = upcast::encode(event, Workspace::event_shapes());
            assert_eq!(upcast::decode::<Event>(&text, Workspace::event_shapes()).as_ref(), Ok(event));
            let bytes = postcard::to_stdvec(event).unwrap();
            assert_eq!(&postcard::from_bytes::<Event>(&bytes).unwrap(), event);
        }

        let copy = decode_state::<Workspace>(&encode_state::<Workspace>(&self.after.state));
        assert_eq!(copy.as_ref(), Ok(&self.after.state), "indexes follow from the entities");
    }

    /// The state before.
    pub(crate) fn before(&self) -> &State {
        &self.before.state
    }

    /// The state after it landed.
    pub(crate) fn state(&self) -> &State {
        &self.after.state
    }

    /// The state as the author's device shows it before it landed.
    pub(crate) fn predicted(&self) -> &State {
        &self.predicted
    }

    /// It is accepted, and this follows.
    #[track_caller]
    pub(crate) fn then(self, event: impl Into<Event>) -> Self {
        assert_eq!(self.result.as_deref(), Ok(&[event.into()][..]));
        self
    }

    /// It is accepted, and something follows.
    #[track_caller]
    pub(crate) fn then_happens(self) -> Self {
        assert!(self.result.as_ref().is_ok_and(|events| !events.is_empty()), "{:?}", self.result);
        self
    }

    /// It is accepted, and nothing follows.
    #[track_caller]
    pub(crate) fn then_nothing(self) {
        assert_eq!(self.result, Ok(Vec::new()));
    }

    /// It is rejected.
    #[track_caller]
    pub(crate) fn then_rejected(self, rejection: Rejection) {
        assert_eq!(self.result, Err(rejection));
    }

    /// The command that undoes it.
    pub(crate) fn inverse(&self) -> Option<Command> {
        Workspace::inverse(&self.before.state, &self.command, &self.context)
    }

    /// There is no command that undoes it.
    #[track_caller]
    pub(crate) fn no_undo(self) -> Self {
        assert_eq!(self.inverse(), None);
        self
    }

    /// Its author can undo it, and then everything looks as it did before.
    #[track_caller]
    pub(crate) fn undo_restores(self) -> Self {
        let inverse = self.inverse().expect("it can be undone");
        let undone = self.after.when(self.context.actor, inverse).then_happens();
        assert_eq!(visible(undone.state()), visible(&self.before.state));
        self
    }
}

/// Everything in a state that a person sees and would want back: no signs, no history, nothing that is discarded.
fn visible(state: &State) -> Vec<String> {
    let mut lines = vec![format!("{:?}", state.workspace().map(|workspace| &workspace.name))];
    lines.extend(
        state.members().values().map(|member| format!("{:?} {} {:?} {}", member.actor, member.name, member.role, member.removed.is_some())),
    );
    lines.extend(
        state.boards().values().filter(|board| board.discarded.is_none()).map(|board| format!("{} {} {}", board.id, board.name, board.key)),
    );
    for column in
        state.columns().values().filter(|column| column.discarded.is_none() && state.board(column.board).unwrap().discarded.is_none())
    {
        let limit = column.limit.map(|limit| limit.count);
        lines.push(format!("{} {} {:?} {} {limit:?} {}", column.id, column.name, column.stage, column.rank, state.count(column.id)));
    }
    for task in state.tasks().values().filter(|task| task.is_live()) {
        let due = task.due.map(|due| due.to_string());
        let parts = (&task.title, &task.description, task.estimate_minutes, due, task.priority, &task.labels);
        let place = (task.column, &task.rank, task.stage);
        let hold = task.hold.as_ref().map(|hold| (hold.holder, &hold.handed));
        let blocked = task.blocked.as_ref().map(|blocked| (&blocked.why, blocked.until));
        let notes = (task.submitted.as_ref().map(|submitted| &submitted.note), task.sent_back.as_ref().map(|sent_back| &sent_back.why));
        lines.push(format!("{} {:?} {parts:?} {place:?} {hold:?} {blocked:?} {notes:?}", task.id, task.number));
        let steps = task.steps.iter().filter(|step| step.discarded.is_none());
        lines.extend(steps.map(|step| format!("{} {} {}", step.id, step.text, step.ticked.is_some())));
        let comments = task.comments.iter().filter(|(_, comment)| comment.discarded.is_none());
        lines.extend(comments.map(|(id, comment)| format!("{id} {} {:?}", comment.text, comment.reactions)));
        let links = task.links.iter().filter(|link| link.unlinked.is_none());
        lines.extend(links.map(|link| format!("{} {:?} {:?}", link.id, link.to, link.kind)));
    }
    lines
}
