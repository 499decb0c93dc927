//! What a rule can look at, computed from its tree.
//!
//! An abstract interpretation: every expression gives an [`Origin`], which says of which places of
//! the login its value can be; every variable has the origins of all that it is ever given. Where
//! the type of a value decides, or a text, number or boolean, its places are in the read set as
//! they are. Where its members or elements matter, or it is put into something else, they are in it
//! as a whole. So whatever is no place any more is the same whether the login was cut down or not.
//!
//! SECURITY: what this leaves out is missing in logins that are read only as far as the read set
//! goes. The law `a_login_cut_down_to_the_read_set_has_the_same_outcome` is what it must keep: not
//! only values must be the same, also what the evaluator spends, because a limit that is reached is
//! an outcome too.

use super::ReadSet;
use super::origin::Origin;
use super::places::{CONFIGURATION, CONTEXT, Places, USER};
use crate::tree::{
    BinaryOperator, Block, Expression, ExpressionKind, If, Place, Root, Script, Statement,
    StatementKind, Step, StepKind, Switch,
};

/// How often the tree is gone through until nothing new is found. Hardly a rule needs more than
/// three times.
const MOST_PASSES: u32 = 64;

/// How many steps the analysis takes. A rule of the greatest length takes some ten thousand in one
/// pass.
const MOST_WORK: u32 = 500_000;

/// What a rule can look at. A rule for which that takes too long to find out can look at everything.
pub(crate) fn reads(script: &Script) -> ReadSet {
    let mut analysis = Analysis::new(script);
    for _ in 0..MOST_PASSES {
        analysis.pass();
        if analysis.work == 0 {
            break;
        }
        if !analysis.is_outdated {
            analysis.take_escaped_results();
            return analysis.places.into_read_set();
        }
    }
    ReadSet::everything()
}

pub(super) struct Analysis<'s> {
    pub(super) script: &'s Script,
    pub(super) places: Places<'s>,
    /// The variables of the top level, then those of each function.
    variables: Vec<Variable>,
    pub(super) functions: Vec<FunctionState>,
    /// Where the variables of the frame that is being gone through begin.
    pub(super) base: usize,
    /// The function that is being gone through; `None` at the top level.
    current: Option<usize>,
    /// Whether something was used in this pass before all of it was known.
    is_outdated: bool,
    /// What is left of [`MOST_WORK`].
    work: u32,
}

/// What is known of a variable, or of the result of a function.
#[derive(Debug, Clone, Copy, Default)]
struct Variable {
    origin: Origin,
    /// Whether it was used in this pass.
    is_used: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct FunctionState {
    /// Where its variables begin.
    pub(super) base: usize,
    result: Variable,
    /// Whether it can be called through a value, by anyone and with anything.
    escapes: bool,
}

impl<'s> Analysis<'s> {
    fn new(script: &'s Script) -> Self {
        let mut slots = script.slots;
        let mut functions = Vec::with_capacity(script.functions.len());
        for function in &script.functions {
            functions.push(FunctionState {
                base: slots,
                ..FunctionState::default()
            });
            slots = slots.saturating_add(function.slots);
        }
        Self {
            script,
            places: Places::new(),
            variables: vec![Variable::default(); slots],
            functions,
            base: 0,
            current: None,
            is_outdated: false,
            work: MOST_WORK,
        }
    }

    /// Goes through the whole rule once.
    fn pass(&mut self) {
        let script = self.script;
        self.is_outdated = false;
        for variable in &mut self.variables {
            variable.is_used = false;
        }
        for function in &mut self.functions {
            function.result.is_used = false;
        }
        self.base = 0;
        self.current = None;
        self.block(&script.body);
        for (index, function) in script.functions.iter().enumerate() {
            self.base = self.functions.get(index).map_or(0, |state| state.base);
            self.current = Some(index);
            let result = self.block(&function.body);
            self.join_result(result);
        }
    }

    /// What a function gives that is called through a value goes to places that nobody knows.
    fn take_escaped_results(&mut self) {
        for function in &self.functions {
            if function.escapes {
                self.places.take_all_whole(function.result.origin.nodes);
            }
        }
    }

