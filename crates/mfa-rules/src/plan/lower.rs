//! Finds the shortcuts of a rule, when it is compiled.
//!
//! [`raise`] is the way back, for whoever changes rules.

use super::walk::Walk;
use super::{
    Ask, Branch, CalledOn, Comparison, Containment, Either, HostCall, Operand, Path, PathStep,
    Planned, Shortcut, Step, Test,
};
use crate::eval::MOST_VARIABLES;
use crate::host::outcome::requested_by_constants;
use crate::host::{Callbacks, Gives, HostFunction, Receiver, outcome, trace};
use crate::meter::is_short_key;
use crate::multifactor::Multifactor;
use crate::tree::{
    self, BinaryOperator, Block, Callee, Chain, Expression, ExpressionKind, Place, Root, Script,
    Statement, StatementKind, StepKind,
};
use serde_json::Value as Json;
use std::sync::Arc;

/// How many statements and expressions may be inside each other in a rule that has a shorter way as
/// a whole: far fewer than the evaluator allows, so that nesting need not be counted.
const DEEPEST: usize = 64;

/// So many first statements are worth a shorter way, when others follow.
const FEWEST: usize = 3;

/// Puts shortcuts into a rule, wherever there is one.
pub(crate) fn lower(script: &mut Script) {
    // Lists and requests come first: there is one way to them, whichever is taken to get there.
    CONSTANTS.script(script);
    script.steps = first_steps(script);
    if script.steps.len() < script.body.statements.len() {
        PLAN.script(script);
    }
}

/// Takes the shortcuts out of a rule again.
#[cfg(feature = "mutation")]
pub(crate) fn raise(script: &mut Script) {
    UNDO.script(script);
    script.steps = Box::default();
}

const CONSTANTS: Walk = Walk {
    statement: |statement| match ask(statement) {
        Some(ask) => statement.kind = StatementKind::Ask(Arc::new(ask)),
        None => CONSTANTS.inside_statement(statement),
    },
    expression: |place| match list(place) {
        Some(list) => plan(place, Shortcut::List(Arc::new(list))),
        None => CONSTANTS.inside(place),
    },
};

const PLAN: Walk = Walk {
    statement: |statement| PLAN.inside_statement(statement),
    expression: |place| match shortcut(place) {
        Some(shortcut) => plan(place, shortcut),
        None => PLAN.inside(place),
    },
};

/// Gives an expression its shortcut.
fn plan(place: &mut Expression, shortcut: Shortcut) {
    let general = Expression {
        kind: std::mem::replace(&mut place.kind, ExpressionKind::Unit),
        position: place.position,
    };
    place.kind = ExpressionKind::Planned(Box::new(Planned {
        shortcut,
        height: height(&general),
        general,
    }));
}

#[cfg(feature = "mutation")]
const UNDO: Walk = Walk {
    statement: |statement| {
        if let StatementKind::Ask(ask) = &statement.kind {
            statement.kind = ask.general.clone();
        }
        UNDO.inside_statement(statement);
    },
    expression: |place| {
        if let ExpressionKind::Planned(planned) = &place.kind {
            *place = planned.general.clone();
        }
        UNDO.inside(place);
    },
};

/// The shorter way through the first statements of a rule, as far as it goes and is worth it.
fn first_steps(script: &Script) -> Box<[Step]> {
    if script.slots > MOST_VARIABLES || height_of_block(&script.body) > DEEPEST {
        return Box::default();
    }
    let statements = &script.body.statements;
    let steps: Box<[Step]> = statements.iter().map_while(step).collect();
    let is_worth_it =
        steps.len() == statements.len() || steps.len() >= FEWEST || steps.iter().any(may_end);
    if is_worth_it { steps } else { Box::default() }
}

/// Whether a step may end the rule.
fn may_end(step: &Step) -> bool {
    match step {
        Step::Declare { .. } | Step::Ask(_) => false,
        Step::If(branch) => branch.then.iter().chain(&branch.otherwise).any(may_end),
        Step::Deny(_) | Step::Throw { .. } | Step::Return => true,
    }
}

fn steps(block: &Block) -> Option<Box<[Step]>> {
    block.statements.iter().map(step).collect()
}

