//! An outcome for reading: the decision, who made it, and what each rule did.

use crate::colour::{Colour, Role};
use crate::escape;
use chrono::SecondsFormat;
use mfa_rules::{
    DecidedBy, Decision, OnError, Outcome, Remember, RuleError, RuleReport, RuleStatus, RuleTrace,
};
use serde_json::Value as Json;
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Characters of a revision that are shown: enough to tell two apart.
const REVISION: usize = "sha256:".len() + 12;

/// Writes an outcome for reading, control characters escaped.
pub fn render(outcome: &Outcome<'_>, colour: Colour) -> String {
    let mut text = String::new();
    // Writing to a `String` does not fail.
    let _ = Page { outcome, colour }.write(&mut text);
    text
}

struct Page<'o> {
    outcome: &'o Outcome<'o>,
    colour: Colour,
}

impl Page<'_> {
    fn write(&self, to: &mut String) -> fmt::Result {
        self.decision(to)?;
        self.decided_by(to)?;
        self.rules(to)?;
        self.errors(to)?;
        self.changes(to)?;
        for trace in self.outcome.traces().unwrap_or_default() {
            self.trace(to, trace)?;
        }
        self.full(to)?;
        self.footer(to)
    }

    fn decision(&self, to: &mut String) -> fmt::Result {
        let outcome = self.outcome;
        match outcome.decision() {
            Decision::NotRequired => {
                let text = "no second factor required";
                writeln!(to, "{}", self.colour.paint(Role::Pass, text))?;
            }
            Decision::Required => {
                let text = "second factor required";
                write!(to, "{}", self.colour.paint(Role::Challenge, text))?;
                if let Some(multifactor) = outcome.multifactor() {
                    let remember = match multifactor.remember_browser() {
                        Remember::Browser => "the browser may be remembered",
                        Remember::Never => "the browser is not remembered",
                    };
                    writeln!(to, ": {}, {remember}", multifactor.provider())?;
                    let json = serde_json::to_value(multifactor).unwrap_or_default();
                    let settings = json.as_object().into_iter().flatten();
                    for (name, value) in settings.skip(2) {
                        writeln!(to, "  {name} = {}", escape::value(value))?;
                    }
                }
            }
            Decision::Denied => {
                write!(to, "{}", self.colour.paint(Role::Refusal, "denied"))?;
                if let Some(denied) = outcome.denied() {
                    writeln!(
                        to,
                        ": {}, {}",
                        denied.error,
                        quoted(&denied.error_description)
                    )?;
                }
            }
        }
        if let Some(redirect) = outcome.redirect() {
            writeln!(to, "redirect to {}", escape::value(redirect))?;
        }
        Ok(())
    }

    fn decided_by(&self, to: &mut String) -> fmt::Result {
        match self.outcome.decided_by() {
            Some(DecidedBy { rule, position, .. }) => {
                write!(to, "decided by {}", escape::text(rule))?;
                if let Some(position) = position {
                    write!(to, ", line {}", position.line)?;
                }
                writeln!(to)
            }
            None => match self.outcome.decision() {
                Decision::NotRequired => writeln!(to, "no rule asked for one"),
                Decision::Required => writeln!(to, "the login came in with this request"),
                Decision::Denied => writeln!(to, "the login could not be read"),
            },
        }
    }

    fn rules(&self, to: &mut String) -> fmt::Result {
        let rules: Vec<(String, RuleReport<'_>)> = self
            .outcome
            .rules()
            .map(|rule| (escape::text(rule.name), rule))
            .collect();
        if !rules.is_empty() {
            writeln!(to)?;
        }
        let width = rules.iter().map(|(name, _)| name.width()).max();
        for (name, rule) in &rules {
            let pad = padding(name, width.unwrap_or_default());
            let (status, role) = status(rule.status);
            write!(to, "  {name}{pad}  ")?;
            match role {
                Some(role) => write!(to, "{}", self.colour.paint(role, status))?,
                None => write!(to, "{status}")?,
            }
            if !rule.effects.is_empty() {
                let pad = padding(status, LONGEST_STATUS);
                let effects = escape::text(&rule.effects.join(", "));
                write!(to, "{pad}  wrote {effects}")?;
            }
            writeln!(to)?;
        }
        Ok(())
    }

    fn errors(&self, to: &mut String) -> fmt::Result {
        for error in self.outcome.errors() {
            let RuleError {
                rule,
                code,
                message,
                line,
                column,
                applied,
                ..
            } = error;
            let heading = format!("error[{code}]");
            let heading = self.colour.paint(Role::Refusal, heading);
            writeln!(to, "\n{heading}: {}", escape::text(message))?;
            if let Some(rule) = rule {
                write!(to, " --> {}", escape::text(rule))?;
                for number in [line, column].into_iter().flatten() {
                    write!(to, ":{number}")?;
                }
                writeln!(to)?;
            }
            let applied = match applied {
                OnError::Deny => "the login is denied",
                OnError::Challenge => "a second factor is required",
            };
            writeln!(to, "therefore {applied}; see `mfa explain {code}`")?;
        }
        Ok(())
    }

    fn changes(&self, to: &mut String) -> fmt::Result {
        let changes = self.outcome.changes();
        if changes.is_empty() {
            return Ok(());
        }
        self.heading(to, "changes")?;
        let changes: Vec<(String, &Json)> = changes
            .iter()
            .map(|(pointer, value)| (escape::text(pointer), value))
            .collect();
        let width = changes.iter().map(|(pointer, _)| pointer.width()).max();
        for (pointer, value) in &changes {
            let pad = padding(pointer, width.unwrap_or_default());
            writeln!(to, "  {pointer}{pad} = {}", escape::value(value))?;
        }
        Ok(())
    }

    fn trace(&self, to: &mut String, trace: &RuleTrace) -> fmt::Result {
        self.heading(to, &format!("trace of {}", escape::text(&trace.name)))?;
        let reads = trace.reads.iter();
        let reads = reads.map(|read| ("read", &read.path, &read.value, read.line));
        let writes = trace.writes.iter();
        let writes = writes.map(|write| ("wrote", &write.path, &write.value, write.line));
        let lines: Vec<(String, String)> = reads
            .chain(writes)
            .map(|(verb, path, value, line)| {
                let left = format!("{verb:<5}  {}", escape::text(path));
                (left, format!("= {}  (line {line})", escape::value(value)))
            })
            .collect();
        let width = lines.iter().map(|(left, _)| left.width()).max();
        for (left, right) in &lines {
            let pad = padding(left, width.unwrap_or_default());
            writeln!(to, "  {left}{pad} {right}")?;
        }
        for line in &trace.printed {
            writeln!(to, "  print  {}", escape::text(line))?;
        }
        if trace.reads.is_empty() && trace.writes.is_empty() && trace.printed.is_empty() {
            writeln!(to, "  it read, wrote and printed nothing")?;
        }
        Ok(())
    }

    fn full(&self, to: &mut String) -> fmt::Result {
        let parts = [
            ("user", self.outcome.user()),
            ("context", self.outcome.context()),
        ];
        for (name, part) in parts {
            let Some(part) = part else {
                continue;
            };
            self.heading(to, &format!("{name}, as the rules left it"))?;
            for line in format!("{part:#}").lines() {
                writeln!(to, "  {}", escape::text(line))?;
            }
        }
        Ok(())
    }

    fn footer(&self, to: &mut String) -> fmt::Result {
        let rule_set = self.outcome.rule_set();
        let revision: String = rule_set.revision().chars().take(REVISION).collect();
        let footer = format!(
            "{}, {revision}, at {}",
            escape::text(rule_set.name()),
            self.outcome
                .now()
                .to_rfc3339_opts(SecondsFormat::AutoSi, true)
        );
        writeln!(to, "\n{}", self.colour.paint(Role::Aside, footer))
    }

    fn heading(&self, to: &mut String, heading: &str) -> fmt::Result {
        writeln!(to, "\n{}", self.colour.paint(Role::Heading, heading))
    }
}

const LONGEST_STATUS: usize = "not applicable".len();

fn status(status: RuleStatus) -> (&'static str, Option<Role>) {
    match status {
        RuleStatus::Ran => ("ran", None),
        RuleStatus::NotApplicable => ("not applicable", Some(Role::Aside)),
        RuleStatus::Failed => ("failed", Some(Role::Refusal)),
        RuleStatus::Denied => ("denied", Some(Role::Refusal)),
        RuleStatus::NotReached => ("not reached", Some(Role::Aside)),
        RuleStatus::Disabled => ("disabled", Some(Role::Aside)),
    }
}

/// The blanks that bring `text` to `width` columns.
fn padding(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escape::text(text))
}
