//! Case files.

use crate::case::Case;
use crate::reader;
use mfa_rules::{Code, CompileError, Diagnostic, Loader, RuleSet, Style};
use std::fmt;
use std::path::{Path, PathBuf};

/// The end of the name of a case file.
pub const CASE_SUFFIX: &str = ".test.yaml";

/// The name of the case file of a whole rule set.
pub const SET_CASES: &str = "ruleset.test.yaml";

/// The most bytes that a case file may have: 4 MiB.
const MAX_BYTES: u64 = 4 << 20;

/// A case file that was read.
#[derive(Debug, Clone)]
pub struct CaseFile {
    path: PathBuf,
    target: Target,
    cases: Vec<Case>,
}

/// What the cases of a file test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One rule, by itself.
    Rule(PathBuf),
    /// The rule set in this folder.
    RuleSet(PathBuf),
}

impl CaseFile {
    /// Reads a case file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, and that the rule which it tests is not there.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, CaseFileError> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let fail = |code, message: String| CaseFileError {
            diagnostics: vec![Diagnostic::error(code, shown.clone(), message)],
        };
        let unreadable = |error: std::io::Error| {
            fail(
                Code::UnreadableFile,
                format!("the case file cannot be read: {error}"),
            )
        };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(fail(Code::UnreadableFile, "this is no file".to_owned()));
        }
        if metadata.len() > MAX_BYTES {
            return Err(fail(
                Code::UnreadableFile,
                "the case file is larger than 4 MiB".to_owned(),
            ));
        }
        let bytes = std::fs::read(path).map_err(unreadable)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| fail(Code::NotUtf8, "the case file is not UTF-8".to_owned()))?;
        let file = Self::parse(path, &text)?;
        match &file.target {
            Target::Rule(rule) if !rule.exists() => {
                let name = rule.file_name().unwrap_or_default().display();
                let mut missing = fail(
                    Code::UnreadableFile,
                    format!("the rule `{name}`, which the cases test, is not there"),
                );
                for diagnostic in &mut missing.diagnostics {
                    let help = "name the file after the rule, or write `rule` with the rule's file";
                    diagnostic.help = Some(help.to_owned());
                }
                Err(missing)
            }
            _ => Ok(file),
        }
    }

    /// Reads the text of a case file. `path` is what it is named by, and next to which the rule is.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn parse(path: impl Into<PathBuf>, text: &str) -> Result<Self, CaseFileError> {
        let path = path.into();
        let (file, diagnostics) = reader::read(&path, text);
        match file {
            Some((target, cases)) if diagnostics.is_empty() => Ok(Self {
                path,
                target,
                cases,
            }),
            _ => Err(CaseFileError { diagnostics }),
        }
    }

    /// The file, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the cases test.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The cases in their order, each entry of a `vary` as a case of its own. There is at least one.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Loads what the cases test.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the rules.
    pub fn load(&self, loader: &Loader) -> Result<RuleSet, CompileError> {
        match &self.target {
            Target::Rule(path) | Target::RuleSet(path) => loader.load(path),
        }
    }
}

/// A case file cannot be used: everything that is wrong with it, at once.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseFileError {
    diagnostics: Vec<Diagnostic>,
}

impl CaseFileError {
    /// What is wrong, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

/// The human form as well: it is what `main` prints when it returns the error.
impl fmt::Debug for CaseFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for CaseFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Diagnostic::display_all(&self.diagnostics, Style::Plain).fmt(f)
    }
}

impl std::error::Error for CaseFileError {}
