//! The facts that a rule asks for, which must be known before it runs.

use super::translate::Translator;
use crate::codes::Code;
use crate::host::HostFunction;
use crate::source::Position;
use crate::tree::{Expression, ExpressionKind, FactName};

impl Translator<'_> {
    /// Takes note of the argument of `fact`, and refuses what is no text that is written out.
    ///
    /// INVARIANT: a rule that compiles asks for no fact that is not among [`Translator::facts`].
    pub(super) fn fact(&mut self, name: &Expression) {
        let position = name.position;
        match &name.kind {
            ExpressionKind::Text(text) if !text.trim().is_empty() => {
                let span = self.text.token(position);
                let name = text.clone();
                self.facts.push(FactName { name, span });
            }
            ExpressionKind::Text(_) => self.error(
                Code::UnknownFact,
                "the name of a fact may not be empty".to_owned(),
                position,
                Some("name the fact: `fact(\"risk_score\")`".to_owned()),
            ),
            _ => self.error(
                Code::UnknownFact,
                "the name of a fact must be a text that is written out".to_owned(),
                position,
                Some(
                    "write it between the parentheses, as in `fact(\"risk_score\")`: what a rule asks for is fetched before it runs"
                        .to_owned(),
                ),
            ),
        }
    }

    /// Refuses `"name".fact()`, whose name would not be looked at.
    pub(super) fn refuse_fact_as_method(&mut self, function: &HostFunction, position: Position) {
        if function.name == "fact" {
            self.unsupported("`fact` as a method", position, "write `fact(\"NAME\")`");
        }
    }
}

/// The names in the order of the text, each place once: a closure may be translated several times.
pub(super) fn in_order(mut facts: Vec<FactName>) -> Vec<FactName> {
    facts.sort_by_key(|fact| fact.span.start);
    facts.dedup();
    facts
}
