//! What an embedder adds to the engine: host functions and rules, in Rust.

/// The host functions that an embedder adds, by name. It is cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Functions {}

#[cfg(feature = "cache")]
impl Functions {
    /// What tells this registry from every other one that is alive at the same time.
    #[expect(
        clippy::unused_self,
        reason = "all registries are empty and so the same"
    )]
    pub(crate) fn identity(&self) -> usize {
        0
    }
}
