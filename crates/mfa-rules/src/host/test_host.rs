//! A host without an evaluator, in which the tests call host functions directly.

use super::{Arguments, Host, lookup};
use crate::failure::{Denied, Failure, Stop};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::pattern::{LiteralPatterns, PatternCache, PatternRef};
use crate::value::{Function, Value};
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use std::rc::Rc;
use std::sync::LazyLock;
use std::time::Duration;

/// The facts of the login.
static FACTS: LazyLock<Json> = LazyLock::new(|| json!({ "risk_score": 82, "known_device": null }));

static NO_LITERALS: LazyLock<LiteralPatterns> = LazyLock::new(LiteralPatterns::default);

/// A host that keeps what a function did.
pub(crate) struct TestHost<'a> {
    pub(crate) meter: Meter,
    pub(crate) printed: Vec<String>,
    /// What was assigned to `context.multifactor` last.
    pub(crate) multifactor: Option<Value<'a>>,
    patterns: PatternCache<'static>,
    closures: Vec<Closure>,
}

/// What a function value of a test does.
pub(crate) type Closure = for<'a> fn(&mut Meter, Vec<Value<'a>>) -> Result<Value<'a>, Stop<'a>>;

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
            closures: Vec::new(),
        }
    }

    /// A function value that takes `parameters` arguments.
    pub(crate) fn function(&mut self, parameters: usize, closure: Closure) -> Value<'a> {
        self.closures.push(closure);
        Value::Function(Rc::new(Function {
            index: self.closures.len().saturating_sub(1),
            captures: Vec::new(),
            parameters,
        }))
    }

    /// Calls a function that does not deny; the changed receiver stays in `arguments`.
    pub(crate) fn run(
        &mut self,
        name: &str,
        arguments: &mut [Value<'a>],
    ) -> Result<Value<'a>, Failure> {
        let function = lookup(name).unwrap_or_else(|| panic!("no function `{name}`"));
        let mut counts = function.forms.iter().map(|form| form.arguments);
        assert!(
            counts.any(|count| count == arguments.len()),
            "`{name}` has no form with {} arguments",
            arguments.len()
        );
        (function.body)(self, arguments).map_err(|stop| match stop {
            Stop::Failure(failure) => *failure,
            other => panic!("{other:?}"),
        })
    }

    /// Calls a function by its name, checking the number of arguments as a rule's compiler does.
    pub(crate) fn call(
        &mut self,
        name: &str,
        mut arguments: Vec<Value<'a>>,
    ) -> Result<Value<'a>, Stop<'a>> {
        let function = lookup(name).unwrap();
        let mut counts = function.forms.iter().map(|form| form.arguments);
        assert!(counts.any(|count| count == arguments.len()));
        (function.body)(self, &mut arguments)
    }
}

impl<'a> Host<'a> for TestHost<'a> {
    fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    fn call(
        &mut self,
        function: &Function<'a>,
        arguments: Arguments<'a>,
    ) -> Result<Value<'a>, Stop<'a>> {
        assert_eq!(function.parameters, arguments.len());
        self.closures[function.index](&mut self.meter, arguments.into_vec())
    }

    fn now(&self) -> DateTime<Utc> {
        "2026-01-05T09:00:00Z".parse().unwrap()
    }

    fn fact(&mut self, name: &str) -> Option<Value<'a>> {
        FACTS.get(name).map(Value::from_json)
    }

    fn print(&mut self, line: &str) {
        self.printed.push(line.to_owned());
    }

    fn assign_multifactor(&mut self, value: Value<'a>) -> Result<(), Failure> {
        self.multifactor = Some(value);
        Ok(())
    }

    fn pattern(&mut self, pattern: &str) -> Result<PatternRef<'a>, Failure> {
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
