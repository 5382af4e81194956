//! What a client does: with a command of its person, with records, with what its disk has kept.

use super::Dimension::{Pending, Records, Tabs, Tasks};
use super::{GROWING_PENDING, GROWING_RECORDS, GROWING_TASKS, Growth, May, Path, Size, TASKS, Work, work};
use crate::product::Workspace;
use crate::replica::{Replica, frame_of_mine, frames_of_others, rows_of_tabs, stored};
use crate::yard::{INTENT_KINDS, ME, NOW, Yard, command_id};
use landfall_engine::client::{Loaded, News, OutboxRow, SavedCommand};

/// Tasks from this number on are nobody's but the counted command's.
const UNTOUCHED: u32 = 400;

pub fn paths() -> Vec<Path> {
    let rows = Growth { dimension: Pending, counts: [200, 2_000, 20_000], may: May::Follow };
    vec![
        Path {
            name: "submit",
            counts: "a card is dragged: decide, predict, a row for the disk, the frame",
            size: Size::of(&[(Tasks, TASKS)]),
            growths: vec![GROWING_TASKS, GROWING_PENDING],
            prepare: submit,
        },
        Path {
            name: "own-record",
            counts: "the record of my oldest command comes: read, fold, settle without a replay",
            size: Size::of(&[(Tasks, TASKS), (Pending, 10)]),
            growths: vec![GROWING_TASKS, GROWING_PENDING],
            prepare: own_record,
        },
        Path {
            name: "other-record",
            counts: "a record of somebody else comes while nothing waits: read, fold",
            size: Size::of(&[(Tasks, TASKS), (Records, 1)]),
            growths: vec![GROWING_TASKS, GROWING_RECORDS],
            prepare: live,
        },
        Path {
            name: "tab-follows",
            counts: "the tab that leads tells another one of a record of somebody else, which no command that waits concerns: read, fold twice",
            size: Size::of(&[(Tasks, TASKS), (Pending, 10)]),
            growths: vec![GROWING_TASKS, GROWING_PENDING],
            prepare: tab_follows,
        },
        Path {
            name: "tab-issues",
            counts: "another tab has issued a command while 1,000 wait: adopt, decide, fold",
            size: Size::of(&[(Tasks, TASKS), (Pending, 1_000), (Tabs, 1)]),
            growths: vec![GROWING_TASKS, GROWING_PENDING, Growth { dimension: Tabs, counts: [1, 10, 100], may: May::Follow }],
            prepare: tab_issues,
        },
        Path {
            name: "other-record-apart",
            counts: "a record of somebody else comes while 1,000 commands wait that it does not concern: read, fold twice",
            size: Size::of(&[(Tasks, TASKS), (Pending, 1_000), (Records, 1)]),
            growths: vec![GROWING_TASKS, GROWING_PENDING],
            prepare: live,
        },
        Path {
            name: "other-record-replay",
            counts: "a record of somebody else comes while 1,000 commands wait, half of which it concerns: read, fold, replay",
            size: Size::of(&[(Tasks, TASKS), (Pending, 1_000), (Records, 1)]),
            growths: vec![GROWING_TASKS, Growth { may: May::Follow, ..GROWING_PENDING }],
            prepare: live_concerned,
        },
        Path {
            name: "rebase",
            counts: "after a reconnect, 1,000 commands over 1,000 records of others, which come in four frames",
            size: Size::of(&[(Tasks, TASKS), (Pending, 1_000), (Records, 1_000)]),
            growths: vec![GROWING_TASKS, GROWING_RECORDS, Growth { may: May::Follow, ..GROWING_PENDING }],
            prepare: rebase,
        },
        Path {
            name: "open-outbox",
            counts: "a tab opens with a snapshot in memory and an outbox on disk: parse, adopt, replay",
            size: Size::of(&[(Tasks, TASKS), (Pending, 2_000)]),
            growths: vec![rows, GROWING_TASKS],
            prepare: open_outbox,
        },
    ]
}

