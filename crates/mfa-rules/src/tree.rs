//! The rule tree: a script in our own small typed form, names resolved, places kept.
//!
//! Everything but the parser module reads this tree and nothing of Rhai's.

use crate::host::HostFunction;
use crate::pattern::LiteralPatterns;
use crate::plan::{Ask, Planned, Step as PlannedStep};
use crate::plugin;
use crate::source::{Position, Span};
use std::sync::Arc;

/// A whole rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) body: Block,
    /// The slots that the top level needs for its variables.
    pub(crate) slots: usize,
    pub(crate) functions: Vec<Function>,
    /// The functions of an embedder that it calls: those of the registry that it was compiled with.
    pub(crate) plugins: Vec<Arc<plugin::Function>>,
    /// The patterns that stand as texts in the rule, compiled.
    pub(crate) patterns: LiteralPatterns,
    /// The facts that the rule asks for, in the order of the text.
    pub(crate) facts: Vec<FactName>,
    /// The shorter way through the first statements, or all of them; empty when there is none.
    pub(crate) steps: Box<[PlannedStep]>,
}

/// The name of a fact where a rule asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactName {
    pub(crate) name: Box<str>,
    pub(crate) span: Span,
}

/// A function or the body of a closure.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// How many parameters it has, those that are captured first. Each has the slot of its index.
    pub(crate) parameters: usize,
    /// The slots that a call needs, parameters included.
    pub(crate) slots: usize,
    pub(crate) body: Block,
}

/// Statements. The value of a block is that of its last statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) kind: StatementKind,
    pub(crate) position: Position,
}

#[derive(Debug, Clone)]
pub(crate) enum StatementKind {
    /// `let` or `const`.
    Declare {
        slot: usize,
        value: Expression,
    },
    /// `place = value`, or `place op= value`.
    Assign {
        place: Place,
        operator: Option<BinaryOperator>,
        value: Expression,
    },
    /// An expression; also `if`, `switch` and blocks that stand as statements.
    Expression(Expression),
    /// `while`, and `loop` when there is no condition.
    While {
        condition: Option<Expression>,
        body: Block,
    },
    /// `do … while`, and `do … until` when `until`.
    Do {
        body: Block,
        condition: Expression,
        until: bool,
    },
    For {
        slot: usize,
        counter: Option<usize>,
        over: Expression,
        body: Block,
    },
    Break(Option<Expression>),
    Continue,
    Return(Option<Expression>),
    Throw(Option<Expression>),
    Try {
        body: Block,
        /// The slot of the variable that the error is bound to.
        slot: Option<usize>,
        handler: Block,
    },
    /// Nothing: an empty statement.
    Nothing,
    /// A request for a second factor in constants, which the plan found.
    Ask(Arc<Ask>),
}

/// What an assignment writes, or a method changes: a variable, or something inside of it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) root: Root,
    pub(crate) root_position: Position,
    pub(crate) steps: Vec<Step>,
}

/// A variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// A variable of the rule, in this slot of the frame.
    Local(usize),
    User,
    Context,
    Configuration,
}

#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) kind: ExpressionKind,
    pub(crate) position: Position,
}

#[derive(Debug, Clone)]
pub(crate) enum ExpressionKind {
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(Box<str>),
    /// A text with `${…}` in it.
    Interpolation(Vec<Expression>),
    Array(Vec<Expression>),
    Map(Vec<(Box<str>, Expression)>),
    Variable(Root),
    /// A script function by its name, as a value.
    FunctionValue(usize),
    /// A closure: the function, and the slots that it captures.
    Closure {
        function: usize,
        captures: Vec<usize>,
    },
    /// `root.a[b]?.c(…)`
    Chain(Box<Chain>),
    Call(Box<Call>),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    /// Unary `+`.
    Plus(Box<Expression>),
    Binary(BinaryOperator, Box<[Expression; 2]>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Coalesce(Vec<Expression>),
    /// `needle in haystack`: haystack, needle.
    In(Box<[Expression; 2]>),
    /// `a..b`, or `a..=b` when inclusive.
    Range {
        bounds: Box<[Expression; 2]>,
        inclusive: bool,
    },
    If(Box<If>),
    Switch(Box<Switch>),
    Block(Block),
    /// A loop that stands as an expression.
    Loop(Box<Statement>),
    /// One for which the plan has a shorter way.
    Planned(Box<Planned>),
}

/// Steps from a value to something inside of it.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) root: Expression,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) kind: StepKind,
    /// `?.` or `?[`: `()` stays `()`, and the chain ends there.
    pub(crate) optional: bool,
    pub(crate) position: Position,
}

#[derive(Debug, Clone)]
pub(crate) enum StepKind {
    Property(Box<str>),
    Index(Expression),
    /// A method: a host function whose receiver is what the chain has come to.
    Method(Callee, Vec<Expression>),
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) callee: Callee,
    pub(crate) arguments: Vec<Expression>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Callee {
    Host(&'static HostFunction),
    /// Index into the functions of the script.
    Script(usize),
    /// Index into the functions of an embedder that the script calls.
    Plugin(usize),
    /// `call`: the receiver is the function.
    FunctionValue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    ShiftLeft,
    ShiftRight,
    BitAnd,
    BitOr,
    BitXor,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl BinaryOperator {
    /// Whether it gives a boolean for any two values that it takes.
    pub(crate) fn compares(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessOrEqual
                | Self::Greater
                | Self::GreaterOrEqual
        )
    }
}

#[derive(Debug, Clone)]
pub(crate) struct If {
    pub(crate) condition: Expression,
    pub(crate) then: Block,
    pub(crate) otherwise: Block,
}

#[derive(Debug, Clone)]
pub(crate) struct Switch {
    pub(crate) subject: Expression,
    /// Tried in order.
    pub(crate) cases: Vec<Case>,
    pub(crate) default: Option<Arc<Expression>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) pattern: CasePattern,
    /// Several patterns of one case share condition and body.
    pub(crate) condition: Option<Arc<Expression>>,
    pub(crate) body: Arc<Expression>,
}

#[derive(Debug, Clone)]
pub(crate) enum CasePattern {
    Literal(Literal),
    Range {
        start: i64,
        end: i64,
        inclusive: bool,
    },
}

/// A constant in a `switch`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(Box<str>),
}
