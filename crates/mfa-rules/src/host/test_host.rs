//! A host without an evaluator, in which the tests call host functions directly.

use super::{Host, lookup};
use crate::failure::{Denied, Failure, Stop};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::pattern::{LiteralPatterns, Pattern, PatternCache};
use crate::value::{Function, Value};
use chrono::{DateTime, Utc};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

static NO_LITERALS: LazyLock<LiteralPatterns> = LazyLock::new(LiteralPatterns::default);

/// A host that keeps what a function did.
pub(crate) struct TestHost<'a> {
    pub(crate) meter: Meter,
    pub(crate) printed: Vec<String>,
    /// What was assigned to `context.multifactor` last.
    pub(crate) multifactor: Option<Value<'a>>,
    patterns: PatternCache<'static>,
}

impl<'a> TestHost<'a> {
    pub(crate) fn new() -> Self {
        Self::with(Limits::DEFAULT)
    }

    /// A host with these limits, but for the clock: tests run on slow machines.
    pub(crate) fn with(mut limits: Limits) -> Self {
        limits.deadline = Duration::MAX;
        Self {
            meter: Meter::new(limits),
            printed: Vec::new(),
            multifactor: None,
            patterns: PatternCache::new(&NO_LITERALS),
        }
    }

    /// Calls a function by its name, checking the number of arguments as a rule's compiler does.
    pub(crate) fn call(
        &mut self,
        name: &str,
        mut arguments: Vec<Value<'a>>,
    ) -> Result<Value<'a>, Stop<'a>> {
        let function = lookup(name).unwrap();
        let counts = function.forms.iter().map(|form| form.arguments);
        assert!(counts.into_iter().any(|count| count == arguments.len()));
        (function.body)(self, &mut arguments)
    }
}

impl<'a> Host<'a> for TestHost<'a> {
    fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    fn call(
        &mut self,
        _function: &Function<'a>,
        _arguments: Vec<Value<'a>>,
    ) -> Result<Value<'a>, Stop<'a>> {
        panic!("the functions that are tested here call nothing")
    }

    fn now(&self) -> DateTime<Utc> {
        "2026-01-05T09:00:00Z".parse().unwrap()
    }

    fn print(&mut self, line: &str) {
        self.printed.push(line.to_owned());
    }

    fn assign_multifactor(&mut self, value: Value<'a>) -> Result<(), Failure> {
        self.multifactor = Some(value);
        Ok(())
    }

    fn pattern(&mut self, pattern: &str) -> Result<Arc<Pattern>, Failure> {
        self.patterns.pattern(pattern, &mut self.meter)
    }
}

/// What a call on a new host gives, as `Debug` text.
pub(crate) fn gives(name: &str, arguments: Vec<Value<'_>>) -> String {
    format!("{:?}", TestHost::new().call(name, arguments).unwrap())
}

/// The failure of a call on a new host.
pub(crate) fn fails(name: &str, arguments: Vec<Value<'_>>) -> Failure {
    match TestHost::new().call(name, arguments) {
        Err(Stop::Failure(failure)) => *failure,
        other => panic!("{name} gave {other:?}"),
    }
}

/// The denial of a call on a new host.
pub(crate) fn denies(name: &str, arguments: Vec<Value<'_>>) -> Denied {
    match TestHost::new().call(name, arguments) {
        Err(Stop::Denied(denied)) => *denied,
        other => panic!("{name} gave {other:?}"),
    }
}
