//! Old records packed together: how a piece of an archive is written, and how it is read again and checked.
//!
//! A piece is gzip of lines of JSON, each a record as its row stood: what `zcat` and `jq` read, and what backups are made of.

use crate::hex::hex;
use crate::store::StoredRow;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use landfall_engine::Position;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// Records in a piece, at most.
pub const PIECE_RECORDS_MAX: usize = 1_000;
/// A piece is closed when its records and commands reach this size, bytes.
pub const PIECE_BYTES_MAX: usize = 1 << 20;
/// What unpacks to more than this is no piece of ours, bytes.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// Records of one log that follow one another, packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Position of its first record.
    pub first: Position,
    /// Position of its last record.
    pub last: Position,
    /// SHA-256 of the body, in hexadecimal.
    pub sha256: String,
    /// The records, compressed.
    pub body: Vec<u8>,
}

impl Piece {
    /// Packs rows that follow one another; `None` when there are none, or when they do not. Long work: for a thread of its own.
    pub fn pack(rows: &[StoredRow]) -> io::Result<Option<Self>> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(None) };
        let (first, last) = (first.position, last.position);
        if first < 1 || !rows.iter().map(|row| row.position).eq(first..=last) {
            return Ok(None);
        }
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        for row in rows {
            serde_json::to_writer(&mut gzip, row)?;
            gzip.write_all(b"\n")?;
        }
        let body = gzip.finish()?;
        Ok(Some(Self { first: first.cast_unsigned(), last: last.cast_unsigned(), sha256: sha256(&body), body }))
    }

    /// How many records are in it.
    pub fn records(&self) -> u64 {
        (self.last + 1).saturating_sub(self.first)
    }

    /// Its rows; an error says what is wrong with it. Long work: for a thread of its own.
    pub fn unpack(&self) -> Result<Vec<StoredRow>, String> {
        if sha256(&self.body) != self.sha256 {
            return Err("it is not as it was written".into());
        }
        let mut text = String::new();
        let mut unpacking = GzDecoder::new(self.body.as_slice()).take(UNPACKED_BYTES_MAX);
        unpacking.read_to_string(&mut text).map_err(|error| format!("it cannot be unpacked: {error}"))?;
        let rows: Vec<StoredRow> = text
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("a record in it cannot be read: {error}"))?;
        let positions = self.first.cast_signed()..=self.last.cast_signed();
        if !rows.iter().map(|row| row.position).eq(positions) {
            return Err("its records are not those that it is said to hold".into());
        }
        Ok(rows)
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(position: i64) -> StoredRow {
        StoredRow {
            position,
            command: "01930000-0000-7000-8000-000000000001".into(),
            actor: "01930000-0000-7000-8000-000000000002".into(),
            device: "01930000-0000-7000-8000-000000000003".into(),
            at: 1_000 + position,
            fingerprint: -position,
            subject: (position % 2 == 0).then(|| "01930000-0000-7000-8000-000000000004".into()),
            body: format!(r#"{{"text":"“line\nbreak” {position} 𝄞"}}"#),
            command_text: (position % 3 == 0).then(|| "{\"a\":1}\n".into()),
            seal: (position > 20).then(|| vec![position.to_le_bytes()[0]; 16]),
        }
    }

    #[test]
    fn what_is_packed_comes_back_as_it_was() {
        let rows: Vec<StoredRow> = (7..=300).map(row).collect();
        let piece = Piece::pack(&rows).unwrap().unwrap();
        assert_eq!((piece.first, piece.last, piece.records()), (7, 300, 294));
        assert_eq!(piece.unpack().unwrap(), rows);
        assert!(piece.body.len() * 8 < rows.iter().map(|row| row.body.len() + 200).sum(), "it is compressed: {}", piece.body.len());
    }

    #[test]
    fn nothing_and_what_has_a_hole_is_not_packed() {
        assert_eq!(Piece::pack(&[]).unwrap(), None);
        assert_eq!(Piece::pack(&[row(0), row(1)]).unwrap(), None);
        assert_eq!(Piece::pack(&[row(1), row(3)]).unwrap(), None);
        assert_eq!(Piece::pack(&[row(2), row(1)]).unwrap(), None);
    }

    #[test]
    fn each_flipped_bit_is_noticed() {
        let piece = Piece::pack(&(1..=5).map(row).collect::<Vec<_>>()).unwrap().unwrap();
        for byte in 0..piece.body.len() {
            let mut damaged = piece.clone();
            damaged.body[byte] ^= 1 << (byte % 8);
            assert_eq!(damaged.unpack(), Err("it is not as it was written".into()));
        }
        for damaged in [Piece { first: 2, ..piece.clone() }, Piece { last: 6, ..piece }] {
            assert_eq!(damaged.unpack(), Err("its records are not those that it is said to hold".into()));
        }
    }
}