fn step(statement: &Statement) -> Option<Step> {
    match &statement.kind {
        StatementKind::Declare { slot, value } => Some(Step::Declare {
            slot: *slot,
            value: operand(value)?,
        }),
        StatementKind::Expression(expression) => match &expression.kind {
            ExpressionKind::If(parts) => Some(Step::If(Box::new(Branch {
                condition: condition(&parts.condition)?,
                then: steps(&parts.then)?,
                otherwise: steps(&parts.otherwise)?,
            }))),
            ExpressionKind::Call(call) => match call.callee {
                Callee::Host(function) if function.name == "deny" => {
                    Some(Step::Deny(Box::new(HostCall {
                        function,
                        receiver: None,
                        optional: false,
                        arguments: operands(&call.arguments)?,
                        entry: 1,
                        position: expression.position,
                    })))
                }
                _ => None,
            },
            _ => None,
        },
        StatementKind::Ask(ask) => Some(Step::Ask(Arc::clone(ask))),
        StatementKind::Return(None) => Some(Step::Return),
        StatementKind::Throw(Some(text)) => Some(Step::Throw {
            text: operand(text)?,
            position: statement.position,
        }),
        _ => None,
    }
}

/// The shortcut of an expression, when there is one that is worth it.
fn shortcut(expression: &Expression) -> Option<Shortcut> {
    match operand(expression)? {
        Operand::Test(test) => Some(Shortcut::Test(*test)),
        Operand::Path(path) if path.steps.is_empty() => None,
        operand @ (Operand::Path(_)
        | Operand::Otherwise(_)
        | Operand::Call(_)
        | Operand::Interpolation(_)
        | Operand::Either(_)) => Some(Shortcut::Operand(operand)),
        _ => None,
    }
}

fn operand(expression: &Expression) -> Option<Operand> {
    Some(match &expression.kind {
        ExpressionKind::Unit => Operand::Unit,
        ExpressionKind::Bool(value) => Operand::Bool(*value),
        ExpressionKind::Int(value) => Operand::Int(*value),
        ExpressionKind::Float(value) => Operand::Float(*value),
        ExpressionKind::Char(value) => Operand::Char(*value),
        ExpressionKind::Text(text) => Operand::Text(text.clone()),
        ExpressionKind::Planned(planned) => match &planned.shortcut {
            Shortcut::List(list) => Operand::List(Arc::clone(list)),
            Shortcut::Operand(_) | Shortcut::Test(_) => return None,
        },
        ExpressionKind::Variable(_) | ExpressionKind::Chain(_) => {
            return path(expression)
                .map(Operand::Path)
                .or_else(|| method(expression));
        }
        ExpressionKind::Coalesce(operands) => {
            Operand::Otherwise(operands.iter().map(operand).collect::<Option<_>>()?)
        }
        ExpressionKind::Call(call) => match call.callee {
            Callee::Host(function) if function.name != "truthy" => {
                let arguments = operands(&call.arguments)?;
                Operand::Call(Box::new(HostCall {
                    function: only_looks(function, &arguments).then_some(function)?,
                    receiver: None,
                    optional: false,
                    arguments,
                    entry: 1,
                    position: expression.position,
                }))
            }
            _ => Operand::Test(Box::new(test(expression)?)),
        },
        ExpressionKind::Interpolation(parts) => Operand::Interpolation(operands(parts)?),
        ExpressionKind::If(parts) => Operand::Either(Box::new(Either {
            condition: condition(&parts.condition)?,
            then: value_of(&parts.then)?,
            otherwise: value_of(&parts.otherwise)?,
        })),
        _ => Operand::Test(Box::new(test(expression)?)),
    })
}

fn operands(expressions: &[Expression]) -> Option<Box<[Operand]>> {
    expressions.iter().map(operand).collect()
}

/// What a block gives that is nothing but an expression.
fn value_of(block: &Block) -> Option<Operand> {
    match block.statements.as_slice() {
        [
            Statement {
                kind: StatementKind::Expression(expression),
                ..
            },
        ] => operand(expression),
        _ => None,
    }
}

