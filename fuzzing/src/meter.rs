//! A meter for memory: what a piece of work holds at its peak, against a bound that depends on the length of the input.
#![expect(unsafe_code, reason = "an allocator that counts is an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts what each thread holds, and refuses what no input is worth.
pub struct Counting;

/// No single allocation may be larger than this, bytes: what asks for more has believed a length that an input claimed.
const ALLOCATION_BYTES_MAX: usize = 1 << 30;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static HIGHEST: Cell<Usage> = const { Cell::new(Usage { peak_bytes: 0, input_bytes: 0 }) };
}

fn count(bytes: isize) {
    let live = LIVE.get() + bytes;
    LIVE.set(live);
    if live > PEAK.get() {
        PEAK.set(live);
    }
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches thread-local cells that need no allocation and no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > ALLOCATION_BYTES_MAX {
            return std::ptr::null_mut();
        }
        count(layout.size() as isize);
        // SAFETY: the caller keeps `alloc`'s contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > ALLOCATION_BYTES_MAX {
            return std::ptr::null_mut();
        }
        // A move holds both for a moment: that is what is counted, whether it moves or not.
        count(size as isize);
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// How much memory work may hold at its peak: a fixed part, and so much for each byte of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Whatever the input, bytes.
    pub base: usize,
    /// For each byte of it, bytes.
    pub per_byte: usize,
}

impl Bound {
    /// For an input of this length, bytes.
    pub fn of(self, input_bytes: usize) -> usize {
        self.base + self.per_byte * input_bytes
    }
}

/// What one input took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Held at the peak, bytes.
    pub peak_bytes: usize,
    /// Length of the input.
    pub input_bytes: usize,
}

/// Does some work, and returns with its result what it held at its peak, beyond what was held before.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let (before, peak_before) = (LIVE.get(), PEAK.get());
    PEAK.set(before);
    let result = work();
    let peak = PEAK.get() - before;
    PEAK.set(peak_before.max(PEAK.get()));
    (result, usize::try_from(peak).unwrap_or(0))
}

/// Does some work within a bound.
///
/// # Panics
/// When it holds more.
pub fn within<T>(what: &str, bound: Bound, input_bytes: usize, work: impl FnOnce() -> T) -> T {
    let (result, peak_bytes) = measured(work);
    let allowed = bound.of(input_bytes);
    assert!(peak_bytes <= allowed, "{what} of {input_bytes} bytes held {peak_bytes} bytes at its peak, and may hold {allowed}");
    if peak_bytes > HIGHEST.get().peak_bytes {
        HIGHEST.set(Usage { peak_bytes, input_bytes });
    }
    result
}

/// The highest peak within a bound that this thread has seen.
pub fn highest() -> Usage {
    HIGHEST.get()
}
