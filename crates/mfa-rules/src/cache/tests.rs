//! What rule sets share, and what happens when many threads ask at once.

use super::{CacheFigures, RuleCache};
use crate::compile::{Compiled, CompiledRule, compile};
use crate::compile_error::CompileError;
use crate::limits::Limits;
use crate::loader::Loader;
use crate::login::Login;
use crate::multifactor::{Provider, Remember};
use crate::outcome::{Decision, OnError};
use crate::plugin::{Function, Functions, NativeRule, RuleFailure, RuleLogin};
use crate::rule_set::{AppliesTo, Compile, RuleSet, RuleSetBuilder, RuleSource, stand_in};
use chrono::DateTime;
use serde_json::json;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const THREADS: usize = 8;

fn set(rules: &[(&str, &str)]) -> RuleSetBuilder {
    RuleSet::builder().rules(rules.iter().copied())
}

fn compiled_by(
    cache: &RuleCache,
    compile: Compile<'_>,
    builder: RuleSetBuilder,
) -> Result<RuleSet, CompileError> {
    cache.rule_set(compile, |compile| builder.compile_with(compile))
}

/// The figures that do not depend on time and memory: hits, misses, fills, failures, entries.
fn counts(cache: &RuleCache) -> [u64; 5] {
    let CacheFigures {
        hits,
        misses,
        fills,
        failures,
        entries,
        ..
    } = cache.figures();
    [hits, misses, fills, failures, entries]
}

/// The only rule of a set.
fn script(set: &RuleSet) -> &CompiledRule {
    set.rules[0].script().unwrap()
}

#[test]
fn a_rule_of_two_sets_is_compiled_once() {
    let cache = RuleCache::default();
    let make = |name: &str, rule| {
        set(&[(rule, "require_mfa(\"any\");")])
            .name(name)
            .cache(&cache)
    };
    let first = make("first", "a").compile().unwrap();
    let second = make("second", "b").compile().unwrap();
    assert!(std::ptr::eq(script(&first), script(&second)));
    assert_eq!(counts(&cache), [1, 1, 1, 0, 1]);
}

#[test]
fn folders_share_rules_too() {
    let cache = RuleCache::default();
    let sets: Vec<RuleSet> = ["first", "second"]
        .into_iter()
        .map(|name| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(format!("{name}.rhai"));
            fs::write(&path, "user.a == 1; print(1);").unwrap();
            let set = Loader::new().cache(&cache).load(folder.path()).unwrap();
            let warning = &set.warnings()[0];
            assert_eq!(warning.file, path.display().to_string());
            set
        })
        .collect();
    assert!(std::ptr::eq(script(&sets[0]), script(&sets[1])));
    assert_eq!(counts(&cache), [1, 1, 1, 0, 1]);
}

#[test]
fn a_set_from_the_cache_is_that_without_it() {
    let cache = RuleCache::default();
    let make = || {
        RuleSet::builder()
            .rule(("a", "if user.a == 1 { require_mfa(\"any\"); }"))
            .rule(RuleSource::new("b", "deny(\"no\");").on_error(OnError::Challenge))
            .limits(Limits::DEFAULT.with_calls(3))
    };
    let without = make().compile().unwrap();
    for _ in 0..2 {
        let with = make().cache(&cache).compile().unwrap();
        assert_eq!(with.revision(), without.revision());
        assert_eq!(with.memory(), without.memory());
        let tree = |set: &RuleSet| format!("{:?}", set.rules);
        assert_eq!(tree(&with), tree(&without));
    }
}

#[test]
fn rules_with_other_texts_are_other_rules() {
    let cache = RuleCache::default();
    let texts = ["1;", "1; ", "2;", "1;\n"];
    for text in texts {
        let set = set(&[("same-name", text)]).cache(&cache).compile().unwrap();
        assert_eq!(&*script(&set).source, text);
    }
    assert_eq!(counts(&cache), [0, 4, 4, 0, 4]);
}

#[test]
fn a_warning_names_the_file_of_each_set() {
    let cache = RuleCache::default();
    for file in ["first", "second"] {
        let set = compiled_by(&cache, &stand_in::compile, set(&[(file, "odd")])).unwrap();
        let warnings: Vec<_> = set
            .warnings()
            .iter()
            .map(|warning| &*warning.file)
            .collect();
        assert_eq!(warnings, [file]);
    }
    assert_eq!(counts(&cache), [1, 1, 1, 0, 1]);
}

#[test]
fn an_error_is_not_kept_and_names_the_file_of_each_set() {
    let cache = RuleCache::default();
    for file in ["first", "second"] {
        for text in ["broken", "contradictory"] {
            let error = compiled_by(&cache, &stand_in::compile, set(&[(file, text)])).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "error[syntax]: `{text}` is meant so\n --> {file}:1:1\n  |\n1 | {text}\n  | {}",
                    "^"
                )
            );
        }
    }
    assert_eq!(counts(&cache), [0, 4, 4, 4, 0]);
}

