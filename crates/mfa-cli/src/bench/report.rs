//! What was measured, for programs and to be shown.

use super::costs::{Costs, Decisions, LoginCost, RuleCosts, Spread, ratio, rounded};
use super::latencies::PerMille;
use super::logins::Unreadable;
use super::timing::{EntranceTiming, Timing};
use mfa_rules::{LANGUAGE_VERSION, RuleSet};
use serde::Serialize;
use std::time::Duration;

/// The version of the JSON that is written.
const FORMAT_VERSION: u32 = 1;

/// What was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    version: u32,
    pub(super) rule_set: RuleSetId,
    /// How many logins were measured.
    pub(super) logins: u64,
    /// Lines that are left out.
    pub(super) unreadable: Vec<Unreadable>,
    /// How many logins are records with masked values.
    pub(super) masked: u64,
    pub(super) decisions: Decisions,
    pub(super) seconds: f64,
    /// What reading the clock costs.
    pub(super) clock_ns: u64,
    pub(super) values: Entrance,
    pub(super) json_text: Entrance,
    /// In the order of the set.
    pub(super) rules: Vec<Rule>,
    pub(super) operations: Spread,
    pub(super) memory_bytes: Spread,
    pub(super) most_expensive: Vec<LoginCost>,
}

#[derive(Debug, Serialize)]
pub(super) struct RuleSetId {
    pub(super) name: String,
    pub(super) revision: String,
    language: u32,
}

/// How long decisions about logins in one form take.
#[derive(Debug, Serialize)]
pub(super) struct Entrance {
    /// How many decisions were timed one by one.
    pub(super) decisions: u64,
    pub(super) latency_ns: Latency,
    /// Of decisions one after the other, without reading the clock in between.
    pub(super) mean_ns: f64,
    pub(super) per_second: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Latency {
    pub(super) p50: u64,
    pub(super) p90: u64,
    pub(super) p99: u64,
    pub(super) p99_9: u64,
    pub(super) max: u64,
}

/// What a rule takes.
#[derive(Debug, Serialize)]
pub(super) struct Rule {
    pub(super) name: String,
    /// How many logins it ran for.
    pub(super) runs: u64,
    /// Its part of the time that all rules take.
    pub(super) share: f64,
    /// Of a run of it; 0 when there was none.
    pub(super) mean_ns: f64,
    pub(super) mean_operations: f64,
    pub(super) max_operations: u64,
    pub(super) max_memory_bytes: u64,
}

impl Report {
    pub(super) fn new(
        rule_set: &RuleSet,
        unreadable: Vec<Unreadable>,
        masked: u64,
        costs: &Costs<'_>,
        timing: &Timing,
    ) -> Self {
        let all: Duration = timing.rules.iter().sum();
        let times = timing.rules.iter().zip(&timing.runs);
        let rules = rule_set.rule_names().zip(&costs.rules).zip(times);
        Self {
            version: FORMAT_VERSION,
            rule_set: RuleSetId {
                name: rule_set.name().to_owned(),
                revision: rule_set.revision().to_owned(),
                language: LANGUAGE_VERSION,
            },
            logins: costs.decisions.all(),
            unreadable,
            masked,
            decisions: costs.decisions.clone(),
            seconds: rounded(timing.elapsed.as_secs_f64(), 1000.0),
            clock_ns: nanoseconds(timing.clock),
            values: Entrance::new(&timing.values),
            json_text: Entrance::new(&timing.texts),
            rules: rules
                .map(|((name, costs), (time, runs))| Rule::new(name, *costs, *time, *runs, all))
                .collect(),
            operations: costs.operations(),
            memory_bytes: costs.memory(),
            most_expensive: costs.most_expensive(),
        }
    }
}

impl Entrance {
    fn new(timing: &EntranceTiming) -> Self {
        let parts = [
            PerMille::P50,
            PerMille::P90,
            PerMille::P99,
            PerMille::P99_9,
            PerMille::ALL,
        ];
        let [p50, p90, p99, p99_9, max] = timing.latencies.percentiles(parts);
        let mean = ratio(nanoseconds(timing.time), timing.number);
        Self {
            decisions: timing.latencies.number(),
            latency_ns: Latency {
                p50,
                p90,
                p99,
                p99_9,
                max,
            },
            mean_ns: rounded(mean, 10.0),
            per_second: per_second(timing.number, timing.time),
        }
    }
}

impl Rule {
    fn new(name: &str, costs: RuleCosts, time: Duration, runs: u64, all: Duration) -> Self {
        Self {
            name: name.to_owned(),
            runs: costs.runs,
            share: rounded(ratio(nanoseconds(time), nanoseconds(all)), 10_000.0),
            mean_ns: rounded(ratio(nanoseconds(time), runs), 10.0),
            mean_operations: rounded(ratio(costs.operations, costs.runs), 10.0),
            max_operations: costs.most_operations,
            max_memory_bytes: costs.most_memory,
        }
    }
}

fn per_second(number: u64, time: Duration) -> u64 {
    let second = Duration::from_secs(1).as_nanos();
    let per_second = u128::from(number)
        .saturating_mul(second)
        .checked_div(time.as_nanos());
    u64::try_from(per_second.unwrap_or(0)).unwrap_or(u64::MAX)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
