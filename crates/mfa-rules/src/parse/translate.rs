//! The translation of Rhai's syntax tree into the rule tree, with the refusals of the language.

use super::parser::{self, SyntaxError};
use super::scope::{Binding, Frame, FrameKind, Mutability, reserved};
use super::text::RuleText;
use super::writes::{Write, named};
use crate::codes::Code;
use crate::compile::Compiled;
use crate::diagnostic::{Diagnostic, Severity};
use crate::pattern::LiteralPatterns;
use crate::source::{Position, Span};
use crate::tree::{
    BinaryOperator, Block, Expression, ExpressionKind, Function, Place, Root, Script, Statement,
    StatementKind,
};
use rhai::{ASTFlags, Expr, Ident, OpAssignment, ScriptFuncDef, Shared, Stmt};
use std::collections::{BTreeMap, BTreeSet};

/// How many problems of a rule are reported. Each quotes its line, and all may be on the same.
const MOST_DIAGNOSTICS: usize = 50;

/// Parses and translates the text of a rule. `file` is what diagnostics name.
pub(crate) fn translate(file: &str, source: &str) -> Compiled {
    match parser::parse(source) {
        Ok(parsed) => Translator::new(file, source, parsed).run(),
        Err(error) => Compiled {
            script: None,
            diagnostics: vec![syntax_diagnostic(file, source, error)],
        },
    }
}

fn syntax_diagnostic(file: &str, source: &str, error: SyntaxError) -> Diagnostic {
    let code = if error.limit {
        Code::SourceLimit
    } else {
        Code::Syntax
    };
    let span = match error.position {
        Some(position) => RuleText::new(source).token(position),
        None => Span::at(end_of(source)),
    };
    let mut diagnostic = Diagnostic::error(code, file, error.message).with_span(source, span);
    diagnostic.help = error.help;
    diagnostic
}

/// The last character of a text.
fn end_of(source: &str) -> Position {
    let line = source.lines().count().max(1);
    let column = source
        .lines()
        .last()
        .map_or(1, |last| last.chars().count().max(1));
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

/// Whether the value of an expression goes anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Used,
    Discarded,
}

/// A closure, with what its captures mean where it stands: Rhai keeps one definition for closures
/// of equal text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ClosureKey {
    name: String,
    captures: Vec<String>,
}

/// The work of translating one rule.
pub(super) struct Translator<'s> {
    file: &'s str,
    pub(super) text: RuleText<'s>,
    pub(super) diagnostics: Vec<Diagnostic>,
    definitions: BTreeMap<String, Vec<Shared<ScriptFuncDef>>>,
    /// Script functions by name and number of parameters.
    indices: BTreeMap<(String, usize), usize>,
    closures: BTreeMap<ClosureKey, usize>,
    functions: Vec<Option<Function>>,
    frames: Vec<Frame>,
    /// The latest place, for nodes that have none.
    place: Position,
    /// Which parameters of which functions get copies of the login.
    pub(super) copies_passed: BTreeSet<(usize, usize)>,
    /// Writes into parameters, by function and parameter.
    parameter_writes: Vec<(usize, usize, String, Position)>,
    /// The patterns that stand as texts in the rule.
    pub(super) patterns: LiteralPatterns,
    parsed: parser::Parsed,
}

impl<'s> Translator<'s> {
    fn new(file: &'s str, source: &'s str, parsed: parser::Parsed) -> Self {
        Self {
            file,
            text: RuleText::new(source),
            diagnostics: Vec::new(),
            definitions: BTreeMap::new(),
            indices: BTreeMap::new(),
            closures: BTreeMap::new(),
            functions: Vec::new(),
            frames: Vec::new(),
            place: Position::START,
            copies_passed: BTreeSet::new(),
            parameter_writes: Vec::new(),
            patterns: LiteralPatterns::default(),
            parsed,
        }
    }

