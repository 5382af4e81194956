//! Snapshots as devices download them: whole, in parts, and again after a cut.

use crate::toy::Toy;
use crate::world::{Answer, Folder, Person, World, patient};
use landfall_engine::{Cursor, Domain};
use landfall_server::config::{Config, Data};
use landfall_server::database::Database;
use landfall_server::host::random;
use landfall_server::store::sqlite::SqliteStore;
use landfall_server::store::{LogStore, SNAPSHOT_PIECE_BYTES, StoredSnapshot};

/// A server that has this snapshot of the log.
async fn with_snapshot(world: &mut World, folder: &Folder, person: &Person, body: &[u8]) -> Person {
    world.stop().await;
    let store = SqliteStore::new(Database::open(&folder.0).await.unwrap());
    let head = store.head(person.log).await.unwrap().unwrap();
    store.save_snapshot(person.log, Toy::FOLD, StoredSnapshot { cursor: head, body: body.to_vec() }).await.unwrap();
    store.close().await;
    world.restart().await;
    world.again(person)
}

async fn get(person: &Person, headers: &[(&str, &str)]) -> Answer {
    let path = format!("/api/logs/{}/snapshot?fold={}&schema={}", person.log, Toy::FOLD, Toy::SCHEMA);
    let headers: Vec<(&str, String)> = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    person.request("GET", &path, &headers, &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_goes_on_after_a_cut_and_begins_anew_when_there_is_another_snapshot() {
    let folder = Folder::new();
    let mut world = World::start_with(Config { data: Data::Folder(folder.0.clone()), ..patient() }).await;
    let ada = world.owner().await;
    let body: Vec<u8> = (0..4).flat_map(|_| random::<SNAPSHOT_PIECE_BYTES>()).chain([1, 2, 3]).collect();
    let ada = with_snapshot(&mut world, &folder, &ada, &body).await;

    let whole = get(&ada, &[]).await;
    assert_eq!((whole.status, whole.header("accept-ranges"), whole.header("content-encoding")), (200, Some("bytes"), Some("gzip")));
    assert!(whole.body == body, "it is what was saved");
    let tag = whole.header("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("W/{tag}"), format!("\"another\", {tag}")] {
        let answer = get(&ada, &[("if-none-match", &known), ("range", "bytes=5-")]).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
    }

    let length = body.len();
    for (range, first, end) in [
        ("bytes=0-", 0, length),
        ("bytes=70000-", 70_000, length),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=131072-131072", 131_072, 131_073),
        ("bytes=-3", length - 3, length),
    ] {
        let part = get(&ada, &[("range", range), ("if-range", &tag)]).await;
        assert_eq!((part.status, part.header("etag")), (206, Some(tag.as_str())), "{range}");
        let told = format!("bytes {first}-{}/{length}", end - 1);
        assert_eq!(part.header("content-range"), Some(told.as_str()));
        assert!(part.body == body[first..end], "{range}: {} bytes", part.body.len());
    }
    let packed = get(&ada, &[("accept", "application/gzip"), ("range", "bytes=70000-"), ("if-range", &tag)]).await;
    let told = (packed.status, packed.header("content-type"), packed.header("content-encoding"), packed.header("vary"));
    assert_eq!(told, (206, Some("application/gzip"), None, Some("accept")), "for whoever unpacks it themselves");
    assert!(packed.body == body[70_000..]);
    let beyond = get(&ada, &[("range", &format!("bytes={length}-"))]).await;
    assert_eq!(beyond.error(), (416, "beyond_end".into()));
    assert_eq!(beyond.header("content-range"), Some(format!("bytes */{length}").as_str()));

    let another = [&body[..], &[4]].concat();
    let ada = with_snapshot(&mut world, &folder, &ada, &another).await;
    let anew = get(&ada, &[("range", "bytes=70000-"), ("if-range", &tag)]).await;
    assert_eq!(anew.status, 200, "the rest of the other one is of no use");
    assert!(anew.body == another && anew.header("etag") != Some(tag.as_str()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_of_another_timeline_is_not_served() {
    let folder = Folder::new();
    let mut world = World::start_with(Config { data: Data::Folder(folder.0.clone()), ..patient() }).await;
    let ada = world.owner().await;
    let ada = with_snapshot(&mut world, &folder, &ada, &[1, 2, 3]).await;
    assert_eq!(get(&ada, &[]).await.status, 200);
    world.stop().await;
    let store = SqliteStore::new(Database::open(&folder.0).await.unwrap());
    assert_ne!(store.begin_epoch(ada.log, 7).await, Ok(1));
    assert_eq!(store.head(ada.log).await, Ok(Some(Cursor { epoch: 7, position: 1 })));
    store.close().await;
    world.restart().await;
    assert_eq!(get(&world.again(&ada), &[]).await.error(), (404, "no_snapshot".into()));
}
