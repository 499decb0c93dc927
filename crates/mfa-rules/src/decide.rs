//! The decision: the rules of a set, one after the other, and what their results come to.

use crate::caught::caught;
use crate::codes::Code;
use crate::entrance::LoginSource;
use crate::eval::{self, Effects, End, Quickly, Recorder, Rest, Session};
use crate::failure::{Denied, Failure};
use crate::host::outcome::shortened;
use crate::limits::Limits;
use crate::login::Login;
use crate::meter::{Meter, Spent, Stopwatch};
use crate::multifactor::Multifactor;
use crate::observe::Observe;
use crate::outcome::{Denial, DenialError, OnError, Outcome, Report, RuleError, RuleStatus};
use crate::read_set::ReadSet;
use crate::rule_set::{Rule, RuleBody, RuleSet};
use crate::secret::MASK;
use crate::source::Position;
use crate::value::Value;
use chrono::{DateTime, Utc};
use serde_json::Value as Json;

mod applies;
mod changes;
mod reads;

pub use reads::RuleReads;
pub(crate) use reads::reads_of;

impl RuleSet {
    /// Decides about a login.
    ///
    /// It is total: whatever is wrong with the login or goes wrong in a rule becomes part of the
    /// outcome, and none of it a decision that no second factor is needed. The same login always
    /// gives the same outcome, unless a deadline is reached.
    ///
    /// ```
    /// use mfa_rules::{Decision, Login, RuleSet};
    /// use serde_json::json;
    ///
    /// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
    /// let context = json!({ "clientID": "app-1" });
    /// let login = Login::new("2026-01-05T09:00:00Z".parse()?).context(&context);
    /// assert_eq!(rules.decide(&login).decision(), Decision::Required);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide(&self, login: &impl LoginSource) -> Outcome<'_> {
        self.decide_observed(login, Observe::decision())
    }

    /// Decides about a login, and keeps what `observe` asks for.
    ///
    /// What is observed never changes the decision.
    pub fn decide_observed(&self, login: &impl LoginSource, observe: Observe) -> Outcome<'_> {
        let everything;
        let reads = if observe.needs_everything() {
            everything = ReadSet::everything();
            &everything
        } else {
            &self.reads
        };
        login.read(reads, |read| match read {
            Ok(login) => self.decide_values(login, observe),
            Err(message) => self.deny_input(&message, login.time()),
        })
    }

    pub(crate) fn decide_values<'r>(&'r self, login: &Login<'_>, observe: Observe) -> Outcome<'r> {
        let incoming = match login.check_input() {
            Ok(incoming) => incoming,
            Err(message) => return self.deny_input(&message, login.now),
        };
        let mut outcome = Outcome::new(self, login.now);
        outcome.multifactor = incoming;
        let mut run = Run {
            rule_set: self,
            session: Session::new(self, login),
            outcome: &mut outcome,
            floor: None,
        };
        if observe.traces() {
            run.outcome.details_mut().traces = Some(Vec::new());
        }
        let index = self.index.as_deref().filter(|_| !observe.looks_at_rules());
        match index.and_then(|index| index.candidates(login.context)) {
            Some(candidates) => run.rules(candidates, observe),
            None => run.rules(0..self.rules.len(), observe),
        }
        run.finish(login, observe);
        outcome
    }

    /// The outcome for a login that the caller could not read: denied, with [`Code::Input`].
    pub fn deny_input<'r>(&'r self, message: &str, now: DateTime<Utc>) -> Outcome<'r> {
        Outcome::input_denied(self, message, now)
    }
}

/// A decision that is under way. `'r` is the rule set, `'a` the shorter of it and the login.
struct Run<'r, 'a, 'o> {
    rule_set: &'r RuleSet,
    session: Session<'a>,
    /// What it comes to so far.
    outcome: &'o mut Outcome<'r>,
    /// The rule, by index, whose failure asks for a second factor whatever other rules say.
    floor: Option<usize>,
}

