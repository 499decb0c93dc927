//! The places of a login that a rule can reach, while they are being found.

use super::origin::{MOST_NODES, NodeId, Nodes};
use super::{Paths, ReadSet};

/// How deep a place is at most. What a rule reaches below is part of the place above it.
const DEEPEST: u8 = 8;

/// The places that were found, as a tree below `user`, `context` and `configuration`.
///
/// That a place is in it says that its type is looked at, and its value when it is no array and no
/// object.
pub(super) struct Places<'s> {
    nodes: Vec<Node<'s>>,
    /// Those below which everything is looked at.
    whole: Nodes,
}

struct Node<'s> {
    depth: u8,
    /// By name, ascending.
    members: Vec<(&'s str, NodeId)>,
}

pub(super) const USER: NodeId = 0;
pub(super) const CONTEXT: NodeId = 1;
pub(super) const CONFIGURATION: NodeId = 2;

impl<'s> Places<'s> {
    pub(super) fn new() -> Self {
        let mut nodes = Vec::with_capacity(16);
        nodes.extend([USER, CONTEXT, CONFIGURATION].map(|_| Node::new(0)));
        Self {
            nodes,
            whole: Nodes::default(),
        }
    }

    /// The member of a place; `None` when everything below the place is looked at, which it is too
    /// when there is no room for another place.
    pub(super) fn member(&mut self, of: NodeId, name: &'s str) -> Option<NodeId> {
        if self.whole.has(of) {
            return None;
        }
        let next = self.nodes.len();
        let node = self.nodes.get_mut(usize::from(of))?;
        match node.members.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(index) => node.members.get(index).map(|(_, member)| *member),
            Err(index) => {
                let depth = node.depth.saturating_add(1);
                let member = NodeId::try_from(next)
                    .ok()
                    .filter(|_| depth <= DEEPEST && next < MOST_NODES);
                match member {
                    Some(member) => {
                        node.members.insert(index, (name, member));
                        self.nodes.push(Node::new(depth));
                    }
                    None => self.whole.insert(of),
                }
                member
            }
        }
    }

    /// Takes note that everything below a place is looked at.
    pub(super) fn take_whole(&mut self, of: NodeId) {
        self.whole.insert(of);
    }

    pub(super) fn take_all_whole(&mut self, of: Nodes) {
        self.whole = self.whole.or(of);
    }

    /// What can be looked at.
    pub(super) fn into_read_set(self) -> ReadSet {
        ReadSet {
            user: self.paths(USER),
            context: self.paths(CONTEXT),
            configuration: self.paths(CONFIGURATION),
        }
    }

    fn paths(&self, of: NodeId) -> Paths {
        match self.nodes.get(usize::from(of)) {
            None => Paths::everything(),
            Some(_) if self.whole.has(of) => Paths::everything(),
            Some(node) => {
                let members = node.members.iter();
                let members = members.map(|(name, member)| ((*name).into(), self.paths(*member)));
                Paths::of(members.collect())
            }
        }
    }
}

impl Node<'_> {
    const fn new(depth: u8) -> Self {
        Self {
            depth,
            members: Vec::new(),
        }
    }
}
