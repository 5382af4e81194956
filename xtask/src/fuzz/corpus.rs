//! The corpus that is kept in the repository, as files for libFuzzer and back: packed, one file for each target.

use super::{files, run_folder};
use crate::files::root;
use crate::process::{progress, run_quietly};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn kept() -> PathBuf {
    root().join("fuzzing/corpus")
}

/// Lays out what is kept of a target beside what earlier runs found. Returns how many inputs there are.
pub fn lay_out(target: &str, folder: &Path) -> Result<usize> {
    let corpus = folder.join("corpus");
    let findings = folder.join("findings");
    if findings.exists() {
        fs::remove_dir_all(&findings)?;
    }
    for needed in [&corpus, &findings, &folder.join("seeds")] {
        fs::create_dir_all(needed).with_context(|| format!("{} cannot be made", needed.display()))?;
    }
    let packed = kept().join(format!("{target}.pack"));
    if packed.exists() {
        let inputs = unpack(&fs::read(&packed)?).with_context(|| format!("{} is cut off", packed.display()))?;
        for (number, input) in inputs.iter().enumerate() {
            fs::write(corpus.join(format!("kept-{number:05}")), input)?;
        }
    }
    for (number, regression) in files(&kept().join("regressions").join(target))?.iter().enumerate() {
        fs::copy(regression, corpus.join(format!("regression-{number:03}")))?;
    }
    Ok(files(&corpus)?.len())
}

/// Most bytes that a target keeps: the repository is cloned more often than it is fuzzed.
const PACK_BYTES_MAX: usize = 64 << 10;

/// Minimises what a target has, and packs it into the repository, the shortest inputs first, as many as there is room for.
pub fn keep(program: &Path, target: &str) -> Result<()> {
    let folder = run_folder(target);
    let least = folder.join("least");
    if least.exists() {
        fs::remove_dir_all(&least)?;
    }
    fs::create_dir_all(&least)?;
    let mut command = Command::new(program);
    command.current_dir(&folder).env("LANDFALL_FUZZ_TARGET", target).stderr(Stdio::null());
    // Which edges are reached is worth keeping; how often each is, is not worth its weight.
    run_quietly(command.args(["-merge=1", "-use_counters=0", "least", "corpus", "seeds"]))?;
    let mut inputs: Vec<Vec<u8>> = files(&least)?.iter().map(fs::read).collect::<Result<_, _>>()?;
    inputs.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    let mut room = PACK_BYTES_MAX;
    inputs.retain(|input| {
        let fits = input.len() + 4 <= room;
        room = if fits { room - input.len() - 4 } else { 0 };
        fits
    });
    let packed = pack(&inputs)?;
    progress(&format!("{target}: keeping {} inputs, {} bytes", inputs.len(), packed.len()));
    fs::write(kept().join(format!("{target}.pack")), packed).context("the corpus cannot be written")
}

/// One after the other, each behind its length in four bytes, little-endian.
fn pack(inputs: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    for input in inputs {
        packed.extend(u32::try_from(input.len())?.to_le_bytes());
        packed.extend(input);
    }
    Ok(packed)
}

fn unpack(mut packed: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut inputs = Vec::new();
    while !packed.is_empty() {
        let (length, rest) = packed.split_first_chunk::<4>()?;
        let (input, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        inputs.push(input.to_vec());
        packed = rest;
    }
    Some(inputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let inputs = vec![b"one".to_vec(), Vec::new(), vec![7; 300]];
        assert_eq!(unpack(&pack(&inputs).unwrap()), Some(inputs));
        assert_eq!(unpack(&[3, 0, 0, 0, 1]), None);
    }
}
