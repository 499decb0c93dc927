//! Rhai's own evaluator on the rule that ours decides by, the syntax tree made once.

use crate::logins::{Input, Login};
use crate::native::{Native, from_json, from_text};
use crate::peers::Made;
use mfa_benches::SEED_RULE;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, Map, Scope};
use std::borrow::Cow;
use std::cell::RefCell;
use std::convert::Infallible;

/// How many variables the scope of a login has before the rule runs.
const VARIABLES: usize = 3;

pub(super) fn ready(input: &Input) -> Made<'_> {
    prepare(input, Rule::new(input, with_limits())?)
}

pub(super) fn ready_without_limits(input: &Input) -> Made<'_> {
    prepare(input, Rule::new(input, Engine::new())?)
}

pub(super) fn text(input: &Input) -> Made<'_> {
    let rule = Rule::new(input, with_limits())?;
    let logins = input.texts();
    Ok(Box::new(FromText { rule, logins }))
}

pub(super) fn text_without_limits(input: &Input) -> Made<'_> {
    let rule = Rule::new(input, Engine::new())?;
    let logins = input.texts();
    Ok(Box::new(FromText { rule, logins }))
}

/// What can be limited in Rhai of what ours limits, so high that no login comes near.
fn with_limits() -> Engine {
    let mut engine = Engine::new();
    engine
        .set_max_operations(100_000)
        .set_max_call_levels(32)
        .set_max_expr_depths(64, 32)
        .set_max_variables(1_000)
        .set_max_functions(100)
        .set_max_string_size(1 << 20)
        .set_max_array_size(100_000)
        .set_max_map_size(100_000);
    engine
}

fn prepare(input: &Input, rule: Rule) -> Made<'_> {
    let prepare = |login: &Login| -> Result<_, Failure> {
        let user = from_json(&Values, &login.user)?;
        let context = from_json(&Values, &login.context)?;
        Ok(RefCell::new(rule.scope(user, context)))
    };
    let logins = input.logins.iter().map(prepare).collect::<Result<_, _>>()?;
    Ok(Box::new(Ready { rule, logins }))
}

struct Rule {
    engine: Engine,
    script: AST,
    configuration: Dynamic,
}

impl Rule {
    fn new(input: &Input, mut engine: Engine) -> Result<Self, Failure> {
        engine.register_fn("truthy", |value: Dynamic| is_truthy(&value));
        let clients: Array = input.clients().into_iter().map(Into::into).collect();
        let configuration = Map::from([("CLIENTS_WITH_MFA".into(), clients.into())]);
        Ok(Self {
            script: engine.compile(SEED_RULE)?,
            configuration: configuration.into(),
            engine,
        })
    }

    fn scope(&self, user: Dynamic, context: Dynamic) -> Scope<'static> {
        let mut scope = Scope::new();
        scope.push_dynamic("user", user);
        scope.push_dynamic("context", context);
        scope.push_dynamic("configuration", self.configuration.clone());
        scope
    }

    /// Decides, and leaves the scope as it was.
    fn decide(&self, scope: &mut Scope<'_>) -> Result<Answer, Box<EvalAltResult>> {
        self.engine.run_ast_with_scope(scope, &self.script)?;
        scope.rewind(VARIABLES);
        let context = scope.get_value_mut::<Map>("context");
        let multifactor = context.and_then(|context| context.remove("multifactor"));
        Ok(multifactor.map(|multifactor| {
            let multifactor = multifactor.as_map_ref();
            let remember = multifactor
                .as_ref()
                .ok()
                .and_then(|multifactor| multifactor.get("allowRememberBrowser"));
            Asked {
                remember_browser: remember.is_none_or(|allow| allow.as_bool() != Ok(false)),
            }
        }))
    }
}

struct Ready {
    rule: Rule,
    logins: Vec<RefCell<Scope<'static>>>,
}

impl Contestant for Ready {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            Ok(self.rule.decide(&mut login.borrow_mut())?)
        })
    }
}

struct FromText<'i> {
    rule: Rule,
    logins: Vec<&'i Text>,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            let user = from_text(&Values, &login.user)?;
            let context = from_text(&Values, &login.context)?;
            Ok(self.rule.decide(&mut self.rule.scope(user, context))?)
        })
    }
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

struct Values;

impl Native<'_> for Values {
    type Value = Dynamic;
    type Array = Array;
    type Object = Map;
    type Error = Infallible;

    fn null(&self) -> Dynamic {
        Dynamic::UNIT
    }

    fn bool(&self, value: bool) -> Dynamic {
        value.into()
    }

    fn integer(&self, value: i64) -> Dynamic {
        value.into()
    }

    fn float(&self, value: f64) -> Dynamic {
        value.into()
    }

    fn text(&self, value: Cow<'_, str>) -> Result<Dynamic, Infallible> {
        Ok((&*value).into())
    }

    fn array(&self) -> Result<Array, Infallible> {
        Ok(Array::new())
    }

    fn push(&self, array: &mut Array, value: Dynamic) -> Result<(), Infallible> {
        array.push(value);
        Ok(())
    }

    fn finish_array(&self, array: Array) -> Result<Dynamic, Infallible> {
        Ok(array.into())
    }

    fn object(&self) -> Result<Map, Infallible> {
        Ok(Map::new())
    }

    fn insert(
        &self,
        object: &mut Map,
        key: Cow<'_, str>,
        value: Dynamic,
    ) -> Result<(), Infallible> {
        object.insert((&*key).into(), value);
        Ok(())
    }

    fn finish_object(&self, object: Map) -> Result<Dynamic, Infallible> {
        Ok(object.into())
    }
}
