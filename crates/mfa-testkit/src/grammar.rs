//! Generated rules: source text in version 1 of the rule language, and the twin for the oracle.
//!
//! Generation follows types, so that most rules do something: they read what generated logins have,
//! compare it with values of the same type, and write what a rule may write. A share of the
//! expressions is of a wrong type on purpose. Each statement stands on lines of its own, and the
//! lines of rule and twin are the same.

mod booleans;
mod callbacks;
mod choices;
mod code;
mod functions;
mod methods;
mod paths;
mod statements;
mod values;
mod writes;

use crate::bytes::Bytes;
use crate::logins::Members;
use code::Code;
use std::fmt;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedRule {
    /// The text of the rule.
    pub source: String,
    /// The text that the oracle runs.
    pub twin: String,
}

impl GeneratedRule {
    /// The rule that `bytes` stand for.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::generate(&mut Bytes::new(bytes))
    }

    pub(crate) fn generate(bytes: &mut Bytes<'_>) -> Self {
        let mut grammar = Grammar {
            bytes: bytes.clone(),
            lines: Vec::new(),
            indent: 0,
            frame: Frame::top(),
            functions: Vec::new(),
            names: 0,
            statements: 40,
            expressions: 400,
            single_line: 0,
            mistakes: 0,
        };
        grammar.mistakes = grammar.bytes.pick(&[0, 0, 1, 3]).unwrap_or(0);
        grammar.rule();
        let (source, twin) = grammar
            .lines
            .iter()
            .map(|line| (line.rule.as_str(), line.twin.as_str()))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        Self {
            source: source.join("\n") + "\n",
            twin: twin.join("\n") + "\n",
        }
    }

    /// A rule whose text is its own twin: it uses nothing in which the language departs from Rhai.
    pub fn written(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            twin: source.to_owned(),
        }
    }
}

/// The text with line numbers.
impl fmt::Display for GeneratedRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in (1..).zip(self.source.lines()) {
            writeln!(f, "{number:3} | {line}")?;
        }
        Ok(())
    }
}

/// What an expression gives when nothing odd happens.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Type {
    Bool,
    Int,
    Float,
    Text,
    Char,
    Ints,
    Texts,
    /// A map with the members `a` (an integer), `b` (a text) and `c` (integers).
    Map,
    /// A map with these members.
    Record(Members),
    /// An array of such maps.
    Records(Members),
}

impl Type {
    /// Types that a variable can have and a literal can be of.
    const PLAIN: &'static [Self] = &[
        Self::Int,
        Self::Text,
        Self::Bool,
        Self::Float,
        Self::Texts,
        Self::Ints,
        Self::Map,
        Self::Char,
    ];
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    ty: Type,
    access: Access,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// It may only be read.
    Read,
    /// It may be assigned.
    Assign,
    /// It may be assigned, and what is inside of it too: it is no copy of a part of the login.
    Change,
}

/// A closure in a variable.
#[derive(Debug, Clone)]
struct ClosureVariable {
    name: String,
    parameters: Vec<Type>,
    result: Type,
}

#[derive(Debug, Clone)]
struct FunctionSignature {
    name: String,
    /// Whether the first parameter is a bound on the recursion.
    recursive: bool,
    /// Which of `user` and `context` are parameters.
    roots: Vec<&'static str>,
    parameters: Vec<Type>,
    result: Type,
}

/// What is visible where the generator is.
#[derive(Debug, Clone)]
struct Frame {
    /// In order of declaration: a later one shadows an earlier one of the same name.
    variables: Vec<Variable>,
    closures: Vec<ClosureVariable>,
    /// Which of `user`, `context` and `configuration` can be read.
    roots: Vec<&'static str>,
    /// Whether the login can be written.
    writes: bool,
    /// What `return` needs: `None` at the top of the rule.
    returns: Option<Type>,
    loops: usize,
    /// Whether `continue` goes on to the condition of the innermost loop in Rhai, too.
    continues: bool,
}

impl Frame {
    fn top() -> Self {
        Self {
            variables: Vec::new(),
            closures: Vec::new(),
            roots: vec!["user", "context", "configuration"],
            writes: true,
            returns: None,
            loops: 0,
            continues: true,
        }
    }
}

