//! The members that are looked at of a value of which not everything is.

use super::Paths;
use crate::memory::Heap;
use serde_json::Value as Json;

/// What can be looked at of a member, and its name.
pub(crate) type Member = (Box<str>, Paths);

/// Members by their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// By name, ascending.
    members: Vec<Member>,
    /// What says of most names that are looked for that they are none of them.
    filter: Filter,
}

impl Named {
    pub(super) const NONE: Self = Self {
        members: Vec::new(),
        filter: Filter::EMPTY,
    };

    /// These members, which are in the order of their names.
    pub(super) fn new(members: Vec<Member>) -> Self {
        let mut filter = Filter::EMPTY;
        for (name, _) in &members {
            filter.add(name);
        }
        Self { members, filter }
    }

    /// All of them, in the order of their names.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member whose name has these bytes.
    #[inline]
    pub(crate) fn member(&self, name: &[u8]) -> Option<&Member> {
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

    /// The part of `json` that can be looked at.
    pub(crate) fn project(&self, json: &Json) -> Json {
        match json {
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

    /// The paths of the member with this name, which becomes a member if it is none.
    pub(super) fn entry(&mut self, name: &str) -> Option<&mut Paths> {
        let index = self.position(name.as_bytes()).unwrap_or_else(|index| {
            self.filter.add(name);
            self.members.insert(index, (name.into(), Paths::default()));
            index
        });
        self.members.get_mut(index).map(|(_, paths)| paths)
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.members
            .binary_search_by(|(member, _)| member.as_bytes().cmp(name))
    }
}

impl Heap for Named {
    fn heap(&self) -> usize {
        let Self { members, filter: _ } = self;
        members.heap()
    }
}

/// Which lengths and first bytes some names have, each as a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
