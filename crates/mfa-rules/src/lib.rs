//! A multifactor policy engine.

mod codes;
mod compile;
mod decide;
mod diagnostic;
mod eval;
mod failure;
mod format;
mod host;
mod limits;
mod load;
mod login;
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
mod rule_set;
mod secret;
mod source;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod testing;
mod tree;
mod value;

pub use codes::{Code, UnknownCodeError};
pub use diagnostic::{Diagnostic, Severity};
pub use host::reference::host_function_reference;
pub use limits::Limits;
pub use load::CompileError;
pub use login::Login;
pub use multifactor::{DuoAdmin, Multifactor, Provider, Remember, Setting};
pub use observe::Observe;
pub use outcome::{
    DecidedBy, Decision, Denial, DenialError, OnError, Outcome, RuleError, RuleReport, RuleStatus,
    RuleTrace, TraceRead, TraceWrite,
};
pub use rule_set::RuleSet;
pub use secret::Secret;
pub use source::{Position, Span};