fn submit(size: &Size) -> Work {
    let yard = Yard::of(size.get(Tasks));
    let mut replica = Replica::online(stored(&yard, size.get(Pending)));
    let command = yard.drag(UNTOUCHED);
    let id = command_id(ME, 3_000_000);
    work(move || {
        replica.client.submit(id, command, NOW).expect("nothing is against it");
        replica.settle();
        replica
    })
}

fn own_record(size: &Size) -> Work {
    let mut yard = Yard::of(size.get(Tasks));
    let mut replica = Replica::online(stored(&yard, size.get(Pending)));
    let frame = frame_of_mine(&mut yard);
    let waiting = replica.client.outbox().len();
    work(move || {
        replica.hear(&frame);
        assert_eq!(replica.client.outbox().len() + 1, waiting, "the record settles its command");
        replica
    })
}

fn live(size: &Size) -> Work {
    others(size, size.get(Pending), Replica::online, |_| ())
}

/// The record is a claim: it changes what the claims that wait rest on, the end of the column that they enter.
fn live_concerned(size: &Size) -> Work {
    others(size, size.get(Pending).next_multiple_of(INTENT_KINDS), Replica::online, |_| ())
}

fn rebase(size: &Size) -> Work {
    others(size, size.get(Pending), Replica::reading, Replica::catch_up)
}

/// Records of somebody else, from this intent on, come to a replica that was begun like this, and then it ends like this.
fn others(size: &Size, from: u32, begin: fn(Loaded<Workspace>) -> Replica, end: fn(&mut Replica)) -> Work {
    let mut yard = Yard::of(size.get(Tasks));
    let mut replica = begin(stored(&yard, size.get(Pending)));
    let frames = frames_of_others(&mut yard, from, size.get(Records));
    work(move || {
        frames.iter().for_each(|frame| replica.hear(frame));
        end(&mut replica);
        assert_eq!(replica.client.cursor(), yard.cursor, "every record is folded");
        replica
    })
}

fn tab_follows(size: &Size) -> Work {
    let mut yard = Yard::of(size.get(Tasks));
    let mut replica = Replica::open(stored(&yard, size.get(Pending)));
    let frame = frames_of_others(&mut yard, size.get(Pending), 1).remove(0);
    work(move || {
        replica.client.handle_news(News::Records { epoch: yard.cursor.epoch, frame }, NOW);
        replica.settle();
        assert_eq!(replica.client.cursor(), yard.cursor, "the record is folded");
        replica
    })
}

/// Each of the other tabs tells of a row of its own, with one command.
fn tab_issues(&size: &Size) -> Work {
    let yard = Yard::of(size.get(Tasks));
    let pending = size.get(Pending);
    let mut replica = Replica::open(stored(&yard, pending));
    let rows = rows_of_tabs(&yard, pending, size.get(Tabs));
    work(move || {
        for row in rows {
            replica.client.handle_news(News::Issued(vec![row]), NOW);
            replica.settle();
        }
        assert_eq!(replica.client.outbox().len() as u32, pending + size.get(Tabs), "every command waits");
        replica
    })
}

fn open_outbox(size: &Size) -> Work {
    let yard = Yard::of(size.get(Tasks));
    let Loaded { epoch, snapshot, outbox, .. } = stored(&yard, size.get(Pending));
    let row = |row: &OutboxRow| (row.key, serde_json::to_string(&row.commands).expect("commands are plain data"));
    let rows: Vec<_> = outbox.iter().map(row).collect();
    work(move || {
        let read = |text: &str| serde_json::from_str::<Vec<SavedCommand>>(text).expect("it was just written");
        let outbox = rows.iter().map(|(key, text)| OutboxRow { key: *key, commands: read(text) }).collect();
        let loaded = Loaded::<Workspace> { epoch, snapshot: snapshot.clone(), outbox, ..Loaded::default() };
        Replica::open(loaded)
    })
}
