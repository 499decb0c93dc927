//! Where a value can come from, as the analysis knows it.

/// Where a value can come from: which places of the login it can be, and what it can be besides.
///
/// What is not a place of the login is the same for every login that differs only in what the rule
/// does not read: either it holds nothing of the login, or what it holds is read as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// The places whose value it can be, as it lies there.
    pub(super) nodes: Nodes,
    /// What it can be when it is none of them.
    pub(super) built: Built,
}

/// What a value is that is no place of the login.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Built {
    /// Neither an array nor a map.
    #[default]
    Scalar,
    /// That, or an array or a map of such values.
    Flat,
    Any,
}

impl Origin {
    pub(super) const SCALAR: Self = Self::built(Built::Scalar);
    pub(super) const FLAT: Self = Self::built(Built::Flat);
    pub(super) const ANY: Self = Self::built(Built::Any);

    const fn built(built: Built) -> Self {
        Self {
            nodes: Nodes([0; WORDS]),
            built,
        }
    }

    /// The value at a place.
    pub(super) fn at(node: NodeId) -> Self {
        let mut origin = Self::SCALAR;
        origin.nodes.insert(node);
        origin
    }

    /// Either of two values.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.or(other.nodes),
            built: self.built.max(other.built),
        }
    }

    /// Whether it is certainly neither an array nor a map.
    pub(super) fn is_scalar(self) -> bool {
        self.nodes.is_empty() && self.built == Built::Scalar
    }

    /// Whether it certainly holds nothing but scalars, and nothing of the login as it lies there.
    pub(super) fn is_flat(self) -> bool {
        self.nodes.is_empty() && self.built <= Built::Flat
    }
}

impl Built {
    /// What is inside of it.
    pub(super) fn inside(self) -> Self {
        match self {
            Self::Scalar | Self::Flat => Self::Scalar,
            Self::Any => Self::Any,
        }
    }
}

/// A place of the login, by its number.
pub(super) type NodeId = u8;

/// How many places there are at most: as many as [`NodeId`] can name.
pub(super) const MOST_NODES: usize = 256;

const WORDS: usize = MOST_NODES / 64;

/// A set of places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Nodes([u64; WORDS]);

impl Nodes {
    pub(super) fn insert(&mut self, node: NodeId) {
        if let Some(word) = self.0.get_mut(usize::from(node / 64)) {
            *word |= 1_u64.wrapping_shl(u32::from(node));
        }
    }

    pub(super) fn has(self, node: NodeId) -> bool {
        let word = self.0.get(usize::from(node / 64));
        word.is_some_and(|word| word & 1_u64.wrapping_shl(u32::from(node)) != 0)
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == [0; WORDS]
    }

    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        let mut both = self;
        for (word, other) in both.0.iter_mut().zip(other.0) {
            *word |= other;
        }
        both
    }

    pub(super) fn iter(self) -> impl Iterator<Item = NodeId> {
        (0_u8..).zip(self.0).flat_map(|(index, word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = u8::try_from(rest.trailing_zeros()).ok()?;
                if rest == 0 {
                    return None;
                }
                rest &= rest.wrapping_sub(1);
                Some(index.wrapping_mul(64) | bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{NodeId, Nodes};

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let mut nodes = Nodes::default();
        assert!(nodes.is_empty());
        let members: [NodeId; 6] = [0, 1, 63, 64, 128, 255];
        for node in members.iter().rev() {
            nodes.insert(*node);
        }
        assert_eq!(nodes.iter().collect::<Vec<_>>(), members);
        assert!(members.iter().all(|node| nodes.has(*node)));
        assert!([2, 62, 65, 127, 254].iter().all(|node| !nodes.has(*node)));
    }
}
