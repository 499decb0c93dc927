//! Times as they are typed and as they stand in a line of `--logins`.

use chrono::{DateTime, Utc};
use mfa_rules::time_from_json;
use serde_json::Value as Json;
use std::time::Duration;

/// A time as text or, when the text is one, as a number: what `parse_time` in a rule takes.
pub(crate) fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    match serde_json::from_str(text) {
        Ok(number @ Json::Number(_)) => parse_json(&number),
        _ => parse_json(&Json::from(text)),
    }
}

/// A time in JSON: what `parse_time` in a rule takes.
pub(crate) fn parse_json(json: &Json) -> Result<DateTime<Utc>, String> {
    time_from_json(json)
        .ok_or_else(|| "cannot be read as a time; write it as in 2026-01-05T09:00:00Z".to_owned())
}

/// How long something shall take: a number of seconds, up to a day.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0)
        .map(Duration::from_secs_f64)
        .ok_or_else(|| "must be a number of seconds, more than 0 and at most 86400".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_json, seconds};
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
        for json in [
            json!(true),
            json!(null),
            json!([]),
            json!(1e300),
            json!(253_402_300_800_000_i64),
        ] {
            assert_eq!(parse_json(&json).unwrap_err(), unreadable, "{json}");
        }
    }

    #[test]
    fn seconds_are_a_number_that_is_not_zero() {
        assert_eq!(seconds("0.25").unwrap().as_millis(), 250);
        assert_eq!(seconds("86400").unwrap().as_secs(), 86_400);
        for text in ["0", "-1", "86400.1", "NaN", "inf", "3s", ""] {
            let error = "must be a number of seconds, more than 0 and at most 86400";
            assert_eq!(seconds(text).unwrap_err(), error, "{text}");
        }
    }
}
