//! Values that must not be shown.

use crate::memory::Heap;
use serde::{Serialize, Serializer};
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
