//! What screens read: answers to queries, sentences, comparisons, over states that commands have made.

mod compare;
mod intents;
mod lists;
mod rows;
mod selections;
mod sentences;
mod tasks;
mod yard;
