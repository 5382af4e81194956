//! `landfall sample`: made-up tasks in any number.

use super::{Code, Product};
use anyhow::Context as _;
use clap::Args;
use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::PathBuf;

/// Options of `landfall sample`.
#[derive(Args, Debug)]
pub struct Sample {
    /// How many tasks
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    tasks: u64,
    /// Another number makes up other tasks
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Makes them up.
pub fn sample<P: Product>(options: &Sample) -> anyhow::Result<Code> {
    let text = P::sample(options.tasks, options.seed);
    match &options.out {
        Some(path) => fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?,
        None => match stdout().lock().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
            // Nobody reads any more, as with `| head`.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            written => written.context("Standard output cannot be written")?,
        },
    }
    Ok(Code::AllLanded)
}
