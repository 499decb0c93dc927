//! `mfa test --watch`.

use super::once;
use crate::args::TestArgs;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::streams::Streams;
use crate::watch::{self, Again};
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Ends of the names of files that a test may depend on.
const ENDS: [&str; 2] = [".rhai", ".yaml"];

/// Folders inside of each other that are looked into.
const DEEPEST: usize = 32;

/// Runs the cases, and again after each change, until nobody reads what is written.
pub(super) fn run(
    args: &TestArgs,
    filter: Option<&Regex>,
    streams: &mut Streams<'_>,
) -> Result<Exit, Problem> {
    let mut files = Files {
        args,
        filter,
        read: BTreeMap::new(),
    };
    watch::run(&mut files, streams)
}

/// The files that a test is made of.
struct Files<'a> {
    args: &'a TestArgs,
    filter: Option<&'a Regex>,
    /// A hash of what was in each, or nothing if it could not be read.
    read: BTreeMap<PathBuf, Option<u64>>,
}

impl Again for Files<'_> {
    /// The folders of the files and patterns, as rules and cases come together.
    fn paths(&self) -> Vec<PathBuf> {
        if self.args.paths.is_empty() {
            return vec![PathBuf::from(".")];
        }
        self.args.paths.iter().map(|path| folder_of(path)).collect()
    }

    fn changed(&mut self) -> Vec<String> {
        let mut now = BTreeMap::new();
        for folder in self.paths() {
            read(&folder, 0, &mut now);
        }
        let before = std::mem::replace(&mut self.read, now);
        let gone = before.keys().filter(|path| !self.read.contains_key(*path));
        let other = self.read.iter();
        let other = other.filter(|(path, content)| before.get(*path) != Some(*content));
        let changed = gone.chain(other.map(|(path, _)| path));
        changed.map(|path| path.display().to_string()).collect()
    }

    fn run(&mut self, streams: &mut Streams<'_>) {
        if let Err(problem) = once(self.args, self.filter, streams) {
            problem.tell(streams);
        }
    }
}

/// A folder as it is; of a file its folder, and of a pattern the folder in front of the first sign
/// that stands for others.
fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    let plain = path.components().take_while(|component| {
        let name = component.as_os_str().to_string_lossy();
        !name.contains(['*', '?', '['])
    });
    let plain: PathBuf = plain.collect();
    let folder = if plain == path {
        path.parent()
    } else {
        Some(&*plain)
    };
    match folder {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Reads the files in a folder and in those below it. What cannot be read is told by the run.
fn read(folder: &Path, depth: usize, contents: &mut BTreeMap<PathBuf, Option<u64>>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = folder.strip_prefix(".").unwrap_or(folder).join(&*name);
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !name.starts_with('.') && depth < DEEPEST {
            read(&entry.path(), depth.saturating_add(1), contents);
        } else if !is_folder && ENDS.iter().any(|end| name.ends_with(end)) {
            contents.insert(path, content(&entry.path()));
        }
    }
}

fn content(path: &Path) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    fs::read(path).ok()?.hash(&mut hasher);
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::folder_of;
    use std::path::Path;

    #[test]
    fn the_folder_of_files_and_patterns_is_watched() {
        for (path, folder) in [
            ("src", "src"),
            ("src/args.rs", "src"),
            ("Cargo.toml", "."),
            ("not-there.rhai", "."),
            ("a/not-there.rhai", "a"),
            ("*.test.yaml", "."),
            ("src/**/*.rs", "src"),
            ("src/t?st/x.rs", "src"),
        ] {
            assert_eq!(folder_of(Path::new(path)), Path::new(folder), "{path}");
        }
    }
}
