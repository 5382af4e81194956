//! Every target by name: what it decodes, who may have written that, and the bound of what decoding may hold.

pub(crate) mod client;
mod import;
mod page;
mod record;
mod session;
mod snapshot;
mod text;

use crate::meter::Bound;
use crate::seeds;

/// A decoder that faces the outside.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, as in `cargo xtask fuzz --target NAME`.
    pub name: &'static str,
    /// What it reads.
    pub about: &'static str,
    /// Drives it with any bytes; panics when a promise is broken.
    pub run: fn(&[u8]),
    /// Well-formed inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "upstream_postcard", about: "binary frames from clients", run: session::postcard, seeds: seeds::upstream_postcard },
    Target {
        name: "upstream_json",
        about: "text frames from clients, and the commands that are posted",
        run: session::json,
        seeds: seeds::upstream_json,
    },
    Target { name: "downstream_postcard", about: "binary frames from a server", run: client::postcard, seeds: seeds::downstream_postcard },
    Target { name: "downstream_json", about: "text frames from a server", run: client::json, seeds: seeds::downstream_json },
    Target { name: "command", about: "the text of a command, in any version", run: text::command, seeds: seeds::commands },
    Target { name: "event", about: "the text of an event, in any version", run: text::event, seeds: seeds::events },
    Target { name: "rejection", about: "the text of a rejection, in any version", run: text::rejection, seeds: seeds::rejections },
    Target {
        name: "upcast",
        about: "texts of old versions, of a toy whose shapes have changed",
        run: text::upcast,
        seeds: seeds::old_texts,
    },
    Target {
        name: "record",
        about: "a record as it stands in the server's database and in exports",
        run: record::json,
        seeds: seeds::records,
    },
    Target {
        name: "snapshot",
        about: "a snapshot as the server serves and stores it, unpacked",
        run: snapshot::body,
        seeds: seeds::snapshots,
    },
    Target {
        name: "device",
        about: "what a device has stored: snapshot, pages, outbox, inbox",
        run: client::device,
        seeds: seeds::devices,
    },
    Target {
        name: "outbox_file",
        about: "an outbox that a person brings in as a file",
        run: client::outbox_file,
        seeds: seeds::outbox_files,
    },
    Target { name: "tab_news", about: "what another tab says", run: client::news, seeds: seeds::tab_news },
    Target { name: "import_csv", about: "a spreadsheet to import", run: import::csv, seeds: seeds::csv },
    Target { name: "import_trello", about: "a Trello board to import", run: import::trello, seeds: seeds::trello },
    Target { name: "import_github", about: "GitHub issues to import", run: import::github, seeds: seeds::github },
    Target { name: "page", about: "questions and intents from the page", run: page::json, seeds: seeds::questions },
];

/// What decoding a frame, a record or a text may hold. The fixed part is what serde sets aside in advance for sequences that
/// claim a length: at most 1 MiB for each of the three that can stand inside each other.
pub const DECODED: Bound = Bound { base: 4 << 20, per_byte: 512 };

/// What may follow from it: deciding, folding, asking and writing, in a yard of a few hundred commands.
const USED: Bound = Bound { base: 16 << 20, per_byte: 4096 };
/// What a state may hold that is read from a snapshot. Each entry of an index costs a node of up to 64 places, and a task of
/// eighty bytes can have a column, a board, a holder and labels to itself.
const DECODED_STATE: Bound = Bound { base: 4 << 20, per_byte: 1024 };
/// What may follow from such a state.
const USED_STATE: Bound = Bound { base: 16 << 20, per_byte: 8192 };

/// The target of this name.
pub fn named(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
