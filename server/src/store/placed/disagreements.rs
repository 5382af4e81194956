//! Where the directory and the databases do not say the same of a log: a move that was cut short, or a database that was put back from a copy.

use super::{MAIN, PlacedStore};
use crate::store::{LogStore, StoreError};
use landfall_engine::LogId;
use std::time::Duration;

/// Logs that are looked at in one go, and how long one go may take.
const PAGE_LOGS: usize = 1_000;
const LOOK_PATIENCE: Duration = Duration::from_secs(30);

/// A log of which two places do not say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// It is here, and nothing can be appended: a move was cut short.
    Halted {
        /// Which.
        log: LogId,
        /// Where it is, as the directory says.
        here: String,
        /// Where its head says that it is.
        elsewhere: String,
    },
    /// A database would let it be appended to, and the directory says that it is elsewhere.
    Claimed {
        /// Which.
        log: LogId,
        /// The database.
        by: String,
        /// Where it is, as the directory says.
        here: String,
    },
}

impl PlacedStore {
    /// All of them, at most so many.
    pub async fn disagreements(&self, found_max: usize) -> Result<Vec<Disagreement>, StoreError> {
        let mut found = Vec::new();
        for place in &self.places {
            let mut after = None;
            while found.len() < found_max {
                let heads = place.store.logs(after, PAGE_LOGS).await?;
                let logs: Vec<LogId> = heads.iter().map(|(log, _)| *log).collect();
                let (Some(last), listed) = (logs.last(), self.directory.places_of(&logs).await?) else { break };
                for (log, standing) in place.standings(&logs, LOOK_PATIENCE).await? {
                    let here = listed.get(&log).map_or(MAIN, String::as_str);
                    match standing.elsewhere {
                        Some(elsewhere) if here == place.name => found.push(Disagreement::Halted { log, here: here.into(), elsewhere }),
                        // One that was never listed nor written is what a founding has left that was cut short.
                        None if here != place.name && standing.head.position > 0 => {
                            found.push(Disagreement::Claimed { log, by: place.name.clone(), here: here.into() });
                        }
                        _ => {}
                    }
                }
                after = Some(*last);
            }
        }
        found.truncate(found_max);
        Ok(found)
    }
}
