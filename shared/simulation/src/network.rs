//! Lines between tabs and servers: what is on its way, what is cut, and what nobody hears any more.

use crate::device::Life;
use crate::rules;
use crate::workload::Workload;
use crate::world::World;
use landfall_engine::client::Ended;
use landfall_engine::domain::decode_state;
use landfall_engine::protocol::{CloseCode, Downstream, Format, Hello, Piece, Submission, Upstream};
use landfall_engine::session::{Output, Session};
use landfall_engine::{ActorId, CommandId, Cursor, DeviceId, Epoch, LogId, Mark, TimeMs};
use std::collections::VecDeque;

/// Frames that a socket takes before its server must wait for its reader.
const SOCKET_FRAMES_MAX: usize = 6;
/// A line that dropped, as browsers say it.
const DROPPED: u16 = 1006;

/// What comes down a line.
pub enum Down {
    /// It is open.
    Opened,
    /// A frame.
    Frame(Vec<u8>),
    /// It ended with this code.
    Closed(u16),
}

/// What a hostile program says on a line, and how that must end.
pub struct Script {
    /// Frames, in order.
    pub frames: VecDeque<Vec<u8>>,
    /// The code that it must be closed with.
    pub expected: CloseCode,
    /// The timeline of which it speaks.
    pub epoch: Epoch,
    /// Frames after the first wait until the server says that all was read.
    pub patient: bool,
    /// The first frame was said.
    pub begun: bool,
}

/// One line.
pub struct Connection<W: Workload> {
    /// The tab at its end, as long as there is one that listens.
    pub tab: Option<usize>,
    /// The device of that tab.
    pub device: Option<usize>,
    /// The server at its other end.
    pub node: usize,
    /// The log.
    pub log: usize,
    session: Option<Session<W>>,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Down>,
    /// Nothing arrives any more, in either direction, and neither end knows.
    pub silent: bool,
    /// The server learns that the other end is gone, after what was sent before.
    server_knows: bool,
    script: Option<Script>,
    /// A hostile line that may end now, whatever came of it.
    pub is_hostile_end: bool,
    caught_up: bool,
    /// The log that is being opened for it.
    opening: Option<LogId>,
    /// The server has asked that nothing be submitted before this time, by the clock of the device while it goes evenly.
    pub held_until: Option<(TimeMs, i64)>,
    /// The highest head or position in any frame that arrived.
    pub told: Cursor,
}

impl<W: Workload> World<W> {
    /// The tab asks for a connection to the server at one of its addresses.
    pub(crate) fn connect(&mut self, tab: usize, server: usize) {
        let device = self.tabs[tab].device;
        let (owner, number) = (&self.devices[device], self.next_connection);
        self.next_connection += 1;
        let node = (owner.route + server) % self.nodes.len();
        let reachable = owner.online && self.nodes[node].is_running;
        let (actor, log) = (owner.actor, owner.log);
        let session = reachable.then(|| Session::new(actor, Format::Postcard, self.node_time(node)));
        let down = VecDeque::from([if reachable { Down::Opened } else { Down::Closed(DROPPED) }]);
        let line = Connection { session, down, ..Connection::between(Some((tab, device)), node, log) };
        self.connections.insert(number, line);
        self.tabs[tab].connection = Some(number);
    }

    /// The newest snapshot that the server has for this person; `Err(true)` when it has none.
    pub(crate) fn fetch_snapshot(&mut self, tab: usize, server: usize) -> Result<(Cursor, W::State, Mark), bool> {
        let owner = &mut self.devices[self.tabs[tab].device];
        let node = (owner.route + server) % self.nodes.len();
        if !owner.online || !self.nodes[node].is_running {
            return Err(false);
        }
        let log = &self.logs[owner.log];
        if !W::may_read(log.now().state(), owner.actor) {
            return Err(true);
        }
        let snapshot = log.snapshot.as_ref().filter(|snapshot| snapshot.fold == W::FOLD && !log.has_lost(snapshot)).ok_or(true)?;
        let state = decode_state::<W>(&snapshot.chunks).map_err(|_| true)?;
        owner.disk.began_at = snapshot.cursor;
        Ok((snapshot.cursor, state, Mark { position: snapshot.cursor.position, seal: snapshot.seal }))
    }

