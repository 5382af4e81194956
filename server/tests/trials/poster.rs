//! A program that posts commands over HTTP, and posts the same again until it is answered.

use crate::person::Person;
use crate::plain::Phase;
use crate::work::Worker;
use landfall_domain::Workspace;
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{CommandId, DeviceId, Position, Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

const PAUSE: Duration = Duration::from_millis(20);

/// See the module.
pub struct Poster {
    person: Person,
    device: DeviceId,
    worker: Worker,
    pub issued: Vec<CommandId>,
    /// The records that it was answered with.
    pub told: Vec<Record<Workspace>>,
    /// How often there was another answer than records, by status; 0 for none.
    pub refusals: BTreeMap<u16, u64>,
}

/// What is posted. Commands go up letter by letter.
#[derive(Serialize)]
pub struct Body<'a> {
    pub device: DeviceId,
    pub commands: &'a [Submission],
}

#[derive(Deserialize)]
struct Answered {
    records: Vec<Record<Workspace>>,
}

impl Poster {
    pub fn new(person: Person, mut worker: Worker) -> Self {
        let device = DeviceId(worker.dice().id());
        Self { person, device, worker, issued: Vec::new(), told: Vec::new(), refusals: BTreeMap::new() }
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    /// Lands one command before it goes to work.
    pub async fn begin_with(mut self, text: String) -> Self {
        let command = Submission { command: Some(CommandText(text)), ..self.worker.submission(None) };
        self.issued.push(command.id);
        self.land(&[command]).await;
        self
    }

    /// Lands one command of the day's work, and says where.
    pub async fn land_one(mut self) -> Position {
        let command = self.worker.submission(None);
        self.land(&[command]).await;
        self.told.last().expect("a record").position
    }

    /// Works until it is told to finish; what was begun is landed.
    pub async fn run(mut self, phase: watch::Receiver<Phase>) -> Self {
        let mut last = None;
        while *phase.borrow() == Phase::Work {
            let mut commands: Vec<Submission> = Vec::new();
            for _ in 0..=self.worker.dice().below(12) {
                let after = commands.last().map(|newest| newest.id).or(last);
                commands.push(self.worker.submission(after));
            }
            self.issued.extend(commands.iter().map(|command| command.id));
            last = commands.last().map(|newest| newest.id);
            self.land(&commands).await;
        }
        self
    }

    async fn land(&mut self, commands: &[Submission]) {
        let body = serde_json::to_vec(&Body { device: self.device, commands }).expect("plain data");
        let path = format!("/api/logs/{}/commands", self.person.log);
        loop {
            let status = match self.person.request("POST", &path, &body).await {
                Ok(answer) if answer.status == 200 => {
                    let Answered { records } = serde_json::from_slice(&answer.body).expect("records");
                    let answered: Vec<CommandId> = records.iter().map(|record| record.command).collect();
                    assert_eq!(answered, commands.iter().map(|command| command.id).collect::<Vec<_>>(), "one record for each, in order");
                    self.told.extend(records);
                    return;
                }
                Ok(answer) => answer.status,
                Err(_) => 0,
            };
            *self.refusals.entry(status).or_default() += 1;
            sleep(PAUSE).await;
        }
    }
}
