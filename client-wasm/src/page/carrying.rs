//! The outbox on its way into a file and out of one, in slices.

use super::{Callback, Page};
use crate::host::{Slice, turn};
use crate::outbox_file::{self, OutboxImport, Reader};
use landfall_engine::CommandId;
use landfall_engine::client::Client;

impl Page {
    /// Writes what waits now into a file, a part at a time. What lands meanwhile may be left out.
    pub async fn export_outbox(&self, part: Callback) {
        let host = self.driver.host().clone();
        let ids: Vec<CommandId> = self.driver.ask(|client| client.outbox().map(|pending| pending.id).collect());
        let mut text = outbox_file::head(self.driver.ask(Client::config), host.now());
        let mut slice = Slice::begin(&*host);
        let mut is_first = true;
        for id in ids {
            if let Some(saved) = self.driver.ask(|client| client.pending(id).map(|pending| pending.saved().clone())) {
                outbox_file::add(&mut text, &saved, is_first);
                is_first = false;
            }
            if slice.is_over() {
                part(&text);
                text.clear();
                slice.breathe().await;
            }
        }
        text.push_str(outbox_file::END);
        part(&text);
    }

    /// Brings in the outbox that the file holds which was handed over last. Commands are taken in as they are read.
    pub async fn import_outbox(&self) -> OutboxImport {
        let host = self.driver.host().clone();
        let mut reader = Reader::new(self.driver.ask(Client::config), std::mem::take(&mut *self.file.borrow_mut()));
        let mut brought = OutboxImport::default();
        loop {
            let slice = Slice::begin(&*host);
            let (mut commands, mut read) = (Vec::new(), Ok(true));
            while matches!(read, Ok(true)) && !slice.is_over() {
                read = reader.step(&mut commands);
            }
            if !commands.is_empty() {
                let count = commands.len();
                let imported = self.driver.tell(|client, now| client.import(commands, now));
                brought.imported += imported;
                brought.known += count - imported;
            }
            match read {
                Ok(true) => turn(&*host).await,
                Ok(false) => break,
                Err(problem) => {
                    reader.problems.push(problem);
                    break;
                }
            }
        }
        brought.problems = reader.problems;
        brought
    }
}
