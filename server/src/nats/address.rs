//! How a NATS server is reached, and how one is let in there.

use std::fmt;
use std::str::FromStr;

const PORT: u16 = 4222;

/// Where a NATS server listens. What is shown of it names no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// By `tls://`: never in the clear.
    pub(super) is_secure: bool,
    host: String,
    pub(super) port: u16,
    pub(super) access: Access,
}

/// By what one is let in.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Access {
    Open,
    Token(String),
    Password { user: String, password: String },
}

/// Text that names no NATS server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAddress;

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this is no address of a NATS server, such as nats://hints.example.org:4222, nats://user:password@host, nats://token@host, or one of \
             these with tls:// for TLS; other letters than plain ones in a password are written as %40",
        )
    }
}

impl std::error::Error for NotAnAddress {}

impl Address {
    /// As names are looked up, without the brackets of an IPv6 address.
    pub(super) fn host_name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(NotAnAddress)?;
        let is_secure = match scheme.to_ascii_lowercase().as_str() {
            "nats" => false,
            "tls" => true,
            _ => return Err(NotAnAddress),
        };
        let (access, authority) = match rest.trim_end_matches('/').rsplit_once('@') {
            None => (Access::Open, rest.trim_end_matches('/')),
            Some((known_by, authority)) => (access(known_by)?, authority),
        };
        let (host, port) = match authority.rsplit_once(':') {
            // Inside the brackets of an IPv6 address a colon is no end of the host.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().map_err(|_| NotAnAddress)?),
            _ => (authority, PORT),
        };
        let is_host = |letter: u8| letter.is_ascii_alphanumeric() || b"-._:[]".contains(&letter);
        if host.is_empty() || port == 0 || !host.bytes().all(is_host) {
            return Err(NotAnAddress);
        }
        Ok(Self { is_secure, host: host.to_ascii_lowercase(), port, access })
    }
}

fn access(known_by: &str) -> Result<Access, NotAnAddress> {
    Ok(match known_by.split_once(':') {
        Some((user, password)) => Access::Password { user: unescaped(user)?, password: unescaped(password)? },
        None => Access::Token(unescaped(known_by)?),
    })
}

/// `%40` is a letter that would mean something else in an address.
fn unescaped(text: &str) -> Result<String, NotAnAddress> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).ok_or(NotAnAddress)?;
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| NotAnAddress)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| NotAnAddress)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", if self.is_secure { "tls" } else { "nats" }, self.host, self.port)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_other_clients_of_nats_read_them() {
        let password = |user: &str, password: &str| Access::Password { user: user.into(), password: password.into() };
        for (text, shown, access) in [
            ("nats://Hints.example.org", "nats://hints.example.org:4222", Access::Open),
            (" tls://10.0.0.7:5222/ ", "tls://10.0.0.7:5222", Access::Open),
            ("nats://[::1]:5222", "nats://[::1]:5222", Access::Open),
            ("nats://s3cret@[::1]", "nats://[::1]:4222", Access::Token("s3cret".into())),
            ("nats://me:s3:cret@host", "nats://host:4222", password("me", "s3:cret")),
            ("tls://me:p%40ss%2f@host:1", "tls://host:1", password("me", "p@ss/")),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), format!("{address:?}").as_str()), (shown, shown));
            assert!(address.access == access, "{text}");
        }
        assert_eq!("nats://[::1]".parse::<Address>().unwrap().host_name(), "::1");
        for wrong in
            ["host:4222", "http://host", "nats://", "nats://host:port", "nats://host:0", "nats://a%4@host", "nats://a b", "nats://h/x"]
        {
            assert_eq!(wrong.parse::<Address>(), Err(NotAnAddress), "{wrong}");
        }
    }
}
