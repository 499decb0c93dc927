//! From files to a rule set that can be compiled.

use super::Loader;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::folder::{self, Folder, Inside, Listing, PathProblem};
use crate::limits::Limits;
use crate::manifest::{
    self, Entry, FactEntry, Located, Manifest, RULE_SUFFIX, SecretEntry, SecretOrigin,
};
use crate::nearest::nearest;
use crate::outcome::OnError;
use crate::plugin::Functions;
use crate::quote::quote;
use crate::rule_set::{
    AppliesTo, Compile, DeclaredFact, DeclaredFacts, Draft, DraftRule, RuleSet, compile_only,
};
use crate::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What an absent secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AbsentSecrets {
    /// An error.
    Refuse,
    /// A warning. What is assembled must not decide about logins.
    Warn,
}

/// What the files say, before the rules are compiled.
pub(super) struct Assembly {
    pub(super) draft: Draft,
    /// Rules that are not part of the set and are an error or follow from one, to be compiled for
    /// what is wrong in them: file and text.
    others: Vec<(String, String)>,
    diagnostics: Vec<Diagnostic>,
}

impl Assembly {
    fn new(name: String, ceiling: &Limits) -> Self {
        Self {
            draft: Draft {
                name,
                manifest: None,
                rules: Vec::new(),
                configuration: serde_json::Map::new(),
                secrets: BTreeMap::new(),
                limits: Limits::DEFAULT.capped_by(ceiling),
                functions: Functions::default(),
                facts: None,
            },
            others: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Nothing but a problem.
    fn failed(mut self, problem: Diagnostic) -> Self {
        self.diagnostics.push(problem);
        self
    }

    pub(super) fn compile(self, compile: Compile<'_>) -> (Option<RuleSet>, Vec<Diagnostic>) {
        let mut diagnostics = self.diagnostics;
        for (file, source) in &self.others {
            diagnostics.extend(compile_only(file, source, &self.draft.functions, compile));
        }
        self.draft.compile(diagnostics, compile)
    }

    fn push_rule(&mut self, name: String, file: String, source: String) {
        self.draft.rules.push(DraftRule {
            name,
            file,
            source,
            enabled: true,
            on_error: OnError::default(),
            applies_to: AppliesTo::default(),
        });
    }

    /// Takes a rule that is not part of the set along, to report what is wrong in it.
    fn push_other(&mut self, folder: &Folder, name: &str) {
        let Ok(file) = folder.resolve(name) else {
            return;
        };
        match folder.read_rule(&file) {
            Ok(source) => self.others.push((folder.shown(name), source)),
            Err(problem) => self.diagnostics.push(problem),
        }
    }
}

impl Loader {
    pub(super) fn assemble(&self, path: &Path, absent: AbsentSecrets) -> Assembly {
        let shown = path.display().to_string();
        let name = path
            .file_stem()
            .map_or_else(|| shown.clone(), |stem| stem.to_string_lossy().into_owned());
        let assembly = Assembly::new(name, &self.ceiling);
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return assembly.failed(Diagnostic::error(
                    Code::UnreadableFile,
                    shown,
                    "there is no such file or folder",
                ));
            }
            Err(error) => {
                return assembly.failed(folder::unreadable(&shown, "this", error.kind()));
            }
        };
        if metadata.is_dir() {
            return match Folder::open(path) {
                Ok(folder) => self.assemble_folder(&folder, absent),
                Err(error) => {
                    assembly.failed(folder::unreadable(&shown, "the folder", error.kind()))
                }
            };
        }
        single(path, shown, assembly)
    }

    fn assemble_folder(&self, folder: &Folder, absent: AbsentSecrets) -> Assembly {
        let mut assembly = Assembly::new(folder.name(), &self.ceiling);
        let listing = match folder.list() {
            Ok(listing) => listing,
            Err(problem) => return assembly.failed(problem),
        };
        for misnamed in &listing.misnamed_manifests {
            assembly.diagnostics.push(
                Diagnostic::error(
                    Code::ManifestName,
                    folder.shown(misnamed),
                    format!(
                        "`{misnamed}` is not read: a manifest is named `{}`",
                        manifest::FILE_NAME
                    ),
                )
                .with_help("rename the file, or remove it"),
            );
        }
        if listing.has_manifest {
            self.with_manifest(folder, &listing, absent, &mut assembly);
        } else {
            without_manifest(folder, &listing, &mut assembly);
        }
        assembly
    }

    fn with_manifest(
        &self,
        folder: &Folder,
        listing: &Listing,
        absent: AbsentSecrets,
        assembly: &mut Assembly,
    ) {
        let file = folder.shown(manifest::FILE_NAME);
        let text = folder
            .resolve(manifest::FILE_NAME)
            .map_err(|problem| path_problem(problem, manifest::FILE_NAME, &file))
            .and_then(|manifest| folder.read_manifest(&manifest));
        let text = match text {
            Ok(text) => text,
            Err(problem) => {
                assembly.diagnostics.push(problem);
                for name in &listing.rules {
                    assembly.push_other(folder, name);
                }
                return;
            }
        };
        let (manifest, problems) = manifest::read(&file, &text, &self.ceiling);
        assembly.diagnostics.extend(problems);
        let source = ManifestSource {
            folder,
            file: &file,
            text: &text,
        };
        match manifest {
            Some(manifest) => {
                source.take(manifest, listing, &self.environment, absent, assembly);
            }
            None => {
                for name in &listing.rules {
                    assembly.push_other(folder, name);
                }
            }
        }
        assembly.draft.manifest = Some(text);
    }
}

