//! The memory of a rule's tree.

use super::{Heap, sum};
use crate::tree::{
    Block, Call, Callee, Case, CasePattern, Chain, Expression, ExpressionKind, FactName, Function,
    If, Literal, Place, Root, Script, Statement, StatementKind, Step, StepKind, Switch,
};

impl Heap for Script {
    fn heap(&self) -> usize {
        let Self {
            body,
            slots: _,
            functions,
            patterns,
            plugins,
            facts,
            steps,
        } = self;
        // The functions of an embedder are shared with whoever registered them.
        let plugins = plugins.len().saturating_mul(size_of::<usize>());
        sum([
            body.heap(),
            functions.heap(),
            patterns.heap(),
            plugins,
            facts.heap(),
            steps.heap(),
        ])
    }
}

impl Heap for FactName {
    fn heap(&self) -> usize {
        let Self { name, span: _ } = self;
        name.heap()
    }
}

impl Heap for Function {
    fn heap(&self) -> usize {
        let Self {
            parameters: _,
            slots: _,
            body,
        } = self;
        body.heap()
    }
}

impl Heap for Block {
    fn heap(&self) -> usize {
        let Self { statements } = self;
        statements.heap()
    }
}

impl Heap for Statement {
    fn heap(&self) -> usize {
        let Self { kind, position: _ } = self;
        kind.heap()
    }
}

impl Heap for StatementKind {
    fn heap(&self) -> usize {
        match self {
            StatementKind::Declare { slot: _, value } => value.heap(),
            StatementKind::Assign {
                place,
                operator: _,
                value,
            } => sum([place.heap(), value.heap()]),
            StatementKind::Expression(expression) => expression.heap(),
            StatementKind::While { condition, body } => sum([condition.heap(), body.heap()]),
            StatementKind::Do {
                body,
                condition,
                until: _,
            } => sum([body.heap(), condition.heap()]),
            StatementKind::For {
                slot: _,
                counter: _,
                over,
                body,
            } => sum([over.heap(), body.heap()]),
            StatementKind::Break(value)
            | StatementKind::Return(value)
            | StatementKind::Throw(value) => value.heap(),
            StatementKind::Try {
                body,
                slot: _,
                handler,
            } => sum([body.heap(), handler.heap()]),
            StatementKind::Ask(ask) => ask.heap(),
            StatementKind::Continue | StatementKind::Nothing => 0,
        }
    }
}

impl Heap for Place {
    fn heap(&self) -> usize {
        let Self {
            root: _,
            root_position: _,
            steps,
        } = self;
        steps.heap()
    }
}

impl Heap for Expression {
    fn heap(&self) -> usize {
        let Self { kind, position: _ } = self;
        match kind {
            ExpressionKind::Unit
            | ExpressionKind::Bool(_)
            | ExpressionKind::Int(_)
            | ExpressionKind::Float(_)
            | ExpressionKind::Char(_)
            | ExpressionKind::FunctionValue(_)
            | ExpressionKind::Variable(
                Root::Local(_) | Root::User | Root::Context | Root::Configuration,
            ) => 0,
            ExpressionKind::Text(text) => text.heap(),
            ExpressionKind::Interpolation(parts)
            | ExpressionKind::Array(parts)
            | ExpressionKind::And(parts)
            | ExpressionKind::Or(parts)
            | ExpressionKind::Coalesce(parts) => parts.heap(),
            ExpressionKind::Map(members) => members.heap(),
            ExpressionKind::Closure {
                function: _,
                captures,
            } => captures.heap(),
            ExpressionKind::Chain(chain) => chain.heap(),
            ExpressionKind::Call(call) => call.heap(),
            ExpressionKind::Not(operand)
            | ExpressionKind::Negate(operand)
            | ExpressionKind::Plus(operand) => operand.heap(),
            ExpressionKind::Binary(_, operands) | ExpressionKind::In(operands) => operands.heap(),
            ExpressionKind::Range {
                bounds,
                inclusive: _,
            } => bounds.heap(),
            ExpressionKind::If(branches) => branches.heap(),
            ExpressionKind::Switch(switch) => switch.heap(),
            ExpressionKind::Block(block) => block.heap(),
            ExpressionKind::Loop(statement) => statement.heap(),
            ExpressionKind::Planned(planned) => planned.heap(),
        }
    }
}

impl Heap for Chain {
    fn heap(&self) -> usize {
        let Self { root, steps } = self;
        sum([root.heap(), steps.heap()])
    }
}

impl Heap for Step {
    fn heap(&self) -> usize {
        let Self {
            kind,
            optional: _,
            position: _,
        } = self;
        match kind {
            StepKind::Property(name) => name.heap(),
            StepKind::Index(index) => index.heap(),
            StepKind::Method(callee, arguments) => sum([callee.heap(), arguments.heap()]),
        }
    }
}

impl Heap for Call {
    fn heap(&self) -> usize {
        let Self { callee, arguments } = self;
        sum([callee.heap(), arguments.heap()])
    }
}

impl Heap for Callee {
    fn heap(&self) -> usize {
        match self {
            Self::Host(_) | Self::Script(_) | Self::Plugin(_) | Self::FunctionValue => 0,
        }
    }
}

impl Heap for If {
    fn heap(&self) -> usize {
        let Self {
            condition,
            then,
            otherwise,
        } = self;
        sum([condition.heap(), then.heap(), otherwise.heap()])
    }
}

impl Heap for Switch {
    fn heap(&self) -> usize {
        let Self {
            subject,
            cases,
            default,
        } = self;
        sum([subject.heap(), cases.heap(), default.heap()])
    }
}

impl Heap for Case {
    fn heap(&self) -> usize {
        let Self {
            pattern,
            condition,
            body,
        } = self;
        let pattern = match pattern {
            CasePattern::Literal(Literal::Text(text)) => text.heap(),
            CasePattern::Literal(_) | CasePattern::Range { .. } => 0,
        };
        sum([pattern, condition.heap(), body.heap()])
    }
}
