//! Tests of the second step.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "times of tests are near each other"
)]

use super::{
    AcrValues, Audience, Challenge, ChallengeFacts, ChallengeReason, Grant, Prompt,
    RememberedBrowser, RiskConfidence, TenantPolicy,
};
use crate::login::Login;
use crate::multifactor::{Multifactor, Provider, Remember};
use crate::outcome::{Decision, OnError, Outcome};
use crate::rule_set::{RuleSet, RuleSource};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::path::Path;

const MFA_API: &str = "https://acme.example/mfa/";

fn now() -> DateTime<Utc> {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

fn rule_set(rule: &str) -> RuleSet {
    let on_error = if rule.ends_with("on_error: challenge") {
        OnError::Challenge
    } else {
        OnError::Deny
    };
    RuleSet::builder()
        .rule(RuleSource::new("rule", rule).on_error(on_error))
        .compile()
        .unwrap()
}

/// The facts of a login in words, as the table in `docs/challenge.md` has them.
#[derive(Debug, Clone, Copy)]
struct Case<'c> {
    rule: &'c str,
    /// `never`, `always` or `adaptive: CONFIDENCE`.
    policy: &'c str,
    /// How long ago it was granted that the browser is remembered, and how long ago it was used:
    /// `30d-1ns, 7d`.
    browser: &'c str,
    /// The parameters of the request.
    request: &'c str,
    /// Auth0's `context.protocol`.
    protocol: &'c str,
}

impl<'c> Case<'c> {
    /// The case that the cells of a row tell of, and what it gives.
    fn from_row(row: &'c str) -> (Self, &'c str) {
        let cells = row.trim_matches('|').split('|');
        let cells: Vec<&str> = cells.map(|cell| cell.trim().trim_matches('`')).collect();
        let [_, rule, policy, browser, request, protocol, gives] = cells[..] else {
            panic!("not seven cells: {row}");
        };
        let or = |cell: &'c str, plain| if cell.is_empty() { plain } else { cell };
        let case = Self {
            rule: or(rule, "print(1);"),
            policy,
            browser,
            request,
            protocol: or(protocol, "oidc-basic-profile"),
        };
        (case, gives)
    }

    fn facts(&self) -> ChallengeFacts {
        let facts = ChallengeFacts::new(Grant::from_protocol(self.protocol), now())
            .policy(policy(self.policy))
            .audience(Audience::requested(
                self.parameters("audience").iter().map(|value| &**value),
                MFA_API,
            ))
            .acr_values(AcrValues::requested(
                self.parameters("acr_values").iter().map(|value| &**value),
            ))
            .prompt(Prompt::requested(
                self.parameters("prompt").iter().map(|value| &**value),
            ));
        match self.browser.split_once(", ") {
            Some((granted, used)) => facts.remembered(RememberedBrowser {
                granted_at: now() - ago(granted),
                last_used_at: now() - ago(used),
            }),
            None => facts,
        }
    }

    fn parameters(&self, of: &str) -> Vec<String> {
        let parameters = self
            .request
            .split('&')
            .filter_map(|part| part.split_once('='));
        parameters
            .filter(|(name, _)| *name == of)
            .map(|(_, value)| {
                value
                    .replace("<mfa>", MFA_API)
                    .replace("<multi-factor>", AcrValues::MULTI_FACTOR_URL)
            })
            .collect()
    }
}

fn policy(text: &str) -> TenantPolicy {
    match text.split_once(':') {
        Some(("adaptive", confidence)) => {
            let confidence = Some(confidence.trim()).filter(|confidence| !confidence.is_empty());
            TenantPolicy::Adaptive(RiskConfidence::assessed(confidence))
        }
        None if text == "always" => TenantPolicy::Always,
        None if text == "never" => TenantPolicy::Never,
        _ => panic!("no policy is `{text}`"),
    }
}

/// `30d`, `30d-1ns` or `30d+1ns`.
fn ago(text: &str) -> TimeDelta {
    let (days, rest) = text.split_once('d').unwrap();
    let nanoseconds = match rest {
        "" => 0,
        rest => rest.strip_suffix("ns").unwrap().parse().unwrap(),
    };
    TimeDelta::days(days.parse().unwrap()) + TimeDelta::nanoseconds(nanoseconds)
}

