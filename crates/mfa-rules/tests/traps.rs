//! What Rhai does that would harm a login, and what this language does instead. The number before
//! each group is that of the trap in the list that the language was designed by.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that fails may panic"
)]

use chrono::DateTime;
use mfa_rules::{Decision, Limits, Login, Outcome, RuleSet};
use serde_json::{Value as Json, json};

/// What is wrong with a rule: codes, each with the place that the `«` in the text marks.
#[track_caller]
fn refused(marked: &str, code: &str) {
    let (before, after) = marked.split_once('«').unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let source = format!("{before}{after}");
    let Err(error) = RuleSet::from_source("rule", source.clone()) else {
        panic!("it compiles: {source}")
    };
    let found: Vec<_> = error
        .diagnostics()
        .iter()
        .map(|diagnostic| {
            let start = diagnostic.span.unwrap().start;
            (
                diagnostic.code.as_str(),
                start.line as usize,
                start.column as usize,
            )
        })
        .collect();
    assert!(found.contains(&(code, line, column)), "{source}: {error:?}");
}

fn login() -> [Json; 2] {
    [
        json!({ "user_id": "auth0|1", "name": "ada", "groups": ["b", "a"], "app_metadata": { "level": 1 } }),
        json!({ "clientID": "app-1", "list": ["app-1", "app-2"], "idToken": {} }),
    ]
}

