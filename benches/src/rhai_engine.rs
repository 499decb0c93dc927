//! The rule by Rhai's own evaluator: the login is converted to Rhai's values, the rule runs on
//! them, and what it assigned is read back.

use crate::{Asked, LoginDocument, SEED_RULE};
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, Map as RhaiMap, OptimizationLevel, Scope};
use serde_json::{Map, Value as Json};

/// Rhai with the rule, made once.
pub struct RhaiEngine {
    engine: Engine,
    rule: AST,
    configuration: Dynamic,
}

impl RhaiEngine {
    /// Compiles the rule.
    ///
    /// # Errors
    ///
    /// When the rule does not compile.
    pub fn new(configuration: &Map<String, Json>) -> Result<Self, Box<EvalAltResult>> {
        let mut engine = Engine::new();
        engine.register_fn("truthy", |value: Dynamic| is_truthy(&value));
        let rule = engine.compile(SEED_RULE)?;
        Ok(Self {
            engine,
            rule,
            configuration: to_map(configuration).into(),
        })
    }

    /// Decides about a login.
    ///
    /// # Errors
    ///
    /// When the rule fails.
    pub fn decide(&self, login: &LoginDocument) -> Result<Option<Asked>, Box<EvalAltResult>> {
        let mut scope = Scope::new();
        scope.push_dynamic("user", to_dynamic(&login.user));
        scope.push_dynamic("context", to_dynamic(&login.context));
        scope.push_dynamic("configuration", self.configuration.clone());
        self.engine.run_ast_with_scope(&mut scope, &self.rule)?;
        let context = scope.get("context");
        Ok(context.and_then(|context| {
            let context = context.as_map_ref().ok()?;
            let multifactor = context.get("multifactor")?.as_map_ref().ok()?;
            let remember = multifactor.get("allowRememberBrowser");
            Some(Asked {
                remember_browser: remember.is_none_or(|allow| allow.as_bool() != Ok(false)),
            })
        }))
    }
}

/// Rhai with nothing in it, which parses as much as the engine has it parse.
pub fn rhai_parser() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    engine
}

fn to_dynamic(json: &Json) -> Dynamic {
    match json {
        Json::Null => Dynamic::UNIT,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => integer.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Json::String(text) => text.into(),
        Json::Array(items) => items.iter().map(to_dynamic).collect::<Array>().into(),
        Json::Object(members) => to_map(members).into(),
    }
}

fn to_map(members: &Map<String, Json>) -> RhaiMap {
    members
        .iter()
        .map(|(key, value)| (key.into(), to_dynamic(value)))
        .collect()
}

fn is_truthy(value: &Dynamic) -> bool {
    if let Ok(value) = value.as_bool() {
        value
    } else if let Ok(value) = value.as_int() {
        value != 0
    } else if let Ok(value) = value.as_float() {
        value != 0.0 && !value.is_nan()
    } else if let Ok(text) = value.as_immutable_string_ref() {
        !text.is_empty()
    } else {
        !value.is_unit()
    }
}
