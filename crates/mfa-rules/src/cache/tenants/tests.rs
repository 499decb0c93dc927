//! Whose policy a tenant gets, and when it is loaded.

use super::{TenantError, Tenants};
use crate::cache::RuleCache;
use crate::compile_error::CompileError;
use crate::login::Login;
use crate::outcome::Decision;
use crate::policy::Policy;
use crate::rule_set::{RuleSet, RuleSetBuilder};
use chrono::DateTime;
use serde_json::{Map, json};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const THREADS: usize = 8;

fn tenants(bytes: u64) -> Tenants<String> {
    Tenants::new(&RuleCache::default(), bytes)
}

/// The rules of the tenant with this number: they differ by the provider alone, which is
/// configured.
fn rules_of(tenant: usize) -> RuleSetBuilder {
    let configuration = Map::from_iter([("TENANT".to_owned(), json!(tenant))]);
    RuleSet::builder()
        .rule((
            "mfa",
            "if configuration.TENANT % 2 == 0 { require_mfa(\"any\"); }",
        ))
        .configuration(configuration)
}

#[expect(clippy::unnecessary_wraps, reason = "what loads may fail")]
fn rules() -> Result<RuleSetBuilder, Infallible> {
    Ok(rules_of(0))
}

fn revision_of(tenant: usize) -> String {
    rules_of(tenant).compile().unwrap().revision().to_owned()
}

fn decision(policy: &Policy) -> Decision {
    policy.decide(&Login::new(DateTime::UNIX_EPOCH)).decision()
}

fn revision(policy: &Policy) -> &str {
    policy.rules().revision()
}

#[test]
fn a_tenant_is_loaded_once() {
    let tenants = tenants(1 << 20);
    let loads = AtomicUsize::new(0);
    for _ in 0..3 {
        let policy = tenants.get_or_load("acme", || {
            loads.fetch_add(1, Ordering::SeqCst);
            rules()
        });
        assert_eq!(decision(&policy.unwrap()), Decision::Required);
    }
    assert_eq!(loads.into_inner(), 1);
    let figures = tenants.figures();
    assert_eq!((figures.hits, figures.misses, figures.fills), (2, 1, 1));
    assert_eq!((figures.entries, figures.failures), (1, 0));
}

#[test]
fn tenants_have_their_own_policies_of_shared_rules() {
    let tenants: Tenants<usize> = Tenants::new(&RuleCache::default(), 1 << 20);
    for tenant in 0..10 {
        let load = || Ok::<_, Infallible>(rules_of(tenant));
        let policy = tenants.get_or_load(&tenant, load).unwrap();
        assert_eq!(revision(&policy), revision_of(tenant));
    }
    let rules = tenants.rules().figures();
    assert_eq!((rules.fills, rules.hits), (1, 9));
}

#[test]
fn a_tenant_may_be_loaded_in_every_form() {
    let tenants = tenants(1 << 20);
    let set = || rules_of(0).compile().unwrap();
    let policies = [
        tenants.get_or_load("builder", || Ok::<_, Infallible>(rules_of(0))),
        tenants.get_or_load("set", || Ok(set())),
        tenants.get_or_load("shared set", || Ok(Arc::new(set()))),
        tenants.get_or_load("policy", || Ok(Policy::new(set()))),
    ];
    for policy in policies {
        assert_eq!(revision(&policy.unwrap()), revision_of(0));
    }
}

#[test]
fn an_unknown_tenant_has_no_policy() {
    let tenants = tenants(1 << 20);
    tenants.get_or_load("acme", rules).unwrap();
    for _ in 0..2 {
        let error = tenants.get_or_load("other", || Err::<RuleSet, _>("unknown"));
        let error = error.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the rules of the tenant could not be loaded: unknown"
        );
        assert!(tenants.loaded("other").is_none());
    }
    let figures = tenants.figures();
    assert_eq!(
        (figures.fills, figures.failures, figures.entries),
        (3, 2, 1)
    );
}

