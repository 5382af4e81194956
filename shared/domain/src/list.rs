//! The macro behind the one list of commands and events.

/// Declares [`Command`](crate::Command) and [`Event`](crate::Event) from lines `"kind" Variant(Command) => "kind" Variant(Event);`.
macro_rules! list {
    ($($command_kind:literal $command:ident($intent:ty) => $event_kind:literal $event:ident($fact:ty);)*) => {
        /// An intent. In JSON `{"claim": {…}}`.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each variant is documented where its struct is")]
        pub enum Command { $($command($intent)),* }

        /// A fact. In JSON `{"task_claimed": {…}}`.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export))]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "each variant is documented where its struct is")]
        pub enum Event { $($event($fact)),* }

        impl Command {
            /// Its kind, as in JSON.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$command(_) => $command_kind),* }
            }

            fn intent(&self) -> &dyn crate::commands::Intent {
                match self { $(Self::$command(intent) => intent),* }
            }
        }

        impl Event {
            /// Its kind, as in JSON.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$event(_) => $event_kind),* }
            }

            fn fact(&self) -> &dyn crate::commands::Fact {
                match self { $(Self::$event(fact) => fact),* }
            }
        }

        $(
            impl From<$intent> for Command {
                fn from(intent: $intent) -> Self {
                    Self::$command(intent)
                }
            }

            impl From<$fact> for Event {
                fn from(fact: $fact) -> Self {
                    Self::$event(fact)
                }
            }
        )*

        /// Every kind of command, with its version and the steps from older ones.
        const COMMAND_SHAPES: &[landfall_engine::upcast::Shape] =
            &[$(landfall_engine::upcast::Shape { kind: $command_kind, version: 1, steps: &[] }),*];

        /// Every kind of event, likewise.
        const EVENT_SHAPES: &[landfall_engine::upcast::Shape] =
            &[$(landfall_engine::upcast::Shape { kind: $event_kind, version: 1, steps: &[] }),*];
    };
}
