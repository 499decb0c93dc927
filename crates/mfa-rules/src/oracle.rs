//! Rhai's own engine, as the oracle of tests, and the least host that host functions run on.

use crate::codes::Code;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::value::{Range, Value};
use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel};
use std::rc::Rc;

/// What Rhai gives for a script, as `to_debug` text; or the code that its error stands for.
pub(crate) fn rhai(script: &str) -> Result<String, Code> {
    thread_local! {
        static ENGINE: Engine = engine();
    }
    ENGINE.with(|engine| {
        let value: Dynamic = engine.eval(script).map_err(|error| code_of(&error))?;
        let mut scope = rhai::Scope::new();
        scope.push_dynamic("value", value);
        engine
            .eval_with_scope(&mut scope, "to_debug(value)")
            .map_err(|error| code_of(&error))
    })
}

fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    StandardPackage::new().register_into_engine(&mut engine);
    engine
}

fn code_of(error: &EvalAltResult) -> Code {
    match error {
        EvalAltResult::ErrorArithmetic(..) => Code::Arithmetic,
        EvalAltResult::ErrorArrayBounds(..)
        | EvalAltResult::ErrorStringBounds(..)
        | EvalAltResult::ErrorBitFieldBounds(..) => Code::Index,
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => code_of(inner),
        EvalAltResult::ErrorParsing(..) => panic!("{error}"),
        _ => Code::Type,
    }
}

/// The same of ours.
pub(crate) fn ours(result: Result<Value<'_>, Failure>) -> Result<String, Code> {
    let value = result.map_err(|failure| failure.code)?;
    crate::format::debug(&value, &mut meter()).map_err(|failure| failure.code)
}

/// A full meter.
pub(crate) fn meter() -> Meter {
    Meter::new(Limits::DEFAULT)
}

/// A value from its literal in the rule language: of the constants and arrays and maps of them
/// what `serde_json` reads, of the rest what tests need.
pub(crate) fn literal(source: &str) -> Value<'static> {
    if source == "()" {
        return Value::Unit;
    }
    if let Some(inner) = source.strip_prefix('\'') {
        return Value::Char(inner.chars().next().unwrap());
    }
    if let Some(inner) = source
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        && inner.starts_with('(')
        && inner != "()"
    {
        return Value::new_array(vec![literal(inner)], &mut meter()).unwrap();
    }
    if let Some(range) = range_literal(source) {
        return Value::Range(Rc::new(range));
    }
    let json = source.replace("#{", "{").replace("()", "null");
    let json: &'static serde_json::Value =
        Box::leak(Box::new(serde_json::from_str(&json).expect(source)));
    Value::from_json(json)
}

fn range_literal(source: &str) -> Option<Range> {
    let source = source.strip_prefix('(').unwrap_or(source);
    let source = source.strip_suffix(')').unwrap_or(source);
    let (start, end) = source.split_once("..")?;
    let (inclusive, end) = match end.strip_prefix('=') {
        Some(end) => (true, end),
        None => (false, end),
    };
    Some(Range {
        start: start.parse().ok()?,
        end: end.parse().ok()?,
        inclusive,
    })
}
