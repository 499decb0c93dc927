//! A multifactor policy engine.

mod check;
mod codes;
mod compile;
mod compile_error;
mod decide;
mod diagnostic;
mod eval;
mod failure;
mod folder;
mod format;
mod host;
mod iso8601;
mod limits;
mod loader;
mod login;
mod manifest;
mod meter;
mod multifactor;
mod nearest;
mod observe;
mod operators;
#[cfg(test)]
mod oracle;
mod outcome;
mod parse;
mod pattern;
mod quote;
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

pub use check::{CheckReport, CheckedRule};
pub use codes::{Code, UnknownCodeError};
pub use compile_error::CompileError;
pub use diagnostic::{Diagnostic, Severity};
pub use host::reference::host_function_reference;
pub use host::time::time_from_json;
pub use limits::Limits;
pub use loader::Loader;
pub use login::Login;
pub use multifactor::{DuoAdmin, Multifactor, Provider, Remember, Setting};
pub use observe::Observe;
pub use outcome::{
    DecidedBy, Decision, Denial, DenialError, OnError, Outcome, RuleError, RuleReport, RuleStatus,
    RuleTrace, TraceRead, TraceWrite,
};
pub use render::{Rendered, Style};
pub use rule_set::{AppliesTo, LANGUAGE_VERSION, RuleSet, RuleSetBuilder, RuleSource};
pub use secret::Secret;
pub use source::{Position, Span};
