//! Sending what waits, and telling how it goes: a line of progress, and a sentence for each rejection.

use super::Product;
use super::driver::Driver;
use super::wording::{count, counted};
use crate::host::now;
use crate::progress_line::ProgressLine;
use landfall_engine::client::Connection;
use landfall_engine::{CommandId, Reason};
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// Once the server was heard, it may be silent for this long before landing is put off, milliseconds.
const SILENCE_MS_MAX: u64 = 30_000;
/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How landing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing waits any more.
    Landed,
    /// The server could not be reached: the rest waits.
    PutOff,
    /// The server said a word that trying again does not change: the rest waits, or is in the inbox.
    Refused,
    /// Ctrl-C: the rest waits.
    Interrupted,
}

/// What has been told so far.
pub struct Report<P: Product> {
    total: usize,
    done: usize,
    rejected: usize,
    unit: &'static str,
    lines: BTreeMap<CommandId, u64>,
    line: ProgressLine,
    product: std::marker::PhantomData<P>,
}

impl<P: Product> Report<P> {
    /// Nothing yet. `lines` names the line, or whatever `unit` a file has, that a command comes from.
    pub fn new(unit: &'static str, lines: BTreeMap<CommandId, u64>) -> Self {
        Self { total: 0, done: 0, rejected: 0, unit, lines, line: ProgressLine::new(), product: std::marker::PhantomData }
    }

    /// How many commands there are to land.
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many were accepted.
    pub fn landed(&self) -> usize {
        self.done - self.rejected
    }

    /// How many were rejected, here or by the server.
    pub fn rejected(&self) -> usize {
        self.rejected
    }

    /// These many wait.
    pub fn expect(&mut self, waiting: usize) {
        self.total = self.done + waiting;
    }

    /// A command was refused by what this machine knows, and not kept.
    pub fn refused(&mut self, id: CommandId, words: &str, why: &str) {
        self.total += 1;
        self.reject(id, words, why);
    }

    fn reject(&mut self, id: CommandId, words: &str, why: &str) {
        self.done += 1;
        self.rejected += 1;
        let line = self.lines.get(&id).filter(|line| **line > 0);
        let place = line.map(|line| format!(" ({} {line})", self.unit)).unwrap_or_default();
        self.clear();
        eprintln!("Rejected: {words}{place}. {why}");
    }

    /// Takes note of every command that got its record since the last time.
    fn take(&mut self, driver: &mut Driver<P::Domain>) {
        let mut rejected = BTreeMap::new();
        while let Some((id, reason)) = driver.take_settled() {
            match reason {
                None => self.done += 1,
                Some(reason) => drop(rejected.insert(id, reason)),
            }
        }
        if rejected.is_empty() {
            return;
        }
        let known = driver.client().rejections().filter(|kept| rejected.contains_key(&kept.id));
        let commands: BTreeMap<CommandId, String> =
            known.filter_map(|kept| Some((kept.id, P::command(driver.client().view(), kept.command.as_ref()?)))).collect();
        for (id, reason) in rejected {
            let unnamed = || format!("Command {id}");
            self.reject(id, &commands.get(&id).cloned().unwrap_or_else(unnamed), &reason_in_words::<P>(driver, &reason));
        }
    }

    fn progress(&mut self, state: &str) {
        let rejected = if self.rejected > 0 { format!(", {} rejected", count(self.rejected)) } else { String::new() };
        let (done, total) = (self.done, self.total);
        self.line.tell(|| format!("{state} {} of {}{rejected}", count(done), count(total)));
    }

    fn clear(&self) {
        self.line.clear();
    }
}

/// Waits until everything that the server has was read, or until that cannot be done now.
pub async fn catch_up<P: Product>(driver: &mut Driver<P::Domain>) -> bool {
    while !driver.client().status().caught_up {
        if driver.is_refused() || driver.is_away() {
            return false;
        }
        driver.step().await;
    }
    true
}

/// Lands what waits. With `wait` it goes on trying until the server answers.
pub async fn land<P: Product>(driver: &mut Driver<P::Domain>, report: &mut Report<P>, wait: bool) -> End {
    let mut heard = now();
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    let end = loop {
        report.take(driver);
        let status = driver.client().status();
        if driver.client().outbox().next().is_none() {
            // Whom the workspace no longer lists has an empty outbox too: what waited is in the inbox.
            break if status.connection == Connection::Forbidden { End::Refused } else { End::Landed };
        }
        if driver.is_refused() {
            break End::Refused;
        }
        heard = heard.max(status.last_contact.unwrap_or_default());
        let online = status.connection == Connection::Online;
        let hopeless = driver.is_away() && (status.last_contact.is_none() || now().since(heard) > SILENCE_MS_MAX);
        if !online && !wait && hopeless {
            break End::PutOff;
        }
        report.progress(if online { "Landing" } else { "Waiting for the server, landed" });
        tokio::select! {
            // A step that is cut short is taken up by the next one.
            _ = timeout(LOOK, driver.step()) => {}
            _ = &mut interrupted => break End::Interrupted,
        }
    };
    report.clear();
    end
}

/// One line for standard output: what became of it all.
pub fn summary<P: Product>(driver: &Driver<P::Domain>, report: &Report<P>, end: End) -> String {
    let place = driver.place();
    let waiting = driver.client().outbox().filter(|pending| !pending.withdrawn).count();
    let kept = || {
        format!(
            "{} in {}.\nLand them later with: landfall land{}",
            if waiting == 1 { "1 command is kept".into() } else { format!("{} are kept", counted(waiting, "command")) },
            driver.folder().path().display(),
            if place.token.is_none() { " --token TOKEN" } else { "" },
        )
    };
    let mut landed = format!("Landed {} of {} on “{}”", count(report.landed()), count(report.total()), place.workspace);
    if report.rejected() > 0 {
        landed.push_str(&format!("; {} rejected", count(report.rejected())));
    }
    landed.push('.');
    match end {
        End::Landed if report.rejected() > 0 => format!("{landed} What was rejected waits in your inbox in the page."),
        End::Landed => landed,
        End::PutOff => format!("{landed}\nOffline: {}. {}", driver.trouble(), kept()),
        End::Interrupted => format!("{landed}\nStopped. {}", kept()),
        End::Refused => match driver.client().status().connection {
            Connection::Forbidden => {
                let folder = driver.folder().path().display();
                format!("{landed}\nIt cannot land any more: {}. What waited is kept as rejected in {folder}.", driver.trouble())
            }
            Connection::SignedOut => format!("{landed}\n{} {}", super::follow::signed_out(driver.trouble()), kept()),
            _ => format!("{landed}\nThe server is of another version: {}. Update the older one. {}", driver.trouble(), kept()),
        },
    }
}

/// Why a command was rejected, as a sentence.
fn reason_in_words<P: Product>(driver: &Driver<P::Domain>, reason: &Reason<super::RejectionOf<P>>) -> String {
    match reason {
        Reason::Domain(_) => P::rejection(driver.client().view(), reason),
        Reason::Withdrawn => "It was taken back.".into(),
        Reason::Unreadable(why) => format!("The server cannot read it: {why}."),
        Reason::NoLongerMember => "The workspace does not list you any more.".into(),
    }
}
