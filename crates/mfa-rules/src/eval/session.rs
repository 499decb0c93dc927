//! What the rules of one decision share: the login as earlier rules left it.

use crate::failure::Failure;
use crate::login::Login;
use crate::meter::Meter;
use crate::rule_set::RuleSet;
use crate::secret::Secret;
use crate::source::Position;
use crate::value::{Map, Text, Value};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// The context of a login that came without one.
static NO_CONTEXT: LazyLock<serde_json::Map<String, Json>> = LazyLock::new(serde_json::Map::new);

/// The login as earlier rules left it.
pub(crate) struct Session<'a> {
    pub(crate) user: Value<'a>,
    pub(crate) context: Value<'a>,
    pub(crate) configuration: Configuration<'a>,
    /// What the server has fetched for the rules.
    pub(crate) facts: Option<&'a serde_json::Map<String, Json>>,
    pub(crate) now: DateTime<Utc>,
    /// The place of the call of a host function that is under way: for its writes, and for what is
    /// left of it when it panics.
    pub(crate) position: Position,
}

impl<'a> Session<'a> {
    /// The login before any rule. Its shape has been checked.
    pub(crate) fn new(rule_set: &'a RuleSet, login: &Login<'a>) -> Self {
        let context = match login.context {
            Some(json @ Json::Object(_)) => Value::from_json(json),
            _ => Value::Map(Rc::new(Map::over(&NO_CONTEXT))),
        };
        Self {
            user: login.user.map_or(Value::Unit, Value::from_json),
            context,
            configuration: Configuration {
                secrets: &rule_set.secrets,
                login: login.configuration,
                rule_set: &rule_set.configuration,
            },
            facts: login.facts,
            now: login.now,
            position: Position::START,
        }
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
        if let Some(secret) = self.secrets.get(key) {
            return Value::Secret(secret);
        }
        self.login
            .and_then(|login| login.get(key))
            .or_else(|| self.rule_set.get(key))
            .map_or(Value::Unit, Value::from_json)
    }

    /// One of the secrets.
    pub(crate) fn secret(&self, name: &str) -> Option<&'a Secret> {
        self.secrets.get(name)
    }

    /// One of the values that are no secrets.
    pub(crate) fn json(&self, key: &str) -> Option<&'a Json> {
        if self.secrets.contains_key(key) {
            return None;
        }
        self.login
            .and_then(|login| login.get(key))
            .or_else(|| self.rule_set.get(key))
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
