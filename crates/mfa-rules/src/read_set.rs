//! What a rule set can look at of a login: the [`ReadSet`].
//!
//! [`reads`] computes it for a rule, from its tree; `decide` knows what the engine itself looks at.

mod analysis;
mod calls;
mod host_functions;
mod inside;
mod origin;
mod places;
#[cfg(test)]
mod tests;

pub(crate) use analysis::reads;

use crate::memory::Heap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

/// What a rule, or a rule set, can look at of a login, known before any login comes.
///
/// A login that is cut down to it has the same outcome as the whole login: the same decision,
/// second factor, denial, errors, effects and changes. What a rule assigns is part of it too,
/// because [`Outcome::changes`](crate::Outcome::changes) compares with what was there before.
///
/// A rule that lets a part of the login escape — into a loop, `keys`, a function that looks at all
/// of it — can look at everything below that part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadSet {
    pub(crate) user: Paths,
    pub(crate) context: Paths,
    pub(crate) configuration: Paths,
}

/// The paths below one value, as a tree.
///
/// Of a value that is reached, its type can be looked at, and all of it when it is a text, a
/// number, a boolean or `null`; of an object the [members](Self::members) that are named, or
/// [everything](Self::is_whole).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths {
    whole: bool,
    /// By name, ascending; none when `whole`.
    members: Vec<Member>,
    /// What says of most names that are looked for that they are none of the members.
    filter: Filter,
}

/// What can be looked at of a member, and its name.
pub(crate) type Member = (Box<str>, Paths);

/// One path of [`Paths`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct ReadPath {
    /// JSON Pointer (RFC 6901), from the value that the tree is of: `/app_metadata/use_mfa`.
    pub path: String,
    /// How much of the value is looked at.
    pub part: ReadPart,
}

/// How much of a value can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadPart {
    /// Whether it is there, its type, and its value when it is no array and no object.
    Shape,
    /// All of it.
    Whole,
}

impl ReadSet {
    /// Everything that a login has.
    pub fn everything() -> Self {
        Self {
            user: Paths::everything(),
            context: Paths::everything(),
            configuration: Paths::everything(),
        }
    }

    /// The paths below `user`.
    pub fn user(&self) -> &Paths {
        &self.user
    }

    /// The paths below `context`.
    pub fn context(&self) -> &Paths {
        &self.context
    }

    /// The paths below `configuration`.
    pub fn configuration(&self) -> &Paths {
        &self.configuration
    }

    /// What this set or the other can look at.
    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.user.add_all(&other.user);
        self.context.add_all(&other.context);
        self.configuration.add_all(&other.configuration);
        self
    }
}

impl Paths {
    /// The value and everything below it.
    pub fn everything() -> Self {
        Self {
            whole: true,
            members: Vec::new(),
            filter: Filter::EMPTY,
        }
    }

    /// These members, which are in the order of their names.
    fn of(members: impl Iterator<Item = (Box<str>, Self)>) -> Self {
        let members: Vec<_> = members.collect();
        let mut filter = Filter::EMPTY;
        for (name, _) in &members {
            filter.add(name);
        }
        Self {
            whole: false,
            members,
            filter,
        }
    }

