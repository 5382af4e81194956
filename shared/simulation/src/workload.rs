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

    /// What [`Self::older`] wrote, as this release writes it: a reader of old shapes that is too plain to be wrong.
    fn newer(text: &str) -> Option<String>;

    /// A few words for the trace.
    fn brief(command: &Self::Command) -> String {
        let tagged = serde_json::to_string(command).unwrap_or_default();
        tagged.chars().take(80).collect()
    }
}

#[cfg(feature = "product")]
pub use landfall_domain::Workspace as Product;

/// The random yard that the product's own tests work in.
#[cfg(feature = "product")]
#[path = "../../domain/tests/history/random.rs"]
#[expect(dead_code, reason = "what only the product's own tests need")]
mod yard;

#[cfg(feature = "product")]
impl Workload for Product {
    const NAME: &'static str = "product";

    fn people() -> Vec<ActorId> {
        yard::people()
    }

    fn first_day() -> Vec<(ActorId, Self::Command)> {
        yard::first_day()
    }

    fn intent(dice: &mut Dice, view: &Self::State) -> Self::Command {
        yard::intent(&mut yard::Dice::new(dice.roll()), view)
    }

    fn discard(rejected: CommandId) -> Self::Command {
        use landfall_domain::commands::workspace::{DecideRejection, Decision};
        DecideRejection { command: rejected, decision: Decision::Discarded }.into()
    }

    fn expel(actor: ActorId) -> Self::Command {
        landfall_domain::commands::workspace::RemoveMember { member: actor }.into()
    }

    fn admit(actor: ActorId) -> Self::Command {
        let invited = yard::first_day()
            .into_iter()
            .map(|(_, command)| command)
            .find(|command| matches!(command, landfall_domain::Command::AdmitMember(admitted) if admitted.actor == actor));
        invited.expect("everybody but the owner was admitted on the first day")
    }

    fn older(_: &str) -> Option<String> {
        // No command of the product has a second version yet.
        None
    }

    fn newer(_: &str) -> Option<String> {
        None
    }
}
