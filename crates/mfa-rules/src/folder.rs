//! The folder of a rule set: what is in it, and reading from it without leaving it.

use crate::codes::Code;
use crate::compile::MAX_SOURCE;
use crate::diagnostic::Diagnostic;
use crate::manifest::{self, RULE_SUFFIX};
use crate::source::{Position, Span};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// The most bytes that a secret in a file may have.
const MAX_SECRET_BYTES: usize = 64 << 10;

/// How many entries a folder may have with its subfolders, and how deep these are looked into.
const MAX_ENTRIES: usize = 10_000;
const MAX_NESTING: usize = 16;

/// The folder of a rule set.
pub(crate) struct Folder {
    /// As it was named.
    shown: PathBuf,
    /// Without symbolic links, to see whether a path leads out of it.
    real: PathBuf,
}

/// A file of the folder that may be read.
pub(crate) struct Inside {
    /// The path from the folder, with forward slashes.
    pub(crate) name: String,
    /// Without symbolic links.
    pub(crate) real: PathBuf,
}

/// Why a path cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathProblem {
    /// It leads out of the folder.
    Outside,
    /// There is nothing at it.
    Missing,
    /// It cannot be followed.
    Unreadable(ErrorKind),
}

/// What is in a folder.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Whether there is a manifest.
    pub(crate) has_manifest: bool,
    /// Files that were probably meant as the manifest.
    pub(crate) misnamed_manifests: Vec<String>,
    /// The rule files in the folder itself, in order.
    pub(crate) rules: Vec<String>,
    /// The rule files in its subfolders, in order.
    pub(crate) nested_rules: Vec<String>,
    entries: usize,
}

impl Folder {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            shown: path.to_owned(),
            real: path.canonicalize()?,
        })
    }

    /// The name of the folder.
    pub(crate) fn name(&self) -> String {
        self.real.file_name().map_or_else(
            || "rules".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    /// A file of the folder, or the folder when `name` is empty, as diagnostics name it.
    pub(crate) fn shown(&self, name: &str) -> String {
        match name {
            "" => self.shown.display().to_string(),
            _ => self.shown.join(name).display().to_string(),
        }
    }

    /// What is in the folder. Hidden files, and subfolders that are rule sets of their own, are
    /// passed over.
    pub(crate) fn list(&self) -> Result<Listing, Diagnostic> {
        let mut listing = Listing::default();
        self.list_into(&mut listing, &self.real, "", 0)?;
        listing.rules.sort();
        listing.nested_rules.sort();
        listing.misnamed_manifests.sort();
        Ok(listing)
    }

    fn list_into(
        &self,
        listing: &mut Listing,
        folder: &Path,
        prefix: &str,
        nesting: usize,
    ) -> Result<(), Diagnostic> {
        let unreadable =
            |error: io::Error| unreadable(&self.shown(prefix), "the folder", error.kind());
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            listing.entries = listing.entries.saturating_add(1);
            if listing.entries > MAX_ENTRIES || nesting > MAX_NESTING {
                return Err(Diagnostic::error(
                    Code::UnreadableFile,
                    self.shown(prefix),
                    format!(
                        "the folder has more than {MAX_ENTRIES} files, or folders more than \
                         {MAX_NESTING} deep"
                    ),
                )
                .with_help("give the rule set a folder of its own"));
            }
            let file_name = entry.file_name();
            let Some(own) = file_name.to_str() else {
                if is_rule(&file_name) {
                    return Err(Diagnostic::error(
                        Code::UnreadableFile,
                        self.shown(&file_name.to_string_lossy()),
                        "the name of the file is not UTF-8",
                    )
                    .with_help("rename the file"));
                }
                continue;
            };
            if own.starts_with('.') {
                continue;
            }
            let name = format!("{prefix}{own}");
            if is_rule(&file_name) {
                match nesting {
                    0 => listing.rules.push(name),
                    _ => listing.nested_rules.push(name),
                }
            } else if nesting == 0 && own == manifest::FILE_NAME {
                listing.has_manifest = true;
            } else if nesting == 0 && is_misnamed_manifest(own) {
                listing.misnamed_manifests.push(name);
            } else if entry.file_type().map_err(unreadable)?.is_dir() {
                let inner = entry.path();
                if !inner.join(manifest::FILE_NAME).exists() {
                    let nesting = nesting.saturating_add(1);
                    self.list_into(listing, &inner, &format!("{name}/"), nesting)?;
                }
            }
        }
        Ok(())
    }

    /// The file at a path that somebody wrote.
    pub(crate) fn resolve(&self, written: &str) -> Result<Inside, PathProblem> {
        let mut parts = Vec::new();
        for component in Path::new(written).components() {
            match component {
                Component::CurDir => {}
                Component::Normal(part) => parts.push(part.to_string_lossy()),
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Err(PathProblem::Outside);
                }
            }
        }
        let name = parts.join("/");
        let real = self
            .real
            .join(&name)
            .canonicalize()
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => PathProblem::Missing,
                kind => PathProblem::Unreadable(kind),
            })?;
        if !real.starts_with(&self.real) {
            return Err(PathProblem::Outside);
        }
        Ok(Inside { name, real })
    }

    /// The text of a rule.
    pub(crate) fn read_rule(&self, file: &Inside) -> Result<String, Diagnostic> {
        read_rule(&file.real, &self.shown(&file.name))
    }

    /// The text of the manifest.
    pub(crate) fn read_manifest(&self, file: &Inside) -> Result<String, Diagnostic> {
        let shown = self.shown(&file.name);
        let bytes = read(&file.real, &shown, manifest::MAX_BYTES)?.ok_or_else(|| {
            Diagnostic::error(
                Code::UnreadableFile,
                shown.as_str(),
                "the manifest is larger than 1 MiB",
            )
        })?;
        text(bytes, &shown)
    }

    /// The bytes of a file with a secret; `None` when they are too many.
    pub(crate) fn read_secret(&self, file: &Inside) -> Result<Option<Vec<u8>>, Diagnostic> {
        read(&file.real, &self.shown(&file.name), MAX_SECRET_BYTES)
    }
}

