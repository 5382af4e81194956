//! Many people at work for an hour, and whether memory and latency stay flat: `server/tests/trials/soak.rs` on what is shipped.

use crate::crash::trial;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct Options {
    /// How long they work
    #[arg(long, value_name = "N", default_value_t = 60)]
    minutes: u64,
    /// How many native clients there are, in one process
    #[arg(long, value_name = "N", default_value_t = 20)]
    clients: u64,
}

/// Runs it, with a line of progress a sixtieth of the time, and plots at the end.
pub fn soak(options: &Options) -> Result<()> {
    trial("soak::", true, &[("LANDFALL_SOAK_MINUTES", options.minutes), ("LANDFALL_SOAK_CLIENTS", options.clients)])
}
