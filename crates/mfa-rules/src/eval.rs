//! The evaluator: runs one rule of the tree over the borrowed login.
//!
//! [`run`] is its whole interface: a rule, the state of the decision, the limits, and what to
//! observe go in; how the rule ended and what it did come out.

mod call;
mod chain;
mod expression;
mod lean;
mod native;
mod place;
mod plugin;
mod quick;
mod session;
mod statement;
mod trace;
mod write;

pub(crate) use quick::{MOST_VARIABLES, Quickly, Rest, run_quickly};
pub(crate) use session::{Session, incoming_context};
pub(crate) use trace::Recorder;
use write::MULTIFACTOR;
pub(crate) use write::{JSON_NODE, member_size};

use crate::codes::Code;
use crate::failure::{Denied, Failure, Stop, Thrown};
use crate::meter::{Meter, Spent};
use crate::pattern::PatternCache;
use crate::plan::Ask;
use crate::rule_set::{Rule, RuleBody};
use crate::source::Position;
use crate::tree::Script;
use crate::value::Value;
use smallvec::SmallVec;

/// How deeply expressions, statements and calls may be inside each other while a rule runs.
///
/// SECURITY: it bounds the stack. The deepest rules take 750 kB in a debug build, of the 2 MB that
/// the engine promises to be enough; tests run them on 1 MB.
const MAX_EVALUATION_DEPTH: usize = 256;

/// How a rule ended.
#[derive(Debug)]
pub(crate) enum End<'a> {
    /// It came to its end, or to `return`.
    Done,
    /// It failed.
    Failed(Box<Failure>),
    /// It called `deny`.
    Denied(Box<Denied>),
    /// It threw something that it did not catch.
    Thrown(Box<Thrown<'a>>),
}

/// What a rule did.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// The top-level keys that it wrote, each once, in order: a key of `context`, or `user`.
    pub(crate) keys: SmallVec<[&'static str; 2]>,
    /// Where it wrote `context.multifactor` last.
    pub(crate) multifactor_at: Option<Position>,
}

impl Effects {
    /// Takes note of a request for a second factor in constants.
    fn note_multifactor(&mut self, ask: &Ask) {
        self.multifactor_at = Some(ask.position);
        if !self.keys.contains(&MULTIFACTOR) {
            self.keys.push(MULTIFACTOR);
        }
    }
}

/// Runs a rule; from the beginning, or from where its steps end.
pub(crate) fn run<'a>(
    rule: &'a Rule,
    rest: Option<Box<Rest<'a>>>,
    session: &mut Session<'a>,
    meter: Meter,
    recorder: Option<&mut Recorder>,
) -> (End<'a>, Effects, Spent) {
    let script = match &rule.body {
        RuleBody::Script(compiled) => &compiled.script,
        RuleBody::Native(native) => return native::run(native, session, meter, recorder),
    };
    let mut evaluation = Evaluation::new(script, session, meter, recorder);
    let end = match evaluation.top_level(rest) {
        Ok(()) | Err(Stop::Return(_) | Stop::Break(_) | Stop::Continue) => End::Done,
        Err(Stop::Failure(failure)) => End::Failed(failure),
        Err(Stop::Denied(denied)) => End::Denied(denied),
        Err(Stop::Thrown(thrown)) => End::Thrown(thrown),
    };
    let spent = evaluation.meter.spent();
    (end, evaluation.effects, spent)
}

/// One rule on one login.
struct Evaluation<'a, 's> {
    script: &'a Script,
    session: &'s mut Session<'a>,
    meter: Meter,
    patterns: PatternCache<'a>,
    recorder: Option<&'s mut Recorder>,
    /// The variables of all calls that are under way, a frame after the other.
    stack: SmallVec<[Value<'a>; MOST_VARIABLES]>,
    /// Where the frame of the current call begins.
    base: usize,
    /// How long the stack has been.
    highest: usize,
    /// The variables that closures have captured. All go at the end of the rule, so that closures
    /// which hold each other leak nothing.
    cells: Vec<Value<'a>>,
    depth: usize,
    calls: usize,
    effects: Effects,
}

impl<'a, 's> Evaluation<'a, 's> {
    fn new(
        script: &'a Script,
        session: &'s mut Session<'a>,
        meter: Meter,
        recorder: Option<&'s mut Recorder>,
    ) -> Self {
        Self {
            script,
            session,
            meter,
            patterns: PatternCache::new(&script.patterns),
            recorder,
            stack: SmallVec::new(),
            base: 0,
            highest: 0,
            cells: Vec::new(),
            depth: 0,
            calls: 0,
            effects: Effects::default(),
        }
    }

