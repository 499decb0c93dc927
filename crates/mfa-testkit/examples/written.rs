//! Compares one written rule, from standard input, over the simplest login:
//! `cargo run -p mfa-testkit --example written < rule.rhai`.

#![expect(clippy::print_stdout, reason = "a tool for developers")]

use mfa_testkit::agree::agree;
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;

fn main() -> std::io::Result<()> {
    let source = std::io::read_to_string(std::io::stdin())?;
    let rule = GeneratedRule::written(&source);
    match agree(&rule, &GeneratedLogin::from_bytes(&[])) {
        Ok(verdict) => println!("{verdict:?}"),
        Err(disagreement) => println!("{disagreement}"),
    }
    Ok(())
}
