//! The rules of PROTOCOL.md, each as functions that say whether it holds; the reference model that they are held against is the plainest there is.
//!
//! Rules 1 and 2 hold by what may be written under `shared/` (see `xtask/tests/tidy.rs`); here they show as runs that repeat to the bit,
//! with two domains. Rule 13 is about a service worker, which only browsers have. Rules 7, 14, 20 and 23 show at the end of a run:
//! whatever was thrown away, restored or written by another release, all agree again, within a bound.

use crate::device::{is_rejected, text_of};
use crate::store::{Log, Timeline};
use crate::workload::Workload;
use crate::world::World;
use landfall_engine::client::{Client, Connection, Save};
use landfall_engine::domain::evolve_all;
use landfall_engine::protocol::{CloseCode, Downstream, Format, Sealed, Submission, Upstream};
use landfall_engine::sequencer::Entry;
use landfall_engine::{ActorId, CommandId, Context, Cursor, Epoch, Outcome, Position, Reason, Record, TimeMs, upcast};
use std::collections::BTreeSet;

/// Whether a rule holds, and if not, what was seen.
pub type Verdict = Result<(), String>;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its number in PROTOCOL.md; 0 for a machine that panicked.
    pub rule: u8,
    /// What was seen.
    pub what: String,
}

fn holds(condition: bool, what: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(what()) }
}

/// Rule 3: positions are 1, 2, 3 … from the head that was decided on.
pub fn rule_3_only_the_sequencer_numbers<W: Workload>(log: &Log<W>, expected: Cursor, entries: &[Entry<W>]) -> Verdict {
    let gapless = entries.iter().enumerate().all(|(index, entry)| entry.record.position == expected.position + index as u64 + 1);
    holds(gapless, || format!("an append to {} after {} leaves a gap", log.id, expected.position))?;
    let named: BTreeSet<_> = entries.iter().map(|entry| entry.record.command).collect();
    holds(named.len() == entries.len(), || "one append holds a command twice".into())
}

/// Rule 4: what is sent is on the device's disk, or its author was told that it is not, or it has a record already.
pub fn rule_4_saved_before_sent<W: Workload>(world: &World<W>, tab: usize, commands: &[Submission]) -> Verdict {
    let device = &world.devices[world.tabs[tab].device];
    for command in commands.iter().filter(|command| command.command.is_some()) {
        let was_told = world.ledger.get(command.id).is_some_and(|promise| promise.kept.is_some() || promise.excused);
        // One that a tab has just put aside, while another that still believes to lead sends it, was saved, too.
        let image = &device.disk.image;
        // What one tab took back, another that slept may still know as it was.
        let taken_back = world.ledger.get(command.id).is_some_and(|promise| promise.taken_back);
        let is_known = was_told
            || taken_back
            || image.holds(command.id)
            || image.inbox.contains_key(&command.id)
            || world.logs[device.log].record_ever(command.id).is_some();
        holds(is_known, || format!("{} was sent by c{tab} before it was saved", world.ledger.letter(command.id)))?;
    }
    Ok(())
}

/// Rule 4: what is said to be saved would survive the death of the tab.
pub fn rule_4_saved_before_told<W: Workload>(world: &World<W>, device: usize, id: CommandId, durable: bool) -> Verdict {
    let (disk, log) = (&world.devices[device].disk, &world.logs[world.devices[device].log]);
    let taken_back = world.ledger.get(id).is_some_and(|promise| promise.taken_back);
    let survives = taken_back || disk.image.holds(id) || disk.image.inbox.contains_key(&id) || log.record_ever(id).is_some();
    holds(!durable || survives, || format!("{} is called saved on d{device} and is not on its disk", world.ledger.letter(id)))
}

/// Rule 5: what the view refuses leaves nothing behind.
pub fn rule_5_what_is_refused_is_not_kept(refused: bool, is_kept: bool) -> Verdict {
    holds(refused != is_kept, || format!("a command was refused: {refused}, and kept: {is_kept}"))
}

