//! For our own tests: host functions on plain values, for the oracle that the engine is compared
//! with, and the readers of the entrances.
//!
//! Not part of the public interface: it may change in any version.

use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::host::{self, Arguments, Host};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::outcome::DenialError;
use crate::pattern::{LiteralPatterns, PatternCache, PatternRef};
use crate::secret::Secret;
use crate::value::{Function, Map, Range, Text, Value};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::LazyLock;

pub mod entrances;

/// A value of the rule language that owns all of itself.
#[derive(Debug, Clone, PartialEq)]
pub enum PlainValue {
    /// `()`
    Unit,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A character.
    Char(char),
    /// A text.
    Text(String),
    /// An array.
    Array(Vec<PlainValue>),
    /// A map.
    Map(BTreeMap<String, PlainValue>),
    /// A range.
    Range {
        /// The first integer.
        start: i64,
        /// Where it ends.
        end: i64,
        /// Whether `end` belongs to it.
        inclusive: bool,
    },
    /// An instant.
    Time(DateTime<Utc>),
    /// A secret of the rule set.
    Secret(String),
    /// Something that has no plain form.
    Function,
}

/// A host function, as far as a test needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlainHostFunction {
    /// The name.
    pub name: &'static str,
    /// The numbers of arguments that it takes, the receiver included, in ascending order.
    pub arguments: Vec<usize>,
    /// Whether it gives a result.
    pub gives_value: bool,
    /// Whether it changes its first argument.
    pub changes_receiver: bool,
}

/// What a host function did.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PlainCall {
    /// The result.
    pub value: PlainValue,
    /// The first argument as the function left it.
    pub receiver: PlainValue,
    /// What was assigned to `context.multifactor`.
    pub multifactor: Option<PlainValue>,
    /// What was printed.
    pub printed: Vec<String>,
}

/// Why a host function gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlainStop {
    /// It failed.
    Failed {
        /// The code of the failure.
        code: Code,
        /// Its message.
        message: String,
        /// Whether `try` may catch it.
        catchable: bool,
    },
    /// It denied the login.
    Denied {
        /// OAuth's `error`.
        error: DenialError,
        /// OAuth's `error_description`.
        description: String,
    },
    /// No host function has this name and takes this number of arguments.
    Unknown,
}

/// All host functions.
pub fn host_functions() -> Vec<PlainHostFunction> {
    host::all()
        .map(|function| {
            let mut arguments: Vec<usize> =
                function.forms.iter().map(|form| form.arguments).collect();
            arguments.sort_unstable();
            arguments.dedup();
            PlainHostFunction {
                name: function.name,
                arguments,
                gives_value: function.gives == host::Gives::Value,
                changes_receiver: function.receiver == host::Receiver::Changed,
            }
        })
        .collect()
}

/// Calls a host function outside a rule, with the highest limits.
///
/// # Errors
///
/// What the function fails with, and [`PlainStop::Unknown`] when there is no such function.
/// A function that calls functions fails.
pub fn call_host_function(
    name: &str,
    arguments: &[PlainValue],
    now: DateTime<Utc>,
) -> Result<PlainCall, PlainStop> {
    let function = host::lookup(name)
        .filter(|function| {
            let mut forms = function.forms.iter();
            forms.any(|form| form.arguments == arguments.len())
        })
        .ok_or(PlainStop::Unknown)?;
    let mut secrets = Vec::new();
    for argument in arguments {
        argument.collect_secrets(&mut secrets);
    }
    let mut secrets = secrets.iter();
    let mut host = Alone {
        meter: Meter::new(Limits::HIGHEST),
        now,
        printed: Vec::new(),
        multifactor: None,
    };
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(
            argument
                .to_value(&mut secrets, &mut host.meter)
                .map_err(failed)?,
        );
    }
    let value = (function.body)(&mut host, &mut values).map_err(stopped)?;
    let meter = &mut host.meter;
    Ok(PlainCall {
        value: PlainValue::from_value(&value, meter).map_err(failed)?,
        receiver: match values.first() {
            Some(receiver) => PlainValue::from_value(receiver, meter).map_err(failed)?,
            None => PlainValue::Unit,
        },
        multifactor: match host.multifactor.take() {
            Some(value) => Some(PlainValue::from_value(&value, &mut host.meter).map_err(failed)?),
            None => None,
        },
        printed: host.printed,
    })
}

