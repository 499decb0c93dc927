//! The Common Expression Language, by the crate `cel`.

use crate::logins::{Input, Login};
use crate::native::{Native, from_json, from_text};
use crate::peers::Made;
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString,
};
use cel::common::value::Val;
use cel::{Context, Env, Program, Value};
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

/// An expression, which is true when a second factor is needed.
const POLICY: &str = include_str!("../../policies/policy.cel");

pub(super) fn ready<'i>(input: &'i Input) -> Made<'i> {
    let engine = Engine::new()?;
    let prepare = |login: &'i Login| -> Result<Context<'i, 'i>, Failure> {
        let mut context = engine.context(input);
        context.add_variable_as_val("user", from_json(&Values, &login.user)?);
        context.add_variable_as_val("context", from_json(&Values, &login.context)?);
        Ok(context)
    };
    let logins = input.logins.iter().map(prepare).collect::<Result<_, _>>()?;
    Ok(Box::new(Ready { engine, logins }))
}

pub(super) fn text(input: &Input) -> Made<'_> {
    let engine = Engine::new()?;
    let outer = engine.context(input);
    let logins = input.texts();
    Ok(Box::new(FromText {
        engine,
        outer,
        logins,
    }))
}

struct Engine {
    env: Arc<Env>,
    program: Program,
}

impl Engine {
    fn new() -> Result<Self, Failure> {
        let env = Arc::new(Env::stdlib());
        let program = env.compile(POLICY)?;
        Ok(Self { env, program })
    }

    /// Everything but the login.
    fn context<'i>(&self, input: &'i Input) -> Context<'i, 'i> {
        let clients: Vec<_> = input.clients().into_iter().map(text_value).collect();
        let clients: Box<dyn Val + 'i> = Box::new(CelList::from(clients));
        let configuration = HashMap::from([(CelMapKey::from("CLIENTS_WITH_MFA"), clients)]);
        let mut context = Context::with_env(Arc::clone(&self.env));
        context.add_variable_as_val("configuration", Box::new(CelMap::from(configuration)));
        context
    }

    fn decide(&self, context: &Context<'_, '_>) -> Result<Answer, Failure> {
        match self.program.execute(context)? {
            Value::Bool(is_required) => Ok(is_required.then_some(Asked {
                remember_browser: false,
            })),
            other => Err(format!("the policy gives {other:?}").into()),
        }
    }
}

struct Ready<'i> {
    engine: Engine,
    logins: Vec<Context<'i, 'i>>,
}

impl Contestant for Ready<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| self.engine.decide(login))
    }
}

struct FromText<'i> {
    engine: Engine,
    outer: Context<'i, 'i>,
    logins: Vec<&'i Text>,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            let mut context = self.outer.new_inner_scope();
            context.add_variable_as_val("user", from_text(&Values, &login.user)?);
            context.add_variable_as_val("context", from_text(&Values, &login.context)?);
            self.engine.decide(&context)
        })
    }
}

fn text_value<'t>(text: impl Into<Cow<'t, str>>) -> Box<dyn Val + 't> {
    Box::new(CelString::from(text.into()))
}

struct Values;

/// Texts are borrowed from the JSON.
impl<'t> Native<'t> for Values {
    type Value = Box<dyn Val + 't>;
    type Array = Vec<Box<dyn Val + 't>>;
    type Object = HashMap<CelMapKey<'t>, Box<dyn Val + 't>>;
    type Error = Infallible;

    fn null(&self) -> Self::Value {
        Box::new(CelNull)
    }

    fn bool(&self, value: bool) -> Self::Value {
        Box::new(CelBool::from(value))
    }

    fn integer(&self, value: i64) -> Self::Value {
        Box::new(CelInt::from(value))
    }

    fn float(&self, value: f64) -> Self::Value {
        Box::new(CelDouble::from(value))
    }

    fn text(&self, value: Cow<'t, str>) -> Result<Self::Value, Infallible> {
        Ok(text_value(value))
    }

    fn array(&self) -> Result<Self::Array, Infallible> {
        Ok(Vec::new())
    }

    fn push(&self, array: &mut Self::Array, value: Self::Value) -> Result<(), Infallible> {
        array.push(value);
        Ok(())
    }

    fn finish_array(&self, array: Self::Array) -> Result<Self::Value, Infallible> {
        Ok(Box::new(CelList::from(array)))
    }

    fn object(&self) -> Result<Self::Object, Infallible> {
        Ok(HashMap::new())
    }

    fn insert(
        &self,
        object: &mut Self::Object,
        key: Cow<'t, str>,
        value: Self::Value,
    ) -> Result<(), Infallible> {
        object.insert(CelMapKey::String(CelString::from(key)), value);
        Ok(())
    }

    fn finish_object(&self, object: Self::Object) -> Result<Self::Value, Infallible> {
        Ok(Box::new(CelMap::from(object)))
    }
}
