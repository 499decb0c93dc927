//! Times as they are typed and as they stand in a line of `--logins`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde_json::Value as Json;

/// Epoch values below this are seconds, the others milliseconds, as for `parse_time` in a rule.
const FIRST_MILLISECONDS: f64 = 1e11;

/// A time as text: RFC 3339, a date (its first second in UTC), or a number as [`parse_json`] takes.
pub(crate) fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return in_range(date.and_time(NaiveTime::MIN).and_utc());
    }
    match serde_json::from_str(text) {
        Ok(number @ Json::Number(_)) => parse_json(&number),
        _ => Err(format!("cannot be read as a time; {EXAMPLE}")),
    }
}

/// A time in JSON: text as [`parse`] takes it, or the number of seconds or milliseconds since 1970.
pub(crate) fn parse_json(json: &Json) -> Result<DateTime<Utc>, String> {
    match json {
        Json::String(text) => parse(text),
        Json::Number(number) => number
            .as_f64()
            .and_then(from_epoch)
            .ok_or_else(|| format!("is no time that there is; {EXAMPLE}"))
            .and_then(in_range),
        _ => Err(format!("must be a text or a number; {EXAMPLE}")),
    }
}

const EXAMPLE: &str = "write it as in 2026-01-05T09:00:00Z";

fn from_epoch(number: f64) -> Option<DateTime<Utc>> {
    let milliseconds = if number.abs() < FIRST_MILLISECONDS {
        number * 1000.0
    } else {
        number
    };
    // Where a float no longer is exact, the time is far outside of the range.
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    DateTime::from_timestamp_millis(milliseconds.round() as i64)
}

/// RFC 3339 has four digits for a year.
fn in_range(time: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if (0..=9999).contains(&time.year()) {
        Ok(time)
    } else {
        Err("lies outside of the years 0000 to 9999".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_json};
    use serde_json::{Value as Json, json};

    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text).unwrap().to_rfc3339(), expected);
    }

    fn check_json(json: &Json, expected: &str) {
        assert_eq!(parse_json(json).unwrap().to_rfc3339(), expected);
    }

    #[test]
    fn a_text_is_rfc_3339_or_a_date() {
        check("2026-01-05T09:00:00Z", "2026-01-05T09:00:00+00:00");
        check(
            "2026-01-05T09:00:00.250+01:00",
            "2026-01-05T08:00:00.250+00:00",
        );
        check("2026-01-05", "2026-01-05T00:00:00+00:00");
    }

    #[test]
    fn a_number_is_seconds_below_1e11_and_milliseconds_from_there() {
        check("1767603600", "2026-01-05T09:00:00+00:00");
        check_json(&json!(1_767_603_600), "2026-01-05T09:00:00+00:00");
        check_json(
            &json!(1_767_603_600_250_i64),
            "2026-01-05T09:00:00.250+00:00",
        );
        check_json(&json!(99_999_999_999_i64), "5138-11-16T09:46:39+00:00");
        check_json(&json!(100_000_000_000_i64), "1973-03-03T09:46:40+00:00");
        check_json(&json!(-1), "1969-12-31T23:59:59+00:00");
        check_json(&json!(-100_000_000_000_i64), "1966-10-31T14:13:20+00:00");
        check_json(&json!(0.5), "1970-01-01T00:00:00.500+00:00");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let unreadable = "cannot be read as a time; write it as in 2026-01-05T09:00:00Z";
        for text in [
            "",
            "tomorrow",
            "2026-02-30",
            "2026-01-05T25:00:00Z",
            "NaN",
            "true",
        ] {
            assert_eq!(parse(text).unwrap_err(), unreadable, "{text}");
        }
        assert_eq!(
            parse_json(&json!(true)).unwrap_err(),
            "must be a text or a number; write it as in 2026-01-05T09:00:00Z"
        );
        assert_eq!(
            parse_json(&json!(1e300)).unwrap_err(),
            "is no time that there is; write it as in 2026-01-05T09:00:00Z"
        );
        assert_eq!(
            parse_json(&json!(253_402_300_800_000_i64)).unwrap_err(),
            "lies outside of the years 0000 to 9999"
        );
    }
}
