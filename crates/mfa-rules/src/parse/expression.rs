//! The translation of expressions.

use super::parser;
use super::scope::Binding;
use super::translate::{Translator, Usage};
use crate::codes::Code;
use crate::multifactor;
use crate::nearest::nearest;
use crate::source::Position;
use crate::tree::{
    Case, CasePattern, Chain, Expression, ExpressionKind, If, Literal, Place, Root, Step, StepKind,
    Switch,
};
use rhai::{ASTFlags, Expr, Stmt, SwitchCasesCollection};
use std::sync::Arc;

impl Translator<'_> {
    pub(super) fn expression(&mut self, expression: &Expr, usage: Usage) -> Expression {
        let position = self.at(expression.position());
        let kind = self.expression_kind(expression, position, usage);
        // Rhai places a chain at its first `.`.
        let position = match &kind {
            ExpressionKind::Chain(chain) => chain.root.position,
            _ => position,
        };
        Expression { kind, position }
    }

    fn expression_kind(
        &mut self,
        expression: &Expr,
        position: Position,
        usage: Usage,
    ) -> ExpressionKind {
        match expression {
            Expr::BoolConstant(value, _) => ExpressionKind::Bool(*value),
            Expr::IntegerConstant(value, _) => ExpressionKind::Int(*value),
            Expr::FloatConstant(value, _) => ExpressionKind::Float(**value),
            Expr::CharConstant(value, _) => ExpressionKind::Char(*value),
            Expr::StringConstant(value, _) => ExpressionKind::Text(value.as_str().into()),
            Expr::Unit(_) => ExpressionKind::Unit,
            Expr::InterpolatedString(parts, _) => {
                ExpressionKind::Interpolation(self.expressions(parts))
            }
            Expr::Array(items, _) => ExpressionKind::Array(self.expressions(items)),
            Expr::Map(members, _) => ExpressionKind::Map(
                members
                    .0
                    .iter()
                    .map(|(name, value)| {
                        (
                            name.name.as_str().into(),
                            self.expression(value, Usage::Used),
                        )
                    })
                    .collect(),
            ),
            Expr::Variable(variable, ..) => {
                if !variable.2.is_empty() {
                    self.unsupported(
                        "a name with `::`",
                        position,
                        "pass the value as a parameter",
                    );
                    return ExpressionKind::Unit;
                }
                self.variable(&variable.1, position)
            }
            Expr::DynamicConstant(value, _) => match parser::function_pointer(value) {
                Some(name) => self.closure_value(&name, &[], position),
                None => self.refuse_expression(position),
            },
            Expr::ThisPtr(_) => {
                self.unsupported("`this`", position, "give the function a parameter");
                ExpressionKind::Unit
            }
            Expr::FnCall(call, _) => self.function_call(call, position, usage),
            Expr::Dot(..) | Expr::Index(..) => self.chain(expression, position, usage),
            Expr::And(items, _) => ExpressionKind::And(self.expressions(items.iter())),
            Expr::Or(items, _) => ExpressionKind::Or(self.expressions(items.iter())),
            Expr::Coalesce(items, _) => ExpressionKind::Coalesce(self.expressions(items.iter())),
            Expr::Stmt(block) => match block.statements() {
                [Stmt::Share(_), Stmt::Expr(curry)] => self.capturing_closure(curry, position),
                [statement @ (Stmt::If(..) | Stmt::Switch(..))] => {
                    // No block of its own: a condition declares nothing.
                    self.value_statement(statement, usage)
                }
                [statement @ (Stmt::While(..) | Stmt::Do(..) | Stmt::For(..))] => {
                    self.frame_mut().open();
                    let statement = self.statement(statement, usage);
                    self.frame_mut().close();
                    ExpressionKind::Loop(Box::new(statement))
                }
                statements => ExpressionKind::Block(self.block(statements, usage)),
            },
            _ => self.refuse_expression(position),
        }
    }

    fn refuse_expression(&mut self, position: Position) -> ExpressionKind {
        self.unsupported(
            "this expression",
            position,
            "see the reference of the rule language",
        );
        ExpressionKind::Unit
    }

    pub(super) fn expressions<'e>(
        &mut self,
        expressions: impl IntoIterator<Item = &'e Expr>,
    ) -> Vec<Expression> {
        expressions
            .into_iter()
            .map(|expression| self.expression(expression, Usage::Used))
            .collect()
    }

    fn variable(&mut self, name: &str, position: Position) -> ExpressionKind {
        if let Some(binding) = self.frame().resolve(name) {
            return ExpressionKind::Variable(binding.root);
        }
        match self.script_functions(name).as_slice() {
            [] => {}
            [(_, index)] => return ExpressionKind::FunctionValue(*index),
            _ => {
                self.error(
                    Code::UnknownVariable,
                    format!("several functions are named `{name}`, and it is open which is meant"),
                    position,
                    Some(format!("write a closure: `|x| {name}(x)`")),
                );
                return ExpressionKind::Unit;
            }
        }
        let (message, help) = if super::scope::reserved(name).is_some() {
            (
                format!("`{name}` is not known inside of a function"),
                format!("give the function a parameter for what it needs of `{name}`"),
            )
        } else {
            (
                format!("no variable is named `{name}`"),
                match nearest(name, self.frame().names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => match name {
                        "undefined" | "null" | "None" | "nil" => "a missing value is `()`".to_owned(),
                        "Math" | "JSON" | "Object" | "Array" | "String" | "Date" => {
                            "there are no such objects: functions are called on the value, as in `x.abs()`"
                                .to_owned()
                        }
                        "global" | "auth0" | "process" => {
                            "a rule reaches nothing but the login and its configuration".to_owned()
                        }
                        "console" => "write to the trace with `print(…)`".to_owned(),
                        "callback" => "a rule has no callback: it ends with its last statement, or with `return;`".to_owned(),
                        _ => "declare it with `let`; a script function sees only its parameters".to_owned(),
                    },
                },
            )
        };
        self.error(Code::UnknownVariable, message, position, Some(help));
        ExpressionKind::Unit
    }

    /// A closure that captures: Rhai shares the variables, and curries the function with them.
    fn capturing_closure(&mut self, curry: &Expr, position: Position) -> ExpressionKind {
        let Expr::FnCall(call, _) = curry else {
            return self.refuse_expression(position);
        };
        let Some(name) = call.args.first().and_then(closure_name) else {
            return self.refuse_expression(position);
        };
        let names: Vec<(String, Position)> = call
            .args
            .iter()
            .skip(1)
            .filter_map(|argument| match argument {
                Expr::Variable(variable, .., at) => Some((
                    variable.1.to_string(),
                    parser::place(*at).unwrap_or(position),
                )),
                _ => None,
            })
            .collect();
        self.closure_value(&name, &names, position)
    }

    fn closure_value(
        &mut self,
        name: &str,
        captured: &[(String, Position)],
        position: Position,
    ) -> ExpressionKind {
        let mut bindings: Vec<(String, Binding)> = Vec::new();
        let mut captures = Vec::new();
        for (name, at) in captured {
            let Some(binding) = self.frame().resolve(name).cloned() else {
                self.variable(name, *at);
                return ExpressionKind::Unit;
            };
            if let Root::Local(slot) = binding.root {
                self.frame_mut().captured.insert(slot);
                captures.push(slot);
            }
            bindings.push((name.clone(), binding));
        }
        if let Some(function) = self.closure(name, &bindings, position) {
            ExpressionKind::Closure { function, captures }
        } else {
            let help = "write a closure, or the name of a function of the rule";
            self.unsupported("this function value", position, help);
            ExpressionKind::Unit
        }
    }

    /// `if`, `switch` and blocks, which have values.
    pub(super) fn value_statement(&mut self, statement: &Stmt, usage: Usage) -> ExpressionKind {
        match statement {
            Stmt::If(parts, _) => {
                let condition = self.expression(&parts.expr, Usage::Used);
                let then = self.block(parts.body.statements(), usage);
                let otherwise = self.block(parts.branch.statements(), usage);
                ExpressionKind::If(Box::new(If {
                    condition,
                    then,
                    otherwise,
                }))
            }
            Stmt::Switch(parts, _) => {
                let (subject, cases) = &**parts;
                self.switch(subject, cases, usage)
            }
            Stmt::Block(block) => ExpressionKind::Block(self.block(block.statements(), usage)),
            _ => ExpressionKind::Unit,
        }
    }

    fn switch(
        &mut self,
        subject: &Expr,
        cases: &SwitchCasesCollection,
        usage: Usage,
    ) -> ExpressionKind {
        let subject = self.expression(subject, Usage::Used);
        let position = subject.position;
        let bodies: Vec<(Option<Arc<Expression>>, Arc<Expression>)> = cases
            .expressions
            .iter()
            .map(|case| {
                let condition = match &case.lhs {
                    Expr::BoolConstant(true, _) => None,
                    condition => Some(Arc::new(self.expression(condition, Usage::Used))),
                };
                (condition, Arc::new(self.expression(&case.rhs, usage)))
            })
            .collect();
        let mut translated = Vec::new();
        for case in cases.cases.values() {
            let Some(literal) = literal(&case.value) else {
                if is_range(&case.value) {
                    continue;
                }
                self.unsupported("this kind of case", position, "compare with `if` and `==`");
                continue;
            };
            for index in &case.blocks {
                if let Some((condition, body)) = bodies.get(*index) {
                    translated.push(Case {
                        pattern: CasePattern::Literal(literal.clone()),
                        condition: condition.clone(),
                        body: Arc::clone(body),
                    });
                }
            }
        }
        for range in &cases.ranges {
            let (start, end, inclusive) = match range {
                rhai::RangeCase::ExclusiveInt(range, _) => (range.start, range.end, false),
                rhai::RangeCase::InclusiveInt(range, _) => (*range.start(), *range.end(), true),
            };
            if let Some((condition, body)) = bodies.get(range.index()) {
                translated.push(Case {
                    pattern: CasePattern::Range {
                        start,
                        end,
                        inclusive,
                    },
                    condition: condition.clone(),
                    body: Arc::clone(body),
                });
            }
        }
        let default = cases
            .def_case
            .and_then(|index| bodies.get(index))
            .map(|(_, body)| Arc::clone(body));
        ExpressionKind::Switch(Box::new(Switch {
            subject,
            cases: translated,
            default,
        }))
    }

    /// A chain of properties, indices and methods.
    fn chain(&mut self, expression: &Expr, position: Position, usage: Usage) -> ExpressionKind {
        let (Expr::Dot(sides, ..) | Expr::Index(sides, ..)) = expression else {
            return self.refuse_expression(position);
        };
        let root_name = match &sides.lhs {
            Expr::Variable(variable, ..) => Some(variable.1.to_string()),
            _ => None,
        };
        let root = self.expression(&sides.lhs, Usage::Used);
        let steps = self.steps(expression);
        self.check_methods(root_name.as_deref(), &root, &steps, usage);
        ExpressionKind::Chain(Box::new(Chain { root, steps }))
    }

    /// The steps of a chain. Rhai nests them to the right, and marks the end of indices.
    pub(super) fn steps(&mut self, expression: &Expr) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut node = expression;
        loop {
            let (is_index, sides, flags) = match node {
                Expr::Dot(sides, flags, _) => (false, sides, *flags),
                Expr::Index(sides, flags, _) => (true, sides, *flags),
                _ => return steps,
            };
            let position = self.at(node.position());
            let ends = is_index && flags.intersects(ASTFlags::BREAK);
            let (inner, rest) = match &sides.rhs {
                rest @ (Expr::Dot(deeper, ..) | Expr::Index(deeper, ..)) if !ends => {
                    (&deeper.lhs, Some(rest))
                }
                last => (last, None),
            };
            // The flag of the node is unreliable between indices; the text is not.
            let optional = self.text.is_optional(position);
            let kind = self.step_kind(is_index, inner);
            let position = match kind {
                StepKind::Index(_) => position,
                _ => self.at(inner.position()),
            };
            steps.push(Step {
                kind,
                optional,
                position,
            });
            match rest {
                Some(rest) => node = rest,
                None => return steps,
            }
        }
    }

    fn step_kind(&mut self, is_index: bool, inner: &Expr) -> StepKind {
        if is_index {
            return StepKind::Index(self.expression(inner, Usage::Used));
        }
        match inner {
            Expr::Property(property, _) => StepKind::Property(property.2.as_str().into()),
            Expr::MethodCall(call, at) => {
                let position = self.at(*at);
                self.method_call(call, position)
            }
            other => {
                let position = self.at(other.position());
                self.refuse_expression(position);
                StepKind::Property("".into())
            }
        }
    }

    /// Checks what is assigned to `context.multifactor`, as far as it is written out.
    pub(super) fn check_multifactor(&mut self, place: &Place, value: &Expression) {
        if place.root != Root::Context {
            return;
        }
        let names: Vec<Option<&str>> = place.steps.iter().map(step_name).collect();
        match names.as_slice() {
            [Some("multifactor")] => self.check_multifactor_literal(value),
            [Some("multifactor"), Some(key)] => {
                self.report_multifactor(&[(*key, literal_value(value))], &[value.position]);
            }
            _ => {}
        }
    }

    pub(super) fn check_multifactor_literal(&mut self, value: &Expression) {
        match &value.kind {
            ExpressionKind::Map(members) => {
                let entries: Vec<(&str, multifactor::Literal<'_>)> = members
                    .iter()
                    .map(|(key, value)| (&**key, literal_value(value)))
                    .collect();
                let places: Vec<Position> =
                    members.iter().map(|(_, value)| value.position).collect();
                self.report_multifactor(&entries, &places);
            }
            ExpressionKind::Unit => {}
            ExpressionKind::Block(block) if block.statements.is_empty() => self.error(
                Code::Multifactor,
                "`{ … }` is a block, and `multifactor` needs a map".to_owned(),
                value.position,
                Some("write `#{ provider: \"any\", allowRememberBrowser: false }`".to_owned()),
            ),
            _ if matches!(literal_value(value), multifactor::Literal::Computed) => {}
            _ => self.error(
                Code::Multifactor,
                "`multifactor` needs a map".to_owned(),
                value.position,
                Some("write `#{ provider: \"any\", allowRememberBrowser: false }`".to_owned()),
            ),
        }
    }

    /// Reports what is wrong with entries whose values stand at `places`: Rhai keeps no place of a
    /// key.
    fn report_multifactor(
        &mut self,
        entries: &[(&str, multifactor::Literal<'_>)],
        places: &[Position],
    ) {
        for (index, problem) in multifactor::check_literal(entries) {
            let (Some((key, _)), Some(value)) = (entries.get(index), places.get(index)) else {
                continue;
            };
            let is_of_key = !multifactor::is_field(key);
            let key_place = is_of_key
                .then(|| self.text.key_before(key, *value))
                .flatten();
            let position = key_place.unwrap_or(*value);
            self.error(Code::Multifactor, problem.message, position, problem.help);
        }
    }
}

/// The name of the function, when the expression is a closure.
fn closure_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::DynamicConstant(value, _) => parser::function_pointer(value),
        Expr::Stmt(block) => match block.statements() {
            [Stmt::Share(_), Stmt::Expr(curry)] => match &**curry {
                Expr::FnCall(call, _) => closure_name(call.args.first()?),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// What of a literal matters to the check of `multifactor`.
fn literal_value(expression: &Expression) -> multifactor::Literal<'_> {
    match &expression.kind {
        ExpressionKind::Text(text) => multifactor::Literal::Text(text),
        ExpressionKind::Bool(_) => multifactor::Literal::Bool,
        ExpressionKind::Map(_) => multifactor::Literal::Other("map"),
        ExpressionKind::Int(_) => multifactor::Literal::Other("integer"),
        ExpressionKind::Float(_) => multifactor::Literal::Other("float"),
        ExpressionKind::Char(_) => multifactor::Literal::Other("character"),
        ExpressionKind::Array(_) => multifactor::Literal::Other("array"),
        ExpressionKind::Closure { .. } | ExpressionKind::FunctionValue(_) => {
            multifactor::Literal::Other("function")
        }
        _ => multifactor::Literal::Computed,
    }
}

/// The member that a step names, when it is written out.
pub(super) fn step_name(step: &Step) -> Option<&str> {
    match &step.kind {
        StepKind::Property(name) => Some(name),
        StepKind::Index(index) => match &index.kind {
            ExpressionKind::Text(name) => Some(name),
            _ => None,
        },
        StepKind::Method(..) => None,
    }
}

fn literal(value: &rhai::Dynamic) -> Option<Literal> {
    if value.is_unit() {
        return Some(Literal::Unit);
    }
    if let Ok(value) = value.as_bool() {
        return Some(Literal::Bool(value));
    }
    if let Ok(value) = value.as_int() {
        return Some(Literal::Int(value));
    }
    if let Ok(value) = value.as_float() {
        return Some(Literal::Float(value));
    }
    if let Ok(value) = value.as_char() {
        return Some(Literal::Char(value));
    }
    value
        .as_immutable_string_ref()
        .ok()
        .map(|text| Literal::Text(text.as_str().into()))
}

fn is_range(value: &rhai::Dynamic) -> bool {
    value.is::<std::ops::Range<i64>>() || value.is::<std::ops::RangeInclusive<i64>>()
}
