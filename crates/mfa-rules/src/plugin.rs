//! What an embedder adds to the engine, in Rust: host functions and rules.
//!
//! [`function`] are functions that scripts call, over plain JSON; [`rule`] are rules that run
//! beside scripts, under the same failure rules.

mod function;
pub(crate) mod json;
mod reads;
mod reference;
pub(crate) mod rule;

pub use function::{Function, FunctionError, Functions, RegistrationError};
pub use rule::{NativeRule, RuleFailure, RuleLogin};
