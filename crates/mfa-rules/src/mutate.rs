//! Mutants: rules with one small change each, by which one sees whether cases would notice it.
//!
//! A change is made in the rule tree, so every mutant is a rule that compiles.

use crate::compile::CompiledRule;
use crate::operators::symbol;
use crate::plan;
use crate::rule_set::{RuleBody, RuleSet};
use crate::source::Position;
use crate::tree::{
    BinaryOperator, Block, Callee, CasePattern, Chain, Expression, ExpressionKind, If, Literal,
    Place, Script, Statement, StatementKind, Step, StepKind, Switch,
};
use serde::Serialize;
use std::fmt::Write;
use std::sync::Arc;

/// A small change in one rule of a set. See [`RuleSet::mutations`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Mutation {
    /// The name of the rule.
    pub rule: String,
    /// Where the change is.
    #[serde(flatten)]
    pub position: Position,
    /// What is changed: "`==` is negated".
    pub change: String,
    /// The index of the rule in its set, and that of the change in the rule.
    #[serde(skip)]
    index: (usize, usize),
}

impl RuleSet {
    /// The small changes that can be made in the enabled rules, in the order of the rules and of
    /// their texts: each condition dropped or negated, each bound let in or left out, each constant
    /// changed.
    ///
    /// Cases that pass for the set and for a [mutant](Self::mutant) of it do not test what was
    /// changed.
    ///
    /// ```
    /// use mfa_rules::RuleSet;
    ///
    /// let rules = RuleSet::from_source("always", r#"require_mfa("any");"#)?;
    /// let mutations = rules.mutations();
    /// assert_eq!(mutations[0].change, r#""any" becomes "any~""#);
    /// # Ok::<(), mfa_rules::CompileError>(())
    /// ```
    pub fn mutations(&self) -> Vec<Mutation> {
        let rules = self.rules.iter().enumerate();
        let enabled = rules.filter(|(_, rule)| rule.enabled);
        // Rules in Rust are not changed.
        let scripts = enabled.filter_map(|(index, rule)| Some((index, rule, rule.script()?)));
        scripts
            .flat_map(|(rule_index, rule, compiled)| {
                let changes = changes(&compiled.script).into_iter().enumerate();
                changes.map(move |(index, change)| Mutation {
                    rule: rule.name.clone(),
                    position: change.position,
                    change: change.about,
                    index: (rule_index, index),
                })
            })
            .collect()
    }

    /// The set with one small change. Its revision and its read set are those of this set.
    #[must_use]
    pub fn mutant(&self, mutation: &Mutation) -> Self {
        let (rule_index, change) = mutation.index;
        let rules = self.rules.iter().enumerate().map(|(index, rule)| {
            let mut rule = rule.clone();
            if index == rule_index
                && let RuleBody::Script(compiled) = &rule.body
            {
                rule.body = RuleBody::Script(Arc::new(CompiledRule {
                    source: compiled.source.clone(),
                    script: mutant(&compiled.script, change),
                    reads: compiled.reads.clone(),
                }));
            }
            rule
        });
        Self {
            rules: rules.collect(),
            // It is by the rules as they were.
            index: None,
            ..self.clone()
        }
    }
}

/// A change that a mutant has.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    position: Position,
    about: String,
}

/// All changes that can be made in a rule, in the order of the text.
fn changes(script: &Script) -> Vec<Change> {
    let mut script = raised(script);
    let mut mutator = Mutator {
        target: None,
        changes: Vec::new(),
    };
    mutator.script(&mut script);
    mutator.changes
}

/// The rule with the change of this index in [`changes`].
fn mutant(script: &Script, index: usize) -> Script {
    let mut script = raised(script);
    let mut mutator = Mutator {
        target: Some(index),
        changes: Vec::new(),
    };
    mutator.script(&mut script);
    plan::lower(&mut script);
    script
}

/// The rule as it is written: changes go by what is there.
fn raised(script: &Script) -> Script {
    let mut script = script.clone();
    plan::raise(&mut script);
    script
}

/// Walks a rule, and makes the one change that is asked for.
struct Mutator {
    /// The index of the change to make; `None` makes none.
    target: Option<usize>,
    changes: Vec<Change>,
}

impl Mutator {
    /// Whether the change that is described is the one to make.
    fn is_next(&mut self, position: Position, about: impl Into<String>) -> bool {
        let index = self.changes.len();
        self.changes.push(Change {
            position,
            about: about.into(),
        });
        self.target == Some(index)
    }

    fn script(&mut self, script: &mut Script) {
        self.block(&mut script.body);
        for function in &mut script.functions {
            self.block(&mut function.body);
        }
    }

