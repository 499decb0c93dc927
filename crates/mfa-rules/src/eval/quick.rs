//! Shortcuts: see [`crate::plan`].
//!
//! Everything here gives `None` for what is unusual, and what was spent by then is taken back. What
//! is spent otherwise is what the tree spends: one operation for each expression, each step of a
//! chain, and each element that is compared.

use super::{Evaluation, MAX_EVALUATION_DEPTH, Session};
use crate::failure::Stop;
use crate::host::truthy;
use crate::meter::Meter;
use crate::operators;
use crate::plan::{Containment, HostCall, Operand, Path, Planned, Shortcut, Test};
use crate::tree::{Expression, ExpressionKind, Root};
use crate::value::{Member, Text, Value};
use serde_json::Value as Json;
use smallvec::SmallVec;

/// The longest text, and the longest list, that is compared without a look at what is left of the
/// limits.
const SHORT: usize = 64;

/// What a path leads to, where it lies.
#[derive(Clone, Copy)]
enum Found<'v, 'a> {
    /// A `?.` found nothing to go into.
    Cut,
    Missing,
    Json(&'a Json),
    Own(&'v Value<'a>),
}

impl<'a> Evaluation<'a, '_> {
    /// The value of an expression that has a shortcut.
    pub(super) fn planned(&mut self, planned: &'a Planned) -> Result<Value<'a>, Stop<'a>> {
        let value = match &planned.shortcut {
            Shortcut::List(list) => {
                self.enter()
                    .map_err(|failure| failure.at(planned.general.position))?;
                self.leave();
                return Ok(Value::Json(list));
            }
            Shortcut::Operand(operand) => self.quickly(planned, |quick| quick.fetch(operand)),
            Shortcut::Test(test) => {
                self.quickly(planned, |quick| quick.test(test).map(Value::Bool))
            }
        };
        match value {
            Some(value) => Ok(value),
            None => self.expression(&planned.general),
        }
    }