/// A set of the one rule in a file.
fn single(path: &Path, shown: String, mut assembly: Assembly) -> Assembly {
    let file_name = path.file_name().unwrap_or_default();
    if !folder::is_rule(file_name) {
        return assembly.failed(
            Diagnostic::error(
                Code::UnreadableFile,
                shown,
                format!("this is no rule: its name does not end in `{RULE_SUFFIX}`"),
            )
            .with_help("name a rule file, or the folder of a rule set"),
        );
    }
    match folder::read_rule(path, &shown) {
        Ok(source) => {
            assembly.push_rule(assembly.draft.name.clone(), shown, source);
            assembly
        }
        Err(problem) => assembly.failed(problem),
    }
}

/// The rules of a folder that says nothing about them: in the order of their names.
fn without_manifest(folder: &Folder, listing: &Listing, assembly: &mut Assembly) {
    for name in &listing.rules {
        let file = folder.shown(name);
        let source = folder
            .resolve(name)
            .map_err(|problem| path_problem(problem, name, &file))
            .and_then(|inside| folder.read_rule(&inside));
        match source {
            Ok(source) => assembly.push_rule(rule_name(name), file, source),
            Err(problem) => assembly.diagnostics.push(problem),
        }
    }
    for name in &listing.nested_rules {
        assembly.diagnostics.push(
            Diagnostic::error(
                Code::UnlistedRule,
                folder.shown(name),
                "this rule never runs: without a manifest, the rules are those of the folder itself",
            )
            .with_help(format!(
                "name the rule in a `{}`, or move it out of the folder",
                manifest::FILE_NAME
            ))
            .into_warning(),
        );
    }
    if listing.rules.is_empty() {
        assembly.diagnostics.push(
            Diagnostic::error(
                Code::NoEnabledRule,
                folder.shown(""),
                format!(
                    "there is neither a `{}` nor a `{RULE_SUFFIX}` file in this folder",
                    manifest::FILE_NAME
                ),
            )
            .with_help("name the folder that has the rules in it"),
        );
    }
}

/// The manifest that something is taken from, for the places of problems.
struct ManifestSource<'s> {
    folder: &'s Folder,
    file: &'s str,
    text: &'s str,
}

