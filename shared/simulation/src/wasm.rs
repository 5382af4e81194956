//! The simulation as a module for Node, to see that wasm and native code do the very same.

use crate::run::Played;
use wasm_bindgen::prelude::wasm_bindgen;

/// The line about the run of a seed; see [`Played::hashes`]. Empty when there is no such domain.
#[wasm_bindgen]
pub fn hashes(domain: &str, seed: u32, steps: u32) -> String {
    let played = Played::ALL.iter().find(|played| played.name == domain);
    played.map_or_else(String::new, |played| played.hashes(seed.into(), steps as usize))
}
