//! Who is told of decisions, and what they are told.

use super::shadow::ShadowReport;
use crate::login::Login;
use crate::outcome::Outcome;
use crate::read_set::{Paths, ReadSet};
use crate::rule_set::RuleSet;
use crate::secret::MASK;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use std::time::Duration;

/// How many levels of a part are copied: as many as `serde_json` reads below the object that a part
/// stands in. Copying and writing take stack for each.
const DEEPEST: u8 = 126;

/// Who is told of each decision of a [`Policy`](crate::Policy): metrics, a log, an alarm.
///
/// It is told when the outcome stands, on the thread that decided and before
/// [`Policy::decide`](crate::Policy::decide) returns: what it does adds to the time of the login,
/// so it should not wait, for a disk or a network for example. What belongs to the request, such as
/// its id, is where the server keeps it for that thread.
///
/// It cannot change the outcome. A panic in it is caught, the decision stands, and the observers
/// after it are told; the panic hook has seen it by then, and nobody else is told of it.
///
/// A closure is an observer too. This one counts decisions and who made them, and how long they
/// took:
///
/// ```
/// use mfa_rules::{Decided, Decision, Login, Observer, Policy, RuleSet};
/// use serde_json::json;
/// use std::collections::BTreeMap;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::sync::{Arc, Mutex};
/// use std::time::Duration;
///
/// /// The upper bounds of the buckets, in microseconds.
/// const BUCKETS: [u64; 4] = [10, 100, 1_000, 10_000];
///
/// #[derive(Default)]
/// struct Metrics {
///     /// By decision and rule.
///     decisions: Mutex<BTreeMap<(&'static str, String), u64>>,
///     /// One bucket more, for what is above the last bound.
///     durations: [AtomicU64; BUCKETS.len() + 1],
/// }
///
/// impl Metrics {
///     fn bucket(elapsed: Duration) -> usize {
///         let bound = |&bound: &u64| elapsed <= Duration::from_micros(bound);
///         BUCKETS.iter().position(bound).unwrap_or(BUCKETS.len())
///     }
/// }
///
/// impl Observer for Metrics {
///     fn decided(&self, decided: &Decided<'_>) {
///         let outcome = decided.outcome();
///         let decision = match outcome.decision() {
///             Decision::NotRequired => "not_required",
///             Decision::Required => "required",
///             Decision::Denied => "denied",
///         };
///         let rule = outcome.decided_by().map_or("", |by| by.rule).to_owned();
///         if let Ok(mut decisions) = self.decisions.lock() {
///             *decisions.entry((decision, rule)).or_default() += 1;
///         }
///         let bucket = Self::bucket(decided.elapsed());
///         self.durations[bucket].fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// let rules = RuleSet::from_source("staff", r#"if user.admin { require_mfa("any"); }"#)?;
/// let metrics = Arc::new(Metrics::default());
/// let policy = Policy::new(rules).with_observer(metrics.clone());
/// let now = "2026-01-05T09:00:00Z".parse()?;
/// for admin in [json!(true), json!(false), json!(false), json!("yes")] {
///     policy.decide(&Login::new(now).user(&json!({ "admin": admin })));
/// }
///
/// let counted = metrics.decisions.lock().unwrap().clone();
/// assert_eq!(counted[&("required", "staff".to_owned())], 1);
/// assert_eq!(counted[&("not_required", String::new())], 2);
/// // A text is no condition: the rule failed.
/// assert_eq!(counted[&("denied", "staff".to_owned())], 1);
/// let durations: u64 = metrics.durations.iter().map(|count| count.load(Ordering::Relaxed)).sum();
/// assert_eq!(durations, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Observer: Send + Sync {
    /// A login was decided about.
    fn decided(&self, decided: &Decided<'_>);
}

impl<F: Fn(&Decided<'_>) + Send + Sync> Observer for F {
    fn decided(&self, decided: &Decided<'_>) {
        self(decided);
    }
}

/// A decision, as an [`Observer`] sees it.
#[derive(Debug)]
pub struct Decided<'d> {
    pub(super) outcome: &'d Outcome<'d>,
    pub(super) elapsed: Duration,
    /// `None` when it could not be read.
    pub(super) login: Option<&'d Login<'d>>,
    /// What the rules, the candidate's too, can look at.
    pub(super) reads: &'d ReadSet,
    pub(super) shadow: Option<ShadowReport<'d>>,
}