    /// Counts a step. False when there have been too many.
    pub(super) fn work(&mut self) -> bool {
        self.work = self.work.saturating_sub(1);
        self.work > 0
    }

    /// What a variable can hold.
    pub(super) fn variable(&mut self, index: usize) -> Origin {
        match self.variables.get_mut(index) {
            Some(variable) => variable.used(),
            None => Origin::ANY,
        }
    }

    /// Takes note of what a variable is given.
    pub(super) fn join(&mut self, index: usize, origin: Origin) {
        if let Some(variable) = self.variables.get_mut(index) {
            self.is_outdated |= variable.join(origin);
        }
    }

    /// A variable of the current frame.
    pub(super) fn slot(&self, slot: usize) -> usize {
        self.base.saturating_add(slot)
    }

    fn join_result(&mut self, origin: Origin) {
        let function = self.current.and_then(|index| self.functions.get_mut(index));
        if let Some(function) = function {
            self.is_outdated |= function.result.join(origin);
        }
    }

    /// What a function of the rule can give.
    pub(super) fn result(&mut self, function: usize) -> Origin {
        match self.functions.get_mut(function) {
            Some(function) => function.result.used(),
            None => Origin::ANY,
        }
    }

    /// A function becomes a value, its first parameters being captured.
    fn escape(&mut self, function: usize, captures: usize) {
        let Some(state) = self.functions.get_mut(function) else {
            return;
        };
        state.escapes = true;
        let base = state.base;
        let parameters = self.script.functions.get(function);
        for parameter in captures..parameters.map_or(0, |function| function.parameters) {
            self.join(base.saturating_add(parameter), Origin::ANY);
        }
    }

    /// Takes note that a value is looked at as a whole.
    pub(super) fn take_whole(&mut self, origin: Origin) {
        self.places.take_all_whole(origin.nodes);
    }

    /// Takes note that the value of an expression is looked at as a whole.
    pub(super) fn whole(&mut self, expression: &'s Expression) {
        let origin = self.expression(expression);
        self.take_whole(origin);
    }

    pub(super) fn block(&mut self, block: &'s Block) -> Origin {
        let mut value = Origin::SCALAR;
        for statement in &block.statements {
            value = self.statement(statement);
        }
        value
    }

    fn statement(&mut self, statement: &'s Statement) -> Origin {
        if !self.work() {
            return Origin::ANY;
        }
        match &statement.kind {
            StatementKind::Expression(expression) => return self.expression(expression),
            StatementKind::Declare { slot, value } => {
                let value = self.expression(value);
                self.join(self.slot(*slot), value);
            }
            StatementKind::Assign {
                place,
                operator,
                value,
            } => self.assign(place, *operator, value),
            StatementKind::While { condition, body } => {
                if let Some(condition) = condition {
                    self.expression(condition);
                }
                self.block(body);
                return Origin::ANY;
            }
            StatementKind::Do {
                body, condition, ..
            } => {
                self.block(body);
                self.expression(condition);
                return Origin::ANY;
            }
            StatementKind::For {
                slot,
                counter,
                over,
                body,
            } => {
                let item = self.element(over);
                self.join(self.slot(*slot), item);
                if let Some(counter) = counter {
                    self.join(self.slot(*counter), Origin::SCALAR);
                }
                self.block(body);
                return Origin::ANY;
            }
            // The value of a loop is read as a whole, and so is what is thrown.
            StatementKind::Break(value) | StatementKind::Throw(value) => {
                if let Some(value) = value {
                    self.whole(value);
                }
            }
            StatementKind::Return(value) => {
                if let Some(value) = value {
                    let value = self.expression(value);
                    self.join_result(value);
                }
            }
            StatementKind::Try {
                body,
                slot,
                handler,
            } => {
                let value = self.block(body);
                if let Some(slot) = slot {
                    self.join(self.slot(*slot), Origin::ANY);
                }
                self.block(handler);
                return value;
            }
            // The plan is made later.
            StatementKind::Ask(_) | StatementKind::Continue | StatementKind::Nothing => {}
        }
        Origin::SCALAR
    }

