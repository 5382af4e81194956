//! One task per WebSocket: it drives an engine session, and the socket and the log with it.
//!
//! Outputs are performed in order and a send is finished before the next is begun: a slow reader slows itself and nobody else.

use crate::Served;
use crate::app::{App, Standing};
use crate::auth;
use crate::divergence::begin_new_timeline;
use crate::host::now;
use crate::http::answer::ApiError;
use crate::metrics::Part;
use crate::open_log::{Head, NOTICES_MAX, NotRecorded, OpenError, OpenLog, Submit, retry_after};
use crate::people::{Identity, Revocation};
use crate::progress::Peer;
use crate::store::StoreError;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use landfall_engine::protocol::{CloseCode, FRAME_BYTES_MAX, Format, Piece, SILENCE_MAX_MS, SUBPROTOCOL_JSON, SUBPROTOCOL_POSTCARD};
use landfall_engine::sequencer::Notice;
use landfall_engine::session::{Output, Session};
use landfall_engine::{CommandId, Cursor, Position, Seal};
use std::future::pending;
use std::ops::ControlFlow::{self, Break, Continue};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::Instrument;

/// What one connection reads at a time, bytes. It is allocated for each, idle or not.
const READ_BUFFER_BYTES: usize = 4 << 10;
/// A frame over its bound is still read up to here, so that the answer says what was wrong; beyond, the line is cut while it is being sent.
const MESSAGE_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;
/// How long the other end may take to answer a close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// While the server stops, an end that takes nothing for this long is waited for no more.
const STOPPING_PATIENCE: Duration = Duration::from_millis(500);
/// How long a line stays open after a close that cannot be answered because the other end is still sending what nobody reads.
const CUT_PATIENCE: Duration = Duration::from_millis(500);
/// Whoever is too fast waits so long at most; then the connection ends, since its client would believe the line dead.
const TURN_PATIENCE: Duration = Duration::from_secs(30);

/// What somebody reads whose connection is closed because the database is away.
const UNAVAILABLE: &str = "the database does not answer: come back later";

/// `GET /sync`.
///
/// A page cannot read the answer to a failed upgrade. So whoever is told why (no session, another version, no database) is let in first and closed with a code;
/// a page of another origin is told nothing.
pub async fn sync<D: Served>(
    State(app): State<Arc<App<D>>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    mut upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    if !auth::is_origin_good(&app.config, &headers) {
        return Err(ApiError::WrongOrigin);
    }
    let address = auth::address(&app.config, &headers, peer.address);
    app.rates.connect(address, Instant::now().into_std()).map_err(|wait| ApiError::Busy { retry_after: retry_after(wait) })?;
    let permit = app.connections.clone().try_acquire_owned().map_err(|_| ApiError::busy())?;
    let format = negotiate(&mut upgrade)?;
    let identity = match auth::identify(&app.people, &headers).await.map_err(ApiError::from) {
        Err(error) if !matches!(error, ApiError::Unavailable) => return Err(error),
        identity => identity,
    };
    if let Ok(Some(_)) = identity {
        // Known again before anybody has looked: who comes now is not sent away.
        app.note_database(true);
    }
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(READ_BUFFER_BYTES)
        .max_write_buffer_size(MESSAGE_BYTES_MAX)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        let _permit = permit;
        app.metrics.connections_accepted.add_one();
        let _held = app.metrics.connections.hold();
        let line = Line { socket, peer, patience: app.config.send_patience };
        let (code, reason) = match (identity, format) {
            (Ok(Some(identity)), Some(format)) => {
                let connection = Box::new(Connection::new(&app, identity, format, line));
                let span = tracing::debug_span!("session", session = connection.number);
                return connection.run().instrument(span).await;
            }
            (_, None) => (CloseCode::Version, "this server speaks landfall.postcard.1 and landfall.json.1"),
            (Err(_), _) => (CloseCode::Busy, UNAVAILABLE),
            (Ok(None), _) => (CloseCode::NotSignedIn, "no session, or one that is no longer good: sign in again"),
        };
        Box::pin(line.close(&app, code, reason.into())).await;
    }))
}

