//! The law of the lines that `mfa decide --logins` reads.

use crate::bytes::Bytes;
use crate::entrances::LoginTexts;
use crate::json_text::damaged;
use chrono::DateTime;
use mfa_cli::{LineOptions, Time, decide_lines};
use mfa_rules::{Observe, RuleSet};
use serde_json::{Map, Value as Json, json};

/// The texts of a login as the members of a line.
pub fn line(texts: &LoginTexts) -> Vec<u8> {
    let members = [
        (&b"{\"user\":"[..], &texts.user),
        (b", \"context\" :", &texts.context),
        (b",\"configuration\":", &texts.configuration),
        (b",\"facts\":", &texts.facts),
    ];
    let mut line = Vec::new();
    for (name, text) in members {
        line.extend_from_slice(name);
        line.extend_from_slice(text);
    }
    line.extend_from_slice(b",\"now\":1767603600}");
    without_breaks(&line)
}

/// The line with damage anywhere in it.
pub fn with_damage(line: &[u8], choices: &[u8]) -> Vec<u8> {
    let mut choices = Bytes::new(choices);
    without_breaks(&damaged(line, &mut choices))
}

fn without_breaks(line: &[u8]) -> Vec<u8> {
    let bytes = line.iter().map(|byte| match byte {
        b'\n' => b' ',
        byte => *byte,
    });
    bytes.collect()
}

/// An earlier member that a later one replaces, or that says the same as no member, changes nothing:
/// of such a line everything is read into values, while of a plain one the texts are taken apart.
///
/// # Errors
///
/// What differs.
pub fn members_that_do_not_count_change_nothing(
    rules: &RuleSet,
    line: &[u8],
) -> Result<(), String> {
    let Some(repeated) = with_members_that_do_not_count(line) else {
        return Ok(());
    };
    for options in options() {
        let plain = outcome(rules, line, &options);
        let found = outcome(rules, &repeated, &options);
        if plain != found {
            let repeated = String::from_utf8_lossy(&repeated);
            return Err(format!(
                "the outcome of {repeated} is\n{found}\nand not\n{plain}"
            ));
        }
    }
    Ok(())
}

/// `None` for what is no object with members.
fn with_members_that_do_not_count(line: &[u8]) -> Option<Vec<u8>> {
    let behind = line.trim_ascii_start().strip_prefix(b"{")?;
    if behind.trim_ascii_start().starts_with(b"}") {
        return None;
    }
    let mut repeated = br#"{"user":null,"now":null,"facts":{},"configuration":null,"#.to_vec();
    repeated.extend_from_slice(behind);
    Some(repeated)
}

fn options() -> [LineOptions; 2] {
    let configuration = match json!({ "RANGES": ["192.0.2.0/24"], "own": true }) {
        Json::Object(configuration) => configuration,
        _ => Map::new(),
    };
    [
        LineOptions {
            time: Time::Otherwise(DateTime::UNIX_EPOCH),
            configuration: Map::new(),
            observe: Observe::decision(),
        },
        LineOptions {
            time: Time::Given(DateTime::UNIX_EPOCH),
            configuration,
            observe: Observe::decision().and_full().and_trace(),
        },
    ]
}

/// The outcome of a line, to the byte; of one that cannot be read only that it is denied, and when,
/// because why depends on the place.
fn outcome(rules: &RuleSet, line: &[u8], options: &LineOptions) -> String {
    let mut output = Vec::new();
    let done = decide_lines(rules, line, &mut output, options, |_| {});
    assert!(done.is_ok(), "reading from and writing to memory");
    let outcome: Json = serde_json::from_slice(&output).unwrap_or(Json::Null);
    match outcome.get("input_error") {
        None => String::from_utf8_lossy(&output).into_owned(),
        Some(_) => json!([outcome.get("decision"), outcome.get("now")]).to_string(),
    }
}
