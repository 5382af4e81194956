//! Where things are, and copying only what differs, so that watchers see changes and nothing else.

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ stands in the workspace's root").to_owned()
}

/// The page's folder.
pub fn web() -> PathBuf {
    root().join("web")
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Makes `to` hold exactly the files of `from`, and touches only those that differ.
pub fn mirror(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    let mut kept = BTreeSet::new();
    for entry in fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        let (source, copy) = (entry.path(), to.join(entry.file_name()));
        kept.insert(entry.file_name());
        if entry.file_type()?.is_dir() {
            mirror(&source, &copy)?;
        } else {
            let content = fs::read(&source)?;
            if fs::read(&copy).ok().as_ref() != Some(&content) {
                fs::write(&copy, content).with_context(|| format!("{} cannot be written", copy.display()))?;
            }
        }
    }
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !kept.contains(&entry.file_name()) {
            if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
        }
    }
    Ok(())
}

/// Was `product` made after all of `sources` were changed last? A file that is gone has changed its folder.
pub fn is_newer(product: &Path, sources: Vec<PathBuf>) -> Result<bool> {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let Ok(made) = changed(product) else { return Ok(false) };
    let mut waiting = sources;
    while let Some(path) = waiting.pop() {
        if changed(&path).with_context(|| format!("{} cannot be read", path.display()))? > made {
            return Ok(false);
        }
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        }
    }
    Ok(true)
}

/// An empty folder of this name among cargo's build products.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let folder = target().join("xtask").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}