    /// A program that means no good speaks to a server.
    pub(crate) fn attack(&mut self, node: usize, log: usize, actor: ActorId, script: Script) {
        let number = self.next_connection;
        self.next_connection += 1;
        let session = Some(Session::new(actor, Format::Postcard, self.node_time(node)));
        self.connections.insert(number, Connection { session, script: Some(script), ..Connection::between(None, node, log) });
    }

    /// A tab writes a frame to its line.
    pub(crate) fn send(&mut self, tab: usize, frame: Vec<u8>) {
        let Some(number) = self.tabs[tab].connection else { return };
        if let Ok(Upstream::Submit(commands)) = Format::Postcard.decode::<Upstream>(&frame) {
            self.trace.say(|| {
                let letters: Vec<String> = commands.iter().map(|command| self.ledger.letter(command.id)).collect();
                format!("c{tab}: send {}", letters.join(" "))
            });
            self.note_sent(tab, &commands);
            let clock = self.devices[self.tabs[tab].device].time(self.now);
            let offset_ms = self.devices[self.tabs[tab].device].clock_offset_ms;
            let held = self.connections.get(&number).and_then(|line| line.held_until).filter(|(_, before_ms)| *before_ms == offset_ms);
            self.judge(25, rules::rule_25_not_before_the_time(held.map(|(until, _)| until), clock));
            let device = &mut self.devices[self.tabs[tab].device];
            if device.leaks.socket && device.dice.one_in(2) {
                return;
            }
        }
        self.judge(22, rules::rule_22_upstream_bytes(&frame));
        self.trace.mix(&frame);
        if let Some(line) = self.connections.get_mut(&number).filter(|line| !line.silent) {
            line.up.push_back(frame);
        }
    }

    /// Commands leave a tab, by whichever route.
    pub(crate) fn note_sent(&mut self, tab: usize, commands: &[Submission]) {
        self.judge(4, rules::rule_4_saved_before_sent(self, tab, commands));
        self.judge(16, rules::rule_16_same_payload(self, commands));
        for command in commands {
            if let Some(promise) = self.ledger.get_mut(command.id) {
                promise.sent = true;
            }
        }
    }

    /// A tab gives its line up; what it sent before may still arrive.
    pub(crate) fn hang_up(&mut self, tab: usize) {
        if let Some(line) = self.tabs[tab].connection.take().and_then(|number| self.connections.get_mut(&number)) {
            line.tab = None;
            line.down.clear();
            line.server_knows = !line.silent;
        }
    }

    /// The lines of a device break. Of what is on its way up, `arriving` frames still arrive. `quietly`: the server is not told.
    pub(crate) fn cut_lines(&mut self, device: usize, arriving: usize, quietly: bool) {
        for line in self.connections.values_mut().filter(|line| line.device == Some(device)) {
            line.up.truncate(arriving);
            line.server_knows |= !quietly;
            line.device = None;
            if line.tab.is_some() {
                line.down.clear();
                line.down.push_back(Down::Closed(DROPPED));
            }
        }
    }

    /// Nothing arrives any more on the lines of a device, and nobody is told.
    pub(crate) fn silence_lines(&mut self, device: usize) {
        for line in self.connections.values_mut().filter(|line| line.device == Some(device)) {
            line.silent = true;
            line.up.clear();
            line.down.clear();
        }
    }

    /// The server's ends of its lines vanish with it. `quietly`: the other ends are not told.
    pub(crate) fn drop_sessions(&mut self, node: usize, quietly: bool) {
        for line in self.connections.values_mut().filter(|line| line.node == node) {
            line.session = None;
            line.script = None;
            line.up.clear();
            if !quietly && !line.silent {
                line.down.push_back(Down::Closed(DROPPED));
            } else {
                line.silent = true;
            }
        }
    }

