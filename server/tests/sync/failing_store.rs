//! A store that fails in every way it may: whatever happens, each command has one record and whoever waits learns the truth.

use crate::toy::Toy;
use crate::world::{say, submission};
use futures::future::BoxFuture;
use landfall_engine::protocol::Submission;
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Epoch, LogId, Position, Record, Seal};
use landfall_server::archive::Piece;
use landfall_server::founding::Founding;
use landfall_server::host::random;
use landfall_server::logs::Logs;
use landfall_server::metrics::Metrics;
use landfall_server::open_log::{NotRecorded, OpenError, OpenLog};
use landfall_server::store::memory::MemoryStore;
use landfall_server::store::{
    AppendError, ArchiveExtent, ArchiveLayout, FoundRecord, Link, LogStore, Page, PageLimit, RowPage, SealedHead, SnapshotExtent,
    StoreError, StoredRecord, StoredSnapshot, Subject,
};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Nobody is turned away because this machine is busy with other tests too.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// How the next append or read goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// It is written, and the answer is lost.
    WrittenUnknown,
    /// It is not written, and the answer is lost.
    LostUnknown,
    /// It is not written, and that is known.
    Unavailable,
    /// The tail cannot be read for a moment.
    Unreadable,
}

#[derive(Default)]
struct FailingStore {
    inner: MemoryStore,
    failures: Mutex<VecDeque<Failure>>,
}

impl FailingStore {
    fn fail(&self, failures: &[Failure]) {
        self.failures.lock().unwrap().extend(failures);
    }

    fn next(&self, of: &[Failure]) -> Option<Failure> {
        let mut failures = self.failures.lock().unwrap();
        if failures.front().is_some_and(|next| of.contains(next)) { failures.pop_front() } else { None }
    }
}

impl LogStore for FailingStore {
    fn create(&self, log: LogId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.create(log)
    }

    fn head(&self, log: LogId) -> BoxFuture<'_, Result<Option<Cursor>, StoreError>> {
        self.inner.head(log)
    }

    fn logs(&self, after: Option<LogId>, logs_max: usize) -> BoxFuture<'_, Result<Vec<(LogId, Cursor)>, StoreError>> {
        self.inner.logs(after, logs_max)
    }

    fn recorded(&self, after: Option<LogId>) -> BoxFuture<'_, Result<Option<LogId>, StoreError>> {
        self.inner.recorded(after)
    }

    fn heads(&self, logs: Vec<LogId>) -> BoxFuture<'_, Result<Vec<SealedHead>, StoreError>> {
        self.inner.heads(logs)
    }

    fn seal(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Seal>, StoreError>> {
        self.inner.seal(log, position)
    }

    fn append(&self, log: LogId, expected: Cursor, records: Vec<StoredRecord>) -> BoxFuture<'_, Result<(), AppendError>> {
        Box::pin(async move {
            match self.next(&[Failure::WrittenUnknown, Failure::LostUnknown, Failure::Unavailable]) {
                None => self.inner.append(log, expected, records).await,
                Some(Failure::Unavailable) => Err(AppendError::Unavailable("the disk is full".into())),
                Some(Failure::WrittenUnknown) => {
                    self.inner.append(log, expected, records).await?;
                    Err(AppendError::UnknownOutcome("the answer was lost".into()))
                }
                Some(_) => Err(AppendError::UnknownOutcome("the answer was lost".into())),
            }
        })
    }

    fn read(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        match self.next(&[Failure::Unreadable]) {
            Some(_) => Box::pin(async { Err(StoreError::Unavailable("the disk is busy".into())) }),
            None => self.inner.read(log, after, limit),
        }
    }

    fn rows(&self, log: LogId, after: Position, limit: PageLimit) -> BoxFuture<'_, Result<RowPage, StoreError>> {
        self.inner.rows(log, after, limit)
    }

    fn size_bytes(&self, log: LogId) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.inner.size_bytes(log)
    }

    fn read_subject(&self, log: LogId, subject: Subject, before: Position, limit: PageLimit) -> BoxFuture<'_, Result<Page, StoreError>> {
        self.inner.read_subject(log, subject, before, limit)
    }

    fn find(&self, log: LogId, commands: Vec<CommandId>) -> BoxFuture<'_, Result<Vec<FoundRecord>, StoreError>> {
        self.inner.find(log, commands)
    }

    fn archive(&self, log: LogId, piece: Piece) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.archive(log, piece)
    }

    fn archived(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveExtent, StoreError>> {
        self.inner.archived(log)
    }

    fn archive_layout(&self, log: LogId) -> BoxFuture<'_, Result<ArchiveLayout, StoreError>> {
        self.inner.archive_layout(log)
    }

    fn archive_piece(&self, log: LogId, position: Position) -> BoxFuture<'_, Result<Option<Piece>, StoreError>> {
        self.inner.archive_piece(log, position)
    }

    fn snapshot(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<StoredSnapshot>, StoreError>> {
        self.inner.snapshot(log, fold_key)
    }

    fn snapshot_extent(&self, log: LogId, fold_key: u32) -> BoxFuture<'_, Result<Option<SnapshotExtent>, StoreError>> {
        self.inner.snapshot_extent(log, fold_key)
    }

    fn snapshot_piece(&self, log: LogId, fold_key: u32, cursor: Cursor, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.inner.snapshot_piece(log, fold_key, cursor, number)
    }

    fn save_snapshot(&self, log: LogId, fold_key: u32, snapshot: StoredSnapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.save_snapshot(log, fold_key, snapshot)
    }

    fn begin_epoch(&self, log: LogId, at_least: Epoch) -> BoxFuture<'_, Result<Epoch, StoreError>> {
        self.inner.begin_epoch(log, at_least)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.inner.close()
    }
}

