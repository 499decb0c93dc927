//! The translation of Rhai's syntax tree into the rule tree, with the refusals of the language.

use super::fact;
use super::parser::{self, SyntaxError};
use super::scope::{Binding, Frame, FrameKind, Mutability, reserved};
use super::statement::can_act;
use super::text::RuleText;
use crate::codes::Code;
use crate::compile::{Compiled, CompiledRule};
use crate::diagnostic::Diagnostic;
use crate::pattern::LiteralPatterns;
use crate::plugin::{self, Functions};
use crate::source::{Position, Span};
use crate::tree::{BinaryOperator, Block, FactName, Function, Root, Script};
use rhai::{ScriptFuncDef, Shared, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many problems of a rule are reported. Each quotes its line, and all may be on the same.
const MOST_DIAGNOSTICS: usize = 50;

/// Parses and translates the text of a rule, which may call `functions`. `file` is what diagnostics
/// name.
pub(crate) fn translate(file: &str, source: &str, functions: &Functions) -> Compiled {
    match parser::parse(source) {
        Ok(parsed) => Translator::new(file, source, parsed, functions).run(source),
        Err(error) => Compiled {
            rule: None,
            diagnostics: vec![syntax_diagnostic(file, source, error)],
        },
    }
}

fn syntax_diagnostic(file: &str, source: &str, error: SyntaxError) -> Diagnostic {
    let javascript = ["function", "async function", "module.exports", "exports."]
        .iter()
        .any(|start| source.trim_start().starts_with(start));
    let span = match error.position {
        Some(position) => RuleText::new(source).token(position),
        None => Span::at(end_of(source)),
    };
    let mut diagnostic = Diagnostic::error(error.code, file, error.message).with_span(source, span);
    let place = span.start;
    diagnostic.help = if javascript {
        Some(
            "a rule is no JavaScript function: write its statements at the top level, in Rhai; `user`, `context` and `configuration` are there"
                .to_owned(),
        )
    } else if error.help.is_none() && RuleText::new(source).has_bare_braces(place) {
        Some("a map is written `#{ name: value }`; `{ … }` is a block".to_owned())
    } else {
        error.help
    };
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
    /// It is what a function or a closure gives, which its callers may use.
    Returned,
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
    /// How many errors there are, those that are not kept included.
    pub(super) errors: usize,
    /// How many warnings there are, those that are not kept included.
    warnings: usize,
    /// Whether something in the rule asks for a second factor, takes that back, denies, writes to the
    /// login, or prints.
    pub(super) can_act: bool,
    definitions: BTreeMap<String, Vec<Shared<ScriptFuncDef>>>,
    /// Script functions by name and number of parameters.
    indices: BTreeMap<(String, usize), usize>,
    closures: BTreeMap<ClosureKey, usize>,
    functions: Vec<Option<Function>>,
    /// The frame of what is being translated.
    frame: Frame,
    /// The frames around it.
    outer: Vec<Frame>,
    /// The latest place, for nodes that have none.
    place: Position,
    /// Which parameters of which functions get copies of the login.
    pub(super) copies_passed: BTreeSet<(usize, usize)>,
    /// Writes into parameters, by function and parameter.
    parameter_writes: Vec<(usize, usize, String, Position)>,
    /// Functions and closures that end with a host function without a result.
    silent: BTreeMap<usize, (&'static str, Position)>,
    /// Functions whose results are used.
    pub(super) used: BTreeSet<usize>,
    /// The patterns that stand as texts in the rule.
    pub(super) patterns: LiteralPatterns,
    /// The facts that the rule asks for.
    pub(super) facts: Vec<FactName>,
    /// The functions of an embedder that there are.
    pub(super) registered: &'s Functions,
    /// Those that the rule calls.
    pub(super) plugins: Vec<Arc<plugin::Function>>,
    parsed: parser::Parsed,
}

impl<'s> Translator<'s> {
    fn new(
        file: &'s str,
        source: &'s str,
        parsed: parser::Parsed,
        registered: &'s Functions,
    ) -> Self {
        Self {
            file,
            text: RuleText::new(source),
            diagnostics: Vec::new(),
            errors: 0,
            warnings: 0,
            can_act: false,
            definitions: BTreeMap::new(),
            indices: BTreeMap::new(),
            closures: BTreeMap::new(),
            functions: Vec::new(),
            frame: Frame::new(FrameKind::TopLevel),
            outer: Vec::new(),
            place: Position::START,
            copies_passed: BTreeSet::new(),
            parameter_writes: Vec::new(),
            silent: BTreeMap::new(),
            used: BTreeSet::new(),
            patterns: LiteralPatterns::default(),
            facts: Vec::new(),
            registered,
            plugins: Vec::new(),
            parsed,
        }
    }

    fn run(mut self, source: &str) -> Compiled {
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

        for name in ["user", "context", "configuration"] {
            if let Some(root) = reserved(name) {
                let mutability = Mutability::Variable;
                self.frame.bind(
                    name,
                    Binding {
                        root,
                        mutability,
                        copy: None,
                    },
                );
            }
        }
        let body = self.statements(&statements, Usage::Discarded);
        self.refuse_empty(&body);
        let slots = self.leave_frame(None);
        for (index, definition) in named {
            self.function(index, &definition);
        }
        self.refuse_lost_parameter_writes();
        self.refuse_silence();
        self.warn_of_nothing();

        self.diagnostics
            .sort_by_key(|diagnostic| diagnostic.span.map(|span| (span.start, diagnostic.code)));
        self.diagnostics.dedup();
        let facts = fact::in_order(std::mem::take(&mut self.facts));
        let failed = self.errors > 0;
        let functions: Option<Vec<Function>> = self.functions.into_iter().collect();
        let rule = functions.filter(|_| !failed).map(|functions| {
            let script = Script {
                steps: Box::default(),
                body,
                slots,
                functions,
                plugins: self.plugins,
                patterns: self.patterns,
                facts,
            };
            CompiledRule::new(source, script)
        });
        Compiled {
            rule: rule.map(Arc::new),
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
            if crate::host::lookup(&definition.name).is_some()
                || self.registered.lookup(&definition.name).is_some()
                || definition.name == "call"
            {
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
        self.enter_frame(frame);
        self.place = self.function_position(&definition.name);
        let body = self.statements(&parser::body(definition), Usage::Returned);
        self.note_silence(index);
        let slots = self.leave_frame(Some(index));
        self.finish_function(
            index,
            Function {
                parameters: definition.params.len(),
                slots,
                body,
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
        let mut parameters: usize = 0;
        for parameter in definition.params.iter().skip(captured.len()) {
            parameters = parameters.saturating_add(1);
            self.refuse_reserved(parameter, position);
            frame.declare(parameter, Mutability::Variable);
        }
        self.enter_frame(frame);
        let body = self.statements(&parser::body(&definition), Usage::Returned);
        self.note_silence(index);
        let slots = self.leave_frame(None);
        self.finish_function(
            index,
            Function {
                parameters: parameters.saturating_add(captures),
                slots,
                body,
            },
        );
        Some(index)
    }

    fn finish_function(&mut self, index: usize, function: Function) {
        if let Some(place) = self.functions.get_mut(index) {
            *place = Some(function);
        }
    }

    /// Takes note of a function that ends with a host function without a result.
    fn note_silence(&mut self, index: usize) {
        if let Some(silence) = self.frame.gives_nothing {
            self.silent.insert(index, silence);
        }
    }

    /// Refuses the use of what functions and closures give that give nothing.
    fn refuse_silence(&mut self) {
        for (index, (name, position)) in std::mem::take(&mut self.silent) {
            if self.used.contains(&index) {
                self.no_result(name, position);
            }
        }
    }

    fn enter_frame(&mut self, frame: Frame) {
        let outer = std::mem::replace(&mut self.frame, frame);
        self.outer.push(outer);
    }

    /// Closes the frame of a function, or of the top level, and gives the number of its slots.
    fn leave_frame(&mut self, function: Option<usize>) -> usize {
        let outer = self
            .outer
            .pop()
            .unwrap_or_else(|| Frame::new(FrameKind::TopLevel));
        let frame = std::mem::replace(&mut self.frame, outer);
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

    /// Warns of a rule that can come to nothing, as one that was cut off behind its first lines.
    fn warn_of_nothing(&mut self) {
        if self.can_act || self.errors > 0 || self.warnings > 0 {
            return;
        }
        self.warning(
            Code::NoEffect,
            "the rule can do nothing: it asks for no second factor, denies nobody and changes nothing"
                .to_owned(),
            Position::START,
            Some("look whether something is missing at its end".to_owned()),
        );
    }

    /// Refuses a rule without a statement that could decide anything.
    fn refuse_empty(&mut self, body: &Block) {
        if body.statements.iter().any(can_act) {
            return;
        }
        let message = if self.functions.is_empty() {
            "the rule has no statement that does anything"
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
        &self.frame
    }

    pub(super) fn frame_mut(&mut self) -> &mut Frame {
        &mut self.frame
    }

    /// The place of a node, or that of the latest node when it has none.
    pub(super) fn at(&mut self, position: rhai::Position) -> Position {
        if let Some(position) = parser::place(position) {
            self.place = position;
        }
        self.place
    }

    pub(super) fn warning(
        &mut self,
        code: Code,
        message: String,
        position: Position,
        help: Option<String>,
    ) {
        self.warnings = self.warnings.saturating_add(1);
        if self.warnings <= MOST_DIAGNOSTICS {
            let diagnostic = self.diagnostic(code, message, position, help);
            self.diagnostics.push(diagnostic.into_warning());
        }
    }

    pub(super) fn error(
        &mut self,
        code: Code,
        message: String,
        position: Position,
        help: Option<String>,
    ) {
        self.errors = self.errors.saturating_add(1);
        if self.errors <= MOST_DIAGNOSTICS {
            let diagnostic = self.diagnostic(code, message, position, help);
            self.diagnostics.push(diagnostic);
        }
    }

    fn diagnostic(
        &self,
        code: Code,
        message: String,
        position: Position,
        help: Option<String>,
    ) -> Diagnostic {
        let span = self.text.token(position);
        Diagnostic {
            help,
            ..Diagnostic::error(code, self.file, message).with_span(self.text.as_str(), span)
        }
    }

    pub(super) fn unsupported(&mut self, what: &str, position: Position, instead: &str) {
        self.error(
            Code::Unsupported,
            format!("{what} cannot be used in a rule"),
            position,
            Some(instead.to_owned()),
        );
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
