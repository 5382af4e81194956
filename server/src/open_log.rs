//! What everybody but its writer sees of an open log: its head, its pages, and the way in for commands.

use crate::Served;
use crate::backlog::Backlog;
use crate::host::random;
use crate::metrics::{Gauge, Metrics, Part};
use crate::ring::Ring;
use crate::store::{LogStore, Page, PageLimit, StoreError, Subject};
use landfall_engine::protocol::{Format, IN_FLIGHT_COMMANDS_MAX, PAGE_BYTES_MAX, PAGE_RECORDS_MAX, Piece, Submission};
use landfall_engine::sequencer::Notice;
use landfall_engine::upcast::Unreadable;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Epoch, LogId, Position, Record, Seal};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument;

/// Notices that one session may have waiting: each command that a client has under way gets at most one.
pub const NOTICES_MAX: usize = 2 * IN_FLIGHT_COMMANDS_MAX;
/// How long a command that came by HTTP waits for its record.
pub const RECORD_PATIENCE: Duration = Duration::from_secs(15);

/// How long whoever comes waits for records that were written elsewhere.
const CATCH_UP_PATIENCE: Duration = Duration::from_secs(5);

/// The least and the most after which somebody is told to come again.
const RETRY_AFTER: RangeInclusive<Duration> = Duration::from_millis(50)..=Duration::from_secs(30);

/// How far a log goes, and the state there.
pub struct Head<D: Served> {
    /// The last record on disk.
    pub cursor: Cursor,
    /// The seal behind it.
    pub seal: Seal,
    /// Everything up to it, folded.
    pub state: D::State,
    /// When its last records came to be on disk.
    pub recorded: Instant,
    /// When the oldest command of these had arrived, if any of them came here.
    pub arrived: Option<Instant>,
}

/// A head as the store has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// The head.
    pub head: Cursor,
    /// The seal behind it, when it was looked at and not only told.
    pub seal: Option<Seal>,
}

/// Commands for a log, from one session.
pub struct Submit {
    /// Whom to tell, by number.
    pub session: u64,
    /// Who asks, by authentication.
    pub actor: ActorId,
    /// Which device.
    pub device: DeviceId,
    /// In order.
    pub commands: Vec<Submission>,
    /// Where that session hears.
    pub notices: mpsc::Sender<Notice>,
    /// When they arrived.
    pub arrived: Instant,
}

/// Why a log could not be opened or read.
#[derive(Clone, Debug, Error)]
pub enum OpenError {
    /// There is no such log.
    #[error("there is no such log")]
    NoSuchLog,
    /// Too many logs are in use.
    #[error("too many logs are open")]
    TooMany,
    /// A record was written by a newer program, or is damaged.
    #[error("a record cannot be read: {0}")]
    Unreadable(#[from] Unreadable),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchLog => Self::NoSuchLog,
            other => Self::Store(other),
        }
    }
}

/// Why commands have no record yet.
#[derive(Clone, Debug, Error)]
pub enum NotRecorded {
    /// A predecessor has no record.
    #[error("command {0} comes first and has no record")]
    Missing(CommandId),
    /// The id has a record with another payload.
    #[error("command {0} has a record with another payload")]
    Reused(CommandId),
    /// Too much waits already: none of them was taken.
    #[error("too much waits already")]
    Busy {
        /// When to come again.
        retry_after: Duration,
    },
    /// The log was closed meanwhile: the commands may be recorded yet.
    #[error("the log was closed")]
    Closed,
    /// The command is newer than this server.
    #[error("the command is newer than this server")]
    Future,
    /// It took too long; the commands may be recorded yet.
    #[error("no record yet")]
    TooLate,
    /// The log could not be read.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// What the writer of a log shares with those who read it.
pub struct Shared<D: Served> {
    log: LogId,
    store: Arc<dyn LogStore>,
    metrics: Arc<Metrics>,
    /// The newest records.
    pub ring: Ring<D>,
    backlog: Mutex<Backlog>,
    /// The store failed when it was asked last.
    store_fails: AtomicBool,
    /// Its writer has ended for a reason that is gone when the log is opened again.
    begins_anew: AtomicBool,
    inputs_given: AtomicU64,
    inputs_settled: AtomicU64,
    /// The head that the store was seen to have last, when that was not what is known here.
    noted: watch::Sender<Noted>,
}

impl<D: Served> Shared<D> {
    /// Of a log that is being opened, behind what is known of which this seal stands.
    pub fn new(log: LogId, seal: Seal, store: Arc<dyn LogStore>, metrics: Arc<Metrics>) -> Self {
        Self {
            log,
            store,
            metrics,
            ring: Ring::after_seal(seal),
            backlog: Mutex::default(),
            store_fails: AtomicBool::new(false),
            begins_anew: AtomicBool::new(false),
            inputs_given: AtomicU64::new(0),
            inputs_settled: AtomicU64::new(0),
            noted: watch::Sender::default(),
        }
    }

