//! Power cuts, played through: a recorded write log that drops what was not synced, cut off at every point.
//!
//! [`recorder`] stands between SQLite and the operating system and writes down every write, sync, truncation and deletion of the real store's
//! files, and when an append was acknowledged. [`disk`] builds from it what a disk may hold after a power cut: everything that was synced,
//! and of what was not any part at all, in pieces of 512 bytes. The real store then opens each of these disks.
//!
//! The recorder becomes the default file system of SQLite in this process, so these tests have a program of their own.

#[path = "power/disk.rs"]
mod disk;
#[path = "power/recorder.rs"]
mod recorder;
#[path = "power/replay.rs"]
mod replay;