    /// Whether a condition holds, when it has a shortcut; else what is to be evaluated.
    pub(super) fn quick_condition(
        &mut self,
        condition: &'a Expression,
    ) -> Result<bool, &'a Expression> {
        let ExpressionKind::Planned(planned) = &condition.kind else {
            return Err(condition);
        };
        let holds = match &planned.shortcut {
            Shortcut::List(_) => return Err(condition),
            Shortcut::Operand(operand) => self.quickly(planned, |quick| quick.is(operand)),
            Shortcut::Test(test) => self.quickly(planned, |quick| quick.test(test)),
        };
        holds.ok_or(&planned.general)
    }

    fn quickly<T>(
        &mut self,
        planned: &Planned,
        way: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let is_deep = self.depth.saturating_add(planned.height) > MAX_EVALUATION_DEPTH;
        if self.recorder.is_some() || is_deep {
            return None;
        }
        let mark = self.meter.mark();
        let value = way(self).filter(|_| self.meter.is_settled());
        if value.is_none() {
            self.meter.rewind(mark);
        }
        value
    }

    fn test(&mut self, test: &'a Test) -> Option<bool> {
        match test {
            Test::Is(operand) => self.is(operand),
            Test::Truthy(operand) => self.is_truthy(operand),
            Test::Not(inner) => {
                self.meter.tally(1);
                Some(!self.test(inner)?)
            }
            Test::All(tests) => self.tests(tests, false),
            Test::Any(tests) => self.tests(tests, true),
            Test::IsText {
                path,
                text,
                negated,
            } => Some(self.is_text(path, text)? != *negated),
            Test::Compare(comparison) => {
                self.meter.tally(1);
                let left = self.fetch(&comparison.left)?;
                let right = self.fetch(&comparison.right)?;
                let operator = comparison.operator;
                truth(&operators::binary(operator, &left, &right, &mut self.meter).ok()?)
            }
            Test::In(containment) => self.is_in(containment),
        }
    }

    fn tests(&mut self, tests: &'a [Test], decisive: bool) -> Option<bool> {
        self.meter.tally(1);
        for test in tests {
            if self.test(test)? == decisive {
                return Some(decisive);
            }
        }
        Some(!decisive)
    }

    /// The value of what must be a boolean.
    fn is(&mut self, operand: &'a Operand) -> Option<bool> {
        if let Operand::Path(path) = operand {
            let (scope, meter) = self.scope();
            return match scope.find(path, meter)? {
                Found::Json(Json::Bool(value)) | Found::Own(Value::Bool(value)) => Some(*value),
                _ => None,
            };
        }
        truth(&self.fetch(operand)?)
    }

    fn is_truthy(&mut self, operand: &'a Operand) -> Option<bool> {
        self.meter.tally(1);
        let Operand::Path(path) = operand else {
            return is_truthy(&self.fetch(operand)?);
        };
        let (scope, meter) = self.scope();
        match scope.find(path, meter)? {
            Found::Cut | Found::Missing => Some(false),
            Found::Json(json) => is_truthy(&Value::from_json(json)),
            Found::Own(value) => is_truthy(value),
        }
    }

    /// `path == "text"`, a short text.
    fn is_text(&mut self, path: &'a Path, text: &str) -> Option<bool> {
        self.meter.tally(2);
        let (scope, meter) = self.scope();
        match scope.find(path, meter)? {
            Found::Cut | Found::Missing => Some(false),
            Found::Json(json) => Some(json.as_str() == Some(text)),
            Found::Own(Value::Text(found)) => Some(found.as_str() == text),
            Found::Own(Value::Unit | Value::Bool(_) | Value::Int(_) | Value::Json(_)) => {
                Some(false)
            }
            Found::Own(_) => None,
        }
    }

    fn is_in(&mut self, containment: &'a Containment) -> Option<bool> {
        self.meter.tally(1);
        let mark = self.meter.mark();
        if let Operand::Path(needle) = &containment.needle {
            let (scope, meter) = self.scope();
            if let Some(answer) = scope.is_text_in(needle, &containment.list, meter) {
                return Some(answer);
            }
            self.meter.rewind(mark);
        }
        let list = self.fetch(&containment.list)?;
        let needle = self.fetch(&containment.needle)?;
        operators::contains(&list, &needle, &mut self.meter).ok()
    }

    fn fetch(&mut self, operand: &'a Operand) -> Option<Value<'a>> {
        match operand {
            Operand::Path(path) => {
                let (scope, meter) = self.scope();
                return Some(match scope.find(path, meter)? {
                    Found::Cut | Found::Missing => Value::Unit,
                    Found::Json(json) => Value::from_json(json),
                    Found::Own(value) => value.clone(),
                });
            }
            Operand::Otherwise(operands) => {
                self.meter.tally(1);
                for operand in operands {
                    let value = self.fetch(operand)?;
                    if !matches!(value, Value::Unit) {
                        return Some(value);
                    }
                }
                return Some(Value::Unit);
            }
            Operand::Call(call) => return self.host_call(call),
            Operand::Test(test) => return self.test(test).map(Value::Bool),
            _ => {}
        }
        self.meter.tally(1);
        Some(match operand {
            Operand::Bool(value) => Value::Bool(*value),
            Operand::Int(value) => Value::Int(*value),
            Operand::Float(value) => Value::Float(*value),
            Operand::Char(value) => Value::Char(*value),
            Operand::Text(text) => Value::text(text),
            Operand::List(list) => Value::Json(list),
            _ => Value::Unit,
        })
    }

    fn host_call(&mut self, call: &'a HostCall) -> Option<Value<'a>> {
        self.meter.tally(1);
        let mut arguments: SmallVec<[Value<'a>; 3]> = SmallVec::new();
        if let Some(receiver) = &call.receiver {
            let (scope, meter) = self.scope();
            let found = scope.find(receiver, meter)?;
            let is_cut = matches!(found, Found::Cut);
            arguments.push(match found {
                Found::Cut | Found::Missing => Value::Unit,
                Found::Json(json) => Value::from_json(json),
                Found::Own(value) => value.clone(),
            });
            for argument in &call.arguments {
                arguments.push(self.fetch(argument)?);
            }
            if is_cut {
                return Some(Value::Unit);
            }
            self.meter.tally(1);
            if call.optional && matches!(arguments.first(), Some(Value::Unit)) {
                return Some(Value::Unit);
            }
        } else {
            for argument in &call.arguments {
                arguments.push(self.fetch(argument)?);
            }
        }
        self.call_host(call.function, &mut arguments, call.position)
            .ok()
    }

    /// Where paths start, apart from what counts the steps.
    fn scope(&mut self) -> (Scope<'_, 'a>, &mut Meter) {
        let scope = Scope {
            session: self.session,
            frame: self.stack.get(self.base..).unwrap_or_default(),
            cells: &self.cells,
        };
        (scope, &mut self.meter)
    }
}

/// Where paths start.
#[derive(Clone, Copy)]
struct Scope<'v, 'a> {
    session: &'v Session<'a>,
    /// The variables of the call that is under way.
    frame: &'v [Value<'a>],
    /// The variables that closures share.
    cells: &'v [Value<'a>],
}