    /// Heads that were noted, as they are.
    pub fn noted(&self) -> watch::Receiver<Noted> {
        self.noted.subscribe()
    }

    /// What waits for the disk.
    pub fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the store did when it was asked last.
    pub fn note_store(&self, fails: bool) {
        self.store_fails.store(fails, Ordering::Relaxed);
    }

    /// The writer ends, and the log is to be opened again.
    pub fn begin_anew(&self) {
        self.begins_anew.store(true, Ordering::Release);
    }

    /// The first `inputs` inputs are all done.
    pub fn settle(&self, inputs: u64) {
        self.inputs_settled.store(inputs, Ordering::Release);
    }
}

/// See the module.
pub struct OpenLog<D: Served> {
    shared: Arc<Shared<D>>,
    inputs: mpsc::Sender<Submit>,
    head: watch::Receiver<Head<D>>,
    listeners: Arc<Gauge>,
}

impl<D: Served> OpenLog<D> {
    /// Of a writer that is about to run.
    pub fn new(shared: Arc<Shared<D>>, inputs: mpsc::Sender<Submit>, head: watch::Receiver<Head<D>>) -> Self {
        Self { shared, inputs, head, listeners: Arc::default() }
    }

    /// Which log.
    pub fn id(&self) -> LogId {
        self.shared.log
    }

    /// The head, now and whenever it moves.
    pub fn head(&self) -> watch::Receiver<Head<D>> {
        self.head.clone()
    }

    /// Counts a socket that follows it, until the part is dropped.
    pub fn listen(&self) -> Part {
        let mut one = Part::of(self.listeners.clone());
        one.set(1);
        one
    }

    /// How many sockets follow it.
    pub fn listeners(&self) -> u64 {
        self.listeners.level()
    }

    /// The store has this head. The writer is told when it does not have it itself.
    pub fn note_head(&self, noted: Noted) {
        let differs = {
            let known = self.head.borrow();
            // A hint that is late tells of a head that was passed; the store itself does not go back.
            noted.head > known.cursor || noted.seal.is_some_and(|seal| (noted.head, seal) != (known.cursor, known.seal))
        };
        if differs {
            self.shared.noted.send_replace(noted);
        }
    }

    /// Somebody says that the store has this head. `false`: on a newer timeline, which nobody is sent away for on mere hearsay.
    pub fn note_hint(&self, head: Cursor) -> bool {
        let may_be = head.epoch <= self.head.borrow().cursor.epoch;
        if may_be {
            self.note_head(Noted { head, seal: None });
        }
        may_be
    }

    /// Waits until this process has read what the store has now; `false` when the writer ends meanwhile.
    pub async fn catch_up(&self) -> Result<bool, OpenError> {
        let stored = self.shared.store.head(self.shared.log).await?.ok_or(OpenError::NoSuchLog)?;
        let mut head = self.head();
        self.note_head(Noted { head: stored, seal: None });
        match timeout(CATCH_UP_PATIENCE, head.wait_for(|head| head.cursor >= stored)).await {
            Ok(reached) => Ok(reached.is_ok()),
            Err(_) => Err(OpenError::Store(StoreError::Unavailable("the log could not be read up to its head in time".into()))),
        }
    }

    /// Has the writer ended, by accident or because the log cannot be read?
    pub fn has_ended(&self) -> bool {
        self.inputs.is_closed()
    }