/// The first of the offered subprotocols that this server speaks. When it speaks none of them one is accepted all the same, to be closed with a code.
fn negotiate(upgrade: &mut WebSocketUpgrade) -> Result<Option<Format>, ApiError> {
    let offered: Vec<HeaderValue> = upgrade.requested_protocols().cloned().collect();
    let first = offered.first().ok_or(ApiError::Bad("name a subprotocol: landfall.postcard.1 or landfall.json.1".into()))?.clone();
    let format = |offer: &HeaderValue| match offer.to_str().ok()? {
        SUBPROTOCOL_POSTCARD => Some(Format::Postcard),
        SUBPROTOCOL_JSON => Some(Format::Json),
        _ => None,
    };
    let chosen = offered.into_iter().find_map(|offer| Some((format(&offer)?, offer)));
    let (format, offer) = chosen.map_or((None, first), |(format, offer)| (Some(format), offer));
    upgrade.set_selected_protocol(offer);
    Ok(format)
}

/// The socket, with its patience.
struct Line {
    socket: WebSocket,
    peer: Peer,
    patience: Duration,
}

enum SendError {
    Gone,
    TooSlow,
}

impl Line {
    /// Sends a frame, for as long as the other end takes some of it now and then.
    async fn send(&mut self, message: Message, standing: &mut watch::Receiver<Standing>) -> Result<(), SendError> {
        let mut sending = pin!(self.socket.send(message));
        let mut written = self.peer.written_bytes();
        let mut is_stopping = false;
        loop {
            let patience = if is_stopping { self.patience.min(STOPPING_PATIENCE) } else { self.patience };
            tokio::select! {
                biased;
                sent = &mut sending => return sent.map_err(|_| SendError::Gone),
                _ = standing.wait_for(|standing| *standing == Standing::Stopping), if !is_stopping => is_stopping = true,
                () = sleep(patience) => {
                    if self.peer.written_bytes() == written {
                        return Err(SendError::TooSlow);
                    }
                    written = self.peer.written_bytes();
                }
            }
        }
    }

    async fn close<D: Served>(mut self, app: &App<D>, code: CloseCode, reason: String) {
        app.metrics.closed(code);
        // The reason in words may quote what the other end sent.
        tracing::debug!(peer = %self.peer.address, code = code.number(), "closing a connection");
        let frame = Message::Close(Some(CloseFrame { code: code.number(), reason: reason.into() }));
        let farewell = async {
            if self.socket.send(frame).await.is_ok() {
                while let Some(heard) = self.socket.recv().await {
                    if heard.is_err() {
                        sleep(CUT_PATIENCE).await;
                        break;
                    }
                }
            }
        };
        let _ = timeout(CLOSE_PATIENCE, farewell).await;
    }
}

/// A log that a connection follows.
struct Followed<D: Served> {
    log: Arc<OpenLog<D>>,
    head: watch::Receiver<Head<D>>,
    _listening: Part,
}

/// Where the writer of the log speaks to this session. The writer alone keeps it open: when it ends, something was not heard.
struct Notices {
    sender: mpsc::WeakSender<Notice>,
    receiver: mpsc::Receiver<Notice>,
    /// The writer was given the sender: when there is none any more, this session is not spoken to any more.
    is_known: bool,
}

/// See the module.
struct Connection<'a, D: Served> {
    app: &'a App<D>,
    session: Session<D>,
    number: u64,
    identity: Identity,
    line: Line,
    followed: Option<Followed<D>>,
    notices: Option<Notices>,
    revocations: broadcast::Receiver<Revocation>,
    standing: watch::Receiver<Standing>,
    news: Option<News>,
    slowed: Option<Slowed>,
}

/// The head has moved, and what moved it is being sent: when it was safe, and when the oldest command of it had come.
struct News {
    recorded: Instant,
    arrived: Option<Instant>,
}

/// Commands of somebody who is too fast wait here for their turn. Nothing is read meanwhile, so that there is one such batch at most.
struct Slowed {
    until: Instant,
    submit: Submit,
}

/// Everything that can happen to a connection.
enum Happening {
    Received(Option<Result<Message, axum::Error>>),
    HeadMoved { alive: bool },
    Noticed(Option<Notice>),
    Revoked(Result<Revocation, RecvError>),
    NotServing(Standing),
    TurnCame,
    Timeout,
}

/// How a connection ends.
enum End {
    Close(CloseCode, String),
    Gone,
}

impl<'a, D: Served> Connection<'a, D> {
    fn new(app: &'a App<D>, identity: Identity, format: Format, line: Line) -> Self {
        Self {
            session: Session::new(identity.actor, format, now()),
            number: app.new_session(),
            identity,
            line,
            followed: None,
            notices: None,
            revocations: app.people.revocations(),
            standing: app.standing.subscribe(),
            news: None,
            slowed: None,
            app,
        }
    }

