//! The bodies of the fuzz targets: each checks one law for any bytes, and panics when it is broken.

use crate::agree;
use crate::bytes::Bytes;
use crate::entrances::{self, LoginTexts};
use crate::grammar::GeneratedRule;
use crate::hostile;
use crate::lines;
use crate::logins::GeneratedLogin;
use crate::plain::plain_rule;
use crate::reads;
use crate::texts;
use crate::ways;
use chrono::DateTime;
use mfa_cases::CaseFile;
use mfa_cli::{LineOptions, Time, decide_lines};
use mfa_rules::{Decision, Observe, RuleSet};
use serde_json::{Map, Value as Json};

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

/// A generated rule does the same on the engine and on the oracle, by the shortcuts of its plan and by
/// its tree, and generated rules do the same on a login that was cut down to what they can look at.
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
    let (of_login, rest) = bytes.split_at(bytes.len() / 4);
    let (noise, of_rules) = rest.split_at(rest.len() / 4);
    if let Err(unsound) = reads::cut_down(of_rules, of_login, noise) {
        panic!("{unsound}");
    }
    let plain = plain_rule(of_rules);
    if let Err(difference) = ways::agree_under_limits(&plain, &login) {
        panic!("{plain}\n{difference}");
    }
}

/// Any lines are answered by as many outcomes, each as if its line stood alone; only a line that can
/// be read may be let in without a second factor.
///
/// # Panics
///
/// When the law is broken.
#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
pub fn login_lines(bytes: &[u8]) {
    let Ok(rules) = RuleSet::from_source("lines", LINES_RULE) else {
        unreachable_rule();
    };
    let all = outcomes(&rules, bytes);
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines: Vec<&[u8]> = if bytes.is_empty() {
        Vec::new()
    } else {
        body.split(|byte| *byte == b'\n').collect()
    };
    assert_eq!(all.len(), lines.len(), "every line has one outcome");
    for (outcome, line) in all.iter().zip(lines) {
        let alone = outcomes(&rules, &[line, b"\n"].concat());
        assert_eq!(alone.first(), Some(outcome), "lines are independent");
        let readable = serde_json::from_slice::<Map<String, Json>>(line).is_ok();
        assert!(
            readable || outcome["decision"] == "denied",
            "a line that cannot be read is denied"
        );
        assert!(
            outcome["errors"].as_array().is_some_and(Vec::is_empty)
                || outcome["decision"] != "not_required",
            "a failure decided that no second factor is needed"
        );
        if let Err(difference) = lines::members_that_do_not_count_change_nothing(&rules, line) {
            panic!("{difference}");
        }
    }
}

/// Any text is a case file or is refused with what is wrong with it and where, and every case of it
/// runs.
///
/// # Panics
///
/// When the law is broken.
pub fn case_files(bytes: &[u8]) {
    let Ok(rules) = RuleSet::from_source("lines", LINES_RULE) else {
        unreachable_rule();
    };
    for text in [
        String::from_utf8_lossy(bytes).into_owned(),
        case_text(bytes),
    ] {
        match CaseFile::parse("lines.test.yaml", &text) {
            Ok(file) => {
                assert!(!file.cases().is_empty(), "a case file has cases");
                for case in file.cases().iter().take(100) {
                    let result = case.run(&rules);
                    let again = case.run(&rules);
                    assert_eq!(result.mismatches, again.mismatches, "a case runs as before");
                }
            }
            Err(error) => {
                assert!(!error.diagnostics().is_empty(), "a refusal says why");
                let lines = text.split('\n').count();
                for diagnostic in error.diagnostics() {
                    let line = diagnostic.span.map_or(1, |span| span.start.line);
                    let line = usize::try_from(line).unwrap_or(usize::MAX);
                    assert!((1..=lines).contains(&line), "a refusal is in the text");
                }
            }
        }
    }
}

/// Lines of case files, each chosen by a byte; a byte beyond them stands for itself.
fn case_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match CASE_LINES.get(usize::from(*byte)) {
            Some(line) => text.push_str(line),
            None => text.push(char::from(*byte)),
        }
    }
    text
}