    /// What a tab hears next on its line.
    pub(crate) fn hear(&mut self, tab: usize) -> Option<Down> {
        let number = self.tabs[tab].connection?;
        let owner = &self.devices[self.tabs[tab].device];
        let (clock, offset_ms) = (owner.time(self.now), owner.clock_offset_ms);
        let line = self.connections.get_mut(&number)?;
        let heard = line.down.pop_front()?;
        match &heard {
            Down::Opened => {}
            Down::Frame(frame) => {
                line.note_told(frame, clock, offset_ms);
                self.trace.mix(frame);
            }
            Down::Closed(_) => {
                line.tab = None;
                line.server_knows = true;
                self.tabs[tab].connection = None;
            }
        }
        Some(heard)
    }

    /// One small thing on a line: a frame arrives at the server, or the server's end does what it wants done.
    pub(crate) fn move_line(&mut self, number: u64) -> bool {
        let Some(line) = self.connections.get_mut(&number) else { return false };
        let (node, now) = (line.node, self.nodes[line.node].time(self.now));
        if line.session.is_none() && line.tab.is_none() {
            self.connections.remove(&number);
            return true;
        }
        let room = line.down.len() < SOCKET_FRAMES_MAX || line.tab.is_none();
        let Some(session) = &mut line.session else { return false };
        if let Some(log) = line.opening.take() {
            self.perform_session(number, Output::Open(log));
            return self.connections.get(&number).is_some_and(|line| line.opening.is_none());
        }
        if room && let Some(output) = session.poll_output() {
            self.perform_session(number, output);
            self.nodes[node].burn_fuse();
            return true;
        }
        if let Some(frame) = line.next_up() {
            line.session.as_mut().expect("just seen").handle_message(&frame, now);
            return true;
        }
        if line.server_knows || (line.script.is_some() && line.is_hostile_end) {
            line.session = None;
            return true;
        }
        false
    }

    fn perform_session(&mut self, number: u64, output: Output) {
        let (node, now) = (self.connections[&number].node, self.node_time(self.connections[&number].node));
        match output {
            Output::Open(log) => {
                let known = self.logs.iter().position(|known| known.id == log);
                if let Some(log) = known {
                    self.open_log(node, log);
                    if !self.is_up_to_date(node, log) {
                        let Some(line) = self.connections.get_mut(&number) else { return };
                        line.opening = Some(self.logs[log].id);
                        return;
                    }
                }
                let opened = known.and_then(|log| self.nodes[node].sequencer(log));
                let Some(line) = self.connections.get_mut(&number) else { return };
                let Some(session) = &mut line.session else { return };
                match (known, opened) {
                    (Some(log), Some(sequencer)) => {
                        line.log = log;
                        session.handle_head(sequencer.cursor(), W::may_read(sequencer.state(), session.actor()), now);
                    }
                    _ => session.handle_no_such_log(),
                }
            }
            Output::Read { after } => {
                let (before, page) = self.page(node, self.connections[&number].log, after);
                let pieces: Vec<Piece> = page.iter().map(|(record, seal)| Piece::of(record, *seal, Format::Postcard)).collect();
                self.with_session(number, |session| session.handle_page(before, &pieces));
            }
            Output::Seal { position } => {
                let seal = self.logs[self.connections[&number].log].now().seal_at(position);
                self.with_session(number, |session| session.handle_seal(seal));
            }
            Output::Diverged { .. } => {
                let log = self.connections[&number].log;
                if let Some(epoch) = self.nodes[node].sequencer(log).map(|sequencer| sequencer.cursor().epoch) {
                    self.notice_divergence(node, log, epoch);
                }
            }
            Output::Fetch { position } => {
                let log = &self.logs[self.connections[&number].log];
                let Some(entry) = log.now().entries.get(position as usize - 1) else { return };
                let piece = Piece::of(&entry.record, entry.seal, Format::Postcard);
                self.with_session(number, |session| session.handle_fetched(&piece));
            }
            Output::Submit { device, commands } => {
                let line = &self.connections[&number];
                let (log, actor) = (line.log, line.session.as_ref().map_or(ActorId::SERVER, Session::actor));
                if line.tab.is_some() {
                    self.judge(18, rules::rule_18_listen_before_you_speak(line.caught_up));
                }
                if let Some(left) = self.nodes[node].busy_for.checked_sub(1)
                    && let Some(first) = commands.first()
                {
                    self.nodes[node].busy_for = left;
                    let (command, retry_after_ms) = (first.id, 50 + 400 * left);
                    self.trace.say(|| format!("s{node}: too busy for {}", self.ledger.letter(command)));
                    return self.with_session(number, |session| session.handle_busy(command, retry_after_ms));
                }
                if let Some(sequencer) = self.nodes[node].sequencer_mut(log) {
                    for submission in commands {
                        sequencer.handle_submit(number, actor, device, submission);
                    }
                }
            }
            Output::Send(frame) => self.push_down(number, frame),
            Output::Close(code, reason) => self.close_line(number, code, &reason),
        }
    }

