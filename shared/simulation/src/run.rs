//! One run: a layout and a climate from a seed, steps, healing, and what came of it; the same run again from its steps.

use crate::dice::Dice;
use crate::rules::Violation;
use crate::shrink::shrink;
use crate::step::{Act, Step};
use crate::toy::Toy;
use crate::trace::Trace;
use crate::workload::Workload;
use crate::world::{Counts, Layout, World};
use landfall_engine::domain::encode_state;
use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Everything that a run needs to be the same again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it came from; also the seed of everything that is left to chance between steps and while healing.
    pub seed: u64,
    /// How the world is laid out.
    pub layout: Layout,
    /// What happens.
    pub steps: Vec<Step>,
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The rule that was broken, if one was.
    pub violation: Option<Violation>,
    /// What was counted.
    pub counts: Counts,
    /// How often each act was done.
    pub acts: BTreeMap<Act, u64>,
    /// Everything that happened, as a number that must be the same everywhere.
    pub hash: u64,
    /// What the logs mean in the end, folded anew from their records, as a number that must be the same everywhere.
    pub states: u64,
    /// The story, where it was asked for.
    pub lines: Vec<String>,
}

/// What kinds of trouble there are in a world: each is in season or not, so that each meets each of the others, and quiet
/// (swarm testing: Groce, Zhang, Eide, Chen, Regehr, 2012).
struct Climate {
    weights: Vec<(Act, u64)>,
    total: u64,
}

impl Climate {
    fn new(dice: &mut Dice) -> Self {
        let mut weights = Vec::new();
        let calm = dice.one_in(10);
        for &act in Act::ALL {
            let in_season = !act.is_fault() || (!calm && dice.one_in(2));
            if in_season {
                weights.push((act, act.weight() * if act.is_fault() { 1 + dice.below(4) } else { 1 }));
            }
        }
        let total = weights.iter().map(|(_, weight)| weight).sum();
        Self { weights, total }
    }

    fn act(&self, dice: &mut Dice) -> Act {
        let mut at = dice.below(self.total);
        for &(act, weight) in &self.weights {
            if at < weight {
                return act;
            }
            at -= weight;
        }
        Act::Submit
    }
}

/// The plan of a seed: so many steps in a world and a climate of its own.
pub fn plan(seed: u64, steps: usize) -> Plan {
    let mut dice = Dice::new(seed);
    let layout =
        Layout { devices: 2 + dice.below(3) as usize, nodes: dice.pick(&[1, 1, 2, 2, 3]), logs: if dice.one_in(5) { 2 } else { 1 } };
    let climate = Climate::new(&mut dice);
    let pace = dice.pick(&[3, 8, 8, 20]);
    let step = |dice: &mut Dice| Step { act: climate.act(dice), dice: dice.roll(), moves: dice.below(pace) };
    let steps = (0..steps).map(|_| step(&mut dice)).collect();
    Plan { seed, layout, steps }
}

/// Runs a plan. With `told`, the report has the story in words. A machine that panics is a violation of no rule in particular.
pub fn run<W: Workload>(plan: &Plan, told: bool) -> Report {
    let mut world = World::<W>::new(plan.layout, told);
    let mut acts = BTreeMap::new();
    // What a panic leaves half done is looked at no more.
    let ended = catch_unwind(AssertUnwindSafe(|| live(&mut world, plan, &mut acts)));
    let panicked = ended.err().map(|why| Violation { rule: 0, what: format!("a machine panicked: {}", words(why.as_ref())) });
    let violation = panicked.or_else(|| world.violation().cloned());
    Report {
        states: if violation.is_none() { states(&world) } else { 0 },
        violation,
        counts: world.counts.clone(),
        acts,
        hash: world.trace.hash(),
        lines: world.trace.lines().to_vec(),
    }
}

fn live<W: Workload>(world: &mut World<W>, plan: &Plan, acts: &mut BTreeMap<Act, u64>) {
    for step in &plan.steps {
        if world.violation().is_some() {
            return;
        }
        if world.take_step(*step) {
            *acts.entry(step.act).or_default() += 1;
        }
    }
    if world.violation().is_none() {
        world.heal(&mut Dice::new(plan.seed));
    }
}

fn states<W: Workload>(world: &World<W>) -> u64 {
    let mut hash = Trace::new(false);
    for log in &world.logs {
        encode_state::<W>(&log.truth()).iter().for_each(|chunk| hash.mix(chunk));
    }
    hash.hash()
}

fn words(panic: &(dyn Any + Send)) -> String {
    let known = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    known.unwrap_or_else(|| "without a word".into())
}

/// A domain by its name, with what can be done to worlds that live by it.
#[derive(Clone, Copy)]
pub struct Played {
    /// Its name.
    pub name: &'static str,
    /// See [`run`].
    pub run: fn(&Plan, bool) -> Report,
    /// See [`shrink`].
    pub shrink: fn(&Plan, &Report) -> (Plan, Report),
}

impl Played {
    const fn of<W: Workload>() -> Self {
        Self { name: W::NAME, run: run::<W>, shrink: shrink::<W> }
    }

    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::of::<Toy>(),
        #[cfg(feature = "product")]
        Self::of::<crate::workload::Product>(),
    ];

    /// One line about the run of a seed that must be the same on every machine, natively and in wasm.
    pub fn hashes(&self, seed: u64, steps: usize) -> String {
        let report = (self.run)(&plan(seed, steps), false);
        format!("{} {seed} {:016x} {:016x}", self.name, report.hash, report.states)
    }
}
