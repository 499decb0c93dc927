//! The plan: shorter ways through what rules mostly do.
//!
//! Most of what rules ask is about a few members of the login: is this one in that list, does it
//! hold in JavaScript's sense, is it equal to a text. Such expressions have nothing to undo, so they
//! can be tried by a shorter way that knows nothing of places in the text, of nesting and of error
//! messages: [`Shortcut`]. It gives the value that the tree gives, and has spent the same, or it
//! gives up on everything that is unusual: an odd type, a missing parent, a limit that is near, the
//! clock that must be read. Then the tree is evaluated as if nothing had been tried, and whatever is
//! wrong is found and said there. So a shortcut cannot fail.
//!
//! Statements have shorter ways too: [`Step`]s. A rule is run by its first steps, until it ends or
//! comes to a statement that has none; from there on it goes through the tree.
//!
//! [`lower`] finds them when a rule compiles. Whoever observes a rule closely goes through the tree
//! alone, which is how tests hold that both ways agree.

mod lower;
mod walk;

pub(crate) use lower::lower;
#[cfg(feature = "mutation")]
pub(crate) use lower::raise;

use crate::failure::Failure;
use crate::host::HostFunction;
use crate::meter::Meter;
use crate::multifactor::Multifactor;
use crate::source::Position;
use crate::tree::{BinaryOperator, Expression, Root, StatementKind};
use crate::value::Map;
use serde_json::Value as Json;
use std::sync::Arc;

/// An expression with a shorter way to its value.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) shortcut: Shortcut,
    /// The same, as the rule has it.
    pub(crate) general: Expression,
    /// How many expressions are inside each other in it.
    pub(crate) height: usize,
}

/// A shorter way to the value of an expression.
#[derive(Debug, Clone)]
pub(crate) enum Shortcut {
    /// An array of constants. There is no other way to it, and nothing is ever built.
    List(Arc<Json>),
    Operand(Operand),
    Test(Test),
}

/// What gives any value.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(Box<str>),
    List(Arc<Json>),
    Path(Path),
    /// `a ?? b`
    Otherwise(Box<[Operand]>),
    /// A host function that only looks at its arguments.
    Call(Box<HostCall>),
    Test(Box<Test>),
    /// A text with `${…}` in it.
    Interpolation(Box<[Operand]>),
    /// `if test { a } else { b }`
    Either(Box<Either>),
}

/// What gives a boolean.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    /// What must be a boolean itself.
    Is(Operand),
    /// `truthy(x)`
    Truthy(Operand),
    Not(Box<Test>),
    /// `a && b`
    All(Box<[Test]>),
    /// `a || b`
    Any(Box<[Test]>),
    /// `path == "text"`, `path != "text"`
    IsText {
        path: Path,
        text: Box<str>,
        negated: bool,
    },
    /// Equality and order of anything.
    Compare(Box<Comparison>),
    /// `needle in list`
    In(Box<Containment>),
}

#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) operator: BinaryOperator,
    pub(crate) left: Operand,
    pub(crate) right: Operand,
}

#[derive(Debug, Clone)]
pub(crate) struct Containment {
    pub(crate) needle: Operand,
    pub(crate) list: Operand,
}

/// A variable, and properties from there.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Box<[PathStep]>,
    /// What is spent before the first step.
    pub(crate) entry: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct PathStep {
    pub(crate) name: Box<str>,
    pub(crate) optional: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Either {
    pub(crate) condition: Test,
    pub(crate) then: Operand,
    pub(crate) otherwise: Operand,
}

#[derive(Debug, Clone)]
pub(crate) struct HostCall {
    pub(crate) function: &'static HostFunction,
    /// Of a method, what it is called on.
    pub(crate) receiver: Option<CalledOn>,
    /// `a?.f()`: when the receiver is `()`, so is the result.
    pub(crate) optional: bool,
    pub(crate) arguments: Box<[Operand]>,
    /// What is spent besides the arguments, and the step of a method.
    pub(crate) entry: u64,
    pub(crate) position: Position,
}

/// What a method is called on.
#[derive(Debug, Clone)]
pub(crate) enum CalledOn {
    Path(Path),
    /// What a call before it gave.
    Call(Box<HostCall>),
}

/// A shorter way through a statement of the rule itself.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Declare {
        slot: usize,
        value: Operand,
    },
    If(Box<Branch>),
    Ask(Arc<Ask>),
    /// `deny(…)`
    Deny(Box<HostCall>),
    /// `throw "text"`
    Throw {
        text: Operand,
        position: Position,
    },
    Return,
}

#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) condition: Test,
    pub(crate) then: Box<[Step]>,
    pub(crate) otherwise: Box<[Step]>,
}

/// A statement that asks for a second factor, or takes a request back, in constants: checked when
/// the rule compiles.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) asked: Option<Multifactor>,
    /// The members of what `context.multifactor` is then; `None` for `()`.
    pub(crate) members: Option<Box<[Member]>>,
    /// Where it is written.
    pub(crate) position: Position,
    /// The same, as the rule has it.
    pub(crate) general: StatementKind,
}

/// The key of a member, and a constant: a text, a boolean, or `null` for `()`.
pub(crate) type Member = (Box<str>, Json);

impl Ask {
    /// Spends what it takes to write it, the first or a later one of a rule.
    pub(crate) fn spend(&self, is_first: bool, meter: &mut Meter) -> Result<(), Failure> {
        let members = self.members.as_ref().map_or(0, |members| members.len());
        let members = members.saturating_add(1).saturating_mul(Map::MEMBER_SIZE);
        let nodes = Map::FIRST_NODE.saturating_mul(2);
        let note = if is_first { size_of::<&str>() } else { 0 };
        meter.allocate(members.saturating_add(nodes).saturating_add(note))
    }
}
