//! Where and with what was measured.

use chrono::Utc;
use std::fs::read_to_string;
use std::process::Command;
use std::thread::available_parallelism;

/// What a reader has to know of a run.
pub(crate) struct Machine {
    /// The day, in UTC.
    pub(crate) date: String,
    /// The processor, and how many cores of it there are.
    pub(crate) processor: String,
    /// The operating system and its kernel.
    pub(crate) system: String,
    /// The compiler.
    pub(crate) compiler: &'static str,
    /// The revision of this repository.
    pub(crate) revision: String,
}

impl Machine {
    /// This one, now.
    pub(crate) fn new() -> Self {
        let model = entry("/proc/cpuinfo", "model name", ':');
        let model = model.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        let cores = available_parallelism().map_or(1, usize::from);
        let system = entry("/etc/os-release", "PRETTY_NAME", '=');
        let system = system.unwrap_or_else(|| std::env::consts::OS.to_owned());
        let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            date: Utc::now().format("%-d %B %Y").to_string(),
            processor: format!("{model}, {cores} cores"),
            system: format!("{system}, {}", kernel.trim()),
            compiler: env!("RUSTC_VERSION"),
            revision: revision().unwrap_or_else(|| "unknown".to_owned()),
        }
    }
}

/// The first value of a key in a file of lines.
fn entry(path: &str, key: &str, separator: char) -> Option<String> {
    let text = read_to_string(path).ok()?;
    let mut entries = text.lines().filter_map(|line| line.split_once(separator));
    let (_, value) = entries.find(|(name, _)| name.trim() == key)?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The commit, and whether what is measured of ours was changed since.
fn revision() -> Option<String> {
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changes = git(&[
        "status",
        "--porcelain",
        "--",
        "crates",
        "rules",
        "benches/src",
    ])?;
    Some(if changes.is_empty() {
        commit
    } else {
        format!("{commit} with changes")
    })
}

fn git(arguments: &[&str]) -> Option<String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let output = Command::new("git")
        .current_dir(root)
        .args(arguments)
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned())
}
