//! What a rule does to the login: writes, requests for a second factor, denials.
//!
//! A write to the login that fails cannot be caught, so the twin says where one happens.

use super::code::{Code, code};
use super::{Grammar, Type};

/// Members of the login that a rule may write, and what they usually hold.
const PLACES: &[(&str, Type)] = &[
    ("user.note", Type::Text),
    ("user.risk", Type::Int),
    ("user[\"score\"]", Type::Float),
    ("user.logins_count", Type::Int),
    ("user.email", Type::Text),
    ("user.groups", Type::Texts),
    ("user.groups[0]", Type::Text),
    ("user.app_metadata.risk", Type::Int),
    ("user.app_metadata.limits", Type::Ints),
    ("user.app_metadata.limits[-1]", Type::Int),
    ("user.app_metadata[\"plan\"]", Type::Text),
    ("user.user_metadata.lang", Type::Text),
    ("user.fresh", Type::Map),
    ("context.idToken[\"https://example.com/claim\"]", Type::Text),
    ("context.idToken.count", Type::Int),
    ("context.idToken.tags", Type::Texts),
    (
        "context.accessToken[\"https://example.com/level\"]",
        Type::Int,
    ),
    ("context.accessToken.scope", Type::Texts),
    ("context.samlConfiguration", Type::Map),
    ("context.samlConfiguration.audience", Type::Text),
    ("context.primaryUser", Type::Text),
    ("context.multifactor.allowRememberBrowser", Type::Bool),
];

impl Grammar<'_> {
    /// Assigns a member of the login.
    pub(super) fn store(&mut self, root: &str, member: &str, value: &Code) {
        let statement = write(&format!("{root}.{member}"), "=", value);
        self.line(&statement);
    }

    /// A write to the login.
    pub(super) fn login_write(&mut self) {
        let Some((place, ty)) = self.bytes.pick(PLACES) else {
            return;
        };
        let written = if self.bytes.chance(10) {
            self.any_type()
        } else {
            ty
        };
        let statement = match (ty, self.bytes.below(5)) {
            (Type::Int, 0) => {
                let value = self.flat_value(written, 2);
                let operator = self.bytes.text(&["+=", "-=", "*=", "/=", "%=", "|="]);
                write(place, operator, &value)
            }
            (Type::Text | Type::Texts | Type::Float, 0) => {
                let value = self.flat_value(written, 2);
                write(place, "+=", &value)
            }
            (Type::Texts | Type::Ints | Type::Text | Type::Map, 1 | 2) => {
                let Some((method, arguments)) = self.change_of(ty) else {
                    return;
                };
                let gives = matches!(method, "pop" | "remove") && ty != Type::Text;
                if gives && self.bytes.chance(40) {
                    let name = self.fresh_name();
                    let value = changed(place, method, &arguments);
                    code!("let {} = {};", name, value)
                } else {
                    change(place, method, &arguments)
                }
            }
            (Type::Bool, _) => {
                // The compiler refuses a wrong value when it sees one.
                let value = self.flat_value(written, 2);
                write(place, "=", &code!("({{ {} }})", value))
            }
            (_, 4) if self.bytes.chance(20) => write(place, "=", &Code::same("()")),
            _ => {
                let value = self.flat_value(written, 3);
                write(place, "=", &value)
            }
        };
        self.line(&statement);
    }

    /// Asks for a second factor, or takes that back.
    pub(super) fn multifactor(&mut self) {
        let provider = self.bytes.text(&[
            "\"guardian\"",
            "\"any\"",
            "\"google-authenticator\"",
            "\"duo\"",
            "\"none\"",
            "\"any\"",
            // The compiler refuses a wrong provider when it sees one.
            "(\"gaur\" + \"dian\")",
        ]);
        let options = match self.bytes.below(6) {
            0 | 1 => Code::same("allowRememberBrowser: false"),
            2 => Code::same("ignoreCookie: true"),
            3 => {
                let value = self.flat_value(Type::Bool, 2);
                code!("allowRememberBrowser: {}", value)
            }
            4 => Code::same("allowRememberBrowser: (0 + 1)"),
            _ => Code::same(""),
        };
        let separator = if options.rule.is_empty() { "" } else { ", " };
        let statement = match self.bytes.below(8) {
            0..=3 => {
                let value = code!("#{{ provider: {}{}{} }}", provider, separator, options);
                write("context.multifactor", "=", &value)
            }
            4 => code!(
                "require_mfa({});" | "{{ let v_ = require_mfa_({}); context.multifactor = v_; }}",
                provider
            ),
            5 | 6 => code!(
                "require_mfa({}, #{{ {} }});"
                    | "{{ let v_ = require_mfa_({}, #{{ {} }}); context.multifactor = v_; }}",
                provider,
                options
            ),
            _ => code!("skip_mfa();" | "{{ let v_ = skip_mfa_(); context.multifactor = v_; }}"),
        };
        self.line(&statement);
    }

    /// Ends the rule: a denial or a `throw`.
    pub(super) fn ending(&mut self) {
        let statement = match self.bytes.below(7) {
            0 | 1 => {
                let text = self.flat_value(Type::Text, 1);
                code!("deny({});", text)
            }
            2 => {
                let text = self.flat(|grammar| grammar.literal(Type::Text));
                let error = self.bytes.text(&["access_denied", "unauthorized", "other"]);
                code!("deny(#{{ error: \"{}\", message: {} }});", error, text)
            }
            3 | 4 => {
                let text = self.flat_value(Type::Text, 1);
                code!("throw {};" | "throw thrown_({});", text)
            }
            5 => {
                let value = self.flat_value(Type::Int, 1);
                code!("throw {};" | "throw thrown_({});", value)
            }
            _ => code!("throw #{{ reason: 1 }};" | "throw thrown_(#{{ reason: 1 }});"),
        };
        self.line(&statement);
    }
}

