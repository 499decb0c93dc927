//! A multifactor policy engine: runs rules, written in Rhai in the manner of Auth0's Rules, against
//! a user and a login, and decides whether the login needs a second factor.
//!
//! ```
//! use mfa_rules::{Decision, Login, Provider, RuleSet};
//! use serde_json::json;
//!
//! let rules = RuleSet::from_source(
//!     "flagged-users",
//!     r#"if truthy(user?.app_metadata?.use_mfa) { require_mfa("guardian"); }"#,
//! )?;
//! let user = json!({ "user_id": "auth0|1", "app_metadata": { "use_mfa": true } });
//! let context = json!({ "clientID": "payroll" });
//! let login = Login::new("2026-01-05T09:00:00Z".parse()?).user(&user).context(&context);
//!
//! let outcome = rules.decide(&login);
//! assert_eq!(outcome.decision(), Decision::Required);
//! let provider = outcome.multifactor().map(|multifactor| multifactor.provider());
//! assert_eq!(provider, Some(Provider::Guardian));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The pieces
//!
//! - A [`RuleSet`] is compiled once, when a server starts: from a folder with
//!   [`RuleSet::load`] or a [`Loader`], from texts with [`RuleSet::from_source`] or a
//!   [`RuleSetBuilder`]. It is immutable, and one for all threads.
//! - A [`CompileError`] holds everything that is wrong with a set at once, each problem a
//!   [`Diagnostic`] with a stable [`Code`], a place and advice. A set with an error does not exist.
//! - A [`Login`] borrows the user and the context as `serde_json::Value`s. Nothing is copied. A
//!   [`JsonLogin`] has them as JSON texts, and a [`TypedLogin`] as any types that are `Serialize`:
//!   of these only what the rules look at is read, and the outcome is the same.
//! - [`RuleSet::facts`] says what a server has to fetch for the rules, which reach nothing
//!   themselves; [`Login::facts`] takes what was fetched.
//! - [`RuleSet::decide`] gives an [`Outcome`]: the [`Decision`], the [`Multifactor`] that is asked
//!   for, the [`Denial`], what the rules changed, what each did. [`RuleSet::decide_observed`] keeps
//!   more, for traces and tests; see [`Observe`].
//! - [`Outcome::challenge`] says whether a challenge is then shown, given the [`ChallengeFacts`]
//!   that no rule owns: a remembered browser, the tenant's policy, what the application asked for.
//! - [`Limits`] bound what one rule may spend on one login.
//! - [`Functions`] and a [`NativeRule`] are what a server adds in Rust: host functions, and rules
//!   beside scripts.
//! - A [`Policy`] is what decides in a server: a rule set, and who watches it. An [`Observer`] is told
//!   of each decision, a [`DecisionLog`] writes each as a [`DecisionRecord`], without what a [`Mask`]
//!   hides, and a shadow is a candidate that is tried beside the rules in use.
//! - With the feature `cache`, `RuleCache` shares compiled rules among sets, and `Tenants` keeps the
//!   policies of many tenants within a bound on memory.
//!
//! The rule language (`rule-language.md`), the host functions (`host-functions.md`), the login
//! (`login.md`), rule sets (`rule-sets.md`), plug-ins (`plug-ins.md`), the JSON of an outcome
//! (`outcome.md`) and challenges (`challenge.md`) have references of their own, in `docs/` of the
//! repository; [`host_function_reference`] gives the second as text.
//!
//! # What happens when something goes wrong
//!
//! [`RuleSet::decide`] is total. A rule that fails — an error that the script does not catch, a
//! limit, a panic in a host function, a malformed second factor — changes nothing, and its
//! [`OnError`] is applied: the login is denied, or a second factor is required. A login that cannot
//! be read is denied. None of it becomes [`Decision::NotRequired`]. A rule that catches an error of
//! its own has not failed.
//!
//! # Security
//!
//! - Match on [`Outcome::decision`], and treat [`Decision::Denied`] as the end of the login. What
//!   else is in the outcome of a denied login is for the log.
//! - Apply [`Outcome::redirect`] and [`Outcome::changes`] yourself: the engine assigns no claim and
//!   sends nobody anywhere. A redirect does not stand for a second factor.
//! - Give the login's time yourself, read once. Rules have no other clock, no network, no files.
//! - Load profiles, contexts and facts from your own stores. Rules believe what they are given: a `context`
//!   that a client can fill decides what the client wants.
//! - [`Denial::error_description`] may hold a text of the rule's author, and is meant for the user.
//!   [`Outcome::errors`] is for operators.
//! - A [`Secret`] has no `Debug`, and is `"***"` in every serialized form. Only
//!   [`Secret::expose`] and [`Setting::expose`] give it away.
//! - `panic = "abort"` turns off the protection against a panicking host function: the process ends.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cache")]
mod cache;
mod caught;
mod challenge;
mod check;
mod codes;
mod compile;
mod compile_error;
mod decide;
mod diagnostic;
mod entrance;
mod eval;
mod failure;
mod folder;
mod format;
mod host;
mod iso8601;
mod json_text;
mod limits;
mod live;
mod loader;
mod login;
mod manifest;
mod member;
mod memory;
mod meter;
mod multifactor;
#[cfg(feature = "mutation")]
mod mutate;
mod nearest;
mod observe;
mod operators;
#[cfg(test)]
mod oracle;
mod outcome;
mod parse;
mod pattern;
mod plan;
mod plugin;
mod policy;
mod projection;
mod quote;
mod read_set;
mod render;
mod rule_set;
mod secret;
mod source;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
mod tree;
mod value;
pub mod yaml;