    /// Whether everything below the value can be looked at.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// The members that can be looked at, in the order of their names; none when the value
    /// [is whole](Self::is_whole).
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&str, &Paths)> {
        self.members
            .iter()
            .map(|(name, member)| (name.as_ref(), member))
    }

    /// What can be looked at of a member; `None` when it is not looked at. Of a value that is looked
    /// at as a whole, every member is too.
    pub fn member(&self, name: &str) -> Option<&Paths> {
        static WHOLE: Paths = Paths {
            whole: true,
            members: Vec::new(),
            filter: Filter::EMPTY,
        };
        if self.whole {
            return Some(&WHOLE);
        }
        self.named(name.as_bytes()).map(|(_, member)| member)
    }

    /// The [member](Self::members) whose name has these bytes.
    #[inline]
    pub(crate) fn named(&self, name: &[u8]) -> Option<&Member> {
        if self.filter.may_have(name) {
            self.found(name)
        } else {
            None
        }
    }

    fn found(&self, name: &[u8]) -> Option<&Member> {
        const FEW: usize = 8;
        if self.members.len() <= FEW {
            let mut members = self.members.iter();
            return members.find(|(member, _)| member.as_bytes() == name);
        }
        self.members.get(self.position(name).ok()?)
    }

    /// All paths that end here, in the order of their names.
    pub fn paths(&self) -> Vec<ReadPath> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    /// The part of `json` that can be looked at.
    pub fn project(&self, json: &Json) -> Json {
        match json {
            whole if self.whole => whole.clone(),
            Json::Object(members) => {
                let kept = self.members.iter().filter_map(|(name, paths)| {
                    let member = members.get(&**name)?;
                    Some((String::from(&**name), paths.project(member)))
                });
                Json::Object(kept.collect())
            }
            Json::Array(_) => Json::Array(Vec::new()),
            scalar => scalar.clone(),
        }
    }

    /// Adds a path, given by the names of its members.
    pub(crate) fn add<'n>(&mut self, names: impl IntoIterator<Item = &'n str>, part: ReadPart) {
        let mut paths = self;
        for name in names {
            if paths.whole {
                return;
            }
            let index = match paths.position(name.as_bytes()) {
                Ok(index) => index,
                Err(index) => {
                    paths.insert(index, name.into(), Self::default());
                    index
                }
            };
            let Some((_, member)) = paths.members.get_mut(index) else {
                return;
            };
            paths = member;
        }
        if part == ReadPart::Whole {
            *paths = Self::everything();
        }
    }

    /// Adds everything that `other` has.
    pub(crate) fn add_all(&mut self, other: &Self) {
        if self.whole {
            return;
        }
        if other.whole {
            *self = Self::everything();
            return;
        }
        for (name, theirs) in &other.members {
            match self.position(name.as_bytes()) {
                Ok(index) => {
                    if let Some((_, ours)) = self.members.get_mut(index) {
                        ours.add_all(theirs);
                    }
                }
                Err(index) => self.insert(index, name.clone(), theirs.clone()),
            }
        }
    }

    fn insert(&mut self, index: usize, name: Box<str>, paths: Self) {
        self.filter.add(&name);
        self.members.insert(index, (name, paths));
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.members
            .binary_search_by(|(member, _)| member.as_bytes().cmp(name))
    }

    fn collect(&self, path: &str, paths: &mut Vec<ReadPath>) {
        if self.members.is_empty() && (self.whole || !path.is_empty()) {
            let part = if self.whole {
                ReadPart::Whole
            } else {
                ReadPart::Shape
            };
            paths.push(ReadPath {
                path: path.to_owned(),
                part,
            });
        }
        for (name, member) in &self.members {
            let name = name.replace('~', "~0").replace('/', "~1");
            member.collect(&format!("{path}/{name}"), paths);
        }
    }
}

/// Which lengths and first bytes some names have, each as a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Filter {
    lengths: u32,
    firsts: u32,
}

impl Filter {
    const EMPTY: Self = Self {
        lengths: 0,
        firsts: 0,
    };

    fn add(&mut self, name: &str) {
        self.lengths |= bit(name.len());
        self.firsts |= first_bit(name.as_bytes());
    }

    /// Whether a name may be among them.
    ///
    /// The length goes first: to know it, the name itself need not be fetched from memory.
    #[inline]
    fn may_have(self, name: &[u8]) -> bool {
        self.lengths & bit(name.len()) != 0 && self.firsts & first_bit(name) != 0
    }
}

#[inline]
fn first_bit(name: &[u8]) -> u32 {
    bit(name.first().copied().unwrap_or_default().into())
}

#[inline]
fn bit(number: usize) -> u32 {
    1 << (number % 32)
}

impl Heap for Paths {
    fn heap(&self) -> usize {
        let Self {
            whole: _,
            members,
            filter: _,
        } = self;
        members.heap()
    }
}

/// `{"user":[{"path":…,"part":…}],"context":[…],"configuration":[…]}`
impl Serialize for ReadSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("user", &self.user)?;
        map.serialize_entry("context", &self.context)?;
        map.serialize_entry("configuration", &self.configuration)?;
        map.end()
    }
}

/// A list of [`ReadPath`]s.
impl Serialize for Paths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.paths().serialize(serializer)
    }
}