    /// The server says something: it must be true, and for these eyes.
    fn push_down(&mut self, number: u64, frame: Vec<u8>) {
        let line = &self.connections[&number];
        let (reader, log) = (line.session.as_ref().map(Session::actor), line.log);
        match Format::Postcard.decode::<Downstream<W>>(&frame) {
            Ok(said) => {
                let told: Vec<_> = match &said {
                    Downstream::Records(records) => records.iter().collect(),
                    Downstream::Sealed { records, .. } => records.iter().map(|sealed| &sealed.record).collect(),
                    Downstream::Recorded(record) => vec![record],
                    _ => Vec::new(),
                };
                if let Some(reader) = reader {
                    self.judge(8, rules::rule_8_only_what_is_on_disk(&self.logs[log], &told));
                    self.judge(19, rules::rule_19_reasons_for_the_author(&self.logs[log], reader, &told));
                }
                self.judge(24, rules::rule_24_seals_are_the_logs(&self.logs[log], &said));
                self.judge(22, rules::rule_22_downstream_bytes(&frame, &said));
                let expected = self.connections[&number].script.as_ref().map(|script| script.expected);
                self.judge(16, rules::rule_16_another_payload_is_no_resend(expected, &said));
                let epoch = self.connections[&number].script.as_ref().map_or(0, |script| script.epoch);
                self.judge(21, rules::rule_21_no_welcome_for_a_misdeed(expected, epoch, &said));
                let Some(line) = self.connections.get_mut(&number) else { return };
                line.caught_up |= matches!(said, Downstream::CaughtUp { .. });
            }
            Err(why) => self.judge(22, Err(format!("the server sent what does not decode: {}", why.0))),
        }
        let Some(line) = self.connections.get_mut(&number) else { return };
        if line.tab.is_some() && !line.silent {
            line.down.push_back(Down::Frame(frame));
        }
    }

    fn close_line(&mut self, number: u64, code: CloseCode, reason: &str) {
        let Some(line) = self.connections.get_mut(&number) else { return };
        let actor = line.session.take().map(|session| session.actor());
        let log = &self.logs[line.log];
        // Whoever is no longer listed is told so, whatever else they did.
        let has_left = code == CloseCode::Forbidden && actor.is_some_and(|actor| !W::may_read(&log.truth(), actor));
        self.trace.mix_number(u64::from(code.number()));
        if let Some(script) = line.script.take() {
            let (expected, excused) = (script.expected, line.is_hostile_end || has_left);
            self.trace.say(|| format!("s{}: hostile line closed with {}: {reason}", self.connections[&number].node, code.number()));
            self.judge(21, rules::rule_21_each_misdeed_its_code(code, expected, excused));
            return;
        }
        if let Some(tab) = line.tab {
            if !line.silent {
                line.down.push_back(Down::Closed(code.number()));
            }
            self.trace.say(|| format!("s{}: c{tab} closed with {}: {reason}", self.connections[&number].node, code.number()));
            self.judge(21, rules::rule_21_nobody_else_notices(code, reason));
        }
    }

    pub(crate) fn with_session(&mut self, number: u64, then: impl FnOnce(&mut Session<W>)) {
        if let Some(session) = self.connections.get_mut(&number).and_then(|line| line.session.as_mut()) {
            then(session);
        }
    }

