//! Sets of many rules, each for another client.

use crate::logins::{LoginDocument, logins};
use mfa_rules::{AppliesTo, CompileError, RuleSet, RuleSource};
use serde_json::{Value as Json, json};

/// What each rule does for its client.
const BODY: &str = r#"if truthy(user?.app_metadata?.use_mfa) {
    context.multifactor = #{ provider: "guardian", allowRememberBrowser: false };
}
"#;

/// How a rule says which client it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The rule set says it: `applies_to`.
    AppliesTo,
    /// The rule begins with `if context.clientID in […]`, a list of three.
    List,
    /// The rule begins with `if context.clientID == …`.
    Equality,
}

impl NamedBy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AppliesTo, Self::List, Self::Equality];

    /// As a bench calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppliesTo => "applies_to",
            Self::List => "a guard with in",
            Self::Equality => "a guard with ==",
        }
    }

    fn rule(self, number: usize) -> RuleSource {
        let client = client(number);
        let name = format!("rule-{number}");
        let guarded = |guard: String| format!("if {guard} {{\n{BODY}}}\n");
        match self {
            Self::AppliesTo => {
                RuleSource::new(name, BODY).applies_to(AppliesTo::default().clients([client]))
            }
            Self::List => {
                let list = format!("[\"{client}-test\", \"{client}\", \"{client}-staging\"]");
                RuleSource::new(name, guarded(format!("context.clientID in {list}")))
            }
            Self::Equality => {
                RuleSource::new(name, guarded(format!("context.clientID == \"{client}\"")))
            }
        }
    }
}

fn client(number: usize) -> String {
    format!("app-{number}")
}

/// A set of so many rules, each for another client.
///
/// # Errors
///
/// When a rule does not compile.
pub fn client_rule_set(named_by: NamedBy, rules: usize) -> Result<RuleSet, CompileError> {
    let rules = (0..rules).map(|number| named_by.rule(number));
    RuleSet::builder().rules(rules).compile()
}

/// The logins of [`logins`], each by a client that one of so many rules is for.
pub fn logins_of_clients(rules: usize) -> Vec<LoginDocument> {
    // A prime, so that clients come in no order of the rules.
    let numbers = (0_usize..).map(|number| number.wrapping_mul(7_919).checked_rem(rules));
    with_clients(numbers.map(|number| client(number.unwrap_or_default())))
}

/// The logins of [`logins`], by clients that no rule is for.
pub fn logins_of_other_clients() -> Vec<LoginDocument> {
    with_clients((0_usize..).map(|number| format!("web-{}", number.wrapping_rem(97))))
}

fn with_clients(clients: impl Iterator<Item = String>) -> Vec<LoginDocument> {
    let mut logins = logins();
    for (login, client) in logins.iter_mut().zip(clients) {
        if let Json::Object(members) = &mut login.context {
            members.insert("clientID".to_owned(), json!(client));
        }
    }
    logins
}

#[cfg(test)]
mod tests {
    use super::{NamedBy, client_rule_set, logins_of_clients, logins_of_other_clients};
    use crate::decide_by_engine;
    use crate::rust::is_truthy;
    use chrono::DateTime;
    use mfa_rules::Decision;
    use serde_json::Value as Json;

    #[test]
    fn however_a_client_is_named_its_rule_decides_and_no_other() {
        for (named_by, rules) in NamedBy::ALL
            .into_iter()
            .flat_map(|by| [(by, 10), (by, 200)])
        {
            let set = client_rule_set(named_by, rules).unwrap();
            assert_eq!(set.rule_names().len(), rules);
            let mut required = 0;
            for login in &logins_of_clients(rules) {
                let outcome = decide_by_engine(&set, login, DateTime::UNIX_EPOCH);
                let flag = login.user.pointer("/app_metadata/use_mfa").unwrap();
                let is_required = outcome.decision() == Decision::Required;
                assert_eq!(is_required, is_truthy(flag), "{named_by:?}");
                if is_required {
                    let client = login.context.get("clientID").and_then(Json::as_str);
                    let decided_by = outcome.decided_by().map(|by| by.rule.to_owned());
                    assert_eq!(
                        decided_by
                            .as_deref()
                            .map(|name| name.replace("rule", "app")),
                        client.map(str::to_owned)
                    );
                    required += 1;
                }
            }
            assert!(required >= 64, "{required}");
            for login in &logins_of_other_clients() {
                let outcome = decide_by_engine(&set, login, DateTime::UNIX_EPOCH);
                assert_eq!(outcome.decision(), Decision::NotRequired);
            }
        }
    }
}