    /// Boxed, so that the task of an idle connection holds it once and not in each of its states.
    async fn run(mut self: Box<Self>) {
        let end = loop {
            if let Break(end) = self.perform_outputs().await {
                break end;
            }
            self.note_fan_out();
            let happening = self.next_happening().await;
            if let Break(end) = self.handle(happening).await {
                break end;
            }
        };
        match end {
            End::Close(code, reason) => Box::pin(self.line.close(self.app, code, reason)).await,
            End::Gone => self.app.metrics.closed_by_peer.add_one(),
        }
    }

    async fn next_happening(&mut self) -> Happening {
        // A clock that goes back must not keep a line that is dead.
        let due = self.session.poll_timeout().map(|due| Instant::now() + Duration::from_millis(due.since(now()).min(SILENCE_MAX_MS)));
        let (followed, notices) = (&mut self.followed, &mut self.notices);
        let turn = self.slowed.as_ref().map(|slowed| slowed.until);
        tokio::select! {
            received = self.line.socket.recv(), if turn.is_none() => Happening::Received(received),
            moved = async { match followed { Some(followed) => followed.head.changed().await, None => pending().await } } => {
                Happening::HeadMoved { alive: moved.is_ok() }
            }
            notice = async { match notices { Some(notices) => notices.receiver.recv().await, None => pending().await } } => {
                Happening::Noticed(notice)
            }
            revoked = self.revocations.recv() => Happening::Revoked(revoked),
            standing = self.standing.wait_for(|standing| *standing != Standing::Serving) => {
                Happening::NotServing(standing.map_or(Standing::Stopping, |standing| *standing))
            }
            () = async { match turn { Some(turn) => sleep_until(turn).await, None => pending().await } } => Happening::TurnCame,
            () = async { match due { Some(due) => sleep_until(due).await, None => pending().await } } => Happening::Timeout,
        }
    }

    async fn handle(&mut self, happening: Happening) -> ControlFlow<End> {
        match happening {
            Happening::Received(Some(Ok(message))) => return self.handle_message(message),
            Happening::Received(Some(Err(error))) => return Break(end_of(&error)),
            Happening::Received(None) => return Break(End::Gone),
            Happening::HeadMoved { alive: true } => {
                self.handle_head();
                self.news = self.followed.as_ref().map(|followed| {
                    let head = followed.head.borrow();
                    News { recorded: head.recorded, arrived: head.arrived }
                });
            }
            Happening::HeadMoved { alive: false } => return Break(self.closed()),
            Happening::Noticed(Some(notice)) => self.session.handle_notice(notice),
            Happening::Noticed(None) => return Break(self.unheard()),
            Happening::Revoked(revoked) => {
                let mine = match revoked {
                    Ok(Revocation::Of(credential)) => credential == self.identity.credential,
                    Ok(Revocation::Unheard) | Err(_) => matches!(self.app.people.is_good(&self.identity.credential).await, Ok(false)),
                };
                if mine {
                    self.session.handle_signed_out();
                }
            }
            Happening::NotServing(Standing::DatabaseAway) => return Break(End::Close(CloseCode::Busy, UNAVAILABLE.into())),
            Happening::NotServing(_) => self.session.handle_shutdown(),
            Happening::TurnCame => {
                if let Some(slowed) = self.slowed.take() {
                    return self.submit(slowed.submit).await;
                }
            }
            Happening::Timeout => self.session.handle_timeout(now()),
        }
        Continue(())
    }

    fn handle_message(&mut self, message: Message) -> ControlFlow<End> {
        let frame = match (&message, self.session.format()) {
            (Message::Binary(bytes), Format::Postcard) => bytes.as_ref(),
            (Message::Text(text), Format::Json) => text.as_bytes(),
            (Message::Binary(_) | Message::Text(_), _) => {
                let reason = "postcard comes in binary frames, JSON in text frames";
                return Break(End::Close(CloseCode::Undecodable, reason.into()));
            }
            (Message::Close(_), _) => return Break(End::Gone),
            (Message::Ping(_) | Message::Pong(_), _) => return Continue(()),
        };
        self.app.metrics.frames_received.add_one();
        self.session.handle_message(frame, now());
        Continue(())
    }

    fn handle_head(&mut self) {
        let Some(followed) = &mut self.followed else { return };
        let (cursor, may_read) = see_head(&followed.log, &mut followed.head, &self.identity);
        self.session.handle_head(cursor, may_read, now());
    }

