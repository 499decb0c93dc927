//! Statements.

use super::{Evaluation, wrong_type};
use crate::failure::{Failure, Stop, Thrown};
use crate::outcome::TraceStepKind;
use crate::source::Position;
use crate::tree::{Block, Expression, Statement, StatementKind};
use crate::value::{Map, Text, Value};
use std::rc::Rc;

/// How a turn of a loop ended.
enum Turn<'a> {
    /// It came to its end.
    Finished,
    /// `continue` cut it short.
    Cut,
    /// `break` ended the loop, with its value.
    Ended(Value<'a>),
}

impl<'a> Evaluation<'a, '_> {
    /// The value of a block is that of its last statement.
    pub(super) fn block(&mut self, block: &'a Block) -> Result<Value<'a>, Stop<'a>> {
        let mut value = Value::Unit;
        for statement in &block.statements {
            value = self.statement(statement)?;
        }
        Ok(value)
    }

    pub(super) fn statement(&mut self, statement: &'a Statement) -> Result<Value<'a>, Stop<'a>> {
        self.enter()
            .map_err(|failure| failure.at(statement.position))?;
        self.record_step(statement.position, || TraceStepKind::Statement);
        let result = self
            .statement_kind(&statement.kind, statement.position)
            .map_err(|stop| stop.at(statement.position));
        self.leave();
        result
    }

    fn statement_kind(
        &mut self,
        kind: &'a StatementKind,
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        match kind {
            StatementKind::Expression(expression) => return self.expression(expression),
            StatementKind::Declare { slot, value } => {
                let value = self.expression(value)?;
                self.declare(*slot, value);
            }
            StatementKind::Assign {
                place,
                operator,
                value,
            } => {
                let value = self.expression(value)?;
                self.assign(place, *operator, value)?;
            }
            StatementKind::While { condition, body } => {
                return self.while_loop(condition.as_ref(), body);
            }
            StatementKind::Do {
                body,
                condition,
                until,
            } => return self.do_loop(body, condition, *until),
            StatementKind::For {
                slot,
                counter,
                over,
                body,
            } => return self.for_loop(*slot, *counter, over, body),
            StatementKind::Break(value) => {
                let value = self.optional(value.as_ref())?;
                return Err(Stop::Break(value));
            }
            StatementKind::Continue => return Err(Stop::Continue),
            StatementKind::Return(value) => {
                let value = self.optional(value.as_ref())?;
                return Err(Stop::Return(value));
            }
            StatementKind::Throw(value) => {
                let value = self.optional(value.as_ref())?;
                return Err(Stop::Thrown(Box::new(Thrown {
                    value,
                    position,
                    calls: self.calls,
                })));
            }
            StatementKind::Try {
                body,
                slot,
                handler,
            } => return self.try_block(body, *slot, handler),
            StatementKind::Ask(ask) => self.ask(ask)?,
            StatementKind::Nothing => {}
        }
        Ok(Value::Unit)
    }

    fn optional(&mut self, value: Option<&'a Expression>) -> Result<Value<'a>, Stop<'a>> {
        match value {
            Some(value) => self.expression(value),
            None => Ok(Value::Unit),
        }
    }

    /// Runs the body of a loop once.
    fn turn(&mut self, body: &'a Block) -> Result<Turn<'a>, Stop<'a>> {
        match self.block(body) {
            Ok(_) => Ok(Turn::Finished),
            Err(Stop::Continue) => Ok(Turn::Cut),
            Err(Stop::Break(value)) => Ok(Turn::Ended(value)),
            Err(stop) => Err(stop),
        }
    }

    fn while_loop(
        &mut self,
        condition: Option<&'a Expression>,
        body: &'a Block,
    ) -> Result<Value<'a>, Stop<'a>> {
        loop {
            self.meter.spend(1)?;
            if let Some(condition) = condition
                && !self.condition(condition)?
            {
                return Ok(Value::Unit);
            }
            if let Turn::Ended(value) = self.turn(body)? {
                return Ok(value);
            }
        }
    }

    fn do_loop(
        &mut self,
        body: &'a Block,
        condition: &'a Expression,
        until: bool,
    ) -> Result<Value<'a>, Stop<'a>> {
        loop {
            self.meter.spend(1)?;
            match self.turn(body)? {
                Turn::Ended(value) => return Ok(value),
                // As in Rhai, `continue` starts the next turn without asking the condition.
                Turn::Cut => continue,
                Turn::Finished => {}
            }
            if self.condition(condition)? == until {
                return Ok(Value::Unit);
            }
        }
    }

    fn for_loop(
        &mut self,
        slot: usize,
        counter: Option<usize>,
        over: &'a Expression,
        body: &'a Block,
    ) -> Result<Value<'a>, Stop<'a>> {
        let items = self.expression(over)?;
        let mut items = Items::of(items).map_err(|failure| failure.at(over.position))?;
        // One variable for all turns: closures that capture it share it.
        self.declare(slot, Value::Unit);
        if let Some(counter) = counter {
            self.declare(counter, Value::Int(0));
        }
        let mut turns: i64 = 0;
        while let Some(item) = items.next() {
            self.meter.spend(1)?;
            if let Some(counter) = counter {
                self.assign_local(counter, Value::Int(turns));
            }
            turns = turns.saturating_add(1);
            self.assign_local(slot, item);
            if let Turn::Ended(value) = self.turn(body)? {
                return Ok(value);
            }
        }
        Ok(Value::Unit)
    }

    fn try_block(
        &mut self,
        body: &'a Block,
        slot: Option<usize>,
        handler: &'a Block,
    ) -> Result<Value<'a>, Stop<'a>> {
        let caught = match self.block(body) {
            Err(stop @ Stop::Thrown(_)) => stop,
            Err(Stop::Failure(failure)) if failure.catchable => Stop::Failure(failure),
            result => return result,
        };
        if let Some(slot) = slot {
            let value = match &caught {
                Stop::Thrown(thrown) => thrown.value.clone(),
                Stop::Failure(failure) => self.error_value(failure)?,
                _ => Value::Unit,
            };
            self.declare(slot, value);
        }
        match self.block(handler) {
            // `throw;` in a handler throws on what was caught.
            Err(Stop::Thrown(thrown))
                if matches!(thrown.value, Value::Unit) && thrown.calls == self.calls =>
            {
                Err(match caught {
                    Stop::Failure(mut failure) => {
                        failure.position = Some(thrown.position);
                        Stop::Failure(failure)
                    }
                    Stop::Thrown(mut first) => {
                        first.position = thrown.position;
                        Stop::Thrown(first)
                    }
                    other => other,
                })
            }
            result => result.map(|_| Value::Unit),
        }
    }

    /// What `catch (e)` binds after a script error.
    fn error_value(&mut self, failure: &Failure) -> Result<Value<'a>, Failure> {
        let position = failure.position.unwrap_or(Position::START);
        let message = Value::new_text(&failure.message, &mut self.meter)?;
        let mut map = Map::default();
        for (key, value) in [
            ("code", Value::text(failure.code.as_str())),
            ("message", message),
            ("line", Value::Int(i64::from(position.line))),
            ("column", Value::Int(i64::from(position.column))),
        ] {
            map.set(Text::Borrowed(key), value, &mut self.meter)?;
        }
        Ok(Value::Map(Rc::new(map)))
    }
}

