//! Going through the tree of a rule, to change it.

use crate::tree::{
    Block, Expression, ExpressionKind, Script, Statement, StatementKind, Step, StepKind, Switch,
};
use std::sync::Arc;

/// Goes through a rule: each statement and each expression is given to one of these, which says if
/// it goes on inside of it.
pub(super) struct Walk {
    pub(super) statement: fn(&mut Statement),
    pub(super) expression: fn(&mut Expression),
}

impl Walk {
    pub(super) fn script(&self, script: &mut Script) {
        self.block(&mut script.body);
        for function in &mut script.functions {
            self.block(&mut function.body);
        }
    }

    fn block(&self, block: &mut Block) {
        block.statements.iter_mut().for_each(self.statement);
    }

    pub(super) fn inside_statement(&self, statement: &mut Statement) {
        match &mut statement.kind {
            StatementKind::Declare { value, .. } | StatementKind::Expression(value) => {
                (self.expression)(value);
            }
            StatementKind::Assign { place, value, .. } => {
                self.steps(&mut place.steps);
                (self.expression)(value);
            }
            StatementKind::While { condition, body } => {
                condition.iter_mut().for_each(self.expression);
                self.block(body);
            }
            StatementKind::Do {
                body, condition, ..
            } => {
                self.block(body);
                (self.expression)(condition);
            }
            StatementKind::For { over, body, .. } => {
                (self.expression)(over);
                self.block(body);
            }
            StatementKind::Break(value)
            | StatementKind::Return(value)
            | StatementKind::Throw(value) => value.iter_mut().for_each(self.expression),
            StatementKind::Try { body, handler, .. } => {
                self.block(body);
                self.block(handler);
            }
            StatementKind::Continue | StatementKind::Nothing | StatementKind::Ask(_) => {}
        }
    }

    fn steps(&self, steps: &mut [Step]) {
        for step in steps {
            match &mut step.kind {
                StepKind::Property(_) => {}
                StepKind::Index(index) => (self.expression)(index),
                StepKind::Method(_, arguments) => arguments.iter_mut().for_each(self.expression),
            }
        }
    }

    pub(super) fn inside(&self, place: &mut Expression) {
        match &mut place.kind {
            ExpressionKind::Unit
            | ExpressionKind::Bool(_)
            | ExpressionKind::Int(_)
            | ExpressionKind::Float(_)
            | ExpressionKind::Char(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Variable(_)
            | ExpressionKind::FunctionValue(_)
            | ExpressionKind::Closure { .. }
            | ExpressionKind::Planned(_) => {}
            ExpressionKind::Interpolation(parts)
            | ExpressionKind::Array(parts)
            | ExpressionKind::And(parts)
            | ExpressionKind::Or(parts)
            | ExpressionKind::Coalesce(parts) => parts.iter_mut().for_each(self.expression),
            ExpressionKind::Map(members) => {
                let values = members.iter_mut().map(|(_, value)| value);
                values.for_each(self.expression);
            }
            ExpressionKind::Chain(chain) => {
                (self.expression)(&mut chain.root);
                self.steps(&mut chain.steps);
            }
            ExpressionKind::Call(call) => call.arguments.iter_mut().for_each(self.expression),
            ExpressionKind::Not(operand)
            | ExpressionKind::Negate(operand)
            | ExpressionKind::Plus(operand) => (self.expression)(operand),
            ExpressionKind::Binary(_, operands)
            | ExpressionKind::In(operands)
            | ExpressionKind::Range {
                bounds: operands, ..
            } => operands.iter_mut().for_each(self.expression),
            ExpressionKind::If(parts) => {
                (self.expression)(&mut parts.condition);
                self.block(&mut parts.then);
                self.block(&mut parts.otherwise);
            }
            ExpressionKind::Switch(switch) => self.switch(switch),
            ExpressionKind::Block(block) => self.block(block),
            ExpressionKind::Loop(statement) => (self.statement)(statement),
        }
    }

    fn switch(&self, switch: &mut Switch) {
        (self.expression)(&mut switch.subject);
        // Several patterns of one case share condition and body, and go on to.
        let mut seen: Vec<(Arc<Expression>, Arc<Expression>)> = Vec::new();
        let mut walk = |place: &mut Arc<Expression>| {
            let last = seen.iter().rev().take(2);
            let known = last.map(|(old, new)| (Arc::ptr_eq(old, place), new));
            if let Some((_, new)) = known.into_iter().find(|(is_same, _)| *is_same) {
                *place = Arc::clone(new);
                return;
            }
            let mut inside = Expression::clone(place);
            (self.expression)(&mut inside);
            let old = std::mem::replace(place, Arc::new(inside));
            seen.push((old, Arc::clone(place)));
        };
        for case in &mut switch.cases {
            case.condition.iter_mut().for_each(&mut walk);
            walk(&mut case.body);
        }
        switch.default.iter_mut().for_each(&mut walk);
    }
}
