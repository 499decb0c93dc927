//! What a rule computes with: values that borrow from the login where they can.
//!
//! A value is cheap to clone. Arrays and maps that a rule builds are shared until one of their
//! holders changes them; those of the login are borrowed until then.

use crate::codes::Code;
use crate::failure::Failure;
use crate::member::member;
use crate::meter::{Meter, OVERHEAD};
use crate::secret::Secret;
use chrono::{DateTime, Utc};
use serde_json::{Number, Value as Json};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// How deeply arrays and maps that a rule builds may be nested.
pub(crate) const MAX_DEPTH: u16 = 64;

/// A value of the rule language.
#[derive(Clone, Default)]
pub(crate) enum Value<'a> {
    /// `()`, also JSON's `null` and what is missing.
    #[default]
    Unit,
    Bool(bool),
    Int(i64),
    Float(f64),
    Char(char),
    Text(Text<'a>),
    /// An array that a rule built.
    Array(Rc<Array<'a>>),
    /// A map that a rule built, or one of the login with changes over it.
    Map(Rc<Map<'a>>),
    /// An array or object of the login, as it lies there. Never a scalar: see [`Value::from_json`].
    Json(&'a Json),
    Range(Rc<Range>),
    Time(DateTime<Utc>),
    Function(Rc<Function<'a>>),
    /// A secret of the rule set: opaque.
    Secret(&'a Secret),
    /// A variable that a closure has captured: an index into the cells of the evaluation.
    /// It stands only in a variable's slot and is never the result of an expression.
    Cell(usize),
}

/// A text, borrowed or built.
#[derive(Clone)]
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Owned(Rc<str>),
}

/// An array that a rule built.
#[derive(Clone, Debug, Default)]
pub(crate) struct Array<'a> {
    items: Vec<Value<'a>>,
    depth: u16,
}

/// A map: members over the members of an object of the login.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map<'a> {
    base: Option<&'a serde_json::Map<String, Json>>,
    /// `None` is a member of `base` that was removed.
    own: BTreeMap<Text<'a>, Option<Value<'a>>>,
    len: usize,
    depth: u16,
    /// Whether it is a new map, for all that it shares with the login.
    is_new: bool,
}

/// `start..end` or `start..=end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) inclusive: bool,
}

/// A function as a value: a closure with what it captured, or a script function by its name.
#[derive(Clone, Debug)]
pub(crate) struct Function<'a> {
    /// Index into the functions of the script.
    pub(crate) index: usize,
    /// What was captured: the first parameters, each a [`Value::Cell`] or a value.
    pub(crate) captures: Vec<Value<'a>>,
    /// The number of parameters that a caller gives.
    pub(crate) parameters: usize,
}