    fn block(&mut self, block: &mut Block) {
        for statement in &mut block.statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &mut Statement) {
        match &mut statement.kind {
            StatementKind::Declare { value, .. } => self.expression(value),
            StatementKind::Assign { place, value, .. } => {
                self.place(place);
                self.expression(value);
            }
            StatementKind::Expression(expression) => self.expression(expression),
            StatementKind::While { condition, body } => {
                if let Some(condition) = condition {
                    self.condition(condition);
                }
                self.block(body);
            }
            StatementKind::Do {
                body, condition, ..
            } => {
                self.block(body);
                self.condition(condition);
            }
            StatementKind::For { over, body, .. } => {
                self.expression(over);
                self.block(body);
            }
            StatementKind::Break(value)
            | StatementKind::Return(value)
            | StatementKind::Throw(value) => {
                if let Some(value) = value {
                    self.expression(value);
                }
            }
            StatementKind::Try { body, handler, .. } => {
                self.block(body);
                self.block(handler);
            }
            // The changes are made in the rule as it is written.
            StatementKind::Continue | StatementKind::Nothing | StatementKind::Ask(_) => {}
        }
    }

    fn place(&mut self, place: &mut Place) {
        self.steps(&mut place.steps);
    }

    fn steps(&mut self, steps: &mut [Step]) {
        for step in steps {
            match &mut step.kind {
                StepKind::Property(_) => {}
                StepKind::Index(index) => self.expression(index),
                StepKind::Method(_, arguments) => {
                    for argument in arguments {
                        self.expression(argument);
                    }
                }
            }
        }
    }

    /// A condition: it is dropped both ways and negated, and so is what it consists of.
    fn condition(&mut self, condition: &mut Expression) {
        for always in [true, false] {
            if self.is_next(
                condition.position,
                format!("the condition is always {always}"),
            ) {
                condition.kind = ExpressionKind::Bool(always);
            }
        }
        if !gives_truth(condition) && self.is_next(condition.position, "the condition is negated") {
            negate(condition);
        }
        self.expression(condition);
    }

    fn expression(&mut self, expression: &mut Expression) {
        let position = expression.position;
        if gives_truth(expression)
            && self.is_next(position, format!("{} is negated", described(expression)))
        {
            negate(expression);
            return;
        }
        match &mut expression.kind {
            ExpressionKind::Bool(value) => {
                let changed = !*value;
                if self.is_next(position, format!("`{value}` becomes `{changed}`")) {
                    *value = changed;
                }
            }
            ExpressionKind::Int(value) => {
                let changed = value.wrapping_add(1);
                if self.is_next(position, format!("`{value}` becomes `{changed}`")) {
                    *value = changed;
                }
            }
            ExpressionKind::Float(value) => {
                let changed = *value + 1.0;
                if self.is_next(position, format!("`{value}` becomes `{changed}`")) {
                    *value = changed;
                }
            }
            ExpressionKind::Char(value) => {
                let changed = if *value == 'x' { 'y' } else { 'x' };
                if self.is_next(position, format!("`'{value}'` becomes `'{changed}'`")) {
                    *value = changed;
                }
            }
            ExpressionKind::Text(value) => {
                let changed = format!("{value}~");
                if self.is_next(position, format!("{value:?} becomes {changed:?}")) {
                    *value = changed.into();
                }
            }
            ExpressionKind::Interpolation(parts) | ExpressionKind::Array(parts) => {
                self.expressions(parts);
            }
            ExpressionKind::Map(members) => {
                for (_, value) in members {
                    self.expression(value);
                }
            }
            ExpressionKind::Unit
            | ExpressionKind::Variable(_)
            | ExpressionKind::FunctionValue(_)
            | ExpressionKind::Closure { .. }
            // The changes are made in the rule as it is written.
            | ExpressionKind::Planned(_) => {}
            ExpressionKind::Chain(chain) => self.chain(chain),
            ExpressionKind::Call(call) => self.expressions(&mut call.arguments),
            ExpressionKind::Not(operand)
            | ExpressionKind::Negate(operand)
            | ExpressionKind::Plus(operand) => self.expression(operand),
            ExpressionKind::Binary(operator, operands) => {
                self.bound(position, operator);
                self.expressions(&mut **operands);
            }
            ExpressionKind::In(operands) => self.expressions(&mut **operands),
            ExpressionKind::And(operands) => self.operands(operands, "&&"),
            ExpressionKind::Or(operands) => self.operands(operands, "||"),
            ExpressionKind::Coalesce(operands) => self.coalesce(operands),
            ExpressionKind::Range { bounds, .. } => self.expressions(&mut **bounds),
            ExpressionKind::If(parts) => self.if_expression(parts),
            ExpressionKind::Switch(switch) => self.switch(switch),
            ExpressionKind::Block(block) => self.block(block),
            ExpressionKind::Loop(statement) => self.statement(statement),
        }
    }

