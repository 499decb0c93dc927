//! The engine and the oracle, side by side.

use crate::grammar::GeneratedRule;
use crate::logins::GeneratedLogin;
use crate::oracle::{self, Ended, OracleRun};
use crate::ways;
use mfa_rules::{Code, Decision, Observe, RuleSet};
use serde_json::{Map, Value as Json};
use std::fmt;

/// What came of a comparison without a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Both did the same.
    Agreed {
        /// Whether the rule wrote something, denied or failed.
        effect: bool,
        /// `ran`, `denied`, or the code of the failure.
        ended: &'static str,
    },
    /// It cannot be said; why.
    NotComparable(&'static str),
}

/// The engine and the oracle differ.
///
/// Its `Display` has all that is needed to look into it.
#[derive(Debug, Clone)]
pub struct Disagreement {
    /// What differs, in a few words.
    pub what: String,
    kind: String,
    difference: String,
    rule: GeneratedRule,
    login: GeneratedLogin,
    ours: String,
    oracles: String,
}

/// What the engine did, in the oracle's words.
#[derive(Debug, Clone, PartialEq)]
struct Ours {
    ended: Ended,
    decision: Decision,
    user: Json,
    context: Json,
    printed: Vec<String>,
    message: Option<String>,
}

/// The line breaks of printed texts are cut off with them, so only short traces are compared.
const COMPARED_TRACE: usize = 8 << 10;

/// Runs `rule` over `login` on the engine and on the oracle, and compares.
///
/// # Errors
///
/// When they differ in anything that section 2 of the rule language does not list: how the rule
/// ended, the class and the line of an error, the final user and context, the decision, or what was
/// printed; or when the engine refuses the rule, or does something else when nobody traces it.
pub fn agree(rule: &GeneratedRule, login: &GeneratedLogin) -> Result<Verdict, Box<Disagreement>> {
    let differ = |what: &str, kind: String, ours: String, oracles: String| {
        Box::new(Disagreement {
            what: what.to_owned(),
            kind: format!("{what} {}", without_quoted(&kind)),
            difference: kind,
            rule: rule.clone(),
            login: login.clone(),
            ours,
            oracles,
        })
    };
    let rules = RuleSet::from_source("generated", rule.source.as_str()).map_err(|error| {
        let first = error.diagnostics().first();
        let message = first.map(|problem| problem.message.clone());
        differ(
            "the engine refuses the rule",
            message.unwrap_or_default(),
            error.to_string(),
            String::new(),
        )
    })?;
    if let Err(difference) = ways::agree(&rules, login) {
        let what = "the two ways through the rule";
        return Err(differ(what, difference, String::new(), String::new()));
    }
    let Some(ours) = decide(&rules, login) else {
        return Ok(Verdict::NotComparable("input"));
    };
    if let Ended::NotComparable(reason) = ours.ended {
        return Ok(Verdict::NotComparable(reason));
    }
    let oracles = oracle::run(&rule.twin, login).map_err(|error| {
        differ(
            "the oracle is broken",
            String::new(),
            format!("{ours:?}"),
            error,
        )
    })?;
    if let Ended::NotComparable(reason) = oracles.ended {
        return Ok(Verdict::NotComparable(reason));
    }
    let what = if !ended_alike(&ours.ended, &oracles.ended) {
        "how the rule ended"
    } else if !same(&ours.user, &oracles.user) {
        "the user"
    } else if !same(
        &without_nothing(&ours.context),
        &without_nothing(&oracles.context),
    ) {
        "the context"
    } else if ours.decision != decision(&oracles) {
        "the decision"
    } else if ours.printed != oracles.printed
        && ours.printed.iter().map(String::len).sum::<usize>() < COMPARED_TRACE
    {
        "what was printed"
    } else {
        let effect = oracles.ended != Ended::Ran
            || oracles.user != login.user
            || oracles.context != login.context;
        return Ok(Verdict::Agreed {
            effect,
            ended: brief(&oracles.ended),
        });
    };
    let kind = if ended_alike(&ours.ended, &oracles.ended) {
        match what {
            "the user" => difference("user", &ours.user, &oracles.user),
            "the context" => difference("context", &ours.context, &oracles.context),
            _ => String::new(),
        }
    } else {
        format!(
            "{}: {} / {}: {}",
            brief(&ours.ended),
            Words(ours.message.as_deref()),
            brief(&oracles.ended),
            Words(oracles.message.as_deref()),
        )
    };
    Err(differ(
        what,
        kind,
        format!(
            "{:?}\nuser:    {}\ncontext: {}\nprinted: {:?}\nmessage: {:?}",
            ours.ended, ours.user, ours.context, ours.printed, ours.message
        ),
        format!(
            "{:?}\nuser:    {}\ncontext: {}\nprinted: {:?}\nmessage: {:?}",
            oracles.ended, oracles.user, oracles.context, oracles.printed, oracles.message
        ),
    ))
}

/// Whether both ended in the same way; the oracle does not always know the line of a failure.
fn ended_alike(ours: &Ended, oracles: &Ended) -> bool {
    match (ours, oracles) {
        (Ended::Failed { code: ours, .. }, Ended::Failed { code, line: None }) => ours == code,
        _ => ours == oracles,
    }
}

