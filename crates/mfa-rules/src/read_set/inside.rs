//! What is inside of a value, in the analysis.

use super::analysis::Analysis;
use super::origin::{Built, NodeId, Origin};
use super::places::{CONFIGURATION, CONTEXT, USER};
use crate::tree::{Expression, ExpressionKind};

impl<'s> Analysis<'s> {
    /// Whether a value is contained in another one.
    pub(super) fn contains(&mut self, haystack: Origin, needle: &'s Expression) -> Origin {
        if let ExpressionKind::Text(key) = &needle.kind
            && !haystack.nodes.is_empty()
            && haystack.nodes.iter().all(is_root)
        {
            // They are maps, and a map is asked for the key alone.
            self.member(haystack, key);
            return Origin::SCALAR;
        }
        let needle = self.expression(needle);
        self.take_whole(haystack);
        // Scalars that are compared with an array or a map differ from it, whatever is in it.
        if !haystack.is_flat() {
            self.take_whole(needle);
        }
        Origin::SCALAR
    }

    /// `value.name`.
    pub(super) fn property(&mut self, value: Origin, name: &'s str) -> Origin {
        if !matches!(name, "len" | "is_empty") {
            return self.member(value, name);
        }
        // An array has these, and they are of all of it.
        let mut inside = Origin {
            built: value.built.inside(),
            ..Origin::SCALAR
        };
        for node in value.nodes.iter() {
            if is_root(node) {
                inside = inside.or(self.member(Origin::at(node), name));
            } else {
                self.places.take_whole(node);
                inside.built = Built::Any;
            }
        }
        inside
    }

    /// The member of a map. Nothing of an array, of which the type alone matters.
    pub(super) fn member(&mut self, value: Origin, name: &'s str) -> Origin {
        let mut member = Origin {
            built: value.built.inside(),
            ..Origin::SCALAR
        };
        for node in value.nodes.iter() {
            self.work();
            match self.places.member(node, name) {
                Some(node) => member.nodes.insert(node),
                None => member.built = Built::Any,
            }
        }
        member
    }

    /// `value[index]`.
    pub(super) fn element_at(&mut self, value: Origin, index: &'s Expression) -> Origin {
        if let ExpressionKind::Text(name) = &index.kind {
            return self.member(value, name);
        }
        self.expression(index);
        self.inside(value)
    }

    /// Something inside of a value that cannot be named: the value is looked at as a whole.
    pub(super) fn inside(&mut self, value: Origin) -> Origin {
        self.take_whole(value);
        if value.is_flat() {
            Origin::SCALAR
        } else {
            Origin::ANY
        }
    }
}

/// Whether a place is `user`, `context` or `configuration`: a map if it is there at all.
fn is_root(node: NodeId) -> bool {
    matches!(node, USER | CONTEXT | CONFIGURATION)
}
