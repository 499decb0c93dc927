//! Logins cut down to what a rule set can look at.

mod aliases;

use crate::bytes::Bytes;
use crate::grammar::GeneratedRule;
use crate::logins::GeneratedLogin;
use mfa_rules::{AppliesTo, Decision, Limits, OnError, Paths, RuleSet, RuleSource};
use serde_json::{Map, Value as Json, json};
use std::fmt;

/// A rule set and a login that is decided otherwise when what no rule can look at is another.
#[derive(Debug, Clone)]
pub struct Unsound {
    /// How the login was changed.
    pub what: &'static str,
    rules: Vec<String>,
    login: GeneratedLogin,
    changed: GeneratedLogin,
    reads: Json,
    outcome: Decided,
    other: Decided,
}

/// What came of a comparison without a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// Whether some of the login was left out.
    pub cut: bool,
    /// Whether the rules wrote something, denied or failed.
    pub effect: bool,
}

/// Decides about the login that `of_login` stands for with the rules that `of_rules` stands for:
/// about all of it, about what the rules can look at, and about that and other things, made from
/// `noise`. `None` when the rules do not compile.
///
/// # Errors
///
/// When the outcomes differ.
pub fn cut_down(
    of_rules: &[u8],
    of_login: &[u8],
    noise: &[u8],
) -> Result<Option<Sound>, Box<Unsound>> {
    let mut choices = Bytes::new(noise);
    let (sources, rules) = rule_set(of_rules, &mut choices);
    let login = GeneratedLogin::from_bytes(of_login);
    match rules {
        Some(rules) => compare(&sources, &rules, &login, &mut choices).map(Some),
        None => Ok(None),
    }
}

/// The same for rules as they are written.
///
/// # Errors
///
/// When the outcomes differ.
pub fn cut_down_written(
    rules: &RuleSet,
    of_login: &[u8],
    noise: &[u8],
) -> Result<Sound, Box<Unsound>> {
    let login = GeneratedLogin::from_bytes(of_login);
    compare(&[], rules, &login, &mut Bytes::new(noise))
}

fn compare(
    sources: &[String],
    rules: &RuleSet,
    login: &GeneratedLogin,
    choices: &mut Bytes<'_>,
) -> Result<Sound, Box<Unsound>> {
    let outcome = decide(rules, login);
    let reads = rules.read_set();
    let cut = changed(login, |json, of| match of {
        Root::User => reads.user().project(json),
        Root::Context => reads.context().project(json),
        Root::Configuration => reads.configuration().project(json),
    });
    let noisy = changed(login, |json, of| {
        let paths = match of {
            Root::User => reads.user(),
            Root::Context => reads.context(),
            Root::Configuration => reads.configuration(),
        };
        disturbed(json, paths, choices)
    });
    for (what, other_login) in [("what is unread left out", &cut), ("noise", &noisy)] {
        let other = decide(rules, other_login);
        if other != outcome {
            return Err(Box::new(Unsound {
                what,
                rules: sources.to_vec(),
                login: login.clone(),
                changed: other_login.clone(),
                reads: json!(reads),
                outcome,
                other,
            }));
        }
    }
    Ok(Sound {
        cut: cut != *login,
        effect: outcome.effect,
    })
}

#[derive(Debug, Clone, Copy)]
enum Root {
    User,
    Context,
    Configuration,
}

fn changed(login: &GeneratedLogin, mut change: impl FnMut(&Json, Root) -> Json) -> GeneratedLogin {
    let configuration = Json::Object(login.configuration.clone());
    GeneratedLogin {
        user: change(&login.user, Root::User),
        context: change(&login.context, Root::Context),
        configuration: match change(&configuration, Root::Configuration) {
            Json::Object(members) => members,
            _ => Map::new(),
        },
        facts: login.facts.clone(),
        now: login.now,
    }
}

/// Everything that an outcome says.
#[derive(Debug, Clone, PartialEq)]
struct Decided {
    outcome: Json,
    by: Json,
    effect: bool,
}

fn decide(rules: &RuleSet, login: &GeneratedLogin) -> Decided {
    let outcome = rules.decide(&login.login());
    Decided {
        effect: outcome.decision() != Decision::NotRequired || !outcome.changes().is_empty(),
        by: json!(outcome.decided_by()),
        outcome: json!(outcome),
    }
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\ndecided by {}", self.outcome, self.by)
    }
}