/// Runs a rule, and gives what `check` makes of its outcome.
#[track_caller]
fn outcome<T>(source: &str, check: impl FnOnce(&Outcome<'_>) -> T) -> T {
    let rules = RuleSet::builder()
        .rule(("rule", source))
        .limits(Limits::DEFAULT.with_deadline(Limits::HIGHEST.deadline))
        .compile()
        .unwrap_or_else(|error| panic!("{source}: {error:?}"));
    let [user, context] = &login();
    let login = Login::new("2026-01-05T09:00:00Z".parse().unwrap());
    check(&rules.decide(&login.user(user).context(context)))
}

/// That a rule fails with a code.
#[track_caller]
fn fails(source: &str, code: &str) {
    outcome(source, |outcome| {
        let codes: Vec<_> = outcome
            .errors()
            .iter()
            .map(|error| error.code.as_str())
            .collect();
        assert_eq!(codes, [code], "{source}");
        assert_eq!(outcome.decision(), Decision::Denied, "{source}");
    });
}

/// That a rule runs to its end, all its `assert`s being true.
#[track_caller]
fn holds(condition: &str) {
    outcome(&format!("{condition}\nrequire_mfa(\"any\");"), |outcome| {
        assert_eq!(outcome.errors(), [], "{condition}");
        assert_eq!(outcome.denied(), None, "{condition}");
        assert_eq!(outcome.decision(), Decision::Required, "{condition}");
    });
}

// 1

#[test]
fn what_reaches_out_of_a_rule_does_not_compile() {
    refused("«sleep(1.5);", "unknown-function");
    refused("let t = «timestamp();", "unknown-function");
    refused("«eval(\"1\");", "unknown-function");
    refused("«import \"os\" as os;", "unsupported");
    refused("«exit(7);", "unknown-function");
    refused("«exit;", "unknown-variable");
    refused("let x = «rand();", "unknown-function");
    refused("let x = «blob(10);", "unknown-function");
    refused("let x = \"x\".«pad(50000000, \" \");", "unknown-function");
    refused("let f = «Fn(\"deny\");", "unknown-function");
    refused("let x = «is_def_fn(\"deny\", 1);", "unknown-function");
    refused("let x = std::«sleep(1);", "unsupported");
    refused("let x = user.«to_json();", "unknown-function");
    refused("let x = user.name.«to_blob();", "unknown-function");
    refused("let x = «type_of(user);", "unknown-function");
}

// 3, 4, 5, 34, 37

#[test]
fn what_grows_is_stopped_by_its_size_or_by_the_memory() {
    fails("let s = \"x\"; loop { s += s; }", "size");
    fails(
        "let m = #{}; let i = 0; loop { m[`k${i}`] = \"x\"; i += 1; }",
        "operations",
    );
    fails("let a = []; loop { a = [a]; }", "depth");
    fails("let a = []; for i in 0..20000 { a.push(i); }", "operations");
}

#[test]
fn calls_of_closures_share_the_operations_of_the_rule() {
    fails(
        "range(0, 9000, 1).map(|x| { for i in 0..10 { } });",
        "operations",
    );
}

#[test]
fn a_text_in_each_frame_is_counted() {
    let source =
        "fn f(s) { let t = s + \"x\"; f(t) } let s = \"x\"; while s.len < 30000 { s += s; } f(s);";
    fails(source, "depth");
}

// 6, 7

#[test]
fn a_constant_is_constant_all_through() {
    refused("const C = #{ a: 1 }; «C.a = 2;", "constant-write");
    refused("const C = #{ a: 1 }; «C.b = 2;", "constant-write");
    refused("const C = #{ a: 1 }; «C = #{};", "constant-write");
    refused("const C = #{ a: #{} }; «C.a.b = 2;", "constant-write");
    refused("const C = [1]; «C[0] = 2;", "constant-write");
    refused("const C = [1]; «C.push(2);", "constant-write");
    refused("const C = [2, 1]; «C.sort();", "constant-write");
    refused("const C = \"a\"; «C.trim();", "constant-write");
    refused("const C = #{ a: 1 }; «C.set(\"a\", 2);", "constant-write");
    refused("const C = #{ a: 1 }; «C.a += 1;", "constant-write");
}

#[test]
fn arithmetic_on_constants_fails_when_it_runs_and_not_when_it_compiles() {
    fails("let x = 1 / 0;", "arithmetic");
    holds("if false { let x = 1 / 0; }");
}

// 10, 35

#[test]
fn a_closure_may_read_what_a_method_of_it_is_running() {
    holds("if !context.list.some(|x| x == context.clientID) { throw \"not found\"; }");
    holds("let a = [1, 2]; let b = a.map(|x| a.len + x); if b != [3, 4] { throw \"wrong\"; }");
    holds(
        "let a = [2, 1]; a.sort(|x, y| { if a != [2, 1] { throw \"changed\"; } x - y }); if a != [1, 2] { throw \"not sorted\"; }",
    );
    holds(
        "user.groups.sort(|x, y| { if user.groups != [\"b\", \"a\"] { throw \"changed\"; } x > y });",
    );
    holds("let x = #{ f: 1 }; let g = || x.f; x.f = 2; if g.call() != 2 { throw \"not shared\"; }");
}

// 13, 38

#[test]
fn a_write_that_would_be_lost_does_not_compile() {
    refused(
        "fn rule(user, context) { «context.multifactor = #{ provider: \"any\" }; } rule(user, context);",
        "lost-write",
    );
    refused("fn rule(user) { «user.x = 1; } rule(user);", "lost-write");
    refused(
        "fn rule(c) { «c.idToken = 1; } rule(context);",
        "lost-write",
    );
    refused(
        "let c = context; «c.multifactor = #{ provider: \"any\" };",
        "lost-write",
    );
    refused("let c = context; «c.idToken = #{};", "lost-write");
    refused(
        "let c = #{}; «c.multifactor = #{ provider: \"any\" };",
        "lost-write",
    );
    refused(
        "let c = #{}; «c[\"multifactor\"] = #{ provider: \"any\" };",
        "lost-write",
    );
    refused(
        "let c = #{}; «c.set(\"multifactor\", #{ provider: \"any\" });",
        "lost-write",
    );
    refused(
        "for c in [1] { let d = context; «d.idToken = c; }",
        "lost-write",
    );
    refused("let m = user.app_metadata; «m.level = 2;", "lost-write");
}

#[test]
fn what_a_rule_is_given_cannot_be_declared_again_or_replaced() {
    refused(
        "{ let «context = #{}; context.multifactor = (); }",
        "reserved-name",
    );
    refused("const «user = 1;", "reserved-name");
    refused("for «context in [1] { }", "reserved-name");
    refused("for (x, «user) in [1] { }", "reserved-name");
    refused("try { throw 1; } catch («context) { }", "reserved-name");
    refused("let f = «|context| 1; f.call(1);", "reserved-name");
    refused("«context = ();", "replaced-root");
    refused("«user = #{};", "replaced-root");
    refused("«context += #{};", "replaced-root");
    refused("«context.clear();", "replaced-root");
    refused("«user.clear();", "replaced-root");
    refused("let x = 1; «configuration.x = x;", "configuration-write");
    refused("«configuration = #{};", "configuration-write");
    refused("«configuration.set(\"x\", 1);", "configuration-write");
    refused("«configuration.clear();", "configuration-write");
}

#[test]
fn a_key_of_context_that_no_rule_may_write_does_not_compile() {
    refused("context.«clientID = \"x\";", "context-key");
    refused(
        "context.«multifactr = #{ provider: \"any\" };",
        "context-key",
    );
    refused("context«[\"clientID\"] = \"x\";", "context-key");
    refused("context.«request.ip = \"x\";", "context-key");
    refused("«context.set(\"clientID\", 1);", "context-key");
    refused("«context.remove(\"clientID\");", "context-key");
    refused("«context.mixin(#{ clientID: 1 });", "context-key");
    refused("context.«list.push(1);", "context-key");
}

#[test]
fn a_rule_returns_nothing() {
    refused("«return 5;", "return-value");
    refused("if true { «return user; }", "return-value");
    holds("let f = |x| { return x; }; if f.call(5) != 5 { throw \"wrong\"; }");
}

#[test]
fn a_function_cannot_take_the_place_of_a_host_function() {
    refused("fn «deny(x) { } deny(\"no\");", "host-function-name");
    refused("fn «truthy(x) { false } truthy(1);", "host-function-name");
    refused(
        "fn «contains(a, b) { false } 1 in [1];",
        "host-function-name",
    );
    refused("fn «deny(a, b, c) { } 1;", "host-function-name");
    refused("fn «call(f) { } 1;", "syntax");
    refused("fn «require_mfa() { } 1;", "host-function-name");
}

#[test]
fn a_rule_that_decides_nothing_does_not_compile() {
    refused("«fn rule(user, context) { deny(\"no\"); }", "no-statements");
    refused("«// nothing", "no-statements");
    refused("«|user, context| { deny(\"no\") }", "no-statements");
    refused("«;", "no-statements");
}

// 14 to 17

#[test]
fn a_missing_member_is_nothing_and_a_property_of_nothing_is_a_failure() {
    holds("if user.missing != () { throw \"wrong\"; }");
    holds("if user.missing?.name != () { throw \"wrong\"; }");
    holds("if user.missing?[\"name\"] != () { throw \"wrong\"; }");
    fails("let x = user.missing.name;", "missing-property");
    fails("let x = user.missing[0];", "missing-property");
}

#[test]
fn a_condition_must_be_a_boolean() {
    for literal in ["()", "1", "\"a\"", "#{}", "[]"] {
        refused(&format!("if «{literal} {{ }}"), "syntax");
        refused(&format!("while «{literal} {{ }}"), "syntax");
    }
    for condition in [
        "user.nothing",
        "user.name",
        "user.groups",
        "user.app_metadata",
    ] {
        fails(&format!("if {condition} {{ }}"), "type");
        fails(&format!("while {condition} {{ }}"), "type");
        fails(&format!("let x = {condition} && true;"), "type");
        fails(&format!("let x = false || {condition};"), "type");
        fails(&format!("let x = !{condition};"), "type");
    }
}

#[test]
fn values_of_different_types_are_not_equal() {
    holds(
        "if 1 == true || \"true\" == true || 1 == \"1\" || () == false || [] == () { throw \"wrong\"; }",
    );
}

#[test]
fn characters_texts_maps_and_blocks_are_told_apart() {
    holds("if 'a' != \"a\" { throw \"wrong\"; }");
    holds("let m = #{ }; if !is_map(m) { throw \"wrong\"; }");
    refused("let x = «'ab';", "syntax");
    holds("let x = switch 2 { 1 | 2 => \"a\", _ => \"b\" }; if x != \"a\" { throw \"wrong\"; }");
}

// 18

#[test]
fn a_function_sees_only_its_parameters() {
    refused(
        "const LIMIT = 5; fn f() { «LIMIT } f();",
        "unknown-variable",
    );
    refused("let x = 1; fn f() { «x } f();", "unknown-variable");
    refused("fn f() { «context.clientID } f();", "unknown-variable");
    refused("fn f() { «configuration.x } f();", "unknown-variable");
    holds("const LIMIT = 5; let f = || LIMIT; if f.call() != 5 { throw \"wrong\"; }");
}

// 19

#[test]
fn a_method_of_nothing_is_explained_in_the_words_of_the_language() {
    outcome("user.missing.contains(\"a\");", |outcome| {
        let message = &outcome.errors()[0].message;
        assert_eq!(
            message,
            "nothing can be in `()`: it is no text, array, map or range"
        );
    });
}

// 20, 21

#[test]
fn the_body_of_a_rule_runs_once() {
    outcome(
        "fn f(x) { x } print(\"once\"); f(1);\nuser.runs = (user.runs ?? 0) + f(1);",
        |outcome| {
            assert_eq!(outcome.changes()["/user/runs"], 1);
        },
    );
}

// 32, 33

#[test]
fn nothing_catches_a_denial_in_a_closure() {
    for source in [
        "try { [1].some(|x| { deny(\"no\") }); } catch { } skip_mfa();",
        "let a = [2, 1]; a.sort(|x, y| { deny(\"no\"); 0 }); skip_mfa();",
        "let a = [2, 1]; a.dedup(|x, y| { deny(\"no\"); true }); skip_mfa();",
        "let a = [2, 1]; try { a.sort(|x, y| { deny(\"no\"); 0 }); } catch { } return;",
    ] {
        outcome(source, |outcome| {
            assert_eq!(
                outcome.denied().unwrap().error_description,
                "no",
                "{source}"
            );
        });
    }
}

#[test]
fn a_comparator_that_fails_fails_the_rule() {
    fails("let a = [2, 1]; a.sort(|x, y| 1 / 0);", "arithmetic");
    fails("let a = [2, 1]; a.dedup(|x, y| x.y.z);", "type");
    fails("let a = [2, 1]; a.sort(|x, y| { loop { } });", "operations");
    fails(
        "let a = [2, 1]; try { a.sort(|x, y| { loop { } }); } catch { } 1;",
        "operations",
    );
}

// 36

#[test]
fn a_closure_that_holds_itself_can_be_neither_stored_nor_written_out() {
    let knot = "let x = #{}; let f = || x; x.f = f;";
    holds(knot);
    fails(&format!("{knot} user.x = x;"), "login-write");
    holds(&format!("{knot} print(x);"));
    holds(&format!("{knot} try {{ x == x }} catch {{ }}"));
}

// 42

#[test]
fn optional_steps_mean_what_is_written() {
    let nothing = "let x = (); let m = #{ a: () };";
    for chain in [
        "x?.a",
        "x?[\"a\"]",
        "m.a?.b",
        "m?.a?.b",
        "m[\"a\"]?[\"b\"]",
        "m.a?[\"b\"]",
        "x?[\"a\"].b",
        "x?.a.b.c",
        "(x?.a)?.b",
    ] {
        holds(&format!(
            "{nothing} if {chain} != () {{ throw \"wrong\"; }}"
        ));
    }
    for chain in [
        "x.a",
        "x[\"a\"]",
        "m.a.b",
        "m?.a.b",
        "m[\"a\"][\"b\"]",
        "m?[\"a\"][\"b\"]",
        "m.a[\"b\"]",
        "m?.a[\"b\"]",
        "m?[\"a\"].b",
    ] {
        fails(&format!("{nothing} let y = {chain};"), "missing-property");
    }
}

// 43

#[test]
fn in_and_contains_are_the_same_and_no_function_takes_their_place() {
    holds("if !(1 in [1]) || 2 in [1] || !(2 !in [1]) || ![1].contains(1) { throw \"wrong\"; }");
    fails("let x = 1 in #{ a: 1 };", "type");
    fails("let x = \"a\" in ();", "type");
}

// 44

#[test]
fn a_name_means_the_innermost_variable() {
    holds(
        "let x = 1; { let x = 2; { let x = 3; } if x != 2 { throw \"wrong\"; } } if x != 1 { throw \"wrong\"; }",
    );
    holds("let x = 1; let x = x + 1; if x != 2 { throw \"wrong\"; }");
    holds(
        "let x = 1; let f = |y| { let x = y; x }; if f.call(5) != 5 || x != 1 { throw \"wrong\"; }",
    );
    holds("let x = -1; if -x != 1 || - -x != -1 || 2 - -1 != 3 { throw \"wrong\"; }");
}

// 45, 46

#[test]
fn calls_that_rhai_would_bind_otherwise_do_not_compile() {
    refused("fn f(x) { x } let y = 1.«f();", "unsupported");
    refused("fn f(x) { x } let y = «f!(1);", "unsupported");
    refused("fn f() { «this } f();", "unsupported");
    refused("let f = |x| x; «f(1);", "unknown-function");
    refused("let f = |x, y| x; let g = f.«curry(1);", "unknown-function");
}

#[test]
fn a_closure_shares_what_it_captures_and_a_function_does_not() {
    holds("let x = 1; let f = || { x += 1; }; f.call(); f.call(); if x != 3 { throw \"wrong\"; }");
    holds(
        "let x = 1; fn f(x) { x += 1; x } let y = f(x); if x != 1 || y != 2 { throw \"wrong\"; }",
    );
}

#[test]
fn each_kind_of_case_of_a_switch_matches() {
    let switch = "fn s(x) { switch x { 1 => 1, 2 | 3 => 2, \"a\" if true => 5, \"a\" => 6, 'b' => 7, true => 8, () => 9, 1.5 => 10, 4..6 => 3, 6..=7 => 4, _ => 0 } }";
    for (value, expected) in [
        ("1", 1),
        ("2", 2),
        ("3", 2),
        ("4", 3),
        ("5", 3),
        ("6", 4),
        ("7", 4),
        ("8", 0),
        ("\"a\"", 5),
        ("'b'", 7),
        ("true", 8),
        ("()", 9),
        ("1.5", 10),
        ("[]", 0),
    ] {
        holds(&format!(
            "{switch} if s({value}) != {expected} {{ throw `${{s({value})}}`; }}"
        ));
    }
}

// 52

#[test]
fn an_order_of_different_types_is_a_failure() {
    for condition in [
        "user.missing > 50",
        "\"80\" > 50",
        "() < 1",
        "1 <= true",
        "[] >= []",
        "#{} < #{}",
        "\"a\" > ()",
        "now() > 1",
    ] {
        fails(&format!("let x = {condition};"), "type");
    }
}

#[test]
fn a_predicate_without_a_boolean_is_a_failure() {
    for call in [
        "some(|x| ())",
        "all(|x| 1)",
        "filter(|x| \"yes\")",
        "find(|x| x)",
        "index_of(|x| ())",
    ] {
        fails(&format!("let x = [1].{call};"), "type");
    }
}

#[test]
fn the_result_of_what_gives_none_cannot_be_used() {
    refused("let s = \" a \"; let t = s.«trim();", "no-result");
    refused(
        "let s = \" a \"; let t = s.«replace(\"a\", \"b\");",
        "no-result",
    );
    refused("let a = []; let b = a.«push(1);", "no-result");
    refused("let a = [2, 1]; for x in a.«sort() { }", "no-result");
    refused("let s = \" a \"; if s.«trim() == \"a\" { }", "no-result");
    refused("let x = «skip_mfa();", "no-result");
    refused("let x = «require_mfa(\"any\");", "no-result");
}

#[test]
fn a_number_that_is_not_finite_is_below_no_limit() {
    for (amount, wanted) in [
        (json!("1001"), Decision::Required),
        (json!("999"), Decision::NotRequired),
        (json!("inf"), Decision::Denied),
        (json!("-inf"), Decision::Denied),
        (json!("1e400"), Decision::Denied),
        (json!("NaN"), Decision::Denied),
    ] {
        for operator in [">", ">=", "<", "<="] {
            let limit = if operator.starts_with('<') {
                format!("1000.0 {operator} amount")
            } else {
                format!("amount {operator} 1000.0")
            };
            let source = format!(
                "let amount = parse_float(user.amount); if {limit} {{ require_mfa(\"any\"); }}"
            );
            let rules = RuleSet::from_source("rule", source).unwrap();
            let user = json!({ "amount": amount });
            let login = Login::new(DateTime::UNIX_EPOCH).user(&user);
            assert_eq!(
                rules.decide(&login).decision(),
                wanted,
                "{amount} {operator}"
            );
        }
    }
}

#[test]
fn what_computes_the_place_that_a_method_writes_cannot_be_caught() {
    for write in [
        "context.idToken[user.nope.x].push(\"x\")",
        "context[user.nope.key].set(\"provider\", \"any\")",
        "user[user.nope.key].clear()",
    ] {
        let source = format!("try {{ {write}; }} catch {{ print(1); }}");
        let rules = RuleSet::from_source("rule", source).unwrap();
        let (user, context) = (json!({}), json!({ "idToken": {} }));
        let login = Login::new(DateTime::UNIX_EPOCH)
            .user(&user)
            .context(&context);
        assert_eq!(rules.decide(&login).decision(), Decision::Denied, "{write}");
    }
}

#[test]
fn a_redirect_that_a_rule_assigns_is_there_although_it_came_in() {
    let source = "context.redirect = #{ url: \"https://acme.example\" };";
    let rules = RuleSet::from_source("rule", source).unwrap();
    let context = json!({ "redirect": { "url": "https://acme.example" } });
    let login = Login::new(DateTime::UNIX_EPOCH).context(&context);
    assert_eq!(rules.decide(&login).redirect(), Some(&context["redirect"]));
}

#[test]
fn a_variable_holds_nothing_where_a_chain_was_cut() {
    for rule in [
        "let x = user?.nope?.to_lower(); let y = x.to_upper();",
        "let x = user?.nope?.to_lower(); if x.to_upper() == \"ADMIN\" { require_mfa(\"any\"); }",
        "let x = if true { user?.nope?.len() } else { 1 }; let y = x.abs();",
    ] {
        let rules = RuleSet::from_source("rule", rule).unwrap();
        let login = Login::new(DateTime::UNIX_EPOCH);
        let outcome = rules.decide(&login);
        assert_eq!(outcome.errors().len(), 1, "{rule}");
        assert_eq!(outcome.decision(), Decision::Denied, "{rule}");
    }
}
