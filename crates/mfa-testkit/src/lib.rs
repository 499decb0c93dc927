//! Generators, oracles and fuzz bodies for the tests of this workspace.
//!
//! - [`grammar`] makes rules, [`hostile`] makes texts that are hardly rules, [`logins`] makes logins:
//!   all from bytes, so that property tests and fuzzers drive the same generators.
//! - [`oracle`] runs a rule on Rhai's own evaluator.
//! - [`agree`] compares the engine with the oracle.
//! - [`texts`] makes JSON texts in any spelling, and with damage.
//! - [`entrances`] compares the forms in which a login comes in: values, texts, typed values.
//! - [`lines`] has the law of the lines that `mfa decide --logins` reads.
//! - [`reads`] cuts logins down to what a rule set can look at.
//! - [`plain`] makes rules of the kind that policies mostly consist of.
//! - [`sets`] makes rule sets, whose rules meet what earlier ones asked for and changed.
//! - [`ways`] compares the two ways through a rule: the shortcuts of its plan, and its tree.
//! - [`fuzz`] has the bodies of the fuzz targets.

pub mod agree;
mod bytes;
pub mod entrances;
pub mod fuzz;
pub mod grammar;
pub mod hostile;
mod json_text;
pub mod lines;
pub mod logins;
pub mod oracle;
pub mod plain;
pub mod reads;
pub mod sets;
pub mod texts;
mod typed;
pub mod ways;

pub use bytes::noise;
