//! Promises about commands: that they are saved, and what came of them.

use futures::channel::oneshot;
use landfall_engine::CommandId;
use std::collections::BTreeMap;

/// Who waits for what. A promise that was told is forgotten; one that nobody asked for costs nothing.
pub struct Promises<S, T> {
    saved: BTreeMap<CommandId, Vec<oneshot::Sender<S>>>,
    settled: BTreeMap<CommandId, Vec<oneshot::Sender<T>>>,
}

impl<S, T> Default for Promises<S, T> {
    fn default() -> Self {
        Self { saved: BTreeMap::new(), settled: BTreeMap::new() }
    }
}

impl<S: Clone, T: Clone> Promises<S, T> {
    /// Resolves when [`Self::tell_saved`] is called for this command.
    pub fn saved(&mut self, id: CommandId) -> oneshot::Receiver<S> {
        wait(&mut self.saved, id)
    }

    /// Resolves when [`Self::tell_settled`] is called for this command.
    pub fn settled(&mut self, id: CommandId) -> oneshot::Receiver<T> {
        wait(&mut self.settled, id)
    }

    /// It is saved, or never will be.
    pub fn tell_saved(&mut self, id: CommandId, outcome: &S) {
        tell(&mut self.saved, id, outcome);
    }

    /// It has its record.
    pub fn tell_settled(&mut self, id: CommandId, outcome: &T) {
        tell(&mut self.settled, id, outcome);
    }

    /// Does anybody wait for what comes of this command?
    pub fn waits_for(&self, id: CommandId) -> bool {
        self.settled.contains_key(&id)
    }
}

fn wait<T>(waiting: &mut BTreeMap<CommandId, Vec<oneshot::Sender<T>>>, id: CommandId) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    waiting.entry(id).or_default().push(sender);
    receiver
}

fn tell<T: Clone>(waiting: &mut BTreeMap<CommandId, Vec<oneshot::Sender<T>>>, id: CommandId, outcome: &T) {
    for sender in waiting.remove(&id).into_iter().flatten() {
        // Whoever waited may have lost interest.
        let _ = sender.send(outcome.clone());
    }
}
