//! Shortcuts: see [`crate::plan`].
//!
//! Everything here gives `None` for what is unusual, and what was spent by then is taken back. What
//! is spent otherwise is what the tree spends: one operation for each statement, each expression,
//! each step of a chain, and each element that is compared.

use super::lean::Lean;
use super::{Evaluation, MAX_EVALUATION_DEPTH, Session, spend_variables};
use crate::codes::Code;
use crate::failure::{Denied, Failure, Stop};
use crate::format::Builder;
use crate::host::{Arguments, Host};
use crate::member::member;
use crate::meter::{Meter, Spent};
use crate::operators;
use crate::pattern::{LiteralPatterns, PatternRef};
use crate::plan::{
    Ask, CalledOn, Comparison, Containment, Either, HostCall, Operand, Path, PathStep, Planned,
    Shortcut, Step, Test,
};
use crate::source::Position;
use crate::tree::{Expression, ExpressionKind, Root, Script};
use crate::value::{Function, Member, Value};
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use smallvec::SmallVec;

/// The longest text, and the longest list, that is compared without a look at what is left of the
/// limits.
const SHORT: usize = 64;

/// The most variables of a rule that has a shortcut as a whole.
pub(crate) const MOST_VARIABLES: usize = 8;

/// What a rule did that was run by its steps.
#[derive(Debug)]
pub(crate) struct Quickly<'a> {
    /// The last request.
    pub(crate) asked: Option<&'a Ask>,
    pub(crate) denied: Option<Box<Denied>>,
    /// The text that it threw, which denies too.
    pub(crate) thrown: Option<Box<(Value<'a>, Position)>>,
    /// Where it goes on through the tree, when it came to the end of the steps and not to its own.
    pub(crate) rest: Option<Box<Rest<'a>>>,
    pub(crate) spent: Spent,
}

/// What the tree takes over from the steps.
#[derive(Debug)]
pub(crate) struct Rest<'a> {
    pub(super) variables: SmallVec<[Value<'a>; MOST_VARIABLES]>,
    pub(super) asked: Option<&'a Ask>,
}

impl Quickly<'_> {
    /// Whether it did anything.
    pub(crate) fn has_effects(&self) -> bool {
        self.asked.is_some() || self.denied.is_some() || self.thrown.is_some()
    }
}

/// Runs a rule by its steps, which change nothing while they run; `None` when it must go through the
/// tree from the beginning.
pub(crate) fn run_quickly<'a>(
    script: &'a Script,
    session: &Session<'a>,
    meter: &mut Meter,
) -> Option<Quickly<'a>> {
    spend_variables(script.slots, meter).ok()?;
    let mut quick = Quick {
        locals: Whole {
            variables: [Lean::Unit; MOST_VARIABLES],
            asked: None,
        },
        asked: session.asked(),
        session,
        meter,
        patterns: &script.patterns,
        made: SmallVec::new(),
    };
    let flow = quick.steps(&script.steps)?;
    if !quick.meter.is_settled() {
        return None;
    }
    let asked = quick.locals.asked;
    let mut quickly = Quickly {
        asked,
        denied: None,
        thrown: None,
        rest: None,
        spent: quick.meter.spent(),
    };
    match flow {
        Flow::Denied(denied) => quickly.denied = Some(denied),
        Flow::Thrown(thrown) => quickly.thrown = Some(thrown),
        Flow::Next if script.steps.len() < script.body.statements.len() => {
            let variables = quick.locals.variables.iter().take(script.slots);
            let variables = variables.map(|variable| variable.value(&quick.made));
            let variables = variables.collect::<Option<_>>()?;
            quickly.rest = Some(Box::new(Rest { variables, asked }));
        }
        Flow::Next | Flow::Return => {}
    }
    Some(quickly)
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
            Shortcut::Operand(operand) => self.quickly(planned.height, |quick| {
                let lean = quick.fetch(operand)?;
                lean.value(&quick.made)
            }),
            Shortcut::Test(test) => {
                self.quickly(planned.height, |quick| quick.test(test).map(Value::Bool))
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
            Shortcut::Operand(operand) => self.quickly(planned.height, |quick| quick.is(operand)),
            Shortcut::Test(test) => self.quickly(planned.height, |quick| quick.test(test)),
        };
        holds.ok_or(&planned.general)
    }

    fn quickly<T>(
        &mut self,
        height: usize,
        way: impl for<'q> FnOnce(&mut Quick<'q, 'a, Frame<'q, 'a>>) -> Option<T>,
    ) -> Option<T> {
        let is_deep = self.depth.saturating_add(height) > MAX_EVALUATION_DEPTH;
        if self.recorder.is_some() || is_deep {
            return None;
        }
        let mark = self.meter.mark();
        let mut quick = Quick {
            locals: Frame {
                variables: self.stack.get(self.base..).unwrap_or_default(),
                cells: &self.cells,
            },
            asked: self.session.asked(),
            session: self.session,
            meter: &mut self.meter,
            patterns: &self.script.patterns,
            made: SmallVec::new(),
        };
        let value = way(&mut quick).filter(|_| quick.meter.is_settled());
        if value.is_none() {
            self.meter.rewind(mark);
        }
        value
    }
}

