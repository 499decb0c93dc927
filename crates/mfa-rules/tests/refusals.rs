//! What does not compile, and what the author of a rule is told about it.
//!
//! `refusals/cases.txt` holds rules and the diagnostics that they give, to the letter. After a
//! change of wording, `MFA_BLESS=1 cargo test -p mfa-rules --test refusals` writes it anew; read the
//! difference before it is committed.

#![cfg(test)]

mod written;

use mfa_rules::{RuleSet, Severity};
use std::fmt::Write;

#[test]
fn every_refusal_says_what_is_wrong_where_and_what_to_do() {
    written::check("refusals", report);
}

/// The diagnostics of a rule, a line each, with their help.
fn report(source: &str) -> String {
    let rule_set;
    let error;
    let diagnostics = match RuleSet::from_source("rule", source) {
        Ok(compiled) => {
            rule_set = compiled;
            rule_set.warnings()
        }
        Err(refused) => {
            error = refused;
            error.diagnostics()
        }
    };
    let mut report = String::new();
    for diagnostic in diagnostics {
        let severity = match diagnostic.severity {
            Severity::Error => "",
            Severity::Warning => "warning ",
        };
        let place = diagnostic.span.map_or_else(String::new, |span| {
            format!("{}:{}+{} ", span.start.line, span.start.column, span.length)
        });
        let code = diagnostic.code;
        write!(report, "\n{place}{severity}{code}: {}", diagnostic.message).unwrap();
        if let Some(help) = &diagnostic.help {
            write!(report, "\n    {help}").unwrap();
        }
    }
    if report.is_empty() {
        report.push_str("\ncompiles");
    }
    report
}
