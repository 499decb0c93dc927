//! What logins cost in operations and memory, which is the same in each run.

use super::latencies::PerMille;
use mfa_rules::{Decision, Outcome, RuleCost, RuleSet};
use serde::Serialize;
use std::cmp::Reverse;

/// How many of the most expensive logins are named.
const NAMED: usize = 5;

/// What logins came to and cost.
pub(super) struct Costs<'r> {
    rule_set: &'r RuleSet,
    pub(super) decisions: Decisions,
    logins: Vec<LoginCost>,
    /// By the index of the rule.
    pub(super) rules: Vec<RuleCosts>,
    operations: Most,
    memory: Most,
}

/// How many logins came to which decision.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Decisions {
    pub(super) not_required: u64,
    pub(super) required: u64,
    pub(super) denied: u64,
    /// Logins of these in which a rule failed.
    pub(super) with_failures: u64,
}

/// What a login cost, all its rules together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct LoginCost {
    pub(super) line: u64,
    pub(super) operations: u64,
    #[serde(rename = "memory_bytes")]
    pub(super) memory: u64,
}

/// What a rule cost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RuleCosts {
    /// How many logins it ran for.
    pub(super) runs: u64,
    /// Of all these runs.
    pub(super) operations: u64,
    pub(super) most_operations: u64,
    pub(super) most_memory: u64,
}

/// What one rule spent for one login, the most of all.
#[derive(Debug, Clone, Copy, Default)]
struct Most {
    amount: u64,
    /// The index of the rule, and the line; `None` before anything was spent.
    place: Option<(usize, u64)>,
}

/// How the logins are spread over what they cost, and how near to the limit the worst one is.
#[derive(Debug, Serialize)]
pub(super) struct Spread {
    pub(super) p50: u64,
    pub(super) p90: u64,
    pub(super) p99: u64,
    pub(super) max: u64,
    /// What one rule may spend for one login.
    pub(super) limit: u64,
    pub(super) nearest: Option<Nearest>,
}

/// The rule and the login that came nearest to a limit.
#[derive(Debug, Serialize)]
pub(super) struct Nearest {
    pub(super) line: u64,
    pub(super) rule: String,
    pub(super) amount: u64,
    /// The part of the limit, up to 1 unless it was reached.
    pub(super) share: f64,
}

impl<'r> Costs<'r> {
    pub(super) fn new(rule_set: &'r RuleSet) -> Self {
        Self {
            rule_set,
            decisions: Decisions::default(),
            logins: Vec::new(),
            rules: vec![RuleCosts::default(); rule_set.rule_names().len()],
            operations: Most::default(),
            memory: Most::default(),
        }
    }

    /// Takes in what the login of a line came to, of which the costs were kept.
    pub(super) fn take_in(&mut self, line: u64, outcome: &Outcome<'_>) {
        self.decisions.take_in(outcome);
        let mut login = LoginCost {
            line,
            operations: 0,
            memory: 0,
        };
        for (index, cost) in by_rule(self.rule_set, outcome) {
            let memory = wide(cost.memory);
            login.operations = login.operations.saturating_add(cost.operations);
            login.memory = login.memory.saturating_add(memory);
            self.operations.take_in(cost.operations, (index, line));
            self.memory.take_in(memory, (index, line));
            if let Some(rule) = self.rules.get_mut(index) {
                rule.take_in(cost.operations, memory);
            }
        }
        self.logins.push(login);
    }

    /// The operations of the logins.
    pub(super) fn operations(&self) -> Spread {
        let amounts = self.logins.iter().map(|login| login.operations);
        let limit = self.rule_set.limits().operations;
        self.spread(amounts.collect(), limit, self.operations)
    }

    /// The memory of the logins, in bytes.
    pub(super) fn memory(&self) -> Spread {
        let amounts = self.logins.iter().map(|login| login.memory);
        let limit = wide(self.rule_set.limits().memory);
        self.spread(amounts.collect(), limit, self.memory)
    }

    fn spread(&self, mut amounts: Vec<u64>, limit: u64, most: Most) -> Spread {
        amounts.sort_unstable();
        let part = |part: PerMille| part.of(&amounts).unwrap_or(0);
        let nearest = most.place.and_then(|(rule, line)| {
            Some(Nearest {
                line,
                rule: self.rule_set.rule_names().nth(rule)?.to_owned(),
                amount: most.amount,
                share: rounded(ratio(most.amount, limit), 1e6),
            })
        });
        Spread {
            p50: part(PerMille::P50),
            p90: part(PerMille::P90),
            p99: part(PerMille::P99),
            max: part(PerMille::ALL),
            limit,
            nearest,
        }
    }

    /// The logins that cost most, by operations, then by memory.
    pub(super) fn most_expensive(&self) -> Vec<LoginCost> {
        let mut logins = self.logins.clone();
        logins.sort_by_key(|login| (Reverse(login.operations), Reverse(login.memory), login.line));
        logins.truncate(NAMED);
        logins
    }
}

