//! The ways in which a rule can go wrong.

use mfa_rules::Limits;

/// One way.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Statements with a `«` before the place; before a line `---` what is at the top level.
    pub(crate) source: &'static str,
    pub(crate) code: &'static str,
    /// Whether `try` catches it.
    pub(crate) catchable: bool,
    /// Whether it can stand in a function whose parameters are `user`, `context` and
    /// `configuration`.
    pub(crate) in_function: bool,
    /// Whether it is found when the rule ends.
    pub(crate) at_end: bool,
    pub(crate) limits: fn(&mut Limits),
}

/// A script error: it can be caught.
const fn error(name: &'static str, code: &'static str, source: &'static str) -> Row {
    Row {
        name,
        source,
        code,
        catchable: true,
        in_function: true,
        at_end: false,
        limits: |_| {},
    }
}

/// What cannot be caught.
const fn fatal(name: &'static str, code: &'static str, source: &'static str) -> Row {
    Row {
        catchable: false,
        ..error(name, code, source)
    }
}

/// A write, which cannot be caught, nor stand in a function.
const fn write(name: &'static str, code: &'static str, source: &'static str) -> Row {
    Row {
        in_function: false,
        ..fatal(name, code, source)
    }
}

/// What is found when the rule ends.
const fn at_end(name: &'static str, source: &'static str) -> Row {
    Row {
        at_end: true,
        ..write(name, "multifactor", source)
    }
}

const fn limited(
    name: &'static str,
    code: &'static str,
    source: &'static str,
    limits: fn(&mut Limits),
) -> Row {
    Row {
        limits,
        ..fatal(name, code, source)
    }
}

