//! A device with an outbox among others who work, too: after each step its view is what the log says with the outbox replayed,
//! and a record that changes nothing on which that rests can be shown without it.

#[path = "history/random.rs"]
mod random;

use landfall_domain::state::diff;
use landfall_domain::{Command, Event, State, Workspace};
use landfall_engine::domain::{decode_state, encode_state, evolve_all};
use landfall_engine::{ActorId, Context, Domain};
use random::{Dice, context, first_day, intent, people, perform};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A command that has not landed.
struct Pending {
    command: Command,
    context: Context,
    /// What it would cause, as long as it would be accepted.
    prediction: Option<Vec<Event>>,
    rests_on: Option<Entities>,
}

type Entities = BTreeSet<[u8; 16]>;

/// What a command rests on that was decided like this, as far as it is known.
fn rests_on(command: &Command, events: &[Event]) -> Option<Entities> {
    if events.is_empty() {
        return Workspace::subject(command).map(|subject| Entities::from([subject]));
    }
    let mut entities = Entities::new();
    let is_known = events.iter().all(|event| Workspace::rests_on(event, &mut |entity| _ = entities.insert(entity)));
    is_known.then_some(entities)
}

/// What these events change, on a state that does not show them yet.
fn changes(state: &State, events: &[Event]) -> Option<Entities> {
    let mut entities = Entities::new();
    let is_known = events.iter().all(|event| Workspace::changes(state, event, &mut |entity| _ = entities.insert(entity)));
    is_known.then_some(entities)
}

struct Device {
    me: ActorId,
    confirmed: State,
    view: State,
    outbox: VecDeque<Pending>,
    position: u64,
    issued: u64,
    settled: u64,
    /// Records of others that changed nothing on which anything rested that waited.
    apart: u64,
    accepted: BTreeMap<&'static str, u64>,
}

impl Device {
    fn new(me: ActorId) -> Self {
        let (state, outbox, accepted) = (State::default(), VecDeque::new(), BTreeMap::new());
        let mut device = Self { me, confirmed: state.clone(), view: state, outbox, position: 0, issued: 0, settled: 0, apart: 0, accepted };
        for (actor, command) in first_day() {
            device.receive(actor, &command);
        }
        device
    }

    /// A record of somebody else arrives.
    fn receive(&mut self, actor: ActorId, command: &Command) {
        self.position += 1;
        let context = context(actor, 1_000_000 + self.position, self.position * 1_000, Some(self.position));
        let outcome = perform(&mut self.confirmed, command, &context);
        if outcome.is_ok() {
            *self.accepted.entry(command.kind()).or_default() += 1;
        }
        let events = outcome.unwrap_or_default();
        let is_apart = events.is_empty() || self.is_apart_from_all(&events);
        let predictions = self.predictions();
        let mut followed = self.view.clone();
        evolve_all::<Workspace>(&mut followed, &events, &context);
        self.view = self.replayed();
        if is_apart {
            assert_eq!(self.predictions(), predictions, "{command:?} changes nothing that waits");
            assert!(followed == self.view, "{command:?} changes nothing that waits: {:#?}", diff(&followed, &self.view));
            self.apart += u64::from(!events.is_empty() && !self.outbox.is_empty());
        }
    }

    /// Do these events of somebody else change nothing that a waiting command rests on?
    fn is_apart_from_all(&self, events: &[Event]) -> bool {
        let Some(changes) = changes(&self.view, events) else { return false };
        let is_apart = |pending: &Pending| pending.rests_on.as_ref().is_some_and(|entities| entities.is_disjoint(&changes));
        changes.is_empty() || self.outbox.iter().all(is_apart)
    }

    fn predictions(&self) -> Vec<Option<Vec<Event>>> {
        self.outbox.iter().map(|pending| pending.prediction.clone()).collect()
    }

    /// The confirmed state with the outbox replayed. What it predicts now is noted.
    fn replayed(&mut self) -> State {
        let mut view = self.confirmed.clone();
        for pending in &mut self.outbox {
            pending.prediction = perform(&mut view, &pending.command, &pending.context).ok();
            pending.rests_on = pending.prediction.as_ref().and_then(|events| rests_on(&pending.command, events));
        }
        view
    }

    /// The person does something.
    fn submit(&mut self, command: Command) {
        self.issued += 1;
        let context = context(self.me, self.issued, self.position * 1_000 + 333, None);
        let before = self.view.clone();
        if let Ok(events) = perform(&mut self.view, &command, &context) {
            // What the screens are told is exactly what changed.
            let changes = diff(&before, &self.view);
            assert!(changes.is_empty() == (before == self.view), "{command:?}: {changes:?}");
            let rests_on = rests_on(&command, &events);
            self.outbox.push_back(Pending { command, context, prediction: Some(events), rests_on });
        }
    }