struct Bench {
    store: Arc<FailingStore>,
    logs: Logs<Toy>,
    log: LogId,
}

impl Bench {
    async fn new() -> Self {
        let store = Arc::new(FailingStore::default());
        let log = LogId(random());
        store.create(log).await.unwrap();
        let bench = Self { logs: logs(&store), store, log };
        let found = submission(&Toy.found("Hull 7", ActorId::default(), "Ada"));
        bench.open().await.submit_and_wait(1, ActorId::SERVER, DeviceId::default(), vec![found], WAIT_MAX).await.unwrap();
        bench
    }

    async fn open(&self) -> Arc<OpenLog<Toy>> {
        self.logs.open(self.log).await.unwrap()
    }

    async fn submit(&self, commands: &[Submission]) -> Result<Vec<Record<Toy>>, NotRecorded> {
        self.open().await.submit_and_wait(2, ActorId(random()), DeviceId::default(), commands.to_vec(), WAIT_MAX).await
    }

    /// The commands in the log, in order.
    async fn recorded(&self) -> Vec<CommandId> {
        let page = self.store.inner.read(self.log, 0, PageLimit { records: 1_000, bytes: 1 << 20 }).await.unwrap();
        page.rows.iter().map(|row| Record::<Toy>::from_json(&row.body).unwrap().command).collect()
    }
}

fn logs(store: &Arc<FailingStore>) -> Logs<Toy> {
    Logs::new(store.clone(), Arc::new(Metrics::default()), 8)
}

#[tokio::test]
async fn a_lost_answer_to_a_commit_leaves_one_record_written_or_not() {
    for failure in [Failure::WrittenUnknown, Failure::LostUnknown] {
        let bench = Bench::new().await;
        bench.store.fail(&[failure, Failure::Unreadable]);
        let commands = [say("one"), say("two")];
        let records = bench.submit(&commands).await.unwrap();
        assert_eq!(records.iter().map(|record| record.position).collect::<Vec<_>>(), [2, 3], "{failure:?}");
        assert_eq!(bench.recorded().await[1..], [commands[0].id, commands[1].id], "{failure:?}");
    }
}

