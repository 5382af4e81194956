//! Bytes as hexadecimal text, as hashes and drawn names are written.

/// Two lowercase digits for each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
