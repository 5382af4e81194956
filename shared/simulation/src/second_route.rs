//! The second route of a tab: its request over HTTP on the way to a server, and routes that silently drop half of what they get.

use crate::workload::Workload;
use crate::world::World;
use landfall_engine::client::Posted;
use landfall_engine::protocol::{Commands, Submission};

/// Which routes of a device drop half of the commands that they get, and say nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leaks {
    /// The lines.
    pub socket: bool,
    /// HTTP.
    pub post: bool,
}

/// A request under way.
pub struct Request {
    number: u64,
    node: usize,
    commands: Vec<Submission>,
    has_arrived: bool,
}

impl<W: Workload> World<W> {
    /// The tab says something by HTTP, in place of what it said so before.
    pub(crate) fn post(&mut self, tab: usize, number: u64, server: usize, body: &[u8]) {
        let Commands { commands, .. } = serde_json::from_slice(body).expect("a request reads back");
        self.trace.say(|| {
            let letters: Vec<String> = commands.iter().map(|command| self.ledger.letter(command.id)).collect();
            format!("c{tab}: post {}", letters.join(" "))
        });
        self.trace.mix(body);
        self.note_sent(tab, &commands);
        let nodes = self.nodes.len();
        let device = &mut self.devices[self.tabs[tab].device];
        let is_dropped = device.leaks.post && device.dice.one_in(2);
        let node = (device.route + server) % nodes;
        self.tabs[tab].posting = (!is_dropped).then_some(Request { number, node, commands, has_arrived: false });
    }

    /// The request of a tab arrives, or is answered. `None` when nothing happens with it.
    pub(crate) fn move_posting(&mut self, tab: usize) -> Option<(u64, Option<Posted>)> {
        let mut request = self.tabs[tab].posting.take()?;
        let device = &self.devices[self.tabs[tab].device];
        let (node, log, number) = (request.node, device.log, request.number);
        let may_read = W::may_read(self.logs[log].now().state(), device.actor);
        if !device.online || !self.nodes[node].is_running || !may_read {
            return Some((number, Some(Posted::unanswered())));
        }
        if !request.has_arrived {
            let (actor, id) = (device.actor, device.id);
            self.submit_by_http(node, log, actor, id, request.commands.clone());
            request.has_arrived = true;
            self.tabs[tab].posting = Some(request);
            return Some((number, None));
        }
        if request.commands.iter().all(|command| self.logs[log].now().record_of(command.id).is_some()) {
            return Some((number, Some(Posted::Landed)));
        }
        self.tabs[tab].posting = Some(request);
        None
    }
}
