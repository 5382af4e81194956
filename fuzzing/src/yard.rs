//! A small yard for hostile input to land in: people, a board, some weeks of work. And what a state must bear.

use crate::random::{Dice, context, first_day, intent, people, perform};
use landfall_domain::day::Day;
use landfall_domain::queries::{self, Filter, Grouping, Query, Scope, View};
use landfall_domain::{Command, Event, State, Workspace, words};
use landfall_engine::domain::{decode_state, encode_state, evolve_all};
use landfall_engine::{ActorId, Context, Cursor, DeviceId, Domain, LogId, TimeMs};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The log of the yard.
pub const LOG: LogId = LogId([0x10; 16]);
/// The device that hostile input comes from, or goes to.
pub const DEVICE: DeviceId = DeviceId([0x20; 16]);
/// Commands that made the yard.
const POSITION: u64 = 400;
/// Long after them.
pub const NOW: TimeMs = TimeMs(1_795_000_000_000);

/// The state of the yard, with the cursor that it stands at.
pub static YARD: LazyLock<(Cursor, State)> = LazyLock::new(|| {
    let mut state = State::default();
    history(|_, _, _| (), &mut state);
    (Cursor { epoch: 3, position: POSITION }, state)
});

/// Replays how the yard came to be; `see` gets each command and what it caused.
pub fn history(mut see: impl FnMut(&Command, &Context, &Result<Vec<Event>, landfall_domain::Rejection>), state: &mut State) {
    let mut dice = Dice::new(7);
    let mut first_day = first_day().into_iter();
    for position in 1..=POSITION {
        let (actor, command) = first_day.next().unwrap_or_else(|| (people()[dice.below(4) as usize], intent(&mut dice, state)));
        // Whoever is removed or demoted early leaves a yard in which little can be done.
        let spoils = matches!(command, Command::RemoveMember(_) | Command::ChangeRole(_)) && position + 50 < POSITION;
        let context = context(actor, position, position * 1_000, Some(position));
        let outcome = if spoils { Ok(Vec::new()) } else { perform(state, &command, &context) };
        see(&command, &context, &outcome);
    }
}

/// Somebody in the yard, by the length of an input: so that each has its turn, and the same input always the same one.
pub fn somebody(input: &[u8]) -> ActorId {
    people()[input.len() % people().len()]
}

/// The next context in the yard.
pub fn next_context(actor: ActorId) -> Context {
    Context { device: DEVICE, at: NOW, ..context(actor, POSITION + 1, 0, Some(POSITION + 1)) }
}

/// Whatever a state is, screens can ask, people can act, and it can be written down and read again.
pub fn bear(state: &State) {
    ask(state);
    let again = decode_state::<Workspace>(&encode_state::<Workspace>(state));
    assert!(again.as_ref() == Ok(state), "a state that was written and read is another one");
}

/// The same, after a few things that people do in it.
pub fn bear_work(state: &State, seed: u64) {
    bear(state);
    let mut state = state.clone();
    let mut dice = Dice::new(seed);
    let known: Vec<ActorId> = state.members().values().map(|member| member.actor).take(8).chain(people()).collect();
    for step in 0..24 {
        let actor = known[dice.below(known.len() as u64) as usize];
        let command = intent(&mut dice, &state);
        let _ = act(&mut state, &command, &context(actor, 1_000 + step, 1_000_000 + step, Some(1_000 + step)));
    }
    let tasks: Vec<_> = state.tasks().keys().copied().take(4).collect();
    for (step, task) in (100..).zip(tasks) {
        for command in deeds(task) {
            let _ = act(&mut state, &command, &context(known[0], 1_000 + step, 1_000_000 + step, Some(1_000 + step)));
        }
    }
    bear(&state);
}

/// A few commands about one task, whatever it is.
fn deeds(task: landfall_domain::ids::TaskId) -> Vec<Command> {
    use landfall_domain::commands::task::*;
    vec![
        Claim { task, to: None }.into(),
        Label { task, add: vec!["Hull".into()], remove: vec!["Engine".into()] }.into(),
        Start { task, to: None }.into(),
        Finish { task, note: "done".into(), to: None }.into(),
        DiscardTask { task, why: "twice".into() }.into(),
        RestoreTask { task }.into(),
    ]
}

/// Decides a command, foresees it, lands it; as a client and a server would. What it says of it can be put into words.
pub fn act(state: &mut State, command: &Command, context: &Context) -> Result<Vec<Event>, landfall_domain::Rejection> {
    let _ = words::command(state, command);
    let _ = Workspace::subject(command);
    let _ = Workspace::inverse(state, command, context);
    let decided = Workspace::decide(state, command, context);
    match &decided {
        Ok(events) => {
            let guess = Context { at: TimeMs(context.at.0 / 2), position: None, ..*context };
            let foreseen = Workspace::decide(state, command, &guess);
            assert!(foreseen.as_ref() == Ok(events), "a prediction decides as the server does");
            let mut view = state.clone();
            evolve_all::<Workspace>(&mut view, events, &guess);
            events.iter().for_each(|event| Workspace::settle(&mut view, event, context));
            evolve_all::<Workspace>(state, events, context);
            assert!(view == *state || context.actor == ActorId::SERVER, "a prediction that has settled is what landed (rule 5)");
            for event in events {
                let _ = words::happened(state, event, context);
                let _ = words::noticed(state, event, context);
            }
        }
        Err(rejection) => {
            let reason = landfall_engine::Reason::Domain(rejection.clone());
            let _ = words::rejected(state, &reason, Some(command), context.at);
            let _ = words::rule(rejection, Some(command));
        }
    }
    decided
}

fn ask(state: &State) {
    let me = state.members().values().next().map_or(ActorId::SERVER, |member| member.actor);
    let everything =
        |group| Query::List { scope: Scope::Everything {}, group, filter: Filter::default(), from: 0, count: 16, collapsed: Vec::new() };
    let mut queries = vec![
        Query::Workspace {},
        everything(Grouping::State),
        everything(Grouping::Needs),
        everything(Grouping::Holder),
        Query::List {
            scope: Scope::MyWork {},
            group: Grouping::Needs,
            filter: Filter::default(),
            from: 0,
            count: 16,
            collapsed: Vec::new(),
        },
        Query::List {
            scope: Scope::Discarded {},
            group: Grouping::None,
            filter: Filter::default(),
            from: 0,
            count: 16,
            collapsed: Vec::new(),
        },
        Query::Search { text: "seal Ö-1".into(), limit: 8 },
    ];
    queries.extend(state.boards().keys().take(4).map(|board| Query::Board { board: *board, filter: Filter::default() }));
    queries.extend(state.columns().keys().take(8).map(|column| Query::Column {
        column: *column,
        from: 0,
        count: 8,
        filter: Filter::default(),
    }));
    for task in state.tasks().keys().take(6) {
        queries.extend([Query::Task { task: *task }, Query::Intents { task: *task }]);
    }
    queries.iter().for_each(|query| answer(state, me, query));
}

/// Answers a query, and checks that the answer is JSON.
pub fn answer(state: &State, me: ActorId, query: &Query) {
    let marks = BTreeMap::new();
    let today: Day = "2026-11-21".parse().expect("a day");
    let view = View { state, me, marks: &marks, today, now: NOW };
    let answer = queries::answer(&view, query, &BTreeMap::new());
    for json in [&answer.head].into_iter().chain(answer.rows.iter().filter_map(|row| row.json.as_ref())) {
        serde_json::from_str::<serde::de::IgnoredAny>(json).expect("an answer is JSON");
    }
}