fn test(expression: &Expression) -> Option<Test> {
    Some(match &expression.kind {
        ExpressionKind::Not(inner) => Test::Not(Box::new(condition(inner)?)),
        ExpressionKind::And(operands) => {
            Test::All(operands.iter().map(condition).collect::<Option<_>>()?)
        }
        ExpressionKind::Or(operands) => {
            Test::Any(operands.iter().map(condition).collect::<Option<_>>()?)
        }
        ExpressionKind::Binary(operator, operands) => {
            let [left, right] = &**operands;
            compare(*operator, operand(left)?, operand(right)?)?
        }
        ExpressionKind::In(operands) => {
            let [list, needle] = &**operands;
            Test::In(Box::new(Containment {
                needle: operand(needle)?,
                list: operand(list)?,
            }))
        }
        ExpressionKind::Call(call) => match (call.callee, call.arguments.as_slice()) {
            (Callee::Host(function), [argument]) if function.name == "truthy" => {
                Test::Truthy(operand(argument)?)
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// What must be a boolean.
fn condition(expression: &Expression) -> Option<Test> {
    Some(match operand(expression)? {
        Operand::Test(test) => *test,
        other => Test::Is(other),
    })
}

fn compare(operator: BinaryOperator, left: Operand, right: Operand) -> Option<Test> {
    let negated = match operator {
        BinaryOperator::Equal => false,
        BinaryOperator::NotEqual => true,
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => {
            return Some(Test::Compare(Box::new(Comparison {
                operator,
                left,
                right,
            })));
        }
        _ => return None,
    };
    Some(match (left, right) {
        (Operand::Path(path), Operand::Text(text)) if is_short_key(&text) => Test::IsText {
            path,
            text,
            negated,
        },
        (left, right) => Test::Compare(Box::new(Comparison {
            operator,
            left,
            right,
        })),
    })
}

/// A variable, or a chain of properties from there.
fn path(expression: &Expression) -> Option<Path> {
    match &expression.kind {
        ExpressionKind::Variable(root @ (Root::Local(_) | Root::User)) => Some(Path {
            root: *root,
            steps: Box::default(),
            entry: 1,
        }),
        ExpressionKind::Chain(chain) => {
            // The first step into `configuration` is free when only properties follow.
            path_of(chain, &chain.steps, 1)
        }
        _ => None,
    }
}

fn path_of(chain: &Chain, steps: &[tree::Step], entry: u64) -> Option<Path> {
    let ExpressionKind::Variable(root) = chain.root.kind else {
        return None;
    };
    let steps: Box<[PathStep]> = steps.iter().map(path_step).collect::<Option<_>>()?;
    let is_whole = steps.is_empty() && matches!(root, Root::Context | Root::Configuration);
    (!is_whole).then_some(Path { root, steps, entry })
}

fn path_step(step: &tree::Step) -> Option<PathStep> {
    match &step.kind {
        StepKind::Property(name) if is_short_key(name) => Some(PathStep {
            name: name.clone(),
            optional: step.optional,
        }),
        _ => None,
    }
}

/// A chain of properties and then methods, or of methods of what a function gives.
fn method(expression: &Expression) -> Option<Operand> {
    let ExpressionKind::Chain(chain) = &expression.kind else {
        return None;
    };
    let is_property = |step: &&tree::Step| matches!(step.kind, StepKind::Property(_));
    let properties = chain.steps.iter().take_while(is_property).count();
    let (properties, methods) = chain.steps.split_at_checked(properties)?;
    let mut on = match &chain.root.kind {
        ExpressionKind::Variable(root) => {
            // Here the first step into `configuration` counts.
            let entry = if *root == Root::Configuration { 2 } else { 1 };
            CalledOn::Path(path_of(chain, properties, entry)?)
        }
        _ => match operand(&chain.root)? {
            Operand::Call(mut call) if properties.is_empty() => {
                call.entry = call.entry.saturating_add(1);
                CalledOn::Call(call)
            }
            _ => return None,
        },
    };
    for step in methods {
        let StepKind::Method(Callee::Host(function), given) = &step.kind else {
            return None;
        };
        let arguments = operands(given)?;
        // What a call gave is nobody's, and may be changed.
        let is_changed = function.receiver == Receiver::Changed;
        let may_change = is_changed && function.callbacks == Callbacks::Never;
        let is_fine = match on {
            CalledOn::Call(_) if may_change => function.gives == Gives::Value,
            _ => only_looks(function, &arguments),
        };
        on = CalledOn::Call(Box::new(HostCall {
            function: is_fine.then_some(function)?,
            receiver: Some(on),
            optional: step.optional,
            arguments,
            entry: 0,
            position: step.position,
        }));
    }
    match on {
        CalledOn::Call(call) => Some(Operand::Call(call)),
        CalledOn::Path(_) => None,
    }
}

/// Whether a function may be tried: it only looks, and what it finds, it will find again.
fn only_looks(function: &'static HostFunction, arguments: &[Operand]) -> bool {
    let says = [&outcome::FAMILY, &trace::FAMILY];
    // A pattern that is not written out is compiled when it is met, and kept.
    let keeps = function.name == "matches" && !matches!(arguments.last(), Some(Operand::Text(_)));
    function.receiver == Receiver::Read
        && function.callbacks == Callbacks::Never
        && function.gives == Gives::Value
        && !says.iter().any(|family| family.has(function))
        && !keeps
}

/// An array of constants that JSON can hold as they are.
fn list(expression: &Expression) -> Option<Json> {
    let ExpressionKind::Array(items) = &expression.kind else {
        return None;
    };
    let items = items.iter().map(|item| match &item.kind {
        ExpressionKind::Unit => Some(Json::Null),
        ExpressionKind::Bool(value) => Some(Json::Bool(*value)),
        ExpressionKind::Int(value) => Some(Json::from(*value)),
        ExpressionKind::Text(text) => Some(Json::from(&**text)),
        _ => None,
    });
    items.collect::<Option<_>>().map(Json::Array)
}

/// A request in constants, or one that takes an earlier one back.
fn ask(statement: &Statement) -> Option<Ask> {
    let (value, position) = match &statement.kind {
        StatementKind::Assign {
            place,
            operator: None,
            value,
        } if is_multifactor(place) => (constant(value)?, place.root_position),
        StatementKind::Expression(expression) => {
            let ExpressionKind::Call(call) = &expression.kind else {
                return None;
            };
            let Callee::Host(function) = call.callee else {
                return None;
            };
            let value = match (function.name, call.arguments.as_slice()) {
                ("skip_mfa", []) => Json::Null,
                ("require_mfa", [provider]) => {
                    let none = Json::Object(serde_json::Map::new());
                    requested_by_constants(&constant(provider)?, &none)?
                }
                ("require_mfa", [provider, options]) => {
                    requested_by_constants(&constant(provider)?, &constant(options)?)?
                }
                _ => return None,
            };
            (value, expression.position)
        }
        _ => return None,
    };
    // What is wrong is said when the rule runs.
    let asked = Multifactor::from_json(&value).ok()?;
    let members = match value {
        Json::Object(members) => Some(members.into_iter()),
        _ => None,
    };
    Some(Ask {
        asked,
        members: members.map(|members| members.map(|(key, value)| (key.into(), value)).collect()),
        position,
        general: statement.kind.clone(),
    })
}

fn is_multifactor(place: &Place) -> bool {
    let [step] = place.steps.as_slice() else {
        return false;
    };
    place.root == Root::Context
        && matches!(&step.kind, StepKind::Property(name) if **name == *"multifactor")
}

/// A text, a boolean, `()`, or a map of them.
fn constant(expression: &Expression) -> Option<Json> {
    match &expression.kind {
        ExpressionKind::Unit => Some(Json::Null),
        ExpressionKind::Bool(value) => Some(Json::Bool(*value)),
        ExpressionKind::Text(text) => Some(Json::from(&**text)),
        ExpressionKind::Map(members) => {
            let members = members.iter().map(|(key, value)| match constant(value)? {
                Json::Object(_) => None,
                value => Some((key.to_string(), value)),
            });
            members.collect::<Option<_>>().map(Json::Object)
        }
        _ => None,
    }
}

/// How many statements and expressions are inside each other in what may have [`Step`]s.
fn height_of_block(block: &Block) -> usize {
    let heights = block.statements.iter().map(|statement| {
        let inside = match &statement.kind {
            StatementKind::Declare { value, .. } | StatementKind::Throw(Some(value)) => {
                height(value)
            }
            StatementKind::Expression(expression) => height(expression),
            _ => 0,
        };
        inside.saturating_add(1)
    });
    heights.max().unwrap_or(0)
}

/// How many expressions are inside each other in what has a [`Shortcut`].
fn height(expression: &Expression) -> usize {
    let inner = |expressions: &[Expression]| expressions.iter().map(height).max().unwrap_or(0);
    let deepest = match &expression.kind {
        ExpressionKind::If(parts) => {
            let then = height_of_block(&parts.then);
            let otherwise = height_of_block(&parts.otherwise);
            height(&parts.condition).max(then).max(otherwise)
        }
        ExpressionKind::Array(parts)
        | ExpressionKind::Interpolation(parts)
        | ExpressionKind::And(parts)
        | ExpressionKind::Or(parts)
        | ExpressionKind::Coalesce(parts) => inner(parts),
        ExpressionKind::Not(operand) => height(operand),
        ExpressionKind::Binary(_, operands) | ExpressionKind::In(operands) => inner(&**operands),
        ExpressionKind::Call(call) => inner(&call.arguments),
        ExpressionKind::Chain(chain) => {
            let arguments = chain.steps.iter().map(|step| match &step.kind {
                StepKind::Method(_, arguments) => inner(arguments),
                StepKind::Property(_) | StepKind::Index(_) => 0,
            });
            arguments.max().unwrap_or(0).max(height(&chain.root))
        }
        _ => 0,
    };
    deepest.saturating_add(1)
}