/// Where it goes on after a step.
enum Flow<'a> {
    Next,
    Return,
    Denied(Box<Denied>),
    Thrown(Box<(Value<'a>, Position)>),
}

/// What shortcuts look at.
struct Quick<'q, 'a, L> {
    session: &'q Session<'a>,
    locals: L,
    /// The last request in constants.
    asked: Option<&'a Ask>,
    meter: &'q mut Meter,
    patterns: &'a LiteralPatterns,
    /// What host functions gave.
    made: SmallVec<[Value<'a>; 2]>,
}

/// The variables of a rule.
trait Locals<'q, 'a> {
    fn variable(&self, slot: usize) -> Option<Lean<'q, 'a>>;
}

/// Those of a rule that is run by its steps, and its last request.
struct Whole<'q, 'a> {
    variables: [Lean<'q, 'a>; MOST_VARIABLES],
    asked: Option<&'a Ask>,
}

impl<'q, 'a> Locals<'q, 'a> for Whole<'q, 'a> {
    #[inline]
    fn variable(&self, slot: usize) -> Option<Lean<'q, 'a>> {
        self.variables.get(slot).copied()
    }
}

/// The variables of an evaluation that is under way.
struct Frame<'q, 'a> {
    variables: &'q [Value<'a>],
    /// Those that closures share.
    cells: &'q [Value<'a>],
}

impl<'q, 'a> Locals<'q, 'a> for Frame<'q, 'a> {
    fn variable(&self, slot: usize) -> Option<Lean<'q, 'a>> {
        Some(Lean::of(match self.variables.get(slot)? {
            Value::Cell(cell) => self.cells.get(*cell)?,
            value => value,
        }))
    }
}

impl<'q, 'a> Quick<'q, 'a, Whole<'q, 'a>> {
    fn steps(&mut self, steps: &'a [Step]) -> Option<Flow<'a>> {
        for step in steps {
            self.meter.tally(1);
            match step {
                Step::Declare { slot, value } => {
                    let value = match value {
                        Operand::Test(test) => Lean::Bool(self.test(test)?),
                        // A variable holds what a `?.` did not find as `()`, which a method meets.
                        value => match self.fetch(value)? {
                            Lean::Cut => Lean::Unit,
                            found => found,
                        },
                    };
                    *self.locals.variables.get_mut(*slot)? = value;
                }
                Step::If(branch) => {
                    self.meter.tally(1);
                    let holds = self.test(&branch.condition)?;
                    let steps = if holds {
                        &branch.then
                    } else {
                        &branch.otherwise
                    };
                    if steps.is_empty() {
                        continue;
                    }
                    match self.steps(steps)? {
                        Flow::Next => {}
                        flow => return Some(flow),
                    }
                }
                Step::Ask(ask) => {
                    ask.spend(self.locals.asked.is_none(), self.meter).ok()?;
                    self.locals.asked = Some(ask);
                    self.asked = Some(ask);
                }
                Step::Deny(call) => return self.deny(call),
                Step::Throw { text, position } => {
                    let text = self.fetch(text)?.value(&self.made)?;
                    let thrown = Box::new((text, *position));
                    return matches!(thrown.0, Value::Text(_)).then_some(Flow::Thrown(thrown));
                }
                Step::Return => return Some(Flow::Return),
            }
        }
        Some(Flow::Next)
    }

    #[inline(never)]
    fn deny(&mut self, call: &'a HostCall) -> Option<Flow<'a>> {
        match self.call(call)? {
            Err(Stop::Denied(mut denied)) => {
                denied.position.get_or_insert(call.position);
                Some(Flow::Denied(denied))
            }
            _ => None,
        }
    }
}

impl<'q, 'a: 'q, L: Locals<'q, 'a>> Quick<'q, 'a, L> {
    fn test(&mut self, test: &'a Test) -> Option<bool> {
        match test {
            Test::Is(operand) => self.is(operand),
            Test::Truthy(operand) => {
                self.meter.tally(1);
                self.fetch(operand)?.truthy(&self.made)
            }
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
            } => {
                self.meter.tally(2);
                Some(self.find(path)?.is_text(text)? != *negated)
            }
            Test::Compare(comparison) => self.compare(comparison),
            Test::In(containment) => self.is_in(containment),
        }
    }

