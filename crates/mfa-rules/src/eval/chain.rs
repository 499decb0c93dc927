//! Chains: from a value to something inside of it, step by step.

use super::place::Key;
use super::write::as_write_failure;
use super::{Evaluation, wrong_type};
use crate::failure::Stop;
use crate::host::{Arguments, Receiver};
use crate::operators;
use crate::source::Position;
use crate::tree::{Callee, Chain, ExpressionKind, Root, Step, StepKind};
use crate::value::Value;
use smallvec::SmallVec;

/// What a step needs besides the value before it.
pub(super) enum Operand<'a> {
    Nothing,
    Index(Value<'a>),
    Arguments(Arguments<'a>),
}

pub(super) type Operands<'a> = SmallVec<[Operand<'a>; 3]>;

/// The variable that a chain started from, and the keys on the way, as long as every step went
/// into a member or an element.
struct Origin<'a> {
    root: Root,
    root_position: Position,
    keys: Vec<Key<'a>>,
}

impl<'a> Evaluation<'a, '_> {
    /// As in Rhai, all operands of the steps come first, then the value that the chain starts from.
    pub(super) fn chain(&mut self, chain: &'a Chain) -> Result<Value<'a>, Stop<'a>> {
        if let ExpressionKind::Variable(root) = &chain.root.kind
            && chain
                .steps
                .iter()
                .all(|step| matches!(step.kind, StepKind::Property(_)))
        {
            return self.property_chain(*root, chain);
        }
        let operands = self.operands(&chain.steps, writes(chain))?;
        self.walk(chain, operands)
    }

    /// What the steps need. `written` is the variable that a method changes behind them: what
    /// computes the place is a part of the write, and cannot be caught either.
    pub(super) fn operands(
        &mut self,
        steps: &'a [Step],
        written: Option<Root>,
    ) -> Result<Operands<'a>, Stop<'a>> {
        let mut operands = Operands::new();
        for step in steps {
            operands.push(match &step.kind {
                StepKind::Property(_) => Operand::Nothing,
                StepKind::Index(index) => {
                    let index = self.expression(index);
                    Operand::Index(index.map_err(|stop| match (stop, written) {
                        (Stop::Failure(failure), Some(root)) => {
                            Stop::Failure(Box::new(as_write_failure(root, *failure)))
                        }
                        (stop, _) => stop,
                    })?)
                }
                StepKind::Method(_, arguments) => {
                    let mut values = Arguments::new();
                    for argument in arguments {
                        values.push(self.expression(argument)?);
                    }
                    Operand::Arguments(values)
                }
            });
        }
        Ok(operands)
    }

    /// The most frequent chain: a variable and nothing but properties.
    fn property_chain(&mut self, root: Root, chain: &'a Chain) -> Result<Value<'a>, Stop<'a>> {
        let mut steps = chain.steps.as_slice();
        let mut value = match (root, steps.split_first()) {
            (
                Root::Configuration,
                Some((
                    Step {
                        kind: StepKind::Property(name),
                        ..
                    },
                    rest,
                )),
            ) => {
                steps = rest;
                self.session.configuration.get(name)
            }
            _ => self.held_by(root)?,
        };
        let mut read = chain.steps.len();
        let taken = read.saturating_sub(steps.len());
        for (index, step) in (taken..).zip(steps) {
            let StepKind::Property(name) = &step.kind else {
                continue;
            };
            self.meter.spend(1)?;
            if step.optional && matches!(value, Value::Unit) {
                read = index;
                break;
            }
            match operators::property(&value, name, &mut self.meter) {
                Ok(inner) => value = inner,
                Err(failure) => {
                    self.record_properties(root, chain, index, &value);
                    return Err(failure.at(step.position).into());
                }
            }
        }
        self.record_properties(root, chain, read, &value);
        Ok(value)
    }

    /// Takes note of what the first `read` properties of a chain came to.
    fn record_properties(&mut self, root: Root, chain: &'a Chain, read: usize, value: &Value<'a>) {
        if self.recorder.is_none() {
            return;
        }
        let steps = chain.steps.iter().take(read);
        let keys: Vec<Key<'a>> = steps.filter_map(Key::of_property).collect();
        self.record_read(root, &keys, value, chain.root.position);
    }

    fn walk(&mut self, chain: &'a Chain, operands: Operands<'a>) -> Result<Value<'a>, Stop<'a>> {
        let mut origin = match &chain.root.kind {
            ExpressionKind::Variable(root) => Some(Origin {
                root: *root,
                root_position: chain.root.position,
                keys: Vec::new(),
            }),
            _ => None,
        };
        let mut value = match (&origin, chain.steps.first(), operands.first()) {
            // `configuration.name` does not need the whole of it.
            (
                Some(Origin {
                    root: Root::Configuration,
                    ..
                }),
                Some(Step {
                    kind: StepKind::Property(_) | StepKind::Index(_),
                    ..
                }),
                _,
            ) => Value::Unit,
            (Some(origin), ..) => self.held_by(origin.root)?,
            (None, ..) => self.expression(&chain.root)?,
        };
        let write = writes(chain);
        for (index, (step, operand)) in chain.steps.iter().zip(operands).enumerate() {
            self.meter.spend(1)?;
            let of_configuration = index == 0
                && origin
                    .as_ref()
                    .is_some_and(|origin| origin.root == Root::Configuration);
            if step.optional && !of_configuration && matches!(value, Value::Unit) {
                break;
            }
            match (&step.kind, operand) {
                (StepKind::Method(callee, _), Operand::Arguments(arguments)) => {
                    self.record_origin(origin.as_ref(), &value);
                    value = self
                        .method(*callee, value, origin.take(), arguments, step.position)
                        .map_err(|stop| stop.at(step.position))?;
                }
                (kind, operand) => {
                    let key = match (kind, operand) {
                        (StepKind::Index(_), Operand::Index(index)) => Key::index(index, step),
                        _ => match Key::of_property(step) {
                            Some(key) => key,
                            None => continue,
                        },
                    };
                    value = if of_configuration {
                        self.of_configuration(&key)?
                    } else {
                        self.inside(&value, &key).map_err(|failure| {
                            let failure = failure.at(step.position);
                            match write {
                                Some(root) => as_write_failure(root, failure),
                                None => failure,
                            }
                        })?
                    };
                    if let Some(origin) = &mut origin {
                        origin.keys.push(key);
                    }
                }
            }
        }
        self.record_origin(origin.as_ref(), &value);
        Ok(value)
    }

    fn of_configuration(&mut self, key: &Key<'a>) -> Result<Value<'a>, Stop<'a>> {
        if let Some(name) = key.value.as_text() {
            self.meter.spend_key(name)?;
            return Ok(self.session.configuration.get(name));
        }
        let whole = self.session.configuration.whole(&mut self.meter)?;
        let inside = self.inside(&whole, key);
        Ok(inside.map_err(|failure| failure.at(key.position))?)
    }

    fn inside(
        &mut self,
        value: &Value<'a>,
        key: &Key<'a>,
    ) -> Result<Value<'a>, crate::failure::Failure> {
        match (key.is_property, key.value.as_text()) {
            (true, Some(name)) => operators::property(value, name, &mut self.meter),
            _ => operators::index(value, &key.value, &mut self.meter),
        }
    }

    fn record_origin(&mut self, origin: Option<&Origin<'a>>, value: &Value<'a>) {
        if let Some(origin) = origin {
            self.record_read(origin.root, &origin.keys, value, origin.root_position);
        }
    }

    fn method(
        &mut self,
        callee: Callee,
        receiver: Value<'a>,
        origin: Option<Origin<'a>>,
        arguments: Arguments<'a>,
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        match callee {
            Callee::Host(function) => {
                if function.receiver == Receiver::Changed
                    && let Some(origin) = origin
                {
                    // The place must be the only holder of what is changed in it.
                    drop(receiver);
                    return self.change(function, origin.root, &origin.keys, arguments, position);
                }
                let mut all = arguments;
                all.insert(0, receiver);
                self.call_host(function, &mut all, position)
            }
            Callee::Script(index) => {
                self.call_script(index, std::iter::once(receiver).chain(arguments))
            }
            Callee::Plugin(index) => {
                let mut all = arguments;
                all.insert(0, receiver);
                self.call_plugin(index, &all, position)
            }
            Callee::FunctionValue => match receiver {
                Value::Function(function) => self.call_value(&function, arguments),
                other => Err(wrong_type("`call`", "a function", &other).into()),
            },
        }
    }
}

/// The variable that the first method of a chain changes something in: to get there is a part of
/// the write.
fn writes(chain: &Chain) -> Option<Root> {
    let ExpressionKind::Variable(root) = chain.root.kind else {
        return None;
    };
    let method = chain.steps.iter().find_map(|step| match &step.kind {
        StepKind::Method(callee, _) => Some(callee),
        _ => None,
    });
    match method {
        Some(Callee::Host(function)) if function.receiver == Receiver::Changed => Some(root),
        _ => None,
    }
}
