//! A device with an outbox among others who work, too: after each step its view is what the log says with the outbox replayed.

#[path = "history/random.rs"]
mod random;

use landfall_domain::state::diff;
use landfall_domain::{Command, Event, State, Workspace};
use landfall_engine::domain::{decode_state, encode_state};
use landfall_engine::{ActorId, Context, Domain};
use random::{Dice, context, first_day, intent, people, perform};
use std::collections::{BTreeMap, VecDeque};

/// A command that has not landed.
struct Pending {
    command: Command,
    context: Context,
    /// What it would cause, as long as it would be accepted.
    prediction: Option<Vec<Event>>,
}

struct Device {
    me: ActorId,
    confirmed: State,
    view: State,
    outbox: VecDeque<Pending>,
    position: u64,
    issued: u64,
    settled: u64,
    accepted: BTreeMap<&'static str, u64>,
}

impl Device {
    fn new(me: ActorId) -> Self {
        let (state, outbox, accepted) = (State::default(), VecDeque::new(), BTreeMap::new());
        let mut device = Self { me, confirmed: state.clone(), view: state, outbox, position: 0, issued: 0, settled: 0, accepted };
        for (actor, command) in first_day() {
            device.receive(actor, &command);
        }
        device
    }

    /// A record of somebody else arrives.
    fn receive(&mut self, actor: ActorId, command: &Command) {
        self.position += 1;
        let context = context(actor, 1_000_000 + self.position, self.position * 1_000, Some(self.position));
        if perform(&mut self.confirmed, command, &context).is_ok() {
            *self.accepted.entry(command.kind()).or_default() += 1;
        }
        self.view = self.replayed();
    }

    /// The confirmed state with the outbox replayed. What it predicts now is noted.
    fn replayed(&mut self) -> State {
        let mut view = self.confirmed.clone();
        for pending in &mut self.outbox {
            pending.prediction = perform(&mut view, &pending.command, &pending.context).ok();
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
            self.outbox.push_back(Pending { command, context, prediction: Some(events) });
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
    let (mut settled, mut issued) = (0, 0);
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
        for (kind, count) in device.accepted {
            *accepted.entry(kind).or_insert(0) += count;
        }
    }
    assert!(settled * 4 > issued, "most land as predicted: {settled} of {issued}");
    let never: Vec<&str> = Workspace::command_shapes().iter().map(|shape| shape.kind).filter(|kind| !accepted.contains_key(kind)).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
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
