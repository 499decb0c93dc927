//! Calls: host functions, functions of the rule, and function values.

use super::place::{Key, Missing, refuse_copy};
use super::write::as_write_failure;
use super::{Evaluation, wrong_type};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::host::{Arguments, Callbacks, Host, HostFunction, Receiver};
use crate::meter::Meter;
use crate::pattern::PatternRef;
use crate::source::Position;
use crate::tree::{Call, Callee, ExpressionKind, Root};
use crate::value::{Function, Value};
use chrono::{DateTime, Utc};

impl<'a> Evaluation<'a, '_> {
    pub(super) fn call_expression(
        &mut self,
        call: &'a Call,
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        let mut arguments = Arguments::new();
        if let Some((first, rest)) = call.arguments.split_first() {
            // As in Rhai: a variable as the first argument is looked up after the others.
            if let ExpressionKind::Variable(root) = first.kind {
                for argument in rest {
                    arguments.push(self.expression(argument)?);
                }
                if let Callee::Host(function) = call.callee
                    && function.receiver == Receiver::Changed
                {
                    return self.change(function, root, &[], arguments, position);
                }
                arguments.insert(0, self.expression(first)?);
            } else {
                for argument in &call.arguments {
                    arguments.push(self.expression(argument)?);
                }
            }
        }
        match call.callee {
            Callee::Host(function) => self.call_host(function, &mut arguments, position),
            Callee::Script(index) => self.call_script(index, arguments),
            Callee::Plugin(index) => self.call_plugin(index, &arguments, position),
            Callee::FunctionValue => {
                let mut arguments = arguments.into_iter();
                match arguments.next() {
                    Some(Value::Function(function)) => {
                        self.call_value(&function, arguments.collect())
                    }
                    other => {
                        let other = other.unwrap_or_default();
                        Err(wrong_type("`call`", "a function", &other).into())
                    }
                }
            }
        }
    }

    /// Calls a host function on values.
    pub(super) fn call_host(
        &mut self,
        function: &'static HostFunction,
        arguments: &mut [Value<'a>],
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        let outer = self.session.position.replace(position);
        let result = (function.body)(self, arguments).map_err(|stop| stop.at(position));
        self.session.position.set(outer);
        result
    }

    /// Calls a host function that changes what is at a place.
    ///
    /// The value is taken out of its place, so that nothing else holds it and it can be changed
    /// without a copy; and it is put back whatever happens. When the function calls others, these
    /// may look at the place: then it works on a copy.
    pub(super) fn change(
        &mut self,
        function: &'static HostFunction,
        root: Root,
        keys: &[Key<'a>],
        arguments: Arguments<'a>,
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        self.check_method(function, root, keys, &arguments)
            .map_err(|failure| failure.at(position))?;
        let written = match root {
            Root::Local(_) => Arguments::new(),
            _ => arguments.clone(),
        };
        let taken = self
            .at_place(root, keys, Missing::IsLeft, &mut |target, _| {
                if matches!(root, Root::Local(_)) {
                    refuse_copy(target)?;
                }
                Ok(match function.callbacks {
                    Callbacks::Never => std::mem::take(target),
                    Callbacks::Calls => target.clone(),
                })
            })
            .map_err(|failure| as_write_failure(root, failure).at(position))?;
        let is_there = taken.is_some();
        let mut all = arguments;
        all.insert(0, taken.unwrap_or_default());
        let result = self.call_host(function, &mut all, position);
        let failed = result.is_err();
        if is_there && !(failed && function.callbacks == Callbacks::Calls) {
            let changed = all.first_mut().map(std::mem::take).unwrap_or_default();
            let put_back = self.at_place(root, keys, Missing::IsLeft, &mut |target, _| {
                *target = changed.clone();
                Ok(())
            });
            put_back.map_err(|failure| as_write_failure(root, failure).at(position))?;
        }
        let value = result.map_err(|stop| match stop {
            Stop::Failure(failure) => Stop::Failure(Box::new(as_write_failure(root, *failure))),
            other => other,
        })?;
        if !matches!(root, Root::Local(_)) {
            self.note_method(function.name, root, keys, &written, position)?;
        }
        Ok(value)
    }

    /// Calls a function of the rule.
    pub(super) fn call_script(
        &mut self,
        index: usize,
        arguments: impl IntoIterator<Item = Value<'a>>,
    ) -> Result<Value<'a>, Stop<'a>> {
        let Some(function) = self.script.functions.get(index) else {
            return Ok(Value::Unit);
        };
        if self.calls >= self.meter.limits().calls {
            return Err(self.too_many_calls().into());
        }
        let outer_base = self.base;
        let outer_length = self.stack.len();
        self.base = outer_length;
        self.meter
            .spend_bytes(function.slots.saturating_mul(size_of::<Value<'a>>()))?;
        self.stack
            .extend(arguments.into_iter().take(function.slots));
        self.grow_stack(function.slots)?;
        self.calls = self.calls.saturating_add(1);
        let result = self.block(&function.body);
        self.calls = self.calls.saturating_sub(1);
        self.stack.truncate(outer_length);
        self.base = outer_base;
        match result {
            Err(Stop::Return(value)) => Ok(value),
            Err(Stop::Break(_) | Stop::Continue) => Ok(Value::Unit),
            result => result,
        }
    }

    #[cold]
    fn too_many_calls(&self) -> Failure {
        Failure::uncatchable(
            Code::Depth,
            format!(
                "functions call each other more than {} levels deep",
                self.meter.limits().calls
            ),
        )
    }

    /// Calls a function value.
    pub(super) fn call_value(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Value<'a>, Stop<'a>> {
        if arguments.len() != function.parameters {
            return Err(Failure::new(
                Code::Type,
                format!(
                    "the function takes {} arguments, and was called with {}",
                    function.parameters,
                    arguments.len()
                ),
            )
            .into());
        }
        let captures = function.captures.iter().cloned();
        self.call_script(function.index, captures.chain(arguments))
    }
}

impl<'a> Host<'a> for Evaluation<'a, '_> {
    fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    fn call(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Value<'a>, Stop<'a>> {
        self.enter()?;
        let result = self.call_value(function, arguments);
        self.leave();
        result
    }

    fn now(&self) -> DateTime<Utc> {
        self.session.now
    }

    fn fact(&mut self, name: &str) -> Option<Value<'a>> {
        let value = self.session.facts?.get(name).map(Value::from_json)?;
        self.record_fact(name, &value, self.session.position.get());
        Some(value)
    }

    fn print(&mut self, line: &str) {
        let room = self.meter.limits().trace;
        if let Some(recorder) = &mut self.recorder {
            recorder.print(line, room);
        }
    }

    fn assign_multifactor(&mut self, value: Value<'a>) -> Result<(), Failure> {
        let position = self.session.position.get();
        let key = Key {
            value: Value::text("multifactor"),
            is_property: true,
            optional: false,
            position,
        };
        let keys = [key];
        self.check_write(Root::Context, &keys, &[&value])?;
        self.at_place(Root::Context, &keys, Missing::IsMade, &mut |target, _| {
            *target = value.clone();
            Ok(())
        })
        .map_err(|failure| as_write_failure(Root::Context, failure))?;
        self.note_write(Root::Context, &keys, position)
    }

    fn pattern(&mut self, pattern: &str) -> Result<PatternRef<'a>, Failure> {
        self.patterns.pattern(pattern, &mut self.meter)
    }
}