    /// Has it ended for a reason that is gone when the log is opened again?
    pub fn begins_anew(&self) -> bool {
        self.shared.begins_anew.load(Ordering::Acquire)
    }

    /// Lets go of a log that cannot be reached, as when it is on another timeline.
    pub fn let_go(&self) {
        self.shared.noted.send_replace(Noted { head: Cursor { epoch: Epoch::MAX, position: 0 }, seal: None });
    }

    /// Is everything done that was asked of the writer?
    pub fn is_settled(&self) -> bool {
        self.shared.inputs_given.load(Ordering::Acquire) == self.shared.inputs_settled.load(Ordering::Acquire)
    }

    /// May this actor open the log?
    pub fn may_read(&self, actor: ActorId) -> bool {
        D::may_read(&self.head.borrow().state, actor)
    }

    /// Hands commands to the writer, and waits while its channel is full. `Err` when it has ended, or when they would not be on disk within
    /// `wait_max`: none of them is taken then.
    pub async fn submit(&self, submit: Submit, wait_max: Duration) -> Result<(), NotRecorded> {
        let taken = self.shared.backlog().take(submit.actor, submit.commands.len(), wait_max, Instant::now().into_std());
        if let Err(wait) = taken {
            self.shared.metrics.submits_turned_away.add_one();
            return Err(self.not_taken(wait));
        }
        self.shared.inputs_given.fetch_add(1, Ordering::AcqRel);
        let span = tracing::debug_span!("submit", log = %self.shared.log, session = submit.session, commands = submit.commands.len());
        self.inputs.send(submit).instrument(span).await.map_err(|_| NotRecorded::Closed)
    }

    /// Why commands are not taken that would wait for so long.
    fn not_taken(&self, wait: Duration) -> NotRecorded {
        if self.shared.store_fails.load(Ordering::Relaxed) {
            return NotRecorded::Open(OpenError::Store(StoreError::Unavailable("it cannot write or read now".into())));
        }
        NotRecorded::Busy { retry_after: retry_after(wait) }
    }

    /// The seal behind the record at a position, and the next page after it, from the ring or else from the store.
    pub async fn page(&self, after: Position, format: Format) -> Result<(Option<Seal>, Vec<Piece>), OpenError> {
        if let Some((before, pieces)) = self.shared.ring.page(after, format) {
            self.shared.metrics.pages_from_ring.add_one();
            return Ok((Some(before), pieces));
        }
        self.shared.metrics.pages_from_store.add_one();
        let begun = Instant::now();
        let span = tracing::debug_span!("page", log = %self.shared.log, after);
        let limit = PageLimit { records: PAGE_RECORDS_MAX, bytes: PAGE_BYTES_MAX };
        let page = self.shared.store.read(self.shared.log, after, limit).instrument(span).await?;
        self.shared.metrics.page_read.observe(begun.elapsed());
        Ok((page.before, self.pieces(&page, format)?))
    }

    /// The seal behind a record; `None` where there is no such record.
    pub async fn seal(&self, position: Position) -> Result<Option<Seal>, OpenError> {
        match self.shared.ring.seal_at(position) {
            Some(seal) => Ok(Some(seal)),
            None => Ok(self.shared.store.seal(self.shared.log, position).await?),
        }
    }

    /// The one record at a position; `None` beyond the head.
    pub async fn record(&self, position: Position) -> Result<Option<Record<D>>, OpenError> {
        let Some(before) = position.checked_sub(1) else { return Ok(None) };
        if let Some(kept) = self.shared.ring.after(before, 1) {
            return Ok(kept.first().map(|kept| kept.record.clone()));
        }
        let page = self.shared.store.read(self.shared.log, before, PageLimit { records: 1, bytes: 1 }).await?;
        Ok(page.rows.first().map(|row| Record::from_json(&row.body)).transpose()?)
    }

    /// Records after a position, at most so many, and the head they were read at.
    pub async fn history(&self, after: Position, records: usize) -> Result<(Vec<Piece>, Cursor), OpenError> {
        let page = self.shared.store.read(self.shared.log, after, PageLimit { records, bytes: PAGE_BYTES_MAX }).await?;
        Ok((self.pieces(&page, Format::Json)?, page.head))
    }

