//! Writes to the login: what may be written where, and taking note of it.

use super::Evaluation;
use super::place::Key;
use crate::codes::Code;
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::host::{Callbacks, HostFunction};
use crate::meter::Meter;
use crate::operators::deeper;
use crate::parse::{MEMBER_METHODS, WRITABLE, list};
use crate::plan::Ask;
use crate::source::Position;
use crate::tree::Root;
use crate::value::Value;
use serde_json::Value as Json;

/// The key of `context` that alone may hold secrets.
pub(super) const MULTIFACTOR: &str = "multifactor";

impl<'a> Evaluation<'a, '_> {
    /// Checks that a place may be written with these values.
    ///
    /// # Errors
    ///
    /// A failure that cannot be caught.
    pub(super) fn check_write(
        &mut self,
        root: Root,
        keys: &[Key<'a>],
        values: &[&Value<'a>],
    ) -> Result<(), Failure> {
        let secrets = match root {
            Root::Local(_) => return Ok(()),
            Root::User => Secrets::Refused,
            Root::Context => match keys.first() {
                Some(key) => check_context_key(&key.value)?,
                None => Secrets::Refused,
            },
            Root::Configuration => {
                return Err(Failure::uncatchable(
                    Code::ConfigurationWrite,
                    "`configuration` cannot be written",
                ));
            }
        };
        if keys.is_empty() {
            return Err(Failure::uncatchable(
                Code::ReplacedRoot,
                "`user` and `context` cannot be replaced as a whole",
            ));
        }
        for value in values {
            self.check_storable(value, secrets, 0)?;
        }
        Ok(())
    }

    /// Checks that a method may change `user` or `context` at a place.
    pub(super) fn check_method(
        &mut self,
        function: &HostFunction,
        root: Root,
        keys: &[Key<'a>],
        arguments: &[Value<'a>],
    ) -> Result<(), Failure> {
        if matches!(root, Root::Local(_)) {
            return Ok(());
        }
        let name = function.name;
        if !keys.is_empty() {
            // What a method is given to call is not stored.
            let stored: Vec<&Value<'a>> = arguments
                .iter()
                .filter(|argument| {
                    let is_called = function.callbacks == Callbacks::Calls;
                    !(is_called && matches!(argument, Value::Function(_)))
                })
                .collect();
            return self.check_write(root, keys, &stored);
        }
        if root == Root::Configuration {
            return self.check_write(root, keys, &[]);
        }
        if !MEMBER_METHODS.contains(&name) {
            return Err(Failure::uncatchable(
                Code::ReplacedRoot,
                format!("`{name}` would replace `user` or `context` as a whole"),
            ));
        }
        let mut secrets = Secrets::Refused;
        match (root, arguments) {
            (Root::Context, [members]) if name == "mixin" => {
                if let Some(map) = members.as_map() {
                    for (key, value) in map.entries(&mut self.meter)? {
                        let secrets = check_context_key(&Value::Text(key))?;
                        self.check_storable(&value, secrets, 0)?;
                    }
                }
                return Ok(());
            }
            (Root::Context, [key, ..]) => secrets = check_context_key(key)?,
            _ => {}
        }
        for value in arguments {
            self.check_storable(value, secrets, 0)?;
        }
        Ok(())
    }

    /// Checks that JSON can hold a value, and spends what it takes in the outcome.
    ///
    /// SECURITY: values are shared while a rule runs, and so are the parts of the login; the
    /// outcome holds each of them in full.
    fn check_storable(
        &mut self,
        value: &Value<'a>,
        secrets: Secrets,
        depth: u16,
    ) -> Result<(), Failure> {
        match value {
            Value::Unit | Value::Bool(_) | Value::Int(_) | Value::Char(_) => Ok(()),
            Value::Float(value) if value.is_finite() => Ok(()),
            Value::Text(text) => self.meter.allocate(text.as_str().len()),
            Value::Json(json) => spend_json(json, depth, &mut self.meter),
            Value::Secret(_) if secrets == Secrets::Allowed => Ok(()),
            Value::Secret(_) => Err(Failure::uncatchable(
                Code::SecretUse,
                "a secret can only be put into `context.multifactor`",
            )),
            Value::Array(_) => {
                let depth = deeper(depth)?;
                let items = value.as_array().into_iter();
                for item in items.flat_map(crate::value::ArrayRef::iter) {
                    self.meter.allocate(size_of::<Json>())?;
                    self.check_storable(&item, secrets, depth)?;
                }
                Ok(())
            }
            Value::Map(map) => {
                let depth = deeper(depth)?;
                self.meter.allocate(JSON_NODE)?;
                for (key, json) in map.base().into_iter().flatten() {
                    if !map.changes_member(key) {
                        self.meter.allocate(member_size(key))?;
                        spend_json(json, depth, &mut self.meter)?;
                    }
                }
                for (key, member) in map.changes() {
                    if let Some(member) = member {
                        self.meter.allocate(member_size(key.as_str()))?;
                        self.check_storable(member, secrets, depth)?;
                    }
                }
                Ok(())
            }
            Value::Float(_) => Err(not_storable("a number that is not finite")),
            Value::Range(_) | Value::Time(_) | Value::Function(_) | Value::Cell(_) => {
                Err(not_storable(with_article(value)))
            }
        }
    }

    /// Asks for a second factor in constants. They were checked when the rule compiled, and what
    /// writing them takes is spent now.
    pub(super) fn ask(&mut self, ask: &'a Ask) -> Result<(), Failure> {
        let is_first = !self.effects.keys.contains(&MULTIFACTOR);
        ask.spend(is_first, &mut self.meter)?;
        self.session.ask(ask);
        self.effects.note_multifactor(ask);
        if self.recorder.is_some() {
            let key = Key {
                value: Value::text(MULTIFACTOR),
                is_property: true,
                optional: false,
                position: ask.position,
            };
            self.record_write(Root::Context, &[key], ask.position);
        }
        Ok(())
    }

    /// Takes note of a write.
    pub(super) fn note_write(
        &mut self,
        root: Root,
        keys: &[Key<'a>],
        position: Position,
    ) -> Result<(), Failure> {
        let key = match (root, keys.first()) {
            (Root::Context, Some(key)) => {
                let key = key.value.as_text();
                match WRITABLE.iter().find(|writable| Some(**writable) == key) {
                    Some(writable) => *writable,
                    None => return Ok(()),
                }
            }
            (Root::User, _) => "user",
            _ => return Ok(()),
        };
        if key == MULTIFACTOR {
            self.effects.multifactor_at = Some(position);
        }
        if !self.effects.keys.contains(&key) {
            self.meter.allocate(size_of::<&str>())?;
            self.effects.keys.push(key);
        }
        self.record_write(root, keys, position);
        Ok(())
    }

    /// Takes note of what a method on `context` itself or `user` itself wrote.
    pub(super) fn note_method(
        &mut self,
        name: &str,
        root: Root,
        keys: &[Key<'a>],
        arguments: &[Value<'a>],
        position: Position,
    ) -> Result<(), Failure> {
        if !keys.is_empty() || root != Root::Context {
            return self.note_write(root, keys, position);
        }
        let written: Vec<Value<'a>> = match arguments.first() {
            Some(members) if name == "mixin" => match members.as_map() {
                Some(map) => map
                    .keys(&mut self.meter)?
                    .into_iter()
                    .map(Value::Text)
                    .collect(),
                None => Vec::new(),
            },
            Some(key) => vec![key.clone()],
            None => Vec::new(),
        };
        for value in written {
            let key = Key {
                value,
                is_property: true,
                optional: false,
                position,
            };
            self.note_write(root, &[key], position)?;
        }
        Ok(())
    }
}

/// Bytes of the first node of an object: it has room for 11 members.
pub(crate) const JSON_NODE: usize = 9 * (size_of::<String>() + size_of::<Json>());

/// Bytes of a member of an object, its share of the nodes included.
pub(crate) fn member_size(key: &str) -> usize {
    const MEMBER: usize = 2 * (size_of::<String>() + size_of::<Json>());
    key.len().saturating_add(MEMBER)
}

/// Spends what a copy of a part of the login takes.
fn spend_json(json: &Json, depth: u16, meter: &mut Meter) -> Result<(), Failure> {
    match json {
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(()),
        Json::String(text) => meter.allocate(text.len()),
        Json::Array(items) => {
            let depth = deeper(depth)?;
            for item in items {
                meter.allocate(size_of::<Json>())?;
                spend_json(item, depth, meter)?;
            }
            Ok(())
        }
        Json::Object(members) => {
            let depth = deeper(depth)?;
            meter.allocate(JSON_NODE)?;
            for (key, member) in members {
                meter.allocate(member_size(key))?;
                spend_json(member, depth, meter)?;
            }
            Ok(())
        }
    }
}

pub(super) fn not_storable(what: &str) -> Failure {
    Failure::uncatchable(
        Code::LoginWrite,
        format!("{what} cannot be stored in `user` or `context`"),
    )
}

/// Whether secrets may be stored at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Allowed,
    Refused,
}

/// A failed write to the login cannot be caught; one to a variable of the rule can.
pub(super) fn as_write_failure(root: Root, failure: Failure) -> Failure {
    Failure {
        catchable: failure.catchable && matches!(root, Root::Local(_)),
        ..failure
    }
}

/// Checks that a rule may write this key of `context`.
fn check_context_key(key: &Value<'_>) -> Result<Secrets, Failure> {
    match key.as_text() {
        Some(MULTIFACTOR) => Ok(Secrets::Allowed),
        Some(key) if WRITABLE.contains(&key) => Ok(Secrets::Refused),
        Some(key) => Err(Failure::uncatchable(
            Code::ContextKey,
            format!(
                "a rule cannot write `context.{key}`, only {}",
                list(WRITABLE)
            ),
        )),
        None => Err(Failure::uncatchable(
            Code::LoginWrite,
            format!(
                "a key of `context` is a text, and not {}",
                with_article(key)
            ),
        )),
    }
}
