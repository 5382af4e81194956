//! A task as a card, and the stamp of that card.

use super::desk::Desk;
use super::rows::{CardDue, CardReason, CardSigned, CardSteps, DueState, Number, Person, TaskCard};
use super::stamp::Stamp;
use crate::day::Due;
use crate::state::{Stage, Task};

pub(super) fn card<'v>(desk: &Desk<'v>, task: &'v Task) -> TaskCard<'v> {
    let key = desk.state.board(task.board).map_or("", |board| &board.key);
    let (done, total) = task.steps_done();
    TaskCard {
        id: task.id,
        number: task.number.map(|number| Number { key, number: number.get() }),
        title: &task.title,
        stage: task.stage,
        column: task.column,
        board: task.board,
        rank: task.rank.as_str(),
        mark: desk.view.marks.get(&task.id.0).copied(),
        reason: reason(desk, task),
        labels: &task.labels,
        due: task.due.map(|due| CardDue { date: due, state: due_state(desk, task, due) }),
        steps: (total > 0).then_some(CardSteps { done: done as u32, total: total as u32 }),
        comments: task.comments.values().filter(|comment| comment.discarded.is_none()).count() as u32,
        holder: task.holder().map(|holder| desk.person(holder)),
        priority: task.priority,
        signed: task.signed_off.as_ref().map(|signed| CardSigned { by: desk.person(signed.sign.person), at: signed.sign.at }),
        discarded: !task.is_live(),
    }
}

fn due_state(desk: &Desk<'_>, task: &Task, due: Due) -> DueState {
    match due.day.cmp(&desk.view.today) {
        _ if task.stage == Stage::SignedOff => DueState::Later,
        std::cmp::Ordering::Less => DueState::Overdue,
        std::cmp::Ordering::Equal => DueState::Today,
        std::cmp::Ordering::Greater => DueState::Later,
    }
}

/// The one reason that matters most: what stops the work, then what waits for the reader, then what came back.
fn reason<'v>(desk: &Desk<'v>, task: &'v Task) -> Option<CardReason<'v>> {
    if let Some(blocked) = &task.blocked {
        return Some(CardReason::Blocked { why: &blocked.why, until: blocked.until });
    }
    if let Some(handed) = task.hold.as_ref().and_then(|hold| hold.handed.as_ref())
        && desk.handed_to_reader(task)
    {
        return Some(CardReason::HandedToYou { by: desk.person(handed.from) });
    }
    if desk.waits_for_reader(task) {
        return Some(CardReason::WaitsForYou);
    }
    let back = task.sent_back.as_ref()?;
    Some(CardReason::SentBack { by: desk.person(back.sign.person), why: &back.why, at: back.sign.at })
}

impl Stamp {
    fn flag(self, flag: bool) -> Self {
        self.word(u64::from(flag))
    }

    fn person(self, person: &Person) -> Self {
        // Initials and crew follow from the name.
        let Person { actor, name, initials: _, you, crew: _ } = person;
        self.id(&actor.0).text(name).flag(*you)
    }

    fn due(self, due: Due) -> Self {
        self.word(due.day.days_since_epoch() as u64).word(due.minute.map_or(u64::MAX, u64::from))
    }
}

impl TaskCard<'_> {
    /// A number that changes exactly when the card's JSON would. It never leaves the device.
    pub(super) fn stamp(&self) -> u64 {
        // Taken apart by name, so that a field which is added cannot be forgotten here.
        let Self {
            id,
            number,
            title,
            stage,
            column,
            board,
            rank,
            mark,
            reason,
            labels,
            due,
            steps,
            comments,
            holder,
            priority,
            signed,
            discarded,
        } = self;
        let mut stamp = Stamp::new().id(&id.0).text(title).text(rank).id(&column.0).id(&board.0);
        let small = [*stage as u64, *priority as u64, u64::from(*discarded), mark.map_or(0, |mark| mark as u64 + 1)];
        stamp = stamp.word(small.iter().fold(u64::from(*comments), |word, part| word << 8 | part));
        if let Some(number) = number {
            stamp = stamp.word(u64::from(number.number)).text(number.key);
        }
        stamp = match reason {
            None => stamp.word(0),
            Some(CardReason::Blocked { why, until }) => {
                let stamp = stamp.word(1).text(why);
                until.map_or(stamp, |until| stamp.due(until))
            }
            Some(CardReason::WaitsForYou) => stamp.word(2),
            Some(CardReason::HandedToYou { by }) => stamp.word(3).person(by),
            Some(CardReason::SentBack { by, why, at }) => stamp.word(4).person(by).text(why).word(at.0),
        };
        stamp = labels.iter().fold(stamp.word(labels.len() as u64), |stamp, label| stamp.text(label));
        if let Some(CardDue { date, state }) = due {
            stamp = stamp.word(1).due(*date).word(*state as u64);
        }
        if let Some(CardSteps { done, total }) = steps {
            stamp = stamp.word(2).word(u64::from(*done) << 32 | u64::from(*total));
        }
        if let Some(holder) = holder {
            stamp = stamp.word(3).person(holder);
        }
        if let Some(CardSigned { by, at }) = signed {
            stamp = stamp.word(4).person(by).word(at.0);
        }
        stamp.done()
    }
}
