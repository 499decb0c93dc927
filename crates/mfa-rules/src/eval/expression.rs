//! Expressions.

use super::{Evaluation, wrong_type};
use crate::failure::{Failure, Stop};
use crate::format::Builder;
use crate::meter::OVERHEAD;
use crate::operators;
use crate::outcome::TraceStepKind;
use crate::source::Position;
use crate::tree::{BinaryOperator, Expression, ExpressionKind, If, Root, Switch};
use crate::value::{Function, Map, Text, Value};
use std::rc::Rc;

impl<'a> Evaluation<'a, '_> {
    pub(super) fn expression(&mut self, expression: &'a Expression) -> Result<Value<'a>, Stop<'a>> {
        if let ExpressionKind::Planned(planned) = &expression.kind {
            return self.planned(planned);
        }
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
        let general = match self.quick_condition(expression) {
            Ok(holds) => return Ok(holds),
            Err(general) => general,
        };
        match self.expression(general)? {
            Value::Bool(holds) => {
                let position = expression.position;
                self.record_step(position, || TraceStepKind::Condition { holds });
                Ok(holds)
            }
            other => {
                let failure = wrong_type("a condition", "a boolean (see `truthy`)", &other);
                Err(failure.at(expression.position).into())
            }
        }
    }

    /// Every kind has a function of its own: the frame of this one is on the stack once for each
    /// level of nesting, and holds the variables of all its branches in a debug build.
    fn expression_kind(&mut self, expression: &'a Expression) -> Result<Value<'a>, Stop<'a>> {
        match &expression.kind {
            ExpressionKind::Unit => Ok(Value::Unit),
            ExpressionKind::Bool(value) => Ok(Value::Bool(*value)),
            ExpressionKind::Int(value) => Ok(Value::Int(*value)),
            ExpressionKind::Float(value) => Ok(Value::Float(*value)),
            ExpressionKind::Char(value) => Ok(Value::Char(*value)),
            ExpressionKind::Text(value) => Ok(Value::text(value)),
            ExpressionKind::Interpolation(parts) => self.interpolation(parts),
            ExpressionKind::Array(items) => self.array(items),
            ExpressionKind::Map(members) => self.map(members),
            ExpressionKind::Variable(root) => self.variable(*root, expression),
            ExpressionKind::FunctionValue(index) => self.function_value(*index, Vec::new()),
            ExpressionKind::Closure { function, captures } => self.closure(*function, captures),
            ExpressionKind::Chain(chain) => self.chain(chain),
            ExpressionKind::Call(call) => self.call_expression(call, expression.position),
            ExpressionKind::Not(operand) => self.unary(operand, operators::not),
            ExpressionKind::Negate(operand) => self.unary(operand, operators::negate),
            ExpressionKind::Plus(operand) => self.unary(operand, operators::plus),
            ExpressionKind::Binary(operator, operands) => {
                self.binary(*operator, operands, expression.position)
            }
            ExpressionKind::In(operands) => self.contains(operands, expression.position),
            ExpressionKind::Range { bounds, inclusive } => self.range(bounds, *inclusive),
            ExpressionKind::And(operands) => self.logic(operands, false),
            ExpressionKind::Or(operands) => self.logic(operands, true),
            ExpressionKind::Coalesce(operands) => self.coalesce(operands),
            ExpressionKind::If(parts) => self.if_expression(parts),
            ExpressionKind::Switch(switch) => self.switch(switch),
            ExpressionKind::Block(block) => self.block(block),
            ExpressionKind::Loop(statement) => self.statement(statement),
            ExpressionKind::Planned(planned) => self.planned(planned),
        }
    }

    fn array(&mut self, items: &'a [Expression]) -> Result<Value<'a>, Stop<'a>> {
        let items = self.expressions(items)?;
        Ok(Value::new_array(items, &mut self.meter)?)
    }

    fn map(&mut self, members: &'a [(Box<str>, Expression)]) -> Result<Value<'a>, Stop<'a>> {
        self.meter
            .allocate(size_of::<Map<'a>>().saturating_add(OVERHEAD))?;
        let mut map = Map::default();
        for (key, value) in members {
            let value = self.expression(value)?;
            map.set(Text::Borrowed(key), value, &mut self.meter)?;
        }
        Ok(Value::Map(Rc::new(map)))
    }

    fn closure(&mut self, function: usize, captures: &[usize]) -> Result<Value<'a>, Stop<'a>> {
        let mut captured = Vec::with_capacity(captures.len());
        for slot in captures {
            captured.push(self.capture(*slot)?);
        }
        self.function_value(function, captured)
    }

    fn unary(
        &mut self,
        operand: &'a Expression,
        operator: fn(&Value<'a>) -> Result<Value<'a>, Failure>,
    ) -> Result<Value<'a>, Stop<'a>> {
        let operand = self.expression(operand)?;
        Ok(operator(&operand)?)
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        operands: &'a [Expression; 2],
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        let [left, right] = operands;
        let left = self.expression(left)?;
        let right = self.expression(right)?;
        let result = operators::binary(operator, &left, &right, &mut self.meter)?;
        if operator.compares() {
            let operator = operators::symbol(operator);
            self.record_comparison(position, operator, [&left, &right], &result);
        }
        Ok(result)
    }

    fn contains(
        &mut self,
        operands: &'a [Expression; 2],
        position: Position,
    ) -> Result<Value<'a>, Stop<'a>> {
        let [haystack, needle] = operands;
        let haystack = self.expression(haystack)?;
        let needle = self.expression(needle)?;
        let is_in = operators::contains(&haystack, &needle, &mut self.meter)?;
        let is_in = Value::Bool(is_in);
        self.record_comparison(position, "in", [&needle, &haystack], &is_in);
        Ok(is_in)
    }

    fn range(
        &mut self,
        bounds: &'a [Expression; 2],
        inclusive: bool,
    ) -> Result<Value<'a>, Stop<'a>> {
        let [start, end] = bounds;
        let start = self.expression(start)?;
        let end = self.expression(end)?;
        Ok(operators::range(&start, &end, inclusive, &mut self.meter)?)
    }

    /// `&&` and `||`: the operand that gives `decisive` decides, and the rest is not looked at.
    fn logic(&mut self, operands: &'a [Expression], decisive: bool) -> Result<Value<'a>, Stop<'a>> {
        for operand in operands {
            if self.condition(operand)? == decisive {
                return Ok(Value::Bool(decisive));
            }
        }
        Ok(Value::Bool(!decisive))
    }

    fn coalesce(&mut self, operands: &'a [Expression]) -> Result<Value<'a>, Stop<'a>> {
        for operand in operands {
            let value = self.expression(operand)?;
            if !matches!(value, Value::Unit) {
                return Ok(value);
            }
        }
        Ok(Value::Unit)
    }

    pub(super) fn expressions(
        &mut self,
        expressions: &'a [Expression],
    ) -> Result<Vec<Value<'a>>, Stop<'a>> {
        let mut values = Vec::with_capacity(expressions.len());
        for expression in expressions {
            values.push(self.expression(expression)?);
        }
        Ok(values)
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
        let value = self.held_by(root)?;
        self.record_read(root, &[], &value, expression.position);
        Ok(value)
    }

    /// The same, without taking note of it.
    pub(super) fn held_by(&mut self, root: Root) -> Result<Value<'a>, Failure> {
        Ok(match root {
            Root::Local(slot) => self.local(slot),
            Root::User => self.session.user.clone(),
            Root::Context => self.session.context().clone(),
            Root::Configuration => self.session.configuration.whole(&mut self.meter)?,
        })
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
            .map_or(0, |function| function.parameters);
        Ok(Value::Function(Rc::new(Function {
            index,
            parameters: parameters.saturating_sub(captures.len()),
            captures,
        })))
    }

    fn if_expression(&mut self, parts: &'a If) -> Result<Value<'a>, Stop<'a>> {
        let holds = self.condition(&parts.condition)?;
        let block = if holds { &parts.then } else { &parts.otherwise };
        self.record_step(parts.condition.position, || TraceStepKind::Branch {
            to: block.statements.first().map(|first| first.position),
        });
        self.block(block)
    }

    fn switch(&mut self, switch: &'a Switch) -> Result<Value<'a>, Stop<'a>> {
        let subject = self.expression(&switch.subject)?;
        if let Value::Secret(_) = subject {
            let failure = wrong_type("`switch`", "a value", &subject);
            return Err(failure.at(switch.subject.position).into());
        }
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
        let position = switch.subject.position;
        self.record_step(position, || TraceStepKind::Branch {
            to: body.map(|body| body.position),
        });
        match body {
            Some(body) => self.expression(body),
            None => Ok(Value::Unit),
        }
    }
}