/// Rule 5: the view is the confirmed state with the outbox replayed.
pub fn rule_5_confirmed_with_the_outbox_replayed<W: Workload>(world: &World<W>, tab: usize) -> Verdict {
    let is_at_rest = |client: &&Client<W>| !client.has_work() && !client.is_starting_over() && !client.is_reading_on();
    let Some(client) = world.tabs[tab].client().filter(is_at_rest) else { return Ok(()) };
    let config = client.config();
    let mut state = client.confirmed().clone();
    for pending in client.outbox().filter(|pending| !pending.withdrawn) {
        let at = pending.saved().at;
        let context = Context { command: pending.id, actor: config.actor, device: config.device, at, position: None };
        if let Some(command) = &pending.command
            && let Ok(events) = W::decide(&state, command, &context)
        {
            evolve_all::<W>(&mut state, &events, &context);
        }
    }
    holds(client.view() == &state, || format!("c{tab} shows {:?}, and a replay gives {state:?}", client.view()))
}

/// Rule 6: no command has two records, and each record says what deciding its command says.
pub fn rule_6_one_record_each<W: Workload>(world: &World<W>, log: usize, before: usize, written: &[Entry<W>]) -> Verdict {
    let timeline = world.logs[log].now();
    for entry in &timeline.entries[before..] {
        let id = entry.record.command;
        let count = timeline.entries.iter().filter(|other| other.record.command == id).count();
        holds(count == 1, || format!("{} has {count} records", world.ledger.letter(id)))?;
        let Some(outcome) = timeline.decide(entry) else {
            return Err(format!("{} was recorded although no release can read it", world.ledger.letter(id)));
        };
        holds(outcome == entry.record.outcome, || {
            format!("{} was recorded as {:?}; deciding it gives {outcome:?}", world.ledger.letter(id), entry.record.outcome)
        })?;
    }
    holds(timeline.entries.len() == before + written.len(), || "an append was written in part".into())
}

/// Rule 23: what an older release wrote, and what made sense then, is read and never rejected as unreadable.
pub fn rule_23_an_old_shape_is_read<W: Workload>(world: &World<W>, written: &[Entry<W>]) -> Verdict {
    let is_unread = |entry: &&Entry<W>| {
        let as_of_today = entry.command.as_ref().and_then(|text| W::newer(&text.0));
        let is_old = as_of_today.is_some_and(|text| upcast::decode::<W::Command>(&text, W::command_shapes()).is_ok());
        let Outcome::Rejected(Some(refusal)) = &entry.record.outcome else { return false };
        is_old && matches!(refusal.reason, Reason::Unreadable(_))
    };
    let unread = written.iter().find(is_unread).map(|entry| world.ledger.letter(entry.record.command));
    holds(unread.is_none(), || format!("{} was written by an older release, and was not read", unread.unwrap_or_default()))
}

/// Rule 6: its author is told what the record says.
pub fn rule_6_the_outcome_is_the_records<W: Workload>(
    world: &World<W>,
    device: usize,
    id: CommandId,
    rejected: Option<&Reason<W::Rejection>>,
) -> Verdict {
    // A copy that another release wrote with other words is another payload.
    let reworded = world.ledger.get(id).is_some_and(|promise| promise.text.is_empty());
    if reworded && matches!(rejected, Some(Reason::Unreadable(_))) {
        return Ok(());
    }
    // Who takes a command back and is then no longer a member is told of neither.
    let taken_back = world.ledger.get(id).is_some_and(|promise| promise.taken_back);
    if matches!(rejected, Some(Reason::NoLongerMember)) || (taken_back && rejected.is_some()) {
        return Ok(());
    }
    let log = &world.logs[world.devices[device].log];
    let letter = || world.ledger.letter(id);
    // A tab that slept through a decision about the rejection is told no reason, also where there never was a record.
    if rejected == Some(&Reason::Withdrawn) && is_decided(log, id) {
        return Ok(());
    }
    let records: Vec<_> = log.timelines.iter().filter_map(|timeline| timeline.record_of(id)).collect();
    holds(!records.is_empty(), || format!("{} is called settled and has no record", letter()))?;
    let agrees = |record: &&Record<W>| match (&record.outcome, rejected) {
        (Outcome::Accepted(_), None) => true,
        (Outcome::Rejected(Some(refusal)), Some(reason)) => &refusal.reason == reason,
        _ => false,
    };
    holds(records.iter().any(agrees), || format!("{} was told as {rejected:?}, and its record says otherwise", letter()))
}

