//! The native client that is shipped, with its folder on disk; it is killed now and then too.

use crate::dice::Dice;
use crate::person::Person;
use crate::plain::Phase;
use crate::work::Worker;
use landfall_domain::Workspace;
use landfall_engine::{CommandId, DeviceId, Position};
use landfall_server::native::driver::Driver;
use landfall_server::native::profile::Place;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Commands that wait, at most.
const OUTBOX_MAX: usize = 64;
/// How long it waits for something to happen before it looks what to do next.
const TURN: Duration = Duration::from_millis(5);

/// See the module.
pub struct Native {
    driver: Driver<Workspace>,
    folder: PathBuf,
    place: Place,
    token: String,
    device: DeviceId,
    worker: Worker,
    /// Saved in its folder, and so promised.
    pub issued: Vec<CommandId>,
    pub deaths: u64,
}

impl Native {
    pub async fn new(person: &Person, folder: PathBuf, mut worker: Worker) -> Self {
        let server = format!("http://{}", person.address).parse().expect("an address");
        let place = Place {
            server,
            others: Vec::new(),
            two_routes: false,
            log: person.log,
            workspace: "Dry dock".into(),
            actor: person.actor,
            name: "Edda".into(),
            token: None,
        };
        let (token, device) = (person.token().await, DeviceId(worker.dice().id()));
        let driver = Driver::open(&folder, place.clone(), token.clone(), device).expect("a folder");
        Self { driver, folder, place, token, device, worker, issued: Vec::new(), deaths: 0 }
    }

    pub fn driver(&self) -> &Driver<Workspace> {
        &self.driver
    }

    pub fn dice(&mut self) -> &mut Dice {
        self.worker.dice()
    }

    /// Whatever happens next, or nothing for so long.
    pub async fn turn(&mut self, wait: Duration) {
        let _ = timeout(wait, self.driver.step()).await;
    }

    /// Does something with one of these tasks, that leaves the state as large as it was. `None` when its own view refuses it.
    pub fn issue(&mut self, tasks: &[String]) -> Option<CommandId> {
        let command = self.worker.steady(tasks);
        self.driver.submit(command).ok()
    }

    /// The next of its commands that has a record.
    pub fn take_settled(&mut self) -> Option<CommandId> {
        self.driver.take_settled().map(|(id, _)| id)
    }

    /// Works until it is told to finish, and until nothing waits any more. Each time `die` changes it may lose everything but its folder.
    pub async fn run(mut self, phase: watch::Receiver<Phase>, mut die: watch::Receiver<u64>) -> Self {
        while *phase.borrow() == Phase::Work || self.driver.client().outbox().next().is_some() {
            if die.has_changed().unwrap_or(false) && *die.borrow_and_update() > 0 && self.worker.dice().one_in(2) {
                self = self.born_again().await;
            }
            if *phase.borrow() == Phase::Work && self.driver.client().outbox().count() < OUTBOX_MAX {
                for _ in 0..=self.worker.dice().below(8) {
                    let command = self.worker.command();
                    // What its own view refuses is refused, and not sent.
                    self.issued.extend(self.driver.submit(command));
                }
            }
            self.turn(TURN).await;
        }
        self
    }

    async fn born_again(self) -> Self {
        let Self { driver, folder, place, token, device, worker, issued, deaths } = self;
        drop(driver);
        // A server that is being started holds the lock too, until its process has become another program.
        let driver = loop {
            match Driver::open(&folder, place.clone(), token.clone(), device) {
                Ok(driver) => break driver,
                Err(error) => assert!(error.to_string().contains("Another landfall works with"), "{error:#}"),
            }
            sleep(TURN).await;
        };
        Self { driver, folder, place, token, device, worker, issued, deaths: deaths + 1 }
    }

    /// Reads until it knows the log up to there.
    pub async fn catch_up(&mut self, head: Position) {
        while self.driver.client().cursor().position < head {
            self.driver.step().await;
        }
    }
}
