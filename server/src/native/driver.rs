//! The world of an engine `Client` in a terminal: a folder, a socket, a clock.

use super::folder::Folder;
use super::http::{self, Credential, Failure};
use super::journal::Imported;
use super::mint::Mint;
use super::profile::Place;
use super::socket::{Heard, Socket};
use crate::host::{now, random};
use anyhow::bail;
use landfall_engine::client::{
    ALARM_MS_MAX, Client, Config, Connection, Ended, Loaded, Output, POST_MS_MAX, Posted, Refused, SaveError, Servers,
};
use landfall_engine::domain::decode_state;
use landfall_engine::protocol::{Format, Snapshot};
use landfall_engine::{CommandId, DeviceId, Domain, Reason, TimeMs};
use std::collections::VecDeque;
use std::future::pending;
use std::path::Path;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// A command that has its record: `None` when it was accepted.
pub type Settled<D> = (CommandId, Option<Reason<<D as Domain>::Rejection>>);

/// A command that was refused by what this machine knows. It was not kept and will not be sent.
pub struct RefusedAtOnce<D: Domain> {
    /// Its name.
    pub id: CommandId,
    /// What it was.
    pub command: D::Command,
    /// Why.
    pub why: Refused<D::Rejection>,
}

/// An engine client with its world.
pub struct Driver<D: Domain> {
    client: Client<D>,
    folder: Folder,
    place: Place,
    token: String,
    socket: Option<Socket>,
    snapshot: Option<oneshot::Receiver<Fetched>>,
    /// The newest request of the second route, by its number; one that is given up goes.
    posting: JoinSet<(u64, Posted)>,
    snapshot_wished: bool,
    settled: VecDeque<Settled<D>>,
    trouble: Option<String>,
    failures: u32,
    mint: Mint,
}

/// What came of fetching a snapshot.
enum Fetched {
    Bytes(Vec<u8>),
    Nothing { reachable: bool, why: String },
}

/// What can happen to a client.
enum Happening {
    Heard(Heard),
    Fetched(Fetched),
    Posted(u64, Posted),
    Timeout,
}

impl<D: Domain> Driver<D> {
    /// Opens the folder of a place and takes up what is in it.
    pub fn open(folder: &Path, place: Place, token: String, device: DeviceId) -> anyhow::Result<Self> {
        let (folder, loaded) = Folder::open::<D>(folder)?;
        let seed = u64::from_le_bytes(random());
        let servers = Servers { addresses: place.servers_len(), two_routes: place.two_routes };
        let config = Config { log: place.log, actor: place.actor, device, seed, servers };
        let client = Client::new(config, loaded, now());
        let mut driver = Self {
            client,
            folder,
            place,
            token,
            socket: None,
            snapshot: None,
            posting: JoinSet::new(),
            snapshot_wished: false,
            settled: VecDeque::new(),
            trouble: None,
            failures: 0,
            mint: Mint::default(),
        };
        driver.settle();
        Ok(driver)
    }

    /// The engine's client: what is known, and what waits.
    pub fn client(&self) -> &Client<D> {
        &self.client
    }

    /// The folder with the outbox.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The workspace.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Why there is no connection, in the words of whatever prevented it last.
    pub fn trouble(&self) -> &str {
        self.trouble.as_deref().unwrap_or("there is no connection")
    }

    /// How often a connection could not be opened or has ended.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Was every address tried in vain, or has a connection ended as often?
    pub fn is_away(&self) -> bool {
        self.failures as usize >= self.place.servers_len()
    }

    /// The next command that got its record since this was asked last.
    pub fn take_settled(&mut self) -> Option<Settled<D>> {
        self.settled.pop_front()
    }

    /// A fresh name for a command; it sorts behind those before it.
    pub fn mint(&mut self) -> CommandId {
        self.mint.next(now(), random())
    }