impl ManifestSource<'_> {
    fn take(
        &self,
        manifest: Manifest,
        listing: &Listing,
        environment: &super::Environment,
        absent: AbsentSecrets,
        assembly: &mut Assembly,
    ) {
        if let Some(name) = manifest.name {
            assembly.draft.name = name;
        }
        assembly.draft.configuration = manifest.configuration;
        assembly.draft.limits = manifest.limits;
        assembly.draft.facts = manifest.facts.map(|facts| self.facts(facts));
        for secret in manifest.secrets {
            match self.secret(&secret, environment) {
                Ok(value) => {
                    assembly.draft.secrets.insert(secret.name, value);
                }
                Err(problem)
                    if absent == AbsentSecrets::Warn && problem.code == Code::MissingSecret =>
                {
                    // The revision has the name of the secret in it, whether it is there or not.
                    let nothing = Secret::new(String::new());
                    assembly.draft.secrets.insert(secret.name, nothing);
                    assembly.diagnostics.push(problem.into_warning());
                }
                Err(problem) => assembly.diagnostics.push(problem),
            }
        }
        let mut named = BTreeSet::new();
        let mut files = BTreeMap::new();
        for entry in manifest.rules {
            named.insert(entry.file.text.trim_start_matches("./").to_owned());
            let inside = match self.find(&entry.file, listing) {
                Ok(inside) => inside,
                Err(problem) => {
                    assembly.diagnostics.push(problem);
                    continue;
                }
            };
            named.insert(inside.name.clone());
            self.rule(entry, &inside, &mut files, assembly);
        }
        let existing = listing.rules.iter().chain(&listing.nested_rules);
        for name in existing.filter(|name| !named.contains(*name)) {
            if manifest.all_rules_read {
                assembly.diagnostics.push(self.unlisted(name));
            }
            assembly.push_other(self.folder, name);
        }
    }

    fn facts(&self, entries: Vec<FactEntry>) -> DeclaredFacts {
        let facts = entries.into_iter().map(|FactEntry { name, description }| {
            let at = |unused: Diagnostic| unused.with_span(self.text, name.span);
            let fact = DeclaredFact::new(&name.text, description, self.file, at);
            (name.text, fact)
        });
        facts.collect()
    }

    /// Takes a rule that the manifest names. `files` are the ones that were named before it.
    fn rule(
        &self,
        entry: Entry,
        inside: &Inside,
        files: &mut BTreeMap<PathBuf, String>,
        assembly: &mut Assembly,
    ) {
        if let Some(before) = files.get(&inside.real) {
            assembly.diagnostics.push(
                self.problem(
                    Code::DuplicateRule,
                    &entry.file,
                    format!("the rule {} is named twice", quote(before)),
                )
                .with_help("remove one of the entries"),
            );
            return;
        }
        files.insert(inside.real.clone(), inside.name.clone());
        match self.folder.read_rule(inside) {
            Ok(source) => assembly.draft.rules.push(DraftRule {
                name: rule_name(&inside.name),
                file: self.folder.shown(&inside.name),
                source,
                enabled: entry.enabled,
                on_error: entry.on_error,
                applies_to: entry.applies_to,
            }),
            Err(problem) => assembly.diagnostics.push(problem),
        }
    }

    fn find(&self, file: &Located, listing: &Listing) -> Result<Inside, Diagnostic> {
        let problem = match self.folder.resolve(&file.text) {
            Ok(inside) => return Ok(inside),
            Err(PathProblem::Missing) => PathProblem::Missing,
            Err(problem) => return Err(self.unusable(file, problem)),
        };
        let diagnostic = self.unusable(file, problem);
        let existing = listing.rules.iter().chain(&listing.nested_rules);
        Err(match nearest(&file.text, existing.map(String::as_str)) {
            Some(near) => diagnostic.with_help(format!("write `{near}`")),
            None => diagnostic,
        })
    }

    fn unlisted(&self, name: &str) -> Diagnostic {
        Diagnostic::error(
            Code::UnlistedRule,
            self.folder.shown(name),
            "this rule never runs: the manifest does not name it",
        )
        .with_help(format!(
            "add `- file: {name}` to `rules`, with `enabled: false` if it shall not run"
        ))
    }

    fn secret(
        &self,
        secret: &SecretEntry,
        environment: &super::Environment,
    ) -> Result<Secret, Diagnostic> {
        let (origin, value) = match &secret.origin {
            SecretOrigin::Environment(variable) => {
                let value = environment(&variable.text).ok_or_else(|| {
                    let message = format!(
                        "the secret {} is missing: the environment variable {} is not set",
                        quote(&secret.name),
                        quote(&variable.text)
                    );
                    self.problem(Code::MissingSecret, variable, message)
                        .with_help("set the variable for the process that decides")
                })?;
                (variable, value)
            }
            SecretOrigin::File(path) => (path, self.secret_file(&secret.name, path)?),
        };
        if value.expose().trim().is_empty() {
            let message = format!("the secret {} is empty", quote(&secret.name));
            return Err(self.problem(Code::MissingSecret, origin, message));
        }
        Ok(value)
    }

    fn secret_file(&self, name: &str, path: &Located) -> Result<Secret, Diagnostic> {
        let inside = match self.folder.resolve(&path.text) {
            Ok(inside) => inside,
            Err(PathProblem::Missing) => {
                let message = format!(
                    "the secret {} is missing: there is no file {}",
                    quote(name),
                    quote(&path.text)
                );
                return Err(self.problem(Code::MissingSecret, path, message));
            }
            Err(problem) => return Err(self.unusable(path, problem)),
        };
        let bytes = self.folder.read_secret(&inside).map_err(|problem| {
            let message = format!(
                "the secret {} cannot be had: {}",
                quote(name),
                problem.message
            );
            self.problem(problem.code, path, message)
        })?;
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(mut text) = text else {
            let message = format!("the secret {} is no text, or is too long", quote(name));
            return Err(self.problem(Code::UnreadableFile, path, message));
        };
        // What a text editor or `echo` puts behind the secret is no part of it.
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        Ok(Secret::new(text))
    }

    /// A path in the manifest cannot be used.
    fn unusable(&self, path: &Located, problem: PathProblem) -> Diagnostic {
        let Diagnostic {
            code,
            message,
            help,
            ..
        } = path_problem(problem, &path.text, self.file);
        let mut diagnostic = self.problem(code, path, message);
        diagnostic.help = help;
        diagnostic
    }

    fn problem(&self, code: Code, at: &Located, message: String) -> Diagnostic {
        Diagnostic::error(code, self.file, message).with_span(self.text, at.span)
    }
}

/// A path cannot be used.
fn path_problem(problem: PathProblem, path: &str, file: &str) -> Diagnostic {
    match problem {
        PathProblem::Outside => Diagnostic::error(
            Code::OutsideFolder,
            file,
            format!("{} leads out of the folder of the rule set", quote(path)),
        )
        .with_help("move the file into the folder, and write its path without `..` from there"),
        PathProblem::Missing => Diagnostic::error(
            Code::MissingRule,
            file,
            format!("there is no file {}", quote(path)),
        ),
        PathProblem::Unreadable(kind) => folder::unreadable(file, &quote(path), kind),
    }
}

fn rule_name(file: &str) -> String {
    let end = file.len().saturating_sub(RULE_SUFFIX.len());
    file.get(..end).unwrap_or(file).to_owned()
}
