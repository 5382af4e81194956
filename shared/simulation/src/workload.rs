//! What people do in a simulated world: the door to a domain, and the one place that names the product.

use crate::dice::Dice;
use landfall_engine::{ActorId, CommandId, Domain};

/// A domain that people can be simulated to work with.
pub trait Workload: Domain {
    /// What it is called on the command line.
    const NAME: &'static str;

    /// Who there is. The first may expel others.
    fn people() -> Vec<ActorId>;

    /// What has landed before the story begins.
    fn first_day() -> Vec<(ActorId, Self::Command)>;

    /// Something that somebody who sees `view` might do next.
    fn intent(dice: &mut Dice, view: &Self::State) -> Self::Command;

    /// Its author's decision about a rejected command.
    fn discard(rejected: CommandId) -> Self::Command;

    /// The first person takes this one off the list.
    fn expel(actor: ActorId) -> Self::Command;

    /// The server puts this one on the list, again or for the first time.
    fn admit(actor: ActorId) -> Self::Command;

    /// The text of a command as an older release wrote it, where there was one that wrote it otherwise.
    fn older(text: &str) -> Option<String>;

    /// A few words for the trace.
    fn brief(command: &Self::Command) -> String {
        let tagged = serde_json::to_string(command).unwrap_or_default();
        tagged.chars().take(80).collect()
    }
}
