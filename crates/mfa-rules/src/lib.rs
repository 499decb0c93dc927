//! A multifactor policy engine.

mod codes;
mod compile;
mod diagnostic;
mod failure;
mod host;
mod limits;
mod login;
mod meter;
mod multifactor;
mod outcome;
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