/// Rule 8: whatever a server says is on its disk.
pub fn rule_8_only_what_is_on_disk<W: Workload>(log: &Log<W>, records: &[&Record<W>]) -> Verdict {
    for record in records {
        let is_same = |kept: &Record<W>| {
            let outcome_is = kept.outcome == record.outcome || (is_rejected(&kept.outcome) && record.outcome == Outcome::Rejected(None));
            kept.command == record.command && kept.at == record.at && kept.actor == record.actor && outcome_is
        };
        // What the disk has lost since, a server may still have in its memory.
        let kept = log.timelines.iter().filter_map(|timeline| timeline.entries.get(record.position as usize - 1));
        let same = kept.into_iter().any(|entry| is_same(&entry.record));
        holds(same, || format!("a server tells of a record at {} that is not on its disk", record.position))?;
    }
    Ok(())
}

/// Rule 9: a client's confirmed state is a prefix of the log.
pub fn rule_9_a_prefix_of_the_log<W: Workload>(world: &World<W>, tab: usize) -> Verdict {
    let Some(client) = world.tabs[tab].client() else { return Ok(()) };
    let cursor = client.cursor();
    if cursor == world.tabs[tab].read || cursor.position == 0 {
        return Ok(());
    }
    let log = &world.logs[world.devices[world.tabs[tab].device].log];
    let mut truth = log.timelines_of(cursor.epoch).filter_map(|timeline| timeline.states.get(cursor.position as usize));
    holds(truth.any(|state| state == client.confirmed()), || {
        let truth: Vec<_> = log.timelines_of(cursor.epoch).filter_map(|timeline| timeline.states.get(cursor.position as usize)).collect();
        format!("c{tab} has confirmed at {cursor:?} {:?}, and the log says {truth:?}", client.confirmed())
    })
}

/// Rule 9: reads never go backwards, but onto a new timeline, or to nothing for whoever may no longer read.
pub fn rule_9_reads_never_go_back<W: Workload>(world: &World<W>, tab: usize) -> Verdict {
    let (before, Some(now)) = (world.tabs[tab].read, world.tabs[tab].client().map(Client::cursor)) else { return Ok(()) };
    holds(now >= before || now == Cursor::default(), || format!("c{tab} has gone back from {before:?} to {now:?}"))
}

/// Rule 10: synced means that nothing waits, and that everything of which the server told has been read.
pub fn rule_10_synced_is_true<W: Workload>(world: &World<W>, tab: usize) -> Verdict {
    let Some(client) = world.tabs[tab].client() else { return Ok(()) };
    let status = client.status();
    if !status.synced {
        return Ok(());
    }
    holds(client.outbox().next().is_none(), || format!("c{tab} says synced, and commands wait"))?;
    holds(!client.has_work() && status.position >= status.head, || {
        format!("c{tab} says synced at {} of {}", status.position, status.head)
    })?;
    holds(status.connection == Connection::Online, || format!("c{tab} says synced without a connection"))?;
    let told = world.told_on_line(tab).unwrap_or_default();
    holds(told.epoch == 0 || client.cursor() >= told, || format!("c{tab} says synced at {:?}, and was told of {told:?}", client.cursor()))
}

/// Rule 11: a record's actor is who was signed in where the command was issued.
pub fn rule_11_the_actor_is_who_signed_in<W: Workload>(world: &World<W>, written: &[Entry<W>]) -> Verdict {
    for record in written.iter().map(|entry| &entry.record) {
        if let Some(promise) = world.ledger.get(record.command) {
            holds(promise.actor == record.actor, || format!("{} is recorded as somebody else's", world.ledger.letter(record.command)))?;
        }
    }
    Ok(())
}