    /// The log's head moved on this server: its sessions are told.
    pub(crate) fn announce_head(&mut self, node: usize, log: usize) {
        let now = self.node_time(node);
        let Some(sequencer) = self.nodes[node].sequencer(log) else { return };
        let (cursor, state) = (sequencer.cursor(), sequencer.state().clone());
        for line in self.connections.values_mut().filter(|line| line.node == node && line.log == log) {
            if let Some(session) = line.session.as_mut().filter(|session| session.cursor().is_some()) {
                let may_read = W::may_read(&state, session.actor());
                session.handle_head(cursor, may_read, now);
            }
        }
    }

    /// Commands on their way up on the lines of a device, for another route to carry as well.
    pub(crate) fn commands_under_way(&self, device: usize) -> Vec<Submission> {
        let frames = self.connections.values().filter(|line| line.device == Some(device)).flat_map(|line| &line.up);
        let decoded = frames.filter_map(|frame| match Format::Postcard.decode::<Upstream>(frame) {
            Ok(Upstream::Submit(commands)) => Some(commands),
            _ => None,
        });
        decoded.flatten().collect()
    }

    /// What arrived at a tab so far on its present line.
    pub(crate) fn told_on_line(&self, tab: usize) -> Option<Cursor> {
        let number = self.tabs[tab].connection?;
        self.connections.get(&number).map(|line| line.told)
    }

    /// How a line's end looks to a tab that has one; nothing is said to tabs that are gone.
    pub(crate) fn forget_lines_of(&mut self, tab: usize) {
        self.hang_up(tab);
        self.tabs[tab].life = Life::Dead;
    }
}

impl<W: Workload> Connection<W> {
    fn between(tab: Option<(usize, usize)>, node: usize, log: usize) -> Self {
        Self {
            tab: tab.map(|(tab, _)| tab),
            device: tab.map(|(_, device)| device),
            node,
            log,
            session: None,
            up: VecDeque::new(),
            down: VecDeque::new(),
            silent: false,
            server_knows: false,
            script: None,
            is_hostile_end: false,
            caught_up: false,
            opening: None,
            held_until: None,
            told: Cursor::default(),
        }
    }

    /// The log was closed: the session ends.
    pub(crate) fn leave(&mut self) {
        if let Some(session) = &mut self.session {
            session.handle_shutdown();
        }
    }

    fn next_up(&mut self) -> Option<Vec<u8>> {
        let Some(script) = &mut self.script else { return self.up.pop_front() };
        let may_speak = !script.begun || self.caught_up || !script.patient;
        script.begun = true;
        may_speak.then(|| script.frames.pop_front()).flatten()
    }

    /// Time has passed on the server.
    pub(crate) fn handle_timeout(&mut self, now: TimeMs) {
        if let Some(session) = &mut self.session {
            session.handle_timeout(now);
        }
    }

    fn note_told(&mut self, frame: &[u8], clock: TimeMs, offset_ms: i64) {
        match Format::Postcard.decode::<Downstream<W>>(frame) {
            Ok(Downstream::Welcome(welcome)) => self.told = Cursor { epoch: welcome.epoch, position: welcome.head },
            Ok(Downstream::Sealed { records, .. }) => {
                self.told.position = self.told.position.max(records.last().map_or(0, |sealed| sealed.record.position));
            }
            Ok(Downstream::CaughtUp { head }) => self.told.position = self.told.position.max(head),
            Ok(Downstream::Busy { retry_after_ms, .. }) => self.held_until = Some((clock.plus(retry_after_ms), offset_ms)),
            _ => {}
        }
    }
}

/// What the close code means to a client.
pub(crate) fn ended(code: u16) -> Ended {
    Ended::of(code)
}

/// How a program says hello.
pub(crate) fn hello(protocol: u16, log: LogId, cursor: Cursor, schema: u32) -> Vec<u8> {
    let hello = Hello { protocol, schema, log, cursor, device: DeviceId([0xEE; 16]) };
    Format::Postcard.encode(&Upstream::Hello(hello))
}

/// How a program submits one command.
pub(crate) fn submit_one(id: CommandId, text: String) -> Vec<u8> {
    let command = Some(landfall_engine::protocol::CommandText(text));
    let submission = Submission { id, after: None, issued: landfall_engine::TimeMs(0), command };
    Format::Postcard.encode(&Upstream::Submit(vec![submission]))
}
