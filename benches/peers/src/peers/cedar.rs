//! Cedar, which is a program of its own: `cedar/`, where it says why.

use crate::logins::Input;
use crate::peers::Made;
use mfa_peers_harness::Remote;
use std::env;
use std::io;
use std::path::Path;
use std::process::Command;

/// The workspace that has it.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

pub(super) fn ready(input: &Input) -> Made<'_> {
    start("ready", input)
}

pub(super) fn text(input: &Input) -> Made<'_> {
    start("text", input)
}

fn start(form: &str, input: &Input) -> Made<'static> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["run", "--locked", "--package", "mfa-peers-cedar"])
        .args(["--manifest-path", MANIFEST])
        .args(["--profile", &profile()?])
        .args(["--", form]);
    Ok(Box::new(Remote::start(&mut command, &input.texts())?))
}

/// What this program was built with, by the folder that it is in: Cedar is built with the same.
fn profile() -> io::Result<String> {
    let program = env::current_exe()?;
    let folder = program.parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default().to_string_lossy();
    Ok(match &*folder {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    })
}
