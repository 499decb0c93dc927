//! Rules that pass parts of the login around: through variables, functions, closures and
//! containers, to whatever looks at them.
//!
//! They know no types. Each statement stands in a `try`, and what it finds out is written to the
//! login, also that it failed and how, so that nothing that was looked at stays hidden.

use crate::bytes::Bytes;

/// The text of a rule.
pub(super) fn rule(bytes: &mut Bytes<'_>) -> String {
    let mut rule = Rule {
        bytes,
        text: String::new(),
        variables: Vec::new(),
        closures: Vec::new(),
        functions: 0,
        names: 0,
    };
    rule.write();
    rule.text
}

struct Rule<'c, 'b> {
    bytes: &'c mut Bytes<'b>,
    text: String,
    variables: Vec<String>,
    /// Closures in variables, with the number of their parameters.
    closures: Vec<(String, usize)>,
    /// How many functions there are: `f0`, `f1`, …, each with two parameters.
    functions: usize,
    names: usize,
}

const MEMBERS: &[&str] = &[
    "app_metadata",
    "use_mfa",
    "roles",
    "identities",
    "groups",
    "request",
    "query",
    "geoip",
    "email",
    "limits",
    "user_metadata",
    "lang",
    "a",
    "len",
    "is_empty",
    "organization",
    "stats",
    "provider",
    "more",
];

const PATHS: &[&str] = &[
    "user.app_metadata",
    "user.app_metadata?.roles",
    "user.groups",
    "user.identities",
    "user.user_metadata",
    "user.email",
    "user.multifactor",
    "context.request",
    "context.request?.geoip",
    "context.stats",
    "context.clientID",
    "configuration.CLIENTS",
    "configuration.LIMITS",
    "user",
    "context",
    "configuration",
    "user.app_metadata?.plan",
    "user.missing",
];

const LITERALS: &[&str] = &[
    "\"a\"",
    "1",
    "()",
    "true",
    "2.5",
    "[]",
    "#{}",
    "\"admin\"",
    "'x'",
    "[\"admin\", 1]",
    "#{ a: 1 }",
    "\"use_mfa\"",
    "[[], #{}]",
    "[#{}, \"admin\", []]",
];

/// Functions of one argument that give something.
const QUESTIONS: &[&str] = &[
    "truthy",
    "is_array",
    "is_map",
    "is_missing",
    "is_string",
    "is_number",
    "len",
    "is_empty",
    "keys",
    "values",
    "to_string",
    "email_domain",
    "split_csv",
    "is_ip",
    "to_lower",
    "abs",
    "floor",
    "sha1_hex",
    "split",
    "base64",
    "to_int",
    "parse_int",
    "to_float",
];

/// Functions of two arguments that give something.
const RELATIONS: &[&str] = &[
    "contains",
    "index_of",
    "get",
    "has_word",
    "ip_in_range",
    "starts_with",
    "min",
    "max",
    "matches",
    "split",
    "ip_equal",
    "sub_string",
];

const OPERATORS: &[&str] = &["==", "!=", "+", "in", "<", "-", "??", "&&", "||", "*", ">="];