/// What the rules could see of a login.
///
/// Each part is cut down to the [read set](crate::RuleSet::read_set) of the rules, and of the
/// shadow where there is one; `None` when the login came without it. A part that is nested more
/// than 126 levels deep, which no program could read back from a text, is `"***"`.
///
/// # Security
///
/// It is personal data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SeenLogin {
    /// The profile of the user.
    pub user: Option<Json>,
    /// The context.
    pub context: Option<Json>,
    /// The configuration that came with the login, without what a secret of the rule set hides.
    pub configuration: Option<Json>,
    /// The facts that the rules, and those of a shadow, ask for.
    pub facts: Option<Json>,
    /// The time.
    pub now: DateTime<Utc>,
    /// Which of the parts are too deep, as JSON Pointers: `/user`.
    pub too_deep: Vec<&'static str>,
}

impl<'d> Decided<'d> {
    /// The outcome.
    pub fn outcome(&self) -> &'d Outcome<'d> {
        self.outcome
    }

    /// How long the decision took, from the call to the outcome: the time of reading the login is
    /// in it, that of observers and of a shadow is not. Where there is a shadow, what only the
    /// shadow looks at was read too.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The rule set that decided.
    pub fn rules(&self) -> &'d RuleSet {
        self.outcome.rule_set()
    }

    /// What the rules could see of the login; `None` when it could not be read, which
    /// [`Outcome::input_error`] explains.
    ///
    /// It is copied for each call, and only then.
    pub fn login(&self) -> Option<SeenLogin> {
        let login = self.login?;
        let mut too_deep = Vec::new();
        let mut seen = |root, part: Part<'_>, paths: &Paths| {
            if part.is_too_deep(paths, DEEPEST) {
                too_deep.push(root);
                return Json::from(MASK);
            }
            part.project(paths)
        };
        let hidden = &self.rules().secrets;
        Some(SeenLogin {
            user: login
                .user
                .map(|user| seen("/user", Part::Value(user), self.reads.user())),
            context: login
                .context
                .map(|context| seen("/context", Part::Value(context), self.reads.context())),
            configuration: login.configuration.map(|members| {
                // SECURITY: what stands under the name of a secret is not seen by a rule, and who
                // knows what it is.
                let members = members
                    .iter()
                    .filter(|(name, _)| !hidden.contains_key(*name));
                let part = Part::Members(members.collect());
                seen("/configuration", part, self.reads.configuration())
            }),
            facts: login.facts.map(|members| {
                let members = members.iter().filter(|(name, _)| self.asks_for(name));
                let part = Part::Members(members.collect());
                seen("/facts", part, &Paths::everything())
            }),
            now: login.now(),
            too_deep,
        })
    }

    /// Whether the rules or those of a shadow ask for the fact.
    fn asks_for(&self, fact: &str) -> bool {
        let shadow = self.shadow().map(|shadow| shadow.outcome().rule_set());
        let mut needed = [Some(self.rules()), shadow]
            .into_iter()
            .flatten()
            .flat_map(RuleSet::facts);
        needed.any(|needed| needed.name == fact)
    }

    /// What the [shadow](crate::Policy::with_shadow) came to; `None` when there is none.
    pub fn shadow(&self) -> Option<&ShadowReport<'d>> {
        self.shadow.as_ref()
    }
}

/// A part of a login.
enum Part<'a> {
    Value(&'a Json),
    Members(Vec<(&'a String, &'a Json)>),
}

impl Part<'_> {
    fn project(&self, paths: &Paths) -> Json {
        match self {
            Self::Value(json) => paths.project(json),
            Self::Members(members) => members
                .iter()
                .filter_map(|(name, json)| {
                    Some(((*name).clone(), paths.member(name)?.project(json)))
                })
                .collect(),
        }
    }

    /// Whether what can be looked at is nested more than `levels` deep.
    fn is_too_deep(&self, paths: &Paths, levels: u8) -> bool {
        match self {
            Self::Value(json) => is_too_deep(json, paths, levels),
            Self::Members(members) => members.iter().any(|(name, json)| {
                let paths = paths.member(name);
                paths.is_some_and(|paths| is_too_deep(json, paths, levels.saturating_sub(1)))
            }),
        }
    }
}

fn is_too_deep(json: &Json, paths: &Paths, levels: u8) -> bool {
    let inner = levels.saturating_sub(1);
    match json {
        Json::Array(_) | Json::Object(_) if levels == 0 => true,
        Json::Array(items) => {
            let everything = Paths::everything();
            items
                .iter()
                .any(|item| is_too_deep(item, &everything, inner))
        }
        Json::Object(members) if paths.is_whole() => members
            .values()
            .any(|member| is_too_deep(member, paths, inner)),
        Json::Object(members) => paths.members().any(|(name, paths)| {
            let member = members.get(name);
            member.is_some_and(|member| is_too_deep(member, paths, inner))
        }),
        _ => false,
    }
}
