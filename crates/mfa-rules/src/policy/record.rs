//! A decision as a line of a decision log.

use super::mask::Mask;
use super::observer::{Decided, SeenLogin};
use super::shadow::Difference;
use crate::outcome::{Decision, Denial, Outcome, RuleError};
use crate::rule_set::{LANGUAGE_VERSION, RuleSet};
use crate::secret::MASK;
use crate::source::Position;
use chrono::SecondsFormat;
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::time::Duration;

/// The version of the serialized form.
const FORMAT_VERSION: u32 = 1;

/// The keys of a second factor that no rule can put a text of its own into.
const WITHOUT_TEXT: [&str; 2] = ["provider", "allowRememberBrowser"];

/// A decision as a line of a decision log: what was decided, and what is needed to decide it again.
///
/// It is serialized as version 1 of the record's format, which `docs/servers.md` of the repository
/// describes. `mfa decide --logins` reads such lines as logins; from one without masked values it
/// comes to the same decision, as long as the rules are the same.
///
/// A [`DecisionLog`](crate::DecisionLog) writes them. Where a login must not wait for what writes, it
/// is a thread of its own:
///
/// ```
/// use mfa_rules::{Decided, DecisionRecord, Login, Mask, Policy, RuleSet};
/// use serde_json::json;
/// use std::sync::{Arc, mpsc};
/// use std::thread;
///
/// let rules = RuleSet::from_source("staff", r#"if user.email == "a@b.example" { skip_mfa(); }"#)?;
/// let mask = Mask::new(["/user/email"])?;
/// // When this many are waiting, the next ones are lost rather than that a login waits.
/// let (sender, records) = mpsc::sync_channel::<DecisionRecord>(1024);
/// let policy = Policy::new(rules).with_observer(Arc::new(move |decided: &Decided<'_>| {
///     let _ = sender.try_send(DecisionRecord::new(decided, &mask));
/// }));
/// let writer = thread::spawn(move || {
///     records.iter().map(|record| json!(record)).collect::<Vec<_>>() // or written somewhere
/// });
///
/// let user = json!({ "email": "a@b.example" });
/// policy.decide(&Login::new("2026-01-05T09:00:00Z".parse()?).user(&user));
/// drop(policy);
/// let written = writer.join().unwrap();
/// assert_eq!(written[0]["user"], json!({ "email": "***" }));
/// assert_eq!(written[0]["decided"]["decision"], "not_required");
/// assert_eq!(written[0]["decided"]["masked"], json!(["/user/email"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
///
/// It holds what the rules looked at, which is personal data unless it is [masked](Mask). It never
/// holds the configuration of the rule set nor a secret.
#[derive(Debug, Clone, Serialize)]
pub struct DecisionRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Json>,
    now: String,
    decided: DecidedMember,
}

/// What a line has beside the login.
#[derive(Debug, Clone, Serialize)]
struct DecidedMember {
    version: u32,
    decision: Decision,
    multifactor: Option<Json>,
    denied: Option<Denial>,
    errors: Vec<RuleError>,
    decided_by: Option<DecidedByRule>,
    rule_set: RuleSetId,
    elapsed_us: u64,
    masked: BTreeSet<String>,
    shadow: Option<ShadowMember>,
}

#[derive(Debug, Clone, Serialize)]
struct DecidedByRule {
    rule: String,
    #[serde(flatten)]
    position: Option<Position>,
}

#[derive(Debug, Clone, Serialize)]
struct RuleSetId {
    name: String,
    revision: String,
    language: u32,
}

#[derive(Debug, Clone, Serialize)]
struct ShadowMember {
    rule_set: RuleSetId,
    decision: Decision,
    differences: Vec<Difference>,
    elapsed_us: u64,
}

impl DecisionRecord {
    /// The record of a decision, without what is masked.
    pub fn new(decided: &Decided<'_>, mask: &Mask) -> Self {
        let outcome = decided.outcome();
        let (login, masked) = decided.login().map_or_else(
            || (None, BTreeSet::new()),
            |login| {
                let (login, masked) = without(login, mask);
                (Some(login), masked)
            },
        );
        let decided_by = outcome.decided_by().map(|by| DecidedByRule {
            rule: by.rule.to_owned(),
            position: by.position,
        });
        let member = DecidedMember {
            version: FORMAT_VERSION,
            decision: outcome.decision(),
            multifactor: multifactor(outcome, mask),
            denied: denied(outcome, mask),
            errors: errors(outcome, mask),
            decided_by,
            rule_set: RuleSetId::of(decided.rules()),
            elapsed_us: microseconds(decided.elapsed()),
            masked,
            shadow: decided.shadow().map(|shadow| ShadowMember {
                rule_set: RuleSetId::of(shadow.outcome().rule_set()),
                decision: shadow.outcome().decision(),
                differences: shadow.differences().to_vec(),
                elapsed_us: microseconds(shadow.elapsed()),
            }),
        };
        // As many digits of the second as it takes: none is lost.
        let now = outcome.now().to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let (user, context, configuration, facts) = login.map_or_else(Default::default, |login| {
            (login.user, login.context, login.configuration, login.facts)
        });
        Self {
            user,
            context,
            configuration,
            facts,
            now,
            decided: member,
        }
    }
}

impl RuleSetId {
    fn of(rules: &RuleSet) -> Self {
        Self {
            name: rules.name().to_owned(),
            revision: rules.revision().to_owned(),
            language: LANGUAGE_VERSION,
        }
    }
}

/// The login without what is masked, and the pointers to it.
fn without(mut login: SeenLogin, mask: &Mask) -> (SeenLogin, BTreeSet<String>) {
    let too_deep = login.too_deep.iter().map(|&pointer| pointer.to_owned());
    let mut masked = too_deep.collect();
    for (root, part) in [
        ("user", &mut login.user),
        ("context", &mut login.context),
        ("configuration", &mut login.configuration),
        ("facts", &mut login.facts),
    ] {
        if let Some(part) = part {
            mask.apply(root, part, &mut masked);
        }
    }
    (login, masked)
}

/// The second factor. A text in it may be made of what is masked.
fn multifactor(outcome: &Outcome<'_>, mask: &Mask) -> Option<Json> {
    let mut multifactor = serde_json::to_value(outcome.multifactor()?).ok()?;
    if let (Json::Object(members), true) = (&mut multifactor, mask.hides_values()) {
        for (name, member) in members {
            if !WITHOUT_TEXT.contains(&name.as_str()) {
                *member = Json::from(MASK);
            }
        }
    }
    Some(multifactor)
}

fn denied(outcome: &Outcome<'_>, mask: &Mask) -> Option<Denial> {
    let mut denied = outcome.denied()?.clone();
    if mask.hides_messages() {
        MASK.clone_into(&mut denied.error_description);
    }
    Some(denied)
}

fn errors(outcome: &Outcome<'_>, mask: &Mask) -> Vec<RuleError> {
    let mut errors = outcome.errors().to_vec();
    if mask.hides_messages() {
        for error in &mut errors {
            MASK.clone_into(&mut error.message);
        }
    }
    errors
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
