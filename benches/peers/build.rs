//! Keeps which compiler built the program, for the report.

use std::env;
use std::io::{Error, Result};
use std::process::Command;

fn main() -> Result<()> {
    let compiler = env::var_os("RUSTC").ok_or_else(|| Error::other("RUSTC is not set"))?;
    let output = Command::new(compiler).arg("--version").output()?;
    let version = String::from_utf8(output.stdout).map_err(Error::other)?;
    println!("cargo::rustc-env=RUSTC_VERSION={}", version.trim());
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
