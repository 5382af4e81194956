//! Passwords in the address of a database or of a NATS server: found, hidden, and read from a file.

use anyhow::{Context, ensure};
use std::ops::Range;
use std::path::Path;

/// Does this address hold a password?
pub fn has_password(address: &str) -> bool {
    !passwords(address).is_empty()
}

/// The address without its passwords.
pub fn hidden(address: &str) -> String {
    let mut hidden = address.to_owned();
    for password in passwords(address).into_iter().rev() {
        hidden.replace_range(password, "***");
    }
    hidden
}

/// The address of the PostgreSQL that was named, by itself or by a file; `None` where none was. `is_visible`: it stands on the command line,
/// which everybody on the machine sees, so that no password may stand there.
pub fn address(named: Option<&str>, file: Option<&Path>, is_visible: bool) -> anyhow::Result<Option<String>> {
    let Some(address) = named else { return file.map(read).transpose() };
    ensure!(
        !(is_visible && has_password(address)),
        "the password in --database would be seen by everybody on this machine: give the address in LANDFALL_DATABASE or --database-file, or leave the password to PGPASSWORD or ~/.pgpass"
    );
    Ok(Some(address.to_owned()))
}

/// An address from a file that holds nothing else. One that others may read is used, and complained of: where secrets are mounted into
/// a container, nobody else is in there.
fn read(path: &Path) -> anyhow::Result<String> {
    let text = text_of(path, "the address of the database")?;
    let address = text.trim();
    ensure!(address.contains("://"), "{} holds no address such as postgres://user:password@host/name", path.display());
    Ok(address.to_owned())
}

/// What stands in a file with addresses. `what`: which, in words. One that others may read is complained of.
pub fn text_of(path: &Path, what: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {what} in {}", path.display()))?;
    if !is_private(path)? {
        tracing::warn!(file = %path.display(), "others on this machine may read the address in this file, with its password: `chmod 600` it");
    }
    Ok(text)
}

/// Does this address stand on the command line of this program, which everybody on the machine sees?
pub fn is_on_command_line(address: &str) -> bool {
    std::env::args().any(|argument| argument.contains(address))
}

/// Can only its owner read this file?
pub fn is_private(path: &Path) -> anyhow::Result<bool> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    #[cfg(unix)]
    return Ok(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 == 0);
    #[cfg(not(unix))]
    return Ok(metadata.is_file());
}

/// Behind the user's name, or behind the question mark. To NATS a user without a password is a token.
fn passwords(address: &str) -> Vec<Range<usize>> {
    let Some((scheme, rest)) = address.split_once("://") else { return Vec::new() };
    let start = scheme.len() + "://".len();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_token = matches!(scheme.to_ascii_lowercase().as_str(), "nats" | "tls");
    let of_user = authority.rsplit_once('@').and_then(|(user, _)| {
        let from = user.find(':').map(|colon| colon + 1).or(is_token.then_some(0))?;
        Some(start + from..start + user.len())
    });
    let in_query = address.match_indices("password=").map(|(at, name)| {
        let from = at + name.len();
        from..address[from..].find('&').map_or(address.len(), |end| from + end)
    });
    of_user.into_iter().chain(in_query).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_wherever_they_stand() {
        for (address, expected) in [
            ("postgres://landfall@db/landfall", "postgres://landfall@db/landfall"),
            ("postgres://landfall:s3:cret@db:5432/landfall", "postgres://landfall:***@db:5432/landfall"),
            ("postgres://landfall:p@ss@db/landfall?sslmode=require", "postgres://landfall:***@db/landfall?sslmode=require"),
            ("postgres://db/landfall?user=a&password=b&sslmode=require", "postgres://db/landfall?user=a&password=***&sslmode=require"),
            ("postgres://a:b@db/c?password=d", "postgres://a:***@db/c?password=***"),
            ("nats://landfall:s3cret@hints:4222", "nats://landfall:***@hints:4222"),
            ("nats://t0ken@hints", "nats://***@hints"),
            ("TLS://t0ken@hints", "TLS://***@hints"),
            ("tls://hints:4222", "tls://hints:4222"),
            ("postgres://db:5432/landfall", "postgres://db:5432/landfall"),
        ] {
            assert_eq!(hidden(address), expected);
            assert_eq!(has_password(address), address != expected);
        }
    }
}