    fn top_level(&mut self, rest: Option<Box<Rest<'a>>>) -> Result<(), Stop<'a>> {
        let mut first = 0;
        if let Some(rest) = rest {
            first = self.script.steps.len();
            self.stack = rest.variables;
            self.highest = self.script.slots;
            if let Some(ask) = rest.asked {
                self.effects = self.session.ask(ask);
            }
        } else {
            self.grow_stack(self.script.slots)?;
        }
        for statement in self.script.body.statements.iter().skip(first) {
            self.statement(statement)?;
        }
        Ok(())
    }

    /// Makes room for a frame of `slots` variables, and spends it when it was never there before.
    fn grow_stack(&mut self, slots: usize) -> Result<(), Failure> {
        let length = self.base.saturating_add(slots);
        if length > self.highest {
            spend_variables(length.saturating_sub(self.highest), &mut self.meter)?;
            self.highest = length;
        }
        self.stack.resize(length, Value::Unit);
        Ok(())
    }

    /// Counts a step, and a level of nesting until [`Evaluation::leave`].
    fn enter(&mut self) -> Result<(), Failure> {
        self.meter.spend(1)?;
        if self.depth >= MAX_EVALUATION_DEPTH {
            return Err(Failure::uncatchable(
                Code::Depth,
                "the rule calls and nests too deeply",
            ));
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// What a variable of the rule holds.
    fn local(&self, slot: usize) -> Value<'a> {
        match self.stack.get(self.base.saturating_add(slot)) {
            Some(Value::Cell(cell)) => self.cells.get(*cell).cloned().unwrap_or_default(),
            Some(value) => value.clone(),
            None => Value::Unit,
        }
    }

    /// Declares a variable: whatever the slot held, captured or not, is gone from it.
    fn declare(&mut self, slot: usize, value: Value<'a>) {
        if let Some(place) = self.stack.get_mut(self.base.saturating_add(slot)) {
            *place = value;
        }
    }

    /// Assigns a variable, also one that closures share.
    fn assign_local(&mut self, slot: usize, value: Value<'a>) {
        match self.stack.get_mut(self.base.saturating_add(slot)) {
            Some(Value::Cell(cell)) => {
                if let Some(place) = self.cells.get_mut(*cell) {
                    *place = value;
                }
            }
            Some(place) => *place = value,
            None => {}
        }
    }

    /// Makes a variable one that closures share.
    fn capture(&mut self, slot: usize) -> Result<Value<'a>, Failure> {
        let cell = self.cells.len();
        let index = self.base.saturating_add(slot);
        let Some(place) = self.stack.get_mut(index) else {
            return Ok(Value::Unit);
        };
        if let Value::Cell(cell) = place {
            return Ok(Value::Cell(*cell));
        }
        let value = std::mem::replace(place, Value::Cell(cell));
        self.cells.push(value);
        self.meter
            .allocate(size_of::<Value<'a>>().saturating_mul(2))?;
        Ok(Value::Cell(cell))
    }
}

/// Spends the room of variables that were never there before.
fn spend_variables(new: usize, meter: &mut Meter) -> Result<(), Failure> {
    if new == 0 {
        return Ok(());
    }
    meter.allocate(new.saturating_mul(size_of::<Value<'_>>()))
}

/// A value of the wrong type, where the rule needs another.
fn wrong_type(what: &str, wanted: &str, value: &Value<'_>) -> Failure {
    if let Value::Secret(_) = value {
        return Failure::uncatchable(
            Code::SecretUse,
            format!("{what} cannot use a secret, which is opaque"),
        );
    }
    Failure::new(
        Code::Type,
        format!(
            "{what} needs {wanted}, and got {}",
            crate::host::arguments::with_article(value)
        ),
    )
}
