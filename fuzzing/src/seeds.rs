//! Well-formed inputs to begin with: the golden files, and what a small yard says, stores and sends.

use crate::targets::client::{config, page_of, tag, written_file};
use crate::yard::{DEVICE, LOG, NOW, YARD, history};
use landfall_domain::queries::{Filter, Grouping, Query, Scope};
use landfall_domain::{Rejection, State, Workspace};
use landfall_engine::client::{News, OutboxRow, SavedCommand};
use landfall_engine::domain::encode_state;
use landfall_engine::log::Refusal;
use landfall_engine::protocol::{CommandText, Downstream, Format, Hello, PROTOCOL_VERSION, Submission, Upstream, Welcome};
use landfall_engine::{CommandId, Cursor, Domain, Mark, Outcome, Reason, Record, Seal, upcast};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Records of a kind that seeds show; more of the same teach a fuzzer nothing.
const OF_A_KIND: usize = 2;

/// What was said and decided in the yard: a few of each kind of command, event and rejection.
struct Said {
    commands: Vec<(CommandId, String)>,
    events: Vec<String>,
    rejections: Vec<String>,
    records: Vec<Record<Workspace>>,
}

static SAID: LazyLock<Said> = LazyLock::new(|| {
    let mut said = Said { commands: Vec::new(), events: Vec::new(), rejections: Vec::new(), records: Vec::new() };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut is_new = |kind: String| {
        let count = seen.entry(kind).or_default();
        *count += 1;
        *count <= OF_A_KIND
    };
    let see = |command: &landfall_domain::Command,
               context: &landfall_engine::Context,
               outcome: &Result<Vec<landfall_domain::Event>, Rejection>| {
        let text = upcast::encode(command, Workspace::command_shapes());
        let mut new = is_new(format!("command {}", command.kind()));
        if new {
            said.commands.push((context.command, text.clone()));
        }
        let outcome = match outcome {
            Ok(events) => {
                for event in events {
                    if is_new(format!("event {}", event.kind())) {
                        new = true;
                        said.events.push(upcast::encode(event, Workspace::event_shapes()));
                    }
                }
                Outcome::Accepted(events.clone())
            }
            Err(rejection) => {
                let rejection_text = upcast::encode(rejection, Workspace::rejection_shapes());
                let kind = rejection_text.split('"').nth(3).unwrap_or_default().to_owned();
                if is_new(format!("rejection {kind}")) {
                    new = true;
                    said.rejections.push(rejection_text);
                }
                Outcome::Rejected(Some(Box::new(Refusal { reason: Reason::Domain(rejection.clone()), command: CommandText(text) })))
            }
        };
        if new {
            let position = context.position.unwrap_or_default();
            said.records.push(Record {
                position,
                command: context.command,
                actor: context.actor,
                device: context.device,
                at: context.at,
                outcome,
            });
        }
    };
    history(see, &mut State::default());
    said
});

/// The golden files of a folder below `shared/domain/tests/golden`, on one line each.
fn golden(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/domain/tests/golden").join(folder);
    let mut texts: Vec<_> = fs::read_dir(folder).expect("the golden files are there").map(|entry| entry.expect("a file").path()).collect();
    texts.sort();
    let line = |path| serde_json::from_str::<serde_json::Value>(&fs::read_to_string(path).expect("a text")).expect("JSON").to_string();
    texts.into_iter().map(|path| line(path).into_bytes()).collect()
}

fn with_golden(said: &[String], folder: &str) -> Vec<Vec<u8>> {
    said.iter().map(|text| text.clone().into_bytes()).chain(golden(folder)).collect()
}

/// Texts of commands.
pub fn commands() -> Vec<Vec<u8>> {
    let texts: Vec<String> = SAID.commands.iter().map(|(_, text)| text.clone()).collect();
    with_golden(&texts, "commands")
}

/// Texts of events.
pub fn events() -> Vec<Vec<u8>> {
    with_golden(&SAID.events, "events")
}

/// Texts of rejections.
pub fn rejections() -> Vec<Vec<u8>> {
    with_golden(&SAID.rejections, "rejections")
}