/// What the engine does; `None` when the login cannot be read.
fn decide(rules: &RuleSet, login: &GeneratedLogin) -> Option<Ours> {
    let outcome = rules.decide_observed(&login.login(), Observe::decision().and_full().and_trace());
    let error = outcome.errors().first();
    if error.is_some_and(|error| error.code == Code::Input) {
        return None;
    }
    let position = outcome.decided_by().and_then(|decided| decided.position);
    let ended = match (error, outcome.denied()) {
        (Some(error), _) => match error.code {
            Code::Operations | Code::Deadline | Code::Memory | Code::Size | Code::Depth => {
                Ended::NotComparable("limit")
            }
            code => Ended::Failed {
                code: code.as_str(),
                line: line(error.line),
            },
        },
        (None, Some(denied)) => Ended::Denied {
            error: denied.error,
            description: denied.error_description.clone(),
            line: line(position.map(|position| position.line)),
        },
        (None, None) => Ended::Ran,
    };
    let traces = outcome.traces().unwrap_or_default();
    Some(Ours {
        ended,
        decision: outcome.decision(),
        user: outcome.user().cloned().unwrap_or_default(),
        context: match outcome.context().cloned().unwrap_or_default() {
            Json::Null => Json::Object(Map::new()),
            context => context,
        },
        printed: traces
            .iter()
            .flat_map(|trace| trace.printed.iter().cloned())
            .collect(),
        message: error.map(|error| error.message.clone()),
    })
}

/// A message without the place that Rhai puts at its end.
struct Words<'m>(Option<&'m str>);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.unwrap_or_default();
        f.write_str(words.split(" (line").next().unwrap_or_default())
    }
}

/// How a rule ended, without the place.
fn brief(ended: &Ended) -> &'static str {
    match ended {
        Ended::Ran => "ran",
        Ended::Denied { .. } => "denied",
        Ended::Failed { code, .. } => code,
        Ended::NotComparable(reason) => reason,
    }
}

fn line(line: Option<u32>) -> Option<usize> {
    line.and_then(|line| usize::try_from(line).ok())
}

/// What is decided after a single rule that fails closed.
fn decision(oracles: &OracleRun) -> Decision {
    if oracles.ended != Ended::Ran {
        return Decision::Denied;
    }
    match oracles.context.pointer("/multifactor/provider") {
        None => Decision::NotRequired,
        Some(provider) if provider == "none" => Decision::NotRequired,
        Some(_) => Decision::Required,
    }
}

/// The context without a `multifactor` that is `null`, which asks for nothing as an absent one.
fn without_nothing(context: &Json) -> Json {
    let mut context = context.clone();
    if let Json::Object(members) = &mut context
        && members.get("multifactor").is_some_and(Json::is_null)
    {
        members.remove("multifactor");
    }
    context
}

/// Whether two JSON values are the same in a rule: numbers by type and bits, members in any order.
fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left == right,
            (None, None) => left.as_f64().map(f64::to_bits) == right.as_f64().map(f64::to_bits),
            _ => false,
        },
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, left)| right.get(key).is_some_and(|right| same(left, right)))
        }
        _ => left == right,
    }
}

/// The first place where two values differ, and what is there.
fn difference(place: &str, left: &Json, right: &Json) -> String {
    if let (Json::Object(left), Json::Object(right)) = (left, right) {
        for key in left.keys().chain(right.keys()) {
            let (left, right) = (left.get(key), right.get(key));
            let (Some(left), Some(right)) = (left, right) else {
                return format!("{place}/{key}: {left:?} / {right:?}");
            };
            if !same(left, right) {
                return difference(&format!("{place}/{key}"), left, right);
            }
        }
    }
    format!("{place}: {left} / {right}")
}

/// The text without what stands in quotation marks, and without digits.
fn without_quoted(text: &str) -> String {
    let mut quote = None;
    let mut kept = String::new();
    for char in text.chars() {
        match quote {
            Some(open) if open == char => quote = None,
            None if matches!(char, '`' | '\'' | '"') => quote = Some(char),
            None if !char.is_ascii_digit() => kept.push(char),
            _ => {}
        }
    }
    kept
}

impl Disagreement {
    /// What disagreements with the same cause probably have in common.
    pub fn kind(&self) -> String {
        self.kind.clone()
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the engine and the oracle differ in: {}", self.what)?;
        writeln!(f, "{}\n", self.difference)?;
        writeln!(f, "{}", self.rule)?;
        if self.rule.twin != self.rule.source {
            writeln!(f, "twin:\n{}", self.rule.twin)?;
        }
        writeln!(f, "{}\n", self.login)?;
        writeln!(f, "engine: {}\n\noracle: {}", self.ours, self.oracles)
    }
}

impl std::error::Error for Disagreement {}

#[cfg(test)]
mod tests {
    use super::{Verdict, agree, same};
    use crate::grammar::GeneratedRule;
    use crate::logins::GeneratedLogin;
    use serde_json::json;

    #[test]
    fn a_written_rule_agrees() {
        let rule = GeneratedRule::written("user.x = user.email + \"!\";\n");
        let login = GeneratedLogin::from_bytes(&[]);
        let verdict = agree(&rule, &login).map_err(|error| error.to_string());
        assert_eq!(
            verdict,
            Ok(Verdict::Agreed {
                effect: true,
                ended: "ran"
            })
        );
    }

    #[test]
    fn a_twin_that_does_something_else_disagrees() {
        let rule = GeneratedRule {
            source: "user.x = 1;\n".to_owned(),
            twin: "user.x = 2;\n".to_owned(),
        };
        let login = GeneratedLogin::from_bytes(&[]);
        let what = agree(&rule, &login).map_err(|disagreement| disagreement.what);
        assert_eq!(what, Err("the user".to_owned()));
    }

    #[test]
    fn an_integer_is_not_the_same_as_a_float() {
        assert!(same(&json!({"a": 1, "b": 2}), &json!({"b": 2, "a": 1})));
        assert!(!same(&json!(1), &json!(1.0)));
        assert!(!same(&json!(0.0), &json!(-0.0)));
    }
}