    fn expressions(&mut self, expressions: &mut [Expression]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn chain(&mut self, chain: &mut Chain) {
        self.expression(&mut chain.root);
        self.steps(&mut chain.steps);
    }

    /// The bound of a comparison: it is let in, or left out.
    fn bound(&mut self, position: Position, operator: &mut BinaryOperator) {
        let changed = match operator {
            BinaryOperator::Less => BinaryOperator::LessOrEqual,
            BinaryOperator::LessOrEqual => BinaryOperator::Less,
            BinaryOperator::Greater => BinaryOperator::GreaterOrEqual,
            BinaryOperator::GreaterOrEqual => BinaryOperator::Greater,
            _ => return,
        };
        let about = format!("`{}` becomes `{}`", symbol(*operator), symbol(changed));
        if self.is_next(position, about) {
            *operator = changed;
        }
    }

    /// The operands of `&&` or `||`: each is dropped.
    fn operands(&mut self, operands: &mut Vec<Expression>, operator: &str) {
        let mut dropped = None;
        for (index, operand) in operands.iter_mut().enumerate() {
            let about = format!("{} is dropped from `{operator}`", described(operand));
            if self.is_next(operand.position, about) {
                dropped = Some(index);
            }
            if !gives_truth(operand)
                && self.is_next(
                    operand.position,
                    format!("{} is negated", described(operand)),
                )
            {
                negate(operand);
            }
            self.expression(operand);
        }
        if let Some(index) = dropped {
            operands.remove(index);
        }
    }

    /// The defaults after `??`: each is dropped.
    fn coalesce(&mut self, operands: &mut Vec<Expression>) {
        let mut dropped = None;
        for (index, operand) in operands.iter_mut().enumerate() {
            if index > 0 && self.is_next(operand.position, "the default after `??` is dropped") {
                dropped = Some(index);
            }
            self.expression(operand);
        }
        if let Some(index) = dropped {
            operands.remove(index);
        }
    }

    fn if_expression(&mut self, parts: &mut If) {
        self.condition(&mut parts.condition);
        self.block(&mut parts.then);
        self.block(&mut parts.otherwise);
    }

    fn switch(&mut self, switch: &mut Switch) {
        self.expression(&mut switch.subject);
        let mut dropped = None;
        for (index, case) in switch.cases.iter_mut().enumerate() {
            let position = case.body.position;
            let about = format!("the case {} is dropped", pattern(&case.pattern));
            if self.is_next(position, about) {
                dropped = Some(index);
            }
            // Several patterns share condition and body: a copy changes this one alone.
            if let Some(condition) = &case.condition {
                let mut changed = Expression::clone(condition);
                self.condition(&mut changed);
                case.condition = Some(Arc::new(changed));
            }
            let mut changed = Expression::clone(&case.body);
            self.expression(&mut changed);
            case.body = Arc::new(changed);
        }
        if let Some(index) = dropped {
            switch.cases.remove(index);
        }
        if let Some(default) = &switch.default {
            let mut changed = Expression::clone(default);
            self.expression(&mut changed);
            switch.default = Some(Arc::new(changed));
        }
    }
}

/// Whether the value is known to be a boolean, and is not a constant.
fn gives_truth(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Not(_) | ExpressionKind::In(_) => true,
        ExpressionKind::Binary(operator, _) => is_comparison(*operator),
        ExpressionKind::Call(call) => callee_gives_truth(call.callee, call.arguments.len()),
        ExpressionKind::Chain(chain) => match chain.steps.last() {
            Some(Step {
                kind: StepKind::Method(callee, arguments),
                optional: false,
                ..
            }) => callee_gives_truth(*callee, arguments.len().saturating_add(1)),
            _ => false,
        },
        _ => false,
    }
}

fn is_comparison(operator: BinaryOperator) -> bool {
    matches!(
        operator,
        BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
    )
}

fn callee_gives_truth(callee: Callee, arguments: usize) -> bool {
    let Callee::Host(function) = callee else {
        return false;
    };
    function
        .forms
        .iter()
        .any(|form| form.arguments == arguments && form.signature.ends_with("-> boolean"))
}