#[test]
fn who_asks_without_loading_is_counted_once() {
    let tenants = tenants(1 << 20);
    assert!(tenants.loaded("acme").is_none());
    tenants.get_or_load("acme", rules).unwrap();
    assert!(tenants.loaded("acme").is_some());
    let figures = tenants.figures();
    assert_eq!((figures.hits, figures.misses, figures.fills), (1, 1, 1));
}

#[test]
fn rules_that_do_not_compile_are_no_policy_and_are_not_kept() {
    let tenants = tenants(1 << 20);
    let broken = || Ok::<_, Infallible>(RuleSet::builder().rule(("mfa", "user = 1;")));
    let error = tenants.get_or_load("acme", broken).unwrap_err();
    let expected = broken().unwrap().compile().unwrap_err();
    assert!(matches!(&error, TenantError::Compile(error) if **error == expected));
    assert_eq!(
        error.to_string(),
        format!("the rules of the tenant do not compile:\n{expected}")
    );
    assert!(tenants.loaded("acme").is_none());
    assert!(tenants.get_or_load("acme", rules).is_ok());
}

#[test]
fn a_tenant_without_rules_has_no_policy() {
    let tenants = tenants(1 << 20);
    let error = tenants.get_or_load("acme", || Ok::<_, Infallible>(RuleSet::builder()));
    assert!(matches!(error, Err(TenantError::Compile(_))));
}

#[test]
fn an_invalidated_tenant_is_loaded_again() {
    let tenants = tenants(1 << 20);
    tenants.get_or_load("acme", rules).unwrap();
    tenants.get_or_load("globex", rules).unwrap();
    tenants.invalidate("acme");
    assert!(tenants.loaded("acme").is_none());
    assert!(tenants.loaded("globex").is_some());
    let again = tenants.get_or_load("acme", || Ok::<_, Infallible>(rules_of(1)));
    assert_eq!(decision(&again.unwrap()), Decision::NotRequired);
}

#[test]
fn a_refreshed_tenant_has_its_new_policy() {
    let tenants = tenants(1 << 20);
    let old = tenants.get_or_load("acme", rules).unwrap();
    let new = tenants.refresh("acme", || Ok::<_, Infallible>(rules_of(1)));
    assert_eq!(revision(&new.unwrap()), revision_of(1));
    let now = tenants.get_or_load("acme", rules).unwrap();
    assert_eq!(revision(&now), revision_of(1));
    // Whoever held the old one goes on with it.
    assert_eq!(revision(&old), revision_of(0));
}

#[test]
fn a_refresh_that_fails_keeps_the_last_good_policy() {
    let tenants = tenants(1 << 20);
    tenants.get_or_load("acme", rules).unwrap();
    let unreadable = tenants.refresh("acme", || Err::<RuleSet, _>("unreadable"));
    assert!(matches!(unreadable, Err(TenantError::Load(error)) if *error == "unreadable"));
    let broken = || Ok::<_, Infallible>(RuleSet::builder().rule(("mfa", "user = 1;")));
    let broken = tenants.refresh("acme", broken);
    assert!(matches!(broken, Err(TenantError::Compile(_))));
    let load = || -> Result<RuleSet, CompileError> { panic!("it is there") };
    let policy = tenants.get_or_load("acme", load).unwrap();
    assert_eq!(revision(&policy), revision_of(0));
    assert_eq!(tenants.figures().failures, 2);
}

#[test]
fn a_refresh_that_fails_gives_an_absent_tenant_no_policy() {
    let tenants = tenants(1 << 20);
    let refreshed = tenants.refresh("acme", || Err::<RuleSet, _>("unreadable"));
    assert!(refreshed.is_err());
    assert!(tenants.loaded("acme").is_none());
}

