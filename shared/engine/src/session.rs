//! The server's end of one connection: a cursor over the log.
//!
//! Nothing is queued for a session and nothing is dropped: it reads the log a page at a time, as fast as its socket takes them.

use crate::log::{Cursor, Position};
use crate::protocol::*;
use crate::sequencer::Notice;
use crate::{ActorId, CommandId, DeviceId, Domain, LogId, Mark, Seal, TimeMs};
use std::collections::VecDeque;
use std::marker::PhantomData;

/// What is to be done, in this order; a `Send` is finished before the next output is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Open this log, with everything that the store has of it by now; answer with `handle_head`, or with `handle_no_such_log`.
    Open(LogId),
    /// Read a page after this position, at most [`PAGE_RECORDS_MAX`] records and [`PAGE_BYTES_MAX`] bytes; answer with `handle_page`.
    Read {
        /// The last position that was sent.
        after: Position,
    },
    /// Look up the seal behind this record; answer with `handle_seal`, in the order in which it was asked.
    Seal {
        /// Its position.
        position: Position,
    },
    /// The client has read what the log no longer has: records were lost without a word. A new timeline is to be begun, if none was since.
    Diverged {
        /// A position at which they differ.
        position: Position,
    },
    /// Read this one record, which was sent long ago; answer with `handle_fetched`.
    Fetch {
        /// Its position.
        position: Position,
    },
    /// Hand these to the log's sequencer.
    Submit {
        /// The device that said `Hello`.
        device: DeviceId,
        /// In order.
        commands: Vec<Submission>,
    },
    /// Write this frame.
    Send(Vec<u8>),
    /// Close with this code and reason. The last output.
    Close(CloseCode, String),
}

#[derive(Clone, Debug)]
enum Phase {
    Greeting,
    Opening(Hello),
    /// The cursor is beyond this head: a mark tells a client that has read what was lost from one that is wrong.
    Ahead(Position),
    Following(Following),
    Closed,
}

#[derive(Clone, Copy, Debug)]
struct Following {
    device: DeviceId,
    cursor: Position,
    head: Position,
    /// The seal behind the record at `cursor`, as soon as it is known.
    seal: Option<Seal>,
    /// The client had read on this timeline, so that its mark says something.
    has_read_here: bool,
    reading: bool,
    caught_up: bool,
}

/// The server's end of one connection.
pub struct Session<D: Domain> {
    actor: ActorId,
    format: Format,
    phase: Phase,
    /// What the client speaks, by its `Hello`.
    protocol: u16,
    schema: u32,
    /// How many marks the client has said.
    marks: usize,
    /// Those among them that are not compared yet, and then those whose seal in the log is being looked up.
    said: VecDeque<Mark>,
    looked_up: VecDeque<Mark>,
    heard: TimeMs,
    outputs: VecDeque<Output>,
    domain: PhantomData<D>,
}

impl<D: Domain> Session<D> {
    /// A connection of this actor, who was authenticated before the first frame.
    pub fn new(actor: ActorId, format: Format, now: TimeMs) -> Self {
        Self {
            actor,
            format,
            phase: Phase::Greeting,
            protocol: PROTOCOL_VERSION_MIN,
            schema: 0,
            marks: 0,
            said: VecDeque::new(),
            looked_up: VecDeque::new(),
            heard: now,
            outputs: VecDeque::new(),
            domain: PhantomData,
        }
    }

    /// Who is at the other end.
    pub fn actor(&self) -> ActorId {
        self.actor
    }

    /// Does the client know [`Downstream::Busy`], and stay when it is told so?
    pub fn knows_busy(&self) -> bool {
        self.protocol >= 2
    }

    /// How frames are written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The position up to which everything has been sent, once the log is open.
    pub fn cursor(&self) -> Option<Position> {
        if let Phase::Following(following) = self.phase { Some(following.cursor) } else { None }
    }