/// Texts of a toy in three versions.
pub fn old_texts() -> Vec<Vec<u8>> {
    [
        r#"{"type":"booked","version":1,"body":{"name":"Ann"}}"#,
        r#"{"type":"booked","version":2,"body":{"guest":"Ann"}}"#,
        r#"{"type":"booked","version":3,"body":{"guest":"Ann","nights":2}}"#,
        r#"{"type":"booked","version":4,"body":{}}"#,
        r#"{"type":"b\u006foked","version":1,"body":[]}"#,
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

fn submissions() -> Vec<Submission> {
    let mut before = None;
    let submission = |(number, (_, text)): (u8, &(CommandId, String))| {
        let id = CommandId([number; 16]);
        let submission = Submission { id, after: before, issued: NOW, command: Some(CommandText(text.clone())) };
        before = Some(id);
        submission
    };
    (1_u8..).zip(&SAID.commands).map(submission).collect()
}

fn upstream() -> Vec<Upstream> {
    let hello = Hello { protocol: PROTOCOL_VERSION, schema: Workspace::SCHEMA, log: LOG, cursor: YARD.0, device: DEVICE };
    let all = submissions();
    let mark = Mark { position: 3, seal: Seal([5; 16]) };
    let mut frames = vec![Upstream::Hello(hello), Upstream::Mark(mark), Upstream::Ping, Upstream::Submit(Vec::new())];
    frames.extend(all.chunks(3).map(|some| Upstream::Submit(some.to_vec())));
    frames.extend(all.iter().take(20).map(|one| Upstream::Submit(vec![Submission { after: None, ..one.clone() }])));
    frames.push(Upstream::Submit(vec![
        Submission { command: None, after: Some(all[0].id), ..all[0].clone() },
        all[0].clone(),
        all[0].clone(),
    ]));
    frames
}

/// Binary frames from clients.
pub fn upstream_postcard() -> Vec<Vec<u8>> {
    upstream().iter().map(|frame| Format::Postcard.encode(frame)).collect()
}

/// Text frames from clients, and bodies that are posted.
pub fn upstream_json() -> Vec<Vec<u8>> {
    let frames = upstream().into_iter().map(|frame| Format::Json.encode(&frame));
    let posted = submissions()
        .chunks(2)
        .map(|some| serde_json::json!({ "device": DEVICE, "commands": some }).to_string().into_bytes())
        .collect::<Vec<_>>();
    frames.chain(posted).collect()
}

/// Records that follow the yard, some of them of whom the frames go to.
fn next_records() -> Vec<Record<Workspace>> {
    let next = |(number, record): (u64, &Record<Workspace>)| {
        let mine = number % 2 == 0;
        let actor = if mine { config().actor } else { record.actor };
        let command = if mine { CommandId([(number / 2 + 1) as u8; 16]) } else { record.command };
        Record { position: YARD.0.position + 1 + number, command, actor, device: DEVICE, at: NOW, ..record.clone() }
    };
    (0..).zip(&SAID.records).map(next).collect()
}

fn downstream(format: Format) -> Vec<Vec<u8>> {
    let records = next_records();
    let welcome = Welcome { protocol: PROTOCOL_VERSION, epoch: 3, head: 500, server_time: NOW, actor: config().actor };
    let id = CommandId([1; 16]);
    let frames = [
        Downstream::<Workspace>::Welcome(welcome),
        Downstream::CaughtUp { head: 401 },
        Downstream::Missing { command: id },
        Downstream::Reused { command: id },
        Downstream::Pong { server_time: NOW },
        Downstream::Recorded(records[0].clone()),
        Downstream::Records(Vec::new()),
        Downstream::Records(records[..1].to_vec()),
        Downstream::Busy { command: id, retry_after_ms: 700 },
    ];
    let first = YARD.0.position + 1;
    let one_by_one = records.iter().map(|record| page_of(vec![Record { position: first, ..record.clone() }], format));
    let pages = records
        .chunks(5)
        .map(|some| page_of((first..).zip(some).map(|(position, record)| Record { position, ..record.clone() }).collect(), format));
    frames.iter().map(|frame| format.encode(frame)).chain(one_by_one).chain(pages).collect()
}

/// Binary frames from a server.
pub fn downstream_postcard() -> Vec<Vec<u8>> {
    downstream(Format::Postcard)
}

/// Text frames from a server.
pub fn downstream_json() -> Vec<Vec<u8>> {
    downstream(Format::Json)
}

/// Records as they are stored.
pub fn records() -> Vec<Vec<u8>> {
    let mut records = next_records();
    for reason in [Reason::Withdrawn, Reason::Unreadable("expected value".into()), Reason::NoLongerMember] {
        let outcome = Outcome::Rejected(Some(Box::new(Refusal { reason, command: CommandText::nothing() })));
        records.push(Record { outcome, ..records[0].clone() });
    }
    records.push(Record { outcome: Outcome::Rejected(None), ..records[0].clone() });
    records.iter().map(|record| record.to_json().into_bytes()).collect()
}

/// States of the yard on several days.
fn states() -> Vec<(Cursor, State)> {
    let mut states = vec![(Cursor::default(), State::default())];
    let mut state = State::default();
    history(
        |command, context, outcome| {
            let position = context.position.unwrap_or_default();
            if let Ok(events) = outcome {
                landfall_engine::domain::evolve_all::<Workspace>(&mut state, events, context);
            }
            let _ = command;
            if [1, 5, 6, 9, 40].contains(&position) {
                states.push((Cursor { epoch: 3, position }, state.clone()));
            }
        },
        &mut State::default(),
    );
    states.push(YARD.clone());
    states
}

/// Snapshots, unpacked.
pub fn snapshots() -> Vec<Vec<u8>> {
    states().iter().map(|(cursor, state)| postcard::to_stdvec(&(cursor, encode_state::<Workspace>(state))).expect("plain data")).collect()
}

fn saved() -> Vec<SavedCommand> {
    submissions()
        .into_iter()
        .map(|Submission { id, after, issued, command }| SavedCommand { id, after, issued, at: NOW, command })
        .collect()
}

/// What devices have stored.
pub fn devices() -> Vec<Vec<u8>> {
    let piece = |tag: u8, bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).expect("a seed's piece is small").to_le_bytes();
        [&[tag], length.as_slice(), bytes].concat()
    };
    let saved = saved();
    let mut devices = Vec::new();
    for ((cursor, state), some) in states().iter().zip(saved.chunks(4)) {
        let mut device = piece(tag::CURSOR, &postcard::to_stdvec(cursor).expect("plain data"));
        encode_state::<Workspace>(state).iter().for_each(|chunk| device.extend(piece(tag::CHUNK, chunk)));
        device.extend(piece(tag::OUTBOX, &serde_json::to_vec(some).expect("plain data")));
        let record = Record { position: cursor.position + 1, ..next_records()[cursor.position as usize % 50].clone() };
        device.extend(piece(tag::PAGE, &page_of(vec![record], Format::Postcard)));
        devices.push(device);
    }
    let end = Cursor { epoch: u64::MAX, position: u64::MAX };
    for position in [u64::MAX, 1] {
        let record = Record { position, ..next_records()[0].clone() };
        let page = piece(tag::PAGE, &page_of(vec![record], Format::Postcard));
        let chunk = piece(tag::CHUNK, &encode_state::<Workspace>(&State::default())[0]);
        devices.push([piece(tag::CURSOR, &postcard::to_stdvec(&end).expect("plain data")), chunk, page].concat());
    }
    devices.extend(saved.chunks(2).map(|some| piece(tag::OUTBOX, &serde_json::to_vec(some).expect("plain data"))));
    for (rejection, (_, command)) in SAID.rejections.iter().zip(&SAID.commands) {
        let text = format!(r#"{{"at":5,"issued":4,"reason":{{"domain":{rejection}}},"command":{command}}}"#);
        devices.push(piece(tag::INBOX, text.as_bytes()));
    }
    devices
}

/// Outboxes as files.
pub fn outbox_files() -> Vec<Vec<u8>> {
    saved().chunks(3).map(|some| written_file(some).into_bytes()).collect()
}

/// What tabs tell each other.
pub fn tab_news() -> Vec<Vec<u8>> {
    let rows = saved().chunks(3).map(|some| OutboxRow { key: some[0].id, commands: some.to_vec() }).collect::<Vec<_>>();
    let page = page_of(next_records().into_iter().take(3).collect(), Format::Postcard);
    let mut news: Vec<News> = vec![
        News::Hello,
        News::Writing(rows.iter().map(|row| row.key).collect()),
        News::Ping,
        News::Pong,
        News::AskNow,
        News::Records { epoch: 3, frame: page.clone() },
        News::Records { epoch: 4, frame: page },
        News::Differs { epoch: 3, mark: Mark { position: 3, seal: Seal([5; 16]) } },
    ];
    news.extend(rows.into_iter().map(|row| News::Issued(vec![row])));
    let mut told: Vec<Vec<u8>> = news.iter().map(News::encode).collect();
    // How a connection is, which only a leader can say: online, caught up, nothing more.
    told.push([&[4, 2, 1][..], &[0; 8]].concat());
    told
}

/// Spreadsheets.
pub fn csv() -> Vec<Vec<u8>> {
    let sample = include_bytes!("../../shared/domain/samples/tasks.csv");
    let texts: [&[u8]; 5] = [
        sample,
        b"Summary;Tags;Due Date;Column;Notes;Estimate (hours);PRIORITY\nFit seal;Engine, Hull;24.11.2026;Doing;Dry;1,5;P1\n",
        b"title,due\nA,\"one\ntwo, \"\"three\"\"\"\n\n\n,no title\nB,\n",
        b"\xef\xbb\xbftitle\tdue\testimate\nA\t2026-11-24T23:30:00.000Z\t1h 30m\nB\t24 Nov 2026, 16:00\t1:30\nC\tNov 24, 2026\t2 days",
        b"title,steps,labels,status\n\"B,[x] one|two,a;b,Signed off\nC,- [ ] one; two,\"x, y\",In review\n",
    ];
    texts.map(<[u8]>::to_vec).into()
}

/// Trello boards.
pub fn trello() -> Vec<Vec<u8>> {
    vec![include_bytes!("../../shared/domain/samples/trello.json").to_vec(), br#"{"name":"Dock","lists":[{"id":"l1","name":"To do","pos":1}],"cards":[{"id":"c1","name":"Lift","idList":"l1","due":"2026-11-24T15:00:00.000Z","labels":[{"name":"","color":"red"}],"closed":true}],"checklists":[{"idCard":"c1","name":"K","checkItems":[{"name":"one","state":"complete","pos":5}]}]}"#.to_vec()]
}

/// GitHub issues.
pub fn github() -> Vec<Vec<u8>> {
    vec![include_bytes!("../../shared/domain/samples/github-issues.json").to_vec(), br#"[{"number":7,"title":"Bilge alarm","body":"- [x] Find relay\r\n","state":"closed","labels":[{"name":"bug"},"hull"],"milestone":{"due_on":"2026-11-30T08:00:00Z"}},{"title":"x","pull_request":{}}] [{"title":"Next"}]"#.to_vec()]
}

/// Questions and commands of the page.
pub fn questions() -> Vec<Vec<u8>> {
    let state = &YARD.1;
    let filter = Filter {
        text: Some("seal".into()),
        label: Some("Hull".into()),
        due_before: "2026-11-25".parse().ok(),
        blocked: Some(false),
        ..Filter::default()
    };
    let mut queries = vec![Query::Workspace {}, Query::Search { text: "Ölwanne HLD-1".into(), limit: 9 }];
    queries.extend(state.boards().keys().map(|board| Query::Board { board: *board, filter: filter.clone() }));
    queries.extend(state.columns().keys().map(|column| Query::Column { column: *column, from: 1, count: 5, filter: Filter::default() }));
    queries.extend(state.tasks().keys().take(2).flat_map(|task| [Query::Task { task: *task }, Query::Intents { task: *task }]));
    for scope in [Scope::MyWork {}, Scope::Everything {}, Scope::Discarded {}] {
        for group in [Grouping::State, Grouping::Needs, Grouping::Holder, Grouping::None] {
            queries.push(Query::List {
                scope: scope.clone(),
                group,
                filter: filter.clone(),
                from: 2,
                count: 9,
                collapsed: vec!["ready".into()],
            });
        }
    }
    let bare = |(_, text): &(CommandId, String)| {
        let command: landfall_domain::Command = upcast::decode(text, Workspace::command_shapes()).expect("the yard speaks this version");
        serde_json::to_vec(&command).expect("plain data")
    };
    queries.iter().map(|query| serde_json::to_vec(query).expect("plain data")).chain(SAID.commands.iter().map(bare)).collect()
}
