//! How long a command that comes now would wait until it is on disk. Where that is too long it is not taken, and its sender is told when to come again.
//!
//! What an append costs, however small it is, and what each command adds to it are two moving figures; who waits is counted by person. What somebody
//! has waiting may take twice what is left for everybody else (the dynamic thresholds of Choudhury and Hahne): one who floods a log fills two thirds of
//! what may wait, and whoever has nothing waiting is the last to be turned away.

use landfall_engine::ActorId;
use landfall_engine::sequencer::{AppendError, BATCH_COMMANDS_MAX};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Of a new observation in a moving figure.
const WEIGHT: f64 = 0.2;
/// An observation counts as so many times the figure at most: a disk that hung once is not slow.
const SURPRISE_MAX: f64 = 4.0;
/// What somebody may have waiting, as a multiple of what is left: with one person at work a client's 1,024 commands under way fit on a usual disk.
const SHARE: f64 = 2.0;
/// Before anything was measured: an append, and each command in it, seconds. A usual disk and a usual product.
const APPEND_SECONDS: f64 = 0.003;
const COMMAND_SECONDS: f64 = 0.000_1;
/// A figure of nothing could not grow again.
const APPEND_SECONDS_MIN: f64 = 0.000_1;
/// An append of so many commands says what a command costs; a smaller one says what an append costs.
const LARGE_COMMANDS: usize = 64;

/// Commands of one person, or of all.
#[derive(Clone, Copy, Default)]
struct Share {
    /// Taken, and on their way to the writer.
    coming: usize,
    /// In the writer's queue, at most: those that wait for a predecessor leave it unseen, and are forgotten with the next append that has room for more.
    queued: usize,
    /// In the append that is under way.
    under_way: usize,
}

impl Share {
    fn is_empty(self) -> bool {
        self.count() == 0
    }

    fn count(self) -> usize {
        self.coming + self.queued + self.under_way
    }
}

/// See the module.
pub struct Backlog {
    /// Whoever has something waiting: at most as many as the log holds commands.
    shares: BTreeMap<ActorId, Share>,
    total: Share,
    /// Since when the writer works on what it works on now.
    since: Option<Instant>,
    append_seconds: f64,
    command_seconds: f64,
}

impl Default for Backlog {
    fn default() -> Self {
        Self {
            shares: BTreeMap::new(),
            total: Share::default(),
            since: None,
            append_seconds: APPEND_SECONDS,
            command_seconds: COMMAND_SECONDS,
        }
    }
}

impl Backlog {
    /// Takes so many commands of somebody, unless they would wait longer than `wait_max`: `Err` is for how long.
    /// Where nothing waits everything is taken: however slow a disk is, it must go on.
    pub fn take(&mut self, actor: ActorId, commands: usize, wait_max: Duration, now: Instant) -> Result<(), Duration> {
        if self.total.is_empty() {
            self.since = Some(now);
        } else {
            let wait = self.wait(commands, now);
            let own = self.shares.get(&actor).copied().unwrap_or_default();
            let own_seconds = if own.is_empty() { 0.0 } else { (own.count() + commands) as f64 * self.command_seconds / SHARE };
            if wait + Duration::from_secs_f64(own_seconds) > wait_max {
                return Err(wait);
            }
        }
        self.shares.entry(actor).or_default().coming += commands;
        self.total.coming += commands;
        Ok(())
    }

    /// How long so many commands that come now would wait.
    pub fn wait(&self, commands: usize, now: Instant) -> Duration {
        let queued = self.total.coming + self.total.queued + commands;
        let appends = queued.div_ceil(BATCH_COMMANDS_MAX);
        let seconds = appends as f64 * self.append_seconds + queued as f64 * self.command_seconds;
        self.rest(now) + Duration::from_secs_f64(seconds)
    }

    /// How much longer what is under way takes. What is overdue takes as long again: a disk that hangs is believed to hang on.
    fn rest(&self, now: Instant) -> Duration {
        let elapsed = self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let expected = match self.total.under_way {
            0 => Duration::ZERO,
            commands => Duration::from_secs_f64(self.append_seconds + commands as f64 * self.command_seconds),
        };
        expected.checked_sub(elapsed).unwrap_or(elapsed)
    }

    /// The writer has looked at them: they are in its queue, or were turned away for want of room.
    pub fn arrived(&mut self, actor: ActorId, commands: usize, is_held: bool) {
        let queued = if is_held { commands } else { 0 };
        for share in [self.shares.entry(actor).or_default(), &mut self.total] {
            share.coming = share.coming.saturating_sub(commands);
            share.queued += queued;
        }
        self.forget_empty();
    }

    /// An append of these people's commands begins. When it had room for more, nothing else is in the queue.
    pub fn append_begun(&mut self, actors: impl Iterator<Item = ActorId>, is_full: bool, now: Instant) {
        self.since.get_or_insert(now);
        for actor in actors {
            for share in [self.shares.entry(actor).or_default(), &mut self.total] {
                share.queued = share.queued.saturating_sub(1);
                share.under_way += 1;
            }
        }
        if !is_full {
            self.queue_is_empty();
        }
    }

    /// The append has ended. What was not written is decided again, or, where nothing can be written, let go.
    pub fn append_ended(&mut self, failed: Option<AppendError>, now: Instant) {
        if let (None, Some(since)) = (failed, self.since) {
            self.learn(self.total.under_way, now.saturating_duration_since(since).as_secs_f64());
        }
        let comes_again = !matches!(failed, None | Some(AppendError::Unavailable));
        for share in self.shares.values_mut().chain([&mut self.total]) {
            let ended = std::mem::take(&mut share.under_way);
            share.queued += if comes_again { ended } else { 0 };
        }
        self.forget_empty();
        self.since = (!self.total.is_empty()).then_some(now);
    }