    /// Issues commands together: all that are not refused at once are on disk when this returns, or none is, and none was sent.
    pub fn keep(&mut self, commands: Vec<(CommandId, D::Command)>, imported: Imported) -> anyhow::Result<Vec<RefusedAtOnce<D>>> {
        let mut refused = Vec::new();
        for (id, command) in commands {
            if let Err(why) = self.client.submit(id, command.clone(), now()) {
                refused.push(RefusedAtOnce { id, command, why });
            }
        }
        self.folder.begin(imported);
        let mut held = Vec::new();
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Save(save) => {
                    let saved = self.folder.save::<D>(&save);
                    self.client.handle_saved(save.token, saved, now());
                }
                other => held.push(other),
            }
        }
        if let Err(error) = self.folder.commit() {
            let why = match error {
                SaveError::Full => "there is no room for it",
                SaveError::Failed => "the disk refuses",
            };
            bail!(
                "Nothing was imported: {} cannot be written, {why}. Make room, or split the file, and try again.",
                self.folder.path().display()
            );
        }
        for output in held {
            self.perform(output);
        }
        self.settle();
        Ok(refused)
    }

    /// Issues one command, unless it is refused by what this machine knows: it is on disk when this returns, and on its way.
    pub fn submit(&mut self, command: D::Command) -> Result<CommandId, Refused<D::Rejection>> {
        let id = self.mint();
        self.client.submit(id, command, now())?;
        self.settle();
        Ok(id)
    }

    /// Waits for the next thing that happens, and does what follows from it.
    pub async fn step(&mut self) {
        let due = self.client.poll_timeout();
        let (socket, snapshot, posting) = (&mut self.socket, &mut self.snapshot, &mut self.posting);
        let happening = tokio::select! {
            heard = async { match socket { Some(socket) => socket.hear().await, None => pending().await } } => Happening::Heard(heard),
            fetched = async { match snapshot { Some(fetching) => fetching.await, None => pending().await } } => {
                Happening::Fetched(fetched.unwrap_or(Fetched::Nothing { reachable: false, why: "asking for a snapshot failed".into() }))
            }
            Some(posted) = posting.join_next() => {
                let (number, posted) = posted.unwrap_or((0, Posted::unanswered()));
                Happening::Posted(number, posted)
            }
            () = until(due) => Happening::Timeout,
        };
        match happening {
            Happening::Heard(Heard::Open) => self.client.handle_connected(now()),
            Happening::Heard(Heard::Frame(frame)) => self.client.handle_message(&frame, now()),
            Happening::Heard(Heard::Ended(ended, why)) => self.handle_ended(ended, why),
            Happening::Fetched(fetched) => self.handle_fetched(fetched),
            Happening::Posted(number, posted) => self.client.handle_posted(number, posted, now()),
            Happening::Timeout => self.client.handle_timeout(now()),
        }
        self.settle();
    }

    /// Is there nothing more to hope for on this connection, whatever is waited for?
    pub fn is_refused(&self) -> bool {
        matches!(self.client.status().connection, Connection::Forbidden | Connection::SignedOut | Connection::UpdateNeeded)
    }

    fn handle_ended(&mut self, ended: Ended, why: String) {
        self.socket = None;
        self.trouble = Some(why);
        self.failures += 1;
        self.client.handle_disconnected(ended, now());
    }

    fn handle_fetched(&mut self, fetched: Fetched) {
        self.snapshot = None;
        let decoded = match fetched {
            Fetched::Bytes(bytes) => postcard::from_bytes::<Snapshot>(&bytes).ok(),
            Fetched::Nothing { reachable, why } => {
                if !reachable {
                    self.trouble = Some(why);
                    self.failures += 1;
                }
                return self.client.handle_no_snapshot(reachable, now());
            }
        };
        // One that cannot be read is a miss: the log is read from its start.
        match decoded.and_then(|snapshot| Some((decode_state::<D>(&snapshot.chunks).ok()?, snapshot))) {
            Some((state, snapshot)) => self.client.handle_snapshot(snapshot.cursor, state, Some(snapshot.mark()), now()),
            None => self.client.handle_no_snapshot(true, now()),
        }
    }

    /// Finishes all work, and everything that follows from it.
    fn settle(&mut self) {
        loop {
            while self.client.work(now()) {}
            match self.client.poll_output() {
                Some(output) => self.perform(output),
                None if self.client.has_work() => {}
                // While much lands, each snapshot would be out of date when the next is wished for.
                None if self.snapshot_wished && self.client.outbox().next().is_none() => self.write_snapshot(),
                None => break,
            }
        }
    }

    fn write_snapshot(&mut self) {
        self.snapshot_wished = false;
        self.folder.write_snapshot::<D>(self.client.cursor(), self.client.mark(), self.client.confirmed());
        self.client.handle_snapshot_saved();
    }

    fn perform(&mut self, output: Output<D>) {
        match output {
            Output::Save(save) => {
                let saved = self.folder.save::<D>(&save);
                self.client.handle_saved(save.token, saved, now());
            }
            Output::Load { cursor } => {
                // Nobody else writes to this folder.
                self.client.handle_loaded(Loaded { epoch: cursor.epoch, ..Loaded::default() }, now());
            }
            Output::LetGo(_) => {}
            Output::Snapshot => self.snapshot_wished = true,
            Output::Bootstrap { server } => self.snapshot = Some(self.fetch_snapshot(server)),
            // The folder's lock is held already.
            Output::Lock(_) => self.client.handle_lock(true, now()),
            Output::Connect { server } => self.socket = Some(Socket::open(self.place.server(server), &self.token, Format::Postcard)),
            Output::Send(frame) => {
                if let Some(socket) = &self.socket {
                    socket.send(frame);
                }
            }
            Output::Post { number, server, body } => self.post(number, server, body),
            Output::Disconnect => self.socket = None,
            Output::Settled { id, rejected } => self.settled.push_back((id, rejected)),
            Output::Tell(_) | Output::Show | Output::Kept { .. } | Output::Happened(_) => {}
        }
    }

    fn post(&mut self, number: u64, server: usize, body: Vec<u8>) {
        let (server, token) = (self.place.server(server).clone(), self.token.clone());
        let path = format!("/api/logs/{}/commands", self.place.log);
        self.posting = JoinSet::new();
        self.posting.spawn(async move {
            let posting = http::post_text(&server, &path, Credential::Token(&token), body);
            let posted = match timeout(Duration::from_millis(POST_MS_MAX), posting).await {
                Ok(Ok((status, answer))) => Posted::of(status, &answer),
                Ok(Err(_)) | Err(_) => Posted::unanswered(),
            };
            (number, posted)
        });
    }

    fn fetch_snapshot(&self, server: usize) -> oneshot::Receiver<Fetched> {
        let (tell, fetching) = oneshot::channel();
        let (server, token) = (self.place.server(server).clone(), self.token.clone());
        let path = format!("/api/logs/{}/snapshot?fold={}&schema={}", self.place.log, D::FOLD, D::SCHEMA);
        tokio::spawn(async move {
            let fetched = match http::download(&server, &path, Credential::Token(&token)).await {
                Ok(bytes) => Fetched::Bytes(bytes),
                Err(failure) => Fetched::Nothing { reachable: matches!(failure, Failure::Refused { .. }), why: failure.to_string() },
            };
            // Nobody waits for it any more when the client was dropped.
            let _ = tell.send(fetched);
        });
        fetching
    }
}

async fn until(due: Option<TimeMs>) {
    match due {
        Some(due) => tokio::time::sleep(Duration::from_millis(due.since(now()).min(ALARM_MS_MAX))).await,
        None => pending().await,
    }
}

#[cfg(test)]
mod tests;
