//! What an embedder adds to the engine: host functions and rules, in Rust.

/// The host functions that an embedder adds, by name. It is cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Functions {}
