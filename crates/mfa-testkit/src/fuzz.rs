//! The bodies of the fuzz targets: each checks one law for any bytes, and panics when it is broken.

use crate::agree;
use crate::bytes::Bytes;
use crate::grammar::GeneratedRule;
use crate::hostile;
use crate::logins::GeneratedLogin;
use mfa_rules::{Decision, Login, RuleSet};

/// Any text compiles or is refused, and what compiles decides about any login, without a panic and
/// without a failure that leaves the second factor out.
///
/// # Panics
///
/// When the law is broken.
pub fn rule_source(bytes: &[u8]) {
    let mut choices = Bytes::new(bytes);
    let mut of_login = choices.split(usize::from(bytes.len() > 64).saturating_mul(48));
    let login = GeneratedLogin::generate(&mut of_login);
    let raw = bytes.get(48..).unwrap_or(bytes);
    compile_and_decide(&String::from_utf8_lossy(bytes), &login);
    compile_and_decide(&hostile::text(raw), &login);
}

/// A generated rule does the same on the engine and on the oracle.
///
/// # Panics
///
/// When the law is broken.
#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
pub fn oracle(bytes: &[u8]) {
    let mut choices = Bytes::new(bytes);
    let mut of_login = choices.split(bytes.len() / 3);
    let login = GeneratedLogin::generate(&mut of_login);
    let rule = GeneratedRule::generate(&mut choices);
    if let Err(disagreement) = agree::agree(&rule, &login) {
        panic!("{disagreement}");
    }
}

/// # Panics
///
/// When a rule set decides `not_required` although something went wrong.
fn compile_and_decide(source: &str, login: &GeneratedLogin) {
    let Ok(rules) = RuleSet::from_source("fuzzed", source) else {
        return;
    };
    let login = Login::new(login.now)
        .user(&login.user)
        .context(&login.context)
        .configuration(&login.configuration);
    let outcome = rules.decide(&login);
    assert!(
        outcome.errors().is_empty() || outcome.decision() != Decision::NotRequired,
        "a failure decided that no second factor is needed:\n{source}"
    );
}
