//! The host functions that Rhai does not have: in the oracle they are the engine's own.

use super::values::{self, HostFailure, Thrown};
use super::{Notes, SharedNotes, errors};
use chrono::{DateTime, Utc};
use mfa_rules::testing::{self, PlainStop, PlainValue};
use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext, Position};
use std::any::TypeId;
use std::rc::Rc;

/// Registers each host function that Rhai does not have.
pub(super) fn register(engine: &mut Engine, notes: &SharedNotes) {
    engine.register_type_with_name::<DateTime<Utc>>("time");
    engine.register_fn("==", |left: DateTime<Utc>, right: DateTime<Utc>| {
        left == right
    });
    engine.register_fn("!=", |left: DateTime<Utc>, right: DateTime<Utc>| {
        left != right
    });
    let of_login = Rc::clone(notes);
    engine.register_fn("fact", move |name: &str| -> RhaiResult {
        match of_login.borrow().facts.get(name) {
            Some(value) => Ok(values::from_json(value)),
            None => Err(failure("missing-fact")),
        }
    });
    for function in testing::host_functions() {
        if !OURS.contains(&function.name) {
            continue;
        }
        for arguments in &function.arguments {
            let notes = Rc::clone(notes);
            let types = vec![TypeId::of::<Dynamic>(); *arguments];
            let name = function.name;
            engine.register_raw_fn(name, types, move |context, arguments| {
                call(&notes, name, &context, arguments)
            });
        }
    }
}

/// The host functions that are not Rhai's.
const OURS: &[&str] = &[
    "truthy",
    "is_array",
    "is_string",
    "is_number",
    "is_bool",
    "is_map",
    "is_missing",
    "deny",
    "require_mfa",
    "skip_mfa",
    "now",
    "parse_time",
    "weekday",
    "hour",
    "date",
    "days_between",
    "hours_between",
    "minutes_between",
    "ip_in_range",
    "ip_equal",
    "is_ip",
    "matches",
    "email_domain",
    "has_word",
    "split_csv",
    "distance_km",
    "sha1_hex",
    "sha256_hex",
    "md5_hex",
    "hmac_sha256_hex",
    "base64",
];

/// As Rhai's own functions give it.
type RhaiError = Box<EvalAltResult>;
type RhaiResult = Result<Dynamic, RhaiError>;

fn call(
    notes: &SharedNotes,
    name: &'static str,
    context: &NativeCallContext<'_>,
    arguments: &mut [&mut Dynamic],
) -> RhaiResult {
    let plain: Vec<PlainValue> = arguments
        .iter()
        .map(|argument| values::to_plain(argument))
        .collect();
    let line = errors::line_of(context.call_position());
    call_plain(notes, name, &plain, line).map(|(value, _)| value)
}

/// Calls a host function; gives what it assigned to `context.multifactor` too.
pub(super) fn call_plain(
    notes: &SharedNotes,
    name: &'static str,
    arguments: &[PlainValue],
    line: Option<usize>,
) -> Result<(Dynamic, Option<PlainValue>), RhaiError> {
    let now = notes.borrow().now;
    match testing::call_host_function(name, arguments, now) {
        Ok(done) => Ok((values::from_plain(done.value), done.multifactor)),
        Err(stop) => Err(stopped(&mut notes.borrow_mut(), stop, line)),
    }
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "Rhai's functions return their errors in boxes"
)]
fn stopped(notes: &mut Notes, stop: PlainStop, line: Option<usize>) -> RhaiError {
    match stop {
        PlainStop::Failed {
            code, catchable, ..
        } => {
            let code = code.as_str();
            if !catchable {
                notes.fatal.get_or_insert((code, line));
            }
            failure(code)
        }
        PlainStop::Denied { error, description } => {
            notes.denied.get_or_insert((error, description, line));
            failure("denied")
        }
        _ => {
            notes.not_comparable = Some("a host function that is not there");
            failure("unexpected")
        }
    }
}

/// An error of Rhai's with one of our codes.
#[expect(
    clippy::unnecessary_box_returns,
    reason = "Rhai's functions return their errors in boxes"
)]
pub(super) fn failure(code: &'static str) -> RhaiError {
    let value = Dynamic::from(HostFailure { code });
    Box::new(EvalAltResult::ErrorRuntime(value, Position::NONE))
}

/// The value of a `throw` of the rule.
pub(super) fn thrown(value: Dynamic) -> Dynamic {
    Dynamic::from(Thrown(value))
}