    fn run(mut self) -> Compiled {
        let definitions: Vec<Shared<ScriptFuncDef>> =
            parser::functions(&self.parsed.ast).cloned().collect();
        for definition in definitions {
            self.definitions
                .entry(definition.name.to_string())
                .or_default()
                .push(definition);
        }
        let named = self.declare_functions();
        let statements: Vec<Stmt> = self.parsed.ast.statements().to_vec();

        let mut frame = Frame::new(FrameKind::TopLevel);
        for name in ["user", "context", "configuration"] {
            if let Some(root) = reserved(name) {
                let mutability = Mutability::Variable;
                frame.bind(
                    name,
                    Binding {
                        root,
                        mutability,
                        copy: None,
                    },
                );
            }
        }
        self.frames.push(frame);
        self.refuse_empty(&statements);
        let body = self.statements(&statements, Usage::Discarded);
        let slots = self.leave_frame(None);
        for (index, definition) in named {
            self.function(index, &definition);
        }
        self.refuse_lost_parameter_writes();

        self.diagnostics
            .sort_by_key(|diagnostic| diagnostic.span.map(|span| (span.start, diagnostic.code)));
        self.diagnostics.dedup();
        let failed = self
            .diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error);
        let functions: Option<Vec<Function>> = self.functions.into_iter().collect();
        let script = functions.filter(|_| !failed).map(|functions| Script {
            body,
            slots,
            functions,
            patterns: self.patterns,
        });
        Compiled {
            script,
            diagnostics: self.diagnostics,
        }
    }

    /// Gives every named function its index, before anything refers to it.
    fn declare_functions(&mut self) -> Vec<(usize, Shared<ScriptFuncDef>)> {
        let mut named = Vec::new();
        for (name, definitions) in &self.definitions {
            if name.starts_with("anon$") {
                continue;
            }
            for definition in definitions {
                let index = self.functions.len();
                self.functions.push(None);
                self.indices
                    .insert((name.clone(), definition.params.len()), index);
                named.push((index, definition.clone()));
            }
        }
        for (_, definition) in &named {
            let position = self.function_position(&definition.name);
            if crate::host::lookup(&definition.name).is_some() || definition.name == "call" {
                self.error(
                    Code::HostFunctionName,
                    format!("`{}` is the name of a host function", definition.name),
                    position,
                    Some("give the function another name".to_owned()),
                );
            }
            if definition.this_type.is_some() {
                self.error(
                    Code::Unsupported,
                    format!("the function `{}` is a method of a type", definition.name),
                    position,
                    Some("give the function a parameter for the value".to_owned()),
                );
            }
        }
        named
    }

    fn function_position(&self, name: &str) -> Position {
        self.parsed
            .function_names
            .iter()
            .find(|(known, _)| known == name)
            .map_or(Position::START, |(_, position)| *position)
    }

    fn function(&mut self, index: usize, definition: &Shared<ScriptFuncDef>) {
        let mut frame = Frame::new(FrameKind::Function);
        for parameter in &definition.params {
            let mutability = match reserved(parameter) {
                Some(_) => Mutability::ReservedParameter,
                None => Mutability::Variable,
            };
            frame.declare(parameter, mutability);
        }
        self.frames.push(frame);
        let position = self.function_position(&definition.name);
        self.place = position;
        let body = self.statements(&parser::body(definition), Usage::Used);
        let slots = self.leave_frame(Some(index));
        self.finish_function(
            index,
            Function {
                name: Some(definition.name.as_str().into()),
                parameters: definition
                    .params
                    .iter()
                    .map(|name| name.as_str().into())
                    .collect(),
                captures: 0,
                slots,
                body,
                position,
            },
        );
    }

    /// The index of the function of a closure that stands here and captures these variables.
    pub(super) fn closure(
        &mut self,
        name: &str,
        captured: &[(String, Binding)],
        position: Position,
    ) -> Option<usize> {
        let key = ClosureKey {
            name: name.to_owned(),
            captures: captured
                .iter()
                .map(|(_, binding)| match binding.root {
                    Root::Local(_) => format!("local {:?} {:?}", binding.mutability, binding.copy),
                    root => format!("{root:?}"),
                })
                .collect(),
        };
        if let Some(index) = self.closures.get(&key) {
            return Some(*index);
        }
        let definition = self.definitions.get(name)?.first()?.clone();
        let index = self.functions.len();
        self.functions.push(None);
        self.closures.insert(key, index);

        let mut frame = Frame::new(FrameKind::Closure);
        let mut captures: usize = 0;
        for (name, binding) in captured {
            if let Root::Local(_) = binding.root {
                let slot = frame.declare(name, binding.mutability);
                frame.assigned(slot, binding.copy.clone());
                captures = captures.saturating_add(1);
            } else {
                frame.bind(name, binding.clone());
            }
        }
        for parameter in definition.params.iter().skip(captured.len()) {
            self.refuse_reserved(parameter, position);
            frame.declare(parameter, Mutability::Variable);
        }
        self.frames.push(frame);
        let body = self.statements(&parser::body(&definition), Usage::Used);
        let slots = self.leave_frame(None);
        let parameters = captured
            .iter()
            .filter(|(_, binding)| matches!(binding.root, Root::Local(_)))
            .map(|(name, _)| name.as_str().into())
            .chain(
                definition
                    .params
                    .iter()
                    .skip(captured.len())
                    .map(|name| name.as_str().into()),
            )
            .collect();
        self.finish_function(
            index,
            Function {
                name: None,
                parameters,
                captures,
                slots,
                body,
                position,
            },
        );
        Some(index)
    }

    fn finish_function(&mut self, index: usize, function: Function) {
        if let Some(place) = self.functions.get_mut(index) {
            *place = Some(function);
        }
    }

    /// Closes the frame of a function, or of the top level, and gives the number of its slots.
    fn leave_frame(&mut self, function: Option<usize>) -> usize {
        let Some(frame) = self.frames.pop() else {
            return 0;
        };
        for (slot, name, position) in &frame.changed_by_call {
            if frame.captured.contains(slot) {
                self.error(
                    Code::LostWrite,
                    format!(
                        "`{name}` is captured by a closure, and a call in this form changes a copy"
                    ),
                    *position,
                    Some(format!("write the call as a method: `{name}.…(…)`")),
                );
            }
        }
        if let Some(function) = function {
            self.parameter_writes.extend(
                frame
                    .parameter_writes
                    .iter()
                    .map(|(slot, name, position)| (function, *slot, name.clone(), *position)),
            );
        }
        frame.slots
    }

    fn refuse_lost_parameter_writes(&mut self) {
        for (function, slot, name, position) in std::mem::take(&mut self.parameter_writes) {
            if self.copies_passed.contains(&(function, slot)) {
                self.error(
                    Code::LostWrite,
                    format!("`{name}` is a copy of a part of the login, and what is written to it is lost"),
                    position,
                    Some("return the new value, and assign it where the function is called".to_owned()),
                );
            }
        }
    }

    /// Refuses a rule without a statement that could decide anything.
    fn refuse_empty(&mut self, statements: &[Stmt]) {
        let decides = statements.iter().any(|statement| match statement {
            Stmt::Noop(_) => false,
            Stmt::Expr(expression) => self.closure_name(expression).is_none(),
            _ => true,
        });
        if decides {
            return;
        }
        let message = if self.definitions.is_empty() {
            "the rule has no statement"
        } else {
            "the rule only defines functions, and nothing calls them"
        };
        self.error(
            Code::NoStatements,
            message.to_owned(),
            Position::START,
            Some("write the statements of the rule at the top level; `user`, `context` and `configuration` are there".to_owned()),
        );
    }

    pub(super) fn block(&mut self, statements: &[Stmt], usage: Usage) -> Block {
        self.frame_mut().open();
        let block = self.statements(statements, usage);
        self.frame_mut().close();
        block
    }

    fn statements(&mut self, statements: &[Stmt], usage: Usage) -> Block {
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
            Stmt::Expr(expression) => StatementKind::Expression(self.expression(expression, usage)),
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
            Some((_, _, _, _, _, symbol)) => match binary_operator(symbol) {
                Some(operator) => Some(operator),
                None => {
                    self.unsupported("this operator", position, "write the assignment in full");
                    return StatementKind::Nothing;
                }
            },
        };
        let Some((name, place)) = self.place_of(target, &translated) else {
            return StatementKind::Nothing;
        };
        self.check_write(
            &named(self.frame(), &name, &place).clone(),
            Write::Assignment,
            &[],
        );
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

    fn refuse_reserved(&mut self, name: &str, position: Position) {
        if reserved(name).is_some() {
            self.error(
                Code::ReservedName,
                format!("`{name}` is given to the rule and cannot be declared again"),
                position,
                Some("give the variable another name".to_owned()),
            );
        }
    }

    /// The index of the script function of this name and number of parameters.
    pub(super) fn script_function(&self, name: &str, parameters: usize) -> Option<usize> {
        self.indices.get(&(name.to_owned(), parameters)).copied()
    }

    /// The numbers of parameters that script functions of this name have, with their indices.
    pub(super) fn script_functions(&self, name: &str) -> Vec<(usize, usize)> {
        self.indices
            .range((name.to_owned(), 0)..)
            .take_while(|((known, _), _)| known == name)
            .map(|((_, parameters), index)| (*parameters, *index))
            .collect()
    }

    pub(super) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.indices.keys().map(|(name, _)| name.as_str())
    }

    pub(super) fn frame(&self) -> &Frame {
        // INVARIANT: a frame is pushed before the first statement is translated.
        static NONE: std::sync::LazyLock<Frame> =
            std::sync::LazyLock::new(|| Frame::new(FrameKind::TopLevel));
        self.frames.last().unwrap_or(&NONE)
    }

    pub(super) fn frame_mut(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(FrameKind::TopLevel));
        }
        let last = self.frames.len().saturating_sub(1);
        #[expect(clippy::indexing_slicing, reason = "a frame is there, see above")]
        &mut self.frames[last]
    }

    /// The place of a node, or that of the latest node when it has none.
    pub(super) fn at(&mut self, position: rhai::Position) -> Position {
        if let Some(position) = parser::place(position) {
            self.place = position;
        }
        self.place
    }

    pub(super) fn error(
        &mut self,
        code: Code,
        message: String,
        position: Position,
        help: Option<String>,
    ) {
        // SECURITY: only errors make room for no more errors, or warnings could hide the first.
        let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
        if self.diagnostics.iter().filter(is_error).count() >= MOST_DIAGNOSTICS {
            return;
        }
        let span = self.text.token(position);
        let mut diagnostic =
            Diagnostic::error(code, self.file, message).with_span(self.text.as_str(), span);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn unsupported(&mut self, what: &str, position: Position, instead: &str) {
        self.error(
            Code::Unsupported,
            format!("{what} cannot be used in a rule"),
            position,
            Some(instead.to_owned()),
        );
    }

    /// The variable that is written, and the place in it.
    fn place_of(&mut self, target: &Expr, _value: &Expression) -> Option<(String, Place)> {
        let root = match target {
            Expr::Variable(..) => target,
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

/// The operator of this symbol, when it is one of two operands that is no logic.
pub(super) fn binary_operator(symbol: &str) -> Option<BinaryOperator> {
    Some(match symbol {
        "+" => BinaryOperator::Add,
        "-" => BinaryOperator::Subtract,
        "*" => BinaryOperator::Multiply,
        "/" => BinaryOperator::Divide,
        "%" => BinaryOperator::Modulo,
        "**" => BinaryOperator::Power,
        "<<" => BinaryOperator::ShiftLeft,
        ">>" => BinaryOperator::ShiftRight,
        "&" => BinaryOperator::BitAnd,
        "|" => BinaryOperator::BitOr,
        "^" => BinaryOperator::BitXor,
        "==" => BinaryOperator::Equal,
        "!=" => BinaryOperator::NotEqual,
        "<" => BinaryOperator::Less,
        "<=" => BinaryOperator::LessOrEqual,
        ">" => BinaryOperator::Greater,
        ">=" => BinaryOperator::GreaterOrEqual,
        _ => return None,
    })
}
