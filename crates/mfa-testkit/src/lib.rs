//! Generators, oracles and fuzz bodies.
