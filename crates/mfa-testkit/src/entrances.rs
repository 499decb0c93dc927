//! The laws of the entrances: whatever form a login has, its outcome is the same.

use crate::bytes::Bytes;
use crate::json_text::{damaged, write};
use crate::logins::GeneratedLogin;
use crate::texts::NAMES;
use crate::typed::Typed;
use chrono::{DateTime, Utc};
use mfa_rules::testing::entrances::{paths, read, read_by_serde_json, serialize};
use mfa_rules::{JsonLogin, Limits, Login, Observe, Outcome, Paths, RuleSet, TypedLogin};
use serde_json::{Map, Value as Json, json};
use std::fmt::Debug;

/// A login as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginTexts {
    /// The user.
    pub user: Vec<u8>,
    /// The context.
    pub context: Vec<u8>,
    /// The configuration that comes with the login.
    pub configuration: Vec<u8>,
    /// The facts.
    pub facts: Vec<u8>,
    /// The time of the login.
    pub now: DateTime<Utc>,
}

impl LoginTexts {
    /// The texts of a login, with members that no rule looks at, in a form that `choices` decide.
    pub fn of(login: &GeneratedLogin, choices: &[u8]) -> Self {
        Self::generate(login, &mut Bytes::new(choices))
    }

    pub(crate) fn generate(login: &GeneratedLogin, choices: &mut Bytes<'_>) -> Self {
        let mut text = |json: &Json| write(json, true, choices).into_bytes();
        let configuration = Json::Object(login.configuration.clone());
        let facts = Json::Object(login.facts.clone());
        Self {
            user: text(&login.user),
            context: text(&login.context),
            configuration: text(&configuration),
            facts: text(&facts),
            now: login.now,
        }
    }

    /// The texts with damage in one of them.
    #[must_use]
    pub fn damaged(mut self, choices: &[u8]) -> Self {
        self.damage(&mut Bytes::new(choices));
        self
    }

    pub(crate) fn damage(&mut self, choices: &mut Bytes<'_>) {
        let text = match choices.below(6) {
            0 | 1 => &mut self.user,
            2 | 3 => &mut self.context,
            4 => &mut self.configuration,
            _ => &mut self.facts,
        };
        *text = damaged(text, choices);
    }

    /// Whether `serde_json` reads all of them.
    pub fn are_json(&self) -> bool {
        let texts = [&self.user, &self.context, &self.configuration, &self.facts];
        texts
            .iter()
            .all(|text| serde_json::from_slice::<Json>(text).is_ok())
    }
}

/// The rule set of a rule; `None` when it does not compile.
///
/// Its deadline is so far away that a busy machine does not reach it: two decisions would differ.
pub fn without_deadline(source: &str) -> Option<RuleSet> {
    let limits = Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline);
    let rules = RuleSet::builder().name("generated").limits(limits);
    rules.rule(("generated", source)).compile().ok()
}

/// The outcome of texts is that of the values that `serde_json` reads from them, or a denial that
/// says what it says.
///
/// # Errors
///
/// What differs.
pub fn texts_decide_as_values(rules: &RuleSet, texts: &LoginTexts) -> Result<(), String> {
    let login = JsonLogin::new(texts.now)
        .user(&texts.user)
        .context(&texts.context)
        .configuration(&texts.configuration)
        .facts(&texts.facts);
    let parsed = Values::parse(texts);
    for observe in observations() {
        let expected = match &parsed {
            Ok(values) => shown(&rules.decide_observed(&values.login(), observe)),
            Err(message) => shown(&rules.deny_input(message, texts.now)),
        };
        let found = shown(&rules.decide_observed(&login, observe));
        equal("outcome of the texts", &found, &expected)?;
    }
    Ok(())
}

/// The outcome of typed values is that of what `serde_json` makes of them.
///
/// # Errors
///
/// What differs.
pub fn typed_values_decide_as_values(
    rules: &RuleSet,
    login: &GeneratedLogin,
    seed: u64,
) -> Result<(), String> {
    let user = Typed::new(&login.user, seed);
    let context = Typed::new(&login.context, seed.wrapping_add(1));
    let value = |typed| serde_json::to_value(typed).map_err(|error| error.to_string());
    let (user_value, context_value) = (value(user)?, value(context)?);
    let values = Login::new(login.now)
        .user(&user_value)
        .context(&context_value)
        .configuration(&login.configuration)
        .facts(&login.facts);
    let typed = TypedLogin::new(login.now)
        .user(&user)
        .context(&context)
        .configuration(&login.configuration)
        .facts(&login.facts);
    for observe in observations() {
        let expected = shown(&rules.decide_observed(&values, observe));
        let found = shown(&rules.decide_observed(&typed, observe));
        equal("outcome of the typed values", &found, &expected)?;
    }
    Ok(())
}