/// The answer in short, as the table has it.
fn short(challenge: &Challenge) -> String {
    let asked = |multifactor: &Multifactor, reason: &ChallengeReason| {
        let remember = match multifactor.remember_browser() {
            Remember::Browser => ", may remember",
            Remember::Never => "",
        };
        let reason = json!(reason);
        let reason = reason.as_str().unwrap();
        format!("{}{remember} ({reason})", multifactor.provider())
    };
    match challenge {
        Challenge::NotNeeded => "not_needed".to_owned(),
        Challenge::Show {
            multifactor,
            reason,
        } => format!("show {}", asked(multifactor, reason)),
        Challenge::LoginRequired { reason } => {
            format!("login_required ({})", json!(reason).as_str().unwrap())
        }
        Challenge::MfaRequired {
            multifactor,
            reason,
        } => format!("mfa_required {}", asked(multifactor, reason)),
        Challenge::Denied(denial) => format!("denied {}", denial.error),
    }
}

#[test]
fn each_case_of_the_reference_gives_what_it_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/challenge.md");
    let page = std::fs::read_to_string(file).unwrap();
    let (_, cases) = page.split_once("\n## Cases\n").unwrap();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for table in cases
        .split("| --- | --- | --- | --- | --- | --- | --- |\n")
        .skip(1)
    {
        for row in table.lines().take_while(|line| line.starts_with('|')) {
            let (case, expected) = Case::from_row(row);
            let rule_set = rule_set(case.rule);
            let challenge = rule_set.decide(&Login::new(now())).challenge(&case.facts());
            let gives = short(&challenge);
            if gives != expected {
                wrong.push(format!("{row}\ngives {gives}"));
            }
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        checked,
        cases.lines().filter(|line| line.starts_with("| ")).count() - 2 * 7
    );
}

/// What is known of a browser; the last is what a forgotten fact leaves.
const BROWSERS: [&str; 6] = [
    "3d, 1d",
    "30d, 1d",
    "8d, 7d",
    "0d-1ns, 0d-1ns",
    "3d, 4d",
    "",
];

/// What rules can leave: nothing, a request with and without remembering, failures, a denial.
const RULES: [&str; 7] = [
    "print(1);",
    "context.multifactor = #{ provider: \"guardian\" };",
    "require_mfa(\"duo\");",
    "require_mfa(\"duo\"); skip_mfa();",
    "user.a.b; // on_error: challenge",
    "user.a.b;",
    "deny(\"no\");",
];

/// From what asks for least to what asks for most.
const POLICIES: [&str; 6] = [
    "never",
    "adaptive: high",
    "adaptive: medium",
    "adaptive: neutral",
    "always",
    "adaptive: low",
];

const REQUESTS: [&str; 8] = [
    "",
    "acr_values=<multi-factor>",
    "audience=<mfa>",
    "audience=<mfa>&acr_values=<multi-factor>",
    "prompt=none",
    "prompt=none&acr_values=<multi-factor>",
    "prompt=none&audience=<mfa>",
    "prompt=none&audience=<mfa>&acr_values=<multi-factor>",
];

const PROTOCOLS: [&str; 4] = [
    "oidc-basic-profile",
    "oauth2-password",
    "oauth2-refresh-token",
    "delegation",
];

/// Calls `check` with every combination of facts, for each of what rules can leave.
fn for_all(mut check: impl FnMut(&Outcome<'_>, Case<'static>)) {
    for rule in RULES {
        let rule_set = rule_set(rule);
        let outcome = rule_set.decide(&Login::new(now()));
        for policy in POLICIES {
            for browser in BROWSERS {
                for request in REQUESTS {
                    for protocol in PROTOCOLS {
                        let case = Case {
                            rule,
                            policy,
                            browser,
                            request,
                            protocol,
                        };
                        check(&outcome, case);
                    }
                }
            }
        }
    }
}

fn is_not_needed(challenge: &Challenge) -> bool {
    short(challenge) == "not_needed"
}

/// A denied login stays denied, and no other login is denied by the facts.
#[test]
fn denied_is_denied_whatever_the_facts() {
    for_all(|outcome, case| {
        let challenge = outcome.challenge(&case.facts());
        let is_denied = outcome.decision() == Decision::Denied;
        assert_eq!(
            matches!(challenge, Challenge::Denied(_)),
            is_denied,
            "{case:?}"
        );
    });
}

/// What is asked for is asked for, unless a browser is remembered that may be.
#[test]
fn what_is_required_is_challenged_when_nothing_is_remembered() {
    for_all(|outcome, case| {
        let challenge = outcome.challenge(&case.facts());
        if outcome.decision() == Decision::Required && is_not_needed(&challenge) {
            assert_eq!(case.browser, "3d, 1d", "{case:?}");
            assert_eq!(case.protocol, "oidc-basic-profile", "{case:?}");
            assert!(!case.request.contains("acr_values"), "{case:?}");
            assert!(case.rule.starts_with("context.multifactor"), "{case:?}");
        }
    });
}

