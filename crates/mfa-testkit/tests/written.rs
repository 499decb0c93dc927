//! Rules written by hand, a corner of the language each, on which engine and oracle must agree.
//! They are their own twins, so they have nothing in which the language departs from Rhai.

#![expect(clippy::panic, reason = "a test reports by panicking")]

use mfa_testkit::agree::{Verdict, agree};
use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;

fn check(rules: &[&str]) {
    let login = GeneratedLogin::from_bytes(&[]);
    for rule in rules {
        match agree(&GeneratedRule::written(rule), &login) {
            Ok(Verdict::Agreed { .. }) => {}
            Ok(Verdict::NotComparable(reason)) => panic!("{reason}: {rule}"),
            Err(disagreement) => panic!("{disagreement}"),
        }
    }
}

#[test]
fn closures_capture_variables_and_not_values() {
    check(&[
        "let fs = []; for i in 0..3 { fs.push(|| i); } user.x = fs[0].call() + fs[2].call() * 10;",
        "let f = |x| |y| x + y; user.x = f.call(1).call(2);",
        "let n = 0; let inc = || { n += 1; n }; inc.call(); inc.call(); user.x = n; let m = n; inc.call(); user.y = m; user.z = [n, n];",
        "let a = [1,2,3]; let g = || a; a.push(4); user.x = g.call(); let b = a; b.push(5); user.y = a; user.z = b;",
        "let a = #{b: #{c: 1}}; let g = |v| { a.b.c += v; a }; g.call(2); user.x = a; user.y = g.call(3).b.c;",
        "let x = 1; let x = x + 1; let f = || x; let x = 5; user.x = f.call(); user.y = x;",
        "const X = 5; let f = || X; user.x = f.call();",
        "let f = |x| { return x; }; user.x = f.call(2); let g = || { if true { return 7; } 8 }; user.y = g.call();",
        "let f = |a, b| a; user.x = f.call(1);",
        "let x = 5; x.call();",
        "fn g(x) { x + 1 } user.x = [1].map(g);",
        "let m = #{f: |x| x + 1}; user.x = m.f.call(1);",
    ]);
}

#[test]
fn facts_are_values_like_those_of_the_login() {
    check(&[
        "user.x = [fact(\"risk_score\"), fact(\"country\"), fact(\"device\").trusted, fact(\"device\")?.none];",
        "fn f() { fact(\"attempts\") } let a = f(); a += [7]; user.x = a; user.y = fact(\"attempts\");",
        "let m = fact(\"device\") + #{ seen: true }; m.age = 1; user.x = m; user.y = fact(\"device\");",
        "user.x = fact(\"sessions\").filter(|s| s.provider == \"auth0\").len();",
        "fact(\"none\");",
        "try { fact(\"none\"); } catch { user.x = 1; } fact(\"none\");",
        "user.x = [1].map(|n| fact(\"none\") + n);",
    ]);
}

#[test]
fn control_flow_gives_values() {
    check(&[
        "let x = if false { 1 }; user.x = x; let y = while false {}; user.y = y; let z = for i in 0..3 { if i == 1 { break i * 10; } }; user.z = z;",
        "let x = loop { try { break 5; } catch { } }; user.x = x;",
        "fn f(x) { for i in 0..5 { if i == x { return i; } } -1 } user.x = f(3); user.y = f(9);",
        "fn f(n) { if n == 0 { 0 } else { n + f(n - 1) } } user.x = f(20);",
        "let i = 0; while true { i += 1; if i < 3 { continue; } if i > 5 { break; } } user.x = i; do { i -= 1; } until i < 2; user.y = i;",
        "for (v, i) in \"aüb\" { user[`k${i}`] = v; } for x in [1, 2].map(|x| x) { user.last = x; }",
        "for (k, i) in #{b: 1, a: 2}.keys() { user[`k${i}`] = k; }",
        "let x = 1; { let x = 2; { let x = 3; user.a = x; } user.b = x; } user.c = x;",
        "let x = #{a: 1}; for v in x { }",
    ]);
}

#[test]
fn switch_compares_as_rhai_does() {
    check(&[
        "let x = 2.5; user.x = switch x { 0..5 => \"r\", _ => \"d\" };",
        "user.y = switch 2.0 { 2 => \"int\", 2.0 => \"float\", _ => \"d\" }; user.z = switch 2 { 2.0 => \"float\", _ => \"d\" };",
        "user.x = switch \"a\" { \"a\" if false => 1, \"a\" | \"b\" => 2, _ => 3 };",
        "user.x = switch 5 { 1..3 => 1, 4..=5 if true => 2, 5..9 => 3 }; user.y = switch 77 { 1 => 2 };",
    ]);
}

#[test]
fn errors_are_caught_and_thrown_on() {
    check(&[
        "fn f(x) { try { throw x; } catch (e) { return e; } } user.x = f(\"a\"); user.y = f(3);",
        "let e = 1; try { throw \"a\"; } catch (e) { user.x = e; } user.y = e;",
        "try { try { throw 5; } catch { throw; } } catch (e) { user.x = e; }",
        "throw;",
        "throw ();",
    ]);
}