/// Of a text, and of a typed value, that part is read which is asked for, and a text is refused for
/// what is wrong anywhere in it.
///
/// # Errors
///
/// What differs.
pub fn what_is_read_is_what_is_asked_for(text: &[u8], choices: &[u8]) -> Result<(), String> {
    let mut choices = Bytes::new(choices);
    let whole = parse(text);
    let described = described(whole.as_ref().unwrap_or(&Json::Null), 0, &mut choices);
    let paths = paths(&described);
    is_projected(text, &paths, &whole)?;
    let Ok(json) = whole else {
        return Ok(());
    };
    let typed = Typed::new(&json, choices.long().cast_unsigned());
    let expected = serde_json::to_value(typed).map_err(|error| error.to_string());
    let expected = expected.map(|json| paths.project(&json));
    equal(
        "part of the typed value",
        &serialize(&typed, &paths),
        &expected,
    )
}

/// Of a text in any spelling that part is read which is asked for, or the text is refused, as
/// `serde_json` does it.
///
/// # Errors
///
/// What differs.
pub fn any_spelling_is_read_as_serde_json_reads_it(
    text: &[u8],
    choices: &[u8],
) -> Result<(), String> {
    let mut choices = Bytes::new(choices);
    let whole = parse(text);
    let named = named(0, &mut choices);
    let described = described(whole.as_ref().unwrap_or(&Json::Null), 0, &mut choices);
    for described in [named, described, json!({})] {
        is_projected(text, &paths(&described), &whole)?;
    }
    Ok(())
}

/// What is read of a text, with and without our own reader, is what `paths` ask for of the value that
/// `serde_json` reads from all of it.
fn is_projected(text: &[u8], paths: &Paths, whole: &Result<Json, String>) -> Result<(), String> {
    let expected = whole.clone().map(|json| paths.project(&json));
    equal("part of the text", &read(text, paths), &expected)?;
    if let Ok(text) = std::str::from_utf8(text) {
        let read = read_by_serde_json(text, paths);
        equal("part of the text by serde_json", &read, &expected)?;
    }
    Ok(())
}

/// What a rule set might look at of a value that nobody has seen.
fn named(depth: u16, choices: &mut Bytes<'_>) -> Json {
    match choices.below(if depth == 0 { 10 } else { 4 }) {
        0 => return json!({}),
        1 => return json!(true),
        _ => {}
    }
    let mut asked_for = Map::new();
    for name in NAMES {
        if choices.chance(40) {
            asked_for.insert((*name).to_owned(), named(depth.saturating_add(1), choices));
        }
    }
    Json::Object(asked_for)
}

/// What a rule set might look at of a value, and more.
fn described(json: &Json, depth: u16, choices: &mut Bytes<'_>) -> Json {
    match choices.below(if depth == 0 { 12 } else { 6 }) {
        1 => return json!(true),
        2 => return json!({}),
        _ => {}
    }
    let mut asked_for = Map::new();
    if let Json::Object(members) = json {
        for (name, member) in members {
            if !choices.chance(40) {
                let member = described(member, depth.saturating_add(1), choices);
                asked_for.insert(name.clone(), member);
            }
        }
    }
    if choices.chance(20) {
        let name = choices.text(&["junk", "a", "stale", "", "$serde_json::private::Number"]);
        asked_for.entry(name).or_insert(json!({ "a": {} }));
    }
    Json::Object(asked_for)
}

/// The parts of a login, as values.
struct Values {
    user: Json,
    context: Json,
    configuration: Map<String, Json>,
    facts: Map<String, Json>,
    now: DateTime<Utc>,
}

impl Values {
    fn parse(texts: &LoginTexts) -> Result<Self, String> {
        let part = |name, text| parse(text).map_err(|error| format!("`{name}` is {error}"));
        let user = part("user", &texts.user)?;
        let context = part("context", &texts.context)?;
        let configuration = part("configuration", &texts.configuration)?;
        let facts = part("facts", &texts.facts)?;
        Ok(Self {
            user,
            context,
            configuration: members("configuration", configuration)?,
            facts: members("facts", facts)?,
            now: texts.now,
        })
    }

    fn login(&self) -> Login<'_> {
        Login::new(self.now)
            .user(&self.user)
            .context(&self.context)
            .configuration(&self.configuration)
            .facts(&self.facts)
    }
}

fn members(name: &str, json: Json) -> Result<Map<String, Json>, String> {
    let found = match json {
        Json::Object(members) => return Ok(members),
        Json::Null => return Ok(Map::new()),
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
    };
    Err(format!("`{name}` must be an object, not {found}"))
}

/// What `serde_json` reads, or its error in the words of the engine.
fn parse(text: &[u8]) -> Result<Json, String> {
    serde_json::from_slice(text).map_err(|error| {
        if let Err(error) = std::str::from_utf8(text) {
            let byte = error.valid_up_to().saturating_add(1);
            return format!("not UTF-8 from byte {byte} on");
        }
        let (line, column) = (error.line(), error.column());
        let error = error.to_string();
        let message = error.split(" at line ").next().unwrap_or_default();
        format!("not JSON: {message}, line {line}, column {column}")
    })
}

fn observations() -> [Observe; 3] {
    let decision = Observe::decision();
    [
        decision,
        decision.and_trace(),
        decision.and_full().and_trace(),
    ]
}

fn shown(outcome: &Outcome<'_>) -> Json {
    json!({ "outcome": outcome, "input_error": outcome.input_error() })
}

fn equal<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "the {what} is\n{found:?}\nbut should be\n{expected:?}"
    ))
}
