//! `context.multifactor`: the second factor that a rule asks for.

/// A placeholder.
#[derive(Debug, Clone)]
pub struct Multifactor;