impl<'v, 'a> Scope<'v, 'a> {
    /// Goes along a path.
    fn find(self, path: &'a Path, meter: &mut Meter) -> Option<Found<'v, 'a>> {
        meter.tally(path.entry);
        let mut steps = path.steps.iter();
        let mut found = match path.root {
            Root::Local(slot) => match self.frame.get(slot)? {
                Value::Cell(cell) => Found::Own(self.cells.get(*cell)?),
                value => Found::Own(value),
            },
            Root::User => Found::Own(&self.session.user),
            Root::Context => {
                let is_asked = self.session.asked().is_some();
                if is_asked && path.steps.first()?.name.as_ref() == "multifactor" {
                    return None;
                }
                Found::Own(self.session.context_but_multifactor())
            }
            Root::Configuration => {
                let name = &steps.next()?.name;
                match self.session.configuration.json(name) {
                    Some(json) => Found::Json(json),
                    None if self.session.configuration.secret(name).is_some() => return None,
                    None => Found::Missing,
                }
            }
        };
        for step in steps {
            meter.tally(1);
            let member = match found {
                Found::Json(Json::Object(members))
                | Found::Own(Value::Json(Json::Object(members))) => {
                    members.get(&*step.name).map(Member::Json)
                }
                Found::Own(Value::Map(map)) => map.find(&step.name),
                Found::Cut | Found::Missing | Found::Json(Json::Null) | Found::Own(Value::Unit)
                    if step.optional =>
                {
                    return Some(Found::Cut);
                }
                _ => return None,
            };
            found = match member {
                None => Found::Missing,
                Some(Member::Json(json)) => Found::Json(json),
                Some(Member::Own(value)) => Found::Own(value),
            };
        }
        Some(found)
    }

    /// Whether a short text is in a short list; `None` also when they are something else.
    fn is_text_in(self, needle: &'a Path, list: &'a Operand, meter: &mut Meter) -> Option<bool> {
        let items = match list {
            Operand::List(list) => {
                meter.tally(1);
                list.as_array()?
            }
            Operand::Path(path) => match self.find(path, meter)? {
                Found::Json(Json::Array(items)) | Found::Own(Value::Json(Json::Array(items))) => {
                    items
                }
                _ => return None,
            },
            _ => return None,
        };
        let needle = match self.find(needle, meter)? {
            Found::Json(Json::String(text)) => text.as_str(),
            Found::Own(Value::Text(Text::Borrowed(text))) => text,
            _ => return None,
        };
        if items.len() > SHORT || needle.len() > SHORT {
            return None;
        }
        let place = items.iter().position(|item| item.as_str() == Some(needle));
        let compared = place.map_or(items.len(), |place| place.saturating_add(1));
        meter.tally(u64::try_from(compared).ok()?);
        Some(place.is_some())
    }
}

fn truth(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        _ => None,
    }
}

fn is_truthy(value: &Value<'_>) -> Option<bool> {
    (!matches!(value, Value::Secret(_))).then(|| truthy(value))
}
