//! One task per open log: it drives the log's sequencer, and the disk, the ring and the head with it.
//!
//! While one batch is on its way to the disk the next one collects; the disk itself sets the pace, and nobody waits for a timer.

use crate::contained::{Contained, contained, released};
use crate::divergence::begin_new_timeline;
use crate::held::{Held, Room, size};
use crate::host::now;
use crate::metrics::{Metrics, Part};
use crate::open_log::{Head, Noted, OpenError, OpenLog, Shared, Submit};
use crate::store::{self, Link, LogStore, PageLimit, StoreError, StoredRecord};
use crate::{Served, snapshot};
use futures::future::BoxFuture;
use landfall_engine::protocol::PAGE_RECORDS_MAX;
use landfall_engine::sequencer::{AppendError, BATCH_BYTES_MAX, BATCH_COMMANDS_MAX, Entry, Found, Notice, Output, Sequencer};
use landfall_engine::{CommandId, Cursor, Epoch, LogId, Outcome, Position, Record, Seal, TimeMs};
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::Instrument;

/// Submissions on their way to a writer; each is at most one frame.
const INPUTS_MAX: usize = 32;
/// A page read while a log is opened, bytes.
const OPENING_PAGE_BYTES: usize = 4 << 20;
/// A snapshot is written after this many records, or after an eighth of the log if that is more.
const SNAPSHOT_RECORDS: u64 = 1_000;
/// When nothing is recorded for a while, fewer records are reason enough.
const SNAPSHOT_RECORDS_WHEN_QUIET: u64 = 64;
const QUIET: Duration = Duration::from_secs(5);
/// After a snapshot was written there is none for this many times as long as it took: a flood of commands pays a sixteenth of one processor
/// for them at most, and would otherwise write all of its state again and again while that grows.
const SNAPSHOT_REST: u32 = 15;
/// The sequencer is asked at least this often what is due: a clock that goes back must not let anybody wait for days.
const LOOK_MAX: Duration = Duration::from_secs(5);
/// A store that cannot read is asked again after this long, twice as long each time, up to the second.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Entries as they were read.
struct Entries<D: Served> {
    /// The seal before them.
    before: Option<Seal>,
    entries: Vec<Entry<Contained<D>>>,
    /// Are they the last?
    at_end: bool,
    /// The timeline of the log when they were read.
    epoch: Epoch,
}

/// What the store was asked for, answered.
enum Done<D: Served> {
    Appended(Result<Vec<Seal>, AppendError>),
    Read(Result<Entries<D>, OpenError>),
    Found(Vec<Found>),
}

/// See the module.
pub struct Writer<D: Served> {
    sequencer: Sequencer<Contained<D>>,
    store: Arc<dyn LogStore>,
    metrics: Arc<Metrics>,
    shared: Arc<Shared<D>>,
    /// It closes before `head` does: who hears that no head comes any more finds the writer ended.
    inputs: mpsc::Receiver<Submit>,
    head: watch::Sender<Head<D>>,
    /// Heads of the store that are not this writer's doing.
    noted: watch::Receiver<Noted>,
    /// The one of them after which the tail was read last.
    looked_for: Noted,
    /// What was read is not what the store has.
    has_diverged: bool,
    /// Who to tell; a session is forgotten some time after it ended.
    sessions: BTreeMap<u64, mpsc::Sender<Notice>>,
    sessions_swept_at: usize,
    inputs_handled: u64,
    held: Held,
    /// How many of them are held, for all to see.
    waiting: Part,
    unsaved_records: u64,
    recorded_last: Instant,
    /// The snapshot that is being written; it tells how long that took.
    snapshot: Option<JoinHandle<Duration>>,
    snapshot_rests_until: Instant,
    /// Since when it is known that another process has moved the head further.
    behind_since: Option<Instant>,
}

