//! Places: a variable, or something inside of one, that is written or changed.

use super::Evaluation;
use super::chain::Operand;
use super::write::{as_write_failure, not_storable};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::host::arguments::with_article;
use crate::meter::Meter;
use crate::operators;
use crate::source::Position;
use crate::tree::{BinaryOperator, Place, Root, Step, StepKind};
use crate::value::{Text, Value};
use serde_json::Value as Json;
use std::rc::Rc;

/// A step into a map or an array, its index evaluated.
#[derive(Debug)]
pub(super) struct Key<'a> {
    pub(super) value: Value<'a>,
    /// `.name`, and not `[name]`.
    pub(super) is_property: bool,
    /// `?.` or `?[`.
    pub(super) optional: bool,
    pub(super) position: Position,
}

impl<'a> Key<'a> {
    pub(super) fn of_property(step: &'a Step) -> Option<Self> {
        match &step.kind {
            StepKind::Property(name) => Some(Self {
                value: Value::text(name),
                is_property: true,
                optional: step.optional,
                position: step.position,
            }),
            _ => None,
        }
    }

    pub(super) fn index(value: Value<'a>, step: &Step) -> Self {
        Self {
            value,
            is_property: false,
            optional: step.optional,
            position: step.position,
        }
    }
}

/// What is done at a place.
type Change<'c, 'a, R> = &'c mut dyn FnMut(&mut Value<'a>, &mut Meter) -> Result<R, Failure>;

/// Whether a member that is missing comes into being when it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    IsMade,
    IsLeft,
}

impl<'a> Evaluation<'a, '_> {
    /// `place = value`, or `place operator= value`.
    pub(super) fn assign(
        &mut self,
        place: &'a Place,
        operator: Option<BinaryOperator>,
        value: Value<'a>,
    ) -> Result<(), Stop<'a>> {
        let operands = self.operands(&place.steps, Some(place.root))?;
        let keys: Vec<Key<'a>> = place
            .steps
            .iter()
            .zip(operands)
            .filter_map(|(step, operand)| match operand {
                Operand::Index(index) => Some(Key::index(index, step)),
                _ => Key::of_property(step),
            })
            .collect();
        if let (Root::Local(slot), None, []) = (place.root, operator, keys.as_slice()) {
            self.assign_local(slot, value);
            return Ok(());
        }
        let result = self.write(place.root, &keys, operator, &value, place.root_position);
        result.map_err(|failure| failure.at(place.root_position).into())
    }

    pub(super) fn write(
        &mut self,
        root: Root,
        keys: &[Key<'a>],
        operator: Option<BinaryOperator>,
        value: &Value<'a>,
        position: Position,
    ) -> Result<(), Failure> {
        self.check_write(root, keys, &[value])?;
        let written = self.at_place(root, keys, Missing::IsMade, &mut |target, meter| {
            match operator {
                None => *target = value.clone(),
                Some(operator) => {
                    // No other operator changes a map: it fails, or gives something else.
                    let mixes_in = operator == BinaryOperator::Add && value.as_map().is_some();
                    if mixes_in && matches!(root, Root::Local(_)) {
                        refuse_copy(target)?;
                    }
                    operators::compound(operator, target, value.clone(), meter)?;
                    // Two numbers that JSON can hold may give one that it cannot.
                    if let (Root::User | Root::Context, Value::Float(sum)) = (root, target)
                        && !sum.is_finite()
                    {
                        return Err(not_storable("a number that is not finite"));
                    }
                }
            }
            Ok(())
        });
        let written = written.map_err(|failure| as_write_failure(root, failure))?;
        if written.is_some() {
            self.note_write(root, keys, position)?;
        }
        Ok(())
    }

    /// Does something at a place. `None` when a `?.` on the way found `()`, or when the last
    /// member is missing and is not made.
    pub(super) fn at_place<R>(
        &mut self,
        root: Root,
        keys: &[Key<'a>],
        missing: Missing,
        change: Change<'_, 'a, R>,
    ) -> Result<Option<R>, Failure> {
        let target = match root {
            Root::User => &mut self.session.user,
            Root::Context => self.session.context(),
            Root::Configuration => {
                return Err(Failure::uncatchable(
                    Code::ConfigurationWrite,
                    "`configuration` cannot be written",
                ));
            }
            Root::Local(slot) => {
                let slot = self.stack.get_mut(self.base.saturating_add(slot));
                let place = match slot {
                    Some(Value::Cell(cell)) => self.cells.get_mut(*cell),
                    place => place,
                };
                match place {
                    Some(place) => place,
                    None => return Ok(None),
                }
            }
        };
        let owner = match root {
            Root::Local(_) => Owner::Rule,
            _ => Owner::Login,
        };
        descend(target, keys, owner, missing, &mut self.meter, change)
    }
}

/// Whose map is changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// That of the login itself.
    Login,
    /// That of a variable of the rule.
    Rule,
}

