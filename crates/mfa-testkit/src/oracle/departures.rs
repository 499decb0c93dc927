//! Where version 1 of the rule language departs from Rhai, as functions that twins call.

use super::bridge::{self, failure, thrown};
use super::values::{self, HostFailure, Thrown};
use super::{SharedNotes, errors};
use chrono::{DateTime, Utc};
use mfa_rules::testing::PlainValue;
use rhai::{
    Array, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, Map, NativeCallContext, Position,
};
use std::rc::Rc;

type RhaiResult = Result<Dynamic, Box<EvalAltResult>>;

/// Registers the functions that twins call.
pub(super) fn register(engine: &mut Engine, notes: &SharedNotes) {
    register_absent_forms(engine);
    register_comparisons(engine);
    register_callbacks(engine, notes);
    register_writes(engine, notes);
    register_catching(engine, notes);
}

/// Forms of Rhai's functions that version 1 does not have: there, as for any wrong type, it fails.
fn register_absent_forms(engine: &mut Engine) {
    engine.register_fn("pop", |_: &mut ImmutableString| -> RhaiResult {
        Err(failure("type"))
    });
    engine.register_fn("split", |_: &mut Array, _: i64| -> RhaiResult {
        Err(failure("type"))
    });
}

/// `<` and its like need two numbers, two texts or characters, or two times, and the numbers must
/// be finite unless both are integers.
fn register_comparisons(engine: &mut Engine) {
    engine.register_fn("ordered_", |left: Dynamic, right: Dynamic| -> RhaiResult {
        let is_text = |value: &Dynamic| value.is_string() || value.is_char();
        let is_number = |value: &Dynamic| value.is_int() || value.is_float();
        let is_time = |value: &Dynamic| value.is::<DateTime<Utc>>();
        let is_finite =
            |value: &Dynamic| value.as_float().is_ok_and(f64::is_finite) || value.is_int();
        let alike = |is: &dyn Fn(&Dynamic) -> bool| is(&left) && is(&right);
        if alike(&is_number) && !alike(&is_finite) {
            Err(failure("arithmetic"))
        } else if alike(&is_number) || alike(&is_text) || alike(&is_time) {
            Ok(Dynamic::UNIT)
        } else {
            Err(failure("type"))
        }
    });
    engine.register_fn("<", |left: DateTime<Utc>, right: DateTime<Utc>| {
        left < right
    });
}

/// A predicate returns a boolean; an error in a comparator is not swallowed.
fn register_callbacks(engine: &mut Engine, notes: &SharedNotes) {
    engine.register_fn("strict_", |parameters: i64, predicate: FnPtr| {
        native("strict_call", move |context, arguments| {
            let arguments = taken(arguments, parameters)?;
            let result = predicate.call_raw(&context, None, arguments)?.flatten();
            if result.is_bool() {
                Ok(result)
            } else {
                Err(failure("type"))
            }
        })
    });
    let shared = Rc::clone(notes);
    engine.register_fn("comparator_", move |comparator: FnPtr| {
        let notes = Rc::clone(&shared);
        native("comparator_call", move |context, arguments| {
            let arguments: Vec<Dynamic> = arguments
                .iter()
                .map(|argument| (**argument).clone())
                .collect();
            if notes.borrow().comparator.is_some() {
                return Ok(Dynamic::from_int(0));
            }
            let result = comparator.call_raw(&context, None, arguments);
            let result = result.and_then(|result| {
                let result = result.flatten();
                if result.is_int() || result.is_bool() {
                    Ok(result)
                } else {
                    Err(failure("type"))
                }
            });
            match result {
                Ok(result) => Ok(result),
                Err(mut error) => {
                    if error.position().is_none() {
                        error.set_position(context.call_position());
                    }
                    notes.borrow_mut().comparator = Some(error);
                    Ok(Dynamic::from_int(0))
                }
            }
        })
    });
    let shared = Rc::clone(notes);
    engine.register_fn("compared_", move || -> RhaiResult {
        match shared.borrow_mut().comparator.take() {
            Some(error) => Err(error),
            None => Ok(Dynamic::UNIT),
        }
    });
}

/// The arguments of a callback with this number of parameters.
///
/// Rhai calls with fewer arguments first, and with more when it is told that there is no such
/// function. Over a map, it gives the member before its key then, and a function with one parameter
/// the key.
fn taken(arguments: &mut [&mut Dynamic], parameters: i64) -> Taken {
    let taken: Vec<Dynamic> = arguments
        .iter()
        .map(|argument| (**argument).clone())
        .collect();
    match (parameters, taken.as_slice()) {
        (1, [_, key]) => Ok(vec![key.clone()]),
        (2, [_, second]) if second.is_string() => Err(failure(MAP_PREDICATE)),
        _ if usize::try_from(parameters) == Ok(taken.len()) => Ok(taken),
        _ => Err(Box::new(EvalAltResult::ErrorFunctionNotFound(
            "strict_call or comparator_call".to_owned(),
            Position::NONE,
        ))),
    }
}

