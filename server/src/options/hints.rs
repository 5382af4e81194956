//! Over what servers tell one another which heads have moved, as options name it.

use super::secret;
use crate::nats::Address;
use anyhow::{Context, ensure};
use clap::Args;
use std::path::PathBuf;

/// A NATS server, or none.
#[derive(Args, Debug, Default)]
pub struct HintServer {
    /// NATS server over which servers on one PostgreSQL tell one another which logs have grown, instead of by the database:
    /// nats://host:4222, or tls://host. A password or token belongs into the variable, or into --hints-file
    #[arg(long, env = "LANDFALL_HINTS", value_name = "ADDRESS", hide_env_values = true)]
    pub hints: Option<String>,
    /// File that holds the address of the NATS server, and that nobody but its owner should be able to read
    #[arg(long, env = "LANDFALL_HINTS_FILE", value_name = "FILE")]
    pub hints_file: Option<PathBuf>,
}

impl HintServer {
    /// The one that was named. `is_visible`: does this address stand on the command line, which everybody on the machine sees?
    pub fn address(&self, is_visible: impl Fn(&str) -> bool) -> anyhow::Result<Option<Address>> {
        let text = match (&self.hints, &self.hints_file) {
            (Some(address), _) => {
                ensure!(
                    !secret::has_password(address) || !is_visible(address),
                    "the password in --hints would be seen by everybody on this machine: give the address in LANDFALL_HINTS or --hints-file"
                );
                address.clone()
            }
            (None, Some(file)) => secret::text_of(file, "the address of the NATS server")?,
            (None, None) => return Ok(None),
        };
        Ok(Some(text.parse().context("--hints cannot be used")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_refused_where_everybody_sees_it() {
        let named = |address: &str| HintServer { hints: Some(address.into()), hints_file: None };
        for secret in ["nats://me:s3cret@host", "tls://s3cret@host"] {
            let refused = named(secret).address(|_| true).unwrap_err().to_string();
            assert!(refused.contains("--hints-file") && !refused.contains("s3cret"), "{refused}");
            assert!(named(secret).address(|_| false).unwrap().is_some());
        }
        assert!(named("nats://host").address(|_| true).unwrap().is_some());
        let wrong = format!("{:#}", named("nats://me:s3cret@").address(|_| false).unwrap_err());
        assert!(wrong.contains("nats://hints.example.org:4222") && !wrong.contains("s3cret"), "{wrong}");
        assert!(HintServer::default().address(|_| false).unwrap().is_none());
    }
}