#[test]
fn a_rule_without_script_and_without_error_stays_an_error() {
    let cache = RuleCache::default();
    for _ in 0..2 {
        let error = compiled_by(&cache, &stand_in::compile, set(&[("a", "lost")])).unwrap_err();
        assert_eq!(
            error.diagnostics()[0].message,
            "the rule could not be compiled"
        );
    }
}

#[test]
fn what_did_not_compile_may_compile_later() {
    let cache = RuleCache::default();
    let refused =
        |file: &str, _: &str, functions: &Functions| stand_in::compile(file, "broken", functions);
    assert!(compiled_by(&cache, &refused, set(&[("a", "1;")])).is_err());
    assert!(compiled_by(&cache, &compile, set(&[("a", "1;")])).is_ok());
    // And what compiled stays so: the other compiler is not asked.
    assert!(compiled_by(&cache, &refused, set(&[("a", "1;")])).is_ok());
}

/// Runs `ask` in all threads at once, and gives what each came to; `None` for a panic.
fn in_all_threads<T: Send>(ask: impl Fn() -> T + Sync) -> Vec<Option<T>> {
    thread::scope(|scope| {
        let ask = || catch_unwind(AssertUnwindSafe(&ask)).ok();
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.collect()
    })
}

/// A compiler that waits until all threads have asked, and does what `then` says, by the number of
/// the call.
struct Crowd {
    asking: AtomicUsize,
    calls: AtomicUsize,
}

impl Crowd {
    fn new() -> Self {
        Self {
            asking: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        }
    }

    fn ask(&self, cache: &RuleCache, then: impl Fn(usize) -> &'static str) -> Compiled {
        self.asking.fetch_add(1, Ordering::SeqCst);
        let functions = Functions::default();
        cache.compiled("a", "1;", &functions, &|file, _, functions| {
            let call = self.calls.fetch_add(1, Ordering::SeqCst);
            while self.asking.load(Ordering::SeqCst) < THREADS {
                thread::yield_now();
            }
            match then(call) {
                "panic" => panic!("this compiler panics"),
                text => stand_in::compile(file, text, functions),
            }
        })
    }
}

#[test]
fn a_rule_that_all_threads_miss_is_compiled_once() {
    let cache = RuleCache::default();
    let crowd = Crowd::new();
    let answers = in_all_threads(|| crowd.ask(&cache, |_| "1").rule.unwrap());
    let first = answers[0].as_ref().unwrap();
    for answer in &answers {
        assert!(Arc::ptr_eq(answer.as_ref().unwrap(), first));
    }
    let [hits, misses, fills, failures, entries] = counts(&cache);
    assert_eq!([hits + misses, fills, failures, entries], [8, 1, 0, 1]);
}