type Taken = Result<Vec<Dynamic>, Box<EvalAltResult>>;

/// The code of a call for which it cannot be said which argument is which.
pub(super) const MAP_PREDICATE: &str = "a predicate over a map";

fn is_map_predicate(error: &Dynamic) -> bool {
    let failure = error.clone().try_cast::<HostFailure>();
    failure.is_some_and(|failure| failure.code == MAP_PREDICATE)
}

#[expect(deprecated, reason = "Rhai marks its volatile interfaces so")]
fn native(
    name: &str,
    body: impl Fn(NativeCallContext<'_>, &mut [&mut Dynamic]) -> RhaiResult + 'static,
) -> RhaiResult {
    FnPtr::from_fn(name, body).map(Dynamic::from)
}

/// A failed write to the login cannot be caught, only what JSON holds can be written, and no bit of
/// an integer can.
fn register_writes(engine: &mut Engine, notes: &SharedNotes) {
    // Rhai has written the bit when this is asked.
    engine.register_fn("no_bit_", |holder: Dynamic| -> RhaiResult {
        if holder.is_int() {
            Err(failure("type"))
        } else {
            Ok(Dynamic::UNIT)
        }
    });
    engine.register_fn("stored_", |value: Dynamic| -> RhaiResult {
        match values::to_json(&value) {
            Some(_) => Ok(Dynamic::UNIT),
            None => Err(failure("login-write")),
        }
    });
    let shared = Rc::clone(notes);
    engine.register_fn(
        "fatal_",
        move |context: NativeCallContext<'_>, error: Dynamic| -> RhaiResult {
            if is_map_predicate(&error) {
                shared.borrow_mut().not_comparable = Some(MAP_PREDICATE);
                return Err(failure("over"));
            }
            // The twin calls this on the line of the write.
            let line = errors::line_of(context.call_position());
            let mut notes = shared.borrow_mut();
            if notes.is_over() {
                return Err(failure("over"));
            }
            let code = match error.clone().try_cast::<HostFailure>() {
                Some(HostFailure { code }) => Some(code),
                None => error
                    .read_lock::<Map>()
                    .and_then(|error| errors::described_code(&error)),
            };
            match code {
                Some(code) => notes.fatal = Some((code, line)),
                None => notes.not_comparable = Some("a write that failed in a function"),
            }
            Err(failure("over"))
        },
    );
    for name in ["require_mfa", "skip_mfa"] {
        for parameters in 0..=2 {
            let notes = Rc::clone(notes);
            let types = vec![std::any::TypeId::of::<Dynamic>(); parameters];
            engine.register_raw_fn(format!("{name}_"), types, move |context, arguments| {
                let plain: Vec<PlainValue> = arguments
                    .iter()
                    .map(|argument| values::to_plain(argument))
                    .collect();
                let line = errors::line_of(context.call_position());
                let (_, multifactor) = bridge::call_plain(&notes, name, &plain, line)?;
                Ok(values::from_plain(multifactor.unwrap_or(PlainValue::Unit)))
            });
        }
    }
}

/// What cannot be caught is thrown on; what can be caught has our codes.
fn register_catching(engine: &mut Engine, notes: &SharedNotes) {
    engine.register_fn("thrown_", |value: Dynamic| {
        let value = value.flatten();
        // `throw ()` throws on what was caught, in Rhai as in the language.
        if value.is_unit() {
            value
        } else {
            thrown(value)
        }
    });
    let shared = Rc::clone(notes);
    engine.register_fn("caught_", move |error: Dynamic| -> RhaiResult {
        let mut notes = shared.borrow_mut();
        if is_map_predicate(&error) {
            notes.not_comparable = Some(MAP_PREDICATE);
        }
        let message = error.read_lock::<Map>().and_then(|error| {
            let message = error.get("message").cloned().unwrap_or_default();
            message.into_immutable_string().ok()
        });
        if message.is_some_and(|message| message.contains("ata race")) {
            notes.not_comparable = Some("data race");
        }
        if notes.is_over() {
            return Err(failure("over"));
        }
        Ok(Dynamic::UNIT)
    });
    let shared = Rc::clone(notes);
    engine.register_fn("described_", move |error: Dynamic| -> RhaiResult {
        if let Some(Thrown(value)) = error.clone().try_cast::<Thrown>() {
            return Ok(value);
        }
        if error.is_unit() {
            return Ok(error);
        }
        let code = match error.clone().try_cast::<HostFailure>() {
            Some(HostFailure { code }) => Some(code),
            None => error
                .read_lock::<Map>()
                .and_then(|error| errors::described_code(&error)),
        };
        let Some(code) = code else {
            shared.borrow_mut().not_comparable = Some("an error of a function was looked at");
            return Err(failure("over"));
        };
        let mut described = Map::new();
        described.insert("code".into(), code.into());
        Ok(Dynamic::from_map(described))
    });
}
