//! Logs that nobody uses leave the memory, and come back as they were when somebody asks.

use crate::world::{World, patient, say};
use landfall_engine::Cursor;
use landfall_engine::protocol::Format;
use landfall_server::config::Config;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const UNUSED: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_stays_in_memory_while_somebody_follows_it_and_leaves_when_nobody_has_for_a_while() {
    let world = World::start_with(Config { log_unused: UNUSED, ..patient() }).await;
    let ada = world.owner().await;
    let is_open = || world.metrics().open_logs.level() == 1;
    let closed = || world.metrics().logs_closed.count();

    let mut socket = ada.follow(Format::Postcard, Cursor::default()).await;
    let said = socket.say("one").await;
    socket.read_until(said).await;
    let since = Instant::now();
    while since.elapsed() < 3 * UNUSED {
        socket.ping().await;
        assert!(is_open() && closed() == 0, "it is followed");
        sleep(UNUSED / 10).await;
    }

    drop(socket);
    let left = Instant::now();
    while closed() == 0 {
        sleep(UNUSED / 30).await;
    }
    assert!(left.elapsed() >= UNUSED / 2, "it was in use until just now: {:?}", left.elapsed());
    assert!(!is_open());

    let opened = world.metrics().log_open.cumulative();
    assert_eq!(ada.post_commands(&[say("two")]).await.status, 200);
    let again = ada.follow(Format::Postcard, Cursor::default()).await;
    assert_eq!(again.cursor.position, 3, "founded, one, two");
    let times = |counts: &[u64]| counts.last().copied().unwrap_or_default();
    assert_eq!(times(&world.metrics().log_open.cumulative()), times(&opened) + 1, "it was read into memory anew");
}