pub(crate) const ROWS: &[Row] = &[
    // Script errors.
    error(
        "an absent fact",
        "missing-fact",
        "let x = «fact(\"absent\");",
    ),
    error(
        "a condition that is no boolean",
        "type",
        "if «user.user_id { }",
    ),
    error(
        "an operator on the wrong types",
        "type",
        "let x = 1 «- \"a\";",
    ),
    error(
        "an order of the wrong types",
        "type",
        "let x = user.missing «> 50;",
    ),
    error("a negative of a text", "type", "let x = «-user.nickname;"),
    error("a negation of a text", "type", "let x = «!user.nickname;"),
    error(
        "logic on what is no boolean",
        "type",
        "let x = «user.nickname && true;",
    ),
    error(
        "a property of a number",
        "type",
        "let x = user.app_metadata.level.«name;",
    ),
    error(
        "a call of what is no function",
        "type",
        "let f = 1; f.«call();",
    ),
    error(
        "a loop over a map",
        "type",
        "for x in «user.app_metadata { }",
    ),
    error(
        "a search in nothing",
        "type",
        "let x = \"a\" «in user.missing;",
    ),
    error("a wrong type of argument", "type", "let x = «parse_int(1);"),
    error(
        "a wrong type of receiver",
        "type",
        "let x = user.missing.«contains(\"a\");",
    ),
    error(
        "a predicate without an answer",
        "type",
        "let x = [1].«some(|x| x);",
    ),
    error(
        "a comparator without an answer",
        "type",
        "let a = [1, 2]; a.«sort(|x, y| ());",
    ),
    error(
        "a wrong number of parameters of a closure",
        "argument-count",
        "let x = [1].«some(|a, b, c| true);",
    ),
    error(
        "a wrong number of arguments of a closure",
        "type",
        "let f = |x| x; f.«call();",
    ),
    error(
        "a property of nothing",
        "missing-property",
        "let x = user.missing.«name;",
    ),
    error(
        "an element of nothing",
        "missing-property",
        "let x = user.missing«[\"name\"];",
    ),
    error(
        "a property of null",
        "missing-property",
        "let x = user.nothing.«name;",
    ),
    error(
        "an index outside of an array",
        "index",
        "let x = user.groups«[2];",
    ),
    error(
        "a negative index outside of an array",
        "index",
        "let x = user.groups«[-3];",
    ),
    error(
        "an index outside of a text",
        "index",
        "let x = user.nickname«[9];",
    ),
    error(
        "a write outside of an array",
        "index",
        "let a = [1]; a«[1] = 2;",
    ),
    error(
        "a write inside of nothing",
        "missing-property",
        "let m = #{}; m.a.«b = 1;",
    ),
    error(
        "an overflow of a sum",
        "arithmetic",
        "let x = 9223372036854775807 «+ 1;",
    ),
    error(
        "an overflow of a product",
        "arithmetic",
        "let x = 9223372036854775807 «* 2;",
    ),
    error("an overflow of a power", "arithmetic", "let x = 10 «** 19;"),
    error(
        "an overflow of a negative",
        "arithmetic",
        "let x = 9223372036854775807; x += 0; let y = «-(-x - 1);",
    ),
    error(
        "an overflow of a compound assignment",
        "arithmetic",
        "let x = 9223372036854775807; «x += 1;",
    ),
    error("a division by zero", "arithmetic", "let x = 1 «/ 0;"),
    error(
        "a remainder of a division by zero",
        "arithmetic",
        "let x = 1 «% 0;",
    ),
    error(
        "a float too large for an integer",
        "arithmetic",
        "let x = (1e300).«to_int();",
    ),
    error("a step of zero", "arithmetic", "let x = «range(0, 1, 0);"),
    error(
        "a text that is no number",
        "argument",
        "let x = user.nickname.«parse_int();",
    ),
    error(
        "a range that cannot be read",
        "argument",
        "let x = «ip_in_range(\"10.0.0.1\", context.ip);",
    ),
    error(
        "a pattern that cannot be read",
        "argument",
        "let x = user.nickname.«matches(\"(\" + user.nickname);",
    ),
    error(
        "a zone that does not exist",
        "argument",
        "let x = now().«hour(user.nickname);",
    ),
    error(
        "a place that does not exist",
        "argument",
        "let x = «distance_km(91, 0, 0, 0);",
    ),
    // The rule's own throws. A text denies, and is no failure.
    error("a thrown map", "thrown", "«throw #{ message: \"no\" };"),
    error("a thrown number", "thrown", "«throw 1;"),
    error("a thrown nothing", "thrown", "«throw;"),
    error("a thrown boolean", "thrown", "«throw false;"),
    error("a thrown function", "thrown", "«throw |x| x;"),
    // Limits.
    fatal("operations", "operations", "«loop { }"),
    fatal(
        "operations in a closure",
        "operations",
        "[1].map(|x| { «loop { } });",
    ),
    limited(
        "memory",
        "memory",
        "let a = 1; while true { a = «[a == 1, 2, 3, 4, 5, 6, 7, 8, 9]; }",
        |limits| *limits = limits.with_memory(20_000),
    ),
    limited(
        "the size of a text",
        "size",
        "let s = (\"0123456789\" + \"0123456789\") «+ \"0123456789\";",
        |limits| *limits = limits.with_text(25),
    ),
    limited(
        "the size of an array",
        "size",
        "let n = 1; let a = «[n, 2, 3, 4, 5, 6, 7, 8, 9];",
        |limits| *limits = limits.with_elements(8),
    ),
    limited(
        "the size of a map",
        "size",
        "let m = «#{ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1 };",
        |limits| *limits = limits.with_elements(8),
    ),
    fatal(
        "the size of a map that grows",
        "size",
        "let m = #{}; for i in 0..11000 { m«[\"k\" + i] = 1; }",
    )
    .with_operations(),
    fatal(
        "the depth of an array",
        "depth",
        "let a = []; loop { a = «[a]; }",
    ),
    fatal(
        "the depth of a map",
        "depth",
        "let m = #{}; loop { m.«m = m; }",
    ),
    limited(
        "the depth of calls",
        "depth",
        "let f = (); f = |n| f.«call(n + 1); f.call(0);",
        |limits| *limits = limits.with_calls(8),
    ),
    // A malformed `multifactor`.
    at_end(
        "a provider that is unknown",
        "let p = \"guardien\"; «context.multifactor = #{ provider: p };",
    ),
    at_end(
        "no provider",
        "«context.multifactor = #{ allowRememberBrowser: true };",
    ),
    at_end(
        "a provider that is no text",
        "let p = 1; «context.multifactor = #{ provider: p };",
    ),
    at_end(
        "a provider that is missing",
        "«context.multifactor = #{ provider: user.missing };",
    ),
    at_end(
        "a key that is unknown",
        "let m = #{ provider: \"any\" }; m[\"remember\"] = true; «context.multifactor = m;",
    ),
    at_end(
        "a flag that is no boolean",
        "let flag = \"false\"; «context.multifactor = #{ provider: \"any\", allowRememberBrowser: flag };",
    ),
    at_end(
        "an old flag that is no boolean",
        "let flag = 0; «context.multifactor = #{ provider: \"any\", ignoreCookie: flag };",
    ),
    at_end(
        "a second factor that is a boolean",
        "let yes = true; «context.multifactor = yes;",
    ),
    at_end(
        "a second factor that is a text",
        "let text = user.nickname; «context.multifactor = text;",
    ),
    at_end(
        "a second factor that is an array",
        "let array = [\"any\"]; «context.multifactor = array;",
    ),
    at_end(
        "a field that is no text",
        "let host = 1; «context.multifactor = #{ provider: \"duo\", host: host };",
    ),
    at_end(
        "an admin that is no map",
        "let admin = 1; «context.multifactor = #{ provider: \"duo\", admin: admin };",
    ),
    at_end(
        "a key of admin that is unknown",
        "let admin = #{ key: \"a\" }; «context.multifactor = #{ provider: \"duo\", admin: admin };",
    ),
    at_end(
        "a provider that is removed",
        "context.multifactor.«remove(\"provider\");",
    ),
    at_end(
        "a provider that is changed",
        "let p = \"sms\"; «context.multifactor.provider = p;",
    ),
    at_end(
        "a provider of require_mfa that is unknown",
        "let p = \"sms\"; «require_mfa(p);",
    ),
    at_end(
        "options of require_mfa that are unknown",
        "let o = #{ x: 1 }; «require_mfa(\"any\", o);",
    ),
    at_end(
        "a mixin that is malformed",
        "let m = #{}; m[\"multi\" + \"factor\"] = 1; context.«mixin(m);",
    ),
    // Host functions.
    fatal("a panic", "panic", "«panic_for_testing();"),
    // The functions of the outcome.
    fatal("a denial with a number", "outcome", "«deny(1);"),
    fatal("a denial with nothing", "outcome", "«deny(user.missing);"),
    fatal(
        "a denial without a message",
        "outcome",
        "«deny(#{ error: \"unauthorized\" });",
    ),
    fatal(
        "a denial without an error",
        "outcome",
        "«deny(#{ message: \"no\" });",
    ),
    fatal(
        "a denial with another error",
        "outcome",
        "«deny(#{ error: \"forbidden\", message: \"no\" });",
    ),
    fatal(
        "a denial with a message that is no text",
        "outcome",
        "«deny(#{ error: \"unauthorized\", message: 1 });",
    ),
    fatal(
        "a denial with another key",
        "outcome",
        "«deny(#{ error: \"unauthorized\", message: \"no\", x: 1 });",
    ),
    fatal(
        "a requirement without a provider",
        "outcome",
        "«require_mfa(user.missing);",
    ),
    fatal(
        "a requirement with a map alone",
        "outcome",
        "«require_mfa(#{ provider: \"any\" });",
    ),
    fatal(
        "a requirement with options that are no map",
        "outcome",
        "let o = true; «require_mfa(\"any\", o);",
    ),
    fatal(
        "a requirement with two providers",
        "outcome",
        "«require_mfa(\"any\", #{ provider: \"duo\" });",
    ),
    fatal(
        "a requirement with a function",
        "login-write",
        "let f = |x| x; «require_mfa(\"any\", #{ key: f });",
    ),
    // Writes to the login.
    write(
        "a key of context that is made up",
        "context-key",
        "«context[context.key] = \"x\";",
    ),
    write(
        "a key of context that is no text",
        "login-write",
        "«context[1] = \"x\";",
    ),
    write(
        "a key of context that is set",
        "context-key",
        "context.«set(context.key, \"x\");",
    ),
    write(
        "a key of context that is removed",
        "context-key",
        "context.«remove(context.key);",
    ),
    write(
        "keys of context that are mixed in",
        "context-key",
        "let m = #{ clientID: \"x\" }; context.«mixin(m);",
    ),
    write(
        "a mixin that is no map",
        "type",
        "context.«mixin(user.nickname);",
    ),
    write("a function in user", "login-write", "«user.x = |x| x;"),
    write(
        "a function in an array in user",
        "login-write",
        "«user.x = [1, [|x| x]];",
    ),
    write(
        "a function that is pushed",
        "login-write",
        "user.groups.«push(|x| x);",
    ),
    write(
        "a function in context",
        "login-write",
        "«context.idToken.x = || 1;",
    ),
    write("a range in user", "login-write", "«user.x = 0..1;"),
    write("a time in user", "login-write", "«user.x = now();"),
    write("a NaN in user", "login-write", "«user.x = 0.0 / 0.0;"),
    write(
        "an infinity in user",
        "login-write",
        "«user.x = #{ a: 1.0 / 0.0 };",
    ),
    write(
        "a write inside of nothing in user",
        "missing-property",
        "user.missing.«x = 1;",
    ),
    write(
        "a write inside of a number in user",
        "type",
        "user.app_metadata.level.«x = 1;",
    ),
    write(
        "a write outside of an array in user",
        "index",
        "user.groups«[9] = 1;",
    ),
    write(
        "a wrong type of operand in user",
        "type",
        "«user.app_metadata.level -= \"a\";",
    ),
    write(
        "an overflow in user",
        "arithmetic",
        "user.app_metadata.level = 9223372036854775807; «user.app_metadata.level += 1;",
    ),
    write(
        "a method that does not fit in user",
        "type",
        "user.nickname.«push(1);",
    ),
    write(
        "a comparator that fails in user",
        "arithmetic",
        "user.groups.sort(|a, b| 1 «/ 0);",
    ),
    // Secrets.
    fatal(
        "a secret in a text",
        "secret-use",
        "let x = `$«{configuration.KEY}`;",
    ),
    fatal(
        "a secret that is compared",
        "secret-use",
        "let x = configuration.KEY «== \"a\";",
    ),
    fatal(
        "a secret that is added",
        "secret-use",
        "let x = \"a\" «+ configuration.KEY;",
    ),
    fatal(
        "a secret that is printed",
        "secret-use",
        "«print(configuration.KEY);",
    ),
    fatal(
        "a secret that is searched",
        "secret-use",
        "let x = \"s\" «in configuration.KEY;",
    ),
    fatal(
        "a secret that is searched for",
        "secret-use",
        "let x = configuration.KEY «in [\"a\"];",
    ),
    fatal(
        "a property of a secret",
        "secret-use",
        "let x = configuration.KEY.«len;",
    ),
    fatal(
        "a length of a secret",
        "secret-use",
        "let x = configuration.KEY.«len();",
    ),
    fatal(
        "a digest of a secret",
        "secret-use",
        "let x = «sha256_hex(configuration.KEY);",
    ),
    fatal(
        "a secret as a message",
        "secret-use",
        "«deny(configuration.KEY);",
    ),
    fatal(
        "a secret as a key",
        "secret-use",
        "let x = user«[configuration.KEY];",
    ),
    fatal(
        "a truth of a secret",
        "secret-use",
        "let x = «truthy(configuration.KEY);",
    ),
    fatal(
        "a secret as a condition",
        "secret-use",
        "if «configuration.KEY { }",
    ),
    fatal(
        "a secret among conditions",
        "secret-use",
        "let x = true && «configuration.KEY;",
    ),
    fatal(
        "a secret that is switched on",
        "secret-use",
        "let x = switch «configuration.KEY { \"a\" => 1, _ => 2 };",
    ),
    fatal(
        "a secret that is called",
        "secret-use",
        "configuration.KEY.«call();",
    ),
    fatal(
        "a secret that is gone through",
        "secret-use",
        "for x in «configuration.KEY { }",
    ),
    fatal(
        "a secret as a key that is written",
        "secret-use",
        "let m = #{ }; m«[configuration.KEY] = 1;",
    ),
    fatal(
        "a character of a secret that is written",
        "secret-use",
        "let k = configuration.KEY; k«[0] = 'x';",
    ),
    write(
        "a secret in user",
        "secret-use",
        "«user.x = configuration.KEY;",
    ),
    write(
        "a secret in the token",
        "secret-use",
        "«context.idToken.x = [configuration.KEY];",
    ),
    write(
        "secrets in the token",
        "secret-use",
        "«context.idToken.x = configuration;",
    ),
];

impl Row {
    /// The same with more operations.
    const fn with_operations(self) -> Self {
        Self {
            limits: |limits| *limits = limits.with_operations(1_000_000),
            ..self
        }
    }
}