struct Grammar<'b> {
    bytes: Bytes<'b>,
    lines: Vec<Code>,
    indent: usize,
    frame: Frame,
    functions: Vec<FunctionSignature>,
    /// How many names were made.
    names: usize,
    /// How many statements and expressions may still be made.
    statements: usize,
    expressions: usize,
    /// Above zero where an expression must not have a line break.
    single_line: usize,
    /// How many of a hundred expressions are of a wrong type.
    mistakes: u8,
}

impl Grammar<'_> {
    fn rule(&mut self) {
        for _ in 0..self.bytes.pick(&[0, 1, 0, 2, 3]).unwrap_or(0) {
            self.function();
        }
        let statements = self.bytes.below(9).saturating_add(1);
        for _ in 0..statements {
            self.statement();
        }
        // What the rule found out is written, so that it is compared.
        let variables: Vec<Variable> = self.visible_variables();
        for variable in variables.iter().rev().take(4) {
            self.store(
                "user",
                &format!("out_{}", variable.name),
                &Code::same(&variable.name),
            );
        }
        if variables.is_empty() {
            let value = self.flat_value(Type::Bool, 3);
            self.store("user", "out", &value);
        }
    }

    /// Adds a line.
    fn line(&mut self, code: &Code) {
        let indent = "  ".repeat(self.indent);
        self.lines.push(Code {
            rule: format!("{indent}{}", code.rule),
            twin: format!("{indent}{}", code.twin),
        });
    }

    /// Adds the statements that `inner` makes, in a scope of their own.
    fn block(&mut self, inner: impl FnOnce(&mut Self)) {
        let variables = self.frame.variables.len();
        let closures = self.frame.closures.len();
        self.indent = self.indent.saturating_add(1);
        inner(self);
        self.indent = self.indent.saturating_sub(1);
        self.frame.variables.truncate(variables);
        self.frame.closures.truncate(closures);
    }

    /// The lines that `inner` makes, as one text.
    fn nested(&mut self, inner: impl FnOnce(&mut Self)) -> Code {
        let outer = std::mem::take(&mut self.lines);
        self.block(inner);
        let lines = std::mem::replace(&mut self.lines, outer);
        let mut all = Code::same("");
        for line in lines {
            all.rule.push_str(&line.rule);
            all.rule.push('\n');
            all.twin.push_str(&line.twin);
            all.twin.push('\n');
        }
        let indent = "  ".repeat(self.indent);
        all.rule.push_str(&indent);
        all.twin.push_str(&indent);
        all
    }

    /// What `inner` makes, without a line break.
    fn flat<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.single_line = self.single_line.saturating_add(1);
        let result = inner(self);
        self.single_line = self.single_line.saturating_sub(1);
        result
    }

    /// A name that no variable has had.
    fn fresh_name(&mut self) -> String {
        let name = format!("v{}", self.names);
        self.names = self.names.saturating_add(1);
        name
    }

    /// A name for a variable: a new one, or sometimes that of a visible one, which it shadows.
    fn variable_name(&mut self) -> String {
        if self.bytes.chance(15)
            && let Some(variable) = self.bytes.pick(&self.frame.variables.clone())
        {
            return variable.name;
        }
        self.fresh_name()
    }

    fn declare(&mut self, name: &str, ty: Type, access: Access) {
        self.frame.closures.retain(|closure| closure.name != name);
        self.frame.variables.push(Variable {
            name: name.to_owned(),
            ty,
            access,
        });
    }

    /// The variables that no later one shadows.
    fn visible_variables(&self) -> Vec<Variable> {
        let mut visible: Vec<Variable> = Vec::new();
        for variable in self.frame.variables.iter().rev() {
            if visible.iter().all(|other| other.name != variable.name) {
                visible.push(variable.clone());
            }
        }
        visible.reverse();
        visible
    }

    /// One of the visible variables for which `wanted` holds.
    fn variable(&mut self, wanted: impl Fn(&Variable) -> bool) -> Option<Variable> {
        let mut variables = self.visible_variables();
        variables.retain(|variable| wanted(variable));
        self.bytes.pick(&variables)
    }

    fn any_type(&mut self) -> Type {
        self.bytes.pick(Type::PLAIN).unwrap_or(Type::Int)
    }

    /// Whether another expression may be made; counts it.
    fn may_nest(&mut self, depth: usize) -> bool {
        self.expressions = self.expressions.saturating_sub(1);
        depth > 0 && self.expressions > 0 && !self.bytes.is_empty()
    }
}