/// One more reason to challenge takes no challenge away, and never makes that a browser may be
/// remembered afterwards.
#[test]
fn a_further_reason_takes_no_challenge_away() {
    for_all(|outcome, case| {
        let before = outcome.challenge(&case.facts());
        let stricter_policies = POLICIES.iter().skip_while(|policy| **policy != case.policy);
        let stricter = stricter_policies
            .map(|policy| Case { policy, ..case })
            .chain(
                [
                    Case {
                        browser: "",
                        ..case
                    },
                    Case {
                        request: "audience=<mfa>",
                        ..case
                    },
                    Case {
                        request: "acr_values=<multi-factor>",
                        ..case
                    },
                ]
                .into_iter()
                .filter(|_| case.request.is_empty()),
            );
        for stricter in stricter {
            let after = outcome.challenge(&stricter.facts());
            let row = || format!("{case:?}\n{stricter:?}");
            assert!(
                is_not_needed(&before) || !is_not_needed(&after),
                "{}",
                row()
            );
            if let (
                Challenge::Show {
                    multifactor: before,
                    ..
                },
                Challenge::Show {
                    multifactor: after, ..
                },
            ) = (&before, &after)
            {
                let relaxed = (before.remember_browser(), after.remember_browser());
                assert_ne!(relaxed, (Remember::Never, Remember::Browser), "{}", row());
            }
        }
    });
}

/// Nothing is shown where nothing may be or can be.
#[test]
fn nothing_is_shown_without_interaction_or_without_a_browser() {
    let mut shown = 0;
    for_all(|outcome, case| {
        if let Challenge::Show { .. } = outcome.challenge(&case.facts()) {
            assert!(!case.request.contains("prompt=none"), "{case:?}");
            assert_eq!(case.protocol, "oidc-basic-profile", "{case:?}");
            shown += 1;
        }
    });
    assert!(shown > 100, "only {shown} challenges were shown");
}

/// Leaving a fact out takes no challenge away.
#[test]
fn a_forgotten_fact_takes_no_challenge_away() {
    for_all(|outcome, case| {
        let facts = case.facts();
        let strict = ChallengeFacts::new(facts.grant, now());
        let forgetful = [
            facts.policy(strict.policy),
            facts.audience(strict.audience),
            facts.acr_values(strict.acr_values),
            facts.prompt(strict.prompt),
            strict,
        ];
        for forgetful in forgetful {
            let needed = !is_not_needed(&outcome.challenge(&facts));
            let is_needed_still = !is_not_needed(&outcome.challenge(&forgetful));
            assert!(!needed || is_needed_still, "{case:?}\n{forgetful:?}");
        }
    });
}

#[test]
fn every_login_is_challenged_when_no_fact_is_given() {
    for grant in [
        Grant::Interactive,
        Grant::Password,
        Grant::RefreshToken,
        Grant::Other,
    ] {
        let rule_set = rule_set("print(1);");
        let outcome = rule_set.decide(&Login::new(now()));
        assert_eq!(outcome.decision(), Decision::NotRequired);
        let challenge = outcome.challenge(&ChallengeFacts::new(grant, now()));
        assert!(challenge_is_of_any(&challenge), "{challenge:?}");
    }
}

fn challenge_is_of_any(challenge: &Challenge) -> bool {
    match challenge {
        Challenge::Show { multifactor, .. } | Challenge::MfaRequired { multifactor, .. } => {
            multifactor.provider() == Provider::Any
                && multifactor.remember_browser() == Remember::Never
        }
        Challenge::NotNeeded | Challenge::LoginRequired { .. } | Challenge::Denied(_) => false,
    }
}

/// Whatever made an outcome, one with an error is challenged.
#[test]
fn an_error_is_challenged_even_in_a_remembered_browser() {
    let rule_set = rule_set("print(1);");
    let facts = ChallengeFacts::new(Grant::Interactive, now())
        .policy(TenantPolicy::Never)
        .audience(Audience::Other)
        .acr_values(AcrValues::Other)
        .remembered(RememberedBrowser {
            granted_at: now(),
            last_used_at: now(),
        });
    let mut outcome = Outcome::input_denied(&rule_set, "`user` must be an object", now());
    assert_eq!(short(&outcome.challenge(&facts)), "denied access_denied");
    outcome.details_mut().denied = None;
    assert_eq!(short(&outcome.challenge(&facts)), "show any (rules)");
    outcome.multifactor = Some(Multifactor::ANY);
    // What was asked for is kept, but no browser is remembered.
    assert_eq!(short(&outcome.challenge(&facts)), "show any (rules)");
}

