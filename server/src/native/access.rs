//! Which workspace is meant, on which server, and as whom: from options, from the environment, from what is remembered.

use super::http::{self, Credential, Failure};
use super::profile::{Place, Profile};
use super::wire::Address;
use anyhow::{anyhow, bail};
use clap::Args;
use landfall_engine::{ActorId, LogId};
use serde::Deserialize;
use std::path::PathBuf;

/// Options that say where and as whom.
#[derive(Args, Clone, Debug)]
pub struct Access {
    /// Address of the server, such as http://board.local:8080; not needed after `landfall join`
    #[arg(long, env = "LANDFALL_SERVER", value_name = "URL")]
    pub server: Option<Address>,
    /// A token, made in the page; not needed after `landfall join`
    #[arg(long, env = "LANDFALL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Folder where this machine remembers workspaces and keeps outboxes [default: ~/.config/landfall]
    #[arg(long, env = "LANDFALL_PROFILE", value_name = "DIR")]
    pub profile: Option<PathBuf>,
}

/// What `GET /api/me` answers.
#[derive(Deserialize)]
struct Me {
    actor: Option<ActorId>,
    name: Option<String>,
    workspaces: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    log: LogId,
    name: String,
}

impl Access {
    /// The one place that is meant, and the token that opens it.
    pub async fn resolve(&self, profile: &Profile, workspace: Option<&str>) -> anyhow::Result<(Place, String)> {
        let known = profile.places()?;
        match &self.token {
            Some(token) => Ok((self.look_up(known, token, workspace).await?, token.clone())),
            None => self.recall(known, workspace),
        }
    }

    /// Among what is remembered.
    fn recall(&self, known: Vec<Place>, workspace: Option<&str>) -> anyhow::Result<(Place, String)> {
        let is_meant = |place: &Place| self.server.as_ref().is_none_or(|server| *server == place.server);
        let (mut fitting, others): (Vec<Place>, Vec<Place>) = known.into_iter().filter(is_meant).partition(|place| names(place, workspace));
        fitting.retain(|place| place.token.is_some());
        match &mut fitting[..] {
            [place] => {
                let token = place.token.take().ok_or_else(|| anyhow!("the place has no token"))?;
                Ok((place.clone(), token))
            }
            [] if others.is_empty() => bail!(
                "No workspace is known here. Join one with `landfall join LINK --name NAME`, or make a token in the page and give it with --server URL --token TOKEN."
            ),
            [] => bail!("None of the workspaces known here is called that. There are: {}.", list(&others)),
            several => bail!("Say which workspace is meant, by name or id. There are: {}.", list(several)),
        }
    }

    /// At the server; when that is away, among what an earlier look there left here.
    async fn look_up(&self, known: Vec<Place>, token: &str, workspace: Option<&str>) -> anyhow::Result<Place> {
        let mut servers: Vec<&Address> = known.iter().map(|place| &place.server).collect();
        servers.dedup();
        let server = match (&self.server, &servers[..]) {
            (Some(server), _) => server,
            (None, [server]) => server,
            (None, _) => bail!("Say which server the token is for: --server URL."),
        };
        let me: Me = match http::get(server, "/api/me", Credential::Token(token)).await {
            Ok(answer) => answer.json()?,
            Err(failure @ Failure::Refused { .. }) => bail!("{failure}"),
            Err(failure) => {
                let fitting = known.iter().filter(|place| place.server == *server && names(place, workspace)).collect::<Vec<_>>();
                return match fitting[..] {
                    [place] => Ok(place.clone()),
                    _ => bail!("{failure}: {server}. It must be reached once before work without it is possible."),
                };
            }
        };
        let (Some(actor), Some(name)) = (me.actor, me.name) else {
            bail!("{}", super::follow::signed_out("it may be mistyped, revoked or expired"));
        };
        let places = me.workspaces.into_iter().map(|listed| Place {
            server: server.clone(),
            log: listed.log,
            workspace: listed.name,
            actor,
            name: name.clone(),
            token: None,
        });
        let (fitting, others): (Vec<Place>, Vec<Place>) = places.partition(|place| names(place, workspace));
        match &fitting[..] {
            [place] => Ok(place.clone()),
            [] if others.is_empty() => bail!("No workspace at {server} lists {name} any more. Ask an owner for an invitation."),
            [] => bail!("This token opens no workspace that is called that. It opens: {}.", list(&others)),
            several => bail!("Say which workspace is meant, by name or id. There are: {}.", list(several)),
        }
    }
}

/// Is this the workspace that a person means by that? Nobody names the only one.
fn names(place: &Place, workspace: Option<&str>) -> bool {
    workspace.is_none_or(|wanted| place.workspace.to_lowercase() == wanted.trim().to_lowercase() || wanted.trim().parse() == Ok(place.log))
}

fn list(places: &[Place]) -> String {
    let names = places.iter().map(|place| format!("“{}” as {} ({}, {})", place.workspace, place.name, place.server, place.log));
    names.collect::<Vec<_>>().join(", ")
}
