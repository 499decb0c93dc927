//! The oracle itself: what twins call departs from Rhai just as version 1 of the language does.

#![expect(clippy::panic, reason = "a test reports by panicking")]

use mfa_testkit::grammar::GeneratedRule;
use mfa_testkit::logins::GeneratedLogin;
use mfa_testkit::oracle::{self, Ended, OracleRun};
use serde_json::json;

fn run(twin: &str) -> OracleRun {
    let login = GeneratedLogin::from_bytes(&[]);
    oracle::run(twin, &login).unwrap_or_else(|error| panic!("{error}"))
}

fn failed(code: &'static str, line: usize) -> Ended {
    Ended::Failed {
        code,
        line: Some(line),
    }
}

#[test]
fn a_comparison_of_different_types_fails() {
    assert_eq!(run("\nordered_(\"80\", 50);").ended, failed("type", 2));
    assert_eq!(run("ordered_((), 50);").ended, failed("type", 1));
    assert_eq!(
        run("ordered_(1, 1.5); user.x = 1 < 1.5;").user["x"],
        json!(true)
    );
    let twin = "ordered_('b', \"abc\"); user.x = 'b' >= \"abc\";";
    assert_eq!(run(twin).user["x"], json!(true));
    let twin = "ordered_(now(), now()); user.x = now() < now();";
    assert_eq!(run(twin).user["x"], json!(false));
}

#[test]
fn a_predicate_must_return_a_boolean() {
    assert_eq!(
        run("user.x = [1].some(strict_(1, |v| v));").ended,
        failed("type", 1)
    );
    let indexed = run("user.x = [7, 8].filter(strict_(2, |v, i| i == 1));");
    assert_eq!(indexed.user["x"], json!([8]));
}

#[test]
fn an_error_in_a_comparator_is_not_swallowed() {
    let twin = "let a = [2, 1];\na.sort(comparator_(|x, y| x.y.z)); compared_();";
    assert_eq!(run(twin).ended, failed("type", 2));
}

#[test]
fn a_failed_write_to_the_login_cannot_be_caught() {
    let twin = "try {\n\
        { let v_ = 1; try { user.none.x = v_; stored_(user.none.x); } catch (e_) { fatal_(e_); } }\n\
        } catch (e_) { caught_(e_); user.caught = true; }";
    assert_eq!(run(twin).ended, failed("missing-property", 2));
}

#[test]
fn what_json_cannot_hold_cannot_be_stored() {
    let twin =
        "{ let v_ = 0..1; try { user.x = v_; stored_(user.x); } catch (e_) { fatal_(e_); } }";
    assert_eq!(run(twin).ended, failed("login-write", 1));
}

#[test]
fn a_caught_error_is_described_with_our_code() {
    let twin = "try { let x = [1][9]; } catch (e_) { caught_(e_); let e = described_(e_); user.x = e.code; }";
    assert_eq!(run(twin).user["x"], "index");
    let twin = "try { throw thrown_(5); } catch (e_) { caught_(e_); user.x = described_(e_); }";
    assert_eq!(run(twin).user["x"], 5);
}

#[test]
fn an_endless_loop_is_not_comparable() {
    assert_eq!(run("loop { }").ended, Ended::NotComparable("limit"));
    let in_closures = "let a = range(0, 1000); for x in a { [1].map(|v| { for y in a { } }); }";
    assert_eq!(run(in_closures).ended, Ended::NotComparable("limit"));
}

#[test]
fn a_data_race_is_not_comparable_even_when_it_is_caught() {
    let twin = "let list = [1];\n\
        try { list.some(|v| v == list.len()); } catch (e_) { caught_(e_); }";
    assert_eq!(run(twin).ended, Ended::NotComparable("data race"));
}

#[test]
fn every_generated_rule_is_a_script() {
    for seed in 0..500_u64 {
        let bytes: Vec<u8> = (0..400_u64)
            .map(|index| {
                (seed
                    .wrapping_mul(2_654_435_761)
                    .wrapping_add(index * index * 40_503)
                    >> 5)
                    .to_le_bytes()[0]
            })
            .collect();
        let rule = GeneratedRule::from_bytes(&bytes);
        assert_eq!(oracle::parse(&rule.source), Ok(()), "\n{rule}");
        assert_eq!(oracle::parse(&rule.twin), Ok(()), "\n{}", rule.twin);
        assert_eq!(
            rule.source.lines().count(),
            rule.twin.lines().count(),
            "rule and twin have the same lines"
        );
    }
}
