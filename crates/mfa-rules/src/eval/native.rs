//! Native rules: what runs them, and what they do to the login.

use super::place::Key;
use super::trace::path;
use super::{Effects, End, Evaluation, Recorder, Session};
use crate::caught::caught;
use crate::codes::Code;
use crate::failure::Failure;
use crate::host::arguments::with_article;
use crate::meter::{Meter, Spent};
use crate::plugin::json::{self, Refusal};
use crate::plugin::rule::{Access, Native, RuleLogin, Verdict, Written};
use crate::read_set::Paths;
use crate::secret::Secret;
use crate::source::Position;
use crate::tree::{Root, Script};
use crate::value::{Text, Value};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::rc::Rc;
use std::sync::LazyLock;

/// How deeply what earlier rules built may be nested to be read: as deeply as it may be compared.
const DEEPEST: u16 = 128;

/// What the evaluator looks into for functions, when a native rule runs.
static NO_SCRIPT: LazyLock<Script> = LazyLock::new(Script::default);

/// Runs a native rule.
pub(super) fn run<'a>(
    native: &'a Native,
    session: &mut Session<'a>,
    meter: Meter,
    recorder: Option<&mut Recorder>,
) -> (End<'a>, Effects, Spent) {
    let mut evaluation = Evaluation::new(&NO_SCRIPT, session, meter, recorder);
    evaluation.meter.start();
    let (ran, verdict) = {
        let mut login = RuleLogin::new(&mut evaluation, native);
        // It is caught here and not around the rule, because a denial outlives a panic.
        let ran = caught(|| native.run(&mut login));
        (ran.map_err(drop), login.into_verdict())
    };
    let end = match (verdict, ran) {
        (Some(Verdict::Denied(denied)), _) => End::Denied(Box::new(denied)),
        (Some(Verdict::Failed(failure)), _) => End::Failed(Box::new(failure)),
        (None, Err(())) => {
            let failure = Failure::uncatchable(Code::Panic, "the native rule panicked");
            End::Failed(Box::new(failure))
        }
        (None, Ok(Err(failure))) => End::Failed(Box::new(failure.into_failure())),
        (None, Ok(Ok(()))) => match evaluation.meter.check_time() {
            Ok(()) => End::Done,
            Err(failure) => End::Failed(Box::new(failure)),
        },
    };
    let spent = evaluation.meter.spent();
    (end, evaluation.effects, spent)
}

impl<'l, 'a: 'l> Access<'l> for Evaluation<'a, '_> {
    fn now(&self) -> DateTime<Utc> {
        self.session.now
    }

    fn read(
        &mut self,
        root: Root,
        names: &[&str],
        declared: &'l Paths,
    ) -> Result<Option<Cow<'l, Json>>, Failure> {
        let declared = declared_at(declared, names)
            .ok_or_else(|| undeclared(root, names, "reads", "does not declare it"))?;
        let found = self.find(root, names)?;
        if found.is_container() && !declared.is_whole() {
            return Err(undeclared(
                root,
                names,
                "reads all of",
                "declares only its shape",
            ));
        }
        if self.recorder.is_some() {
            let value = found.to_value();
            self.record_read(root, &keys(names), &value, Position::NOWHERE);
        }
        match found {
            Found::Nothing | Found::Json(Json::Null) => Ok(None),
            Found::Json(json) => Ok(Some(Cow::Borrowed(json))),
            Found::Value(value) => match json::from_value(&value, DEEPEST, &mut self.meter) {
                Ok(json) => Ok(Some(Cow::Owned(json))),
                Err(Refusal::Limit(failure)) => Err(failure),
                Err(Refusal::Secret) => Err(Failure::uncatchable(
                    Code::SecretUse,
                    format!("there is a secret in `{}`", shown(root, names)),
                )),
                Err(Refusal::Unfit(found)) => Err(Failure::uncatchable(
                    Code::Type,
                    format!("there is {found} in `{}`", shown(root, names)),
                )),
            },
        }
    }

    fn fact(&mut self, name: &str) -> Result<Option<&'l Json>, Failure> {
        self.meter.spend(1)?;
        self.meter.spend_key(name)?;
        let fact = self.session.facts.and_then(|facts| facts.get(name));
        if let Some(json) = fact {
            self.record_fact(name, &Value::from_json(json), Position::NOWHERE);
        }
        Ok(fact)
    }

    fn secret(&mut self, name: &str) -> Option<&'l Secret> {
        self.session.configuration.secret(name)
    }

    fn put(
        &mut self,
        root: Root,
        names: &[&str],
        declared: &'l Paths,
        written: Written<'_>,
    ) -> Result<(), Failure> {
        // The JSON becomes a value first: that is also what drops it, however deep it is.
        let value = match written {
            Written::Json(json) => json::into_value(json, &mut self.meter)?,
            Written::Secret(name) => {
                let secret = self.session.configuration.secret(name);
                Value::Secret(secret.ok_or_else(|| {
                    let name = crate::quote::quote(name);
                    let message = format!("the rule set has no secret {name}");
                    Failure::uncatchable(Code::MissingSecret, message)
                })?)
            }
        };
        let keys = keys(names);
        self.check_write(root, &keys, &[])?;
        // The outcome compares what is written with what was there.
        let declared = declared_at(declared, names)
            .ok_or_else(|| undeclared(root, names, "writes", "does not declare it"))?;
        let before = self.find(root, names).unwrap_or(Found::Nothing);
        if before.is_container() && !declared.is_whole() {
            return Err(undeclared(
                root,
                names,
                "replaces all of",
                "declares only its shape",
            ));
        }
        self.write(root, &keys, None, &value, Position::NOWHERE)
    }

    fn print(&mut self, line: &str) {
        crate::host::Host::print(self, line);
    }
}

