//! Founding, inviting, joining, and who am I.

use super::answer::{ApiError, InPath, Sent};
use crate::app::App;
use crate::host::{now, random};
use crate::open_log::{OpenError, OpenLog};
use crate::people::Identity;
use crate::{Served, auth};
use axum::Json;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use landfall_engine::protocol::{CommandText, Submission};
use landfall_engine::{ActorId, CommandId, Context, DeviceId, LogId, Outcome, Reason, TimeMs, upcast};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Longest name of a person or a workspace, letters. The product may want it shorter.
const NAME_LETTERS_MAX: usize = 200;

#[derive(Serialize)]
pub struct Me {
    setup_needed: bool,
    actor: Option<ActorId>,
    name: Option<String>,
    workspaces: Vec<Workspace>,
    /// Where the nodes of this installation are reached; empty where there is one address for all.
    addresses: Vec<String>,
    /// Send each command by HTTP as well.
    two_routes: bool,
}

#[derive(Serialize)]
struct Workspace {
    log: LogId,
    name: String,
    role: String,
}

/// `GET /api/me`: who the sender is, and the workspaces that list them.
pub async fn me<D: Served>(State(app): State<Arc<App<D>>>, headers: HeaderMap) -> Result<Response, ApiError> {
    let setup_needed = app.people.is_setup_needed().await?;
    let (addresses, two_routes) = (app.config.addresses.clone(), app.config.two_routes);
    let Some(identity) = auth::identify(&app.people, &headers).await? else {
        return Ok(Json(Me { setup_needed, actor: None, name: None, workspaces: Vec::new(), addresses, two_routes }).into_response());
    };
    let mut workspaces = Vec::new();
    for log in app.people.admissions(identity.actor).await? {
        if identity.only.is_some_and(|only| only != log) {
            continue;
        }
        let open = match app.logs.open(log).await {
            Ok(open) => open,
            Err(error @ (OpenError::NoSuchLog | OpenError::Unreadable(_))) => {
                // One workspace that cannot be opened must not keep people out of the others.
                tracing::error!(%log, %error, "a workspace is left out of somebody's list");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let head = open.head();
        let head = head.borrow();
        if let Some(standing) = app.founding.standing(&head.state, identity.actor).filter(|_| D::may_read(&head.state, identity.actor)) {
            workspaces.push(Workspace { log, name: app.founding.workspace_name(&head.state), role: standing.role });
        }
    }
    let me = Me { setup_needed, actor: Some(identity.actor), name: Some(identity.name), workspaces, addresses, two_routes };
    let wider = auth::wider_cookie(&app.config, &headers).map(|cookie| [(SET_COOKIE, cookie)]);
    Ok((wider, Json(me)).into_response())
}

#[derive(Deserialize)]
pub struct Found {
    workspace: String,
    name: Option<String>,
}

#[derive(Serialize)]
struct Entered {
    log: LogId,
    actor: ActorId,
}

/// `POST /api/found`: the first visitor names a workspace and becomes its owner; people who are known may found others.
pub async fn found<D: Served>(State(app): State<Arc<App<D>>>, headers: HeaderMap, Sent(body): Sent<Found>) -> Result<Response, ApiError> {
    let identity = sender(&app, &headers).await?;
    let _alone = app.founding_now.lock().await;
    if identity.is_none() && !app.people.is_setup_needed().await? {
        return Err(ApiError::AlreadyFounded);
    }
    refuse_token(identity.as_ref())?;
    let workspace = name_in(&body.workspace, "the workspace")?;
    let actor = identity.as_ref().map_or_else(|| ActorId::mint(now(), random()), |identity| identity.actor);
    let name = own_name(body.name.as_deref(), identity.as_ref())?;
    let log = LogId::mint(now(), random());
    let command = app.founding.found(workspace, actor, name);
    // Asked of the empty state first, so that a name that will not do leaves no log behind.
    decide(&app, &D::State::default(), &command)?;
    app.logs.store().create(log).await.map_err(OpenError::from)?;
    record(&app, &*app.logs.open(log).await?, &command).await?;
    tracing::info!(%log, %actor, "a workspace was founded");
    enter(&app, &headers, identity.as_ref(), actor, name, log).await
}

#[derive(Deserialize)]
pub struct Invite {
    log: LogId,
    role: String,
}

#[derive(Serialize)]
pub struct Invited {
    link: String,
    expires: TimeMs,
}

/// `POST /api/invitations`: a link by which others join.
pub async fn invite<D: Served>(
    State(app): State<Arc<App<D>>>,
    headers: HeaderMap,
    Sent(body): Sent<Invite>,
) -> Result<Json<Invited>, ApiError> {
    let identity = signed_in(&app, &headers).await?;
    refuse_token(Some(&identity))?;
    let open = reader(&app, &identity, body.log).await?;
    let may_invite = app.founding.standing(&open.head().borrow().state, identity.actor).is_some_and(|standing| standing.may_invite);
    if !may_invite {
        return Err(ApiError::Forbidden("only owners invite: ask one of them"));
    }
    if app.founding.admit(identity.actor, "", &body.role, identity.actor).is_none() {
        return Err(ApiError::Bad("there is no such role".into()));
    }
    let (code, expires) = app.people.invite(body.log, &body.role, identity.actor).await?;
    Ok(Json(Invited { link: format!("{}/join/{}", auth::base_url(&app.config, &headers), code.reveal()), expires }))
}

#[derive(Serialize)]
pub struct Invitation {
    workspace: String,
    invited_by: String,
    role: String,
}

/// `GET /api/invitations/{code}`: what a link invites to.
pub async fn invitation<D: Served>(State(app): State<Arc<App<D>>>, InPath(code): InPath<String>) -> Result<Json<Invitation>, ApiError> {
    let invitation = app.people.invitation(&code).await?.ok_or(ApiError::NoInvitation)?;
    let open = app.logs.open(invitation.log).await?;
    let (workspace, standing) = {
        let head = open.head();
        let head = head.borrow();
        (app.founding.workspace_name(&head.state), app.founding.standing(&head.state, invitation.invited_by))
    };
    let invited_by = match standing {
        Some(standing) => standing.name,
        None => app.people.name(invitation.invited_by).await?.unwrap_or_default(),
    };
    Ok(Json(Invitation { workspace, invited_by, role: invitation.role }))
}

#[derive(Deserialize)]
pub struct Join {
    code: String,
    name: Option<String>,
}

/// `POST /api/join`: comes in by an invitation, as somebody new or as oneself.
pub async fn join<D: Served>(State(app): State<Arc<App<D>>>, headers: HeaderMap, Sent(body): Sent<Join>) -> Result<Response, ApiError> {
    let identity = sender(&app, &headers).await?;
    refuse_token(identity.as_ref())?;
    let name = own_name(body.name.as_deref(), identity.as_ref())?;
    let invitation = app.people.take_place(&body.code).await?.ok_or(ApiError::NoInvitation)?;
    let actor = identity.as_ref().map_or_else(|| ActorId::mint(now(), random()), |identity| identity.actor);
    match admit(&app, &invitation, actor, name).await {
        Ok(true) => enter(&app, &headers, identity.as_ref(), actor, name, invitation.log).await,
        not_needed => {
            app.people.give_place_back(&body.code).await?;
            not_needed?;
            enter(&app, &headers, identity.as_ref(), actor, name, invitation.log).await
        }
    }
}

/// Puts somebody on the workspace's list; `false` when they stand on it already.
async fn admit<D: Served>(app: &App<D>, invitation: &crate::people::Invitation, actor: ActorId, name: &str) -> Result<bool, ApiError> {
    let open = app.logs.open(invitation.log).await?;
    if D::may_read(&open.head().borrow().state, actor) {
        return Ok(false);
    }
    let command = app.founding.admit(actor, name, &invitation.role, invitation.invited_by).ok_or(ApiError::NoInvitation)?;
    decide(app, &open.head().borrow().state, &command)?;
    record(app, &open, &command).await?;
    tracing::info!(log = %invitation.log, %actor, "somebody joined");
    Ok(true)
}

#[derive(Deserialize)]
pub struct MakeToken {
    log: LogId,
    label: String,
}

#[derive(Serialize)]
pub struct Token {
    token: String,
}

/// `POST /api/tokens`: a secret by which a program acts for the sender, in one workspace.
pub async fn make_token<D: Served>(
    State(app): State<Arc<App<D>>>,
    headers: HeaderMap,
    Sent(body): Sent<MakeToken>,
) -> Result<Json<Token>, ApiError> {
    let identity = signed_in(&app, &headers).await?;
    refuse_token(Some(&identity))?;
    reader(&app, &identity, body.log).await?;
    let label = name_in(&body.label, "the token")?;
    let token = app.people.make_token(identity.actor, body.log, label).await?;
    Ok(Json(Token { token: token.reveal().to_owned() }))
}

/// `POST /api/sign-out`: the session, or the token, is good no more; what is open with it is closed.
pub async fn sign_out<D: Served>(State(app): State<Arc<App<D>>>, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(identity) = sender(&app, &headers).await? {
        app.people.revoke(&identity.credential).await?;
    }
    let mut response = Json(serde_json::json!({})).into_response();
    for cookie in auth::no_cookies(&app.config, &headers) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who sent a request that changes something; `None` for a stranger.
pub async fn sender<D: Served>(app: &App<D>, headers: &HeaderMap) -> Result<Option<Identity>, ApiError> {
    if !auth::is_origin_good(&app.config, headers) {
        return Err(ApiError::WrongOrigin);
    }
    Ok(auth::identify(&app.people, headers).await?)
}

/// Who sent a request that changes something, and must be known for it.
pub async fn signed_in<D: Served>(app: &App<D>, headers: &HeaderMap) -> Result<Identity, ApiError> {
    sender(app, headers).await?.ok_or(ApiError::NotSignedIn)
}

/// A log that this person may read.
pub async fn reader<D: Served>(app: &App<D>, identity: &Identity, log: LogId) -> Result<Arc<OpenLog<D>>, ApiError> {
    if identity.only.is_some_and(|only| only != log) {
        return Err(ApiError::Forbidden("this token is for another workspace"));
    }
    let open = app.logs.open(log).await?;
    if open.may_read(identity.actor) { Ok(open) } else { Err(ApiError::Forbidden("the workspace does not list you")) }
}

/// What a person does as themselves, a program may not do for them.
fn refuse_token(identity: Option<&Identity>) -> Result<(), ApiError> {
    match identity {
        Some(Identity { only: Some(_), .. }) => Err(ApiError::Forbidden("a token may not do this: sign in")),
        _ => Ok(()),
    }
}

/// Signs a newcomer in, and notes the log for either.
async fn enter<D: Served>(
    app: &App<D>,
    headers: &HeaderMap,
    identity: Option<&Identity>,
    actor: ActorId,
    name: &str,
    log: LogId,
) -> Result<Response, ApiError> {
    let mut response = Json(Entered { log, actor }).into_response();
    if identity.is_some() {
        app.people.admit(actor, log).await?;
    } else {
        let secret = app.people.welcome(actor, name, log).await?;
        let cookie: HeaderValue = auth::cookie(&app.config, headers, &secret);
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The context of the server's own commands.
fn own_context() -> Context {
    Context { command: CommandId::mint(now(), random()), actor: ActorId::SERVER, device: DeviceId::default(), at: now(), position: None }
}

/// Would the product accept this command of the server's?
fn decide<D: Served>(app: &App<D>, state: &D::State, command: &D::Command) -> Result<(), ApiError> {
    let decided = D::decide(state, command, &own_context());
    decided.map(|_| ()).map_err(|rejection| ApiError::Rejected(app.founding.explain(state, &Reason::Domain(rejection))))
}

/// Sequences a command of the server's own and waits for its record.
async fn record<D: Served>(app: &App<D>, open: &OpenLog<D>, command: &D::Command) -> Result<(), ApiError> {
    let Context { command: id, actor, device, at: issued, .. } = own_context();
    let text = CommandText(upcast::encode(command, D::command_shapes()));
    let submission = Submission { id, after: None, issued, command: Some(text) };
    let wait_max = app.config.limits.patient_wait_max();
    let records = open.submit_and_wait(app.new_session(), actor, device, vec![submission], wait_max).await?;
    match records.into_iter().next().map(|record| record.outcome) {
        Some(Outcome::Accepted(_)) => Ok(()),
        Some(Outcome::Rejected(Some(refusal))) => {
            Err(ApiError::Rejected(app.founding.explain(&open.head().borrow().state, &refusal.reason)))
        }
        Some(Outcome::Rejected(None)) | None => Err(ApiError::Internal),
    }
}

fn own_name<'a>(given: Option<&'a str>, identity: Option<&'a Identity>) -> Result<&'a str, ApiError> {
    match (given, identity) {
        (Some(name), _) => name_in(name, "yourself"),
        (None, Some(identity)) => Ok(&identity.name),
        (None, None) => Err(ApiError::Bad("give a name".into())),
    }
}

fn name_in<'a>(text: &'a str, of: &str) -> Result<&'a str, ApiError> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_LETTERS_MAX {
        return Err(ApiError::Bad(format!("give {of} a name of 1 to {NAME_LETTERS_MAX} letters")));
    }
    Ok(name)
}
