//! Who follows a log with the client that is shipped, knows the addresses of all nodes, and how soon they see again what others do.

use crate::dice::Dice;
use crate::person::Person;
use crate::poster::Poster;
use crate::program::Folder;
use crate::work::{Board, Worker};
use landfall_domain::Workspace;
use landfall_engine::{DeviceId, Position};
use landfall_server::native::driver::Driver;
use landfall_server::native::profile::Place;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anybody has to wait, whatever else this machine does at the time. What is aimed at, and printed, is 3 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// One follower for each node, which begins there.
pub struct Audience {
    person: Person,
    token: String,
    board: Board,
    dice: Dice,
    nodes: Vec<SocketAddr>,
    folders: Vec<PathBuf>,
    /// Commands that were issued to see whether they arrive.
    pub issued: usize,
}

struct Follower {
    position: watch::Receiver<Position>,
    task: JoinHandle<()>,
}

impl Follower {
    /// Its folder is free when this returns.
    async fn end(self) {
        self.task.abort();
        let ended = self.task.await;
        assert!(ended.is_err_and(|error| error.is_cancelled()), "it found nothing wrong");
    }
}

impl Audience {
    pub async fn new(person: Person, nodes: Vec<SocketAddr>, folder: &Folder, board: Board, dice: Dice) -> Self {
        let token = person.token().await;
        let folders = (0..nodes.len()).map(|number| folder.path(&format!("follower-{number}"))).collect();
        Self { person, token, board, dice, nodes, folders, issued: 0 }
    }

    /// How long after `disturb` has begun everybody sees what is done at the node `elsewhere`, each of them having been connected to another
    /// node before. `since` is when to count from, if that is later.
    pub async fn live_again<T>(&mut self, elsewhere: usize, disturb: impl Future<Output = (T, Option<Instant>)>) -> (T, Duration) {
        let mut followers: Vec<Follower> = (0..self.nodes.len()).map(|node| self.follow(node)).collect();
        self.until_seen(elsewhere, &mut followers).await;
        let begun = Instant::now();
        let ((disturbed, since), ()) = tokio::join!(disturb, self.until_seen(elsewhere, &mut followers));
        let took = since.unwrap_or(begun).elapsed();
        for follower in followers {
            follower.end().await;
        }
        (disturbed, took)
    }

    /// Somebody does something at this node, and everybody sees it.
    async fn until_seen(&mut self, node: usize, followers: &mut [Follower]) {
        let worker = Worker::new(self.board.clone(), self.dice.split());
        let person = Person { address: self.nodes[node], ..self.person.clone() };
        let position = Poster::new(person, worker).land_one().await;
        self.issued += 1;
        for follower in followers {
            let seen = timeout(PATIENCE, follower.position.wait_for(|seen| *seen >= position)).await;
            seen.expect("everybody is live again").expect("it follows for as long as it is wanted");
        }
    }

    /// With the client that is shipped, beginning at this node.
    fn follow(&self, node: usize) -> Follower {
        let address = |step: usize| format!("http://{}", self.nodes[(node + step) % self.nodes.len()]).parse().expect("an address");
        let place = Place {
            server: address(0),
            others: (1..self.nodes.len()).map(address).collect(),
            two_routes: false,
            log: self.person.log,
            workspace: "Dry dock".into(),
            actor: self.person.actor,
            name: "Olga".into(),
            token: None,
        };
        let device = DeviceId([0x60 + node as u8; 16]);
        let mut driver = Driver::<Workspace>::open(&self.folders[node], place, self.token.clone(), device).expect("a folder");
        let (tell, position) = watch::channel(0);
        let task = tokio::spawn(async move {
            loop {
                driver.step().await;
                tell.send_if_modified(|seen| std::mem::replace(seen, driver.client().cursor().position) != *seen);
            }
        });
        Follower { position, task }
    }
}
