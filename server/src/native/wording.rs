//! Numbers and times as they are written in a terminal.

use landfall_engine::TimeMs;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// 12000 as "12,000".
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 command", "12,000 commands".
pub fn counted(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A time as "2026-11-21 10:42:07Z". Terminals are often far from where their person is, so it is UTC and says so.
pub fn utc(time: TimeMs) -> String {
    let (days, rest) = (time.0 / DAY_MS, time.0 % DAY_MS / 1000);
    // Days to a date of the Gregorian calendar, counted in eras of 400 years that begin in March (Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_commas() {
        let written: Vec<String> = [0, 999, 1_000, 12_345, 1_234_567].map(count).into();
        assert_eq!(written, ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!((counted(1, "command"), counted(2, "command")), ("1 command".into(), "2 commands".into()));
    }

    #[test]
    fn times_are_dates_of_the_calendar() {
        assert_eq!(utc(TimeMs(0)), "1970-01-01 00:00:00Z");
        assert_eq!(utc(TimeMs(951_782_399_000)), "2000-02-28 23:59:59Z");
        assert_eq!(utc(TimeMs(951_782_400_000)), "2000-02-29 00:00:00Z");
        assert_eq!(utc(TimeMs(1_795_257_727_999)), "2026-11-21 10:42:07Z");
        assert_eq!(utc(TimeMs(4_107_542_400_000)), "2100-03-01 00:00:00Z");
    }
}