#[test]
fn a_compiler_that_panics_does_not_stop_the_others() {
    let cache = RuleCache::default();
    let crowd = Crowd::new();
    let answers = in_all_threads(|| {
        let compiled = crowd.ask(&cache, |call| if call == 0 { "panic" } else { "1" });
        compiled.rule.is_some()
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 1);
    assert_eq!(answers.iter().flatten().filter(|sound| **sound).count(), 7);
    let [hits, misses, fills, failures, entries] = counts(&cache);
    assert_eq!([hits + misses, fills, failures, entries], [8, 2, 1, 1]);
}

#[test]
fn an_error_reaches_all_who_wait_and_nobody_after_them() {
    let cache = RuleCache::default();
    let crowd = Crowd::new();
    let answers = in_all_threads(|| crowd.ask(&cache, |_| "broken"));
    for answer in answers {
        let answer = answer.unwrap();
        assert!(answer.rule.is_none());
        assert_eq!(answer.diagnostics[0].message, "`broken` is meant so");
    }
    assert_eq!(counts(&cache)[4], 0);
    let before = cache.figures().fills;
    assert!(crowd.ask(&cache, |_| "1").rule.is_some());
    assert_eq!(cache.figures().fills, before + 1);
}

#[test]
fn what_is_kept_is_bounded_by_its_memory() {
    let bound = 100_000;
    let cache = RuleCache::new(bound);
    for number in 0..500 {
        let text = format!("if user.a == {number} {{ require_mfa(\"any\"); }}");
        let set = set(&[("a", &text)]).cache(&cache).compile().unwrap();
        assert_eq!(&*script(&set).source, text);
        let weight = cache.figures().weight;
        assert!(weight <= bound, "{weight}");
    }
    let figures = cache.figures();
    assert!((20..200).contains(&figures.entries), "{}", figures.entries);
    assert_eq!(figures.entries + figures.evictions, 500);
}

#[test]
fn a_rule_that_is_larger_than_the_bound_is_compiled_and_not_kept() {
    let cache = RuleCache::new(1_000);
    for _ in 0..2 {
        let text = "print(1);".repeat(100);
        assert!(set(&[("a", &text)]).cache(&cache).compile().is_ok());
    }
    assert_eq!(counts(&cache), [0, 2, 2, 0, 0]);
}

#[test]
fn the_weight_of_a_rule_has_its_text_and_warnings_in_it() {
    let cache = RuleCache::default();
    let weight = |text: &str| {
        let before = cache.figures().weight;
        let builder = set(&[("a", text)]);
        compiled_by(&cache, &stand_in::compile, builder).unwrap();
        cache.figures().weight - before
    };
    let plain = weight("1");
    assert!(plain > 300, "{plain}");
    assert!(weight("odd") > plain + 100);
}

#[test]
fn sets_that_run_the_same_rules_alike_share_what_they_say_of_them() {
    let cache = RuleCache::default();
    let rule = || RuleSource::new("a", "1;");
    let make = |rule: RuleSource, client: &str| {
        let configuration = serde_json::Map::from_iter([("K".to_owned(), json!(client))]);
        let builder = RuleSet::builder().rule(rule).configuration(configuration);
        builder.cache(&cache).compile().unwrap()
    };
    let first = make(rule(), "x");
    let second = make(rule(), "y");
    assert!(Arc::ptr_eq(&first.rules, &second.rules));
    assert!(Arc::ptr_eq(&first.reads, &second.reads));
    assert_eq!(second.configuration()["K"], "y");
    let others = [
        RuleSource::new("b", "1;"),
        RuleSource::new("a", "2;"),
        rule().on_error(OnError::Challenge),
        rule().applies_to(AppliesTo::default().clients(["x"])),
        rule().applies_to(AppliesTo::default().clients(["y"])),
    ];
    for other in others {
        let wanted = format!("{other:?}");
        let other = make(other, "x");
        assert!(!Arc::ptr_eq(&first.rules, &other.rules), "{wanted}");
    }
    let both = |last: RuleSource| {
        let builder = RuleSet::builder()
            .rule(("a", "1;"))
            .rule(last)
            .cache(&cache);
        builder.compile().unwrap().rules
    };
    let enabled = both(RuleSource::new("c", "1;"));
    let disabled = both(RuleSource::new("c", "1;").disabled());
    assert_eq!([enabled[1].enabled, disabled[1].enabled], [true, false]);
}

#[test]
fn a_shared_list_ends_with_its_last_set() {
    let cache = RuleCache::default();
    let make = || set(&[("a", "1;")]).cache(&cache).compile().unwrap();
    let ended = Arc::downgrade(&make().rules);
    assert!(ended.upgrade().is_none());
    assert_eq!(make().rule_names().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn figures_are_plain_numbers_as_json() {
    let figures = CacheFigures {
        hits: 1,
        misses: 2,
        fills: 3,
        failures: 4,
        fill_time: Duration::from_micros(5),
        evictions: 6,
        entries: 7,
        weight: 8,
    };
    assert_eq!(
        serde_json::to_value(figures).unwrap(),
        json!({
            "hits": 1, "misses": 2, "fills": 3, "failures": 4, "fill_time_us": 5,
            "evictions": 6, "entries": 7, "weight": 8
        })
    );
}

#[test]
fn time_is_counted_when_compiling_and_not_on_a_hit() {
    let cache = RuleCache::default();
    let make = || set(&[("a", "1;")]).cache(&cache).compile();
    make().unwrap();
    let time = cache.figures().fill_time;
    assert!(time > Duration::ZERO);
    make().unwrap();
    assert_eq!(cache.figures().fill_time, time);
}

#[test]
fn rules_with_other_functions_of_the_same_name_are_not_shared() {
    let cache = RuleCache::default();
    let functions = |score: i64| {
        let function = Function::new("score", move |_| Ok(json!(score)));
        Functions::new().with(function).unwrap()
    };
    let make = |functions: Functions| {
        let rule = ("scored", "if score() > 50 { require_mfa(\"any\"); }");
        let builder = RuleSet::builder().rule(rule).functions(functions);
        builder.cache(&cache).compile().unwrap()
    };
    let (low, high) = (functions(10), functions(90));
    let decide = |set: &RuleSet| set.decide(&Login::new(DateTime::UNIX_EPOCH)).decision();
    for _ in 0..2 {
        assert_eq!(decide(&make(low.clone())), Decision::NotRequired);
        assert_eq!(decide(&make(high.clone())), Decision::Required);
    }
    assert_eq!(counts(&cache)[..2], [2, 2]);
}

/// Does what its number says.
struct Numbered(i64);

impl NativeRule for Numbered {
    fn name(&self) -> &'static str {
        "numbered"
    }

    fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
        match self.0 {
            0 => Ok(()),
            _ => login.require(Provider::Any, Remember::Never),
        }
    }
}

#[test]
fn other_native_rules_of_the_same_name_are_not_shared() {
    let cache = RuleCache::default();
    let make = |number| {
        let builder = RuleSet::builder().native_rule(Numbered(number));
        builder.cache(&cache).compile().unwrap()
    };
    let decide = |set: &RuleSet| set.decide(&Login::new(DateTime::UNIX_EPOCH)).decision();
    let sets = [make(0), make(1), make(0)];
    let decisions = [
        Decision::NotRequired,
        Decision::Required,
        Decision::NotRequired,
    ];
    assert_eq!(sets.each_ref().map(decide), decisions);
}