/// The costs of an outcome, each with the index of its rule.
pub(super) fn by_rule<'o>(
    rule_set: &'o RuleSet,
    outcome: &'o Outcome<'_>,
) -> impl Iterator<Item = (usize, RuleCost<'o>)> {
    let mut names = rule_set.rule_names().enumerate();
    outcome.costs().filter_map(move |cost| {
        let (index, _) = names.find(|(_, name)| *name == cost.rule)?;
        Some((index, cost))
    })
}

impl Decisions {
    fn take_in(&mut self, outcome: &Outcome<'_>) {
        let count = match outcome.decision() {
            Decision::NotRequired => &mut self.not_required,
            Decision::Required => &mut self.required,
            Decision::Denied => &mut self.denied,
        };
        *count = count.saturating_add(1);
        let has_failed = !outcome.errors().is_empty();
        self.with_failures = self.with_failures.saturating_add(has_failed.into());
    }

    /// How many logins there were.
    pub(super) fn all(&self) -> u64 {
        self.not_required
            .saturating_add(self.required)
            .saturating_add(self.denied)
    }
}

impl RuleCosts {
    fn take_in(&mut self, operations: u64, memory: u64) {
        self.runs = self.runs.saturating_add(1);
        self.operations = self.operations.saturating_add(operations);
        self.most_operations = self.most_operations.max(operations);
        self.most_memory = self.most_memory.max(memory);
    }
}

impl Most {
    fn take_in(&mut self, amount: u64, place: (usize, u64)) {
        if self.place.is_none() || amount > self.amount {
            *self = Self {
                amount,
                place: Some(place),
            };
        }
    }
}

fn wide(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

/// `part` as a share of `whole`; 0 when there is no whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is shown of a share has fewer digits"
)]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

/// The number without the digits that mean nothing.
pub(super) fn rounded(number: f64, precision: f64) -> f64 {
    (number * precision).round() / precision
}

#[cfg(test)]
mod tests {
    use super::{Costs, LoginCost};
    use chrono::DateTime;
    use mfa_rules::{Limits, Login, Observe, RuleSet};
    use serde_json::json;

    #[test]
    fn costs_are_those_of_each_login_and_rule() {
        let rules = RuleSet::builder()
            .rule(("idle", "return;"))
            .rule((
                "loops",
                "for i in range(0, context.n) { context.idToken = #{ i: i }; }",
            ))
            .rule(("denies", r#"if context.n > 5 { deny("many"); }"#))
            .rule(("last", r#"if context.n > 2 { require_mfa("any"); }"#))
            .limits(Limits::DEFAULT.with_operations(200))
            .compile()
            .unwrap();
        let mut costs = Costs::new(&rules);
        let mut expected = Vec::new();
        for (line, n) in [(1, 0), (2, 3), (4, 9), (5, 1), (6, 3), (7, 1_000), (8, 0)] {
            let context = json!({ "n": n });
            let login = Login::new(DateTime::UNIX_EPOCH).context(&context);
            let outcome = rules.decide_observed(&login, Observe::decision().and_costs());
            let operations = outcome.costs().map(|cost| cost.operations).sum();
            let memory = outcome.costs().map(|cost| cost.memory).sum::<usize>();
            expected.push(LoginCost {
                line,
                operations,
                memory: memory.try_into().unwrap(),
            });
            costs.take_in(line, &outcome);
        }
        let decisions = &costs.decisions;
        assert_eq!(
            (decisions.not_required, decisions.required, decisions.denied),
            (3, 2, 2)
        );
        assert_eq!((decisions.with_failures, decisions.all()), (1, 7));
        let runs: Vec<u64> = costs.rules.iter().map(|rule| rule.runs).collect();
        assert_eq!(runs, [7, 7, 6, 5]);
        let lines: Vec<u64> = costs
            .most_expensive()
            .iter()
            .map(|login| login.line)
            .collect();
        // The one that reached the limit, then by what there is to do, then by the line.
        assert_eq!(lines, [7, 4, 2, 6, 5]);
        assert_eq!(costs.most_expensive()[1], expected[2]);
        let operations = costs.operations();
        assert_eq!(operations.max, expected[5].operations);
        // The middle one of 0, 0, 1, 3, 3, 9 and 1000.
        assert_eq!(operations.p50, expected[1].operations);
        assert_eq!(operations.limit, 200);
        let nearest = operations.nearest.unwrap();
        assert_eq!((nearest.line, &*nearest.rule), (7, "loops"));
        assert!(nearest.share > 1.0 && nearest.share < 1.1);
        let memory = costs.memory();
        assert_eq!(memory.max, expected[5].memory);
        assert_eq!(memory.nearest.unwrap().rule, "loops");
    }
}