/// Puts a `!` before an expression, or takes it away.
fn negate(expression: &mut Expression) {
    let position = expression.position;
    let kind = std::mem::replace(&mut expression.kind, ExpressionKind::Unit);
    expression.kind = match kind {
        ExpressionKind::Not(operand) => operand.kind,
        kind => ExpressionKind::Not(Box::new(Expression { kind, position })),
    };
}

/// An expression in a few words.
fn described(expression: &Expression) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = match &expression.kind {
        ExpressionKind::Not(_) => write!(text, "`!`"),
        ExpressionKind::In(_) => write!(text, "`in`"),
        ExpressionKind::Binary(operator, _) => {
            write!(text, "`{}`", symbol(*operator))
        }
        ExpressionKind::Call(call) => write!(text, "`{}`", callee(call.callee)),
        ExpressionKind::Chain(chain) => match chain.steps.last().map(|step| &step.kind) {
            Some(StepKind::Method(function, _)) => write!(text, "`{}`", callee(*function)),
            Some(StepKind::Property(name)) => write!(text, "`{name}`"),
            _ => write!(text, "the value"),
        },
        ExpressionKind::And(_) => write!(text, "the operand with `&&`"),
        ExpressionKind::Or(_) => write!(text, "the operand with `||`"),
        _ => write!(text, "the operand"),
    };
    text
}

fn callee(callee: Callee) -> &'static str {
    match callee {
        Callee::Host(function) => function.name,
        Callee::Script(_) | Callee::Plugin(_) => "the function",
        Callee::FunctionValue => "call",
    }
}

fn pattern(pattern: &CasePattern) -> String {
    match pattern {
        CasePattern::Literal(literal) => match literal {
            Literal::Unit => "`()`".to_owned(),
            Literal::Bool(value) => format!("`{value}`"),
            Literal::Int(value) => format!("`{value}`"),
            Literal::Float(value) => format!("`{value}`"),
            Literal::Char(value) => format!("`'{value}'`"),
            Literal::Text(value) => format!("{value:?}"),
        },
        CasePattern::Range {
            start,
            end,
            inclusive,
        } => format!("`{start}..{}{end}`", if *inclusive { "=" } else { "" }),
    }
}

#[cfg(test)]
mod tests {
    use super::{changes, mutant};
    use crate::compile::compile;
    use crate::plugin::Functions;

    fn listed(source: &str) -> Vec<String> {
        let compiled = compile("rule", source, &Functions::default());
        let rule = compiled.rule.expect("it compiles");
        let list = changes(&rule.script);
        for (index, change) in list.iter().enumerate() {
            let changed = format!("{:?}", mutant(&rule.script, index));
            assert_ne!(changed, format!("{:?}", rule.script), "{change:?}");
        }
        list.into_iter()
            .map(|change| {
                let place = change.position;
                format!("{}:{} {}", place.line, place.column, change.about)
            })
            .collect()
    }

    #[test]
    fn every_condition_and_every_constant_is_changed() {
        assert_eq!(
            listed(
                "let clients = configuration.CLIENTS ?? [\"a\"];\n\
                 let flagged = truthy(user?.flag);\n\
                 if context.clientID in clients && flagged {\n\
                     context.multifactor = #{ provider: \"any\", allowRememberBrowser: false };\n\
                 }"
            ),
            [
                "1:40 the default after `??` is dropped",
                "1:41 \"a\" becomes \"a~\"",
                "2:15 `truthy` is negated",
                "3:32 the condition is always true",
                "3:32 the condition is always false",
                "3:32 the condition is negated",
                "3:21 `in` is dropped from `&&`",
                "3:21 `in` is negated",
                "3:35 the operand is dropped from `&&`",
                "3:35 the operand is negated",
                "4:36 \"any\" becomes \"any~\"",
                "4:65 `false` becomes `true`",
            ]
        );
    }

    #[test]
    fn bounds_cases_of_a_switch_and_bodies_of_closures_are_changed() {
        assert_eq!(
            listed(
                "switch context.protocol {\n\
                 \"a\" if context.x > 1 => require_mfa(\"any\"),\n\
                 _ => require_mfa(\"duo\")\n\
                 }\n\
                 let found = [1].some(|x| x != 2);"
            ),
            [
                "2:25 the case \"a\" is dropped",
                "2:18 the condition is always true",
                "2:18 the condition is always false",
                "2:18 `>` is negated",
                "2:18 `>` becomes `>=`",
                "2:20 `1` becomes `2`",
                "2:37 \"any\" becomes \"any~\"",
                "3:18 \"duo\" becomes \"duo~\"",
                "5:13 `some` is negated",
                "5:14 `1` becomes `2`",
                "5:28 `!=` is negated",
                "5:31 `2` becomes `3`",
            ]
        );
    }
}
