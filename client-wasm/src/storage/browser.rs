//! IndexedDB: opened, laid out and read through `rexie`; written by hand.
//!
//! `rexie` has no durability and hides why a commit failed, so writing uses the browser's own interface on a second connection.

use super::{Lost, Storage, Stored, first_position};
use futures::channel::oneshot;
use futures::future::{LocalBoxFuture, join, join4};
use gloo_events::EventListener;
use js_sys::{Array, Uint8Array};
use landfall_engine::client::{InboxRow, Save, SaveError};
use landfall_engine::{Cursor, Mark};
use rexie::{KeyRange, ObjectStore, Rexie, Store, TransactionMode};
use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Version of the layout: more when a store is added. Stores are never taken from the list, since `rexie` deletes what is not on it.
const LAYOUT: u32 = 1;
const OUTBOX: &str = "outbox";
const INBOX: &str = "inbox";
const TAIL: &str = "tail";
const CHUNK: &str = "chunk";
const META: &str = "meta";
const STORES: [&str; 5] = [OUTBOX, INBOX, TAIL, CHUNK, META];
/// Rows of `meta`: the cursor after the last page, the snapshot's cursor with the number of its pieces, and the mark that was known there.
const META_CURSOR: &str = "cursor";
const META_SNAPSHOT: &str = "snapshot";
const META_MARK: &str = "mark";
/// Rows read at a time: one of the outbox may hold hundreds of commands, one of the inbox holds one.
const OUTBOX_ROWS_PER_READ: u32 = 2;
const INBOX_ROWS_PER_READ: u32 = 512;
/// Rejections written at a time.
const ROWS_PER_TURN: usize = 64;
/// Chunks of a snapshot written at a time: the browser copies each of some hundred kilobytes while the page waits.
const CHUNKS_PER_TURN: usize = 2;

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase`; web-sys has the third argument behind a flag for unstable interfaces only.
    type RawDatabase;
    #[wasm_bindgen(method, catch)]
    fn transaction(this: &RawDatabase, stores: &Array, mode: &str, options: &js_sys::Object) -> Result<RawTransaction, JsValue>;

    /// `IDBTransaction`, whose `commit` web-sys holds to be deprecated.
    #[wasm_bindgen(extends = web_sys::IdbTransaction, extends = web_sys::EventTarget)]
    type RawTransaction;
    #[wasm_bindgen(method, catch)]
    fn commit(this: &RawTransaction) -> Result<(), JsValue>;
}

/// The database of one person and log.
pub struct BrowserStorage {
    inner: Rc<Inner>,
}

struct Inner {
    version: Version,
    reader: RefCell<Option<Rexie>>,
    writer: web_sys::IdbDatabase,
    _listeners: [EventListener; 2],
}

/// Which cached rows are ours.
#[derive(Clone, Copy)]
struct Version {
    schema: u32,
    fold: u32,
}

impl Version {
    fn key(self, rest: &[JsValue]) -> JsValue {
        let key = Array::of2(&self.schema.into(), &self.fold.into());
        for part in rest {
            key.push(part);
        }
        key.into()
    }

    /// Everything of this version whose next part of the key is a number above `number`. Arrays come after numbers.
    fn above(self, number: f64) -> Result<KeyRange, String> {
        let (lower, upper) = (self.key(&[number.into(), Array::new().into()]), self.key(&[Array::new().into()]));
        KeyRange::bound(&lower, &upper, Some(true), Some(true)).map_err(told("a range of keys"))
    }

    /// Everything of this version up to `number`, and everything of the versions before it.
    fn up_to(self, number: f64) -> Result<web_sys::IdbKeyRange, JsValue> {
        web_sys::IdbKeyRange::upper_bound(&self.key(&[number.into(), Array::new().into()]))
    }
}

/// Tells developers what happened, in full; passes it on as text.
fn told<E: Debug>(what: &'static str) -> impl Fn(E) -> String {
    move |error| {
        let text = format!("{what}: {error:?}");
        web_sys::console::error_2(&"Landfall: storage:".into(), &text.as_str().into());
        text
    }
}

impl BrowserStorage {
    /// Opens the database, or makes it. `lost` is called when the browser takes it away later: site data are cleared,
    /// or a newer version of this program wants to change the layout.
    pub async fn open(name: &str, schema: u32, fold: u32, lost: Rc<dyn Fn(Lost)>) -> Result<Self, Lost> {
        let stores =
            STORES.iter().fold(Rexie::builder(name).version(LAYOUT), |builder, store| builder.add_object_store(ObjectStore::new(store)));
        let reader = stores.build().await.map_err(told("opening")).map_err(unusable)?;
        let writer = open_writer(name).await.map_err(told("opening for writing")).map_err(unusable)?;
        let cleared = lost.clone();
        let closing = writer.clone();
        let listeners = [
            EventListener::new(&writer, "close", move |_| {
                cleared(Lost("The browser has taken this site's storage away. Work goes on in this tab's memory.".into()));
            }),
            EventListener::new(&writer, "versionchange", move |_| {
                closing.close();
                lost(Lost("A newer version of Landfall uses the storage. Reload this tab; until then, work stays in its memory.".into()));
            }),
        ];
        let inner = Inner { version: Version { schema, fold }, reader: RefCell::new(Some(reader)), writer, _listeners: listeners };
        Ok(Self { inner: Rc::new(inner) })
    }
}

fn unusable(_: String) -> Lost {
    Lost("This browser lets Landfall store nothing here. Work stays in this tab's memory until it has landed.".into())
}

/// A second connection, of the version that the first one has made sure of.
async fn open_writer(name: &str) -> Result<web_sys::IdbDatabase, JsValue> {
    let factory = web_sys::window().ok_or("there is no window")?.indexed_db()?.ok_or("there is no IndexedDB")?;
    let request = factory.open(name)?;
    let (opened, _listeners) = first_of(&request, ["success", "error", "blocked"]);
    opened.await.map_err(|_| JsValue::from("nobody waits"))?;
    if let Ok(Some(error)) = request.error() {
        return Err(error.into());
    }
    request.result()?.dyn_into()
}

impl Storage for BrowserStorage {
    fn load(&self, after: Cursor) -> LocalBoxFuture<'static, Result<Stored, Lost>> {
        let inner = self.inner.clone();
        Box::pin(async move {
            // A transaction keeps what it needs of the connection, so the borrow ends before the first wait.
            let transaction = match &*inner.reader.borrow() {
                Some(reader) => reader.transaction(&STORES, TransactionMode::ReadOnly).map_err(told("reading")),
                None => Err("closed".into()),
            };
            let read = match transaction {
                Ok(transaction) => inner.read(&transaction, after).await,
                Err(error) => Err(error),
            };
            read.map_err(unusable)
        })
    }

    fn save(&self, save: Save) -> LocalBoxFuture<'static, Result<(), SaveError>> {
        let inner = self.inner.clone();
        Box::pin(async move {
            let durability = if save.strict { "strict" } else { "relaxed" };
            inner.write(durability, save.cursor, async |stores, found| inner.put(stores, &save, found).await).await
        })
    }

    fn save_snapshot(&self, cursor: Cursor, mark: Option<Mark>, chunks: Vec<Vec<u8>>) -> LocalBoxFuture<'static, Result<(), SaveError>> {
        let inner = self.inner.clone();
        Box::pin(async move {
            inner.write("relaxed", Some(cursor), async |stores, found| inner.put_snapshot(stores, cursor, mark, &chunks, found).await).await
        })
    }

    fn close(&self) {
        if let Some(reader) = self.inner.reader.borrow_mut().take() {
            reader.close();
        }
        self.inner.writer.close();
    }
}

/// What is cached of the log when a transaction begins to write.
#[derive(Clone, Copy, Default)]
struct Found {
    /// How far it has been read.
    cursor: Option<Cursor>,
    /// Where the snapshot was taken.
    snapshot: Option<Cursor>,
}

/// The stores of a transaction that writes.
struct Stores<'a>(&'a web_sys::IdbTransaction);

impl Stores<'_> {
    fn put(&self, store: &str, key: &JsValue, value: &JsValue) -> Result<(), JsValue> {
        self.0.object_store(store)?.put_with_key(value, key).map(drop)
    }

    /// Puts many, so many a turn: the page's thread is free until the disk has answered, and the transaction stays open meanwhile.
    async fn put_in_turns<T>(
        &self,
        store: &str,
        rows: &[T],
        per_turn: usize,
        pair: impl Fn(usize, &T) -> (JsValue, JsValue),
    ) -> Result<(), JsValue> {
        let store = self.0.object_store(store)?;
        for (turn, some) in rows.chunks(per_turn).enumerate() {
            let mut newest = None;
            for (place, row) in some.iter().enumerate() {
                let (key, value) = pair(turn * per_turn + place, row);
                newest = Some(store.put_with_key(&value, &key)?);
            }
            if let Some(newest) = newest.filter(|_| rows.len() > per_turn) {
                let (answered, _listeners) = first_of(&newest, ["success", "error"]);
                let _ = answered.await;
            }
        }
        Ok(())
    }

    fn delete(&self, store: &str, key: &JsValue) -> Result<(), JsValue> {
        self.0.object_store(store)?.delete(key).map(drop)
    }

    fn clear(&self, store: &str) -> Result<(), JsValue> {
        self.0.object_store(store)?.clear().map(drop)
    }
}

impl Inner {
    async fn read(&self, transaction: &rexie::Transaction, after: Cursor) -> Result<Stored, String> {
        let store = |name| transaction.store(name).map_err(told("reading"));
        let (outbox, inbox, tail, chunk, meta) = (store(OUTBOX)?, store(INBOX)?, store(TAIL)?, store(CHUNK)?, store(META)?);
        let ours = self.version;
        // All requests are made before the first answer is awaited: a transaction with nothing to do ends.
        let rows = join(rows(&outbox, OUTBOX_ROWS_PER_READ), rows(&inbox, INBOX_ROWS_PER_READ));
        let cached = join4(
            meta.get(ours.key(&[META_CURSOR.into()])),
            meta.get(ours.key(&[META_SNAPSHOT.into()])),
            meta.get(ours.key(&[META_MARK.into()])),
            tail.get_all(Some(ours.above(after.position as f64)?), None),
        );
        let ((outbox, inbox), (cursor, snapshot, mark, tail)) = join(rows, cached).await;
        let (outbox, inbox) = (outbox?, inbox?);
        let cursor: Option<Cursor> = decoded(cursor.map_err(told("reading"))?);
        let newest: Option<(Cursor, u32)> = decoded(snapshot.map_err(told("reading"))?);
        let newest = newest.filter(|(cursor, _)| *cursor > after);
        let snapshot = match newest {
            Some((cursor, count)) => {
                let chunks = chunk.get_all(Some(ours.above(-1.0)?), None).await.map_err(told("reading the snapshot"))?;
                // A snapshot with a piece missing is none.
                (chunks.len() == count as usize).then(|| (cursor, chunks.iter().map(bytes).collect()))
            }
            None => None,
        };
        let inbox = inbox.into_iter().filter_map(|(key, text)| Some(InboxRow { id: key.parse().ok()?, text })).collect();
        Ok(Stored {
            epoch: cursor.unwrap_or_default().epoch,
            snapshot,
            mark: decoded(mark.map_err(told("reading"))?),
            tail: tail.map_err(told("reading"))?.iter().map(bytes).collect(),
            outbox,
            inbox,
        })
    }

    /// One transaction: `fill` makes the requests, the commit is explicit, and the answer says why when it did not happen.
    /// Where a `cursor` is to be written, `fill` is told what is there.
    async fn write(
        &self,
        durability: &str,
        cursor: Option<Cursor>,
        fill: impl AsyncFnOnce(&Stores<'_>, Found) -> Result<(), JsValue>,
    ) -> Result<(), SaveError> {
        self.try_write(durability, cursor, fill).await.map_err(|error| {
            let name = error.dyn_ref::<web_sys::DomException>().map(web_sys::DomException::name);
            told("writing")(&error);
            if name.is_some_and(|name| name == "QuotaExceededError") { SaveError::Full } else { SaveError::Failed }
        })
    }

    async fn try_write(
        &self,
        durability: &str,
        cursor: Option<Cursor>,
        fill: impl AsyncFnOnce(&Stores<'_>, Found) -> Result<(), JsValue>,
    ) -> Result<(), JsValue> {
        let stores: Array = STORES.iter().map(|store| JsValue::from(*store)).collect();
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"durability".into(), &durability.into())?;
        let database: &RawDatabase = self.writer.unchecked_ref();
        let transaction = database.transaction(&stores, "readwrite", &options)?;
        let (ended, _listeners) = first_of(&transaction, ["complete", "abort"]);
        let found = match cursor {
            Some(_) => self.find(&transaction).await?,
            None => Found::default(),
        };
        let filled = fill(&Stores(&transaction), found).await.and_then(|()| transaction.commit());
        // Whatever it was that ended the transaction is the reason, rather than what could not be done in it any more.
        let why = |otherwise: JsValue| transaction.error().map_or(otherwise, JsValue::from);
        if let Err(error) = filled {
            let why = why(error);
            // What was asked for in part must not happen in part.
            let _ = transaction.abort();
            return Err(why);
        }
        match ended.await {
            Ok("complete") => Ok(()),
            _ => Err(why(JsValue::from("the transaction was aborted"))),
        }
    }

    async fn find(&self, transaction: &web_sys::IdbTransaction) -> Result<Found, JsValue> {
        let meta = transaction.object_store(META)?;
        let cursor = meta.get(&self.version.key(&[META_CURSOR.into()]))?;
        let snapshot = meta.get(&self.version.key(&[META_SNAPSHOT.into()]))?;
        // Requests of one transaction are answered in order.
        let (answered, _listeners) = first_of(&snapshot, ["success", "error"]);
        let _ = answered.await;
        let newest: Option<(Cursor, u32)> = decoded(Some(snapshot.result()?));
        Ok(Found { cursor: decoded(Some(cursor.result()?)), snapshot: newest.map(|(cursor, _)| cursor) })
    }

    async fn put(&self, stores: &Stores<'_>, save: &Save, found: Found) -> Result<(), JsValue> {
        let found = found.cursor;
        let is_ahead = save.cursor.is_some_and(|cursor| found.is_some_and(|found| found.epoch < cursor.epoch));
        if save.forget_cache || is_ahead {
            for store in [TAIL, CHUNK, META] {
                stores.clear(store)?;
            }
        }
        // On a newer timeline another tab has begun the log anew; pages of the old one must not come between.
        let is_behind = |cursor: &Cursor| !save.forget_cache && found.is_some_and(|found| found.epoch > cursor.epoch);
        let cursor = save.cursor.filter(|cursor| !is_behind(cursor));
        for id in &save.outbox_delete {
            stores.delete(OUTBOX, &id.to_string().into())?;
        }
        for id in &save.inbox_delete {
            stores.delete(INBOX, &id.to_string().into())?;
        }
        for row in &save.outbox_put {
            let text = serde_json::to_string(&row.commands).map_err(|error| error.to_string())?;
            stores.put(OUTBOX, &row.key.to_string().into(), &text.into())?;
        }
        let rejection = |_, row: &InboxRow| (row.id.to_string().into(), row.text.as_str().into());
        stores.put_in_turns(INBOX, &save.inbox_put, ROWS_PER_TURN, rejection).await?;
        let Some(cursor) = cursor else { return Ok(()) };
        for frame in &save.tail_put {
            // First by where its save ends: a snapshot of that cursor makes all of its pages needless. Then by where the page begins.
            let begins = first_position(frame).ok_or("a page of records does not say where it begins")?;
            let key = self.version.key(&[(cursor.position as f64).into(), (begins as f64).into()]);
            stores.put(TAIL, &key, &Uint8Array::from(&**frame))?;
        }
        stores.put(META, &self.version.key(&[META_CURSOR.into()]), &encoded(&cursor))
    }

    async fn put_snapshot(
        &self,
        stores: &Stores<'_>,
        cursor: Cursor,
        mark: Option<Mark>,
        chunks: &[Vec<u8>],
        found: Found,
    ) -> Result<(), JsValue> {
        // Another tab has begun the log anew, or has written a newer one, whose tail begins where it ends.
        if found.cursor.is_some_and(|found| found.epoch > cursor.epoch) || found.snapshot.is_some_and(|newest| newest > cursor) {
            return Ok(());
        }
        let found = found.cursor;
        let everything = self.version.up_to(f64::MAX)?;
        stores.delete(CHUNK, &everything)?;
        // Pages of an older timeline go with it.
        let is_ahead = found.is_some_and(|found| found.epoch < cursor.epoch);
        let needless = self.version.up_to(if is_ahead { f64::MAX } else { cursor.position as f64 })?;
        stores.delete(TAIL, &needless)?;
        let piece = |index, chunk: &Vec<u8>| (self.version.key(&[(index as u32).into()]), Uint8Array::from(&**chunk).into());
        stores.put_in_turns(CHUNK, chunks, CHUNKS_PER_TURN, piece).await?;
        stores.put(META, &self.version.key(&[META_SNAPSHOT.into()]), &encoded(&(cursor, chunks.len() as u32)))?;
        let key = self.version.key(&[META_MARK.into()]);
        match mark {
            Some(mark) => stores.put(META, &key, &encoded(&mark))?,
            None => stores.delete(META, &key)?,
        }
        stores.put(META, &self.version.key(&[META_CURSOR.into()]), &encoded(&found.map_or(cursor, |found| found.max(cursor))))
    }
}

/// Waits for the first of these events; the listeners are to live as long.
fn first_of<const N: usize>(
    target: &web_sys::EventTarget,
    kinds: [&'static str; N],
) -> (oneshot::Receiver<&'static str>, [EventListener; N]) {
    let (sender, receiver) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let listeners = kinds.map(|kind| {
        let sender = sender.clone();
        EventListener::once(target, kind, move |_| {
            if let Some(sender) = sender.borrow_mut().take() {
                let _ = sender.send(kind);
            }
        })
    });
    (receiver, listeners)
}

/// Keys and values of a store that holds texts, `count` at a time.
async fn rows(store: &Store, count: u32) -> Result<Vec<(String, String)>, String> {
    let mut rows = Vec::new();
    let mut last: Option<JsValue> = None;
    loop {
        let beyond = |last: &JsValue| KeyRange::lower_bound(last, Some(true)).map_err(told("a range of keys"));
        let (after, again) = (last.as_ref().map(beyond).transpose()?, last.as_ref().map(beyond).transpose()?);
        let (keys, values) = join(store.get_all_keys(after, Some(count)), store.get_all(again, Some(count))).await;
        let (keys, values) = (keys.map_err(told("reading"))?, values.map_err(told("reading"))?);
        let is_last = keys.len() < count as usize;
        last = keys.last().cloned();
        let pairs = keys.into_iter().zip(values);
        rows.extend(pairs.filter_map(|(key, value)| Some((key.as_string()?, value.as_string()?))));
        if is_last {
            return Ok(rows);
        }
    }
}

fn bytes(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}

fn encoded<T: serde::Serialize>(value: &T) -> JsValue {
    let bytes = postcard::to_stdvec(value).expect("plain data");
    Uint8Array::from(&*bytes).into()
}

fn decoded<T: serde::de::DeserializeOwned>(value: Option<JsValue>) -> Option<T> {
    postcard::from_bytes(&bytes(&value?)).ok()
}