/// Rule 12: a row leaves the disk only when all of its commands have records, or stand in the inbox.
pub fn rule_12_nothing_is_deleted_unsettled<W: Workload>(world: &World<W>, device: usize, save: &Save) -> Verdict {
    let owner = &world.devices[device];
    let (image, log) = (&owner.disk.image, &world.logs[owner.log]);
    for key in &save.outbox_delete {
        for &id in image.outbox.get(key).into_iter().flat_map(|row| &row.ids) {
            let in_inbox = image.inbox.contains_key(&id) || save.inbox_put.iter().any(|row| row.id == id);
            let taken_back = world.ledger.get(id).is_some_and(|promise| promise.taken_back);
            let written_again = save.outbox_put.iter().flat_map(|row| &row.commands).any(|command| command.id == id);
            let in_another_row = image.outbox.iter().any(|(other, row)| other != key && row.ids.contains(&id));
            let settled = in_another_row || in_inbox || taken_back || written_again || log.record_ever(id).is_some() || is_decided(log, id);
            holds(settled, || {
                format!("{} is deleted from d{device} and has neither record nor place in the inbox", world.ledger.letter(id))
            })?;
        }
    }
    for &id in &save.inbox_delete {
        holds(is_decided(log, id), || format!("the rejection of {} leaves the inbox of d{device} undecided", world.ledger.letter(id)))?;
    }
    Ok(())
}

/// Has its author decided about this rejection, on any timeline?
fn is_decided<W: Workload>(log: &Log<W>, id: CommandId) -> bool {
    log.timelines.iter().flat_map(|timeline| &timeline.entries).any(|entry| decides(&entry.record, id))
}

/// Has its author decided about this rejection, in a record after this position, since it has a record itself? After a restore it may
/// be rejected anew.
fn is_decided_since<W: Workload>(timeline: &Timeline<W>, id: CommandId, read_after: Position) -> bool {
    let records = timeline.entries.iter().map(|entry| &entry.record).rev();
    records.take_while(|record| record.command != id && record.position > read_after).any(|record| decides(record, id))
}

fn decides<W: Workload>(record: &Record<W>, id: CommandId) -> bool {
    match &record.outcome {
        Outcome::Accepted(events) => events.iter().any(|event| W::acknowledges(event) == Some(id)),
        Outcome::Rejected(_) => false,
    }
}

/// Rule 15: a command is issued after the newest one in the outbox.
pub fn rule_15_issued_after_the_newest(after: Option<CommandId>, newest: Option<CommandId>) -> Verdict {
    holds(after == newest, || format!("a command was issued after {after:?}, and the newest was {newest:?}"))
}

/// Rule 15: a record stands after the one of its predecessor.
pub fn rule_15_after_its_predecessor<W: Workload>(world: &World<W>, log: usize, before: usize, written: &[Entry<W>]) -> Verdict {
    let timeline = world.logs[log].now();
    for (index, entry) in written.iter().enumerate() {
        let Some(after) = world.predecessor(entry.record.command) else { continue };
        let earlier = timeline.record_of(after).is_some_and(|record| record.position <= (before + index) as u64);
        let letter = |id| world.ledger.letter(id);
        holds(earlier || entry.command.is_none(), || format!("{} was decided before {}", letter(entry.record.command), letter(after)))?;
    }
    Ok(())
}

/// Rule 16: whatever is sent again is the same, byte for byte.
pub fn rule_16_same_payload<W: Workload>(world: &World<W>, commands: &[Submission]) -> Verdict {
    for command in commands.iter().filter(|command| command.command.is_some()) {
        if let Some(promise) = world.ledger.get(command.id).filter(|promise| !promise.text.is_empty() && !promise.excused) {
            let same = promise.text == text_of(command.command.as_ref());
            holds(same, || format!("{} is sent with another text than it was issued with", world.ledger.letter(command.id)))?;
        }
    }
    Ok(())
}

/// Rule 16: another payload under a name that has a record is not answered like a resend.
pub fn rule_16_another_payload_is_no_resend<W: Workload>(expected: Option<CloseCode>, said: &Downstream<W>) -> Verdict {
    let answered = expected == Some(CloseCode::IdReused) && matches!(said, Downstream::Recorded(_));
    holds(!answered, || "another payload under a known name was answered with the record that exists".into())
}

/// Rule 17: a record's time never goes back.
pub fn rule_17_time_never_goes_back<W: Workload>(log: &Log<W>, before: usize) -> Verdict {
    let mut last = log.time_at(before as u64);
    for entry in &log.now().entries[before..] {
        holds(entry.record.at >= last, || format!("the time of record {} goes back", entry.record.position))?;
        last = entry.record.at;
    }
    Ok(())
}

