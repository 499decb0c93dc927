//! Read sets that an embedder declares for a native rule.

use crate::read_set::{ReadPart, ReadSet};

impl ReadSet {
    /// Nothing of a login: what a native rule declares more than is added to it.
    ///
    /// ```
    /// use mfa_rules::{ReadPart, ReadSet};
    ///
    /// let reads = ReadSet::nothing()
    ///     .and_user(&["app_metadata", "devices"], ReadPart::Whole)
    ///     .and_context(&["request", "ip"], ReadPart::Shape);
    /// assert_eq!(reads.user().paths()[0].path, "/app_metadata/devices");
    /// assert!(reads.configuration().paths().is_empty());
    /// ```
    pub fn nothing() -> Self {
        Self::default()
    }

    /// The same, and what is at `path` of `user`: the names of the members on the way.
    ///
    /// [`ReadPart::Shape`] is enough for a text, a number, a boolean; an array or an object can
    /// only be looked at as [`ReadPart::Whole`].
    #[must_use]
    pub fn and_user(mut self, path: &[&str], part: ReadPart) -> Self {
        self.user.add(path.iter().copied(), part);
        self
    }

    /// The same, and what is at `path` of `context`.
    #[must_use]
    pub fn and_context(mut self, path: &[&str], part: ReadPart) -> Self {
        self.context.add(path.iter().copied(), part);
        self
    }

    /// The same, and what is at `path` of `configuration`.
    #[must_use]
    pub fn and_configuration(mut self, path: &[&str], part: ReadPart) -> Self {
        self.configuration.add(path.iter().copied(), part);
        self
    }
}