#[test]
fn what_was_being_loaded_when_a_tenant_was_invalidated_is_loaded_again() {
    let tenants = tenants(1 << 20);
    let mut loads = 0;
    let policy = tenants.get_or_load("acme", || {
        loads += 1;
        if loads == 1 {
            // The sources change when they were read already.
            tenants.invalidate("acme");
            return rules();
        }
        Ok(rules_of(1))
    });
    assert_eq!(revision(&policy.unwrap()), revision_of(1));
    assert_eq!(revision(&tenants.loaded("acme").unwrap()), revision_of(1));
    assert_eq!(loads, 2);
    assert!(tenants.loads().is_empty());
}

#[test]
fn what_was_being_loaded_when_a_tenant_was_refreshed_does_not_replace_it() {
    let tenants = tenants(1 << 20);
    let policy = tenants.get_or_load("acme", || {
        tenants
            .refresh("acme", || Ok::<_, Infallible>(rules_of(1)))
            .unwrap();
        rules()
    });
    assert_eq!(revision(&policy.unwrap()), revision_of(1));
}

#[test]
fn what_is_inserted_after_it_was_invalidated_is_not_found() {
    let tenants = tenants(1 << 20);
    let refreshed = tenants.refresh("acme", || {
        tenants.invalidate("acme");
        rules()
    });
    assert!(refreshed.is_ok());
    assert!(tenants.loaded("acme").is_none());
    let policy = tenants.get_or_load("acme", || Ok::<_, Infallible>(rules_of(1)));
    assert_eq!(revision(&policy.unwrap()), revision_of(1));
}

#[test]
fn a_tenant_that_changes_all_the_time_has_no_policy() {
    let tenants = tenants(1 << 20);
    let policy = tenants.get_or_load("acme", || {
        tenants.invalidate("acme");
        rules()
    });
    assert_eq!(
        policy.unwrap_err().to_string(),
        "the rules of the tenant changed each time while they were loaded"
    );
}

/// Runs `ask` in all threads at once, and gives what each came to; `None` for a panic.
fn in_all_threads<T: Send>(ask: impl Fn(usize) -> T + Sync) -> Vec<Option<T>> {
    thread::scope(|scope| {
        let ask = &ask;
        let start =
            |number| scope.spawn(move || catch_unwind(AssertUnwindSafe(|| ask(number))).ok());
        let threads: Vec<_> = (0..THREADS).map(start).collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.collect()
    })
}

/// Asks for one tenant in all threads at once; the load does not end before all have asked.
fn crowd<T: Send + Sync + 'static>(
    tenants: &Tenants<String>,
    load: impl Fn(usize) -> Result<RuleSetBuilder, T> + Sync,
) -> Vec<Option<Result<Arc<Policy>, TenantError<T>>>> {
    let asking = AtomicUsize::new(0);
    let loads = AtomicUsize::new(0);
    in_all_threads(|_| {
        asking.fetch_add(1, Ordering::SeqCst);
        tenants.get_or_load("acme", || {
            let number = loads.fetch_add(1, Ordering::SeqCst);
            while asking.load(Ordering::SeqCst) < THREADS {
                thread::yield_now();
            }
            load(number)
        })
    })
}

#[test]
fn a_tenant_that_all_threads_ask_for_is_loaded_once() {
    let tenants = tenants(1 << 20);
    for answer in crowd(&tenants, |_| rules()) {
        assert_eq!(revision(&answer.unwrap().unwrap()), revision_of(0));
    }
    let figures = tenants.figures();
    assert_eq!(figures.hits + figures.misses, 8);
    assert_eq!((figures.fills, figures.entries), (1, 1));
}