/// `place operator value;`, where what JSON cannot hold is refused before anything else, and a twin
/// that makes a failure of the write one that nothing catches. A bit of an integer is not assigned.
fn write(place: &str, operator: &str, value: &Code) -> Code {
    let element_of = place
        .strip_suffix("[0]")
        .or_else(|| place.strip_suffix("[-1]"));
    let bits = element_of.map_or_else(String::new, |of| format!(" no_bit_({of});"));
    code!(
        "{} {} {};{}"
            | "{{ let v_ = {2}; try {{ stored_(v_); {0} {1} v_; stored_({0});{3} }} catch (e_) {{ fatal_(e_); }} }}",
        place,
        operator,
        value,
        Code::differing("", &bits)
    )
}

/// `place.method(arguments);`, likewise.
fn change(place: &str, method: &str, arguments: &[Code]) -> Code {
    let (list, taken) = taken(arguments);
    code!(
        "{}.{}({}{});"
            | "{{ let v_ = [{2}]; try {{ {0}.{1}({3}); stored_({0}); }} catch (e_) {{ fatal_(e_); }} }}",
        place,
        method,
        list,
        taken
    )
}

/// `place.method(arguments)` as an expression, likewise.
fn changed(place: &str, method: &str, arguments: &[Code]) -> Code {
    let (list, taken) = taken(arguments);
    code!(
        "{}.{}({}{})"
            | "({{ let v_ = [{2}]; let r_ = (); try {{ r_ = {0}.{1}({3}); stored_({0}); }} catch (e_) {{ fatal_(e_); }} r_ }})",
        place,
        method,
        list,
        taken
    )
}

/// The arguments as a list, and for the twin the same taken from an array `v_`.
fn taken(arguments: &[Code]) -> (Code, Code) {
    let taken: Vec<String> = (0..arguments.len())
        .map(|index| format!("v_[{index}]"))
        .collect();
    (
        Code::list(arguments),
        Code::differing("", &taken.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::{Code, write};
    use crate::agree::{Verdict, agree};
    use crate::grammar::GeneratedRule;
    use crate::logins::GeneratedLogin;
    use serde_json::json;

    /// Rhai assigns it, and version 1 of the language does not.
    #[test]
    fn no_bit_of_an_integer_is_assigned() {
        let statement = write("user.limits[-1]", "=", &Code::same("true"));
        let rule = GeneratedRule {
            source: statement.rule,
            twin: statement.twin,
        };
        let mut login = GeneratedLogin::from_bytes(&[]);
        for (limits, ended) in [(json!(5), "type"), (json!([5]), "ran")] {
            login.user = json!({ "limits": limits });
            let verdict = agree(&rule, &login).map_err(|error| error.to_string());
            let effect = true;
            assert_eq!(verdict, Ok(Verdict::Agreed { effect, ended }));
        }
    }
}
