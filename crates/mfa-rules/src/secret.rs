//! Values that must not be shown.

use crate::memory::Heap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What a secret looks like wherever it is written.
pub(crate) const MASK: &str = "***";

/// A text that must not be shown: it has no `Debug`, is written as `"***"`, and is wiped when
/// dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret over.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The secret itself.
    ///
    /// # Security
    ///
    /// The only way to it. What becomes of the text is the caller's responsibility.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Whether the same secrets have the same values. No rule and no login comes here, so nobody learns
/// from how long it takes.
pub(crate) fn same_secrets(
    some: &BTreeMap<String, Secret>,
    others: &BTreeMap<String, Secret>,
) -> bool {
    some.len() == others.len()
        && some.iter().all(|(name, secret)| {
            others
                .get(name)
                .is_some_and(|other| other.expose() == secret.expose())
        })
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl Heap for Secret {
    fn heap(&self) -> usize {
        self.0.capacity()
    }
}