#[tokio::test]
async fn a_store_that_cannot_write_says_come_back_and_then_writes() {
    let bench = Bench::new().await;
    bench.store.fail(&[Failure::Unavailable]);
    let command = say("one");
    assert!(matches!(
        bench.submit(std::slice::from_ref(&command)).await,
        Err(NotRecorded::Open(OpenError::Store(StoreError::Unavailable(_))))
    ));
    assert_eq!(bench.recorded().await.len(), 1, "nothing was written");
    assert_eq!(bench.submit(&[command]).await.unwrap()[0].position, 2);
}

#[tokio::test]
async fn two_writers_of_one_log_number_it_as_one() {
    let bench = Bench::new().await;
    let other = logs(&bench.store);
    let theirs = other.open(bench.log).await.unwrap();
    let mut positions = Vec::new();
    for n in 0..10 {
        let (mine, yours) = (say(&format!("mine {n}")), say(&format!("yours {n}")));
        positions.push(bench.submit(&[mine]).await.unwrap()[0].position);
        let records = theirs.submit_and_wait(3, ActorId(random()), DeviceId::default(), vec![yours], WAIT_MAX).await.unwrap();
        positions.push(records[0].position);
    }
    assert_eq!(positions, (2..=21).collect::<Vec<_>>());
    assert_eq!(bench.recorded().await.len(), 21);
}

#[tokio::test]
async fn the_same_command_at_two_writers_has_one_record() {
    let bench = Bench::new().await;
    let other = logs(&bench.store);
    let theirs = other.open(bench.log).await.unwrap();
    let command = say("once");
    let mine = bench.submit(std::slice::from_ref(&command)).await.unwrap();
    let actor = mine[0].actor;
    let yours = theirs.submit_and_wait(3, actor, DeviceId::default(), vec![command], WAIT_MAX).await.unwrap();
    assert_eq!(mine, yours);
    assert_eq!(bench.recorded().await.len(), 2);
}

#[tokio::test]
async fn a_log_with_a_record_of_the_future_is_not_opened() {
    let bench = Bench::new().await;
    let body = serde_json::json!({
        "position": 2, "command": CommandId(random()), "actor": ActorId(random()), "device": DeviceId::default(), "at": 5,
        "outcome": { "accepted": [{ "type": "say", "version": 9, "body": {} }] }
    });
    let record = StoredRecord {
        position: 2,
        command: CommandId(random()),
        actor: ActorId(random()),
        device: DeviceId::default(),
        at: landfall_engine::TimeMs(5),
        fingerprint: 0,
        subject: None,
        body: body.to_string(),
        command_text: None,
        link: Some(Link { before: bench.store.seal(bench.log, 1).await.unwrap().unwrap(), seal: Seal([1; 16]) }),
    };
    bench.store.append(bench.log, Cursor { epoch: 1, position: 1 }, vec![record]).await.unwrap();
    let fresh = logs(&bench.store);
    assert!(matches!(fresh.open(bench.log).await, Err(OpenError::Unreadable(_))));
}

#[tokio::test]
async fn a_log_is_opened_from_its_snapshot_and_what_came_after() {
    let bench = Bench::new().await;
    let commands: Vec<_> = (0..1_100).map(|n| say(&n.to_string())).collect();
    for chunk in commands.chunks(200) {
        bench.submit(chunk).await.unwrap();
    }
    let state = bench.open().await.head().borrow().state.clone();
    bench.logs.finish(Instant::now() + Duration::from_secs(10)).await;
    bench.logs.store().close().await;
    let snapshot = bench.store.snapshot(bench.log, 5).await.unwrap().expect("after a thousand records there is one");
    assert!(snapshot.cursor.position >= 1_000);
    let fresh = logs(&bench.store);
    let open = fresh.open(bench.log).await.unwrap();
    assert_eq!(open.head().borrow().state, state);
    // A damaged snapshot is a miss.
    bench.store.save_snapshot(bench.log, 5, StoredSnapshot { body: vec![1, 2, 3], ..snapshot }).await.unwrap();
    assert_eq!(logs(&bench.store).open(bench.log).await.unwrap().head().borrow().state, state);
}
