//! Which case files there are, and which rules have none.

use crate::escape;
use crate::problem::Problem;
use mfa_cases::{CASE_SUFFIX, SET_CASES};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The end of the name of a rule file.
const RULE_SUFFIX: &str = ".rhai";

/// The name of a manifest.
const MANIFEST: &str = "ruleset.yaml";

/// What the paths lead to.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The case files, sorted, each once.
    pub(crate) files: BTreeSet<PathBuf>,
    /// The rules that no case file beside them tests, sorted.
    pub(crate) untested: BTreeSet<PathBuf>,
}

/// Finds the case files of each path: a case file, a rule, a folder with everything below it, or a
/// pattern with `*`, `?` or `**`.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Found, Problem> {
    let mut found = Found::default();
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    for path in paths {
        if path.exists() {
            found.path(path)?;
            continue;
        }
        let text = path.to_string_lossy();
        if !text.contains(['*', '?', '[']) {
            return Err(Problem::new(format!(
                "there is no file or folder {}",
                escape::text(&text)
            )));
        }
        let matches = glob::glob(&text).map_err(|error| {
            Problem::new(format!(
                "the pattern {} cannot be read: {}",
                escape::text(&text),
                error.msg
            ))
        })?;
        for path in matches.flatten() {
            found.path(&path)?;
        }
    }
    Ok(found)
}

impl Found {
    fn path(&mut self, path: &Path) -> Result<(), Problem> {
        if path.is_dir() {
            return self.folder(path, 0);
        }
        let name = path.to_string_lossy();
        match name.strip_suffix(RULE_SUFFIX) {
            Some(stem) => self.rule(path, &PathBuf::from(format!("{stem}{CASE_SUFFIX}"))),
            None => {
                self.files.insert(path.to_owned());
            }
        }
        Ok(())
    }

    fn rule(&mut self, rule: &Path, cases: &Path) {
        if cases.is_file() {
            self.files.insert(cases.to_owned());
        } else {
            self.untested.insert(rule.to_owned());
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), Problem> {
        /// Folders inside of each other that are looked into.
        const DEEPEST: usize = 32;
        let unreadable = |error: std::io::Error| {
            let folder = escape::text(&folder.display().to_string());
            Problem::new(format!("cannot read the folder {folder}: {error}"))
        };
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            entries.push(entry.map_err(unreadable)?);
        }
        entries.sort_by_key(fs::DirEntry::file_name);
        let is_set = folder.join(MANIFEST).is_file() && folder.join(SET_CASES).is_file();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // `./x` would be shown for `x` otherwise.
            let path = match folder.strip_prefix(".") {
                Ok(folder) => folder.join(&*name),
                Err(_) => folder.join(&*name),
            };
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() && !name.starts_with('.') && depth < DEEPEST {
                self.folder(&path, depth.saturating_add(1))?;
            } else if name.ends_with(CASE_SUFFIX) {
                self.files.insert(path);
            } else if let Some(stem) = name.strip_suffix(RULE_SUFFIX) {
                let cases = path.with_file_name(format!("{stem}{CASE_SUFFIX}"));
                // Cases of the whole set test its rules too.
                if !is_set {
                    self.rule(&path, &cases);
                }
            }
        }
        Ok(())
    }
}
