//! The NATS server over which hints go, where there is one: whether it lets servers in.

use super::{Finding, ok, warning};
use crate::nats::Line;
use crate::options::hints::HintServer;
use crate::options::secret::is_on_command_line;
use std::time::Instant;

const CHECK: &str = "hints";

/// Nothing depends on it, so that it is never more than a warning.
pub async fn look(server: &HintServer) -> anyhow::Result<Option<Finding>> {
    let Some(server) = server.address(is_on_command_line)? else { return Ok(None) };
    let since = Instant::now();
    Ok(Some(match Line::open(&server).await {
        Ok(_) => ok(CHECK, format!("the NATS server at {server} lets this machine in, within {} ms", since.elapsed().as_millis())),
        Err(error) => warning(
            CHECK,
            format!(
                "the NATS server at {server} cannot be used ({error}): servers look at heads each second meanwhile, and tell nobody of theirs"
            ),
        ),
    }))
}
