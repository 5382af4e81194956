//! The machines, each as given / when / then, and all together in a small world where every message is serialised.

mod client;
mod protocol;
mod seal;
mod second_route;
mod sequencer;
mod servers;
mod session;
mod tabs;
mod toy;
mod upcasting;
mod world;
mod world_tests;