#[cfg(feature = "cache")]
#[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
pub use cache::{CacheFigures, PolicySource, RuleCache, TenantError, Tenants};
pub use challenge::{
    AcrValues, Audience, Challenge, ChallengeFacts, ChallengeReason, Grant, Prompt,
    RememberedBrowser, RiskConfidence, TenantPolicy,
};
pub use check::{CheckReport, CheckedRule};
pub use codes::{Code, UnknownCodeError};
pub use compile_error::CompileError;
pub use decide::RuleReads;
pub use diagnostic::{Diagnostic, Severity};
pub use entrance::{JsonLogin, LoginSource, TypedLogin};
pub use host::reference::host_function_reference;
pub use host::time::time_from_json;
pub use json_text::{JsonError, read_json};
pub use limits::Limits;
#[cfg(feature = "watch")]
pub use live::watch::{Watch, WatchError};
pub use live::{Current, LivePolicy, Refusal, Reload};
pub use loader::Loader;
pub use login::Login;
pub use memory::MemoryUse;
pub use multifactor::{DuoAdmin, Multifactor, Provider, Remember, Setting};
#[cfg(feature = "mutation")]
pub use mutate::Mutation;
pub use observe::Observe;
pub use outcome::{
    DecidedBy, Decision, Denial, DenialError, OnError, Outcome, RuleCost, RuleError, RuleReport,
    RuleStatus, RuleTrace, TraceRead, TraceStep, TraceStepKind, TraceWrite,
};
pub use plugin::{
    Function, FunctionError, Functions, NativeRule, RegistrationError, RuleFailure, RuleLogin,
};
pub use policy::{
    Decided, DecisionLog, DecisionRecord, Difference, Mask, MaskError, Observer, Policy, SeenLogin,
    ShadowReport,
};
pub use read_set::{Paths, ReadPart, ReadPath, ReadSet};
pub use render::{Rendered, RenderedAll, Style};
pub use rule_set::{AppliesTo, LANGUAGE_VERSION, NeededFact, RuleSet, RuleSetBuilder, RuleSource};
pub use secret::Secret;
pub use source::{Position, Span};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// The example of the reference of challenges.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/challenge.md")]
struct Challenges;

/// The examples of the reference of servers, which show features.
#[cfg(all(doctest, feature = "watch", feature = "cache"))]
#[doc = include_str!("../../../docs/servers.md")]
struct Servers;