impl<D: Served> Writer<D> {
    /// Opens a log: the newest snapshot, then everything after it. `room`: what all writers of this process share. The writer must be run for
    /// the log to accept commands.
    pub async fn open(
        log: LogId,
        store: Arc<dyn LogStore>,
        metrics: Arc<Metrics>,
        room: Arc<Room>,
    ) -> Result<(OpenLog<D>, Self), OpenError> {
        let epoch = store.head(log).await?.ok_or(OpenError::NoSuchLog)?.epoch;
        let (state, position, seal) = load_snapshot::<D>(log, epoch, &store).await?;
        let last_at = time_at::<D>(log, position, &store).await?;
        let sequencer = Sequencer::<Contained<D>>::new(log, state, Cursor { epoch, position }, seal, last_at);

        let (sender, inputs) = mpsc::channel(INPUTS_MAX);
        let (head, heads) = watch::channel(Head {
            cursor: sequencer.cursor(),
            seal,
            state: sequencer.state().clone(),
            recorded: Instant::now(),
            arrived: None,
        });
        let shared = Arc::new(Shared::new(log, seal, store.clone(), metrics.clone()));
        let mut writer = Self {
            sequencer,
            store,
            noted: shared.noted(),
            looked_for: Noted::default(),
            has_diverged: false,
            shared: shared.clone(),
            head,
            inputs,
            sessions: BTreeMap::new(),
            sessions_swept_at: 64,
            inputs_handled: 0,
            held: Held::within(room),
            waiting: Part::of(metrics.commands_waiting.clone()),
            unsaved_records: 0,
            recorded_last: Instant::now(),
            snapshot: None,
            snapshot_rests_until: Instant::now(),
            behind_since: None,
            metrics,
        };
        while let Some(output) = writer.sequencer.poll_output(now()) {
            if let Output::Read { after } = output {
                let page = read::<D>(&writer.store, log, after).await?;
                writer.sequencer.handle_page(page.before, page.entries, page.at_end);
            } else {
                writer.perform(output);
            }
        }
        if writer.has_diverged {
            return Err(StoreError::Unavailable("the log has changed while it was opened".into()).into());
        }
        Ok((OpenLog::new(shared, sender, heads), writer))
    }

    /// Runs until nobody holds the log any more and everything it was given is done.
    pub async fn run(mut self) {
        let mut under_way: Option<BoxFuture<'static, Done<D>>> = None;
        let mut received = Vec::new();
        let mut held_by_somebody = true;
        loop {
            let noted = *self.noted.borrow_and_update();
            if noted.head.epoch > self.sequencer.cursor().epoch {
                tracing::warn!(log = %self.sequencer.log(), "the log is on another timeline by now, or cannot be reached: it is opened anew");
                self.shared.begin_anew();
                return;
            }
            if self.differs(noted) && noted != self.looked_for && self.sequencer.handle_head_moved() {
                self.looked_for = noted;
            }
            let (is_beyond, was_looked_for) = (noted.head > self.sequencer.cursor(), noted == self.looked_for && under_way.is_none());
            if is_beyond && !(was_looked_for && self.sequencer.is_idle()) {
                self.behind_since.get_or_insert_with(Instant::now);
            } else if let Some(since) = self.behind_since.take()
                && !is_beyond
            {
                self.metrics.catch_up.observe(since.elapsed());
            }
            while let Some(output) = self.sequencer.poll_output(now()) {
                under_way = self.perform(output).or(under_way);
            }
            if self.has_diverged {
                let (log, epoch) = (self.sequencer.log(), self.sequencer.cursor().epoch);
                if let Err(error) = begin_new_timeline(&*self.store, log, epoch, &self.metrics).await {
                    tracing::error!(%log, %error, "a new timeline could not be begun; it is when the log is opened again");
                }
                self.shared.begin_anew();
                return;
            }
            if under_way.is_none() {
                self.shared.backlog().queue_is_empty();
            }
            if self.sequencer.is_idle() {
                self.held.clear();
                self.shared.settle(self.inputs_handled);
            }
            self.waiting.set(self.held.count() as u64);
            if under_way.is_none() && !held_by_somebody {
                break;
            }
            let wake = self.wake();
            let snapshot = &mut self.snapshot;
            tokio::select! {
                done = async { match &mut under_way { Some(operation) => operation.await, None => pending().await } } => {
                    under_way = None;
                    if let Done::Read(Ok(page)) = &done
                        && page.epoch > self.sequencer.cursor().epoch
                    {
                        tracing::warn!(log = %self.sequencer.log(), "a new timeline was begun elsewhere: the log is opened anew");
                        self.shared.begin_anew();
                        return;
                    }
                    if let Err(error) = self.handle_done(done) {
                        tracing::error!(log = %self.sequencer.log(), %error, "a log cannot be read and is closed");
                        return;
                    }
                }
                count = self.inputs.recv_many(&mut received, INPUTS_MAX), if held_by_somebody => {
                    held_by_somebody = count > 0;
                    for submit in received.drain(..) {
                        self.handle_submit(submit);
                    }
                }
                // Looked at above. Who tells is part of what this writer holds, and so does not end before it.
                _ = self.noted.changed() => {}
                took = async { match snapshot { Some(snapshot) => snapshot.await, None => pending().await } } => {
                    self.snapshot = None;
                    self.snapshot_rests_until = Instant::now() + took.unwrap_or_default() * SNAPSHOT_REST;
                }
                () = async { match wake { Some(wake) => sleep_until(wake).await, None => pending().await } } => {
                    self.sequencer.handle_timeout(now());
                }
            }
            self.save_snapshot_if_due();
        }
        if let Some(snapshot) = self.snapshot.take() {
            let _ = snapshot.await;
        }
    }