/// Once a browser is not remembered, it is not remembered later either.
#[test]
fn a_browser_that_is_forgotten_stays_forgotten() {
    let hours = |hours: i64| now() + TimeDelta::hours(hours);
    for used in (0..31 * 24).step_by(6) {
        let browser = RememberedBrowser {
            granted_at: now(),
            last_used_at: hours(used),
        };
        let remembered = |hour: &i64| browser.is_valid_at(hours(*hour));
        let valid: Vec<i64> = (-24..40 * 24).filter(remembered).collect();
        let end = (used + 7 * 24).min(30 * 24);
        let expected: Vec<i64> = (used..end).collect();
        assert_eq!(valid, expected, "used after {used} hours");
    }
}

#[test]
fn times_at_the_ends_of_the_calendar_are_survived() {
    let ends = [DateTime::<Utc>::MIN_UTC, now(), DateTime::<Utc>::MAX_UTC];
    for granted_at in ends {
        for last_used_at in ends {
            for now in ends {
                let browser = RememberedBrowser {
                    granted_at,
                    last_used_at,
                };
                let is_now = granted_at == now && last_used_at == now;
                assert_eq!(browser.is_valid_at(now), is_now);
            }
        }
    }
}

#[test]
fn answers_are_serialized_for_logs() {
    let answer = |rule: &str, facts: ChallengeFacts| {
        let rule_set = rule_set(rule);
        let challenge = rule_set.decide(&Login::new(now())).challenge(&facts);
        serde_json::to_string(&challenge).unwrap()
    };
    let facts = ChallengeFacts::new(Grant::Interactive, now())
        .policy(TenantPolicy::Never)
        .audience(Audience::Other);
    assert_eq!(answer("print(1);", facts), r#"{"challenge":"not_needed"}"#);
    let rule = "context.multifactor = #{ provider: \"duo\", ikey: \"public\" };";
    assert_eq!(
        answer(rule, facts),
        concat!(
            r#"{"challenge":"show","multifactor":{"provider":"duo","allowRememberBrowser":true,"#,
            r#""ikey":"public"},"reason":"rules"}"#,
        )
    );
    assert_eq!(
        answer(
            "print(1);",
            facts.policy(TenantPolicy::Always).prompt(Prompt::None)
        ),
        r#"{"challenge":"login_required","reason":"policy"}"#
    );
    let password = ChallengeFacts::new(Grant::Password, now()).policy(TenantPolicy::Never);
    assert_eq!(
        answer("print(1);", password),
        concat!(
            r#"{"challenge":"mfa_required","#,
            r#""multifactor":{"provider":"any","allowRememberBrowser":false},"reason":"audience"}"#,
        )
    );
    assert_eq!(
        answer("deny(\"not today\");", facts),
        concat!(
            r#"{"challenge":"denied","error":"unauthorized","error_description":"not today","#,
            r#""rule":"rule"}"#,
        )
    );
}

#[test]
fn applications_get_oauth_errors() {
    let of = |rule: &str, facts: ChallengeFacts| {
        let rule_set = rule_set(rule);
        let challenge = rule_set.decide(&Login::new(now())).challenge(&facts);
        challenge
            .error()
            .map(|(error, description)| format!("{error}: {description}"))
    };
    let text = |text: &str| Some(text.to_owned());
    let facts = ChallengeFacts::new(Grant::Interactive, now());
    let silent = "print(1);";
    assert_eq!(of(silent, facts), None);
    let nobody_asks = facts.policy(TenantPolicy::Never).audience(Audience::Other);
    assert_eq!(of(silent, nobody_asks), None);
    assert_eq!(
        of(silent, facts.prompt(Prompt::None)),
        text("login_required: Multifactor authentication required")
    );
    assert_eq!(
        of(silent, ChallengeFacts::new(Grant::RefreshToken, now())),
        text("mfa_required: Multifactor authentication required")
    );
    assert_eq!(of("deny(\"no\");", facts), text("unauthorized: no"));
    assert_eq!(
        of("user.a.b;", facts),
        text("access_denied: the login could not be evaluated")
    );
}
