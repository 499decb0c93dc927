//! The translation of statements.

use super::scope::{FrameKind, Mutability, reserved};
use super::translate::{Translator, Usage, binary_operator};
use super::writes::{Write, named};
use crate::codes::Code;
use crate::source::Position;
use crate::tree::{
    BinaryOperator, Block, Expression, ExpressionKind, Place, Root, Statement, StatementKind,
    StepKind,
};
use rhai::{ASTFlags, Expr, Ident, OpAssignment, Stmt};

impl Translator<'_> {
    pub(super) fn block(&mut self, statements: &[Stmt], usage: Usage) -> Block {
        self.frame_mut().open();
        let block = self.statements(statements, usage);
        self.frame_mut().close();
        block
    }

    pub(super) fn statements(&mut self, statements: &[Stmt], usage: Usage) -> Block {
        let last = statements.len().saturating_sub(1);
        let statements = statements
            .iter()
            .enumerate()
            .map(|(index, statement)| {
                let usage = if index == last {
                    usage
                } else {
                    Usage::Discarded
                };
                self.statement(statement, usage)
            })
            .collect();
        Block { statements }
    }

    pub(super) fn statement(&mut self, statement: &Stmt, usage: Usage) -> Statement {
        let position = self.at(statement.position());
        let kind = self.statement_kind(statement, position, usage);
        Statement { kind, position }
    }

    fn statement_kind(
        &mut self,
        statement: &Stmt,
        position: Position,
        usage: Usage,
    ) -> StatementKind {
        match statement {
            Stmt::Noop(_) => StatementKind::Nothing,
            Stmt::Expr(expression) => {
                let before = self.errors;
                let translated = self.expression(expression, usage);
                // What was refused stands as `()` in the tree.
                if usage == Usage::Discarded && self.errors == before {
                    self.warn_of_no_effect(&translated);
                }
                StatementKind::Expression(translated)
            }
            Stmt::FnCall(call, _) => {
                let kind = self.function_call(call, position, usage);
                StatementKind::Expression(Expression { kind, position })
            }
            Stmt::If(..) | Stmt::Switch(..) | Stmt::Block(..) => {
                let kind = self.value_statement(statement, usage);
                StatementKind::Expression(Expression { kind, position })
            }
            Stmt::Var(declaration, flags, _) => {
                let (name, value, _) = &**declaration;
                self.declaration(name, value, *flags)
            }
            Stmt::Assignment(assignment) => {
                let (operator, sides) = &**assignment;
                self.assignment(operator, &sides.lhs, &sides.rhs, position)
            }
            Stmt::While(parts, _) => {
                let condition = match &parts.expr {
                    Expr::Unit(_) => None,
                    condition => Some(self.expression(condition, Usage::Used)),
                };
                let body = self.block(parts.body.statements(), Usage::Discarded);
                StatementKind::While { condition, body }
            }
            Stmt::Do(parts, flags, _) => {
                let body = self.block(parts.body.statements(), Usage::Discarded);
                let condition = self.expression(&parts.expr, Usage::Used);
                let until = flags.intersects(ASTFlags::NEGATED);
                StatementKind::Do {
                    body,
                    condition,
                    until,
                }
            }
            Stmt::For(parts, _) => {
                let (name, counter, parts) = &**parts;
                let over = self.expression(&parts.expr, Usage::Used);
                let copy = self.frame().copy_of(&over);
                self.frame_mut().open();
                let counter = counter
                    .as_ref()
                    .map(|counter| self.declare(counter, Mutability::Variable));
                let slot = self.declare(name, Mutability::Variable);
                self.frame_mut().assigned(slot, copy);
                let body = self.block(parts.body.statements(), Usage::Discarded);
                self.frame_mut().close();
                StatementKind::For {
                    slot,
                    counter,
                    over,
                    body,
                }
            }
            Stmt::TryCatch(parts, _) => {
                let body = self.block(parts.body.statements(), usage);
                self.frame_mut().open();
                let slot = match &parts.expr {
                    Expr::Variable(name, ..) => {
                        let at = self.at(parts.expr.position());
                        self.refuse_reserved(&name.1, at);
                        Some(self.frame_mut().declare(&name.1, Mutability::Variable))
                    }
                    _ => None,
                };
                let handler = self.block(parts.branch.statements(), Usage::Discarded);
                self.frame_mut().close();
                StatementKind::Try {
                    body,
                    slot,
                    handler,
                }
            }
            Stmt::BreakLoop(value, flags, _) => {
                if flags.intersects(ASTFlags::BREAK) {
                    StatementKind::Break(
                        value
                            .as_deref()
                            .map(|value| self.expression(value, Usage::Used)),
                    )
                } else {
                    StatementKind::Continue
                }
            }
            Stmt::Return(value, flags, _) => {
                let translated = value
                    .as_deref()
                    .map(|value| self.expression(value, Usage::Used));
                if flags.intersects(ASTFlags::BREAK) {
                    self.can_act = true;
                    return StatementKind::Throw(translated);
                }
                if translated.is_some() && self.frame().kind == FrameKind::TopLevel {
                    self.error(
                        Code::ReturnValue,
                        "a rule returns no value".to_owned(),
                        position,
                        Some("write `return;`, and say what the rule wants with `context.multifactor` or `deny(…)`".to_owned()),
                    );
                }
                StatementKind::Return(translated)
            }
            Stmt::Import(..) | Stmt::Export(..) => {
                self.unsupported("modules", position, "write the functions into the rule");
                StatementKind::Nothing
            }
            _ => {
                self.unsupported(
                    "this statement",
                    position,
                    "see the reference of the rule language",
                );
                StatementKind::Nothing
            }
        }
    }

    /// Warns of a statement that only computes something: most often `==` that was meant as `=`.
    fn warn_of_no_effect(&mut self, expression: &Expression) {
        if !has_no_effect(expression) {
            return;
        }
        let help = match &expression.kind {
            ExpressionKind::Binary(BinaryOperator::Equal, _) => "write `=` to assign",
            _ => "leave it out, or say what is to be done with it",
        };
        self.warning(
            Code::NoEffect,
            "this statement computes a value and does nothing with it".to_owned(),
            expression.position,
            Some(help.to_owned()),
        );
    }

    fn declaration(&mut self, name: &Ident, value: &Expr, flags: ASTFlags) -> StatementKind {
        let translated = self.expression(value, Usage::Used);
        let copy = self.frame().copy_of(&translated);
        let mutability = if flags.intersects(ASTFlags::CONSTANT) {
            Mutability::Constant
        } else {
            Mutability::Variable
        };
        if flags.intersects(ASTFlags::EXPORTED) {
            let position = self.at(name.pos);
            self.unsupported("modules", position, "leave `export` out");
        }
        let slot = self.declare(name, mutability);
        self.frame_mut().assigned(slot, copy);
        StatementKind::Declare {
            slot,
            value: translated,
        }
    }

    fn assignment(
        &mut self,
        operator: &OpAssignment,
        target: &Expr,
        value: &Expr,
        position: Position,
    ) -> StatementKind {
        let translated = self.expression(value, Usage::Used);
        let operator = match operator.get_op_assignment_info() {
            None => None,
            Some((_, _, _, _, _, symbol)) => {
                if let Some(operator) = binary_operator(symbol) {
                    Some(operator)
                } else {
                    self.unsupported("this operator", position, "write the assignment in full");
                    return StatementKind::Nothing;
                }
            }
        };
        let Some((name, place)) = self.place_of(target, &translated) else {
            return StatementKind::Nothing;
        };
        let mixes_in = operator.is_some()
            && matches!(translated.kind, ExpressionKind::Map(_))
            && matches!(place.root, Root::Local(_))
            && place.steps.is_empty();
        let written = named(self.frame(), &name, &place);
        if mixes_in {
            // `map += #{ … }` is `map.mixin(#{ … })`.
            let added = std::slice::from_ref(&translated);
            self.check_write(&written, Write::Method("mixin"), added);
        } else {
            self.check_write(&written, Write::Assignment, &[]);
        }
        self.check_multifactor(&place, &translated);
        if let (Root::Local(slot), true, None) = (place.root, place.steps.is_empty(), operator) {
            let copy = self.frame().copy_of(&translated);
            self.frame_mut().assigned(slot, copy);
        }
        StatementKind::Assign {
            place,
            operator,
            value: translated,
        }
    }

    fn declare(&mut self, name: &Ident, mutability: Mutability) -> usize {
        let position = self.at(name.pos);
        self.refuse_reserved(&name.name, position);
        self.frame_mut().declare(&name.name, mutability)
    }

    pub(super) fn refuse_reserved(&mut self, name: &str, position: Position) {
        if reserved(name).is_some() {
            self.error(
                Code::ReservedName,
                format!("`{name}` is given to the rule and cannot be declared again"),
                position,
                Some("give the variable another name".to_owned()),
            );
        }
    }

    /// The variable that is written, and the place in it.
    fn place_of(&mut self, target: &Expr, _value: &Expression) -> Option<(String, Place)> {
        let root = match target {
            Expr::Dot(sides, ..) | Expr::Index(sides, ..) => &sides.lhs,
            _ => target,
        };
        let root_position = self.at(root.position());
        let Expr::Variable(name, ..) = root else {
            self.unsupported(
                "an assignment to this",
                root_position,
                "assign to a variable, or to a field or an element of one",
            );
            return None;
        };
        let name = name.1.to_string();
        let Expression { kind, .. } = self.expression(root, Usage::Used);
        let ExpressionKind::Variable(root) = kind else {
            return None;
        };
        let steps = match target {
            Expr::Variable(..) => Vec::new(),
            _ => self.steps(target),
        };
        Some((
            name,
            Place {
                root,
                root_position,
                steps,
            },
        ))
    }
}