    /// Does what needs no waiting, and begins what does.
    fn perform(&mut self, output: Output<Contained<D>>) -> Option<BoxFuture<'static, Done<D>>> {
        let store = self.store.clone();
        let log = self.sequencer.log();
        let shared = self.shared.clone();
        match output {
            Output::Append { expected, before, entries } => {
                let bytes: usize = entries.iter().filter_map(|entry| entry.command.as_ref()).map(|text| text.0.len()).sum();
                let is_full = entries.len() >= BATCH_COMMANDS_MAX || bytes >= BATCH_BYTES_MAX;
                let actors = entries.iter().map(|entry| entry.record.actor);
                self.shared.backlog().append_begun(actors, is_full, Instant::now().into_std());
                let metrics = self.metrics.clone();
                let span = tracing::debug_span!("append", %log, after = expected.position, records = entries.len());
                let records = chained(entries.into_iter().map(released::<D>).map(stored), before);
                let appending = async move {
                    let _waiting = metrics.appends_waiting.hold();
                    let begun = Instant::now();
                    let appended = append(&store, log, expected, records).await;
                    let took = begun.elapsed();
                    metrics.append.observe(took);
                    tracing::debug!(written = appended.is_ok(), took_ms = took.as_secs_f64() * 1e3, "an append was answered");
                    Done::Appended(appended)
                };
                Some(Box::pin(appending.instrument(span)))
            }
            Output::Read { after } => Some(Box::pin(async move { Done::Read(read_patiently::<D>(&store, log, after, &shared).await) })),
            Output::Find { ids } => Some(Box::pin(async move { Done::Found(find_patiently(&store, log, ids, &shared).await) })),
            Output::Publish { entries } => {
                self.publish(entries);
                None
            }
            Output::Diverged => {
                self.has_diverged = true;
                None
            }
            Output::Tell { session, notice } => {
                if let Notice::Recorded(id, _) = notice {
                    self.held.release(id);
                }
                // A session that does not take its notices is cut loose: it sees its channel end, and reconnects.
                if self.sessions.get(&session).is_some_and(|notices| notices.try_send(notice).is_err()) {
                    self.sessions.remove(&session);
                }
                None
            }
        }
    }

    fn handle_done(&mut self, done: Done<D>) -> Result<(), OpenError> {
        match done {
            Done::Appended(result) => {
                match result {
                    Ok(_) => self.metrics.appends.add_one(),
                    Err(error) => {
                        self.metrics.appends_failed.add_one();
                        tracing::warn!(log = %self.sequencer.log(), ?error, "an append failed");
                    }
                }
                self.shared.note_store(matches!(result, Err(AppendError::Unavailable | AppendError::UnknownOutcome)));
                self.shared.backlog().append_ended(result.as_ref().err().copied(), Instant::now().into_std());
                self.sequencer.handle_appended(result);
            }
            Done::Read(page) => {
                let page = page?;
                self.sequencer.handle_page(page.before, page.entries, page.at_end);
            }
            Done::Found(found) => self.sequencer.handle_found(found, now()),
        }
        Ok(())
    }

    fn handle_submit(&mut self, submit: Submit) {
        let Submit { session, actor, device, commands, notices, arrived } = submit;
        self.inputs_handled += 1;
        tracing::debug!(log = %self.sequencer.log(), session, %actor, commands = commands.len(), "commands arrived");
        let is_held = self.held.admit(actor, &commands, arrived);
        self.shared.backlog().arrived(actor, commands.len(), is_held);
        if !is_held {
            let _ = notices.try_send(Notice::Busy);
            return;
        }
        self.sessions.insert(session, notices);
        if self.sessions.len() >= self.sessions_swept_at {
            self.sessions.retain(|_, notices| !notices.is_closed());
            self.sessions_swept_at = (self.sessions.len() * 2).max(64);
        }
        for command in commands {
            self.sequencer.handle_submit(session, actor, device, command);
        }
    }

    /// The ring first, then the head: whoever sees the head finds the records.
    fn publish(&mut self, entries: Vec<Entry<Contained<D>>>) {
        let count = entries.len() as u64;
        let mut rejected = 0;
        let recorded = Instant::now();
        let mut oldest: Option<Instant> = None;
        let records: Vec<_> = entries
            .into_iter()
            .map(released::<D>)
            .map(|entry| {
                rejected += u64::from(matches!(entry.record.outcome, Outcome::Rejected(_)));
                let bytes = size(entry.command.map_or(0, |text| text.0.len()));
                if let Some(arrived) = self.held.release(entry.record.command) {
                    self.metrics.record_durable.observe(recorded - arrived);
                    oldest = Some(oldest.map_or(arrived, |oldest| oldest.min(arrived)));
                }
                (entry.record, entry.seal, bytes)
            })
            .collect();
        self.shared.ring.extend(records);
        let (cursor, seal, state) = (self.sequencer.cursor(), self.sequencer.seal(), self.sequencer.state().clone());
        self.head.send_replace(Head { cursor, seal, state, recorded, arrived: oldest });
        self.metrics.records_accepted.add(count - rejected);
        self.metrics.records_rejected.add(rejected);
        self.unsaved_records += count;
        self.recorded_last = recorded;
    }

    /// Is this head of the store not the one that is known here?
    fn differs(&self, noted: Noted) -> bool {
        let known = self.sequencer.cursor();
        noted.head > known
            || (noted.head.epoch == known.epoch && noted.seal.is_some_and(|seal| (noted.head, seal) != (known, self.sequencer.seal())))
    }

    fn snapshot_due(&self) -> Option<Instant> {
        if self.snapshot.is_some() || self.unsaved_records < SNAPSHOT_RECORDS_WHEN_QUIET {
            return None;
        }
        let many = self.unsaved_records >= SNAPSHOT_RECORDS.max(self.sequencer.cursor().position / 8);
        let wanted = if many { self.recorded_last } else { self.recorded_last + QUIET };
        Some(wanted.max(self.snapshot_rests_until))
    }

    fn save_snapshot_if_due(&mut self) {
        if self.snapshot_due().is_some_and(|due| due <= Instant::now()) {
            self.unsaved_records = 0;
            let (cursor, seal, state) = (self.sequencer.cursor(), self.sequencer.seal(), self.sequencer.state().clone());
            let log = self.sequencer.log();
            let saving = save_snapshot::<D>(log, cursor, seal, state, self.store.clone(), self.metrics.clone());
            self.snapshot = Some(tokio::spawn(saving.instrument(tracing::debug_span!("snapshot", %log, position = cursor.position))));
        }
    }

    fn wake(&self) -> Option<Instant> {
        let delay = |due: TimeMs| Duration::from_millis(due.since(now()).max(1)).min(LOOK_MAX);
        let timeout = self.sequencer.poll_timeout().map(|due| Instant::now() + delay(due));
        [timeout, self.snapshot_due()].into_iter().flatten().min()
    }
}

