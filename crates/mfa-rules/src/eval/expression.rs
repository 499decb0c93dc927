//! Expressions.

use super::{Evaluation, wrong_type};
use crate::failure::Stop;
use crate::format::Builder;
use crate::meter::OVERHEAD;
use crate::operators;
use crate::tree::{Expression, ExpressionKind, If, Root, Switch};
use crate::value::{Function, Map, Text, Value};
use std::rc::Rc;

impl<'a> Evaluation<'a, '_> {
    pub(super) fn expression(&mut self, expression: &'a Expression) -> Result<Value<'a>, Stop<'a>> {
        self.enter()
            .map_err(|failure| failure.at(expression.position))?;
        let result = self
            .expression_kind(expression)
            .map_err(|stop| stop.at(expression.position));
        self.leave();
        result
    }

    /// The value of a condition, which must be a boolean.
    pub(super) fn condition(&mut self, expression: &'a Expression) -> Result<bool, Stop<'a>> {
        match self.expression(expression)? {
            Value::Bool(value) => Ok(value),
            other => {
                let failure = wrong_type("a condition", "a boolean (see `truthy`)", &other);
                Err(failure.at(expression.position).into())
            }
        }
    }

    fn expression_kind(&mut self, expression: &'a Expression) -> Result<Value<'a>, Stop<'a>> {
        Ok(match &expression.kind {
            ExpressionKind::Unit => Value::Unit,
            ExpressionKind::Bool(value) => Value::Bool(*value),
            ExpressionKind::Int(value) => Value::Int(*value),
            ExpressionKind::Float(value) => Value::Float(*value),
            ExpressionKind::Char(value) => Value::Char(*value),
            ExpressionKind::Text(value) => Value::text(value),
            ExpressionKind::Interpolation(parts) => self.interpolation(parts)?,
            ExpressionKind::Array(items) => {
                let items = self.expressions(items)?;
                Value::new_array(items, &mut self.meter)?
            }
            ExpressionKind::Map(members) => {
                self.meter
                    .allocate(size_of::<Map<'a>>().saturating_add(OVERHEAD))?;
                let mut map = Map::default();
                for (key, value) in members {
                    let value = self.expression(value)?;
                    map.set(Text::Borrowed(key), value, &mut self.meter)?;
                }
                Value::Map(Rc::new(map))
            }
            ExpressionKind::Variable(root) => self.variable(*root, expression)?,
            ExpressionKind::FunctionValue(index) => self.function_value(*index, Vec::new())?,
            ExpressionKind::Closure { function, captures } => {
                let mut captured = Vec::with_capacity(captures.len());
                for slot in captures {
                    captured.push(self.capture(*slot)?);
                }
                self.function_value(*function, captured)?
            }
            ExpressionKind::Chain(chain) => return self.chain(chain),
            ExpressionKind::Call(call) => return self.call_expression(call, expression.position),
            ExpressionKind::Not(operand) => operators::not(&self.expression(operand)?)?,
            ExpressionKind::Negate(operand) => operators::negate(&self.expression(operand)?)?,
            ExpressionKind::Plus(operand) => operators::plus(&self.expression(operand)?)?,
            ExpressionKind::Binary(operator, operands) => {
                let [left, right] = &**operands;
                let left = self.expression(left)?;
                let right = self.expression(right)?;
                operators::binary(*operator, &left, &right, &mut self.meter)?
            }
            ExpressionKind::In(operands) => {
                let [haystack, needle] = &**operands;
                let haystack = self.expression(haystack)?;
                let needle = self.expression(needle)?;
                Value::Bool(operators::contains(&haystack, &needle, &mut self.meter)?)
            }
            ExpressionKind::Range { bounds, inclusive } => {
                let [start, end] = &**bounds;
                let start = self.expression(start)?;
                let end = self.expression(end)?;
                operators::range(&start, &end, *inclusive, &mut self.meter)?
            }
            ExpressionKind::And(operands) => {
                for operand in operands {
                    if !self.condition(operand)? {
                        return Ok(Value::Bool(false));
                    }
                }
                Value::Bool(true)
            }
            ExpressionKind::Or(operands) => {
                for operand in operands {
                    if self.condition(operand)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Value::Bool(false)
            }
            ExpressionKind::Coalesce(operands) => {
                let mut value = Value::Unit;
                for operand in operands {
                    value = self.expression(operand)?;
                    if !matches!(value, Value::Unit) {
                        break;
                    }
                }
                value
            }
            ExpressionKind::If(parts) => return self.if_expression(parts),
            ExpressionKind::Switch(switch) => return self.switch(switch),
            ExpressionKind::Block(block) => return self.block(block),
            ExpressionKind::Loop(statement) => return self.statement(statement),
        })
    }

    pub(super) fn expressions(
        &mut self,
        expressions: &'a [Expression],
    ) -> Result<Vec<Value<'a>>, Stop<'a>> {
        expressions
            .iter()
            .map(|expression| self.expression(expression))
            .collect()
    }

    fn interpolation(&mut self, parts: &'a [Expression]) -> Result<Value<'a>, Stop<'a>> {
        let mut text = Builder::new();
        for part in parts {
            let value = self.expression(part)?;
            text.display(&value, &mut self.meter)
                .map_err(|failure| failure.at(part.position))?;
        }
        Ok(text.finish(&mut self.meter)?)
    }

    /// What a variable holds.
    pub(super) fn variable(
        &mut self,
        root: Root,
        expression: &Expression,
    ) -> Result<Value<'a>, Stop<'a>> {
        let value = match root {
            Root::Local(slot) => return Ok(self.local(slot)),
            Root::User => self.session.user.clone(),
            Root::Context => self.session.context.clone(),
            Root::Configuration => self.session.configuration.whole(&mut self.meter)?,
        };
        self.record_read(root, &[], &value, expression.position);
        Ok(value)
    }

    fn function_value(
        &mut self,
        index: usize,
        captures: Vec<Value<'a>>,
    ) -> Result<Value<'a>, Stop<'a>> {
        self.meter.allocate(
            size_of::<Function<'a>>()
                .saturating_add(OVERHEAD)
                .saturating_add(captures.len().saturating_mul(size_of::<Value<'a>>())),
        )?;
        let parameters = self
            .script
            .functions
            .get(index)
            .map_or(0, |function| function.parameters.len());
        Ok(Value::Function(Rc::new(Function {
            index,
            parameters: parameters.saturating_sub(captures.len()),
            captures,
        })))
    }

    fn if_expression(&mut self, parts: &'a If) -> Result<Value<'a>, Stop<'a>> {
        if self.condition(&parts.condition)? {
            self.block(&parts.then)
        } else {
            self.block(&parts.otherwise)
        }
    }

    fn switch(&mut self, switch: &'a Switch) -> Result<Value<'a>, Stop<'a>> {
        let subject = self.expression(&switch.subject)?;
        let mut body = switch.default.as_ref();
        for case in &switch.cases {
            self.meter.spend(1)?;
            if !operators::switch_matches(&case.pattern, &subject) {
                continue;
            }
            let holds = match &case.condition {
                None => true,
                Some(condition) => self.condition(condition)?,
            };
            if holds {
                body = Some(&case.body);
                break;
            }
        }
        match body {
            Some(body) => self.expression(body),
            None => Ok(Value::Unit),
        }
    }
}