/// Whether an expression only computes.
fn has_no_effect(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Unit
        | ExpressionKind::Bool(_)
        | ExpressionKind::Int(_)
        | ExpressionKind::Float(_)
        | ExpressionKind::Char(_)
        | ExpressionKind::Text(_)
        | ExpressionKind::Variable(_) => true,
        ExpressionKind::Array(items)
        | ExpressionKind::And(items)
        | ExpressionKind::Or(items)
        | ExpressionKind::Coalesce(items) => items.iter().all(has_no_effect),
        ExpressionKind::Map(members) => members.iter().all(|(_, value)| has_no_effect(value)),
        ExpressionKind::Not(operand) => has_no_effect(operand),
        ExpressionKind::Binary(_, operands) | ExpressionKind::In(operands) => {
            operands.iter().all(has_no_effect)
        }
        ExpressionKind::Chain(chain) => {
            has_no_effect(&chain.root)
                && chain.steps.iter().all(|step| match &step.kind {
                    StepKind::Property(_) => true,
                    StepKind::Index(index) => has_no_effect(index),
                    StepKind::Method(..) => false,
                })
        }
        _ => false,
    }
}

/// Whether a statement could decide anything: closures that nothing can call, and blocks of
/// nothing, could not.
pub(super) fn can_act(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Nothing => false,
        StatementKind::Declare { value, .. } => !is_definition(value),
        StatementKind::Expression(expression) => match &expression.kind {
            ExpressionKind::Block(block) => block.statements.iter().any(can_act),
            _ => !is_definition(expression),
        },
        _ => true,
    }
}

/// Whether an expression is a closure, or holds nothing but closures.
fn is_definition(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Closure { .. } | ExpressionKind::FunctionValue(_) => true,
        ExpressionKind::Array(items) => !items.is_empty() && items.iter().all(is_definition),
        ExpressionKind::Map(members) => {
            !members.is_empty() && members.iter().all(|(_, value)| is_definition(value))
        }
        _ => false,
    }
}
