//! What a rule may write: the refusals about places.

use super::expression::step_name;
use super::scope::{Frame, FrameKind, Mutability, reserved};
use super::translate::Translator;
use crate::codes::Code;
use crate::nearest::nearest;
use crate::source::Position;
use crate::tree::{Expression, ExpressionKind, Place, Root, Step, StepKind};

/// The keys of `context` that a rule may assign, and what is below them.
pub(crate) const WRITABLE: &[&str] = &[
    "multifactor",
    "idToken",
    "accessToken",
    "samlConfiguration",
    "redirect",
    "primaryUser",
    "jwtConfiguration",
];

/// The methods that change single members of a map and may be called on `context` and `user`.
pub(crate) const MEMBER_METHODS: &[&str] = &["set", "remove", "mixin"];

/// How a place is written, for the words of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write<'w> {
    Assignment,
    /// By a method that changes its receiver.
    Method(&'w str),
}

/// A variable as it is written in the rule.
#[derive(Debug, Clone)]
pub(super) struct NamedPlace<'p> {
    pub(super) name: &'p str,
    pub(super) mutability: Mutability,
    pub(super) root: Root,
    pub(super) steps: &'p [Step],
    pub(super) position: Position,
}

impl Translator<'_> {
    /// Refuses what may not be written at `place`; `arguments` are those of a method.
    pub(super) fn check_write(
        &mut self,
        place: &NamedPlace<'_>,
        write: Write<'_>,
        arguments: &[Expression],
    ) {
        self.can_act |= matches!(place.root, Root::User | Root::Context);
        match (place.mutability, place.root) {
            (Mutability::ReservedParameter, _) => {
                let message = format!(
                    "the parameter `{}` is a copy, and what is written to it is lost",
                    place.name
                );
                if place.steps.first().and_then(step_name) == Some("multifactor") {
                    let help = "call `require_mfa(…)`, which needs no `context`".to_owned();
                    self.error(Code::LostWrite, message, place.position, Some(help));
                    return;
                }
                self.error(Code::LostWrite, message, place.position, Some(format!(
                    "write to `{0}` outside of the function, for example with the value that the function returns",
                    place.name
                )));
            }
            (Mutability::Constant, _) => {
                let message = format!("`{}` is a constant and cannot be changed", place.name);
                let help = Some("declare it with `let`".to_owned());
                self.error(Code::ConstantWrite, message, place.position, help);
            }
            (Mutability::Variable, Root::Configuration) => {
                let help =
                    Some("copy the value into a variable of the rule, and change that".to_owned());
                self.error(
                    Code::ConfigurationWrite,
                    "`configuration` cannot be written".to_owned(),
                    place.position,
                    help,
                );
            }
            (Mutability::Variable, Root::Context) => {
                self.check_context_write(place, write, arguments);
            }
            (Mutability::Variable, Root::User) => self.check_user_write(place, write, arguments),
            (Mutability::Variable, Root::Local(slot)) => {
                self.check_local_write(place, slot, write, arguments);
            }
        }
    }

    /// Refuses a second factor that is written to anything but `context`.
    fn refuse_multifactor_elsewhere(
        &mut self,
        place: &NamedPlace<'_>,
        steps: &[Step],
        write: Write<'_>,
        arguments: &[Expression],
    ) -> bool {
        let into_multifactor = steps
            .iter()
            .any(|step| step_name(step) == Some("multifactor"));
        let sets_multifactor = matches!(write, Write::Method("set" | "mixin"))
            && arguments.first().is_some_and(names_multifactor);
        let is_elsewhere = into_multifactor || sets_multifactor;
        if is_elsewhere {
            let instead = match self.frame().kind {
                FrameKind::Function => "call `require_mfa(…)`, which needs no `context`",
                _ => "write `context.multifactor = …`",
            };
            self.error(
                Code::LostWrite,
                format!(
                    "`multifactor` is written to `{}`, and only `context.multifactor` counts",
                    written(place, place.steps.len().saturating_sub(steps.len()))
                ),
                place.position,
                Some(instead.to_owned()),
            );
        }
        is_elsewhere
    }

    fn check_user_write(
        &mut self,
        place: &NamedPlace<'_>,
        write: Write<'_>,
        arguments: &[Expression],
    ) {
        if self.refuse_multifactor_elsewhere(place, place.steps, write, arguments) {
            return;
        }
        let on_member = match write {
            Write::Assignment => !place.steps.is_empty(),
            Write::Method(method) => !place.steps.is_empty() || MEMBER_METHODS.contains(&method),
        };
        if !on_member {
            self.replaced_root("user", place.position);
        }
    }

    fn check_context_write(
        &mut self,
        place: &NamedPlace<'_>,
        write: Write<'_>,
        arguments: &[Expression],
    ) {
        let position = place
            .steps
            .first()
            .map_or(place.position, |step| step.position);
        if let Some(step) = place.steps.iter().find(|step| step.optional) {
            self.error(
                Code::LostWrite,
                "a write behind `?.` is skipped when what is before it is missing".to_owned(),
                step.position,
                Some("write `.`, or assign the whole: `context.multifactor = #{ … }`".to_owned()),
            );
        }
        if let Some((_, below)) = place.steps.split_first()
            && self.refuse_multifactor_elsewhere(place, below, write, arguments)
        {
            return;
        }
        match (place.steps.first().map(|step| &step.kind), write) {
            (Some(StepKind::Property(key)), _) => self.check_context_key(key, position),
            (Some(StepKind::Index(index)), _) => {
                if let ExpressionKind::Text(key) = &index.kind {
                    self.check_context_key(key, position);
                }
            }
            (Some(StepKind::Method(..)), _) => {}
            (None, Write::Method(method)) if MEMBER_METHODS.contains(&method) => {
                match arguments.first().map(|argument| &argument.kind) {
                    Some(ExpressionKind::Text(key)) => self.check_context_key(key, position),
                    Some(ExpressionKind::Map(members)) => {
                        for (key, _) in members {
                            self.check_context_key(key, position);
                        }
                    }
                    _ => {}
                }
            }
            (None, _) => self.replaced_root("context", place.position),
        }
    }

    fn check_context_key(&mut self, key: &str, position: Position) {
        if WRITABLE.contains(&key) {
            return;
        }
        let help = nearest(key, WRITABLE.iter().copied()).map_or_else(
            || format!("a rule may write {}", list(WRITABLE)),
            |near| format!("did you mean `{near}`? A rule may write {}", list(WRITABLE)),
        );
        self.error(
            Code::ContextKey,
            format!("a rule cannot write `context.{key}`"),
            position,
            Some(help),
        );
    }

    fn replaced_root(&mut self, root: &str, position: Position) {
        self.error(
            Code::ReplacedRoot,
            format!("`{root}` cannot be replaced as a whole"),
            position,
            Some(format!(
                "assign the members that change, for example `{root}.{} = …`",
                match root {
                    "context" => "multifactor",
                    _ => "nickname",
                }
            )),
        );
    }

    /// Whether a method writes members of a map, and not elements of an array or a text.
    fn writes_members(&self, place: &NamedPlace<'_>, arguments: &[Expression]) -> bool {
        let is_whole = self
            .frame()
            .resolve(place.name)
            .and_then(|binding| binding.copy.as_ref())
            .is_some_and(|copied| reserved(&copied.of).is_some());
        is_whole
            || matches!(
                arguments.first().map(|argument| &argument.kind),
                Some(ExpressionKind::Text(_) | ExpressionKind::Map(_))
            )
    }

    fn check_local_write(
        &mut self,
        place: &NamedPlace<'_>,
        slot: usize,
        write: Write<'_>,
        arguments: &[Expression],
    ) {
        if self.refuse_multifactor_elsewhere(place, place.steps, write, arguments) {
            return;
        }
        let writes_inside = match write {
            Write::Assignment => !place.steps.is_empty(),
            // Texts and arrays are changed in place by methods, and often on purpose in a copy.
            Write::Method(method) => {
                MEMBER_METHODS.contains(&method) && self.writes_members(place, arguments)
                    || !place.steps.is_empty()
            }
        };
        if !writes_inside {
            return;
        }
        let copied = self
            .frame()
            .resolve(place.name)
            .and_then(|binding| binding.copy.clone());
        if let Some(copied) = copied {
            self.error(
                Code::LostWrite,
                format!(
                    "`{}` is a copy of `{}`, and what is written to it is lost",
                    place.name, copied.of
                ),
                place.position,
                Some(if copied.is_fact {
                    "a fact cannot be written; put what you need into a map of the rule: `#{ … }`"
                        .to_owned()
                } else {
                    format!("write to `{}` itself", copied.of)
                }),
            );
            return;
        }
        let name = place.name.to_owned();
        let position = place.position;
        self.frame_mut()
            .parameter_writes
            .push((slot, name, position));
    }
}

