//! What happened, as a number that must be the same everywhere, and in words when somebody wants to read it.

use crate::workload::Workload;
use crate::world::World;
use landfall_engine::CommandId;
use landfall_engine::client::Save;

/// A hash of everything that happened (FNV-1a, 64 bits), and the story in words where it is asked for.
#[derive(Clone, Debug)]
pub struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace; with `told`, in words too.
    pub fn new(told: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: told.then(Vec::new) }
    }

    /// Bytes that must be the same everywhere.
    pub fn mix(&mut self, bytes: &[u8]) {
        // Eight bytes at a time: this is called for every frame.
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.mix_number(u64::from_le_bytes(chunk.try_into().expect("eight bytes")));
        }
        for &byte in chunks.remainder() {
            self.mix_number(u64::from(byte));
        }
    }

    /// A number that must be the same everywhere.
    pub fn mix_number(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
    }

    /// One event of the story.
    pub fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(line());
        }
    }

    /// Is the story told in words?
    pub fn is_told(&self) -> bool {
        self.lines.is_some()
    }

    /// The number.
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The words.
    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

impl<W: Workload> World<W> {
    /// What a transaction holds, for the trace.
    pub(crate) fn in_brief(&self, save: &Save) -> String {
        let mut brief = String::new();
        let letters = |ids: &mut dyn Iterator<Item = CommandId>| ids.map(|id| format!(" {}", self.ledger.letter(id))).collect::<String>();
        if save.forget_cache {
            brief += " forget";
        }
        if !save.outbox_delete.is_empty() {
            brief = format!("{brief} −rows{}", letters(&mut save.outbox_delete.iter().copied()));
        }
        if !save.outbox_put.is_empty() {
            let ids = save.outbox_put.iter().flat_map(|row| &row.commands).map(|command| command.id);
            brief = format!("{brief} +rows{}", letters(&mut ids.into_iter()));
        }
        if !save.inbox_put.is_empty() {
            brief = format!("{brief} +inbox{}", letters(&mut save.inbox_put.iter().map(|row| row.id)));
        }
        if !save.inbox_delete.is_empty() {
            brief = format!("{brief} −inbox{}", letters(&mut save.inbox_delete.iter().copied()));
        }
        if let Some(cursor) = save.cursor {
            brief = format!("{brief} {} pages up to {}:{}", save.tail_put.len(), cursor.epoch, cursor.position);
        }
        brief
    }
}