    /// Records about something before a position, newest first.
    pub async fn history_of(&self, subject: Subject, before: Position, records: usize) -> Result<(Vec<Piece>, Cursor), OpenError> {
        let limit = PageLimit { records, bytes: PAGE_BYTES_MAX };
        let page = self.shared.store.read_subject(self.shared.log, subject, before, limit).await?;
        Ok((self.pieces(&page, Format::Json)?, page.head))
    }

    fn pieces(&self, page: &Page, format: Format) -> Result<Vec<Piece>, OpenError> {
        // Through the current types and back: whatever version wrote a record, this one's readers understand it.
        page.rows.iter().map(|row| Ok(Piece::of(&Record::<D>::from_json(&row.body)?, row.seal, format))).collect()
    }

    /// Submits commands, if they need not wait longer than `wait_max`, and waits until each has its record; these are returned in the order of the commands.
    pub async fn submit_and_wait(
        &self,
        session: u64,
        actor: ActorId,
        device: DeviceId,
        commands: Vec<Submission>,
        wait_max: Duration,
    ) -> Result<Vec<Record<D>>, NotRecorded> {
        let deadline = Instant::now() + RECORD_PATIENCE;
        let ids: Vec<CommandId> = commands.iter().map(|command| command.id).collect();
        let (notices, mut heard) = mpsc::channel(NOTICES_MAX);
        let mut head = self.head();
        let mut seen = head.borrow_and_update().cursor.position;
        let mut records = BTreeMap::new();
        self.submit(Submit { session, actor, device, commands, notices, arrived: Instant::now() }, wait_max).await?;
        while ids.iter().any(|id| !records.contains_key(id)) {
            let next = timeout_at(deadline, async {
                tokio::select! {
                    notice = heard.recv() => notice.map_or(Next::Ended, Next::Heard),
                    moved = head.changed() => if moved.is_ok() { Next::Moved } else { Next::Ended },
                }
            });
            match next.await.map_err(|_| NotRecorded::TooLate)? {
                Next::Heard(Notice::Recorded(id, position)) => {
                    if let Some(record) = self.record(position).await? {
                        records.insert(id, record);
                    }
                }
                Next::Heard(Notice::Missing(id)) => return Err(NotRecorded::Missing(id)),
                Next::Heard(Notice::Reused(id)) => return Err(NotRecorded::Reused(id)),
                Next::Heard(Notice::Future) => return Err(NotRecorded::Future),
                Next::Ended => return Err(NotRecorded::Closed),
                Next::Heard(Notice::Busy) => {
                    let wait = self.shared.backlog().wait(0, Instant::now().into_std());
                    return Err(self.not_taken(wait));
                }
                Next::Moved => {
                    let position = head.borrow_and_update().cursor.position;
                    self.collect(&ids, seen, &mut records).await?;
                    seen = position;
                }
            }
        }
        Ok(ids.iter().filter_map(|id| records.get(id).cloned()).collect())
    }

    /// Adds those of the commands whose records came after `seen`.
    async fn collect(&self, ids: &[CommandId], seen: Position, records: &mut BTreeMap<CommandId, Record<D>>) -> Result<(), OpenError> {
        if let Some(kept) = self.shared.ring.after(seen, usize::MAX) {
            let wanted = kept.iter().filter(|kept| ids.contains(&kept.record.command));
            records.extend(wanted.map(|kept| (kept.record.command, kept.record.clone())));
            return Ok(());
        }
        for found in self.shared.store.find(self.shared.log, ids.to_vec()).await? {
            if let Some(record) = self.record(found.position).await? {
                records.insert(found.command, record);
            }
        }
        Ok(())
    }
}

/// When to come again after a wait that is expected: not all at the same time, never at once, and not too late.
pub fn retry_after(wait: Duration) -> Duration {
    let [chance] = random();
    let jittered = wait + wait.mul_f64(f64::from(chance) / 512.0);
    jittered.clamp(*RETRY_AFTER.start(), *RETRY_AFTER.end())
}

enum Next {
    Heard(Notice),
    Moved,
    Ended,
}