    /// The head of the outbox lands.
    fn land(&mut self) {
        let Some(pending) = self.outbox.pop_front() else { return };
        self.position += 1;
        let landed = Context { at: landfall_engine::TimeMs(self.position * 1_000), position: Some(self.position), ..pending.context };
        let outcome = perform(&mut self.confirmed, &pending.command, &landed).ok();
        if outcome.is_some() {
            *self.accepted.entry(pending.command.kind()).or_default() += 1;
        }
        if outcome == pending.prediction {
            outcome.iter().flatten().for_each(|event| Workspace::settle(&mut self.view, event, &landed));
            self.settled += 1;
        } else {
            self.view = self.replayed();
        }
    }

    fn check(&mut self, seed: u64, step: u64) {
        let mut replayed = self.confirmed.clone();
        for pending in &self.outbox {
            let prediction = perform(&mut replayed, &pending.command, &pending.context).ok();
            assert_eq!(prediction, pending.prediction, "seed {seed}, step {step}: {:?} is predicted differently", pending.command);
        }
        if replayed != self.view {
            let mut differences = diff(&replayed, &self.view);
            differences.tasks.retain(|change| change.before.as_deref() != change.after.as_deref());
            panic!("seed {seed}, step {step}: the view is not what a replay gives: {differences:#?}");
        }
    }
}

#[test]
fn the_view_is_always_the_confirmed_state_with_the_outbox_replayed() {
    let mut accepted = BTreeMap::new();
    let (mut settled, mut issued, mut apart) = (0, 0, 0);
    for seed in 0..60 {
        let mut dice = Dice::new(seed);
        let people = people();
        let mut device = Device::new(people[dice.below(3) as usize]);
        for step in 0..400 {
            match dice.below(10) {
                0..5 => {
                    let command = intent(&mut dice, &device.view);
                    device.submit(command);
                }
                5..8 => device.land(),
                _ => {
                    let actor = people[dice.below(4) as usize];
                    let command = intent(&mut dice, &device.confirmed);
                    if actor != device.me {
                        device.receive(actor, &command);
                    }
                }
            }
            device.check(seed, step);
        }
        settled += device.settled;
        issued += device.issued;
        apart += device.apart;
        for (kind, count) in device.accepted {
            *accepted.entry(kind).or_insert(0) += count;
        }
    }
    assert!(settled * 4 > issued, "most land as predicted: {settled} of {issued}");
    assert!(apart > 100, "{apart} records of others change nothing that waits");
    let never: Vec<&str> = Workspace::command_shapes().iter().map(|shape| shape.kind).filter(|kind| !accepted.contains_key(kind)).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
}

#[test]
fn a_command_that_rests_on_nothing_that_another_changes_may_come_before_or_after_it() {
    let mut pairs: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for seed in 200..240 {
        let mut dice = Dice::new(seed);
        let people = people();
        let mut state = State::default();
        for (number, (actor, command)) in (1..).zip(first_day()) {
            perform(&mut state, &command, &context(actor, number, number, Some(number))).expect("the first day is valid");
        }
        for step in 1_000..1_400 {
            let mut somebody = |number| (context(people[dice.below(4) as usize], number, step, None), intent(&mut dice, &state));
            let ((mine, my_command), (theirs, their_command)) = (somebody(2 * step), somebody(2 * step + 1));
            let decide = |command: &Command, context: &Context| Workspace::decide(&state, command, context).ok();
            if let (Some(my_events), Some(their_events)) = (decide(&my_command, &mine), decide(&their_command, &theirs))
                && let (Some(rests_on), Some(changes)) = (rests_on(&my_command, &my_events), changes(&state, &their_events))
                && rests_on.is_disjoint(&changes)
            {
                let what = format!("seed {seed}, step {step}: {my_command:?} and {their_command:?}");
                let (mut mine_first, mut theirs_first) = (state.clone(), state.clone());
                evolve_all::<Workspace>(&mut mine_first, &my_events, &mine);
                evolve_all::<Workspace>(&mut mine_first, &their_events, &theirs);
                evolve_all::<Workspace>(&mut theirs_first, &their_events, &theirs);
                assert_eq!(perform(&mut theirs_first, &my_command, &mine).as_ref(), Ok(&my_events), "{what}");
                assert!(mine_first == theirs_first, "{what}: {:#?}", diff(&mine_first, &theirs_first));
                *pairs.entry((my_command.kind(), their_command.kind())).or_default() += 1;
            }
            _ = perform(&mut state, &my_command, &Context { position: Some(step), ..mine });
        }
    }
    assert!(pairs.len() > 300, "kinds that were seen to be interchangeable: {}", pairs.len());
}

#[test]
fn a_state_survives_its_snapshot_at_any_moment() {
    for seed in 100..110 {
        let mut dice = Dice::new(seed);
        let mut device = Device::new(people()[0]);
        for _ in 0..300 {
            let actor = people()[dice.below(4) as usize];
            let command = intent(&mut dice, &device.confirmed);
            device.receive(actor, &command);
        }
        let state = device.confirmed;
        assert_eq!(decode_state::<Workspace>(&encode_state::<Workspace>(&state)).as_ref(), Ok(&state));
    }
}