    /// A frame came.
    pub fn handle_message(&mut self, frame: &[u8], now: TimeMs) {
        self.heard = now;
        if frame.len() > FRAME_BYTES_MAX {
            return self.close(CloseCode::TooLarge, format!("a frame has at most {FRAME_BYTES_MAX} bytes"));
        }
        match self.format.decode::<Upstream>(frame) {
            Err(Undecodable(why)) => self.close(CloseCode::Undecodable, why),
            Ok(Upstream::Hello(hello)) => self.greet(hello),
            Ok(Upstream::Submit(commands)) => self.submit(commands),
            Ok(Upstream::Ping) => self.send(&Downstream::<D>::Pong { server_time: now }),
            Ok(Upstream::Mark(mark)) => self.take_mark(mark),
        }
    }

    /// The log is open, or its head moved. `may_read` is the domain's word on this actor at that head.
    pub fn handle_head(&mut self, log: Cursor, may_read: bool, now: TimeMs) {
        if !may_read && !matches!(self.phase, Phase::Closed) {
            return self.close(CloseCode::Forbidden, "the workspace does not list you".into());
        }
        match std::mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Opening(hello) => {
                let same_timeline = hello.cursor.epoch == log.epoch;
                if same_timeline && hello.cursor.position > log.position {
                    self.phase = Phase::Ahead(log.position);
                    return if self.protocol >= 2 { self.compare_marks() } else { self.close_ahead(log.position) };
                }
                let cursor = if same_timeline { hello.cursor.position } else { 0 };
                self.send(&Downstream::<D>::Welcome(Welcome {
                    protocol: self.protocol,
                    epoch: log.epoch,
                    head: log.position,
                    server_time: now,
                    actor: self.actor,
                }));
                self.phase = Phase::Following(Following {
                    device: hello.device,
                    cursor,
                    head: log.position,
                    seal: None,
                    has_read_here: same_timeline,
                    reading: false,
                    caught_up: false,
                });
                self.compare_marks();
            }
            Phase::Following(following) => {
                self.phase = Phase::Following(Following { head: following.head.max(log.position), ..following });
            }
            other => self.phase = other,
        }
        self.read_on();
    }

    /// There is no such log.
    pub fn handle_no_such_log(&mut self) {
        self.close(CloseCode::NoSuchLog, "there is no such workspace".into());
    }

    /// The page that was asked for; empty when the head had promised more than can be read yet. `before`: the seal behind the record before
    /// it, as the log has it; `None` where there is no such record.
    pub fn handle_page(&mut self, before: Option<Seal>, pieces: &[Piece]) {
        let Phase::Following(following) = &mut self.phase else { return };
        following.reading = false;
        if following.seal.is_some_and(|seal| before != Some(seal)) {
            let position = following.cursor;
            return self.diverge(position);
        }
        match pieces {
            [] => following.head = following.cursor,
            [first, .., last] | [first @ last] => {
                assert_eq!(first.position, following.cursor + 1, "a page must begin where the last one ended");
                following.cursor = last.position;
                following.head = following.head.max(last.position);
                following.seal = Some(last.seal);
                if !self.can_read(pieces) {
                    return;
                }
                let frame = match before.filter(|_| self.protocol >= 2) {
                    Some(before) => sealed_frame(before, pieces, self.actor, self.format),
                    None => records_frame(pieces, self.actor, self.format),
                };
                self.outputs.push_back(Output::Send(frame));
            }
        }
        self.read_on();
    }

    /// The seal that was asked for; `None` where there is no such record.
    pub fn handle_seal(&mut self, seal: Option<Seal>) {
        if let (Phase::Following(_), Some(mark)) = (&self.phase, self.looked_up.pop_front())
            && seal != Some(mark.seal)
        {
            self.diverge(mark.position);
        }
    }

    /// The record that `Fetch` asked for.
    pub fn handle_fetched(&mut self, piece: &Piece) {
        if matches!(self.phase, Phase::Following(_)) && self.can_read(std::slice::from_ref(piece)) {
            self.outputs.push_back(Output::Send(recorded_frame(piece, self.actor, self.format)));
        }
    }

    /// The sequencer has something to say to this connection.
    pub fn handle_notice(&mut self, notice: Notice) {
        match notice {
            Notice::Missing(command) => self.send(&Downstream::<D>::Missing { command }),
            Notice::Reused(command) => {
                self.send(&Downstream::<D>::Reused { command });
                self.close(CloseCode::IdReused, format!("command {command} has a record with another payload"));
            }
            Notice::Recorded(_, position) => {
                // What is still ahead of the cursor comes with the stream.
                if let Phase::Following(following) = self.phase
                    && position <= following.cursor
                {
                    self.outputs.push_back(Output::Fetch { position });
                }
            }
            Notice::Busy => self.close(CloseCode::Busy, "too much waits already: come back later".into()),
            Notice::Future => self.close(CloseCode::Version, "a command is newer than this server: it must be updated".into()),
        }
    }

    /// What was submitted from this command on was not taken; it may come again after so many milliseconds.
    pub fn handle_busy(&mut self, command: CommandId, retry_after_ms: u64) {
        if self.knows_busy() {
            self.send(&Downstream::<D>::Busy { command, retry_after_ms });
        } else {
            self.close(CloseCode::Busy, format!("too much waits already: come back after {retry_after_ms} ms"));
        }
    }

    /// The server is stopping.
    pub fn handle_shutdown(&mut self) {
        self.close(CloseCode::GoingAway, "the server is stopping: reconnect".into());
    }

    /// The session's cookie or token is no longer good.
    pub fn handle_signed_out(&mut self) {
        self.close(CloseCode::NotSignedIn, "signed out: sign in again".into());
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: TimeMs) {
        // The clock may have gone back: nothing was heard at a time to come.
        self.heard = self.heard.min(now);
        if self.poll_timeout().is_some_and(|due| now >= due) {
            let what = match self.phase {
                Phase::Greeting => "no hello".into(),
                Phase::Ahead(head) => format!("the log ends at {head}: no mark"),
                _ => "nothing heard".to_owned(),
            };
            self.close(CloseCode::TooSlow, format!("{what} for too long"));
        }
    }

    /// When `handle_timeout` is due next.
    pub fn poll_timeout(&self) -> Option<TimeMs> {
        match self.phase {
            Phase::Closed => None,
            Phase::Greeting | Phase::Ahead(_) => Some(self.heard.plus(HELLO_TIMEOUT_MS)),
            _ => Some(self.heard.plus(SILENCE_MAX_MS)),
        }
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn greet(&mut self, hello: Hello) {
        if !matches!(self.phase, Phase::Greeting) {
            return self.close(CloseCode::OutOfOrder, "hello is said once".into());
        }
        let reads_any = self.format == Format::Json && hello.schema == 0;
        let is_spoken = (PROTOCOL_VERSION_MIN..=PROTOCOL_VERSION).contains(&hello.protocol);
        if !is_spoken || !(reads_any || (D::SCHEMA_MIN..=D::SCHEMA).contains(&hello.schema)) {
            let range = |least, most| if least == most { format!("{most}") } else { format!("{least} to {most}") };
            let protocols = range(u32::from(PROTOCOL_VERSION_MIN), u32::from(PROTOCOL_VERSION));
            let ours = format!("this server speaks protocol {protocols} and schema {}: please update", range(D::SCHEMA_MIN, D::SCHEMA));
            return self.close(CloseCode::Version, ours);
        }
        (self.protocol, self.schema) = (hello.protocol, hello.schema);
        self.outputs.push_back(Output::Open(hello.log));
        self.phase = Phase::Opening(hello);
    }

    fn submit(&mut self, commands: Vec<Submission>) {
        let Phase::Following(Following { device, caught_up: true, .. }) = self.phase else {
            return match self.phase {
                Phase::Ahead(head) => self.close_ahead(head),
                _ => self.close(CloseCode::OutOfOrder, "submit comes after caught_up".into()),
            };
        };
        if commands.len() > SUBMIT_COMMANDS_MAX {
            return self.close(CloseCode::TooLarge, format!("at most {SUBMIT_COMMANDS_MAX} commands at a time"));
        }
        let too_large = |submission: &&Submission| submission.command.as_ref().is_some_and(|text| text.0.len() > COMMAND_BYTES_MAX);
        if let Some(submission) = commands.iter().find(too_large) {
            return self.close(CloseCode::TooLarge, format!("command {} has more than {COMMAND_BYTES_MAX} bytes", submission.id));
        }
        self.outputs.push_back(Output::Submit { device, commands });
    }

    fn read_on(&mut self) {
        let Phase::Following(following) = &mut self.phase else { return };
        if following.reading {
            return;
        }
        if following.cursor < following.head {
            following.reading = true;
            self.outputs.push_back(Output::Read { after: following.cursor });
        } else if !following.caught_up {
            following.caught_up = true;
            let frame = Downstream::<D>::CaughtUp { head: following.head };
            self.send(&frame);
        }
    }

    fn take_mark(&mut self, mark: Mark) {
        let is_open = matches!(self.phase, Phase::Opening(_) | Phase::Ahead(_) | Phase::Following(_));
        if self.protocol < 2 || self.marks == MARKS_MAX || !is_open {
            return self.close(CloseCode::OutOfOrder, format!("a mark is said at most {MARKS_MAX} times, after hello, since version 2"));
        }
        self.marks += 1;
        self.said.push_back(mark);
        self.compare_marks();
    }

    /// Is the log still the one that the client, and whoever it speaks for, has read?
    fn compare_marks(&mut self) {
        while !matches!(self.phase, Phase::Opening(_) | Phase::Closed)
            && let Some(mark) = self.said.pop_front()
        {
            match &self.phase {
                Phase::Ahead(head) | Phase::Following(Following { head, has_read_here: true, .. }) if mark.position > *head => {
                    self.diverge(mark.position);
                }
                Phase::Ahead(head) => self.close_ahead(*head),
                Phase::Following(Following { has_read_here: true, .. }) => {
                    self.outputs.push_back(Output::Seal { position: mark.position });
                    self.looked_up.push_back(mark);
                }
                _ => {}
            }
        }
    }

    fn close_ahead(&mut self, head: Position) {
        self.close(CloseCode::CursorAhead, format!("the log ends at {head}: read it again from 0"));
    }

    fn diverge(&mut self, position: Position) {
        self.outputs.push_back(Output::Diverged { position });
        self.close(CloseCode::Diverged, format!("the log was another one at {position}: reconnect, and read it again"));
    }

    /// Whoever reads an older schema is served until there is something that it does not know.
    fn can_read(&mut self, pieces: &[Piece]) -> bool {
        let newest = pieces.iter().map(|piece| piece.schema).max().unwrap_or(0);
        let can_read = self.schema == 0 || newest <= self.schema;
        if !can_read {
            self.close(CloseCode::Version, format!("a record is of schema {newest}: please update"));
        }
        can_read
    }

    fn send(&mut self, frame: &Downstream<D>) {
        if !matches!(self.phase, Phase::Closed) || matches!(frame, Downstream::Welcome(_)) {
            self.outputs.push_back(Output::Send(self.format.encode(frame)));
        }
    }

    fn close(&mut self, code: CloseCode, reason: String) {
        self.phase = Phase::Closed;
        // A close frame carries at most 123 bytes of reason (RFC 6455, 5.5).
        let cut = reason.char_indices().map(|(index, letter)| index + letter.len_utf8()).take_while(|end| *end <= 123).last().unwrap_or(0);
        self.outputs.push_back(Output::Close(code, reason[..cut].to_owned()));
    }
}
