//! An outcome for reading: the decision, who made it, and what each rule did.

use crate::colour::{Colour, Role};
use crate::escape;
use chrono::SecondsFormat;
use mfa_rules::{
    Code, DecidedBy, Decision, OnError, Outcome, Remember, RuleReport, RuleStatus, RuleTrace,
};
use serde_json::Value as Json;
use std::fmt::{self, Write};
use unicode_width::UnicodeWidthStr;

/// Characters of a revision that are shown: enough to tell two apart.
const REVISION: usize = "sha256:".len() + 12;

/// What the engine cannot say of a fact that is missing.
const HOW_TO_GIVE_FACTS: &str = "give it with `--facts FILE`, a JSON object with each fact under \
     its name; `null` there says that there is none";

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
                Decision::Denied if self.outcome.input_error().is_some() => {
                    writeln!(to, "the login could not be read")
                }
                Decision::Denied => Ok(()),
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
        let mut diagnostics = self.outcome.diagnostics().into_iter();
        for error in self.outcome.errors() {
            let diagnostic = error.rule.is_some().then(|| diagnostics.next()).flatten();
            if let Some(mut diagnostic) = diagnostic {
                if error.code == Code::MissingFact {
                    diagnostic.help = Some(HOW_TO_GIVE_FACTS.to_owned());
                }
                writeln!(to, "\n{}", diagnostic.display(self.colour.style()))?;
            } else {
                let heading = format!("error[{}]", error.code);
                let heading = self.colour.paint(Role::Refusal, heading);
                writeln!(to, "\n{heading}: {}", escape::text(&error.message))?;
            }
            let applied = match error.applied {
                OnError::Deny => "the login is denied",
                OnError::Challenge => "a second factor is required",
            };
            writeln!(to, "therefore {applied}; see `mfa explain {}`", error.code)?;
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
        let footer = format!(
            "{}, {}, at {}",
            escape::text(rule_set.name()),
            short_revision(rule_set.revision()),
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

/// Enough of a revision to tell it from others.
pub(crate) fn short_revision(revision: &str) -> String {
    revision.chars().take(REVISION).collect()
}

/// The blanks that bring `text` to `width` columns.
pub(crate) fn padding(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escape::text(text))
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::colour::Colour;
    use chrono::DateTime;
    use mfa_rules::{Login, Observe, RuleSet, Secret};
    use serde_json::{Value as Json, json};

    /// The outcome of one rule, without the rule set's revision.
    fn check(rule: &str, context: &Json, observe: Observe, colour: Colour, expected: &str) {
        let rule_set = RuleSet::builder()
            .name("acme")
            .rule(("demo", rule))
            .secret("SKEY", Secret::new("the secret key".to_owned()))
            .compile()
            .unwrap();
        let login = Login::new(DateTime::UNIX_EPOCH).context(context);
        let outcome = rule_set.decide_observed(&login, observe);
        let revision = rule_set.revision().chars().take(super::REVISION);
        let text = render(&outcome, colour).replace(&revision.collect::<String>(), "REVISION");
        assert_eq!(text, expected);
    }

    #[test]
    fn the_settings_of_a_second_factor_are_shown_and_its_secrets_are_not() {
        check(
            r#"context.multifactor = #{ provider: "duo", host: "h", skey: configuration.SKEY };"#,
            &json!({}),
            Observe::decision().and_trace(),
            Colour::Plain,
            r#"second factor required: duo, the browser may be remembered
  skey = "***"
  host = "h"
decided by demo, line 1

  demo  ran             wrote multifactor

trace of demo
  read   configuration.SKEY  = "***"  (line 1)
  wrote  context.multifactor = {"host":"h","provider":"duo","skey":"***"}  (line 1)

acme, REVISION, at 1970-01-01T00:00:00Z
"#,
        );
    }

    #[test]
    fn a_second_factor_that_came_in_was_decided_by_no_rule() {
        check(
            "return;",
            &json!({ "multifactor": { "provider": "any" } }),
            Observe::decision().and_trace(),
            Colour::Plain,
            "second factor required: any, the browser may be remembered
the login came in with this request

  demo  ran

trace of demo
  it read, wrote and printed nothing

acme, REVISION, at 1970-01-01T00:00:00Z
",
        );
    }

    #[test]
    fn a_redirect_is_shown() {
        check(
            r#"context.redirect = #{ url: "https://acme.example/terms" };"#,
            &json!({}),
            Observe::decision(),
            Colour::Plain,
            r#"no second factor required
redirect to {"url":"https://acme.example/terms"}
no rule asked for one

  demo  ran             wrote redirect

acme, REVISION, at 1970-01-01T00:00:00Z
"#,
        );
    }

    #[test]
    fn what_a_rule_writes_cannot_act_on_the_terminal() {
        check(
            r#"print("\x1b[2J"); deny("a\nb\x1b[31m");"#,
            &json!({}),
            Observe::decision().and_trace(),
            Colour::Plain,
            r#"denied: unauthorized, "a\nb\u{1b}[31m"
decided by demo, line 1

  demo  denied

trace of demo
  print  \u{1b}[2J

acme, REVISION, at 1970-01-01T00:00:00Z
"#,
        );
    }

    #[test]
    fn decision_and_statuses_are_coloured_on_a_terminal() {
        check(
            "let count = context.missing.count;",
            &json!({}),
            Observe::decision(),
            Colour::Ansi,
            "\x1b[1;31mdenied\x1b[0m: access_denied, \"the login could not be evaluated\"
decided by demo, line 1

  demo  \x1b[1;31mfailed\x1b[0m

\x1b[1;31merror[missing-property]\x1b[0m\x1b[1m: `()` has no property `count`: what is before the `.` is missing, which `?.` would allow\x1b[0m
 \x1b[1;34m-->\x1b[0m demo:1:29
  \x1b[1;34m|\x1b[0m
\x1b[1;34m1 |\x1b[0m let count = context.missing.count;
  \x1b[1;34m|\x1b[0m                             \x1b[1;31m^^^^^\x1b[0m
therefore the login is denied; see `mfa explain missing-property`

\x1b[2macme, REVISION, at 1970-01-01T00:00:00Z\x1b[0m
",
        );
    }
}
