//! One log read from its first record to its last: each record by itself, and all of them together.

use super::Findings;
use super::checks::{Before, Seen, wrong};
use crate::contained::contain;
use crate::operator::lines::PAGE;
use crate::operator::telling::Progress;
use crate::store::{LogStore, PageLimit, RowPage, StoreError, StoredRow, StoredSnapshot};
use crate::{Served, snapshot};
use landfall_engine::{CommandId, LogId, Position, Record};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
pub struct Examination<'a, D: Served> {
    store: &'a dyn LogStore,
    log: LogId,
    before: Before,
    /// The end of a piece of the archive that could not be read: nobody knows which seal stands behind it.
    passed_over: i64,
    /// What the records say so far; `None` after one that could not be folded.
    state: Option<D::State>,
    /// What should be so at the position of the snapshot.
    snapshot: Option<(Position, D::State)>,
}

impl<'a, D: Served> Examination<'a, D> {
    /// Reads a log and notes what is wrong.
    pub async fn of(store: &'a dyn LogStore, log: LogId, findings: &mut Findings, progress: &mut Progress) {
        let mut examination =
            Self { store, log, before: Before::default(), passed_over: 0, state: Some(D::State::default()), snapshot: None };
        if let Err(error) = examination.run(findings, progress).await {
            let position = examination.before.position;
            findings.add(log, position + 1, "reading", format!("from here on nothing can be read: {error}"));
        }
    }

    async fn run(&mut self, findings: &mut Findings, progress: &mut Progress) -> anyhow::Result<()> {
        self.take_snapshot(findings).await;
        let head = loop {
            let page = match self.page().await {
                Err(StoreError::Damaged(why)) if self.pass_over_piece(&why, findings).await? => continue,
                page => page?,
            };
            if page.rows.is_empty() {
                break page.head;
            }
            for row in &page.rows {
                self.look_at(row, findings);
                self.before = Before::from(row);
            }
            self.look_into_the_index(&page.rows, findings).await?;
            findings.records += page.rows.len() as u64;
            progress.advance(page.rows.len() as u64);
        };
        // What was recorded meanwhile has moved the head by now.
        let newest = self.store.head(self.log).await?.unwrap_or(head);
        let last = self.before.position.cast_unsigned();
        if last < head.position {
            findings.add(self.log, self.before.position + 1, "head", format!("the head is {}, and the last record {last}", head.position));
        }
        if last > newest.position {
            findings.add(self.log, self.before.position, "head", format!("the last record is {last}, and the head {}", newest.position));
        }
        if last == newest.position
            && let Some(seal) = self.before.seal
            && self.store.heads(vec![self.log]).await?.first().is_some_and(|(_, head, found)| head.position == last && *found != seal)
        {
            findings.add(self.log, self.before.position, "seal", "the head has another seal than the last record".into());
        }
        if let Some((position, _)) = self.snapshot.as_ref().filter(|(position, _)| *position > last) {
            findings.add(self.log, position.cast_signed(), "snapshot", "the snapshot is of a record that is not there".into());
        }
        Ok(())
    }

    /// Goes on behind a piece of the archive that is damaged; `false` when there is none here.
    async fn pass_over_piece(&mut self, why: &str, findings: &mut Findings) -> anyhow::Result<bool> {
        let after = self.before.position.cast_unsigned();
        let Some(piece) = self.store.archive_piece(self.log, after + 1).await? else { return Ok(false) };
        findings.add(self.log, piece.first.cast_signed(), "archive", why.into());
        self.passed_over = piece.last.cast_signed();
        self.before = Before { position: self.passed_over, ..self.before };
        self.state = None;
        Ok(piece.last > after)
    }

    /// Where a page cannot be read, its rows are read one by one up to the one that is at fault.
    async fn page(&self) -> Result<RowPage, StoreError> {
        let after = self.before.position.cast_unsigned();
        match self.store.rows(self.log, after, PAGE).await {
            page @ (Ok(_) | Err(StoreError::Damaged(_))) => page,
            Err(_) => self.store.rows(self.log, after, PageLimit { records: 1, ..PAGE }).await,
        }
    }

    fn look_at(&mut self, row: &StoredRow, findings: &mut Findings) {
        let body = Record::<D>::from_json(&row.body);
        let seen = Seen { row, body: &body, before: self.before };
        let is_next = row.position == self.before.position + 1;
        let is_first_behind = self.passed_over > 0 && row.position == self.passed_over + 1;
        for (check, what) in wrong(&seen).filter(|(check, _)| !(is_first_behind && *check == "seal")) {
            findings.add(self.log, row.position, check, what);
        }
        // Beyond a hole, or a record that cannot be read, nobody knows what the state is.
        let Some(mut state) = self.state.take() else { return };
        let Ok(record) = body else { return };
        if !is_next {
            return;
        }
        let folded = contain(|| {
            record.fold_into(&mut state);
            state
        });
        let Some(state) = folded else { return findings.add(self.log, row.position, "fold", "this version fails on it".into()) };
        if let Some((_, expected)) = self.snapshot.take_if(|(position, _)| *position == record.position)
            && state != expected
        {
            findings.add(self.log, row.position, "snapshot", "the snapshot is not what the records up to it say".into());
        }
        self.state = Some(state);
    }

    /// A snapshot of another timeline is not used by anybody.
    async fn take_snapshot(&mut self, findings: &mut Findings) {
        let stored = match self.store.snapshot(self.log, D::FOLD).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return,
            Err(error) => return findings.add(self.log, 0, "snapshot", format!("the snapshot cannot be read: {error}")),
        };
        let is_current = self.store.head(self.log).await.is_ok_and(|head| head.is_some_and(|head| head.epoch == stored.cursor.epoch));
        if !is_current {
            return;
        }
        let StoredSnapshot { cursor, .. } = stored;
        match snapshot::decode::<D>(&stored) {
            Some((state, _)) => self.snapshot = Some((cursor.position, state)),
            None => findings.add(self.log, cursor.position.cast_signed(), "snapshot", "the snapshot is not one, and is passed over".into()),
        }
    }

    /// Commands are found by an index: it must lead to where they are, and to one place only.
    async fn look_into_the_index(&self, rows: &[StoredRow], findings: &mut Findings) -> anyhow::Result<()> {
        let commands: Vec<CommandId> = rows.iter().filter_map(|row| row.command.parse().ok()).collect();
        let mut places: BTreeMap<CommandId, BTreeSet<Position>> = BTreeMap::new();
        for found in self.store.find(self.log, commands).await? {
            places.entry(found.command).or_default().insert(found.position);
        }
        for row in rows {
            let Ok(command) = row.command.parse::<CommandId>() else { continue };
            let position = row.position.cast_unsigned();
            let found = places.get(&command);
            if !found.is_some_and(|found| found.contains(&position)) {
                findings.add(self.log, row.position, "index", format!("command {command} is not found by its id"));
            }
            if let Some(other) = found.and_then(|found| found.iter().find(|other| **other < position)) {
                findings.add(self.log, row.position, "command", format!("command {command} has a record at {other} already"));
            }
        }
        Ok(())
    }
}
