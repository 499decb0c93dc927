//! A decision that observers are told of.
//!
//! Whatever happens here besides [`RuleSet::decide_values`](crate::RuleSet) happens when the outcome
//! is there, to `&`s of it, and under [`caught`].

use super::Policy;
use super::observer::Decided;
use super::shadow::{Difference, Shadow, ShadowReport};
use crate::caught::caught;
use crate::entrance::LoginSource;
use crate::login::Login;
use crate::observe::Observe;
use crate::outcome::Outcome;
use crate::read_set::ReadSet;
use chrono::{DateTime, Utc};
use std::time::Instant;

/// Why a candidate has no login when reading what it looks at has panicked.
const PANICKED: &str = "what the candidate looks at cannot be read";

impl Policy {
    /// Decides, and tells the observers.
    pub(super) fn decide_watched(&self, login: &impl LoginSource, observe: Observe) -> Outcome<'_> {
        let everything = observe.needs_everything().then(ReadSet::everything);
        let Some(shadow) = self.shadow.as_deref() else {
            let reads = everything.as_ref().unwrap_or(self.rules.read_set());
            let started = Instant::now();
            return login.read(reads, |read| {
                let read = read.map_err(|message| (message, login.time()));
                self.conclude(started, read, None, observe)
            });
        };
        // A login is read once for both. Where only the candidate's part of it cannot be read, the
        // current rule set must not come to know.
        let reads = everything.as_ref().unwrap_or(shadow.reads());
        let started = Instant::now();
        let read_for_both = caught(|| {
            login.read(reads, |read| {
                read.map(|login| self.conclude(started, Ok(login), Some((shadow, None)), observe))
            })
        });
        let unreadable = match read_for_both {
            Ok(Ok(outcome)) => return outcome,
            Ok(Err(message)) => message,
            Err(_) => PANICKED.to_owned(),
        };
        let reads = everything.as_ref().unwrap_or(self.rules.read_set());
        let started = Instant::now();
        login.read(reads, |read| {
            let read = read.map_err(|message| (message, login.time()));
            self.conclude(started, read, Some((shadow, Some(&unreadable))), observe)
        })
    }

    /// Decides about a login that was read, or not, and tells the observers. With the shadow comes
    /// why it has no login, when it has none.
    fn conclude(
        &self,
        started: Instant,
        read: Result<&Login<'_>, (String, DateTime<Utc>)>,
        shadow: Option<(&Shadow, Option<&str>)>,
        observe: Observe,
    ) -> Outcome<'_> {
        let outcome = match &read {
            Ok(login) => self.rules.decide_values(login, observe),
            Err((message, now)) => self.rules.deny_input(message, *now),
        };
        let elapsed = started.elapsed();
        let login = read.ok();
        let report = shadow.and_then(|(shadow, unreadable)| {
            let login = match (unreadable, login) {
                (None, Some(login)) => Ok(login),
                (unreadable, _) => Err(unreadable.unwrap_or(PANICKED)),
            };
            // A panic of a rule is part of the candidate's outcome. This is for any other.
            caught(|| report(shadow, login, &outcome)).ok()
        });
        let decided = Decided {
            outcome: &outcome,
            elapsed,
            login,
            reads: shadow.map_or(self.rules.read_set(), |(shadow, _)| shadow.reads()),
            shadow: report,
        };
        for observer in &self.observers {
            // INVARIANT: the outcome stands. What an observer does with `&` of it cannot change it,
            // and its panic ends here.
            let _ = caught(|| observer.decided(&decided));
        }
        outcome
    }
}

fn report<'d>(
    shadow: &'d Shadow,
    login: Result<&Login<'_>, &str>,
    current: &Outcome<'_>,
) -> ShadowReport<'d> {
    let started = Instant::now();
    let outcome = shadow.decide(login, current);
    let elapsed = started.elapsed();
    let differences = Difference::between(current, &outcome);
    ShadowReport {
        outcome,
        elapsed,
        differences,
    }
}