/// Rule 18: our own clients listen before they speak.
pub fn rule_18_listen_before_you_speak(caught_up: bool) -> Verdict {
    holds(caught_up, || "a client submits before it has caught up".into())
}

/// Rule 19: a reason goes to its author; to others that position says just "rejected".
pub fn rule_19_reasons_for_the_author<W: Workload>(log: &Log<W>, reader: ActorId, records: &[&Record<W>]) -> Verdict {
    for record in records.iter().filter(|record| is_rejected(&record.outcome)) {
        let author = log.record_ever(record.command).map(|record| record.actor);
        let blank = record.outcome == Outcome::Rejected(None);
        holds(blank == (author != Some(reader)), || {
            format!("record {} shows its reason to the wrong people, or to nobody", record.position)
        })?;
    }
    Ok(())
}

/// Rule 19: what is told as news is another's.
pub fn rule_19_news_is_of_others<W: Workload>(record: &Record<W>, me: ActorId) -> Verdict {
    holds(record.actor != me && !is_rejected(&record.outcome), || "a person is told news of their own deed".into())
}

/// Rule 21: each misdeed ends with its own code.
pub fn rule_21_each_misdeed_its_code(code: CloseCode, expected: CloseCode, excused: bool) -> Verdict {
    let fine =
        code == expected || excused || matches!(code, CloseCode::GoingAway | CloseCode::TooSlow | CloseCode::Busy | CloseCode::Diverged);
    holds(fine, || format!("a misdeed was answered with {} and not with {}", code.number(), expected.number()))
}

/// Rule 21: a hello that must be refused is not welcomed. A cursor says nothing about another timeline.
pub fn rule_21_no_welcome_for_a_misdeed<W: Workload>(expected: Option<CloseCode>, epoch: Epoch, said: &Downstream<W>) -> Verdict {
    let Downstream::Welcome(welcome) = said else { return Ok(()) };
    let refused = match expected {
        Some(CloseCode::CursorAhead) => welcome.epoch == epoch,
        other => matches!(other, Some(CloseCode::Version | CloseCode::NoSuchLog)),
    };
    holds(!refused, || format!("a hello that must end with {expected:?} was welcomed"))
}

/// Rule 21: whoever did nothing wrong is not treated as if they had.
pub fn rule_21_nobody_else_notices(code: CloseCode, reason: &str) -> Verdict {
    let fault = matches!(
        code,
        CloseCode::Undecodable
            | CloseCode::OutOfOrder
            | CloseCode::IdReused
            | CloseCode::TooLarge
            | CloseCode::CursorAhead
            | CloseCode::Internal
    );
    holds(!fault, || format!("a client of ours was closed with {}: {reason}", code.number()))
}

/// Rule 22: a frame that goes up is written the one way.
pub fn rule_22_upstream_bytes(frame: &[u8]) -> Verdict {
    let again = Format::Postcard.decode::<Upstream>(frame).map(|said| Format::Postcard.encode(&said));
    holds(again.as_deref() == Ok(frame), || "a frame up does not read back as it was written".into())
}

/// Rule 22: a frame that comes down is written the one way.
pub fn rule_22_downstream_bytes<W: Workload>(frame: &[u8], said: &Downstream<W>) -> Verdict {
    holds(Format::Postcard.encode(said) == frame, || "a frame down does not read back as it was written".into())
}

/// Rule 24: the seals that a server tells are those of the log, or of what it was before records were lost.
pub fn rule_24_seals_are_the_logs<W: Workload>(log: &Log<W>, said: &Downstream<W>) -> Verdict {
    let Downstream::Sealed { before, records } = said else { return Ok(()) };
    let Some(first) = records.first().map(|sealed| sealed.record.position) else { return Err("a sealed page is empty".into()) };
    let is_sealed = |timeline: &Timeline<W>| {
        let is_its = |sealed: &Sealed<W>| timeline.seal_at(sealed.record.position) == Some(sealed.seal);
        timeline.seal_at(first - 1) == Some(*before) && records.iter().all(is_its)
    };
    holds(log.timelines.iter().any(is_sealed), || format!("the seals from {first} on are none of the log's"))
}

