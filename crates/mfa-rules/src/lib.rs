//! A multifactor policy engine.

mod codes;
mod compile;
mod diagnostic;
mod failure;
mod format;
mod host;
mod iso8601;
mod limits;
mod login;
mod meter;
mod multifactor;
mod nearest;
mod operators;
#[cfg(test)]
mod oracle;
mod outcome;
mod pattern;
mod quote;
mod rule_set;
mod secret;
mod source;
mod tree;
mod value;

pub use codes::{Code, UnknownCodeError};
pub use diagnostic::{Diagnostic, Severity};
pub use host::reference::host_function_reference;
pub use limits::Limits;
pub use login::Login;
pub use multifactor::Multifactor;
pub use outcome::{
    DecidedBy, Decision, Denial, DenialError, OnError, Outcome, RuleError, RuleReport, RuleStatus,
    RuleTrace, TraceRead, TraceWrite,
};
pub use rule_set::RuleSet;
pub use secret::Secret;
pub use source::{Position, Span};
