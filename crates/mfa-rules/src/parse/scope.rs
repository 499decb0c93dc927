//! Which variable a name means, while a rule is translated.

use crate::source::Position;
use crate::tree::{Block, Callee, Expression, ExpressionKind, Root, StatementKind, StepKind};
use std::collections::BTreeSet;

/// The names that every rule has, and that it may not declare.
pub(super) fn reserved(name: &str) -> Option<Root> {
    match name {
        "user" => Some(Root::User),
        "context" => Some(Root::Context),
        "configuration" => Some(Root::Configuration),
        _ => None,
    }
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) root: Root,
    pub(super) mutability: Mutability,
    /// Whether the value is a copy of the login or of a part of it.
    pub(super) copy: Option<Copied>,
}

/// Whether a variable may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutability {
    Variable,
    Constant,
    /// A parameter named `user`, `context` or `configuration`: a copy that looks like the original.
    ReservedParameter,
}

/// What a variable is a copy of, for advice: `context`, `user.app_metadata`, `fact("device")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copied {
    pub(super) of: String,
    /// Whether it is of a fact, which cannot be written at all.
    pub(super) is_fact: bool,
}

impl Copied {
    fn of_login(root: &str) -> Self {
        Self {
            of: root.to_owned(),
            is_fact: false,
        }
    }
}

/// The variables of the top level, of a function or of a closure.
#[derive(Debug)]
pub(super) struct Frame {
    scopes: Vec<Vec<(String, Binding)>>,
    pub(super) slots: usize,
    pub(super) kind: FrameKind,
    /// Slots that a closure captures.
    pub(super) captured: BTreeSet<usize>,
    /// Variables that a method in function-call style changes, with the name and the place.
    pub(super) changed_by_call: Vec<(usize, String, Position)>,
    /// The host function without a result that stands where this frame gives its own.
    pub(super) gives_nothing: Option<(&'static str, Position)>,
    /// Writes into parameters: lost, if a copy of the login is passed.
    pub(super) parameter_writes: Vec<(usize, String, Position)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    TopLevel,
    Function,
    Closure,
}

impl Frame {
    /// A frame with one open scope.
    pub(super) fn new(kind: FrameKind) -> Self {
        Self {
            scopes: vec![Vec::new()],
            slots: 0,
            kind,
            captured: BTreeSet::new(),
            changed_by_call: Vec::new(),
            gives_nothing: None,
            parameter_writes: Vec::new(),
        }
    }

    pub(super) fn open(&mut self) {
        self.scopes.push(Vec::new());
    }

    pub(super) fn close(&mut self) {
        self.scopes.pop();
    }

    /// Declares a variable of the rule and gives its slot. Each declaration has a slot of its own.
    pub(super) fn declare(&mut self, name: &str, mutability: Mutability) -> usize {
        let slot = self.slots;
        self.slots = self.slots.saturating_add(1);
        self.bind(
            name,
            Binding {
                root: Root::Local(slot),
                mutability,
                copy: None,
            },
        );
        slot
    }

    /// Makes a name mean something.
    pub(super) fn bind(&mut self, name: &str, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name.to_owned(), binding));
        }
    }

    pub(super) fn resolve(&self, name: &str) -> Option<&Binding> {
        self.scopes
            .iter()
            .rev()
            .flat_map(|scope| scope.iter().rev())
            .find(|(known, _)| known == name)
            .map(|(_, binding)| binding)
    }

    /// Takes note of what is assigned to a variable.
    pub(super) fn assigned(&mut self, slot: usize, copy: Option<Copied>) {
        let binding = self
            .scopes
            .iter_mut()
            .flatten()
            .map(|(_, binding)| binding)
            .find(|binding| binding.root == Root::Local(slot));
        if let Some(binding) = binding
            && copy.is_some()
        {
            binding.copy = copy;
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().flatten().map(|(name, _)| name.as_str())
    }

    /// What a local variable is a copy of.
    fn copy_in(&self, slot: usize) -> Option<&Copied> {
        self.scopes
            .iter()
            .flatten()
            .map(|(_, binding)| binding)
            .find(|binding| binding.root == Root::Local(slot))?
            .copy
            .as_ref()
    }

    /// What the value of `expression` is a copy of, when it is a part of the login as it is.
    pub(super) fn copy_of(&self, expression: &Expression) -> Option<Copied> {
        match &expression.kind {
            ExpressionKind::Variable(Root::User) => Some(Copied::of_login("user")),
            ExpressionKind::Variable(Root::Context) => Some(Copied::of_login("context")),
            ExpressionKind::Variable(Root::Local(slot)) => self.copy_in(*slot).cloned(),
            ExpressionKind::Chain(chain) => {
                let mut copy = self.copy_of(&chain.root)?;
                for step in &chain.steps {
                    match &step.kind {
                        StepKind::Property(name) => {
                            copy.of.push('.');
                            copy.of.push_str(name);
                        }
                        StepKind::Index(_) => copy.of.push_str("[…]"),
                        // What these give is a part of what they are called on.
                        StepKind::Method(Callee::Host(function), _)
                            if matches!(function.name, "get" | "find") =>
                        {
                            copy.of.push_str("[…]");
                        }
                        StepKind::Method(..) => return None,
                    }
                }
                Some(copy)
            }
            ExpressionKind::Call(call) => match (call.callee, call.arguments.as_slice()) {
                (Callee::Host(function), [name]) if function.name == "fact" => match &name.kind {
                    ExpressionKind::Text(name) => Some(Copied {
                        of: format!("fact({name:?})"),
                        is_fact: true,
                    }),
                    _ => None,
                },
                _ => None,
            },
            ExpressionKind::Coalesce(alternatives) => alternatives
                .iter()
                .find_map(|alternative| self.copy_of(alternative)),
            ExpressionKind::If(parts) => self
                .copy_of_block(&parts.then)
                .or_else(|| self.copy_of_block(&parts.otherwise)),
            ExpressionKind::Switch(switch) => switch
                .cases
                .iter()
                .map(|case| &case.body)
                .chain(&switch.default)
                .find_map(|body| self.copy_of(body)),
            ExpressionKind::Block(block) => self.copy_of_block(block),
            _ => None,
        }
    }

    fn copy_of_block(&self, block: &Block) -> Option<Copied> {
        match &block.statements.last()?.kind {
            StatementKind::Expression(expression) => self.copy_of(expression),
            _ => None,
        }
    }
}