/// Rule 25: who was told to come again later does not come before.
pub fn rule_25_not_before_the_time(held_until: Option<TimeMs>, clock: TimeMs) -> Verdict {
    let early = held_until.filter(|until| clock < *until);
    holds(early.is_none(), || format!("a client submits at {clock:?}, and was asked to wait until {early:?}"))
}

/// Rule 27: nothing is written at a place that a log has left.
pub fn rule_27_written_where_it_is<W: Workload>(is_here: bool, written: &[Entry<W>]) -> Verdict {
    holds(is_here || written.is_empty(), || format!("{} records were written where the log is no more", written.len()))
}

/// Rule 27: a log arrives as it left.
pub fn rule_27_moved_whole<W: Workload>(left: &Timeline<W>, arrived: &Timeline<W>) -> Verdict {
    let (left, arrived) = (&left.entries, &arrived.entries);
    holds(left == arrived, || format!("{} records left, and {} arrived, or others", left.len(), arrived.len()))
}

impl<W: Workload> World<W> {
    /// When everything has healed: all agree, nothing is lost, every lamp is true (rules 6, 7, 10, 14, 20, 23).
    pub(crate) fn check_the_end(&mut self) {
        for tab in 0..self.tabs.len() {
            self.judge(26, self.rule_26_what_one_route_drops_the_other_brings(tab));
        }
        for device in 0..self.devices.len() {
            let rows: Vec<String> =
                self.devices[device].disk.image.outbox.values().flat_map(|row| &row.ids).map(|id| self.ledger.letter(*id)).collect();
            self.judge(14, holds(rows.is_empty(), || format!("d{device} still waits for {}", rows.join(" "))));
        }
        for tab in 0..self.tabs.len() {
            self.judge(7, self.rule_7_what_was_thrown_away_is_back(tab));
            self.judge(10, self.rule_10_the_lamp_is_on(tab));
            self.judge(14, self.rule_14_what_was_decided_is_gone(tab));
            self.judge(24, self.rule_24_everybody_has_read_this_log(tab));
        }
        let promises: Vec<CommandId> = self.ledger.iter().map(|(id, _)| id).collect();
        for id in promises {
            self.judge(6, self.rule_6_what_was_saved_has_its_record(id));
            self.judge(14, self.rule_14_a_rejection_waits_for_its_author(id));
        }
        for log in &self.logs {
            let verdict = holds(&log.truth() == log.now().state(), || "two ways of folding a log differ".into());
            if self.violation.is_none() && verdict.is_err() {
                self.violation = verdict.err().map(|what| Violation { rule: 1, what });
            }
        }
    }

    fn rule_26_what_one_route_drops_the_other_brings(&self, tab: usize) -> Verdict {
        let has_leaked = self.devices[self.tabs[tab].device].has_leaked;
        let Some(client) = self.tabs[tab].client().filter(|_| has_leaked && !self.tabs[tab].is_forbidden()) else { return Ok(()) };
        let waiting: Vec<String> = client.outbox().map(|pending| self.ledger.letter(pending.id)).collect();
        holds(waiting.is_empty(), || format!("c{tab} has two routes and still waits for {}", waiting.join(" ")))
    }

    fn rule_7_what_was_thrown_away_is_back(&self, tab: usize) -> Verdict {
        let Some(client) = self.tabs[tab].client() else { return Ok(()) };
        let truth = self.logs[self.devices[self.tabs[tab].device].log].now().state();
        let fine = client.view() == truth || (self.tabs[tab].is_forbidden() && client.view() == &W::State::default());
        holds(fine, || format!("c{tab} shows {:?}, and the log says {truth:?}; {:?}", client.view(), client.status()))
    }

    /// Whatever was lost without a word was noticed by all who had read it.
    fn rule_24_everybody_has_read_this_log(&self, tab: usize) -> Verdict {
        let Some(client) = self.tabs[tab].client().filter(|_| !self.tabs[tab].is_forbidden()) else { return Ok(()) };
        let log = &self.logs[self.devices[self.tabs[tab].device].log];
        let Some(mark) = client.mark() else { return Ok(()) };
        let fine = client.cursor().epoch == log.cursor().epoch && log.now().seal_at(mark.position) == Some(mark.seal);
        holds(fine, || format!("c{tab} has read {mark:?} in {:?}, which is not the log", client.cursor()))
    }