    /// What a loop over a value gives to its variable.
    fn element(&mut self, over: &'s Expression) -> Origin {
        let over = self.expression(over);
        self.inside(over)
    }

    fn assign(
        &mut self,
        place: &'s Place,
        operator: Option<BinaryOperator>,
        value: &'s Expression,
    ) {
        let value = self.expression(value);
        let Root::Local(slot) = place.root else {
            // What is written is compared with what was there, and both are in the outcome.
            self.take_whole(value);
            let target = self.target(place.root, &place.steps);
            self.take_whole(target);
            return;
        };
        let slot = self.slot(slot);
        match (operator, place.steps.as_slice()) {
            (None, []) => self.join(slot, value),
            // Only a sum can be an array or a map.
            (Some(operator), []) if operator != BinaryOperator::Add => {
                self.join(slot, Origin::SCALAR);
            }
            (_, steps) => {
                self.take_whole(value);
                let before = self.variable(slot);
                self.take_whole(before);
                for step in steps {
                    if let StepKind::Index(index) = &step.kind {
                        self.expression(index);
                    }
                }
                let is_scalar = steps.is_empty() && before.is_scalar() && value.is_scalar();
                let after = if is_scalar {
                    Origin::SCALAR
                } else {
                    Origin::ANY
                };
                self.join(slot, after);
            }
        }
    }

    /// The place in the login that is written.
    fn target(&mut self, root: Root, steps: &'s [Step]) -> Origin {
        let mut target = self.root(root);
        for step in steps {
            target = match &step.kind {
                StepKind::Property(name) => self.member(target, name),
                StepKind::Index(index) => self.element_at(target, index),
                // The parser makes no such place.
                StepKind::Method(..) => self.inside(target),
            };
        }
        target
    }

    /// The value of a variable of the rule, or a root of the login.
    pub(super) fn root(&mut self, root: Root) -> Origin {
        match root {
            Root::Local(slot) => self.variable(self.slot(slot)),
            Root::User => Origin::at(USER),
            Root::Context => Origin::at(CONTEXT),
            Root::Configuration => Origin::at(CONFIGURATION),
        }
    }

    pub(super) fn expression(&mut self, expression: &'s Expression) -> Origin {
        if !self.work() {
            return Origin::ANY;
        }
        match &expression.kind {
            ExpressionKind::Unit
            | ExpressionKind::Bool(_)
            | ExpressionKind::Int(_)
            | ExpressionKind::Float(_)
            | ExpressionKind::Char(_)
            | ExpressionKind::Text(_) => Origin::SCALAR,
            ExpressionKind::Interpolation(parts) => {
                for part in parts {
                    self.whole(part);
                }
                Origin::SCALAR
            }
            ExpressionKind::Array(items) => self.container(items.iter()),
            ExpressionKind::Map(members) => self.container(members.iter().map(|(_, value)| value)),
            // All of it is put into one map, and what that takes is spent.
            ExpressionKind::Variable(Root::Configuration) => {
                self.places.take_whole(CONFIGURATION);
                Origin::ANY
            }
            ExpressionKind::Variable(root) => self.root(*root),
            ExpressionKind::FunctionValue(function) => {
                self.escape(*function, 0);
                Origin::SCALAR
            }
            ExpressionKind::Closure { function, captures } => {
                self.closure(*function, captures);
                Origin::SCALAR
            }
            ExpressionKind::Chain(chain) => self.chain(chain),
            ExpressionKind::Call(call) => self.call(call),
            ExpressionKind::Not(operand)
            | ExpressionKind::Negate(operand)
            | ExpressionKind::Plus(operand) => {
                self.expression(operand);
                Origin::SCALAR
            }
            ExpressionKind::Binary(operator, operands) => self.binary(*operator, operands),
            ExpressionKind::In(operands) => {
                let [haystack, needle] = &**operands;
                let haystack = self.expression(haystack);
                self.contains(haystack, needle)
            }
            ExpressionKind::Range { bounds, .. } => {
                for bound in bounds.iter() {
                    self.expression(bound);
                }
                Origin::SCALAR
            }
            ExpressionKind::And(operands) | ExpressionKind::Or(operands) => {
                for operand in operands {
                    self.expression(operand);
                }
                Origin::SCALAR
            }
            ExpressionKind::Coalesce(operands) => {
                let mut value = Origin::SCALAR;
                for operand in operands {
                    value = value.or(self.expression(operand));
                }
                value
            }
            ExpressionKind::If(parts) => self.either(parts),
            ExpressionKind::Switch(switch) => self.switch(switch),
            ExpressionKind::Block(block) => self.block(block),
            ExpressionKind::Loop(statement) => self.statement(statement),
            ExpressionKind::Planned(planned) => self.expression(&planned.general),
        }
    }