const CASE_LINES: &[&str] = &[
    "cases:\n",
    "  - name: a\n",
    "    expect: { decision: required }\n",
    "  - name: b\n",
    "    user: { email: a, groups: [b, c], app_metadata: ~ }\n",
    "    context: { clientID: app-1 }\n",
    "    vary:\n",
    "      - { set: /user/email, to: [1, ~, [], {}] }\n",
    "      - { set: /user/groups/0/x, to: [1], expect: { denied: ~ } }\n",
    "    expect: { denied: { error: unauthorized }, changes: {}, errors: [type] }\n",
    "    expect: { user: { email: ~ }, context: ~, multifactor: { provider: any } }\n",
    "    configuration: { a: [1, 2] }\n",
    "    facts: ~\n",
    "    now: 1767571200\n",
    "base: { user: { user_id: x }, context: {} }\n",
    "rule: lines.rhai\n",
    "now: 2026-01-05\n",
    "configuration: { a: b }\n",
    "{ \"cases\": [",
    "{ \"name\": \"a\\/b \\ud83d\\ude00\", \"expect\": { \"decision\": \"denied\" } }",
    "] }\n",
];

/// Whatever form a login has, its outcome is the same, and a text is refused for what is wrong
/// anywhere in it.
///
/// # Panics
///
/// When the law is broken.
#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
pub fn entrances(bytes: &[u8]) {
    let mut choices = Bytes::new(bytes);
    let kind = choices.byte();
    let mut of_login = choices.split(bytes.len() / 4);
    let login = GeneratedLogin::generate(&mut of_login);
    let mut of_rule = choices.split(bytes.len() / 4);
    let source = GeneratedRule::generate(&mut of_rule).source;
    let rules = entrances::without_deadline(&source);
    let Some(rules) = rules.or_else(|| entrances::without_deadline(LINES_RULE)) else {
        unreachable_rule();
    };
    let seed = choices.long().cast_unsigned();
    let mut texts = LoginTexts::generate(&login, &mut choices);
    match kind & 3 {
        0 => {}
        1 => texts.user = bytes.get(1..).unwrap_or_default().to_vec(),
        _ => texts.damage(&mut choices),
    }
    let checked = entrances::texts_decide_as_values(&rules, &texts)
        .and_then(|()| entrances::typed_values_decide_as_values(&rules, &login, seed))
        .and_then(|()| entrances::what_is_read_is_what_is_asked_for(&texts.user, bytes))
        .and_then(|()| entrances::what_is_read_is_what_is_asked_for(&texts.context, bytes))
        .and_then(|()| {
            let line = lines::line(&texts);
            lines::members_that_do_not_count_change_nothing(&rules, &line)
        });
    if let Err(difference) = checked {
        panic!("{difference}");
    }
}

/// Any text is read as far as is asked for, or refused, as `serde_json` does it, with and without the
/// reader that is our own.
///
/// # Panics
///
/// When the law is broken.
#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
pub fn json_text(bytes: &[u8]) {
    let text = texts::from_bytes(bytes);
    if let Err(difference) = entrances::any_spelling_is_read_as_serde_json_reads_it(&text, bytes) {
        panic!("{}\n{difference}", String::from_utf8_lossy(&text));
    }
}

/// Reads some of the login, so that odd logins fail in it.
const LINES_RULE: &str = r#"
if user?.app_metadata?.use_mfa == true { require_mfa("any"); }
user.count = (user.count ?? 0) + configuration.len();
try { if fact("risk_score") > 70 { require_mfa("any"); } }
catch (e) { if e.code != "missing-fact" { throw; } }
print(`${now()}`);
"#;

/// The outcomes of all lines.
fn outcomes(rules: &RuleSet, input: &[u8]) -> Vec<Json> {
    let options = LineOptions {
        time: Time::Otherwise(DateTime::UNIX_EPOCH),
        configuration: Map::new(),
        observe: Observe::decision().and_full().and_trace(),
    };
    let mut output = Vec::new();
    let done = decide_lines(rules, input, &mut output, &options, |_| {});
    assert!(done.is_ok(), "reading from and writing to memory");
    output
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap_or(Json::Null))
        .collect()
}

#[expect(clippy::panic, reason = "a fuzz target reports by panicking")]
fn unreachable_rule() -> ! {
    panic!("a rule that is written here does not compile")
}

/// # Panics
///
/// When a rule set decides `not_required` although something went wrong.
fn compile_and_decide(source: &str, login: &GeneratedLogin) {
    let Ok(rules) = RuleSet::from_source("fuzzed", source) else {
        return;
    };
    let outcome = rules.decide(&login.login());
    assert!(
        outcome.errors().is_empty() || outcome.decision() != Decision::NotRequired,
        "a failure decided that no second factor is needed:\n{source}"
    );
}
