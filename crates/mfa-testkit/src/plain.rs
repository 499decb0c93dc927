//! Rules of the kind that policies mostly consist of.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    reason = "a generator of short texts"
)]

use crate::bytes::Bytes;

/// A rule of the kind that policies mostly consist of, every statement of which may have a shorter
/// way: members of the login, asked for in every manner.
pub fn plain_rule(bytes: &[u8]) -> String {
    let mut plain = Plain {
        bytes: Bytes::new(bytes),
        variables: 0,
        text: String::new(),
    };
    let statements = 1 + plain.bytes.byte() % 5;
    for _ in 0..statements {
        plain.statement(0);
    }
    if plain.bytes.chance(25) {
        plain.text.push_str("user.out = \"written\";\n");
    }
    plain.text
}

struct Plain<'b> {
    bytes: Bytes<'b>,
    variables: usize,
    text: String,
}

impl Plain<'_> {
    fn statement(&mut self, depth: usize) {
        match self.bytes.byte() % 8 {
            0..=2 if self.variables < 7 && depth == 0 => {
                let value = self.value(0);
                self.text
                    .push_str(&format!("let v{} = {value};\n", self.variables));
                self.variables += 1;
            }
            0..=4 if depth < 3 => {
                let condition = self.condition(0);
                self.text.push_str(&format!("if {condition} {{\n"));
                self.statement(depth + 1);
                if self.bytes.chance(30) {
                    self.text.push_str("} else {\n");
                    self.statement(depth + 1);
                }
                self.text.push_str("}\n");
            }
            5 => {
                let text = self.value(1);
                let end = self.pick(&[
                    "deny(\"no\");\n",
                    "return;\n",
                    "throw \"no\";\n",
                    "deny(`no ${TEXT}`);\n",
                ]);
                self.text.push_str(&end.replace("TEXT", &text));
            }
            _ => {
                let ask = self.pick(&[
                    "require_mfa(\"any\");\n",
                    "context.multifactor = #{ provider: \"guardian\", allowRememberBrowser: false };\n",
                    "require_mfa(\"duo\", #{ host: \"h\" });\n",
                    "skip_mfa();\n",
                    "context.multifactor = #{ provider: \"none\" };\n",
                ]);
                self.text.push_str(ask);
            }
        }
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        self.bytes.pick(texts).unwrap_or_default()
    }

    fn path(&mut self) -> String {
        if self.variables > 0 && self.bytes.chance(25) {
            let variable = usize::from(self.bytes.byte()) % self.variables;
            return format!("v{variable}");
        }
        let path = self.pick(&[
            "user?.email",
            "user.name",
            "user?.app_metadata?.use_mfa",
            "user.app_metadata.roles",
            "user?.app_metadata?.score",
            "user?.user_metadata?.age",
            "user.groups",
            "user?.identities",
            "user?.last_ip",
            "context.clientID",
            "context.connection",
            "context?.stats?.loginsCount",
            "context.request.ip",
            "context?.multifactor",
            "context?.multifactor?.provider",
            "context?.authorization?.roles",
            "configuration.CLIENTS",
            "configuration.THRESHOLD",
            "configuration.STRICT",
            "configuration?.MISSING?.deep",
            "fact(\"risk_score\")",
            "now()",
        ]);
        path.to_owned()
    }

    fn value(&mut self, depth: usize) -> String {
        match self.bytes.byte() % 12 {
            0 => self
                .pick(&["1", "0.5", "\"app-1\"", "true", "()", "'a'", "\"\"", "-3"])
                .to_owned(),
            1 => self
                .pick(&["[\"app-1\", \"app-2\"]", "[1, 2, ()]", "[]", "[true]"])
                .to_owned(),
            2 | 3 => format!("({} ?? {})", self.path(), self.constant()),
            4 if depth < 2 => {
                let method = self.pick(&[
                    "to_lower()",
                    "len()",
                    "to_string()",
                    "split(\"@\")",
                    "contains(\"a\")",
                    "starts_with(\"app\")",
                    "trim()",
                    "pop()",
                    "keys()",
                    "get(\"a\")",
                    "weekday()",
                    "sub_string(0, 3)",
                    "to_int()",
                    "is_empty()",
                ]);
                let optional = if self.bytes.chance(30) { "?" } else { "" };
                let path = self.path();
                format!("{path}{optional}.{method}")
            }
            5 if depth < 2 => {
                let function = self.pick(&[
                    "email_domain",
                    "is_ip",
                    "parse_time",
                    "split_csv",
                    "is_string",
                    "is_array",
                    "len",
                ]);
                format!("{function}({})", self.value(depth + 1))
            }
            6 if depth < 2 => {
                let condition = self.condition(depth + 1);
                format!(
                    "if {condition} {{ {} }} else {{ {} }}",
                    self.value(depth + 1),
                    self.value(depth + 1)
                )
            }
            7 if depth < 2 => format!("`<${{{}}}>`", self.value(depth + 1)),
            8 if depth < 2 => self.condition(depth + 1),
            _ => self.path(),
        }
    }

    fn constant(&mut self) -> &'static str {
        self.pick(&[
            "\"app-1\"",
            "[\"app-1\"]",
            "3",
            "false",
            "()",
            "\"10.0.0.0/8\"",
        ])
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.bytes.byte() % 10 {
            0 | 1 => format!("truthy({})", self.value(depth + 1)),
            2 | 3 => format!("{} in {}", self.path(), self.value(depth + 1)),
            4 | 5 => {
                let operator = self.pick(&["==", "!=", "<", ">=", "==", "!="]);
                format!("{} {operator} {}", self.path(), self.constant())
            }
            6 if depth < 2 => format!("!({})", self.condition(depth + 1)),
            7 if depth < 2 => {
                format!(
                    "({} && {})",
                    self.condition(depth + 1),
                    self.condition(depth + 1)
                )
            }
            8 if depth < 2 => {
                format!(
                    "({} || {})",
                    self.condition(depth + 1),
                    self.condition(depth + 1)
                )
            }
            _ => format!("({})", self.path()),
        }
    }
}