impl Rule<'_, '_> {
    fn write(&mut self) {
        for _ in 0..self.bytes.below(3) {
            self.function();
        }
        for _ in 0..self.bytes.below(4).saturating_add(2) {
            let path = self.path();
            let name = self.name("v");
            self.line(&format!("let {name} = {path};"));
            self.variables.push(name);
        }
        for _ in 0..self.bytes.below(9).saturating_add(2) {
            self.statement();
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name(&mut self, prefix: &str) -> String {
        self.names = self.names.saturating_add(1);
        format!("{prefix}{}", self.names)
    }

    fn function(&mut self) {
        let outer = std::mem::replace(&mut self.variables, vec!["p".to_owned(), "q".to_owned()]);
        let name = format!("f{}", self.functions);
        let first = self.inner(2);
        let second = self.inner(2);
        let last = self.inner(2);
        let body = match self.bytes.below(4) {
            0 => last,
            1 => format!("if is_map(p) {{ return {first}; }} {last}"),
            2 => format!("let r = {first}; if is_array(r) {{ r = {second}; }} r"),
            _ => format!("p = {first}; q = p ?? {second}; [q, {last}]"),
        };
        self.line(&format!("fn {name}(p, q) {{ {body} }}"));
        self.variables = outer;
        self.functions = self.functions.saturating_add(1);
    }

    /// Inside of functions the login cannot be seen.
    fn inner(&mut self, depth: usize) -> String {
        self.expression(depth, false)
    }

    fn statement(&mut self) {
        let out = self.name("o");
        let statement = match self.bytes.below(13) {
            0..=2 => {
                let value = self.value(3);
                format!("user.{out} = {value};")
            }
            3 => {
                let value = self.value(2);
                let name = self.name("v");
                self.line(&format!("let {name} = ();"));
                self.variables.push(name.clone());
                format!("{name} = {value};")
            }
            4 => {
                let name = self.variable();
                let value = self.value(2);
                format!("{name} = {value}; user.{out} = is_map({name});")
            }
            5 => {
                let name = self.variable();
                let value = self.value(1);
                let change = match self.bytes.below(5) {
                    0 => format!("{name}.push({value});"),
                    1 => format!("{name} += {value};"),
                    2 => format!("{name}.pop();"),
                    3 => format!("{name}.reverse();"),
                    _ => format!("{name}.trim();"),
                };
                format!("{change} user.{out} = {name};")
            }
            6 => self.login_write(&out),
            7 => {
                self.closure();
                return;
            }
            8 => {
                let over = self.value(2);
                let looks = self.value(1);
                format!("for x in {over} {{ user.{out} = [x, {looks}]; }}")
            }
            9 => {
                let value = self.value(2);
                format!("try {{ throw {value}; }} catch (e) {{ user.{out} = e; }}")
            }
            10 => {
                let value = self.value(2);
                format!("let w = loop {{ break {value}; }}; user.{out} = w;")
            }
            11 => {
                let name = self.variable();
                let step = self.bytes.text(MEMBERS);
                let other = self.value(1);
                format!(
                    "let i = 0; while i < 3 {{ {name} = {name}?.{step} ?? {other}; i += 1; }} user.{out} = is_array({name});"
                )
            }
            _ => {
                let condition = self.value(2);
                let value = self.value(2);
                format!("if {condition} {{ user.{out} = {value}; }} else {{ user.{out} = 1; }}")
            }
        };
        // What was thrown is not stored when it cannot be.
        self.line(&format!(
            "try {{ {statement} }} catch (error) {{ user.{out} = if is_map(error) {{ `${{error.message}}` }} else {{ \"thrown\" }}; }}"
        ));
    }

    fn login_write(&mut self, out: &str) -> String {
        let value = self.value(2);
        let member = self.bytes.text(MEMBERS);
        match self.bytes.below(11) {
            0 => format!("user.{member} = {value};"),
            1 => format!("user.app_metadata.{member} = {value};"),
            2 => format!("context.idToken = #{{}}; context.idToken.{member} = {value};"),
            3 => format!("user.set(\"{member}\", {value});"),
            4 => format!("user.{out} = user.remove(\"{member}\");"),
            5 => format!("user.{out} = user.app_metadata.remove(\"{member}\");"),
            6 => format!("user.groups.push({value});"),
            7 => format!("user.mixin(#{{ {member}: {value} }});"),
            8 => format!("user.app_metadata[\"{member}\"] = {value};"),
            9 => format!("user.app_metadata.mixin({value});"),
            _ => format!("user.{member} += {value};"),
        }
    }

    fn closure(&mut self) {
        let count = self.bytes.below(3);
        let outer = self.variables.len();
        let parameters = ["y", "z"].get(..count).unwrap_or_default();
        let captured = self.variable();
        self.variables
            .extend(parameters.iter().map(|name| (*name).to_owned()));
        let value = self.value(2);
        let body = match self.bytes.below(3) {
            0 => format!("{{ {captured} = {value}; {captured} }}"),
            1 => format!("{{ if is_map({captured}) {{ return {value}; }} {captured} }}"),
            _ => value,
        };
        self.variables.truncate(outer);
        let name = self.name("c");
        self.line(&format!("let {name} = |{}| {body};", parameters.join(", ")));
        self.closures.push((name, count));
    }

    fn variable(&mut self) -> String {
        self.bytes.pick(&self.variables).unwrap_or_default()
    }

    fn path(&mut self) -> String {
        self.bytes.text(PATHS).to_owned()
    }

    /// An expression at the top level or in a closure.
    fn value(&mut self, depth: usize) -> String {
        self.expression(depth, true)
    }

    fn expression(&mut self, depth: usize, sees_login: bool) -> String {
        let inner = depth.saturating_sub(1);
        if depth == 0 {
            return match self.bytes.below(5) {
                0 if sees_login => self.path(),
                1 => self.bytes.text(LITERALS).to_owned(),
                _ => self.variable(),
            };
        }
        match self.bytes.below(20) {
            0..=3 => {
                let value = self.expression(inner, sees_login);
                let member = self.bytes.text(MEMBERS);
                match self.bytes.below(4) {
                    0 => format!("({value})?[\"{member}\"]"),
                    1 => format!("({value}).{member}"),
                    _ => format!("({value})?.{member}"),
                }
            }
            4..=6 => {
                let left = self.expression(inner, sees_login);
                let operator = self.bytes.text(OPERATORS);
                let right = self.expression(inner, sees_login);
                format!("({left}) {operator} ({right})")
            }
            7 | 8 => {
                let function = self.bytes.text(QUESTIONS);
                let value = self.expression(inner, sees_login);
                format!("{function}({value})")
            }
            9 | 10 => {
                let function = self.bytes.text(RELATIONS);
                let left = self.expression(inner, sees_login);
                let right = self.expression(inner, sees_login);
                format!("{function}(({left}), {right})")
            }
            11 => {
                let left = self.expression(inner, sees_login);
                let right = self.expression(inner, sees_login);
                match self.bytes.below(3) {
                    0 => format!("[{left}, {right}]"),
                    1 => format!("#{{ a: {left}, roles: {right} }}"),
                    _ => format!("`${{{left}}} ${{{right}}}`"),
                }
            }
            12 => {
                let condition = self.expression(inner, sees_login);
                let left = self.expression(inner, sees_login);
                let right = self.expression(inner, sees_login);
                match self.bytes.below(2) {
                    0 => format!("if truthy({condition}) {{ {left} }} else {{ {right} }}"),
                    _ => format!(
                        "switch ({condition}) {{ 1 | \"admin\" | () => {left}, _ => {right} }}"
                    ),
                }
            }
            13 => {
                let value = self.expression(inner, sees_login);
                let other = self.expression(inner, sees_login);
                let method = self.bytes.text(&["some", "map", "filter", "find", "all"]);
                format!("({value}).{method}(|it| (it) == ({other}))")
            }
            14 => {
                let value = self.expression(inner, sees_login);
                let index = self.expression(inner, sees_login);
                format!("({value})[{index}]")
            }
            15 if self.functions > 0 => {
                let function = self.bytes.below(self.functions);
                let left = self.expression(inner, sees_login);
                let right = self.expression(inner, sees_login);
                match self.bytes.below(4) {
                    0 => format!("f{function}.call({left}, {right})"),
                    _ => format!("f{function}({left}, {right})"),
                }
            }
            16 if sees_login => match self.bytes.pick(&self.closures) {
                Some((name, count)) => {
                    let arguments: Vec<String> = (0..count)
                        .map(|_| self.expression(inner, sees_login))
                        .collect();
                    format!("{name}.call({})", arguments.join(", "))
                }
                None => self.path(),
            },
            17 | 18 => {
                let value = self.expression(inner, sees_login);
                let operator = self.bytes.text(&["==", "in", "!=", "in"]);
                let literal = self.bytes.text(LITERALS);
                format!("({value}) {operator} {literal}")
            }
            _ => self.expression(0, sees_login),
        }
    }
}