impl<'a, 'r: 'a> Run<'r, 'a, '_> {
    /// Runs these rules, until one of them denies.
    fn rules(&mut self, indices: impl Iterator<Item = usize>, observe: Observe) {
        for index in indices {
            let Some(rule) = self.rule_set.rules.get(index) else {
                continue;
            };
            if !rule.enabled {
                continue;
            }
            if !rule.applies_to.is_everything() {
                let context = self.session.context_but_multifactor();
                if !rule.applies_to.matches(context) {
                    continue;
                }
                self.outcome.applied.push(index);
            }
            self.rule(index, rule, observe);
            if self.outcome.denied().is_some() {
                self.outcome.reached = index.saturating_add(1);
                return;
            }
        }
        self.outcome.reached = self.rule_set.rules.len();
    }

    /// Runs one rule and takes its result in.
    fn rule(&mut self, index: usize, rule: &'r Rule, observe: Observe) {
        let started = observe.keeps_costs().then(Stopwatch::start);
        let mut rest = None;
        let mut meter = Meter::new(self.rule_set.limits);
        if !observe.traces()
            && let RuleBody::Script(compiled) = &rule.body
            && !compiled.script.steps.is_empty()
        {
            let session = &self.session;
            // Whatever it is that does not work, the tree shows it.
            if let Ok(Some(quickly)) =
                caught(|| eval::run_quickly(&compiled.script, session, &mut meter))
            {
                if quickly.rest.is_none() {
                    self.keep_cost(index, quickly.spent, started);
                    if quickly.has_effects() {
                        self.take_in_quickly(index, rule, quickly);
                    }
                    return;
                }
                rest = quickly.rest;
            } else {
                meter.begin_again();
            }
        }
        self.rule_through_the_tree(index, rule, (rest, meter), observe, started);
    }

    #[inline(never)]
    fn take_in_quickly(&mut self, index: usize, rule: &'r Rule, quickly: Quickly<'a>) {
        let effects = match quickly.asked {
            Some(ask) => self.session.ask(ask),
            None => Effects::default(),
        };
        match (quickly.denied, quickly.thrown) {
            (Some(denied), _) => self.deny_by(index, rule, *denied, &effects),
            (None, Some(thrown)) => {
                let (value, position) = *thrown;
                let text = value.as_text().unwrap_or_default();
                self.deny_by_text(index, rule, text, position, &effects);
            }
            (None, None) => {
                if let Some(ask) = quickly.asked {
                    self.take_in(index, &effects, ask.asked.clone());
                }
            }
        }
    }

