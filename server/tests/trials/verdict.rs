//! What the folder of data says when nobody uses it any more, and whether it agrees with what anybody was ever told.

use landfall_domain::{State, Workspace};
use landfall_engine::{ActorId, CommandId, Domain, LogId, Outcome, Reason, Record, upcast};
use landfall_server::database::Database;
use landfall_server::logs::Logs;
use landfall_server::metrics::Metrics;
use landfall_server::snapshot;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, PageLimit};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A log as it lies in a folder of data, read from its first record.
pub struct Kept {
    pub records: Vec<Record<Workspace>>,
    pub positions: BTreeMap<CommandId, usize>,
    pub state: State,
    /// How far the snapshot goes that a server would begin with; 0 when there is none.
    pub snapshot: u64,
}

impl Kept {
    /// Opens a folder whose server is gone, and holds it against itself: positions without gaps, one record for each command, a sound file,
    /// and a state that is the same from the snapshot as from the first record.
    pub async fn read(folder: &Path, log: LogId) -> Self {
        let database = Database::open(folder).await.expect("the folder opens");
        let sound: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(database.writer()).await.expect("an answer");
        assert_eq!(sound, "ok", "the file is sound");
        Self::of(Arc::new(SqliteStore::new(database)), log).await
    }

    /// The same of any store that no server uses.
    pub async fn of(store: Arc<dyn LogStore>, log: LogId) -> Self {
        let records = records(&*store, log).await;
        let head = store.head(log).await.expect("a head").expect("a log");
        assert_eq!((head.epoch, head.position), (1, records.len() as u64), "the head is the last record");

        let positions: BTreeMap<CommandId, usize> = records.iter().enumerate().map(|(index, record)| (record.command, index)).collect();
        assert_eq!(positions.len(), records.len(), "each command has one record");
        assert!(records.iter().map(|record| record.at).is_sorted(), "time does not go back");

        let stored = store.snapshot(log, Workspace::FOLD).await.expect("a snapshot or none");
        let mut state = State::default();
        for record in &records {
            record.fold_into(&mut state);
            if let Some(stored) = stored.as_ref().filter(|stored| stored.cursor.position == record.position) {
                let (from_snapshot, _) = snapshot::decode::<Workspace>(stored).expect("a snapshot of this version");
                assert!(from_snapshot == state, "the snapshot at {} is another state than the log's", record.position);
            }
        }
        let logs = Logs::<Workspace>::new(store, Arc::new(Metrics::default()), 8);
        let open = logs.open(log).await.expect("the log opens");
        assert!(open.head().borrow().state == state, "the state that a server restores is another than the log's");
        drop(open);
        logs.finish(Instant::now() + Duration::from_secs(10)).await;
        logs.store().close().await;
        Self { records, positions, state, snapshot: stored.map_or(0, |stored| stored.cursor.position) }
    }

    /// Each outcome is what the product decides on the state before it.
    pub async fn is_decided_rightly(&self, folder: &Path, log: LogId) {
        let database = Database::open(folder).await.expect("the folder opens");
        let query = sqlx::query_scalar("SELECT command_text FROM record WHERE log = $1 ORDER BY position").bind(log.to_string());
        let texts: Vec<Option<String>> = query.fetch_all(database.readers()).await.expect("texts");
        database.close().await;
        let mut state = State::default();
        for (record, text) in self.records.iter().zip(texts) {
            let command = text.as_ref().map(|text| upcast::decode(text, Workspace::command_shapes()));
            let decided = match &command {
                None => Err(Reason::Withdrawn),
                Some(Err(why)) => Err(Reason::Unreadable(why.to_string())),
                Some(Ok(command)) => Workspace::decide(&state, command, &record.context()).map_err(Reason::Domain),
            };
            match (&record.outcome, decided) {
                (Outcome::Accepted(events), Ok(decided)) => assert_eq!(*events, decided, "position {}", record.position),
                (Outcome::Rejected(Some(refusal)), Err(reason)) => assert_eq!(refusal.reason, reason, "position {}", record.position),
                (outcome, decided) => panic!("position {}: {outcome:?} is recorded and {decided:?} is right", record.position),
            }
            record.fold_into(&mut state);
        }
    }

    /// Whatever somebody was told is what is kept; the reasons of others' rejections were withheld.
    pub fn agrees_with(&self, told: &[Record<Workspace>], reader: ActorId) {
        for record in told {
            let kept = self.records.get(record.position as usize - 1).unwrap_or_else(|| panic!("{} was told and is gone", record.position));
            let as_told = if kept.actor == reader { kept.clone() } else { kept.clone().blanked() };
            assert_eq!(*record, as_told, "position {} is another than was told", record.position);
        }
    }

    /// Every command that was promised to be landed has its record.
    pub fn has_all(&self, issued: &[CommandId]) {
        for command in issued {
            assert!(self.positions.contains_key(command), "{command} was saved and has no record");
        }
        let places: Vec<usize> = issued.iter().map(|command| self.positions[command]).collect();
        assert!(places.is_sorted(), "a device's commands are in the order in which they were issued");
    }
}

async fn records(store: &dyn LogStore, log: LogId) -> Vec<Record<Workspace>> {
    let mut records: Vec<Record<Workspace>> = Vec::new();
    loop {
        let page = store.read(log, records.len() as u64, PageLimit { records: 10_000, bytes: 64 << 20 }).await.expect("a page");
        for row in &page.rows {
            let record = Record::from_json(&row.body).expect("a record");
            assert_eq!(record.position, records.len() as u64 + 1, "positions have no gap");
            records.push(record);
        }
        if page.end {
            return records;
        }
    }
}