/// What is at a path.
enum Found<'a> {
    Nothing,
    /// A part of the login as it came.
    Json(&'a Json),
    /// What a rule has written, or written to.
    Value(Value<'a>),
}

impl<'a> Found<'a> {
    fn of(value: Value<'a>) -> Self {
        match value {
            Value::Unit => Self::Nothing,
            Value::Json(json) => Self::Json(json),
            value => Self::Value(value),
        }
    }

    fn to_value(&self) -> Value<'a> {
        match self {
            Self::Nothing => Value::Unit,
            Self::Json(json) => Value::from_json(json),
            Self::Value(value) => value.clone(),
        }
    }

    fn is_container(&self) -> bool {
        let value = self.to_value();
        value.as_map().is_some() || value.as_array().is_some()
    }

    /// A member. `None` when this is neither a map nor missing.
    fn member(&self, name: &str) -> Option<Self> {
        match self {
            Self::Nothing | Self::Json(Json::Null) => Some(Self::Nothing),
            Self::Json(Json::Object(members)) => {
                Some(members.get(name).map_or(Self::Nothing, Self::Json))
            }
            Self::Value(Value::Map(map)) => {
                // What no rule has touched is lent as it lies in the login.
                if !map.changes_member(name)
                    && let Some(member) = map.base().and_then(|base| base.get(name))
                {
                    return Some(Self::Json(member));
                }
                Some(map.get(name).map_or(Self::Nothing, Self::of))
            }
            Self::Json(_) | Self::Value(_) => None,
        }
    }
}

impl<'a> Evaluation<'a, '_> {
    fn find(&mut self, root: Root, names: &[&str]) -> Result<Found<'a>, Failure> {
        let (mut found, below) = match (root, names.split_first()) {
            (Root::Configuration, Some((name, below))) => {
                let member = self.session.configuration.json(name);
                (member.map_or(Found::Nothing, Found::Json), below)
            }
            (Root::Configuration, None) => {
                let whole = self
                    .session
                    .configuration
                    .without_secrets(&mut self.meter)?;
                (Found::of(whole), names)
            }
            (Root::User, _) => (Found::of(self.session.user.clone()), names),
            _ => (Found::of(self.session.context().clone()), names),
        };
        for (index, name) in below.iter().enumerate() {
            self.meter.spend(1)?;
            self.meter.spend_key(name)?;
            found = found.member(name).ok_or_else(|| {
                let at = names
                    .len()
                    .saturating_sub(below.len().saturating_sub(index));
                let parent = names.get(..at).unwrap_or_default();
                Failure::uncatchable(
                    Code::Type,
                    format!(
                        "`{}` is {}, which has no member {}",
                        shown(root, parent),
                        with_article(&found.to_value()),
                        crate::quote::quote(name)
                    ),
                )
            })?;
        }
        Ok(found)
    }
}

fn declared_at<'p>(declared: &'p Paths, names: &[&str]) -> Option<&'p Paths> {
    names
        .iter()
        .try_fold(declared, |declared, name| declared.member(name))
}

fn undeclared(root: Root, names: &[&str], does: &str, declares: &str) -> Failure {
    Failure::uncatchable(
        Code::UndeclaredRead,
        format!(
            "the native rule {does} `{}`, and {declares}",
            shown(root, names)
        ),
    )
}

fn keys<'a>(names: &[&str]) -> Vec<Key<'a>> {
    let key = |name: &&str| Key {
        value: Value::Text(Text::Owned(Rc::from(*name))),
        is_property: true,
        optional: false,
        position: Position::NOWHERE,
    };
    names.iter().map(key).collect()
}

fn shown(root: Root, names: &[&str]) -> String {
    path(root, &keys(names))
}