    #[inline(never)]
    fn rule_through_the_tree(
        &mut self,
        index: usize,
        rule: &'r Rule,
        (rest, meter): (Option<Box<Rest<'a>>>, Meter),
        observe: Observe,
        started: Option<Stopwatch>,
    ) {
        let before = self.session.state();
        let mut recorder = observe.traces().then(|| Recorder::new(&rule.name, observe));
        let limits = &self.rule_set.limits;
        // A panic in a host function is a failure of the rule.
        let mut spent = Spent::default();
        let ran = caught(|| {
            let (end, effects, all) =
                eval::run(rule, rest, &mut self.session, meter, recorder.as_mut());
            spent = all;
            let asked = self.asked_for(&end, &effects, limits);
            (end, effects, asked)
        });
        self.keep_cost(index, spent, started);
        if let Some(recorder) = recorder {
            let traces = &mut self.outcome.details_mut().traces;
            traces.get_or_insert_default().push(recorder.finish());
        }
        let place = self.session.position.get();
        let failure = match ran {
            Err(_) => Failure::uncatchable(Code::Panic, "a host function panicked").at(place),
            Ok((End::Failed(failure), ..)) => *failure,
            Ok((_, _, Err(failure))) => failure,
            Ok((End::Done, effects, Ok(asked))) => {
                self.take_in(index, &effects, asked);
                return;
            }
            Ok((End::Denied(denied), effects, _)) => {
                self.deny_by(index, rule, *denied, &effects);
                return;
            }
            Ok((End::Thrown(thrown), effects, _)) => match thrown.value {
                Value::Text(text) => {
                    self.deny_by_text(index, rule, text.as_str(), thrown.position, &effects);
                    return;
                }
                value => Failure::new(
                    Code::Thrown,
                    format!(
                        "the rule threw {}; only a text denies the login",
                        crate::host::arguments::with_article(&value)
                    ),
                )
                .at(thrown.position),
            },
        };
        self.session.restore(before);
        self.fail(index, rule, failure);
    }

    #[inline]
    fn keep_cost(&mut self, index: usize, spent: Spent, started: Option<Stopwatch>) {
        if let Some(started) = started {
            let costs = &mut self.outcome.details_mut().costs;
            let costs = costs.get_or_insert_default();
            costs.push((index, spent, started.elapsed()));
        }
    }

    /// What the rule asked for, when it wrote `context.multifactor`.
    fn asked_for(
        &self,
        end: &End<'_>,
        effects: &Effects,
        limits: &Limits,
    ) -> Result<Option<Multifactor>, Failure> {
        let (End::Done, Some(position)) = (end, effects.multifactor_at) else {
            return Ok(None);
        };
        if let Some(ask) = self.session.asked() {
            return Ok(ask.asked.clone());
        }
        let value = self
            .session
            .context_but_multifactor()
            .as_map()
            .and_then(|context| context.get("multifactor"))
            .unwrap_or_default();
        Multifactor::from_value(&value, &mut Meter::new(*limits))
            .map_err(|failure| failure.at(position))
    }

    fn take_in(&mut self, index: usize, effects: &Effects, asked: Option<Multifactor>) {
        if effects.multifactor_at.is_some() {
            self.outcome.multifactor = asked;
            // The floor holds: taking a request back does not decide anything then.
            if self.outcome.multifactor.is_some() || self.floor.is_none() {
                let position = effects.multifactor_at.and_then(Position::known);
                self.outcome.decided = Some((index, position));
            }
        }
        if !effects.keys.is_empty() {
            self.report(index, RuleStatus::Ran, effects);
        }
    }

    fn deny_by(&mut self, index: usize, rule: &Rule, denied: Denied, effects: &Effects) {
        self.deny(index, rule, denied.error, denied.description, effects);
        self.outcome.decided = Some((index, denied.position));
    }

    /// An uncaught `throw` of a text is Auth0's plain `Error`.
    fn deny_by_text(
        &mut self,
        index: usize,
        rule: &Rule,
        text: &str,
        position: Position,
        effects: &Effects,
    ) {
        let error = DenialError::AccessDenied;
        self.deny(index, rule, error, shortened(text), effects);
        self.outcome.decided = Some((index, Some(position)));
    }

    fn deny(
        &mut self,
        index: usize,
        rule: &Rule,
        error: DenialError,
        error_description: String,
        effects: &Effects,
    ) {
        self.outcome.details_mut().denied = Some(Denial {
            error,
            error_description,
            rule: Some(rule.name.clone()),
        });
        self.report(index, RuleStatus::Denied, effects);
    }

    fn fail(&mut self, index: usize, rule: &Rule, failure: Failure) {
        let position = failure.position.and_then(Position::known);
        self.outcome.decided = Some((index, position));
        self.outcome.details_mut().errors.push(RuleError {
            rule: Some(rule.name.clone()),
            code: failure.code,
            message: failure.message,
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            applied: rule.on_error,
        });
        self.report(index, RuleStatus::Failed, &Effects::default());
        match rule.on_error {
            OnError::Deny => {
                let denial = Denial::of_failure(Some(rule.name.clone()));
                self.outcome.details_mut().denied = Some(denial);
            }
            OnError::Challenge => self.floor = Some(index),
        }
    }

    fn report(&mut self, rule: usize, status: RuleStatus, effects: &Effects) {
        self.outcome.reports.push(Report {
            rule,
            status,
            effects: effects.keys.clone(),
        });
    }

    fn finish(mut self, login: &Login<'a>, observe: Observe) {
        if self.floor.is_some() {
            let asked = self.outcome.multifactor.take();
            let floor = asked.map_or(Multifactor::FLOOR, Multifactor::without_remembering);
            self.outcome.multifactor = Some(floor);
        }
        let written = self
            .outcome
            .reports
            .iter()
            .any(|report| !report.effects.is_empty());
        if written {
            let changes = changes::changes(&self.session, login);
            if !changes.is_empty() {
                self.outcome.details_mut().changes = changes;
            }
            if let Some(redirect) = changes::redirect(&self.session) {
                self.outcome.details_mut().redirect = Some(redirect);
            }
        }
        if observe.is_full() {
            self.outcome.details_mut().full = Some((
                changes::whole(&self.session.user),
                changes::whole(self.session.context()),
            ));
        }
    }
}
