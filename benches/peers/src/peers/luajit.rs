//! LuaJIT by `mlua`.

use crate::logins::{Input, Login};
use crate::native::{Native, from_json, from_text};
use crate::peers::Made;
use mfa_peers_harness::{Answer, Asked, Contestant, Failure, Text, Turn};
use mlua::{Function, Lua, Table, Value};
use std::borrow::Cow;

/// Gives the rule, which is a function.
const POLICY: &str = include_str!("../../policies/policy.lua");

/// What calls the rule, in Lua for the same reasons as that of QuickJS is in JavaScript.
const HOST: &str = "local rule = ...
return function(user, context)
  rule(user, context)
  local multifactor = context.multifactor
  if multifactor then
    context.multifactor = nil
    return multifactor.allowRememberBrowser ~= false
  end
end";

/// For how many members a table has room at first, which saves some growing.
const MEMBERS: usize = 8;

pub(super) fn ready(input: &Input) -> Made<'_> {
    let engine = Engine::new(input)?;
    let prepare = |login: &Login| -> Result<Prepared, Failure> {
        Ok(Prepared {
            user: from_json(&engine, &login.user)?,
            context: from_json(&engine, &login.context)?,
        })
    };
    let logins: Vec<Prepared> = input.logins.iter().map(prepare).collect::<Result<_, _>>()?;
    Ok(Box::new(Ready { logins, engine }))
}

pub(super) fn text(input: &Input) -> Made<'_> {
    let engine = Engine::new(input)?;
    let logins = input.texts();
    Ok(Box::new(FromText { logins, engine }))
}

struct Engine {
    lua: Lua,
    decide: Function,
}

impl Engine {
    fn new(input: &Input) -> Result<Self, Failure> {
        let lua = Lua::new();
        let clients = lua.create_sequence_from(input.clients())?;
        let configuration = lua.create_table_from([("CLIENTS_WITH_MFA", clients)])?;
        lua.globals().set("configuration", configuration)?;
        let is_compiling: bool = lua.load("return (jit.status())").eval()?;
        if !is_compiling {
            return Err("LuaJIT does not compile to machine code".into());
        }
        let rule: Function = lua.load(POLICY).set_name("policy.lua").eval()?;
        let decide = lua.load(HOST).set_name("host").call(rule)?;
        Ok(Self { lua, decide })
    }

    fn decide(&self, user: &Value, context: &Value) -> Result<Answer, Failure> {
        let asked: Option<bool> = self.decide.call((user, context))?;
        Ok(asked.map(|remember_browser| Asked { remember_browser }))
    }
}

struct Ready {
    logins: Vec<Prepared>,
    engine: Engine,
}

/// A login as Lua has it.
struct Prepared {
    user: Value,
    context: Value,
}

impl Contestant for Ready {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            self.engine.decide(&login.user, &login.context)
        })
    }
}

struct FromText<'i> {
    logins: Vec<&'i Text>,
    engine: Engine,
}

impl Contestant for FromText<'_> {
    fn pass(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        turn.decide(&self.logins, |login| {
            let user = from_text(&self.engine, &login.user)?;
            let context = from_text(&self.engine, &login.context)?;
            self.engine.decide(&user, &context)
        })
    }
}

/// A member that is `null` is no member, which is what Lua's `nil` means.
impl<'t> Native<'t> for Engine {
    type Value = Value;
    type Array = (Table, usize);
    type Object = Table;
    type Error = mlua::Error;

    fn null(&self) -> Value {
        Value::Nil
    }

    fn bool(&self, value: bool) -> Value {
        Value::Boolean(value)
    }

    fn integer(&self, value: i64) -> Value {
        Value::Integer(value)
    }

    fn float(&self, value: f64) -> Value {
        Value::Number(value)
    }

    fn text(&self, value: Cow<'t, str>) -> mlua::Result<Value> {
        self.lua.create_string(value.as_bytes()).map(Value::String)
    }

    fn array(&self) -> mlua::Result<(Table, usize)> {
        Ok((self.lua.create_table()?, 0))
    }

    fn push(&self, (table, length): &mut (Table, usize), value: Value) -> mlua::Result<()> {
        *length = length.saturating_add(1);
        table.raw_seti(*length, value)
    }

    fn finish_array(&self, (table, _): (Table, usize)) -> mlua::Result<Value> {
        Ok(Value::Table(table))
    }

    fn object(&self) -> mlua::Result<Table> {
        self.lua.create_table_with_capacity(0, MEMBERS)
    }

    fn insert(&self, object: &mut Table, key: Cow<'t, str>, value: Value) -> mlua::Result<()> {
        object.raw_set(&*key, value)
    }

    fn finish_object(&self, object: Table) -> mlua::Result<Value> {
        Ok(Value::Table(object))
    }
}
