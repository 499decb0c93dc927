//! What it costs that rules can be replaced: a decision through `LivePolicy::current`, beside one by
//! the rule set itself, while nobody reloads and while a thread does nothing else, and by two
//! threads that share one engine.

use chrono::DateTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mfa_benches::{LoginDocument, logins, seed_rule_set};
use mfa_rules::{LivePolicy, Login, Reload, RuleSet};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Ways to decide about a login by shared rules.
const WAYS: [(&str, Decide); 3] = [
    ("rule set", |shared, login| {
        black_box(shared.rules.decide(login).decision());
    }),
    ("current", |shared, login| {
        black_box(shared.live.current().decide(login).decision());
    }),
    ("current, as an Arc", |shared, login| {
        let policy = shared.live.current().into_arc();
        black_box(policy.decide(login).decision());
    }),
];

type Decide = fn(&Shared, &Login<'_>);

/// What all threads decide by.
struct Shared {
    rules: RuleSet,
    live: LivePolicy,
    logins: Vec<LoginDocument>,
}

impl Shared {
    #[expect(
        clippy::expect_used,
        reason = "a bench without its rule has nothing to measure"
    )]
    fn new() -> Self {
        let compiled = || seed_rule_set().expect("the rule compiles");
        let shared = Self {
            rules: compiled(),
            live: LivePolicy::new(compiled()),
            logins: logins(),
        };
        for login in &shared.logins {
            let login = self::login(login);
            let (own, current) = (shared.rules.decide(&login), shared.live.current());
            assert_eq!(own.decision(), current.decide(&login).decision());
        }
        shared
    }

    /// How long `threads` threads take for `iterations` decisions each.
    fn time(&self, threads: usize, iterations: u64, decide: Decide) -> Duration {
        let begun = Instant::now();
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut next = self.logins.iter().cycle();
                    for _ in 0..iterations {
                        if let Some(login) = next.next() {
                            decide(self, &self::login(black_box(login)));
                        }
                    }
                });
            }
        });
        begun.elapsed()
    }

    /// Replaces the rules until it is over, and gives how often.
    fn reload_until(&self, is_over: &AtomicBool) -> u64 {
        let mut reloads = 0_u64;
        while !is_over.load(Ordering::Relaxed) {
            let reload = self.live.offer(seed_rule_set());
            assert!(matches!(reload, Reload::Replaced { .. }), "{reload}");
            reloads = reloads.saturating_add(1);
        }
        reloads
    }
}

fn login(document: &LoginDocument) -> Login<'_> {
    Login::new(DateTime::UNIX_EPOCH)
        .user(&document.user)
        .context(&document.context)
}

fn bench(criterion: &mut Criterion) {
    let shared = Shared::new();
    for threads in [1_u64, 2] {
        let mut group = criterion.benchmark_group(match threads {
            1 => "reload/one thread",
            _ => "reload/two threads",
        });
        group.throughput(Throughput::Elements(threads));
        let threads = usize::try_from(threads).unwrap_or(1);
        for (name, decide) in WAYS {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|iterations| shared.time(threads, iterations, decide));
            });
        }
        group.finish();
    }

    let mut group = criterion.benchmark_group("reload/one thread, and one that reloads");
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| shared.reload_until(&is_over));
        for (name, decide) in WAYS {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|iterations| shared.time(1, iterations, decide));
            });
        }
        is_over.store(true, Ordering::Relaxed);
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