#[test]
fn a_load_that_panics_does_not_stop_the_others() {
    let tenants = tenants(1 << 20);
    let answers = crowd(&tenants, |number| {
        assert!(number > 0, "this load panics");
        rules()
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 1);
    let sound = answers.iter().flatten().filter(|answer| answer.is_ok());
    assert_eq!(sound.count(), 7);
    let figures = tenants.figures();
    assert_eq!((figures.fills, figures.failures), (2, 1));
    assert!(tenants.loads().is_empty());
}

#[test]
fn an_error_of_loading_reaches_all_who_wait_and_nobody_after_them() {
    let tenants = tenants(1 << 20);
    for answer in crowd(&tenants, Err::<RuleSetBuilder, _>) {
        assert!(matches!(answer.unwrap(), Err(TenantError::Load(_))));
    }
    assert!(tenants.get_or_load("acme", rules).is_ok());
}

#[test]
fn refreshes_of_a_tenant_come_one_after_the_other() {
    let tenants = tenants(1 << 20);
    let loading = AtomicUsize::new(0);
    let results = in_all_threads(|number| {
        let refreshed = tenants.refresh("acme", || {
            assert_eq!(loading.fetch_add(1, Ordering::SeqCst), 0);
            thread::yield_now();
            loading.fetch_sub(1, Ordering::SeqCst);
            assert!(number != 3, "this load panics");
            Ok::<_, Infallible>(rules_of(number))
        });
        assert_eq!(revision(&refreshed.unwrap()), revision_of(number));
    });
    assert_eq!(results.iter().flatten().count(), 7);
    assert!(tenants.loads().is_empty());
}

/// Tenants are evicted all the time while others decide by what was evicted, and everybody has the
/// policy of their own tenant.
#[test]
fn eviction_never_gives_a_tenant_the_policy_of_another() {
    const TENANTS: usize = 64;
    let revisions: Vec<String> = (0..TENANTS).map(revision_of).collect();
    let tenants: Tenants<usize> = Tenants::new(&RuleCache::new(4_000), 20_000);
    let threads = in_all_threads(|thread| {
        let mut held = Vec::new();
        for step in 0..400 {
            let tenant = (step * (2 * thread + 1) + thread) % TENANTS;
            let load = || Ok::<_, Infallible>(rules_of(tenant));
            let policy = match step % 50 {
                49 => tenants.refresh(&tenant, load).unwrap(),
                _ => tenants.get_or_load(&tenant, load).unwrap(),
            };
            held.push((tenant, policy));
            let (tenant, policy) = &held[held.len() / 2];
            let outcome = policy.decide(&Login::new(DateTime::UNIX_EPOCH));
            assert_eq!(outcome.rule_set().revision(), revisions[*tenant]);
            let expected = match tenant % 2 {
                0 => Decision::Required,
                _ => Decision::NotRequired,
            };
            assert_eq!(outcome.decision(), expected);
            if step % 70 == 69 {
                tenants.invalidate(tenant);
            }
        }
    });
    assert_eq!(threads.iter().flatten().count(), THREADS);
    let figures = tenants.figures();
    assert_eq!(figures.hits + figures.misses, 8 * 392);
    assert!(figures.evictions > 100, "{}", figures.evictions);
    assert!(figures.weight <= 20_000, "{}", figures.weight);
    assert!(figures.fills >= figures.evictions + figures.entries);
    assert!(tenants.loads().is_empty());
}

#[test]
fn tenants_who_share_rules_weigh_little_and_those_with_their_own_are_charged_for_them() {
    let weight = |text_of: &dyn Fn(usize) -> String| {
        let tenants: Tenants<usize> = Tenants::new(&RuleCache::default(), 1 << 30);
        for tenant in 0..100 {
            let rules = RuleSet::builder().rule(("mfa", text_of(tenant)));
            let rules = std::cell::Cell::new(Some(rules));
            let load = || rules.take().ok_or(());
            tenants.get_or_load(&tenant, load).unwrap();
        }
        tenants.figures().weight / 100
    };
    let padding = "x".repeat(20_000);
    let shared = weight(&|_| format!("print(1); // {padding}"));
    let own = weight(&|tenant| format!("print({tenant}); // {padding}"));
    assert!((20_000..25_000).contains(&own), "{own}");
    assert!(shared < 3_000, "{shared}");
}
