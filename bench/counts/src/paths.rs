//! The hot paths: what each is, how its state is prepared, what is counted of it, and what it may grow with.

mod replicas;
pub mod screens;
mod servers;
pub mod texts;

use std::any::Any;

/// How much there is of everything that a path may depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    counts: [u32; Dimension::ALL.len()],
}

/// What a path may depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Tasks in the workspace.
    Tasks,
    /// Commands in the outbox.
    Pending,
    /// Records that come, are decided or are written together.
    Records,
    /// Subscriptions of one page, or connections of one log.
    Subscribers,
    /// Rejected commands in the inbox.
    Rejections,
    /// Other tabs that have a command each.
    Tabs,
}

impl Dimension {
    /// All of them, in their order in a [`Size`].
    pub const ALL: [Self; 6] = [Self::Tasks, Self::Pending, Self::Records, Self::Subscribers, Self::Rejections, Self::Tabs];

    /// Its name on command lines and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::Pending => "pending",
            Self::Records => "records",
            Self::Subscribers => "subscribers",
            Self::Rejections => "rejections",
            Self::Tabs => "tabs",
        }
    }
}

impl Size {
    /// So much of these, and nothing of all others.
    pub fn of(counts: &[(Dimension, u32)]) -> Self {
        counts.iter().fold(Self::default(), |size, &(dimension, count)| size.with(dimension, count))
    }

    /// The same with so much of one.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, count: u32) -> Self {
        self.counts[dimension as usize] = count;
        self
    }

    /// How much there is of one.
    pub fn get(&self, dimension: Dimension) -> u32 {
        self.counts[dimension as usize]
    }

    /// As words of a command line: `tasks=5000 pending=10`.
    pub fn words(&self) -> Vec<String> {
        let some = Dimension::ALL.into_iter().filter(|dimension| self.get(*dimension) > 0);
        some.map(|dimension| format!("{}={}", dimension.name(), self.get(dimension))).collect()
    }

    /// Reads such words.
    pub fn read(words: &[&str]) -> Result<Self, String> {
        let mut size = Self::default();
        for word in words {
            let (name, count) = word.split_once('=').ok_or_else(|| format!("“{word}” is not name=count"))?;
            let known = Dimension::ALL.into_iter().find(|dimension| dimension.name() == name);
            let dimension = known.ok_or_else(|| format!("there is no “{name}” to have so many of"))?;
            size = size.with(dimension, count.parse().map_err(|_| format!("“{count}” is no number"))?);
        }
        Ok(size)
    }
}

/// How a path may grow with something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum May {
    /// Not at all, but for the depth of a tree: whoever waits has not asked for it.
    Stay,
    /// In proportion: it is what was asked for.
    Follow,
}

/// One thing that a path is run with ever more of.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// Of what.
    pub dimension: Dimension,
    /// How much of it: once, ten times, a hundred times.
    pub counts: [u32; 3],
    /// What it may do to the path.
    pub may: May,
}

/// Prepared: what is counted when it is called, once. It returns what it made, so that letting go of it is not counted.
pub type Work = Box<dyn FnOnce() -> Box<dyn Any>>;

fn work<T: 'static>(make: impl FnOnce() -> T + 'static) -> Work {
    Box::new(|| Box::new(make()))
}

/// A hot path.
pub struct Path {
    /// Its name in budgets and on command lines.
    pub name: &'static str,
    /// What is counted.
    pub counts: &'static str,
    /// How much there is where it is held against its budget, and of all that does not grow.
    pub size: Size,
    /// What it is run with more of.
    pub growths: Vec<Growth>,
    /// Prepares the state, which is not counted.
    pub prepare: fn(&Size) -> Work,
}

/// With so many tasks budgets are kept: as many as valgrind prepares in a few seconds.
const TASKS: u32 = 5_000;
const GROWING_TASKS: Growth = Growth { dimension: Dimension::Tasks, counts: [500, 5_000, 50_000], may: May::Stay };
const GROWING_PENDING: Growth = Growth { dimension: Dimension::Pending, counts: [10, 100, 1_000], may: May::Stay };
const GROWING_RECORDS: Growth = Growth { dimension: Dimension::Records, counts: [10, 100, 1_000], may: May::Follow };

/// All of them.
pub fn all() -> Vec<Path> {
    [replicas::paths(), screens::paths(), servers::paths(), texts::paths()].into_iter().flatten().collect()
}

/// The one with this name.
pub fn named(name: &str) -> Result<Path, String> {
    all().into_iter().find(|path| path.name == name).ok_or_else(|| format!("there is no path “{name}”"))
}
