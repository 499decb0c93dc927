//! Which of our codes an error of Rhai's is.

use super::Ended;
use super::departures::MAP_PREDICATE;
use super::values::{HostFailure, Thrown};
use mfa_rules::DenialError;
use rhai::{Dynamic, EvalAltResult, Map, Position};

/// What an error that comes out of a script means.
pub(super) fn ended(error: &EvalAltResult) -> Ended {
    let line = line(error);
    match error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(value, _) if value.is_unit() => Ended::Failed {
            code: "thrown",
            line,
        },
        EvalAltResult::ErrorRuntime(value, _) => {
            let Some(Thrown(value)) = value.clone().try_cast::<Thrown>() else {
                let failure = value.clone().try_cast::<HostFailure>();
                let code = failure.map_or("runtime", |failure| failure.code);
                if code == MAP_PREDICATE {
                    return Ended::NotComparable(MAP_PREDICATE);
                }
                return Ended::Failed { code, line };
            };
            match value.into_immutable_string() {
                Ok(text) => Ended::Denied {
                    error: DenialError::AccessDenied,
                    description: text.to_string(),
                    line,
                },
                Err(_) => Ended::Failed {
                    code: "thrown",
                    line,
                },
            }
        }
        EvalAltResult::ErrorTooManyOperations(_)
        | EvalAltResult::ErrorStackOverflow(_)
        | EvalAltResult::ErrorDataTooLarge(..)
        | EvalAltResult::ErrorTerminated(..) => Ended::NotComparable("limit"),
        EvalAltResult::ErrorDataRace(..) => Ended::NotComparable("data race"),
        inner => Ended::Failed {
            code: code(inner),
            line,
        },
    }
}

/// The line of the innermost place.
pub(super) fn line(error: &EvalAltResult) -> Option<usize> {
    let inner = match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
        | EvalAltResult::ErrorInModule(_, inner, _) => line(inner),
        _ => None,
    };
    inner.or_else(|| line_of(error.position()))
}

pub(super) fn line_of(position: Position) -> Option<usize> {
    position.line()
}

/// The class of an error that is neither thrown nor a limit.
pub(super) fn code(error: &EvalAltResult) -> &'static str {
    match error {
        EvalAltResult::ErrorIndexingType(subject, _) => class("ErrorIndexingType", subject),
        EvalAltResult::ErrorDotExpr(message, _) => class("ErrorDotExpr", message),
        EvalAltResult::ErrorFunctionNotFound(..)
        | EvalAltResult::ErrorMismatchDataType(..)
        | EvalAltResult::ErrorMismatchOutputType(..)
        | EvalAltResult::ErrorFor(_) => "type",
        EvalAltResult::ErrorArrayBounds(..)
        | EvalAltResult::ErrorStringBounds(..)
        | EvalAltResult::ErrorBitFieldBounds(..)
        | EvalAltResult::ErrorIndexNotFound(..) => "index",
        EvalAltResult::ErrorArithmetic(message, _) => arithmetic(message),
        // The generator never makes any of the others.
        _ => "unexpected",
    }
}

/// The class of an error that Rhai has described as a map for `catch`.
///
/// `None` when the description does not say it: an error that comes out of a function is described
/// as just that.
pub(super) fn described_code(error: &Map) -> Option<&'static str> {
    let text = |key: &str| {
        let text = error.get(key).cloned().map(Dynamic::into_immutable_string);
        text.and_then(Result::ok).unwrap_or_default()
    };
    match text("error").as_str() {
        "ErrorIndexingType" => Some(class("ErrorIndexingType", &text("type"))),
        "ErrorDotExpr" => Some(class("ErrorDotExpr", &text("property"))),
        "ErrorFunctionNotFound"
        | "ErrorMismatchDataType"
        | "ErrorMismatchOutputType"
        | "ErrorFor" => Some("type"),
        "ErrorArrayBounds" | "ErrorStringBounds" | "ErrorBitFieldBounds" | "ErrorIndexNotFound" => {
            Some("index")
        }
        "ErrorArithmetic" => Some(arithmetic(&text("message"))),
        _ => None,
    }
}

/// The class of an error of arithmetic: Rhai's functions that read a number from a text have it too.
fn arithmetic(message: &str) -> &'static str {
    if message.contains("rror parsing ") || message.contains("nvalid radix") {
        "argument"
    } else {
        "arithmetic"
    }
}

/// The class of a property or an index of something that has none.
fn class(variant: &str, description: &str) -> &'static str {
    let of_nothing = match variant {
        "ErrorIndexingType" => description.starts_with("() ["),
        _ => description.contains("for type '()'"),
    };
    if of_nothing {
        "missing-property"
    } else {
        "type"
    }
}