/// The name, mutability and root of the variable that a place starts from.
pub(super) fn named<'p>(frame: &Frame, name: &'p str, place: &'p Place) -> NamedPlace<'p> {
    NamedPlace {
        name,
        mutability: frame
            .resolve(name)
            .map_or(Mutability::Variable, |binding| binding.mutability),
        root: place.root,
        steps: &place.steps,
        position: place.root_position,
    }
}

/// Names in words: "`a`, `b` and `c`".
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// Whether an argument is the name `multifactor`, or a map with such a member.
pub(super) fn names_multifactor(argument: &Expression) -> bool {
    match &argument.kind {
        ExpressionKind::Text(key) => &**key == "multifactor",
        ExpressionKind::Map(members) => members.iter().any(|(key, _)| &**key == "multifactor"),
        _ => false,
    }
}

/// The place that `multifactor` is written to, the steps before `from` not being looked at.
fn written(place: &NamedPlace<'_>, from: usize) -> String {
    let names = place.steps.iter().map(step_name).enumerate();
    let is_it =
        |&(index, name): &(usize, Option<&str>)| index >= from && name == Some("multifactor");
    let length = names.clone().find(is_it).map_or(0, |(index, _)| index);
    let mut path = place.name.to_owned();
    for (_, name) in names.take(length) {
        path.push('.');
        path.push_str(name.unwrap_or("…"));
    }
    path
}
