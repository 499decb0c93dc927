//! What a rule set can look at of a login: the [`ReadSet`].
//!
//! [`reads`] computes it for a rule, from its tree; `decide` knows what the engine itself looks at.

mod analysis;
mod calls;
mod host_functions;
mod inside;
mod named;
mod origin;
mod places;
#[cfg(test)]
mod tests;

pub(crate) use analysis::reads;
pub(crate) use named::{Member, Named};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The members that are looked at; `None` when everything is.
    named: Option<Named>,
}

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
    pub const fn everything() -> Self {
        Self { named: None }
    }

    /// These members, which are in the order of their names.
    fn of(members: Vec<Member>) -> Self {
        let named = Some(Named::new(members));
        Self { named }
    }

    /// Whether everything below the value can be looked at.
    pub fn is_whole(&self) -> bool {
        self.named.is_none()
    }

    /// The members that can be looked at, when not everything can be.
    pub(crate) fn named(&self) -> Option<&Named> {
        self.named.as_ref()
    }

    /// The members that can be looked at, in the order of their names; none when the value
    /// [is whole](Self::is_whole).
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&str, &Paths)> {
        let members = self.named().map_or(&[][..], Named::members);
        members.iter().map(|(name, paths)| (name.as_ref(), paths))
    }

    /// What can be looked at of a member; `None` when it is not looked at. Of a value that is looked
    /// at as a whole, every member is too.
    pub fn member(&self, name: &str) -> Option<&Paths> {
        static EVERYTHING: Paths = Paths::everything();
        let Some(named) = self.named() else {
            return Some(&EVERYTHING);
        };
        named.member(name.as_bytes()).map(|(_, paths)| paths)
    }

    /// All paths that end here, in the order of their names.
    pub fn paths(&self) -> Vec<ReadPath> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    /// The part of `json` that can be looked at.
    pub fn project(&self, json: &Json) -> Json {
        match self.named() {
            None => json.clone(),
            Some(named) => named.project(json),
        }
    }

    /// Adds a path, given by the names of its members.
    pub(crate) fn add<'n>(&mut self, names: impl IntoIterator<Item = &'n str>, part: ReadPart) {
        let mut paths = self;
        for name in names {
            let Some(member) = paths.named.as_mut().and_then(|named| named.entry(name)) else {
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
        let Some(ours) = &mut self.named else {
            return;
        };
        let Some(theirs) = &other.named else {
            *self = Self::everything();
            return;
        };
        for (name, paths) in theirs.members() {
            if let Some(member) = ours.entry(name) {
                member.add_all(paths);
            }
        }
    }

    fn collect(&self, path: &str, paths: &mut Vec<ReadPath>) {
        let is_whole = self.is_whole();
        if self.members().len() == 0 && (is_whole || !path.is_empty()) {
            let part = if is_whole {
                ReadPart::Whole
            } else {
                ReadPart::Shape
            };
            paths.push(ReadPath {
                path: path.to_owned(),
                part,
            });
        }
        for (name, member) in self.members() {
            let name = name.replace('~', "~0").replace('/', "~1");
            member.collect(&format!("{path}/{name}"), paths);
        }
    }
}

/// Nothing below the value.
impl Default for Paths {
    fn default() -> Self {
        let named = Some(Named::NONE);
        Self { named }
    }
}

impl Heap for Paths {
    fn heap(&self) -> usize {
        let Self { named } = self;
        named.heap()
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