impl PlainValue {
    fn collect_secrets(&self, secrets: &mut Vec<Secret>) {
        match self {
            Self::Secret(secret) => secrets.push(Secret::new(secret.clone())),
            Self::Array(items) => {
                for item in items {
                    item.collect_secrets(secrets);
                }
            }
            Self::Map(members) => {
                for member in members.values() {
                    member.collect_secrets(secrets);
                }
            }
            _ => {}
        }
    }

    /// The value of a rule; `secrets` are those that [`PlainValue::collect_secrets`] found.
    fn to_value<'a>(
        &self,
        secrets: &mut std::slice::Iter<'a, Secret>,
        meter: &mut Meter,
    ) -> Result<Value<'a>, Failure> {
        Ok(match self {
            Self::Unit => Value::Unit,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Char(value) => Value::Char(*value),
            Self::Text(text) => Value::Text(Text::Owned(Rc::from(text.as_str()))),
            Self::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(item.to_value(secrets, meter)?);
                }
                Value::new_array(values, meter)?
            }
            Self::Map(members) => {
                let mut map = Map::default();
                for (key, member) in members {
                    let member = member.to_value(secrets, meter)?;
                    map.set(Text::Owned(Rc::from(key.as_str())), member, meter)?;
                }
                Value::Map(Rc::new(map))
            }
            Self::Range {
                start,
                end,
                inclusive,
            } => Value::Range(Rc::new(Range {
                start: *start,
                end: *end,
                inclusive: *inclusive,
            })),
            Self::Time(time) => Value::Time(*time),
            Self::Secret(_) => match secrets.next() {
                Some(secret) => Value::Secret(secret),
                None => Value::Unit,
            },
            Self::Function => Value::Function(Rc::new(Function {
                index: usize::MAX,
                captures: Vec::new(),
                parameters: 0,
            })),
        })
    }

    fn from_value(value: &Value<'_>, meter: &mut Meter) -> Result<Self, Failure> {
        if let Some(items) = value.as_array() {
            let mut plain = Vec::with_capacity(items.len());
            for item in items.iter() {
                plain.push(Self::from_value(&item, meter)?);
            }
            return Ok(Self::Array(plain));
        }
        if let Some(map) = value.as_map() {
            let mut plain = BTreeMap::new();
            for (key, member) in map.entries(meter)? {
                plain.insert(key.as_str().to_owned(), Self::from_value(&member, meter)?);
            }
            return Ok(Self::Map(plain));
        }
        Ok(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Float(value) => Self::Float(*value),
            Value::Char(value) => Self::Char(*value),
            Value::Text(text) => Self::Text(text.as_str().to_owned()),
            Value::Range(range) => Self::Range {
                start: range.start,
                end: range.end,
                inclusive: range.inclusive,
            },
            Value::Time(time) => Self::Time(*time),
            Value::Secret(secret) => Self::Secret(secret.expose().to_owned()),
            Value::Function(_) => Self::Function,
            _ => Self::Unit,
        })
    }
}

fn failed(failure: Failure) -> PlainStop {
    PlainStop::Failed {
        code: failure.code,
        message: failure.message,
        catchable: failure.catchable,
    }
}

fn stopped(stop: Stop<'_>) -> PlainStop {
    match stop {
        Stop::Failure(failure) => failed(*failure),
        Stop::Denied(denied) => PlainStop::Denied {
            error: denied.error,
            description: denied.description,
        },
        // A host function throws nothing and has no loop of its own.
        _ => PlainStop::Unknown,
    }
}

/// A host without a rule.
struct Alone<'a> {
    meter: Meter,
    now: DateTime<Utc>,
    printed: Vec<String>,
    multifactor: Option<Value<'a>>,
}

impl<'a> Host<'a> for Alone<'a> {
    fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    fn call(
        &mut self,
        _function: &Function<'a>,
        _arguments: Arguments<'a>,
    ) -> Result<Value<'a>, Stop<'a>> {
        Err(Failure::uncatchable(
            Code::Type,
            "there is no rule whose function could be called",
        )
        .into())
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }

    fn fact(&mut self, _name: &str) -> Option<Value<'a>> {
        None
    }

    fn print(&mut self, line: &str) {
        self.printed.push(line.to_owned());
    }

    fn assign_multifactor(&mut self, value: Value<'a>) -> Result<(), Failure> {
        self.multifactor = Some(value);
        Ok(())
    }

    fn pattern(&mut self, pattern: &str) -> Result<PatternRef<'a>, Failure> {
        static NO_LITERALS: LazyLock<LiteralPatterns> = LazyLock::new(LiteralPatterns::default);
        PatternCache::new(&NO_LITERALS).pattern(pattern, self.meter())
    }
}
