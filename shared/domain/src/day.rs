//! Local calendar days and due times: what people mean by "Tuesday at four", without a time zone.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

const MINUTES_PER_DAY: u16 = 1_440;

/// A calendar day, counted from 1970-01-01. In JSON "2026-11-24".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
pub struct Day(i32);

/// A day, or a day and a time of it. In JSON "2026-11-24" or "2026-11-24T16:00".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, as = "String"))]
pub struct Due {
    /// The day.
    pub day: Day,
    /// Minutes after midnight, if a time was named.
    pub minute: Option<u16>,
}

/// Text that is no day or time of the forms above, in the years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADay;

impl fmt::Display for NotADay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a day: expected 2026-11-24, or with a time 2026-11-24T16:00")
    }
}

impl std::error::Error for NotADay {}

impl Day {
    /// The day with this date, if there is one in the years 1970 to 9999.
    pub fn from_date(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Counting years from March puts the leap day last, so that month lengths follow one formula (Hinnant, "chrono-compatible date algorithms").
        let year_from_march = if month <= 2 { year - 1 } else { year };
        let era = year_from_march / 400;
        let year_of_era = year_from_march % 400;
        let month_from_march = (month as i32 + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month (1 to 12) and day of the month.
    pub fn date(self) -> (i32, u32, u32) {
        let days = self.0 + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month as u32, day as u32)
    }

    /// Day of the week: 0 is Monday, 6 is Sunday.
    pub fn weekday(self) -> u32 {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as u32
    }

    /// Days from `earlier` to this day; negative when this day is before it.
    pub fn days_since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// Days since 1970-01-01.
    pub fn days_since_epoch(self) -> i32 {
        self.0
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(text: &str, length: usize) -> Result<u32, NotADay> {
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().map_err(|_| NotADay) } else { Err(NotADay) }
}

impl FromStr for Day {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, NotADay> {
        let mut parts = text.splitn(3, '-');
        let mut next = |length| parts.next().ok_or(NotADay).and_then(|part| digits(part, length));
        let (year, month, day) = (next(4)?, next(2)?, next(2)?);
        Self::from_date(year as i32, month, day).ok_or(NotADay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Due {
    type Err = NotADay;
    fn from_str(text: &str) -> Result<Self, NotADay> {
        let Some((day, time)) = text.split_once('T') else {
            return Ok(Self { day: text.parse()?, minute: None });
        };
        let (hours, minutes) = time.split_once(':').ok_or(NotADay)?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        if hours > 23 || minutes > 59 {
            return Err(NotADay);
        }
        Ok(Self { day: day.parse()?, minute: Some((hours * 60 + minutes) as u16) })
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.day, f)?;
        match self.minute {
            Some(minute) => write!(f, "T{:02}:{:02}", minute / 60, minute % 60),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            // Bytes of unknown origin must not make a day whose date cannot be computed.
            match i32::deserialize(deserializer)? {
                days @ 0..=2_932_896 => Ok(Self(days)),
                _ => Err(D::Error::custom(NotADay)),
            }
        }
    }
}

impl Serialize for Due {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { (self.day, self.minute).serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Due {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            // Nor a time that no day has: it could not be written as JSON and read again.
            match Deserialize::deserialize(deserializer)? {
                (_, Some(MINUTES_PER_DAY..)) => Err(D::Error::custom(NotADay)),
                (day, minute) => Ok(Self { day, minute }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_one_date_and_the_week_goes_round() {
        let mut day = Day(0);
        assert_eq!((day.to_string().as_str(), day.weekday()), ("1970-01-01", 3));
        for _ in 0..200_000 {
            let (year, month, of_month) = day.date();
            assert_eq!(Day::from_date(year, month, of_month), Some(day));
            assert_eq!(Day(day.0 + 1).weekday(), (day.weekday() + 1) % 7);
            day = Day(day.0 + 1);
        }
        assert_eq!(Day::from_date(9999, 12, 31), Some(Day(2_932_896)));
    }

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        for text in ["2026-11-24", "2028-02-29", "2026-11-24T16:00", "2026-11-24T00:05"] {
            assert_eq!(text.parse::<Due>().unwrap().to_string(), text);
        }
        for text in ["", "2026-11-31", "2027-02-29", "26-11-24", "2026-11-24T24:00", "2026-11-24T16", "2026-11-24 16:00", "+026-11-24"] {
            assert_eq!(text.parse::<Due>(), Err(NotADay), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_time_of_a_day_do_not_decode() {
        let read = |minute: u16| postcard::from_bytes::<Due>(&postcard::to_stdvec(&(7_i32, Some(minute))).unwrap());
        assert_eq!(read(1_439).unwrap().to_string(), "1970-01-08T23:59");
        assert!(read(1_440).is_err() && read(u16::MAX).is_err());
    }

    #[test]
    fn the_saturday_this_was_written_for() {
        assert_eq!("2026-11-21".parse::<Day>().unwrap().weekday(), 5);
    }
}