impl<'a> Value<'a> {
    /// What `json` is in a rule: `null` is `()`, an integer outside 64-bit signed a float.
    pub(crate) fn from_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Unit,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::from_number(number),
            Json::String(text) => Self::Text(Text::Borrowed(text)),
            Json::Array(_) | Json::Object(_) => Self::Json(json),
        }
    }

    /// What a number is in a rule, whatever features an embedder's `serde_json` has.
    ///
    /// SECURITY: with `arbitrary_precision` a number may be beyond all floats. It is the one that is
    /// farthest out then, so that it is on the right side of whatever it is compared with. NaN is
    /// above no limit, and neither is infinity, which Rhai compares by its relative distance: a rule
    /// that asks for a second factor above a limit would not.
    pub(crate) fn from_number(number: &Number) -> Self {
        // With that feature `-0` is an integer too, and without it a float.
        let is_negative_zero = number.as_i64() == Some(0) && number.as_u64().is_none();
        match (number.as_i64(), number.as_f64()) {
            _ if is_negative_zero => Self::Float(-0.0),
            (Some(integer), _) => Self::Int(integer),
            (None, Some(float)) => Self::Float(float),
            (None, None) if number.to_string().starts_with('-') => Self::Float(f64::MIN),
            (None, None) => Self::Float(f64::MAX),
        }
    }

    /// A text that borrows.
    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Text::Borrowed(text))
    }

    /// A new text, its memory spent.
    pub(crate) fn new_text(text: &str, meter: &mut Meter) -> Result<Self, Failure> {
        meter.allocate_text(text.len())?;
        Ok(Self::Text(Text::Owned(Rc::from(text))))
    }

    /// A new array, its memory spent.
    pub(crate) fn new_array(items: Vec<Value<'a>>, meter: &mut Meter) -> Result<Self, Failure> {
        Ok(Self::Array(Rc::new(Array::new(items, meter)?)))
    }

    /// The text, when it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The array, when it is one, whoever built it.
    pub(crate) fn as_array(&self) -> Option<ArrayRef<'_, 'a>> {
        match self {
            Self::Array(array) => Some(ArrayRef::Own(&array.items)),
            Self::Json(Json::Array(items)) => Some(ArrayRef::Json(items)),
            _ => None,
        }
    }

    /// The map, when it is one, whoever built it.
    pub(crate) fn as_map(&self) -> Option<MapRef<'_, 'a>> {
        match self {
            Self::Map(map) => Some(MapRef::Own(map)),
            Self::Json(Json::Object(members)) => Some(MapRef::Json(members)),
            _ => None,
        }
    }

    /// The array, to be changed: it is copied, and the copy spent, unless the caller is its only
    /// holder. `None` when the value is no array.
    pub(crate) fn array_mut(
        &mut self,
        meter: &mut Meter,
    ) -> Result<Option<&mut Array<'a>>, Failure> {
        if let Self::Json(Json::Array(items)) = *self {
            let items: &'a [Json] = items;
            meter.allocate(items.len().saturating_mul(size_of::<Value<'a>>()))?;
            let items = items.iter().map(Value::from_json).collect();
            *self = Self::Array(Rc::new(Array { items, depth: 1 }));
        }
        let Self::Array(array) = self else {
            return Ok(None);
        };
        if Rc::get_mut(array).is_none() {
            meter.allocate(array.items.len().saturating_mul(size_of::<Value<'a>>()))?;
        }
        Ok(Some(Rc::make_mut(array)))
    }

    /// The map, to be changed: what was changed in it before is copied, and the copy spent, unless
    /// the caller is its only holder. `None` when the value is no map.
    pub(crate) fn map_mut(&mut self, meter: &mut Meter) -> Result<Option<&mut Map<'a>>, Failure> {
        if let Self::Json(Json::Object(members)) = *self {
            meter.allocate(size_of::<Map<'a>>().saturating_add(OVERHEAD))?;
            *self = Self::Map(Rc::new(Map::over(members)));
        }
        let Self::Map(map) = self else {
            return Ok(None);
        };
        if Rc::get_mut(map).is_none() {
            meter.allocate(map.own.len().saturating_mul(Map::MEMBER_SIZE))?;
        }
        Ok(Some(Rc::make_mut(map)))
    }

    /// How deeply the value is nested, as far as a rule built it.
    pub(crate) fn depth(&self) -> u16 {
        match self {
            Self::Array(array) => array.depth,
            Self::Map(map) => map.depth,
            Self::Json(_) => 1,
            _ => 0,
        }
    }

    /// The type, in the words of the rule language.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Unit => "()",
            Self::Bool(_) => "boolean",
            Self::Int(_) => "integer",
            Self::Float(_) => "float",
            Self::Char(_) => "character",
            Self::Text(_) => "text",
            Self::Array(_) | Self::Json(Json::Array(_)) => "array",
            Self::Map(_) | Self::Json(_) => "map",
            Self::Range(_) => "range",
            Self::Time(_) => "time",
            Self::Function(_) => "function",
            Self::Secret(_) => "secret",
            Self::Cell(_) => "variable",
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("()"),
            Self::Bool(value) => fmt::Debug::fmt(value, f),
            Self::Int(value) => fmt::Debug::fmt(value, f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Char(value) => fmt::Debug::fmt(value, f),
            Self::Text(value) => fmt::Debug::fmt(value.as_str(), f),
            Self::Array(array) => fmt::Debug::fmt(&array.items, f),
            Self::Map(map) => fmt::Debug::fmt(map, f),
            Self::Json(json) => fmt::Debug::fmt(json, f),
            Self::Range(range) => fmt::Debug::fmt(range, f),
            Self::Time(time) => fmt::Debug::fmt(time, f),
            Self::Function(function) => write!(f, "function #{}", function.index),
            Self::Secret(_) => f.write_str("***"),
            Self::Cell(index) => write!(f, "cell #{index}"),
        }
    }
}

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text<'_> {}

impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The depth of a container with a member of depth `inner`.
fn depth_around(inner: u16) -> Result<u16, Failure> {
    let depth = inner.saturating_add(1);
    if depth > MAX_DEPTH {
        return Err(Failure::uncatchable(
            Code::Depth,
            format!("a value is nested more than {MAX_DEPTH} levels deep"),
        ));
    }
    Ok(depth)
}

impl<'a> Array<'a> {
    /// An array of `items`, its memory spent.
    pub(crate) fn new(items: Vec<Value<'a>>, meter: &mut Meter) -> Result<Self, Failure> {
        meter.check_elements(items.len())?;
        meter.allocate(
            items
                .len()
                .saturating_mul(size_of::<Value<'a>>())
                .saturating_add(size_of::<Self>())
                .saturating_add(OVERHEAD),
        )?;
        let inner = items.iter().map(Value::depth).max().unwrap_or(0);
        Ok(Self {
            items,
            depth: depth_around(inner)?,
        })
    }

    /// Puts `value` at `index`, moving the rest up; an index behind the end appends.
    pub(crate) fn insert(
        &mut self,
        index: usize,
        value: Value<'a>,
        meter: &mut Meter,
    ) -> Result<(), Failure> {
        meter.check_elements(self.items.len().saturating_add(1))?;
        // A vector doubles when it grows, hence twice the size of an element; it begins with four.
        let room = if self.items.is_empty() { 5 } else { 2 };
        meter.allocate(size_of::<Value<'a>>().saturating_mul(room))?;
        let index = index.min(self.items.len());
        meter.spend_bytes(
            (self.items.len().saturating_sub(index)).saturating_mul(size_of::<Value<'a>>()),
        )?;
        self.depth = self.depth.max(depth_around(value.depth())?);
        self.items.insert(index, value);
        Ok(())
    }

    /// The elements, to be reordered or removed. Whoever puts one in calls [`Array::settle`].
    pub(crate) fn items_mut(&mut self) -> &mut Vec<Value<'a>> {
        &mut self.items
    }

    /// Takes note of what was put in through [`Array::items_mut`].
    pub(crate) fn settle(&mut self, put_in: u16) -> Result<(), Failure> {
        self.depth = self.depth.max(depth_around(put_in)?);
        Ok(())
    }
}

impl<'a> Map<'a> {
    /// What a member that a rule writes takes in memory, its share of the tree included.
    pub(crate) const MEMBER_SIZE: usize = 5 * Self::ENTRY_SIZE / 2;

    /// What the first member takes beside that: the map itself, and a node of the tree, which has
    /// room for 11 members.
    pub(crate) const FIRST_NODE: usize = 9 * Self::ENTRY_SIZE + size_of::<Self>() + 2 * OVERHEAD;

    const ENTRY_SIZE: usize = size_of::<Option<Value<'static>>>() + size_of::<Text<'static>>();

    /// The members of an object of the login.
    pub(crate) fn over(base: &'a serde_json::Map<String, Json>) -> Self {
        Self {
            base: Some(base),
            own: BTreeMap::new(),
            len: base.len(),
            depth: 1,
            is_new: false,
        }
    }

    /// Whether it is an object of the login, or a copy of one.
    pub(crate) fn is_of_login(&self) -> bool {
        self.base.is_some() && !self.is_new
    }

    /// Makes it a new map.
    pub(crate) fn make_new(&mut self) {
        self.is_new = true;
    }

    /// The object of the login under the changes.
    pub(crate) fn base(&self) -> Option<&'a serde_json::Map<String, Json>> {
        self.base
    }

    /// The changes over [`Map::base`], in key order; `None` is a removed member.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&Text<'a>, Option<&Value<'a>>)> {
        self.own.iter().map(|(key, value)| (key, value.as_ref()))
    }

    /// Whether a member of [`Map::base`] was set or removed.
    pub(crate) fn changes_member(&self, key: &str) -> bool {
        self.own.contains_key(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// How deeply it is nested, as far as a rule built it.
    pub(crate) fn depth(&self) -> u16 {
        self.depth
    }

    pub(crate) fn get(&self, key: &str) -> Option<Value<'a>> {
        match self.own.get(key) {
            Some(own) => own.clone(),
            None => Some(Value::from_json(member(self.base?, key)?)),
        }
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        match self.own.get(key) {
            Some(own) => own.is_some(),
            None => self.base.is_some_and(|base| base.contains_key(key)),
        }
    }

    /// Sets a member.
    pub(crate) fn set(
        &mut self,
        key: Text<'a>,
        value: Value<'a>,
        meter: &mut Meter,
    ) -> Result<(), Failure> {
        let depth = depth_around(value.depth())?;
        meter.spend_key(key.as_str())?;
        let grows = !self.contains(key.as_str());
        if grows {
            meter.check_elements(self.own.len().saturating_add(1))?;
        }
        if !self.own.contains_key(key.as_str()) {
            self.make_room(meter)?;
        }
        meter.spend(1)?;
        self.depth = self.depth.max(depth);
        self.len = self.len.saturating_add(usize::from(grows));
        self.own.insert(key, Some(value));
        Ok(())
    }

    /// Sets a member that is no deeper than a map of scalars, and whose room was spent before.
    pub(crate) fn put(&mut self, key: Text<'a>, value: Value<'a>) {
        let grows = !self.contains(key.as_str());
        self.depth = self.depth.max(value.depth().saturating_add(1));
        self.len = self.len.saturating_add(usize::from(grows));
        self.own.insert(key, Some(value));
    }

    /// What a member is, without a copy of it.
    pub(crate) fn find(&self, key: &str) -> Option<Member<'_, 'a>> {
        match self.own.get(key) {
            Some(own) => own.as_ref().map(Member::Own),
            None => member(self.base?, key).map(Member::Json),
        }
    }

    /// Removes a member and gives what it was.
    pub(crate) fn remove(
        &mut self,
        key: &str,
        meter: &mut Meter,
    ) -> Result<Option<Value<'a>>, Failure> {
        meter.spend_key(key)?;
        let Some(old) = self.get(key) else {
            return Ok(None);
        };
        self.len = self.len.saturating_sub(1);
        match self.base.and_then(|base| base.get_key_value(key)) {
            Some((key, _)) => {
                self.make_room(meter)?;
                self.own.insert(Text::Borrowed(key), None);
            }
            None => {
                self.own.remove(key);
            }
        }
        Ok(Some(old))
    }

    /// A member, to be changed where it is; a member of the login is first put among the own ones.
    /// `None` when there is no such member. Whoever changes it calls [`Map::settle`].
    pub(crate) fn get_mut(
        &mut self,
        key: &str,
        meter: &mut Meter,
    ) -> Result<Option<&mut Value<'a>>, Failure> {
        meter.spend_key(key)?;
        if !self.own.contains_key(key) {
            let Some((key, json)) = self.base.and_then(|base| base.get_key_value(key)) else {
                return Ok(None);
            };
            self.make_room(meter)?;
            self.own
                .insert(Text::Borrowed(key), Some(Value::from_json(json)));
        }
        Ok(self.own.get_mut(key).and_then(Option::as_mut))
    }

    /// Spends the memory of another member.
    fn make_room(&self, meter: &mut Meter) -> Result<(), Failure> {
        if self.own.is_empty() {
            meter.allocate(Self::FIRST_NODE)?;
        }
        meter.allocate(Self::MEMBER_SIZE)
    }

    /// Takes note of a member changed through [`Map::get_mut`], which now has this depth.
    pub(crate) fn settle(&mut self, member: u16) -> Result<(), Failure> {
        self.depth = self.depth.max(depth_around(member)?);
        Ok(())
    }
}

