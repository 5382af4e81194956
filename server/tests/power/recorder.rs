//! Between SQLite and the operating system: does what it is told, and writes down what that was.
#![allow(unsafe_code, reason = "SQLite's file systems are tables of C functions")]

use libsqlite3_sys::{
    SQLITE_OK, sqlite3_file, sqlite3_filename, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs, sqlite3_vfs_find, sqlite3_vfs_register,
};
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Something that happened, in the order in which it happened. Files are named without their folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes were handed to the operating system.
    Written { file: String, offset: u64, bytes: Vec<u8> },
    /// So was the wish that a file be no longer than this.
    Truncated { file: String, size: u64 },
    /// The operating system said that all of this file is on disk.
    Synced { file: String },
    /// A file was deleted; with `synced` its folder was written to disk.
    Deleted { file: String, synced: bool },
    /// Somebody was told that the log goes as far as this.
    Acknowledged { head: u64 },
}

/// The folder that is watched, and what happened there.
struct Recording {
    folder: PathBuf,
    events: Vec<Event>,
}

/// A file that is watched, by its name, and the system's functions for it. There is more than one table of these: journals are not locked.
#[derive(Clone, Copy)]
struct Functions(&'static sqlite3_io_methods);

// SAFETY: the system's tables of functions are constants, and meant for all threads.
unsafe impl Send for Functions {}

static RECORDING: Mutex<Option<Recording>> = Mutex::new(None);
static FILES: Mutex<BTreeMap<usize, (String, Functions)>> = Mutex::new(BTreeMap::new());
static SYSTEM: OnceLock<usize> = OnceLock::new();

/// Makes every database that is opened from now on go through here.
pub fn install() {
    SYSTEM.get_or_init(|| {
        // SAFETY: the default file system lives for ever; the copy is leaked, so that it does too.
        unsafe {
            let system = sqlite3_vfs_find(ptr::null());
            let ours = Box::leak(Box::new(*system));
            ours.pNext = ptr::null_mut();
            ours.zName = c"landfall-recorder".as_ptr();
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            assert_eq!(sqlite3_vfs_register(ours, 1), SQLITE_OK);
            system as usize
        }
    });
}

/// Begins to write down what happens to files in this folder.
pub fn begin(folder: &Path) {
    *recording() = Some(Recording { folder: folder.to_owned(), events: Vec::new() });
}

/// Somebody is told of a record.
pub fn acknowledge(head: u64) {
    if let Some(recording) = &mut *recording() {
        recording.events.push(Event::Acknowledged { head });
    }
}

/// What happened since `begin`.
pub fn end() -> Vec<Event> {
    recording().take().map(|recording| recording.events).unwrap_or_default()
}

fn recording() -> MutexGuard<'static, Option<Recording>> {
    RECORDING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn files() -> MutexGuard<'static, BTreeMap<usize, (String, Functions)>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn name(file: *mut sqlite3_file) -> String {
    files()[&(file as usize)].0.clone()
}

fn functions(file: *mut sqlite3_file) -> &'static sqlite3_io_methods {
    files()[&(file as usize)].1.0
}

fn record(event: Event) {
    if let Some(recording) = &mut *recording() {
        recording.events.push(event);
    }
}

/// The name of a file in the folder that is watched. Shared memory is not on disk and does not come by here.
fn watched(path: *const c_char) -> Option<String> {
    if path.is_null() {
        return None;
    }
    // SAFETY: SQLite hands over names that end in a zero.
    let path = Path::new(unsafe { CStr::from_ptr(path) }.to_str().ok()?);
    let recording = recording();
    let folder = &recording.as_ref()?.folder;
    (path.parent()? == folder).then(|| path.file_name().map(|name| name.to_string_lossy().into_owned()))?
}

fn system() -> *mut sqlite3_vfs {
    *SYSTEM.get().expect("installed") as *mut sqlite3_vfs
}

// The functions below are called by SQLite with arguments that are good for the functions that they stand for, and hand them on unchanged.

unsafe extern "C" fn open(_: *mut sqlite3_vfs, name: sqlite3_filename, file: *mut sqlite3_file, flags: c_int, out: *mut c_int) -> c_int {
    // SAFETY: see above; the file system that is meant is the system's.
    unsafe {
        let result = ((*system()).xOpen.expect("open"))(system(), name, file, flags, out);
        if let (SQLITE_OK, Some(watched)) = (result, watched(name)) {
            let system: &'static sqlite3_io_methods = &*(*file).pMethods;
            let ours =
                sqlite3_io_methods { xClose: Some(close), xWrite: Some(write), xTruncate: Some(truncate), xSync: Some(sync), ..*system };
            files().insert(file as usize, (watched, Functions(system)));
            // Few files are opened in a trial, so that their tables may stay for ever.
            (*file).pMethods = Box::leak(Box::new(ours));
        }
        result
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: see above.
    let result = unsafe { ((*system()).xDelete.expect("delete"))(system(), name, sync_folder) };
    if let (SQLITE_OK, Some(file)) = (result, watched(name)) {
        record(Event::Deleted { file, synced: sync_folder != 0 });
    }
    result
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let system = functions(file);
    files().remove(&(file as usize));
    // SAFETY: see above.
    unsafe { (system.xClose.expect("close"))(file) }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, bytes: *const c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: see above; SQLite promises `count` bytes at `bytes`.
    unsafe {
        let written = std::slice::from_raw_parts(bytes.cast::<u8>(), count as usize).to_vec();
        record(Event::Written { file: name(file), offset: offset as u64, bytes: written });
        (functions(file).xWrite.expect("write"))(file, bytes, count, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    record(Event::Truncated { file: name(file), size: size as u64 });
    // SAFETY: see above.
    unsafe { (functions(file).xTruncate.expect("truncate"))(file, size) }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: see above.
    let result = unsafe { (functions(file).xSync.expect("sync"))(file, flags) };
    if result == SQLITE_OK {
        record(Event::Synced { file: name(file) });
    }
    result
}
