//! How long decisions take.

use super::costs::by_rule;
use super::latencies::Latencies;
use super::logins::{BenchLogin, Defaults};
use mfa_rules::{Observe, RuleSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Logins that are measured in each way before the next ones are.
const TOGETHER: usize = 256;

/// How often the clock is read to see what that costs.
const READINGS: usize = 10_001;

/// How long decisions took.
pub(super) struct Timing {
    /// What reading the clock costs.
    pub(super) clock: Duration,
    pub(super) values: EntranceTiming,
    pub(super) texts: EntranceTiming,
    /// By the index of the rule: all runs of it together, without reading the clock.
    pub(super) rules: Vec<Duration>,
    /// By the index of the rule.
    pub(super) runs: Vec<u64>,
    pub(super) elapsed: Duration,
}

/// How long decisions about logins in one form took.
pub(super) struct EntranceTiming {
    /// Of single decisions. One reading of the clock is part of each.
    pub(super) latencies: Latencies,
    /// How many decisions took how long in all, one after the other.
    pub(super) number: u64,
    pub(super) time: Duration,
}

impl Timing {
    /// Measures for so long, and at least until each login was measured. `progress` is told now and
    /// then for how long it has been.
    pub(super) fn measure(
        rule_set: &RuleSet,
        logins: &[BenchLogin],
        defaults: &Defaults,
        seconds: Duration,
        mut progress: impl FnMut(Duration),
    ) -> Self {
        let rules = rule_set.rule_names().len();
        let mut timing = Self {
            clock: cost_of_the_clock(),
            values: EntranceTiming::new(),
            texts: EntranceTiming::new(),
            rules: vec![Duration::ZERO; rules],
            runs: vec![0; rules],
            elapsed: Duration::ZERO,
        };
        let started = Instant::now();
        for round in 0_u64.. {
            for logins in logins.chunks(TOGETHER) {
                timing.values.measure(logins, |login| {
                    black_box(rule_set.decide(&login.as_values(defaults)));
                });
                timing.shares(rule_set, logins, defaults);
                timing.texts.measure(logins, |login| {
                    black_box(rule_set.decide(&login.as_texts(defaults)));
                });
                timing.elapsed = started.elapsed();
                progress(timing.elapsed);
                if round > 0 && timing.elapsed >= seconds {
                    return timing;
                }
            }
            if timing.elapsed >= seconds {
                break;
            }
        }
        timing
    }

    fn shares(&mut self, rule_set: &RuleSet, logins: &[BenchLogin], defaults: &Defaults) {
        let observe = Observe::decision().and_costs();
        for login in logins {
            let outcome = rule_set.decide_observed(&login.as_values(defaults), observe);
            for (index, cost) in by_rule(rule_set, &outcome) {
                let time = cost.time.saturating_sub(self.clock);
                if let (Some(all), Some(runs)) =
                    (self.rules.get_mut(index), self.runs.get_mut(index))
                {
                    *all = all.saturating_add(time);
                    *runs = runs.saturating_add(1);
                }
            }
        }
    }
}

impl EntranceTiming {
    fn new() -> Self {
        Self {
            latencies: Latencies::new(),
            number: 0,
            time: Duration::ZERO,
        }
    }

    fn measure(&mut self, logins: &[BenchLogin], decide: impl Fn(&BenchLogin)) {
        // As in a server, which has just received a login, it is near to the processor.
        logins.iter().for_each(&decide);
        // So many rounds that the clock's own steps do not matter.
        let rounds = TOGETHER.div_ceil(logins.len().max(1));
        for login in (0..rounds).flat_map(|_| logins) {
            let started = Instant::now();
            decide(login);
            self.latencies.add(started.elapsed());
        }
        let started = Instant::now();
        for login in (0..rounds).flat_map(|_| logins) {
            decide(login);
        }
        self.time = self.time.saturating_add(started.elapsed());
        let number = rounds.saturating_mul(logins.len());
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        self.number = self.number.saturating_add(number);
    }
}

/// The median of what lies between two readings with nothing between them.
fn cost_of_the_clock() -> Duration {
    let mut costs: Vec<Duration> = (0..READINGS).map(|_| Instant::now().elapsed()).collect();
    costs.sort_unstable();
    costs.get(READINGS / 2).copied().unwrap_or_default()
}
