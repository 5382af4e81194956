//! Which errors of a database mean that it is away for now, and which that something is wrong.

use sqlx::Error;

/// May the same succeed later although nothing is mended here? The connection, the pool, or the disk under the database failed.
pub fn is_outage(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => true,
        Error::Database(refusal) => refusal.code().is_some_and(|code| is_outage_code(&code)),
        _ => false,
    }
}

/// PostgreSQL says five letters and digits, of which the first two are the class: 08 the connection, 53 no room, 57 an operator, 58 the system;
/// 25006 is a server that has become a replica. SQLite says a number, of which the last byte tells: busy, locked, read-only, a failing and a full disk.
fn is_outage_code(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 8 | 10 | 13 | 14),
        _ => ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "25006",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_told_from_a_question_that_is_wrong() {
        assert!(is_outage(&Error::PoolTimedOut));
        assert!(is_outage(&Error::Io(std::io::ErrorKind::ConnectionRefused.into())));
        assert!(!is_outage(&Error::RowNotFound));
        for away in ["57P01", "57P03", "08006", "53300", "25006", "5", "13", "778"] {
            assert!(is_outage_code(away), "{away}");
        }
        for wrong in ["42P01", "23505", "40001", "1", "19", "2067"] {
            assert!(!is_outage_code(wrong), "{wrong}");
        }
    }
}