/// The seals behind the records.
async fn append(store: &Arc<dyn LogStore>, log: LogId, expected: Cursor, records: Vec<StoredRecord>) -> Result<Vec<Seal>, AppendError> {
    let seals = records.iter().map(StoredRecord::seal).collect();
    store.append(log, expected, records).await.map(|()| seals).map_err(|error| {
        match &error {
            store::AppendError::UnknownOutcome(why) | store::AppendError::Unavailable(why) => {
                tracing::error!(%log, why, "the store failed")
            }
            store::AppendError::HeadMoved | store::AppendError::AlreadyRecorded => {}
        }
        match error {
            store::AppendError::HeadMoved => AppendError::HeadMoved,
            store::AppendError::AlreadyRecorded => AppendError::AlreadyRecorded,
            store::AppendError::UnknownOutcome(_) => AppendError::UnknownOutcome,
            store::AppendError::Unavailable(_) => AppendError::Unavailable,
        }
    })
}

fn stored<D: Served>(entry: Entry<D>) -> StoredRecord {
    let Entry { record, command, fingerprint, subject, .. } = entry;
    StoredRecord {
        position: record.position,
        command: record.command,
        actor: record.actor,
        device: record.device,
        at: record.at,
        fingerprint,
        subject,
        body: record.to_json(),
        command_text: command.map(|text| text.0),
        link: None,
    }
}

/// Records with their places in the chain, after this seal.
fn chained(records: impl Iterator<Item = StoredRecord>, mut before: Seal) -> Vec<StoredRecord> {
    let link = |record: StoredRecord| {
        let link = Link { before, seal: before.then(&record.body) };
        before = link.seal;
        StoredRecord { link: Some(link), ..record }
    };
    records.map(link).collect()
}

