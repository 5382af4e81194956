//! Records that are lost without a word: who has read them says so, and a new timeline begins.

use crate::private_postgres::PrivatePostgres;
use crate::world::{Folder, Person, Socket, World, patient};
use landfall_engine::protocol::*;
use landfall_engine::{Cursor, Mark, Seal};
use landfall_server::config::{Config, Data};
use landfall_server::database::FILE_NAME;
use landfall_server::postgres::Postgres;
use std::path::Path;

/// Reads on until everything is there, and what a client keeps of it: the seal of the last record.
async fn read(person: &Person) -> (Socket, Mark) {
    let mut socket = person.socket(Format::Postcard).await;
    socket.hello(person.log).await;
    let mut mark = Mark { position: 0, seal: Seal::NONE };
    loop {
        match socket.next().await {
            Downstream::Sealed { before, records } => {
                assert_eq!(before, mark.seal, "a page follows the one before it");
                let last = records.last().expect("a page is not empty");
                mark = Mark { position: last.record.position, seal: last.seal };
            }
            Downstream::CaughtUp { .. } => return (socket, mark),
            other => assert!(matches!(other, Downstream::Welcome(_)), "{other:?}"),
        }
    }
}

/// Comes again with what was read before.
async fn come_again(person: &Person, cursor: Cursor, mark: Mark) -> Socket {
    let mut socket = person.socket(Format::Postcard).await;
    socket.cursor = cursor;
    socket.hello(person.log).await;
    socket.send(&Upstream::Mark(mark)).await;
    socket
}

fn copy(from: &Path, to: &Path) {
    for file in [FILE_NAME.to_owned(), format!("{FILE_NAME}-wal"), format!("{FILE_NAME}-shm")] {
        let _ = std::fs::remove_file(to.join(&file));
        if from.join(&file).exists() {
            std::fs::create_dir_all(to).unwrap();
            std::fs::copy(from.join(&file), to.join(&file)).unwrap();
        }
    }
}

async fn everything_is_read_anew(person: &Person, before: Cursor) {
    let mut socket = person.follow(Format::Postcard, before).await;
    assert!(socket.cursor.epoch > before.epoch, "a new timeline");
    assert_eq!(socket.seen.len() as u64, socket.cursor.position, "of which everything is read");
    let id = socket.say(&format!("after {}", before.epoch)).await;
    socket.read_until(id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_24_whoever_has_read_what_is_there_goes_on() {
    let world = World::start().await;
    let ada = world.owner().await;
    let (mut first, _) = read(&ada).await;
    let id = first.say("one").await;
    first.read_until(id).await;
    let (socket, mark) = read(&ada).await;
    let mut again = come_again(&ada, socket.cursor, mark).await;
    again.catch_up().await;
    again.ping().await;
    assert_eq!((again.cursor, world.metrics().timelines_after_loss.count()), (socket.cursor, 0));
}

/// A machine is put back to how it was an hour ago, and nobody says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_24_a_disk_that_went_back_is_noticed_by_whoever_had_read_more() {
    for others_wrote in [0, 1, 5] {
        let (folder, kept) = (Folder::new(), Folder::new());
        let mut world = World::start_with(Config { data: Data::Folder(folder.0.clone()), ..patient() }).await;
        let ada = world.owner().await;
        let ben = world.member(&ada, "Ben").await;
        world.stop().await;
        copy(&folder.0, &kept.0);
        world.restart().await;
        let ada = world.again(&ada);
        let (mut socket, _) = read(&ada).await;
        let id = socket.say("what is lost").await;
        socket.read_until(id).await;
        let (socket, mark) = read(&ada).await;
        world.stop().await;
        copy(&kept.0, &folder.0);
        world.restart().await;

        let (ada, ben) = (world.again(&ada), world.again(&ben));
        for number in 0..others_wrote {
            let mut other = ben.follow(Format::Postcard, Cursor::default()).await;
            let id = other.say(&format!("by somebody who knows nothing of it, {number}")).await;
            other.read_until(id).await;
        }
        let mut again = come_again(&ada, socket.cursor, mark).await;
        assert_eq!(again.close_code().await, CloseCode::Diverged.number(), "after {others_wrote} records of others");
        assert_eq!(world.metrics().timelines_after_loss.count(), 1);
        everything_is_read_anew(&ada, socket.cursor).await;
        everything_is_read_anew(&ben, socket.cursor).await;
        assert_eq!(world.metrics().timelines_after_loss.count(), 1, "it is begun anew once");
    }
}

/// A client that lies, or is wrong, costs everybody one reading a minute at most.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_24_a_log_is_begun_anew_for_what_clients_say_once_a_minute() {
    let world = World::start().await;
    let ada = world.owner().await;
    let (socket, mark) = read(&ada).await;
    let lie = Mark { seal: Seal([7; 16]), ..mark };
    assert_eq!(come_again(&ada, socket.cursor, lie).await.close_code().await, CloseCode::Diverged.number());
    let (socket, same) = read(&ada).await;
    assert_eq!(same, mark, "the records are the same, and so are their seals");
    assert_eq!(come_again(&ada, socket.cursor, lie).await.close_code().await, CloseCode::Busy.number());
    assert_eq!(world.metrics().timelines_after_loss.count(), 1);
    read(&ada).await.0.ping().await;
}

/// A standby that was behind takes over from a PostgreSQL that died, under servers that know better.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rule_24_servers_notice_by_themselves_that_their_database_went_back() {
    let postgres = PrivatePostgres::shared();
    let address = postgres.new_database();
    let config = || Config { data: Data::Postgres(address.clone()), ..patient() };
    let (first, second) = (World::start_with(config()).await, World::start_with(config()).await);
    let ada = first.owner().await;
    let (mut a, _) = read(&ada).await;
    let mut b = second.again(&ada).follow(Format::Postcard, Cursor::default()).await;
    let id = a.say("what is lost").await;
    a.read_until(id).await;
    b.read_until(id).await;
    let before = a.cursor;

    let database = Postgres::open(&address).await.unwrap();
    let lose = "ALTER TABLE record DISABLE TRIGGER USER; ALTER TABLE log_head DISABLE TRIGGER USER; \
                DELETE FROM record WHERE position = (SELECT head FROM log_head); \
                UPDATE log_head SET head = head - 1, seal = (SELECT seal FROM record WHERE record.position = head - 1); \
                ALTER TABLE record ENABLE TRIGGER USER; ALTER TABLE log_head ENABLE TRIGGER USER";
    sqlx::raw_sql(lose).execute(database.pool()).await.unwrap();
    database.close().await;

    // Nobody comes, and nobody does anything: the servers look by themselves, and who followed is sent to come again.
    assert_eq!([a.close_code().await, b.close_code().await], [CloseCode::GoingAway.number(); 2]);
    everything_is_read_anew(&ada, before).await;
    everything_is_read_anew(&second.again(&ada), before).await;
    let begun: u64 = [&first, &second].iter().map(|world| world.metrics().timelines_after_loss.count()).sum();
    assert!(begun >= 1, "it is told to whoever watches");
}
