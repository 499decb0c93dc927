//! The two ways through a rule: the shortcuts of its plan, and its tree, which whoever observes it
//! closely goes through.

use crate::logins::GeneratedLogin;
use mfa_rules::{Limits, Observe, RuleSet};
use serde_json::{Value as Json, json};

/// Decides about a login both ways, and compares: the whole outcome, what the rules left of the
/// login, and what each rule spent.
///
/// # Errors
///
/// What differs.
pub fn agree(rules: &RuleSet, login: &GeneratedLogin) -> Result<(), String> {
    let observe = Observe::decision().and_full().and_costs();
    let short = decide(rules, login, observe);
    let long = decide(rules, login, observe.and_steps());
    if short == long {
        return Ok(());
    }
    Err(format!(
        "the shortcuts differ from the tree\nshort: {short}\nlong:  {long}\nlogin: {login}"
    ))
}

/// The same for one rule under many limits, of which most are reached: what is spent where decides
/// in which place the rule fails.
///
/// # Errors
///
/// What differs.
pub fn agree_under_limits(source: &str, login: &GeneratedLogin) -> Result<(), String> {
    if RuleSet::from_source("generated", source).is_err() {
        return Ok(());
    }
    for operations in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 50_000] {
        let limits = Limits::DEFAULT.with_operations(operations);
        let rules = RuleSet::builder()
            .rule(("generated", source))
            .limits(limits)
            .compile()
            .map_err(|error| error.to_string())?;
        agree(&rules, login).map_err(|error| format!("{operations} operations: {error}"))?;
    }
    Ok(())
}

/// The same for a rule set: with nothing kept but the decision, which an index of rules may be used
/// for, and under any limits.
///
/// # Errors
///
/// What differs.
pub fn agree_in_a_set(rules: &RuleSet, login: &GeneratedLogin) -> Result<(), String> {
    agree(rules, login)?;
    let observe = Observe::decision();
    for observe in [observe, observe.and_full()] {
        let short = decide(rules, login, observe);
        let mut long = decide(rules, login, observe.and_trace());
        if let Json::Object(members) = &mut long {
            // A trace shows the login too.
            members.retain(|key, _| short.get(key).is_some());
        }
        if short != long {
            return Err(format!(
                "what is decided differs from the tree\nshort: {short}\nlong:  {long}\nlogin: {login}"
            ));
        }
    }
    Ok(())
}

fn decide(rules: &RuleSet, login: &GeneratedLogin, observe: Observe) -> Json {
    let outcome = rules.decide_observed(&login.login(), observe);
    let mut json = json!(outcome);
    if let Json::Object(members) = &mut json {
        members.remove("trace");
        let spent: Vec<Json> = outcome
            .costs()
            .map(|cost| json!([cost.rule, cost.operations, cost.memory]))
            .collect();
        members.insert("spent".to_owned(), Json::Array(spent));
        members.insert("decided_by".to_owned(), json!(outcome.decided_by()));
    }
    json
}
