//! Rego by `regorus`, on its virtual machine.

use crate::logins::{Input, Login};
use crate::native::{Native, from_json, from_text};
use crate::peers::Made;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine, Value};
use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A package with the rule [`ENTRY`].
const POLICY: &str = include_str!("../../policies/policy.rego");

/// Is true when a second factor is needed.
const ENTRY: &str = "data.mfa.required";

pub(super) fn ready(input: &Input) -> Made<'_> {
    let machine = machine(input)?;
    let prepare = |login: &Login| -> Result<Value, Failure> {
        let user = from_json(&Values, &login.user)?;
        to_input(user, from_json(&Values, &login.context)?)
    };
    let logins = input.logins.iter().map(prepare).collect::<Result<_, _>>()?;
    Ok(Box::new(Ready { machine, logins }))
}

pub(super) fn text(input: &Input) -> Made<'_> {
    let machine = machine(input)?;
    let logins = input.texts();
    Ok(Box::new(FromText { machine, logins }))
}

struct Ready {
    machine: RegoVM,
    logins: Vec<Value>,
}

impl Contestant for Ready {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let machine = &mut self.machine;
        turn.decide(&self.logins, |login| decide(machine, login.clone()))
    }
}

struct FromText<'i> {
    machine: RegoVM,
    logins: Vec<&'i Text>,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let machine = &mut self.machine;
        turn.decide(&self.logins, |login| {
            let user = from_text(&Values, &login.user)?;
            let context = from_text(&Values, &login.context)?;
            decide(machine, to_input(user, context)?)
        })
    }
}

fn machine(input: &Input) -> Result<RegoVM, Failure> {
    let data = json!({ "clients_with_mfa": input.clients() }).to_string();
    let mut engine = Engine::new();
    engine.add_policy("policy.rego".to_owned(), POLICY.to_owned())?;
    engine.add_data_json(&data)?;
    let policy = engine.compile_with_entrypoint(&ENTRY.into())?;
    let mut machine = RegoVM::new();
    machine.load_program(Compiler::compile_from_policy(&policy, &[ENTRY])?);
    machine.set_data(Value::from_json_str(&data)?)?;
    Ok(machine)
}

fn to_input(user: Value, context: Value) -> Result<Value, Failure> {
    let mut input = Value::new_object();
    let members = input.as_object_mut()?;
    members.insert("user".into(), user);
    members.insert("context".into(), context);
    Ok(input)
}

fn decide(machine: &mut RegoVM, login: Value) -> Result<Answer, Failure> {
    machine.set_input(login);
    match machine.execute()? {
        Value::Bool(is_required) => Ok(is_required.then_some(Asked {
            remember_browser: false,
        })),
        other => Err(format!("the policy gives {other}").into()),
    }
}

struct Values;

impl Native<'_> for Values {
    type Value = Value;
    type Array = Vec<Value>;
    type Object = BTreeMap<Value, Value>;
    type Error = Infallible;

    fn null(&self) -> Value {
        Value::Null
    }

    fn bool(&self, value: bool) -> Value {
        value.into()
    }

    fn integer(&self, value: i64) -> Value {
        value.into()
    }

    fn float(&self, value: f64) -> Value {
        value.into()
    }

    fn text(&self, value: Cow<'_, str>) -> Result<Value, Infallible> {
        Ok((&*value).into())
    }

    fn array(&self) -> Result<Vec<Value>, Infallible> {
        Ok(Vec::new())
    }

    fn push(&self, array: &mut Vec<Value>, value: Value) -> Result<(), Infallible> {
        array.push(value);
        Ok(())
    }

    fn finish_array(&self, array: Vec<Value>) -> Result<Value, Infallible> {
        Ok(array.into())
    }

    fn object(&self) -> Result<Self::Object, Infallible> {
        Ok(BTreeMap::new())
    }

    fn insert(
        &self,
        object: &mut Self::Object,
        key: Cow<'_, str>,
        value: Value,
    ) -> Result<(), Infallible> {
        object.insert((&*key).into(), value);
        Ok(())
    }

    fn finish_object(&self, object: Self::Object) -> Result<Value, Infallible> {
        Ok(object.into())
    }
}
