//! The command line `mfa`.

fn main() {}