/// One to three rules, with limits that are often reached: what is spent must be the same, too.
fn rule_set(of_rules: &[u8], choices: &mut Bytes<'_>) -> (Vec<String>, Option<RuleSet>) {
    let count = choices.pick(&[1_usize, 1, 2, 3]).unwrap_or(1);
    let mut of_rules = Bytes::new(of_rules);
    let mut sources = Vec::new();
    let mut builder = RuleSet::builder();
    for index in 0..count {
        let length = of_rules.len().checked_div(count.saturating_sub(index));
        let mut bytes = of_rules.split(length.unwrap_or(0));
        let source = match choices.below(2) {
            0 => GeneratedRule::generate(&mut bytes).source,
            _ => aliases::rule(&mut bytes),
        };
        sources.push(source.clone());
        let mut rule = RuleSource::new(format!("rule-{index}"), source);
        if choices.chance(40) {
            rule = rule.on_error(OnError::Challenge);
        }
        let applies_to = AppliesTo::default();
        match choices.below(12) {
            8 => rule = rule.applies_to(applies_to.clients(["app-1", "other"])),
            9 => rule = rule.applies_to(applies_to.organizations(["acme", "org_1"])),
            10 => rule = rule.applies_to(applies_to.connections(["alpha"]).protocols(["samlp"])),
            11 if index > 0 => rule = rule.disabled(),
            _ => {}
        }
        builder = builder.rule(rule);
    }
    let some = u64::from(choices.byte());
    let limits = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
    let limits = match choices.below(4) {
        2 => limits.with_operations(some.saturating_mul(2).saturating_add(1)),
        3 => limits.with_memory(
            usize::from(choices.byte())
                .saturating_mul(16)
                .saturating_add(1),
        ),
        _ => limits,
    };
    (sources, builder.limits(limits).compile().ok())
}

/// The same value, as far as `paths` go, and anything else besides.
fn disturbed(json: &Json, paths: &Paths, choices: &mut Bytes<'_>) -> Json {
    match json {
        whole if paths.is_whole() => whole.clone(),
        Json::Object(members) => {
            let mut new = Map::new();
            for (name, member) in members {
                match paths.member(name) {
                    Some(paths) => {
                        new.insert(name.clone(), disturbed(member, paths, choices));
                    }
                    None => match choices.below(4) {
                        0 => {}
                        1 => {
                            new.insert(name.clone(), member.clone());
                        }
                        _ => {
                            new.insert(name.clone(), anything(choices));
                        }
                    },
                }
            }
            for name in ["more", "a", "use_mfa", "email", "len"] {
                let is_free = paths.member(name).is_none() && !members.contains_key(name);
                if is_free && choices.chance(40) {
                    new.insert(name.to_owned(), anything(choices));
                }
            }
            Json::Object(new)
        }
        Json::Array(items) => match choices.below(3) {
            0 => Json::Array(Vec::new()),
            1 => Json::Array(items.iter().rev().cloned().collect()),
            _ => Json::Array((0..choices.below(40)).map(|_| anything(choices)).collect()),
        },
        scalar => scalar.clone(),
    }
}

fn anything(choices: &mut Bytes<'_>) -> Json {
    match choices.below(9) {
        0 => Json::Null,
        1 => json!(choices.byte() > 100),
        2 => json!(choices.long()),
        3 => json!("noise"),
        4 => json!([1, "x", null]),
        5 => json!({ "a": [1, { "b": 2 }], "use_mfa": true }),
        6 => json!(""),
        7 => json!(0.5),
        _ => Json::Array(vec![json!("admin"); usize::from(choices.byte())]),
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "decided otherwise with {}:", self.what)?;
        for rule in &self.rules {
            writeln!(f, "--- rule\n{rule}")?;
        }
        writeln!(f, "--- login\n{}", self.login)?;
        writeln!(f, "--- changed login\n{}", self.changed)?;
        writeln!(f, "--- read set\n{}", self.reads)?;
        writeln!(f, "--- outcome\n{}", self.outcome)?;
        write!(f, "--- outcome of the changed login\n{}", self.other)
    }
}