    /// What moved the head has been written.
    fn note_fan_out(&mut self) {
        let Some(News { recorded, arrived }) = self.news.take() else { return };
        let now = Instant::now();
        self.app.metrics.fan_out.observe(now.saturating_duration_since(recorded));
        if let Some(arrived) = arrived {
            self.app.metrics.record_sent.observe(now.saturating_duration_since(arrived));
        }
    }

    async fn perform_outputs(&mut self) -> ControlFlow<End> {
        while let Some(output) = self.session.poll_output() {
            match output {
                // Boxed, since the task of an idle connection has the size of the largest thing that it ever waits for.
                Output::Open(log) => match Box::pin(self.app.logs.open(log)).await {
                    Ok(log) => {
                        self.followed = Some(Followed { head: log.head(), _listening: log.listen(), log });
                        self.handle_head();
                    }
                    Err(OpenError::NoSuchLog) => self.session.handle_no_such_log(),
                    Err(OpenError::TooMany) => {
                        return Break(End::Close(CloseCode::Busy, "too many workspaces are in use: come back later".into()));
                    }
                    Err(error) => return Break(unopened(error)),
                },
                Output::Read { after } => match self.log()?.page(after, self.session.format()).await {
                    Ok((before, pieces)) => self.session.handle_page(before, &pieces),
                    Err(error) => return Break(unopened(error)),
                },
                Output::Fetch { position } => match self.log()?.record(position).await {
                    Ok(Some(record)) => self.session.handle_fetched(&Piece::of(&record, Seal::NONE, self.session.format())),
                    Ok(None) => {}
                    Err(error) => return Break(unopened(error)),
                },
                Output::Seal { position } => match self.log()?.seal(position).await {
                    Ok(seal) => self.session.handle_seal(seal),
                    Err(error) => return Break(unopened(error)),
                },
                Output::Diverged { position } => self.begin_anew(position).await?,
                Output::Submit { device, commands } => {
                    let notices = self.notices()?;
                    let arrived = Instant::now();
                    let submit = Submit { session: self.number, actor: self.identity.actor, device, commands, notices, arrived };
                    self.keep_pace(submit).await?;
                }
                Output::Send(frame) => self.send(frame).await?,
                Output::Close(code, reason) => return Break(End::Close(code, reason)),
            }
        }
        Continue(())
    }

    /// Hands commands to the log when their person's pace allows it: at once as a rule, or in a while in which this socket is not read.
    async fn keep_pace(&mut self, submit: Submit) -> ControlFlow<End> {
        let bytes = submit.commands.iter().filter_map(|command| command.command.as_ref()).map(|text| text.0.len()).sum();
        self.app.metrics.commands_by_socket.add(submit.commands.len() as u64);
        match self.app.rates.submit(submit.actor, submit.commands.len(), bytes, TURN_PATIENCE, submit.arrived.into_std()) {
            Ok(Duration::ZERO) => return self.submit(submit).await,
            Ok(wait) => {
                self.app.metrics.submits_slowed.add_one();
                self.slowed = Some(Slowed { until: submit.arrived + wait, submit });
            }
            Err(wait) => {
                self.app.metrics.submits_too_fast.add_one();
                self.turn_away(first(&submit), retry_after(wait));
            }
        }
        Continue(())
    }

    /// Hands commands to the log, or tells when they may come again.
    async fn submit(&mut self, submit: Submit) -> ControlFlow<End> {
        let limits = &self.app.config.limits;
        let wait_max = if self.session.knows_busy() { limits.wait_max } else { limits.patient_wait_max() };
        let first = first(&submit);
        match self.log()?.submit(submit, wait_max).await {
            Ok(()) => {
                if let Some(notices) = &mut self.notices {
                    notices.is_known = true;
                }
            }
            Err(NotRecorded::Busy { retry_after }) => self.turn_away(first, retry_after),
            Err(NotRecorded::Open(error)) => return Break(unopened(error)),
            Err(_) => return Break(self.closed()),
        }
        Continue(())
    }

