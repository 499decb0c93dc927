//! Instants as texts, in the extended form of ISO 8601.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::ops::RangeInclusive;

/// The years that have four digits.
pub(crate) const YEARS: RangeInclusive<i32> = 0..=9999;

/// Bytes that a text may have that is read as a time.
const LONGEST: usize = 64;

/// Reads a date, alone or with a time, as `YYYY-MM-DDTHH:MM:SS.fffZ`: see RFC 3339 §5.6.
///
/// Seconds, their fraction and the zone may be missing, a zone may be `Z`, `+01:00`, `+0100` or
/// `+01`, and `T` may be a space. What has no zone is in UTC. The hour 24, a leap second and a
/// time outside of [`YEARS`] in UTC are none.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if text.len() > LONGEST {
        return None;
    }
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    literal(&mut rest, b"-")?;
    let month = digits(&mut rest, 2)?;
    literal(&mut rest, b"-")?;
    let day = digits(&mut rest, 2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if rest.is_empty() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    literal(&mut rest, b"Tt ")?;
    let hour = digits(&mut rest, 2)?;
    literal(&mut rest, b":")?;
    let minute = digits(&mut rest, 2)?;
    let mut second = 0;
    let mut nanosecond = 0;
    if literal(&mut rest, b":").is_some() {
        second = digits(&mut rest, 2)?;
        if literal(&mut rest, b".,").is_some() {
            nanosecond = fraction(&mut rest)?;
        }
    }
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond)?;
    let offset = offset(&mut rest)?;
    if !rest.is_empty() {
        return None;
    }
    date.and_time(time)
        .and_utc()
        .checked_sub_signed(TimeDelta::seconds(offset))
        .filter(|time| YEARS.contains(&time.year()))
}

/// Takes one of these bytes.
fn literal(rest: &mut &[u8], allowed: &[u8]) -> Option<u8> {
    let (first, behind) = rest.split_first()?;
    if !allowed.contains(first) {
        return None;
    }
    *rest = behind;
    Some(*first)
}

/// Takes a number of exactly this many digits.
fn digits(rest: &mut &[u8], count: usize) -> Option<u32> {
    let (number, behind) = rest.split_at_checked(count)?;
    let mut value: u32 = 0;
    for byte in number {
        let digit = char::from(*byte).to_digit(10)?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    *rest = behind;
    Some(value)
}

/// Takes one digit or more, the fraction of a second, and gives nanoseconds, cut off.
fn fraction(rest: &mut &[u8]) -> Option<u32> {
    let mut nanoseconds: u32 = digits(rest, 1)?.checked_mul(100_000_000)?;
    let mut worth: u32 = 10_000_000;
    while let Some(digit) = digits(rest, 1) {
        nanoseconds = nanoseconds.checked_add(digit.checked_mul(worth)?)?;
        worth /= 10;
    }
    Some(nanoseconds)
}

/// Takes a zone, and gives the seconds that it is ahead of UTC; without one it is UTC.
fn offset(rest: &mut &[u8]) -> Option<i64> {
    if rest.is_empty() || literal(rest, b"Zz").is_some() {
        return Some(0);
    }
    let sign = literal(rest, b"+-")?;
    let hours = digits(rest, 2)?;
    let minutes = if rest.is_empty() {
        0
    } else {
        let _colon = literal(rest, b":");
        digits(rest, 2)?
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours
        .checked_mul(60)?
        .checked_add(minutes)?
        .checked_mul(60)?;
    let seconds = i64::from(seconds);
    if sign == b'-' {
        seconds.checked_neg()
    } else {
        Some(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use chrono::SecondsFormat;

    fn read(text: &str) -> String {
        parse(text).map_or_else(
            || "()".to_owned(),
            |time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        )
    }

    #[test]
    fn a_text_in_iso_8601_is_read() {
        for (text, expected) in [
            ("2026-01-05", "2026-01-05T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("0000-01-01", "0000-01-01T00:00:00Z"),
            ("2026-01-05T09:30", "2026-01-05T09:30:00Z"),
            ("2026-01-05T09:30Z", "2026-01-05T09:30:00Z"),
            ("2026-01-05T09:30:15", "2026-01-05T09:30:15Z"),
            ("2026-01-05T09:30:15Z", "2026-01-05T09:30:15Z"),
            ("2026-01-05t09:30:15z", "2026-01-05T09:30:15Z"),
            ("2026-01-05 09:30:15", "2026-01-05T09:30:15Z"),
            ("2026-01-05T09:30:15.5Z", "2026-01-05T09:30:15.500Z"),
            ("2026-01-05T09:30:15,25", "2026-01-05T09:30:15.250Z"),
            (
                "2026-01-05T09:30:15.123456789Z",
                "2026-01-05T09:30:15.123456789Z",
            ),
            (
                "2026-01-05T09:30:15.1234567899Z",
                "2026-01-05T09:30:15.123456789Z",
            ),
            ("2026-01-05T09:30:15+01:00", "2026-01-05T08:30:15Z"),
            ("2026-01-05T09:30:15+0100", "2026-01-05T08:30:15Z"),
            ("2026-01-05T09:30:15+01", "2026-01-05T08:30:15Z"),
            ("2026-01-05T09:30-05:30", "2026-01-05T15:00:00Z"),
            ("2026-01-05T09:30:15-00:00", "2026-01-05T09:30:15Z"),
            ("2026-01-01T00:30+01:00", "2025-12-31T23:30:00Z"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_time_gives_nothing() {
        for text in [
            "",
            "2026",
            "2026-01",
            "20260105",
            "2026-1-5",
            "2026-13-01",
            "2026-02-29",
            "2026-01-00",
            "2026-01-05T",
            "2026-01-05T09",
            "2026-01-05T24:00",
            "2026-01-05T09:60",
            "2026-01-05T23:59:60Z",
            "2026-01-05T09:30:15.Z",
            "2026-01-05T09:30:15+24:00",
            "2026-01-05T09:30:15+01:60",
            "2026-01-05T09:30:15+1",
            "2026-01-05T09:30:15+01:",
            "2026-01-05T09:30:15 Z",
            "2026-01-05T09:30:15ZZ",
            "2026-01-05Z",
            " 2026-01-05",
            "2026-01-05\n",
            "+002026-01-05",
            "-001-01-05",
            "٢٠٢٦-01-05",
            "1767571200",
            "tomorrow",
            "0000-01-01T00:30+01:00",
            "9999-12-31T23:30-01:00",
        ] {
            assert_eq!(read(text), "()", "{text}");
        }
        let long = format!("2026-01-05T09:30:15.{}Z", "0".repeat(44));
        assert_eq!(read(&long), "()");
        let longest = format!("2026-01-05T09:30:15.{}Z", "0".repeat(43));
        assert_eq!(read(&longest), "2026-01-05T09:30:15Z");
    }
}