/// Refuses to change a map of the login in a variable of the rule: what is written to the copy
/// would be lost.
///
/// SECURITY: most of these do not compile; this holds for the copies that take another way.
pub(super) fn refuse_copy(target: &Value<'_>) -> Result<(), Failure> {
    let is_of_login = match target {
        Value::Map(map) => map.is_of_login(),
        other => other.as_map().is_some(),
    };
    if is_of_login {
        return Err(Failure::uncatchable(
            Code::LostWrite,
            "this map is a copy of a part of the login, and what is written to it would be lost",
        ));
    }
    Ok(())
}

/// Goes into `target` along `keys`, and does something there. What lies on the way and is shared or
/// borrowed is copied, and the copy spent.
fn descend<'a, R>(
    target: &mut Value<'a>,
    keys: &[Key<'a>],
    owner: Owner,
    missing: Missing,
    meter: &mut Meter,
    change: Change<'_, 'a, R>,
) -> Result<Option<R>, Failure> {
    let Some((key, rest)) = keys.split_first() else {
        return change(target, meter).map(Some);
    };
    meter.spend(1)?;
    let at = |failure: Failure| failure.at(key.position);
    if let (Value::Secret(_), _) | (_, Value::Secret(_)) = (&*target, &key.value) {
        let message = "a secret can be neither a key that is written nor written to";
        return Err(at(Failure::uncatchable(Code::SecretUse, message)));
    }
    if owner == Owner::Rule {
        refuse_copy(target).map_err(at)?;
    }
    match target {
        Value::Unit if key.optional => Ok(None),
        Value::Unit => Err(at(Failure::new(
            Code::MissingProperty,
            match key.value.as_text() {
                Some(name) => {
                    format!("`{name}` cannot be written, because what it is in is missing")
                }
                None => "an element cannot be written, because what it is in is missing".to_owned(),
            },
        ))),
        Value::Map(_) | Value::Json(Json::Object(_)) => {
            let Value::Text(name) = &key.value else {
                return Err(at(Failure::new(
                    Code::Type,
                    format!(
                        "the key of a map is a text, and not {}",
                        with_article(&key.value)
                    ),
                )));
            };
            let Some(map) = target.map_mut(meter).map_err(at)? else {
                return Ok(None);
            };
            if !map.contains(name.as_str()) {
                if !rest.is_empty() {
                    return descend(&mut Value::Unit, rest, owner, missing, meter, change);
                }
                if missing == Missing::IsLeft {
                    return Ok(None);
                }
                map.set(name.clone(), Value::Unit, meter).map_err(at)?;
            }
            let Some(member) = map.get_mut(name.as_str(), meter).map_err(at)? else {
                return Ok(None);
            };
            let result = descend(member, rest, owner, missing, meter, change);
            let depth = member.depth();
            map.settle(depth).map_err(at)?;
            result
        }
        Value::Array(_) | Value::Json(Json::Array(_)) => {
            // The key comes before the copy: what that takes is of no matter when it is wrong.
            let index = match &key.value {
                Value::Int(index) => *index,
                other if key.is_property => {
                    return Err(at(Failure::new(
                        Code::Type,
                        format!("an array has no property {other:?} that could be written"),
                    )));
                }
                other => {
                    return Err(at(Failure::new(
                        Code::Type,
                        format!(
                            "the index of an array is an integer, and not {}",
                            with_article(other)
                        ),
                    )));
                }
            };
            let Some(array) = target.array_mut(meter).map_err(at)? else {
                return Ok(None);
            };
            let length = array.items_mut().len();
            let element = operators::array_index(length, index)
                .and_then(|index| array.items_mut().get_mut(index));
            let Some(element) = element else {
                return Err(at(Failure::new(
                    Code::Index,
                    format!("the index {index} is outside of an array of {length} elements"),
                )));
            };
            let result = descend(element, rest, owner, missing, meter, change);
            let depth = element.depth();
            array.settle(depth).map_err(at)?;
            result
        }
        Value::Text(text) if rest.is_empty() && !key.is_property => {
            let mut character =
                operators::index(&Value::Text(text.clone()), &key.value, meter).map_err(at)?;
            let result = change(&mut character, meter).map_err(at)?;
            *text = replaced(text.as_str(), &key.value, &character, meter).map_err(at)?;
            Ok(Some(result))
        }
        other => Err(at(Failure::new(
            Code::Type,
            format!("nothing can be written inside of {}", with_article(other)),
        ))),
    }
}

/// `text` with the character at `index` replaced.
fn replaced<'a>(
    text: &str,
    index: &Value<'_>,
    character: &Value<'_>,
    meter: &mut Meter,
) -> Result<Text<'a>, Failure> {
    let (Value::Int(index), Value::Char(character)) = (index, character) else {
        return Err(Failure::new(
            Code::Type,
            "only a single character can be put into a text",
        ));
    };
    meter.spend_text(text.len())?;
    let length = text.chars().count();
    let place = operators::array_index(length, *index);
    let new: String = text
        .chars()
        .enumerate()
        .map(|(at, old)| if Some(at) == place { *character } else { old })
        .collect();
    meter.allocate_text(new.len())?;
    Ok(Text::Owned(Rc::from(new)))
}
