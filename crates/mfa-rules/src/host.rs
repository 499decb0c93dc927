//! The host functions: what a rule may call besides its own functions.
//!
//! Each family has a file with a table of [`HostFunction`]s; [`lookup`] finds one by its name.
//! The reference page `docs/host-functions.md` is generated from these tables.

pub(crate) mod arguments;
mod array;
mod callbacks;
mod collection;
mod digest;
pub(crate) mod fact;
mod geography;
mod map;
mod network;
mod number;
pub(crate) mod outcome;
#[cfg(feature = "testing")]
mod panic;
mod pattern;
pub(crate) mod reference;
#[cfg(test)]
mod rhai_tests;
#[cfg(test)]
pub(crate) mod test_host;
mod text;
pub(crate) mod time;
pub(crate) mod trace;
mod values;

pub(crate) use values::truthy;
mod words;

use crate::failure::{Failure, Stop};
use crate::meter::Meter;
use crate::pattern::PatternRef;
use crate::value::{Function, Value};
use chrono::{DateTime, Utc};
use smallvec::SmallVec;

/// The arguments of a call, the receiver first.
pub(crate) type Arguments<'a> = SmallVec<[Value<'a>; 3]>;

/// What a host function may use of the evaluation that calls it.
pub(crate) trait Host<'a> {
    /// Where work and memory are spent.
    fn meter(&mut self) -> &mut Meter;

    /// Calls a function value, the captures being put before `arguments`.
    fn call(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Value<'a>, Stop<'a>>;

    /// The time of the login.
    fn now(&self) -> DateTime<Utc>;

    /// What the server has fetched under this name; `None` when it has not.
    fn fact(&mut self, name: &str) -> Option<Value<'a>>;

    /// Appends a line to the trace of the rule, as far as there is room.
    fn print(&mut self, line: &str);

    /// Assigns `context.multifactor`.
    fn assign_multifactor(&mut self, value: Value<'a>) -> Result<(), Failure>;

    /// The compiled form of a pattern: see [`crate::pattern::PatternCache`].
    fn pattern(&mut self, pattern: &str) -> Result<PatternRef<'a>, Failure>;
}

/// The code of a host function. The first of the arguments is the receiver.
///
/// A function that changes its receiver changes the first argument in place, and the evaluator
/// puts it back to where it came from, also after a failure.
pub(crate) type Body =
    for<'a> fn(&mut (dyn Host<'a> + '_), &mut [Value<'a>]) -> Result<Value<'a>, Stop<'a>>;

/// A host function, with its documentation.
pub(crate) struct HostFunction {
    pub(crate) name: &'static str,
    /// The ways to call it. The numbers of arguments that they take are the ones allowed.
    pub(crate) forms: &'static [Form],
    /// Whether the first argument is changed in place.
    pub(crate) receiver: Receiver,
    /// Whether there is a result to use.
    pub(crate) gives: Gives,
    /// Whether it calls functions that it is given. The receiver is then taken before they run.
    pub(crate) callbacks: Callbacks,
    pub(crate) body: Body,
    /// What it does, in Markdown: units, limits, errors, and where the behaviour comes from.
    pub(crate) about: &'static str,
    /// A rule fragment whose last line is an expression, and what it gives, as `to_debug` text;
    /// a test evaluates it. Empty for functions that end a rule.
    pub(crate) example: &'static [(&'static str, &'static str)],
}

/// One way to call a host function.
pub(crate) struct Form {
    /// For example `text.index_of(part, start) -> integer`.
    pub(crate) signature: &'static str,
    /// The number of arguments, the receiver included.
    pub(crate) arguments: usize,
}

/// What a host function does with its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    Read,
    Changed,
}

/// Whether a host function gives a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    Value,
    Nothing,
}

/// Whether a host function calls functions that it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Callbacks {
    Never,
    Calls,
}

/// A family of host functions, a chapter of the reference page.
pub(crate) struct Family {
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) functions: &'static [HostFunction],
}

impl Family {
    /// Whether it is one of the family's functions.
    pub(crate) fn has(&self, function: &HostFunction) -> bool {
        self.functions.iter().any(|one| one.name == function.name)
    }
}

/// All families, in the order of the reference page.
pub(crate) const FAMILIES: &[&Family] = &[
    &outcome::FAMILY,
    &fact::FAMILY,
    &values::FAMILY,
    &collection::FAMILY,
    &text::FAMILY,
    &pattern::FAMILY,
    &words::FAMILY,
    &array::FAMILY,
    &map::FAMILY,
    &number::FAMILY,
    &time::FAMILY,
    &network::FAMILY,
    &geography::FAMILY,
    &digest::FAMILY,
    &trace::FAMILY,
];

/// The host function of this name.
pub(crate) fn lookup(name: &str) -> Option<&'static HostFunction> {
    let found = all().find(|function| function.name == name);
    #[cfg(feature = "testing")]
    let found = found.or_else(|| panic::lookup(name));
    found
}

/// All host functions.
pub(crate) fn all() -> impl Iterator<Item = &'static HostFunction> {
    FAMILIES.iter().flat_map(|family| family.functions)
}

impl std::fmt::Debug for HostFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