/// A member of a map, where it lies.
#[derive(Clone, Copy)]
pub(crate) enum Member<'v, 'a> {
    Own(&'v Value<'a>),
    Json(&'a Json),
}

/// An array, whoever built it.
#[derive(Clone, Copy)]
pub(crate) enum ArrayRef<'v, 'a> {
    Own(&'v [Value<'a>]),
    Json(&'a [Json]),
}

impl<'v, 'a> ArrayRef<'v, 'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Own(items) => items.len(),
            Self::Json(items) => items.len(),
        }
    }

    pub(crate) fn get(self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Own(items) => items.get(index).cloned(),
            Self::Json(items) => items.get(index).map(Value::from_json),
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Value<'a>> + use<'v, 'a> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

/// A map, whoever built it.
#[derive(Clone, Copy)]
pub(crate) enum MapRef<'v, 'a> {
    Own(&'v Map<'a>),
    Json(&'a serde_json::Map<String, Json>),
}

impl<'a> MapRef<'_, 'a> {
    pub(crate) fn len(self) -> usize {
        match self {
            Self::Own(map) => map.len(),
            Self::Json(members) => members.len(),
        }
    }

    pub(crate) fn get(self, key: &str) -> Option<Value<'a>> {
        match self {
            Self::Own(map) => map.get(key),
            Self::Json(members) => member(members, key).map(Value::from_json),
        }
    }

    pub(crate) fn contains(self, key: &str) -> bool {
        match self {
            Self::Own(map) => map.contains(key),
            Self::Json(members) => members.contains_key(key),
        }
    }

    /// The keys in order, whatever order the embedder's `serde_json` keeps. Spends them.
    pub(crate) fn keys(self, meter: &mut Meter) -> Result<Vec<Text<'a>>, Failure> {
        meter.allocate(self.len().saturating_mul(size_of::<Text<'a>>()))?;
        let mut keys = Keys {
            keys: Vec::with_capacity(self.len()),
            are_sorted: true,
        };
        match self {
            Self::Json(members) => {
                for key in members.keys() {
                    keys.push(Text::Borrowed(key), meter)?;
                }
            }
            Self::Own(map) => {
                for key in map.base.into_iter().flat_map(serde_json::Map::keys) {
                    if !map.own.contains_key(key.as_str()) {
                        keys.push(Text::Borrowed(key), meter)?;
                    }
                }
                for (key, value) in &map.own {
                    if value.is_some() {
                        keys.push(key.clone(), meter)?;
                    }
                }
            }
        }
        Ok(keys.sorted())
    }

    /// The members in key order. Spends them.
    pub(crate) fn entries(self, meter: &mut Meter) -> Result<Vec<(Text<'a>, Value<'a>)>, Failure> {
        let keys = self.keys(meter)?;
        meter.allocate(keys.len().saturating_mul(size_of::<Value<'a>>()))?;
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            meter.spend(1)?;
            if let Some(value) = self.get(key.as_str()) {
                entries.push((key, value));
            }
        }
        Ok(entries)
    }
}

/// Keys that are being collected. Each is spent alone, because a map of the login may have any
/// number of them, and the clock must be read.
struct Keys<'a> {
    keys: Vec<Text<'a>>,
    are_sorted: bool,
}

impl<'a> Keys<'a> {
    fn push(&mut self, key: Text<'a>, meter: &mut Meter) -> Result<(), Failure> {
        meter.spend(1)?;
        self.are_sorted = self.are_sorted && self.keys.last().is_none_or(|last| *last <= key);
        self.keys.push(key);
        Ok(())
    }

    /// A few sorted sequences one after the other are merged in linear time.
    fn sorted(mut self) -> Vec<Text<'a>> {
        if !self.are_sorted {
            self.keys.sort();
        }
        self.keys
    }
}