    /// A new array or map of values.
    fn container(&mut self, values: impl Iterator<Item = &'s Expression>) -> Origin {
        let mut is_flat = true;
        for value in values {
            let value = self.expression(value);
            is_flat &= value.is_scalar();
            self.take_whole(value);
        }
        if is_flat { Origin::FLAT } else { Origin::ANY }
    }

    /// A closure: it shares the variables that it captures.
    fn closure(&mut self, function: usize, captures: &[usize]) {
        self.escape(function, captures.len());
        let base = self.functions.get(function).map_or(0, |state| state.base);
        for (parameter, captured) in captures.iter().enumerate() {
            let outside = self.slot(*captured);
            let inside = base.saturating_add(parameter);
            let shared = self.variable(outside).or(self.variable(inside));
            self.join(outside, shared);
            self.join(inside, shared);
        }
    }

    fn binary(&mut self, operator: BinaryOperator, operands: &'s [Expression; 2]) -> Origin {
        let [left, right] = operands;
        let numbers = is_number(left) || is_number(right);
        let left = self.expression(left);
        let right = self.expression(right);
        match operator {
            // Arrays and maps are compared by what is in them, unless they are compared with
            // something else, from which they differ anyway.
            BinaryOperator::Equal | BinaryOperator::NotEqual => {
                if !left.is_scalar() && !right.is_scalar() {
                    self.take_whole(left);
                    self.take_whole(right);
                }
                Origin::SCALAR
            }
            // A text takes anything in, arrays and maps are put together. A number does neither.
            BinaryOperator::Add if !numbers => {
                self.take_whole(left);
                self.take_whole(right);
                if left.is_scalar() || right.is_scalar() {
                    Origin::SCALAR
                } else {
                    Origin::ANY
                }
            }
            _ => Origin::SCALAR,
        }
    }

    fn either(&mut self, parts: &'s If) -> Origin {
        self.expression(&parts.condition);
        let then = self.block(&parts.then);
        let otherwise = self.block(&parts.otherwise);
        then.or(otherwise)
    }

    fn switch(&mut self, switch: &'s Switch) -> Origin {
        self.expression(&switch.subject);
        let mut value = Origin::SCALAR;
        let mut last: Option<*const Expression> = None;
        for case in &switch.cases {
            // Several patterns share a body.
            let body = std::ptr::from_ref(&*case.body);
            if last.replace(body) == Some(body) {
                continue;
            }
            if let Some(condition) = &case.condition {
                self.expression(condition);
            }
            value = value.or(self.expression(&case.body));
        }
        if let Some(default) = &switch.default {
            value = value.or(self.expression(default));
        }
        value
    }
}

impl Variable {
    fn used(&mut self) -> Origin {
        self.is_used = true;
        self.origin
    }

    /// Adds an origin. True when the variable was used without it.
    fn join(&mut self, origin: Origin) -> bool {
        let all = self.origin.or(origin);
        let is_new = all != self.origin;
        self.origin = all;
        is_new && self.is_used
    }
}

/// Whether an expression is a number, as it is written.
fn is_number(expression: &Expression) -> bool {
    matches!(
        expression.kind,
        ExpressionKind::Int(_) | ExpressionKind::Float(_)
    )
}