    fn turn_away(&mut self, first: Option<CommandId>, retry_after: Duration) {
        // Where nothing was taken before, the writer has not heard of this session either.
        self.notices.take_if(|notices| !notices.is_known);
        if let Some(first) = first {
            self.session.handle_busy(first, u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX));
        }
    }

    /// The client has read what the log does not have. The connection ends after this, and finds the new timeline when it comes again.
    async fn begin_anew(&mut self, position: Position) -> ControlFlow<End> {
        let log = self.log()?;
        if !self.app.claims.take(log.id(), self.identity.actor, position, Instant::now().into_std()) {
            return Break(End::Close(CloseCode::Busy, "the log was begun anew a short while ago: come back in a minute".into()));
        }
        let epoch = log.head().borrow().cursor.epoch;
        let begun = begin_new_timeline(&**self.app.logs.store(), log.id(), epoch, &self.app.metrics).await;
        if let Err(error) = begun {
            return Break(unopened(error.into()));
        }
        // Whoever comes again at once is not to find the writer of the old timeline.
        if let Err(error) = log.catch_up().await {
            return Break(unopened(error));
        }
        Continue(())
    }

    async fn send(&mut self, frame: Vec<u8>) -> ControlFlow<End> {
        self.app.metrics.frames_sent.add_one();
        self.app.metrics.bytes_sent.add(frame.len() as u64);
        let message = match self.session.format() {
            Format::Postcard => Message::Binary(frame.into()),
            Format::Json => match Utf8Bytes::try_from(frame) {
                Ok(text) => Message::Text(text),
                Err(_) => return Break(failed("a frame of JSON is not UTF-8")),
            },
        };
        match self.line.send(message, &mut self.standing).await {
            Ok(()) => Continue(()),
            Err(SendError::Gone) => Break(End::Gone),
            Err(SendError::TooSlow) => Break(End::Close(CloseCode::TooSlow, "nothing was read for too long".into())),
        }
    }
}

impl<D: Served> Connection<'_, D> {
    /// Where the writer is to speak to this session; begun with the first command, since most sessions only read.
    fn notices(&mut self) -> ControlFlow<End, mpsc::Sender<Notice>> {
        if let Some(notices) = &self.notices {
            return notices.sender.upgrade().map_or_else(|| Break(self.unheard()), Continue);
        }
        let (sender, receiver) = mpsc::channel(NOTICES_MAX);
        self.notices = Some(Notices { sender: sender.downgrade(), receiver, is_known: false });
        Continue(sender)
    }

    /// The writer speaks to this session no more: it has ended, or more was said than was heard.
    fn unheard(&self) -> End {
        if self.followed.as_ref().is_some_and(|followed| followed.log.has_ended()) {
            self.closed()
        } else {
            End::Close(CloseCode::Busy, "too much waits already: come back later".into())
        }
    }

    /// The log's writer has ended.
    fn closed(&self) -> End {
        if self.followed.as_ref().is_some_and(|followed| followed.log.begins_anew()) {
            End::Close(CloseCode::GoingAway, "the workspace is opened anew, or elsewhere: reconnect".into())
        } else {
            End::Close(CloseCode::Internal, "the log was closed: reconnect".into())
        }
    }

    /// The log that is followed. The session asks for nothing before it is open.
    fn log(&self) -> ControlFlow<End, Arc<OpenLog<D>>> {
        match &self.followed {
            Some(followed) => Continue(followed.log.clone()),
            None => Break(failed("a session asked for a log that is not open")),
        }
    }
}

/// The first of these commands: nothing is taken from there on.
fn first(submit: &Submit) -> Option<CommandId> {
    submit.commands.first().map(|command| command.id)
}

/// The head as this person may see it: a token opens one log only, whatever its person may read.
fn see_head<D: Served>(log: &OpenLog<D>, head: &mut watch::Receiver<Head<D>>, identity: &Identity) -> (Cursor, bool) {
    let head = head.borrow_and_update();
    (head.cursor, identity.only.is_none_or(|only| only == log.id()) && D::may_read(&head.state, identity.actor))
}

/// A log that cannot be opened or read: while the database is away, that is nobody's fault and passes.
fn unopened(error: OpenError) -> End {
    if let OpenError::Store(StoreError::Unavailable(_)) = error {
        tracing::warn!(%error, "a connection is closed until the database answers");
        return End::Close(CloseCode::Busy, UNAVAILABLE.into());
    }
    failed(error)
}

fn failed(error: impl std::fmt::Display) -> End {
    tracing::error!(%error, "a connection failed");
    End::Close(CloseCode::Internal, "something broke on the server".into())
}

/// What a socket's error means. The WebSocket library tells only in words which bound was broken.
fn end_of(error: &axum::Error) -> End {
    let words = error.to_string();
    if words.contains("Space limit exceeded") {
        End::Close(CloseCode::TooLarge, format!("a frame has at most {FRAME_BYTES_MAX} bytes"))
    } else if words.contains("UTF-8") {
        End::Close(CloseCode::Undecodable, "a text frame is not UTF-8".into())
    } else {
        End::Gone
    }
}