/// What `for` goes over.
struct Items<'a> {
    of: Value<'a>,
    /// The index of the next element, or the byte of the next character.
    next: usize,
    /// The next number of a range.
    number: Option<i64>,
}

impl<'a> Items<'a> {
    fn of(value: Value<'a>) -> Result<Self, Failure> {
        let number = match &value {
            Value::Range(range) => Some(range.start),
            Value::Text(_) => None,
            other if other.as_array().is_some() => None,
            Value::Map(_) | Value::Json(_) => {
                return Err(wrong_type(
                    "`for`",
                    "an array, a text or a range (for a map, `keys()` or `values()`)",
                    &value,
                ));
            }
            other => {
                return Err(wrong_type("`for`", "an array, a text or a range", other));
            }
        };
        Ok(Self {
            of: value,
            next: 0,
            number,
        })
    }

    fn next(&mut self) -> Option<Value<'a>> {
        match &self.of {
            Value::Range(range) => {
                let number = self.number?;
                let within = if range.inclusive {
                    number <= range.end
                } else {
                    number < range.end
                };
                self.number = number.checked_add(1);
                within.then_some(Value::Int(number))
            }
            Value::Text(text) => {
                let character = text.as_str().get(self.next..)?.chars().next()?;
                self.next = self.next.saturating_add(character.len_utf8());
                Some(Value::Char(character))
            }
            other => {
                let item = other.as_array()?.get(self.next)?;
                self.next = self.next.saturating_add(1);
                Some(item)
            }
        }
    }
}
