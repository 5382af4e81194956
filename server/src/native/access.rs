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
    /// Address of the server, such as http://board.local:8080; several times for one that is reached at several; not needed after `landfall join`
    #[arg(long = "server", env = "LANDFALL_SERVER", value_name = "URL", value_delimiter = ',')]
    pub servers: Vec<Address>,
    /// Send each command by HTTP as well as by WebSocket, to another address if there are several
    #[arg(long, env = "LANDFALL_TWO_ROUTES")]
    pub two_routes: bool,
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
    #[serde(default)]
    addresses: Vec<String>,
    #[serde(default)]
    two_routes: bool,
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
        let is_meant = |place: &Place| self.servers.is_empty() || place.servers().any(|server| self.servers.contains(server));
        let (mut fitting, others): (Vec<Place>, Vec<Place>) = known.into_iter().filter(is_meant).partition(|place| names(place, workspace));
        fitting.retain(|place| place.token.is_some());
        match &mut fitting[..] {
            [place] => {
                let token = place.token.take().ok_or_else(|| anyhow!("the place has no token"))?;
                Ok((self.reached(place.clone()), token))
            }
            [] if others.is_empty() => bail!(
                "No workspace is known here. Join one with `landfall join LINK --name NAME`, or make a token in the page and give it with --server URL --token TOKEN."
            ),
            [] => bail!("None of the workspaces known here is called that. There are: {}.", list(&others)),
            several => bail!("Say which workspace is meant, by name or id. There are: {}.", list(several)),
        }
    }

    /// The place at the addresses that were given now, if any were.
    fn reached(&self, place: Place) -> Place {
        let two_routes = self.two_routes || place.two_routes;
        match self.servers.split_first() {
            Some((first, others)) => Place { server: first.clone(), others: others.to_vec(), two_routes, ..place },
            None => Place { two_routes, ..place },
        }
    }

    /// At the server; when that is away, among what an earlier look there left here.
    async fn look_up(&self, known: Vec<Place>, token: &str, workspace: Option<&str>) -> anyhow::Result<Place> {
        let mut places: Vec<Vec<Address>> = known.iter().map(|place| place.servers().cloned().collect()).collect();
        places.dedup();
        let servers = match &places[..] {
            _ if !self.servers.is_empty() => &self.servers,
            [servers] => servers,
            _ => bail!("Say which server the token is for: --server URL."),
        };
        let Some((server, others)) = servers.split_first() else { bail!("Say which server the token is for: --server URL.") };
        let me: Me = match http::get_from_any(servers, "/api/me", Credential::Token(token)).await {
            Ok(answer) => answer.json()?,
            Err(failure @ Failure::Refused { .. }) => bail!("{failure}"),
            Err(failure) => {
                let is_there = |place: &&Place| place.servers().any(|known| servers.contains(known));
                let fitting = known.iter().filter(is_there).filter(|place| names(place, workspace)).collect::<Vec<_>>();
                return match fitting[..] {
                    [place] => Ok(self.reached(place.clone())),
                    _ => bail!("{failure}: {server}. It must be reached once before work without it is possible."),
                };
            }
        };
        let (Some(actor), Some(name)) = (me.actor, me.name) else {
            bail!("{}", super::follow::signed_out("it may be mistyped, revoked or expired"));
        };
        let places = me.workspaces.into_iter().map(|listed| {
            let (log, workspace) = (listed.log, listed.name);
            let mut place = Place {
                server: server.clone(),
                others: others.to_vec(),
                two_routes: self.two_routes || me.two_routes,
                log,
                workspace,
                actor,
                name: name.clone(),
                token: None,
            };
            place.learn(&me.addresses);
            place
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
