//! What the rules of one decision share: the login as earlier rules left it.

use super::Effects;
use crate::failure::Failure;
use crate::login::Login;
use crate::member::member;
use crate::meter::Meter;
use crate::plan::Ask;
use crate::rule_set::RuleSet;
use crate::secret::Secret;
use crate::source::Position;
use crate::value::{Map, Text, Value};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// The context of a login that came without one.
static NO_CONTEXT: LazyLock<Json> = LazyLock::new(|| Json::Object(serde_json::Map::new()));

/// The login as earlier rules left it.
pub(crate) struct Session<'a> {
    pub(crate) user: Value<'a>,
    /// Without what was [`asked`](Self::asked) in constants.
    context: Value<'a>,
    /// The last request in constants, which is to be written into the context.
    asked: Option<&'a Ask>,
    /// The context when it was written last: that it is shared makes the next write cost the same,
    /// whoever looked at it first.
    written: Option<Value<'a>>,
    pub(crate) configuration: Configuration<'a>,
    /// What the server has fetched for the rules.
    pub(crate) facts: Option<&'a serde_json::Map<String, Json>>,
    pub(crate) now: DateTime<Utc>,
    /// The place of the call of a host function that is under way: for its writes, and for what is
    /// left of it when it panics.
    pub(crate) position: Cell<Position>,
}

impl<'a> Session<'a> {
    /// The login before any rule. Its shape has been checked.
    pub(crate) fn new(rule_set: &'a RuleSet, login: &Login<'a>) -> Self {
        Self {
            user: login.user.map_or(Value::Unit, Value::from_json),
            context: Value::Json(incoming_context(login)),
            asked: None,
            written: None,
            configuration: Configuration {
                secrets: &rule_set.secrets,
                login: login.configuration,
                rule_set: &rule_set.configuration,
            },
            facts: login.facts,
            now: login.now,
            position: Cell::new(Position::START),
        }
    }

    /// `context` as the rules left it, to be looked at or changed.
    pub(crate) fn context(&mut self) -> &mut Value<'a> {
        if let Some(ask) = self.asked.take() {
            write(&mut self.context, ask);
            self.written = Some(self.context.clone());
        }
        &mut self.context
    }

    /// The same, whose `multifactor` may be out of date.
    pub(crate) fn context_but_multifactor(&self) -> &Value<'a> {
        &self.context
    }

    /// Takes note of a request in constants.
    pub(crate) fn ask(&mut self, ask: &'a Ask) -> Effects {
        self.asked = Some(ask);
        let mut effects = Effects::default();
        effects.note_multifactor(ask);
        effects
    }

    /// The last request, when it was one in constants.
    pub(crate) fn asked(&self) -> Option<&'a Ask> {
        self.asked
    }

    /// What rules may change.
    pub(crate) fn state(&self) -> State<'a> {
        State {
            user: self.user.clone(),
            context: self.context.clone(),
            asked: self.asked,
        }
    }

    /// Undoes what a rule changed.
    pub(crate) fn restore(&mut self, state: State<'a>) {
        self.user = state.user;
        self.context = state.context;
        self.asked = state.asked;
    }
}

/// What a rule found, to be restored when it fails.
pub(crate) struct State<'a> {
    user: Value<'a>,
    context: Value<'a>,
    asked: Option<&'a Ask>,
}

/// Writes what was asked for in constants. What it takes was spent when it was asked for.
fn write<'a>(context: &mut Value<'a>, ask: &'a Ask) {
    let value = match &ask.members {
        Some(members) => {
            let mut map = Map::default();
            for (key, member) in members {
                map.put(Text::Borrowed(key), Value::from_json(member));
            }
            Value::Map(Rc::new(map))
        }
        None => Value::Unit,
    };
    if let Value::Json(Json::Object(members)) = context {
        *context = Value::Map(Rc::new(Map::over(members)));
    }
    if let Value::Map(context) = context {
        Rc::make_mut(context).put(Text::Borrowed("multifactor"), value);
    }
}

/// The context that a login came with: an object.
pub(crate) fn incoming_context<'a>(login: &Login<'a>) -> &'a Json {
    match login.context {
        Some(json @ Json::Object(_)) => json,
        _ => &NO_CONTEXT,
    }
}

/// `configuration`: secrets, then what came with the login, then the rule set's.
#[derive(Clone, Copy)]
pub(crate) struct Configuration<'a> {
    secrets: &'a BTreeMap<String, Secret>,
    login: Option<&'a serde_json::Map<String, Json>>,
    rule_set: &'a serde_json::Map<String, Json>,
}

impl<'a> Configuration<'a> {
    /// One of the values; `()` when there is none.
    pub(crate) fn get(&self, key: &str) -> Value<'a> {
        match self.secret(key) {
            Some(secret) => Value::Secret(secret),
            None => self.json(key).map_or(Value::Unit, Value::from_json),
        }
    }

    /// One of the secrets.
    pub(crate) fn secret(&self, name: &str) -> Option<&'a Secret> {
        if self.secrets.is_empty() {
            return None;
        }
        self.secrets.get(name)
    }

    /// One of the values that are no secrets.
    pub(crate) fn json(&self, key: &str) -> Option<&'a Json> {
        if self.secret(key).is_some() {
            return None;
        }
        self.login
            .and_then(|login| member(login, key))
            .or_else(|| member(self.rule_set, key))
    }

    /// All values as one map, but for the secrets.
    pub(crate) fn without_secrets(&self, meter: &mut Meter) -> Result<Value<'a>, Failure> {
        let mut map = Map::over(self.rule_set);
        for (key, value) in self.login.into_iter().flatten() {
            if !self.secrets.contains_key(key) {
                map.set(Text::Borrowed(key), Value::from_json(value), meter)?;
            }
        }
        Ok(Value::Map(Rc::new(map)))
    }

    /// All values as one map.
    pub(crate) fn whole(&self, meter: &mut Meter) -> Result<Value<'a>, Failure> {
        let mut map = Map::over(self.rule_set);
        for (key, value) in self.login.into_iter().flatten() {
            map.set(Text::Borrowed(key), Value::from_json(value), meter)?;
        }
        for (key, secret) in self.secrets {
            map.set(Text::Borrowed(key), Value::Secret(secret), meter)?;
        }
        Ok(Value::Map(Rc::new(map)))
    }
}