/// The text of the rule at `path`, which diagnostics name `shown`.
pub(crate) fn read_rule(path: &Path, shown: &str) -> Result<String, Diagnostic> {
    let bytes = read(path, shown, MAX_SOURCE)?.ok_or_else(|| {
        Diagnostic::error(
            Code::SourceLimit,
            shown,
            format!("the rule is longer than {MAX_SOURCE} bytes"),
        )
        .with_help("divide it into several rules, or move data to `configuration`")
    })?;
    text(bytes, shown)
}

/// A file or folder cannot be read.
pub(crate) fn unreadable(shown: &str, what: &str, kind: ErrorKind) -> Diagnostic {
    Diagnostic::error(
        Code::UnreadableFile,
        shown,
        format!("{what} cannot be read: {kind}"),
    )
}

/// Whether a file is a rule, by its name.
pub(crate) fn is_rule(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
    name.len() > RULE_SUFFIX.len() && name.ends_with(RULE_SUFFIX)
}

/// `ruleset.yml`, `Ruleset.yaml`, `rule-set.json` and the like.
fn is_misnamed_manifest(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let Some((stem, "yaml" | "yml" | "json")) = name.rsplit_once('.') else {
        return false;
    };
    let letters: String = stem.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.len().saturating_add(1) >= stem.len() && matches!(&*letters, "ruleset" | "rulesets")
}

/// The bytes of a file; `None` when they are more than `most`.
///
/// Only regular files are opened: opening a named pipe would wait for a writer.
fn read(path: &Path, shown: &str, most: usize) -> Result<Option<Vec<u8>>, Diagnostic> {
    let failed = |error: io::Error| unreadable(shown, "the file", error.kind());
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Diagnostic::error(
            Code::UnreadableFile,
            shown,
            "this is no regular file",
        ));
    }
    let capacity = usize::try_from(metadata.len()).unwrap_or(most).min(most);
    let mut bytes = Vec::with_capacity(capacity.saturating_add(1));
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let file = File::open(path).map_err(failed)?;
    file.take(bound).read_to_end(&mut bytes).map_err(failed)?;
    Ok((bytes.len() <= most).then_some(bytes))
}

/// The bytes as text, without a byte order mark.
fn text(bytes: Vec<u8>, shown: &str) -> Result<String, Diagnostic> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        }),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let before = text.get(..good).unwrap_or_default();
            let line = before.matches('\n').count().saturating_add(1);
            let column = before
                .rsplit('\n')
                .next()
                .map_or(0, |last| last.chars().count())
                .saturating_add(1);
            let at = Position::new(
                u32::try_from(line).unwrap_or(u32::MAX),
                u32::try_from(column).unwrap_or(u32::MAX),
            );
            Err(
                Diagnostic::error(Code::NotUtf8, shown, "the file is not UTF-8 from here on")
                    .with_span(&text, Span::at(at))
                    .with_help("save the file as UTF-8"),
            )
        }
    }
}
