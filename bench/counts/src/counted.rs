//! The one function inside of which callgrind counts.

use crate::paths::Work;
use std::any::Any;
use std::hint::black_box;

/// What callgrind is told to collect within: see `callgrind.rs`.
pub const SYMBOL: &str = "*counted::only_this*";

/// Runs the work; nothing before and after it is counted. Never inlined, so that it has a name to be found by.
#[inline(never)]
pub fn only_this(work: Work) -> Box<dyn Any> {
    work()
}

/// What preparing has freed lies about unsorted, and the next to allocate would sort all of it: a large allocation does, before anything is counted.
pub fn tidy_up() {
    const LARGE_BYTES: usize = 100 << 10;
    drop(black_box(vec![0_u8; LARGE_BYTES]));
}
