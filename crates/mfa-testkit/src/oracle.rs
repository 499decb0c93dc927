//! The oracle: a rule on Rhai's own evaluator, over a login that is converted as a whole.
//!
//! It runs the *twin* of a generated rule. The twin is the same rule on the same lines, with a call
//! of one of the functions of `departures` wherever version 1 of the rule language departs from
//! Rhai on purpose: an ordered comparison, a predicate, a write to the login, a `catch`.

mod bridge;
mod departures;
mod errors;
mod multifactor;
mod values;
mod worker;

use crate::logins::GeneratedLogin;
use chrono::{DateTime, Utc};
use mfa_rules::DenialError;
use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, EvalAltResult, OptimizationLevel, Scope};
use serde_json::{Map, Value as Json};
use std::cell::RefCell;
use std::rc::Rc;

/// What the oracle says about a rule and a login.
#[derive(Debug, Clone, PartialEq)]
pub struct OracleRun {
    /// How the rule ended.
    pub ended: Ended,
    /// The user as the rule left it.
    pub user: Json,
    /// The context as the rule left it.
    pub context: Json,
    /// What the rule printed.
    pub printed: Vec<String>,
    /// Rhai's words for its error, for whoever reads a disagreement.
    pub message: Option<String>,
}

/// How a rule ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It ran to its end.
    Ran,
    /// It denied the login, or threw a text.
    Denied {
        /// OAuth's `error`.
        error: DenialError,
        /// OAuth's `error_description`.
        description: String,
        /// The line, from 1.
        line: Option<usize>,
    },
    /// It failed.
    Failed {
        /// The class of the error, as the name of one of our codes.
        code: &'static str,
        /// The line, from 1, where it is one that must agree.
        line: Option<usize>,
    },
    /// Nothing can be said about it.
    NotComparable(&'static str),
}

/// Whether Rhai takes `twin` for a script.
///
/// # Errors
///
/// Rhai's message.
pub fn parse(twin: &str) -> Result<(), String> {
    let twin = twin.to_owned();
    worker::run(move |oracle| match oracle.engine.compile(&twin) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    })
    .unwrap_or_else(Err)
}

/// Runs `twin` over `login`.
///
/// # Errors
///
/// What is wrong with the twin or with the oracle itself, when there is no result.
pub fn run(twin: &str, login: &GeneratedLogin) -> Result<OracleRun, String> {
    let twin = twin.to_owned();
    let login = login.clone();
    worker::run(move |oracle| oracle.run(&twin, &login))?
}

/// What a run notes beside Rhai's own result.
#[derive(Debug, Default)]
struct Notes {
    now: DateTime<Utc>,
    facts: Map<String, Json>,
    /// `deny` was called.
    denied: Option<(DenialError, String, Option<usize>)>,
    /// A failure that cannot be caught.
    fatal: Option<(&'static str, Option<usize>)>,
    /// The first error of a comparator, which Rhai's `sort` swallows.
    comparator: Option<Box<EvalAltResult>>,
    not_comparable: Option<&'static str>,
    operations: u64,
    printed: Vec<String>,
}

impl Notes {
    /// Whether the rule has ended, whatever catches the error.
    fn is_over(&self) -> bool {
        self.denied.is_some() || self.fatal.is_some() || self.not_comparable.is_some()
    }
}

type SharedNotes = Rc<RefCell<Notes>>;

/// Rhai with the host functions and the departures.
struct Oracle {
    engine: Engine,
    notes: SharedNotes,
}

/// More than any rule that our own limits let run.
const OPERATIONS: u64 = 400_000;

impl Oracle {
    fn new() -> Self {
        let notes = SharedNotes::default();
        let mut engine = Engine::new_raw();
        engine.register_global_module(StandardPackage::new().as_shared_module());
        engine.set_optimization_level(OptimizationLevel::None);
        engine.disable_symbol("eval");
        engine.set_max_expr_depths(0, 0);
        engine.set_max_call_levels(64);
        engine.set_max_string_size(1 << 17);
        engine.set_max_array_size(1 << 14);
        engine.set_max_map_size(1 << 14);
        // Rhai's own limit starts anew in each closure call, so the steps are counted here.
        let shared = Rc::clone(&notes);
        engine.on_progress(move |_| {
            let mut notes = shared.borrow_mut();
            notes.operations = notes.operations.saturating_add(1);
            if notes.operations > OPERATIONS {
                notes.not_comparable = Some("limit");
            }
            (notes.operations > OPERATIONS).then_some(Dynamic::UNIT)
        });
        let shared = Rc::clone(&notes);
        engine.on_print(move |line| shared.borrow_mut().printed.push(line.to_owned()));
        let shared = Rc::clone(&notes);
        engine.on_debug(move |line, _, _| shared.borrow_mut().printed.push(line.to_owned()));
        bridge::register(&mut engine, &notes);
        departures::register(&mut engine, &notes);
        Self { engine, notes }
    }

    fn run(&self, twin: &str, login: &GeneratedLogin) -> Result<OracleRun, String> {
        *self.notes.borrow_mut() = Notes {
            now: login.now,
            facts: login.facts.clone(),
            ..Notes::default()
        };
        let mut scope = Scope::new();
        let context = match &login.context {
            Json::Null => Json::Object(Map::new()),
            context => context.clone(),
        };
        let configuration = Json::Object(login.configuration.clone());
        scope.push_dynamic("user", values::from_json(&login.user));
        scope.push_dynamic("context", values::from_json(&context));
        // No constant: the compiler keeps rules from writing it, and Rhai refuses even to call some
        // functions on a constant that only read it.
        scope.push_dynamic("configuration", values::from_json(&configuration));
        let ast = self
            .engine
            .compile(twin)
            .map_err(|error| format!("the twin does not parse: {error}"))?;
        let result = self.engine.run_ast_with_scope(&mut scope, &ast);
        let message = result.as_ref().err().map(ToString::to_string);
        let mut notes = self.notes.borrow_mut();
        let root = |name: &str| {
            scope
                .get_value::<Dynamic>(name)
                .unwrap_or_default()
                .flatten()
        };
        let mut ended = ended(result, &notes);
        if ended == Ended::Ran && !multifactor::is_valid(&root("context")) {
            ended = Ended::Failed {
                code: "multifactor",
                line: None,
            };
        }
        let (user, context) = match (
            &ended,
            values::to_json(&root("user")),
            values::to_json(&root("context")),
        ) {
            // The writes of a rule that failed are undone.
            (Ended::Failed { .. }, _, _) => (login.user.clone(), context),
            (_, Some(user), Some(context)) => (user, context),
            // Nobody has asked where it was stored.
            _ => {
                ended = Ended::Failed {
                    code: "login-write",
                    line: None,
                };
                (login.user.clone(), context)
            }
        };
        Ok(OracleRun {
            ended,
            user,
            context,
            printed: std::mem::take(&mut notes.printed),
            message,
        })
    }
}

fn ended(result: Result<(), Box<EvalAltResult>>, notes: &Notes) -> Ended {
    if let Some(reason) = notes.not_comparable {
        return Ended::NotComparable(reason);
    }
    if let Some((error, description, line)) = &notes.denied {
        return Ended::Denied {
            error: *error,
            description: description.clone(),
            line: *line,
        };
    }
    if let Some((code, line)) = notes.fatal {
        return Ended::Failed { code, line };
    }
    match result {
        Ok(()) => Ended::Ran,
        Err(error) => errors::ended(&error),
    }
}