    /// Nothing is in the writer's queue: what came was known already, or waits for a predecessor.
    pub fn queue_is_empty(&mut self) {
        for share in self.shares.values_mut().chain([&mut self.total]) {
            share.queued = 0;
        }
        self.forget_empty();
    }

    fn learn(&mut self, commands: usize, seconds: f64) {
        let move_to = |figure: &mut f64, seen: f64| *figure += WEIGHT * (seen.min(SURPRISE_MAX * *figure) - *figure);
        if commands >= LARGE_COMMANDS {
            move_to(&mut self.command_seconds, seconds / commands as f64);
        } else {
            move_to(&mut self.append_seconds, (seconds - commands as f64 * self.command_seconds).max(APPEND_SECONDS_MIN));
        }
    }

    fn forget_empty(&mut self) {
        self.shares.retain(|_, share| !share.is_empty());
        if self.total.is_empty() {
            self.since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT_MAX: Duration = Duration::from_millis(200);
    const FLOODER: ActorId = ActorId([1; 16]);
    const OTHER: ActorId = ActorId([2; 16]);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// A backlog that has learnt that 512 commands take so long.
    fn learnt(full_append: Duration) -> (Backlog, Instant) {
        let mut backlog = Backlog::default();
        let mut now = Instant::now();
        for _ in 0..50 {
            backlog.take(OTHER, 512, WAIT_MAX, now).unwrap();
            backlog.arrived(OTHER, 512, true);
            backlog.append_begun(std::iter::repeat_n(OTHER, 512), true, now);
            now += full_append;
            backlog.append_ended(None, now);
        }
        assert!(backlog.total.is_empty() && backlog.shares.is_empty());
        (backlog, now)
    }

    fn flood(backlog: &mut Backlog, actor: ActorId, now: Instant) -> usize {
        let mut taken = 0;
        while backlog.take(actor, 16, WAIT_MAX, now).is_ok() {
            taken += 16;
            assert!(taken < 100_000, "it is never enough");
        }
        taken
    }

    #[test]
    fn a_flood_stops_at_two_thirds_of_what_may_wait_and_another_is_still_taken() {
        let (mut backlog, now) = learnt(ms(51));
        // A command takes a tenth of a millisecond, an append three besides.
        let taken = flood(&mut backlog, FLOODER, now);
        assert!((1_024..1_400).contains(&taken), "{taken}");
        assert!(backlog.take(OTHER, 256, WAIT_MAX, now).is_ok());
        assert!(flood(&mut backlog, OTHER, now) < 500);
        assert!(backlog.wait(0, now) <= WAIT_MAX, "{:?}", backlog.wait(0, now));
    }

    #[test]
    fn a_slow_disk_takes_one_batch_at_a_time_and_says_how_long_it_would_be() {
        let (mut backlog, now) = learnt(ms(5_120));
        assert!(backlog.take(FLOODER, 256, WAIT_MAX, now).is_ok(), "nothing waits");
        let wait = backlog.take(OTHER, 1, WAIT_MAX, now).unwrap_err();
        assert!((ms(2_300)..ms(2_700)).contains(&wait), "{wait:?}");
        assert!(backlog.take(OTHER, 1, ms(5_000), now).is_ok(), "who may wait longer is taken");
    }

    #[test]
    fn small_appends_do_not_make_commands_seem_slow() {
        let mut backlog = Backlog::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            backlog.take(OTHER, 1, WAIT_MAX, now).unwrap();
            backlog.arrived(OTHER, 1, true);
            backlog.append_begun(std::iter::once(OTHER), false, now);
            now += ms(4);
            backlog.append_ended(None, now);
        }
        assert!(flood(&mut backlog, FLOODER, now) > 500);
    }

    #[test]
    fn while_the_disk_hangs_the_wait_grows_and_afterwards_it_is_forgotten() {
        let (mut backlog, mut now) = learnt(ms(20));
        backlog.take(FLOODER, 1, WAIT_MAX, now).unwrap();
        backlog.arrived(FLOODER, 1, true);
        backlog.append_begun(std::iter::once(FLOODER), false, now);
        now += ms(150);
        assert!(backlog.take(OTHER, 1, WAIT_MAX, now).is_ok());
        now += ms(100);
        assert!(backlog.take(OTHER, 1, WAIT_MAX, now).is_err());
        now += ms(5_000);
        assert!(backlog.take(OTHER, 1, WAIT_MAX, now).unwrap_err() > ms(5_000));
        backlog.append_ended(None, now);
        assert!(backlog.take(OTHER, 1, WAIT_MAX, now).is_ok());
    }

    #[test]
    fn what_waits_for_a_predecessor_keeps_nobody_out() {
        let (mut backlog, now) = learnt(ms(51));
        flood(&mut backlog, FLOODER, now);
        backlog.arrived(FLOODER, backlog.total.coming, true);
        backlog.append_begun(std::iter::once(FLOODER), false, now);
        assert_eq!((backlog.total.queued, backlog.total.under_way), (0, 1));
        assert!(backlog.take(OTHER, 256, WAIT_MAX, now).is_ok());
        backlog.append_ended(Some(AppendError::HeadMoved), now);
        assert_eq!(backlog.total.queued, 1, "it is decided again");
        backlog.append_begun(std::iter::once(FLOODER), false, now);
        backlog.append_ended(Some(AppendError::Unavailable), now);
        assert_eq!(backlog.total.count(), 256, "it is let go");
        backlog.arrived(OTHER, 256, false);
        assert!(backlog.total.is_empty() && backlog.shares.is_empty() && backlog.since.is_none());
    }
}
