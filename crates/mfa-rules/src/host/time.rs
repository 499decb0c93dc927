//! Instants and the calendar.
//!
//! A rule sees no clock: `now()` is the time of the login, which the caller gives.

use super::values::no_secret;
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::iso8601;
use crate::nearest::nearest;
use crate::quote::quote;
use crate::value::Value;
use chrono::{DateTime, Datelike, Timelike, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// Numbers nearer to zero than this are epoch seconds, the others milliseconds.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// Bytes that the name of a time zone may have; a longer text names none.
const LONGEST_ZONE: usize = 64;

/// Operations of looking for the nearest name of a time zone.
const OPERATIONS_OF_NEAREST: u64 = 500;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Time",
    about: "Instants and the calendar.\nA time has no zone; functions that need one take its IANA name, for example `\"Europe/Berlin\"`, and use UTC when it is left out.\nThe rules of the zones are those of the IANA database that this engine was built with.\nAn unknown zone is a failure with the code `argument`, which names the nearest one.",
    functions: &[
        HostFunction {
            name: "now",
            forms: &[Form {
                signature: "now() -> time",
                arguments: 0,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, _| Ok(Value::Time(host.now())),
            about: "The time of the login.\n\nThe caller of the engine gives it; it does not move while rules run.",
            example: &[("now() == now()", "true")],
        },
        HostFunction {
            name: "parse_time",
            forms: &[Form {
                signature: "parse_time(x) -> time or ()",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: parse_time,
            about: "The time that `x` means, `()` when it cannot be read as one.\n\nA text is read as ISO 8601 in its extended form: `2026-01-05`, `2026-01-05T09:30`, `2026-01-05T09:30:15`, with a fraction of the second behind `.` or `,`, and with a zone: `Z`, `+01:00`, `+0100` or `+01`.\nA date alone is its midnight in UTC, and a date with a time but without a zone is in UTC too.\nInstead of `T` a space will do, and `t` and `z` are read as well (RFC 3339, section 5.6).\nA leap second, the hour 24, and a text of more than 64 bytes cannot be read.\n\nA number, integer or float, is epoch seconds when its absolute value is below 10^11, and epoch milliseconds otherwise.\nA time stays as it is.\nA year outside 0000 to 9999 cannot be read, nor can any value of another type.",
            example: &[
                (
                    "parse_time(\"2026-01-05\") == parse_time(1767571200)",
                    "true",
                ),
                (
                    "parse_time(1767571200) == parse_time(1767571200000)",
                    "true",
                ),
                ("parse_time(\"tomorrow\")", "()"),
            ],
        },
        HostFunction {
            name: "weekday",
            forms: &[
                Form {
                    signature: "time.weekday() -> integer",
                    arguments: 1,
                },
                Form {
                    signature: "time.weekday(zone) -> integer",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, arguments| {
                let local = local("weekday", host, arguments)?;
                Ok(Value::Int(local.weekday().num_days_from_sunday().into()))
            },
            about: "The day of the week: 0 for Sunday to 6 for Saturday.",
            example: &[
                ("parse_time(\"2026-01-05\").weekday()", "1"),
                (
                    "parse_time(\"2026-01-05\").weekday(\"America/New_York\")",
                    "0",
                ),
            ],
        },
        HostFunction {
            name: "hour",
            forms: &[
                Form {
                    signature: "time.hour() -> integer",
                    arguments: 1,
                },
                Form {
                    signature: "time.hour(zone) -> integer",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, arguments| {
                let local = local("hour", host, arguments)?;
                Ok(Value::Int(local.hour().into()))
            },
            about: "The hour of the day: 0 to 23.",
            example: &[
                ("parse_time(\"2026-07-01T12:00Z\").hour()", "12"),
                (
                    "parse_time(\"2026-07-01T12:00Z\").hour(\"Europe/Berlin\")",
                    "14",
                ),
            ],
        },
        HostFunction {
            name: "date",
            forms: &[
                Form {
                    signature: "time.date() -> text",
                    arguments: 1,
                },
                Form {
                    signature: "time.date(zone) -> text",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, arguments| {
                let local = local("date", host, arguments)?;
                let (year, month, day) = (local.year(), local.month(), local.day());
                let date = format!("{year:04}-{month:02}-{day:02}");
                Ok(Value::new_text(&date, host.meter())?)
            },
            about: "The date as `YYYY-MM-DD`.",
            example: &[
                ("parse_time(\"2026-01-05T23:30Z\").date()", "\"2026-01-05\""),
                (
                    "parse_time(\"2026-01-05T23:30Z\").date(\"Asia/Tokyo\")",
                    "\"2026-01-06\"",
                ),
            ],
        },
        HostFunction {
            name: "days_between",
            forms: &[Form {
                signature: "days_between(a, b) -> float",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| between("days_between", arguments, 86_400.0),
            about: "The time from `a` to `b` in days of 24 hours: negative when `b` is the earlier.",
            example: &[(
                "days_between(parse_time(\"2026-01-05\"), parse_time(\"2026-01-06T12:00Z\"))",
                "1.5",
            )],
        },
        HostFunction {
            name: "hours_between",
            forms: &[Form {
                signature: "hours_between(a, b) -> float",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| between("hours_between", arguments, 3_600.0),
            about: "The time from `a` to `b` in hours: negative when `b` is the earlier.",
            example: &[(
                "hours_between(parse_time(\"2026-01-05T12:00Z\"), parse_time(\"2026-01-05\"))",
                "-12.0",
            )],
        },
        HostFunction {
            name: "minutes_between",
            forms: &[Form {
                signature: "minutes_between(a, b) -> float",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| between("minutes_between", arguments, 60.0),
            about: "The time from `a` to `b` in minutes: negative when `b` is the earlier.",
            example: &[(
                "minutes_between(parse_time(\"2026-01-05T09:00:00Z\"), parse_time(\"2026-01-05T09:00:30Z\"))",
                "0.5",
            )],
        },
    ],
};

fn parse_time<'a>(
    _host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let time = time_of(no_secret("parse_time", arguments, 0)?);
    Ok(time.map_or(Value::Unit, Value::Time))
}

fn time_of(value: &Value<'_>) -> Option<DateTime<Utc>> {
    let time = match value {
        Value::Time(time) => Some(*time),
        Value::Int(epoch) => from_integer(*epoch),
        Value::Float(epoch) => from_float(*epoch),
        Value::Text(text) => iso8601::parse(text.as_str()),
        _ => None,
    };
    time.filter(|time| iso8601::YEARS.contains(&time.year()))
}

/// The time that `parse_time` in a rule reads from a JSON value; `None` when it gives `()`.
///
/// A text is ISO 8601 with or without a time, UTC when it names no zone. A number is seconds since
/// 1970 when its absolute value is below 10^11, else milliseconds.
///
/// ```
/// use mfa_rules::time_from_json;
/// use serde_json::json;
///
/// let time = time_from_json(&json!("2026-01-05T10:00:00+01:00"));
/// assert_eq!(time, time_from_json(&json!(1_767_603_600)));
/// assert_eq!(time_from_json(&json!("tomorrow")), None);
/// ```
pub fn time_from_json(json: &serde_json::Value) -> Option<DateTime<Utc>> {
    time_of(&Value::from_json(json))
}

fn from_integer(epoch: i64) -> Option<DateTime<Utc>> {
    if epoch.unsigned_abs() < FIRST_MILLISECONDS.unsigned_abs() {
        DateTime::from_timestamp(epoch, 0)
    } else {
        DateTime::from_timestamp_millis(epoch)
    }
}

/// As [`from_integer`], to the nearest microsecond.
fn from_float(epoch: f64) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_precision_loss, reason = "the constant is exact")]
    let is_seconds = epoch.abs() < FIRST_MILLISECONDS as f64;
    let microseconds = epoch * if is_seconds { 1e6 } else { 1e3 };
    let is_in_range = microseconds.abs() < 1e18;
    if !is_in_range {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let microseconds = microseconds.round() as i64;
    DateTime::from_timestamp_micros(microseconds)
}

/// The first argument in the zone that the second one names.
fn local<'a>(
    function: &str,
    host: &mut (dyn Host<'a> + '_),
    arguments: &[Value<'a>],
) -> Result<DateTime<Tz>, Failure> {
    let time = arguments::time(function, arguments, 0)?;
    let zone = if arguments.len() > 1 {
        let name = arguments::text(function, arguments, 1)?;
        match (name.len() <= LONGEST_ZONE).then(|| name.parse()) {
            Some(Ok(zone)) => zone,
            _ => return Err(unknown_zone(name, host)?),
        }
    } else {
        Tz::UTC
    };
    Ok(time.with_timezone(&zone))
}

fn unknown_zone<'a>(name: &str, host: &mut (dyn Host<'a> + '_)) -> Result<Failure, Failure> {
    host.meter().spend(OPERATIONS_OF_NEAREST)?;
    let zones = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let city = |zone: &&str| {
        let last = zone.rsplit('/').next();
        last.is_some_and(|last| last.eq_ignore_ascii_case(name))
    };
    let advice = nearest(name, zones())
        .or_else(|| zones().find(city))
        .map(|zone| format!(", the nearest is `{zone}`"))
        .unwrap_or_default();
    Ok(Failure::new(
        Code::Argument,
        format!("there is no time zone {}{advice}", quote(name)),
    ))
}

fn between<'a>(
    function: &str,
    arguments: &[Value<'a>],
    seconds_in_unit: f64,
) -> Result<Value<'a>, Stop<'a>> {
    let from = arguments::time(function, arguments, 0)?;
    let to = arguments::time(function, arguments, 1)?;
    let seconds = to.signed_duration_since(from).as_seconds_f64();
    Ok(Value::Float(seconds / seconds_in_unit))
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{TestHost, fails, gives};
    use crate::secret::Secret;
    use crate::value::Value;
    use chrono::{DateTime, Utc};
    use serde_json::json;

    fn time(text: &str) -> Value<'static> {
        Value::Time(text.parse::<DateTime<Utc>>().unwrap())
    }

    /// What `parse_time` gives, in RFC 3339.
    fn read(value: Value<'_>) -> String {
        match TestHost::new().call("parse_time", vec![value]).unwrap() {
            Value::Time(time) => time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn now_is_the_time_of_the_login() {
        let now = TestHost::new().call("now", Vec::new()).unwrap();
        assert!(
            matches!(now, Value::Time(time) if time.to_rfc3339() == "2026-01-05T09:00:00+00:00")
        );
    }

    #[test]
    fn a_text_is_read_as_iso_8601() {
        assert_eq!(
            read(Value::text("2026-01-05T09:30+01:00")),
            "2026-01-05T08:30:00Z"
        );
        assert_eq!(read(Value::text("tomorrow")), "()");
    }

    #[test]
    fn a_number_is_seconds_below_ten_to_the_eleventh_and_milliseconds_from_there() {
        for (epoch, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_767_571_200, "2026-01-05T00:00:00Z"),
            (1_767_571_200_000, "2026-01-05T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (99_999_999_999, "5138-11-16T09:46:39Z"),
            (100_000_000_000, "1973-03-03T09:46:40Z"),
            (-100_000_000_000, "1966-10-31T14:13:20Z"),
            (-99_999_999_999, "()"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "()"),
            (i64::MAX, "()"),
            (i64::MIN, "()"),
        ] {
            assert_eq!(read(Value::Int(epoch)), expected, "{epoch}");
        }
    }

    #[test]
    fn a_float_is_an_epoch_too() {
        for (epoch, expected) in [
            (1_767_571_200.25, "2026-01-05T00:00:00.250Z"),
            (1_767_571_200_000.5, "2026-01-05T00:00:00.000500Z"),
            (-0.5, "1969-12-31T23:59:59.500Z"),
            (99_999_999_999.0, "5138-11-16T09:46:39Z"),
            (1e11, "1973-03-03T09:46:40Z"),
            (1e300, "()"),
            (f64::NAN, "()"),
            (f64::INFINITY, "()"),
            (f64::NEG_INFINITY, "()"),
        ] {
            assert_eq!(read(Value::Float(epoch)), expected, "{epoch}");
        }
    }

    #[test]
    fn a_time_stays_itself_and_other_values_give_nothing() {
        assert_eq!(read(time("2026-01-05T09:00:00Z")), "2026-01-05T09:00:00Z");
        let array = json!([2026]);
        for value in [
            Value::Unit,
            Value::Bool(true),
            Value::Char('0'),
            Value::from_json(&array),
        ] {
            assert_eq!(read(value.clone()), "()", "{value:?}");
        }
    }

    #[test]
    fn a_secret_is_not_read_as_a_time() {
        let secret = Secret::new("2026-01-05".to_owned());
        assert_eq!(
            fails("parse_time", vec![Value::Secret(&secret)]),
            Failure::uncatchable(
                Code::SecretUse,
                "`parse_time` needs a value that is not secret as its first argument, and got a secret"
            )
        );
    }

    #[test]
    fn the_week_begins_on_sunday() {
        for (day, weekday) in [("04", "0"), ("05", "1"), ("10", "6"), ("11", "0")] {
            let time = time(&format!("2026-01-{day}T00:00:00Z"));
            assert_eq!(gives("weekday", vec![time]), weekday, "{day}");
        }
    }

    #[test]
    fn calendar_functions_take_a_zone() {
        let summer = || time("2026-07-01T22:30:00Z");
        let berlin = || Value::text("Europe/Berlin");
        assert_eq!(gives("hour", vec![summer()]), "22");
        assert_eq!(gives("hour", vec![summer(), berlin()]), "0");
        assert_eq!(gives("weekday", vec![summer()]), "3");
        assert_eq!(gives("weekday", vec![summer(), berlin()]), "4");
        assert_eq!(gives("date", vec![summer()]), "\"2026-07-01\"");
        assert_eq!(gives("date", vec![summer(), berlin()]), "\"2026-07-02\"");
        assert_eq!(gives("hour", vec![summer(), Value::text("UTC")]), "22");
    }

    #[test]
    fn daylight_saving_time_follows_the_zone() {
        let before = time("2026-03-29T00:59:59Z");
        let after = time("2026-03-29T01:00:00Z");
        let berlin = || Value::text("Europe/Berlin");
        assert_eq!(gives("hour", vec![before, berlin()]), "1");
        assert_eq!(gives("hour", vec![after, berlin()]), "3");
    }

    #[test]
    fn an_unknown_zone_names_the_nearest() {
        for (zone, message) in [
            (
                "Europe/Belrin",
                "there is no time zone `Europe/Belrin`, the nearest is `Europe/Berlin`",
            ),
            (
                "europe/berlin",
                "there is no time zone `europe/berlin`, the nearest is `Europe/Berlin`",
            ),
            (
                "New_York",
                "there is no time zone `New_York`, the nearest is `America/New_York`",
            ),
            ("nowhere at all", "there is no time zone `nowhere at all`"),
            ("", "there is no time zone ``"),
        ] {
            for function in ["weekday", "hour", "date"] {
                let arguments = vec![time("2026-01-05T09:00:00Z"), Value::text(zone)];
                assert_eq!(
                    fails(function, arguments),
                    Failure::new(Code::Argument, message)
                );
            }
        }
    }

    #[test]
    fn looking_for_the_nearest_zone_is_spent() {
        let mut host = TestHost::new();
        let arguments = vec![time("2026-01-05T09:00:00Z"), Value::text("Europe/Belrin")];
        assert!(host.call("hour", arguments).is_err());
        assert_eq!(host.meter.operations(), super::OPERATIONS_OF_NEAREST);
    }

    #[test]
    fn calendar_functions_need_a_time_and_a_text() {
        for function in ["weekday", "hour", "date"] {
            assert_eq!(
                fails(function, vec![Value::Unit]),
                Failure::new(
                    Code::Type,
                    format!("`{function}` needs a time as its first argument, and got `()`")
                )
            );
            assert_eq!(
                fails(function, vec![time("2026-01-05T09:00:00Z"), Value::Int(1)]),
                Failure::new(
                    Code::Type,
                    format!("`{function}` needs a text as its second argument, and got an integer")
                )
            );
        }
    }

    #[test]
    fn what_is_between_two_times_is_signed_and_exact() {
        let a = || time("2026-01-05T00:00:00Z");
        let b = || time("2026-01-06T12:00:00.9Z");
        assert_eq!(gives("minutes_between", vec![a(), b()]), "2160.015");
        assert_eq!(gives("minutes_between", vec![b(), a()]), "-2160.015");
        let b = || time("2026-01-06T12:00:00Z");
        assert_eq!(gives("days_between", vec![a(), b()]), "1.5");
        assert_eq!(gives("hours_between", vec![a(), b()]), "36.0");
        assert_eq!(gives("hours_between", vec![b(), a()]), "-36.0");
        assert_eq!(gives("days_between", vec![a(), a()]), "0.0");
    }

    #[test]
    fn what_is_between_needs_two_times() {
        for function in ["days_between", "hours_between", "minutes_between"] {
            let now = || time("2026-01-05T00:00:00Z");
            assert_eq!(
                fails(function, vec![Value::Unit, now()]),
                Failure::new(
                    Code::Type,
                    format!("`{function}` needs a time as its first argument, and got `()`")
                )
            );
            assert_eq!(
                fails(function, vec![now(), Value::text("2026-01-05")]),
                Failure::new(
                    Code::Type,
                    format!("`{function}` needs a time as its second argument, and got a text")
                )
            );
        }
    }
}
