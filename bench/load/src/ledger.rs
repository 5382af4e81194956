//! What was heard of one log in this process: of all the devices that hear a record, one decodes it.

use crate::work::Product;
use anyhow::{Result, bail, ensure};
use landfall_engine::protocol::{Downstream, Format};
use landfall_engine::{CommandId, DeviceId, Outcome, Position};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// See the module.
pub struct Ledger(Mutex<Heard>);

struct Heard {
    up_to: Position,
    /// Records by the device of their commands, until that device has heard them itself.
    by_device: BTreeMap<DeviceId, VecDeque<(Position, CommandId)>>,
}

impl Ledger {
    /// Of a log of which everything up to `up_to` is known to be nobody's here.
    pub fn new(up_to: Position) -> Self {
        Self(Mutex::new(Heard { up_to, by_device: BTreeMap::new() }))
    }

    /// Those of a device's commands whose records are in a frame that it just heard, in order. All of them were accepted.
    pub fn landed(&self, device: DeviceId, frame: &[u8], positions: &Range<Position>) -> Result<Vec<CommandId>> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if positions.end > heard.up_to + 1 {
            heard.decode(frame)?;
        }
        let mut landed = Vec::new();
        if let Some(mine) = heard.by_device.get_mut(&device) {
            while let Some((_, command)) = mine.pop_front_if(|(position, _)| *position < positions.end) {
                landed.push(command);
            }
        }
        Ok(landed)
    }
}

impl Heard {
    fn decode(&mut self, frame: &[u8]) -> Result<()> {
        let decoded = Format::Postcard.decode::<Downstream<Product>>(frame).ok();
        let Some(records) = decoded.and_then(Downstream::into_records) else { bail!("a frame of records does not decode") };
        let known = self.up_to;
        for record in records.into_iter().filter(|record| record.position > known) {
            ensure!(record.position == self.up_to + 1, "record {} came after {}", record.position, self.up_to);
            ensure!(
                matches!(record.outcome, Outcome::Accepted(_)),
                "a command was rejected, and only such are issued as are accepted: {record:?}"
            );
            self.up_to = record.position;
            self.by_device.entry(record.device).or_default().push_back((record.position, record.command));
        }
        Ok(())
    }
}