    #[inline(never)]
    fn compare(&mut self, comparison: &'a Comparison) -> Option<bool> {
        self.meter.tally(1);
        let left = self.fetch(&comparison.left)?.value(&self.made)?;
        let right = self.fetch(&comparison.right)?.value(&self.made)?;
        let result = operators::binary(comparison.operator, &left, &right, self.meter);
        match result.ok()? {
            Value::Bool(result) => Some(result),
            _ => None,
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
        self.fetch(operand)?.truth(&self.made)
    }

    fn is_in(&mut self, containment: &'a Containment) -> Option<bool> {
        self.meter.tally(1);
        let list = self.fetch(&containment.list)?;
        let needle = self.fetch(&containment.needle)?;
        if let (Some(items), Some(text)) = (list.items(), needle.text())
            && items.len() <= SHORT
            && text.len() <= SHORT
        {
            let place = items.iter().position(|item| match item {
                Json::String(item) => item == text,
                _ => false,
            });
            let compared = place.map_or(items.len(), |place| place.saturating_add(1));
            self.meter.tally(u64::try_from(compared).ok()?);
            return Some(place.is_some());
        }
        self.is_in_any(list, needle)
    }

    #[inline(never)]
    fn is_in_any(&mut self, list: Lean<'q, 'a>, needle: Lean<'q, 'a>) -> Option<bool> {
        let list = list.value(&self.made)?;
        let needle = needle.value(&self.made)?;
        operators::contains(&list, &needle, self.meter).ok()
    }

    #[inline]
    fn fetch(&mut self, operand: &'a Operand) -> Option<Lean<'q, 'a>> {
        match operand {
            Operand::Path(path) => self.find(path),
            _ => self.fetch_other(operand),
        }
    }

    fn fetch_other(&mut self, operand: &'a Operand) -> Option<Lean<'q, 'a>> {
        let constant = match operand {
            Operand::Path(path) => return self.find(path),
            Operand::Test(test) => return self.test(test).map(Lean::Bool),
            Operand::Otherwise(operands) => return self.first_of(operands),
            Operand::Call(call) => return self.made_by(call),
            Operand::Interpolation(parts) => return self.interpolation(parts),
            Operand::Either(either) => return self.either(either),
            Operand::Unit => Lean::Unit,
            Operand::Bool(value) => Lean::Bool(*value),
            Operand::Int(value) => Lean::Int(*value),
            Operand::Float(value) => Lean::Float(*value),
            Operand::Char(value) => Lean::Char(*value),
            Operand::Text(text) => Lean::Text(text),
            Operand::List(list) => Lean::Json(list),
        };
        self.meter.tally(1);
        Some(constant)
    }

    #[inline(never)]
    fn made_by(&mut self, call: &'a HostCall) -> Option<Lean<'q, 'a>> {
        match self.call(call)?.ok()? {
            Some(value) => Some(self.keep(value)),
            None => Some(Lean::Cut),
        }
    }

    fn keep(&mut self, value: Value<'a>) -> Lean<'q, 'a> {
        self.made.push(value);
        Lean::Made(self.made.len().saturating_sub(1))
    }

    #[inline(never)]
    fn interpolation(&mut self, parts: &'a [Operand]) -> Option<Lean<'q, 'a>> {
        self.meter.tally(1);
        let mut text = Builder::new();
        for part in parts {
            let part = self.fetch(part)?.value(&self.made)?;
            text.display(&part, self.meter).ok()?;
        }
        let text = text.finish(self.meter).ok()?;
        Some(self.keep(text))
    }

    #[inline(never)]
    fn either(&mut self, either: &'a Either) -> Option<Lean<'q, 'a>> {
        // The `if`, and the statement in its block.
        self.meter.tally(2);
        if self.test(&either.condition)? {
            self.fetch(&either.then)
        } else {
            self.fetch(&either.otherwise)
        }
    }

    fn first_of(&mut self, operands: &'a [Operand]) -> Option<Lean<'q, 'a>> {
        self.meter.tally(1);
        for operand in operands {
            let value = self.fetch(operand)?;
            if !value.is_missing(&self.made) {
                return Some(value);
            }
        }
        Some(Lean::Unit)
    }

    /// Calls a host function; nothing comes of it where a `?.` found nothing.
    fn call(&mut self, call: &'a HostCall) -> Option<Result<Option<Value<'a>>, Stop<'a>>> {
        self.meter.tally(call.entry);
        let mut arguments = Arguments::new();
        if let Some(on) = &call.receiver {
            let receiver = match on {
                CalledOn::Path(path) => match self.find_or_cut(path)? {
                    Lean::Cut => None,
                    found => Some(found.value(&self.made)?),
                },
                CalledOn::Call(call) => self.call(call)?.ok()?,
            };
            arguments.push(Value::Unit);
            for argument in &call.arguments {
                let argument = self.fetch(argument)?;
                arguments.push(argument.value(&self.made)?);
            }
            let Some(receiver) = receiver else {
                return Some(Ok(None));
            };
            self.meter.tally(1);
            if call.optional && matches!(receiver, Value::Unit) {
                return Some(Ok(None));
            }
            *arguments.first_mut()? = receiver;
        } else {
            for argument in &call.arguments {
                let argument = self.fetch(argument)?;
                arguments.push(argument.value(&self.made)?);
            }
        }
        let outer = self.session.position.replace(call.position);
        let result = (call.function.body)(self, &mut arguments);
        self.session.position.set(outer);
        Some(result.map(Some))
    }

    /// What a path leads to.
    #[inline]
    fn find(&mut self, path: &'a Path) -> Option<Lean<'q, 'a>> {
        if let (Root::Local(slot), []) = (path.root, &*path.steps) {
            self.meter.tally(path.entry);
            return self.locals.variable(slot);
        }
        Some(match self.find_or_cut(path)? {
            Lean::Cut => Lean::Unit,
            found => found,
        })
    }

    /// The same, [`Lean::Cut`] when a `?.` found nothing to go into.
    fn find_or_cut(&mut self, path: &'a Path) -> Option<Lean<'q, 'a>> {
        let session = self.session;
        let mut steps = path.steps.iter();
        let mut found = match path.root {
            Root::Local(slot) => self.locals.variable(slot)?,
            Root::User => Lean::of(&session.user),
            Root::Context => {
                if self.asked.is_some() && *path.steps.first()?.name == *"multifactor" {
                    return None;
                }
                Lean::of(session.context_but_multifactor())
            }
            Root::Configuration => {
                let name = &steps.next()?.name;
                match session.configuration.json(name) {
                    Some(json) => Lean::Json(json),
                    None if session.configuration.secret(name).is_some() => return None,
                    None => Lean::Unit,
                }
            }
        };
        let mut spent = path.entry;
        for step in steps {
            spent = spent.saturating_add(1);
            found = match found {
                Lean::Json(Json::Object(members)) => match member(members, &step.name) {
                    Some(json) => Lean::Json(json),
                    None => Lean::Unit,
                },
                other => match inside(other, step)? {
                    Lean::Cut => {
                        found = Lean::Cut;
                        break;
                    }
                    inside => inside,
                },
            };
        }
        self.meter.tally(spent);
        Some(found)
    }
}

/// A step into something else than an object of the login.
#[inline(never)]
fn inside<'q, 'a>(value: Lean<'q, 'a>, step: &PathStep) -> Option<Lean<'q, 'a>> {
    match value {
        Lean::Own(Value::Map(map)) => Some(match map.find(&step.name) {
            None => Lean::Unit,
            Some(Member::Json(json)) => Lean::Json(json),
            Some(Member::Own(value)) => Lean::of(value),
        }),
        Lean::Unit | Lean::Json(Json::Null) | Lean::Own(Value::Unit) if step.optional => {
            Some(Lean::Cut)
        }
        _ => None,
    }
}

/// For the functions that a shortcut may call, which only look.
impl<'q, 'a: 'q, L: Locals<'q, 'a>> Host<'a> for Quick<'q, 'a, L> {
    fn meter(&mut self) -> &mut Meter {
        self.meter
    }

    fn call(&mut self, _: &Function<'a>, _: Arguments<'a>) -> Result<Value<'a>, Stop<'a>> {
        Err(not_for_shortcuts().into())
    }

    fn now(&self) -> DateTime<Utc> {
        self.session.now
    }

    fn fact(&mut self, name: &str) -> Option<Value<'a>> {
        self.session.facts?.get(name).map(Value::from_json)
    }

    fn print(&mut self, _: &str) {}

    fn assign_multifactor(&mut self, _: Value<'a>) -> Result<(), Failure> {
        Err(not_for_shortcuts())
    }

    fn pattern(&mut self, pattern: &str) -> Result<PatternRef<'a>, Failure> {
        let literal = self.patterns.literal(pattern);
        literal
            .map(PatternRef::Literal)
            .ok_or_else(not_for_shortcuts)
    }
}

/// What makes a shortcut give up.
fn not_for_shortcuts() -> Failure {
    Failure::uncatchable(Code::Function, "this needs the tree")
}