#[test]
fn operators_mean_what_they_mean_in_rhai() {
    check(&[
        "user.x = \"abc\"[1] == \"b\"; user.y = \"abc\"[1] == 'b'; user.z = \"b\" == 'b'; user.w = 1 == 1.0; user.v = [1] == [1.0]; user.u = #{a: 1} == #{a: 1}; user.t = () == (); user.s = \"1\" == 1;",
        "user.x = 7 / 2; user.y = -7 / 2; user.z = -7 % 3; user.v = 2.0 ** 0.5; user.u = 7 % 2.5;",
        "user.x = 2 ** -1;",
        "user.x = 1 << 70;",
        "user.x = 2 ** 70;",
        "user.x = -9223372036854775807 - 1; user.y = abs(user.x);",
        "user.x = user.email.contains(\"@\") && !user.email.is_empty() || false; user.y = true & false | true ^ true;",
        "user.x = true && user.email;",
        "user.x = (() ?? 5) + (1 ?? 9); user.y = user.none ?? user.none2 ?? \"z\";",
        "user.x = !user.email;",
        "user.x = -user.email;",
        "user.x = +5; user.y = +user.logins_count; user.z = - -5;",
        "user.x = 5 in [1, 5]; user.y = \"b\" in \"abc\"; user.z = 3 in 0..3; user.w = 3 in 0..=3; user.v = 1.0 in [1]; user.u = 5 !in [5];",
        "user.x = 1 in \"abc\";",
        "user.x = \"a\" + 1 + 2.5 + true + () + [1] + #{a: 1}; user.y = 1 + \"a\";",
        "user.x = [1] + 2;",
        "user.x = \"a\" - \"a\"; user.y = \"abc\" - \"b\"; user.z = \"abc\" - 'c';",
        "user.x = 5 > 3 == true; user.y = 1 + 2 * 3 ** 2 - 4 / 2 % 3; user.z = 1 | 2 & 3 ^ 4 << 1;",
        "let a = [1,2]; a += 3; user.x = a; a += [4]; user.y = a; let s = \"a\"; s += 'b'; s += 1; user.z = s;",
        "user.x = 0x7fffffffffffffff + 0; user.y = 1_000; user.z = 0b11; user.w = 1e3; user.v = 1.;",
        "user.x = 0.min(1.5); user.y = (5).min((0).min(1.5));",
    ]);
}

#[test]
fn values_are_written_as_rhai_writes_them() {
    check(&[
        "user.x = `${1.0} ${1e20} ${1e-10} ${0.1 + 0.2} ${1.5e300} ${-0.0} ${[1, \"a\", 'c', (), 1.0]} ${#{a: \"x\", b: ()}}`;",
        "print([1, \"a\"]); debug(\"x\"); print(()); print(1..3); print(#{a: 1.0}); debug(#{a: \"q\\\"uote\"}); print('c'); debug('c');",
    ]);
}

#[test]
fn containers_change_as_in_rhai() {
    check(&[
        "let a = [3,1,2]; a.sort(); user.x = a; a.reverse(); user.y = a; a.insert(1, 9); user.z = a; user.w = a.remove(0); user.v = a; user.u = a.remove(99); a.insert(-1, 7); user.t = a;",
        "let m = #{a: 1}; m += #{b: 2}; user.x = m; user.y = m + #{a: 9}; m.mixin(#{c: 3}); user.z = m.keys(); user.w = m.values(); user.v = \"a\" in m; user.u = m.len();",
        "let m = #{}; m.x = 1; m[\"y\"] = 2; user.x = m; m.z.w = 1;",
        "let a = []; a[0] = 1;",
        "let t = \"abc\"; t[1] = 'X'; user.x = t; t[0] = \"zz\"; user.y = t;",
        "let x = [[1,2],[3]]; x[0][1] = 9; x[1] += [4]; user.x = x; let y = x[0]; y[0] = 100; user.y = x;",
        "let c = #{f: || 1}; let d = c; d.g = 5; user.x = c.keys(); user.y = d.keys();",
        "user.x = [1,2,3].reduce(|a, b| a + b); user.y = [].reduce(|a, b| a + b); user.z = [1,2,3].reduce(|a, b, i| a + b * i, 0);",
        "user.x = \"ünï\".len(); user.y = \"ünï\".index_of(\"ï\"); user.z = \"ünï\".sub_string(1, 1); user.w = \"ünï\"[-1];",
    ]);
}

#[test]
fn the_login_is_written_where_it_lies() {
    check(&[
        "user.app_metadata.limits[0] += 5; user.app_metadata[\"roles\"][-1] = \"z\"; let c = user.app_metadata; user.x = c.limits;",
        "context.idToken[\"a\"] = 1; context[\"idToken\"].b = 2; context.accessToken.scope.push(\"x\"); context.redirect = #{url: \"https://x\"};",
        "if user.logins_count == 0 { deny(\"x\") } else { deny(\"y\") }",
        "let r = [1,2,3].map(|v| if v == 2 { deny(\"at 2\") } else { v }); user.x = r;",
    ]);
}

#[test]
fn what_json_cannot_hold_is_not_stored() {
    check(&[
        "user.x = 1e308; user.x += 1e308;",
        "user.x = [1e308]; user.x[0] -= -1e308;",
        "user.x = 2.0; user.x **= 5000;",
        "user.x = 0.0; user.x /= 0.0;",
        "user.x = []; user.x += [1.0 / 0.0];",
        "user.x = []; user.x.push(|v| v);",
        "user.x = #{}; user.x.set(\"a\", 0..1);",
        "user.x = #{}; user.x.mixin(#{a: 1.0 / 0.0});",
        "context.idToken = #{a: 1.0 / 0.0};",
    ]);
}

#[test]
fn a_value_without_parts_fails_as_in_rhai() {
    check(&[
        "user.x = if user.email { 1 } else { 2 };",
        "user.x = user[\"email\"][\"x\"];",
        "user.x = user.email.foo;",
        "user.x = user.email[0][0];",
        "user.x = 5.5[0];",
        "user.x = true[0];",
        "user.x = user[5];",
        "user.x = 5[0];",
        "user.x = user.missing.x.contains([1][9]);",
        "user.x = user.app_metadata.limits.len - 1; user.y = user.app_metadata.limits.is_empty;",
        "user.x = user.email.len;",
    ]);
}