    fn rule_10_the_lamp_is_on(&self, tab: usize) -> Verdict {
        let Some(client) = self.tabs[tab].client() else { return Ok(()) };
        let may_read = W::may_read(self.logs[self.devices[self.tabs[tab].device].log].now().state(), client.config().actor);
        let status = client.status();
        let fine = status.synced || (self.tabs[tab].is_forbidden() && !may_read);
        holds(fine, || format!("c{tab} does not say that all has landed: {status:?}"))
    }

    fn rule_6_what_was_saved_has_its_record(&self, id: CommandId) -> Verdict {
        let Some(promise) = self.ledger.get(id) else { return Ok(()) };
        let log = &self.logs[promise.log];
        let in_an_inbox = self.devices.iter().any(|device| device.disk.image.inbox.contains_key(&id))
            || self.tabs.iter().filter_map(|tab| tab.client()).any(|client| client.rejections().any(|rejected| rejected.id == id));
        let settled = promise.taken_back || in_an_inbox || log.record_ever(id).is_some() || is_decided(log, id);
        let fine = promise.kept != Some(true) || settled;
        holds(fine, || format!("{} was saved and has neither record nor place in an inbox", self.ledger.letter(id)))
    }

    /// A rejection by the domain waits on the device that issued the command, until its author decides. A tab that can store nothing
    /// tells it as long as it lives, and says so.
    fn rule_14_a_rejection_waits_for_its_author(&self, id: CommandId) -> Verdict {
        let Some(promise) = self.ledger.get(id).filter(|promise| promise.kept == Some(true) && !promise.taken_back && !promise.excused)
        else {
            return Ok(());
        };
        let timeline = self.logs[promise.log].now();
        let Some(Outcome::Rejected(Some(refusal))) = timeline.record_of(id).map(|record| &record.outcome) else { return Ok(()) };
        let waits = self.devices[promise.device].disk.image.inbox.contains_key(&id)
            || self
                .tabs
                .iter()
                .filter(|tab| tab.device == promise.device)
                .filter_map(|tab| tab.client())
                .any(|client| client.rejections().any(|rejected| rejected.id == id));
        let was_told = promise.told_unkept || is_decided(&self.logs[promise.log], id);
        let fine = waits || was_told || !matches!(refusal.reason, Reason::Domain(_));
        holds(fine, || format!("{} was rejected, and its author does not know", self.ledger.letter(id)))
    }

    /// What its author has decided about stands in no inbox any more, and what has not been decided stands there once. Nobody
    /// may be able to tell it to a tab that skipped the decision by a snapshot, to a device whose writes failed and came late, to a copy
    /// of a device, and on another timeline; to decide once more is harmless.
    fn rule_14_what_was_decided_is_gone(&self, tab: usize) -> Verdict {
        let Some(client) = self.tabs[tab].client() else { return Ok(()) };
        let device = &self.devices[self.tabs[tab].device];
        let log = &self.logs[device.log];
        let mut listed = BTreeSet::new();
        client.rejections().try_for_each(|rejected| {
            holds(listed.insert(rejected.id), || format!("c{tab} lists the rejection of {} twice", self.ledger.letter(rejected.id)))?;
            let waited_in_a_copy = self.ledger.get(rejected.id).is_some_and(|promise| promise.excused);
            let missed_it = self.tabs[tab].has_skipped || device.disk.has_failed || waited_in_a_copy || log.timelines.len() > 1;
            let excused = self.tabs[tab].is_forbidden() || missed_it;
            holds(excused || !is_decided_since(log.now(), rejected.id, device.disk.began_at.position), || {
                format!("c{tab} still lists the rejection of {}, about which its author decided", self.ledger.letter(rejected.id))
            })
        })
    }

    /// The command that this one was issued after.
    pub(crate) fn predecessor(&self, id: CommandId) -> Option<CommandId> {
        self.ledger.get(id)?.after
    }
}