async fn read<D: Served>(store: &Arc<dyn LogStore>, log: LogId, after: Position) -> Result<Entries<D>, OpenError> {
    let page = store.read(log, after, PageLimit { records: PAGE_RECORDS_MAX, bytes: OPENING_PAGE_BYTES }).await?;
    let mut entries = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        // What a record was about and how it was worded stays in the store; here only the fold needs it.
        let record = contained(Record::<D>::from_json(&row.body)?);
        entries.push(Entry { record, command: None, fingerprint: row.fingerprint, subject: None, seal: row.seal });
    }
    Ok(Entries { before: page.before, entries, at_end: page.end, epoch: page.head.epoch })
}

/// Once a log is open, a disk that fails for a moment must not end it.
async fn read_patiently<D: Served>(
    store: &Arc<dyn LogStore>,
    log: LogId,
    after: Position,
    shared: &Shared<D>,
) -> Result<Entries<D>, OpenError> {
    let mut patience = RETRY_MIN;
    loop {
        match read::<D>(store, log, after).await {
            Err(OpenError::Store(StoreError::Unavailable(why))) => {
                tracing::warn!(%log, why, "the store cannot read; trying again");
                shared.note_store(true);
                sleep(patience).await;
                patience = (patience * 2).min(RETRY_MAX);
            }
            other => {
                shared.note_store(false);
                return other;
            }
        }
    }
}

async fn find_patiently<D: Served>(store: &Arc<dyn LogStore>, log: LogId, ids: Vec<CommandId>, shared: &Shared<D>) -> Vec<Found> {
    let mut patience = RETRY_MIN;
    loop {
        match store.find(log, ids.clone()).await {
            Ok(found) => {
                shared.note_store(false);
                let found = found.into_iter();
                return found.map(|found| Found { id: found.command, position: found.position, fingerprint: found.fingerprint }).collect();
            }
            Err(error) => {
                tracing::warn!(%log, %error, "the store cannot search; trying again");
                shared.note_store(true);
                sleep(patience).await;
                patience = (patience * 2).min(RETRY_MAX);
            }
        }
    }
}

/// The state to begin with, where it was taken, and the seal there. A snapshot of records that the log does not have is a miss.
async fn load_snapshot<D: Served>(log: LogId, epoch: u64, store: &Arc<dyn LogStore>) -> Result<(D::State, Position, Seal), OpenError> {
    let nothing = || (D::State::default(), 0, Seal::NONE);
    let stored = store.snapshot(log, D::FOLD).await?.filter(|snapshot| snapshot.cursor.epoch == epoch);
    let Some(stored) = stored else { return Ok(nothing()) };
    let position = stored.cursor.position;
    let Some((state, seal)) = tokio::task::spawn_blocking(move || snapshot::decode::<D>(&stored)).await.unwrap_or_default() else {
        return Ok(nothing());
    };
    if store.seal(log, position).await? != Some(seal) {
        tracing::warn!(%log, position, "the snapshot is of records that the log does not have; it is passed over");
        return Ok(nothing());
    }
    Ok((state, position, seal))
}

/// The time of the record at `position`: the next one may not be earlier.
async fn time_at<D: Served>(log: LogId, position: Position, store: &Arc<dyn LogStore>) -> Result<TimeMs, OpenError> {
    let Some(before) = position.checked_sub(1) else { return Ok(TimeMs::default()) };
    let page = store.read(log, before, PageLimit { records: 1, bytes: 1 }).await?;
    let record = page.rows.first().map(|row| Record::<D>::from_json(&row.body)).transpose()?;
    Ok(record.map_or_else(TimeMs::default, |record| record.at))
}

/// Returns how long it took.
async fn save_snapshot<D: Served>(
    log: LogId,
    cursor: Cursor,
    seal: Seal,
    state: D::State,
    store: Arc<dyn LogStore>,
    metrics: Arc<Metrics>,
) -> Duration {
    let begun = Instant::now();
    match tokio::task::spawn_blocking(move || snapshot::encode::<D>(cursor, seal, &state)).await {
        Ok(Ok(snapshot)) => match store.save_snapshot(log, D::FOLD, snapshot).await {
            Ok(()) => metrics.snapshots.add_one(),
            Err(error) => tracing::warn!(%log, %error, "a snapshot could not be saved; the log is read from further back instead"),
        },
        _ => tracing::warn!(%log, "a snapshot could not be written; the log is read from further back instead"),
    }
    let took = begun.elapsed();
    metrics.snapshot.observe(took);
    took
}
