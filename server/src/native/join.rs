//! `landfall join`: comes in by an invitation, and remembers a token for it on this machine.

use super::http::{self, Credential};
use super::profile::{Place, Profile};
use super::wire::Address;
use super::{Code, Product, import};
use anyhow::{anyhow, bail};
use clap::Args;
use landfall_engine::{ActorId, LogId};
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;

/// Options of `landfall join`.
#[derive(Args, Debug)]
pub struct Join {
    /// The invitation, such as http://board.local:8080/join/CODE
    link: String,
    /// What others call you
    #[arg(long)]
    name: String,
    /// Folder where this machine remembers workspaces and keeps outboxes [default: ~/.config/landfall]
    #[arg(long, env = "LANDFALL_PROFILE", value_name = "DIR")]
    profile: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Invitation {
    workspace: String,
}

#[derive(Deserialize)]
struct Entered {
    log: LogId,
    actor: ActorId,
}

/// Where else the server is reached, and how.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    two_routes: bool,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

/// Joins.
pub async fn join<P: Product>(options: Join) -> anyhow::Result<Code> {
    let (server, path) = Address::split(&options.link)?;
    let Some(code) = path.strip_prefix("/join/").map(|code| code.trim_end_matches('/')).filter(|code| is_code(code)) else {
        bail!("“{}” is no invitation: it looks like http://board.local:8080/join/CODE. An owner makes one in the page.", options.link);
    };
    // A profile that cannot be written must not cost an invitation.
    let profile = Profile::open(options.profile)?;
    let failed = |failure: http::Failure| anyhow!("{server}: {failure}.");
    let invitation: Invitation =
        http::get(&server, &format!("/api/invitations/{code}"), Credential::Nobody).await.map_err(failed)?.json()?;
    let joined = http::post(&server, "/api/join", Credential::Nobody, &json!({ "code": code, "name": options.name })).await;
    let joined = joined.map_err(failed)?;
    let Entered { log, actor } = joined.json()?;
    let session = joined.cookie().ok_or_else(|| anyhow!("{server} let nobody in: it is no server of this version"))?;
    let wanted = json!({ "log": log, "label": format!("landfall on {}", machine()) });
    let Token { token } = http::post(&server, "/api/tokens", Credential::Session(&session), &wanted).await.map_err(failed)?.json()?;
    let told = match http::get(&server, "/api/me", Credential::Token(&token)).await {
        Ok(answer) => answer.json::<Told>().unwrap_or_default(),
        // Whoever has joined has joined: the one address will do.
        Err(_) => Told::default(),
    };
    let workspace = invitation.workspace;
    let mut place = Place {
        server,
        others: Vec::new(),
        two_routes: told.two_routes,
        log,
        workspace,
        actor,
        name: options.name,
        token: Some(token.clone()),
    };
    place.learn(&told.addresses);
    profile.remember(&place)?;
    println!("Joined “{}” as {}. Remembered in {}.", place.workspace, place.name, profile.folder_of(log, actor).display());
    if let Err(error) = import::prepare::<P>(&profile, &place, token).await {
        eprintln!("It could not be read yet: {error:#}");
    }
    Ok(Code::AllLanded)
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// What this machine calls itself, for the list of tokens.
fn machine() -> String {
    let named = std::fs::read_to_string("/etc/hostname").ok().or_else(|| std::env::var("COMPUTERNAME").ok());
    named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| "a terminal".into())
}
