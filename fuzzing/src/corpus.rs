//! The corpus that is kept: one packed file for each target, and a named file for each input that once broke something.
//!
//! A packed file is its inputs one after the other, each behind its length in four bytes, little-endian.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the corpus stands in the repository.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// What is kept for a target, regressions first; each with a name to call it by.
pub fn kept(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut inputs = regressions(target)?;
    let packed = match fs::read(folder().join(format!("{target}.pack"))) {
        Ok(packed) => packed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let unpacked = unpack(&packed).ok_or_else(|| io::Error::other(format!("{target}.pack is cut off")))?;
    inputs.extend(unpacked.into_iter().enumerate().map(|(index, input)| (format!("{target}.pack, input {index}"), input)));
    Ok(inputs)
}

/// The named inputs that once broke something.
pub fn regressions(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let folder = folder().join("regressions").join(target);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        inputs.push((path.display().to_string(), fs::read(&path)?));
    }
    inputs.sort();
    Ok(inputs)
}

/// Packs inputs.
///
/// # Panics
/// When one has four gigabytes or more.
pub fn pack(inputs: &[Vec<u8>]) -> Vec<u8> {
    let length = |input: &Vec<u8>| u32::try_from(input.len()).expect("inputs are small").to_le_bytes();
    inputs.iter().flat_map(|input| length(input).into_iter().chain(input.iter().copied())).collect()
}

/// Takes a packed file apart; `None` when it is cut off.
pub fn unpack(mut packed: &[u8]) -> Option<Vec<Vec<u8>>> {
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
    fn what_is_packed_is_unpacked_and_half_a_file_is_none() {
        let inputs = vec![b"one".to_vec(), Vec::new(), vec![0; 300]];
        let packed = pack(&inputs);
        assert_eq!(unpack(&packed), Some(inputs));
        assert_eq!(unpack(&packed[..packed.len() - 1]), None);
        assert_eq!(unpack(&[]), Some(Vec::new()));
    }
}
