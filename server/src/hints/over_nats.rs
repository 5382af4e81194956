//! Hints over NATS core: one line to its server, on one subject. While that is away nothing is told, and everybody looks for themselves.

use super::{HEADS_PER_MESSAGE_MAX, INTERVAL, Moved, UNTOLD_MAX, newest, read, worded};
use crate::host::random;
use crate::metrics::Gauge;
use crate::nats::{Address, Line};
use std::io;
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

/// Before a line that broke is tried again: it doubles each time, and is drawn between half of it and all of it.
const RETRY: RangeInclusive<Duration> = Duration::from_millis(250)..=Duration::from_secs(8);

/// Tells and hears for as long as somebody has something to tell. `connected` is 1 while there is a line.
pub(super) async fn exchange(
    server: &Address,
    subject: &str,
    mut untold: mpsc::Receiver<Moved>,
    heard: &broadcast::Sender<Moved>,
    connected: &Gauge,
) {
    let (mut retry, mut is_away) = (*RETRY.start(), false);
    loop {
        let mut open_for = Duration::ZERO;
        let outcome = match open(server, subject).await {
            Ok(mut line) => {
                if is_away {
                    tracing::info!(%server, "hints go over NATS again");
                    is_away = false;
                }
                let (_connected, since) = (connected.hold(), Instant::now());
                let outcome = talk(&mut line, subject, &mut untold, heard).await;
                open_for = since.elapsed();
                outcome
            }
            Err(error) => Err(error),
        };
        let Err(error) = outcome else { return };
        if !is_away {
            tracing::warn!(%server, %error, "no hints go over NATS: until they do, each server looks at heads every second");
            is_away = true;
        }
        // One that lets us in and ends the line at once is asked ever more rarely too.
        retry = if open_for > *RETRY.end() { *RETRY.start() } else { retry };
        sleep(retry.mul_f64(0.5 + f64::from(random::<1>()[0]) / 512.0)).await;
        retry = (retry * 2).min(*RETRY.end());
    }
}

async fn open(server: &Address, subject: &str) -> io::Result<Line> {
    let mut line = Line::open(server).await?;
    line.subscribe(subject).await?;
    Ok(line)
}

/// `Ok` when nobody will tell anything any more; `Err` when the line has ended.
async fn talk(line: &mut Line, subject: &str, untold: &mut mpsc::Receiver<Moved>, heard: &broadcast::Sender<Moved>) -> io::Result<()> {
    let mut moved = Vec::new();
    let mut rests_until = None;
    loop {
        tokio::select! {
            said = line.heard() => {
                for head in str::from_utf8(&said?).into_iter().flat_map(read).take(HEADS_PER_MESSAGE_MAX) {
                    // Nobody listens while no log is open.
                    let _ = heard.send(head);
                }
            }
            () = async { sleep_until(rests_until.unwrap_or_else(Instant::now)).await }, if rests_until.is_some() => rests_until = None,
            count = untold.recv_many(&mut moved, UNTOLD_MAX), if rests_until.is_none() => {
                if count == 0 {
                    return Ok(());
                }
                for heads in newest(&mut moved).chunks(HEADS_PER_MESSAGE_MAX) {
                    if !line.say(subject, &worded(heads)) {
                        break;
                    }
                }
                rests_until = Some(Instant::now() + INTERVAL);
            }
        }
    }
}
