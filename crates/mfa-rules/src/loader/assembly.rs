//! From files to a rule set that can be compiled.

use super::Loader;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::folder::{self, Folder, Inside, Listing, PathProblem};
use crate::limits::Limits;
use crate::manifest::{
    self, Entry, FactEntry, Located, Manifest, RULE_SUFFIX, RuleOrigin, SecretEntry, SecretOrigin,
};
use crate::nearest::nearest;
use crate::outcome::OnError;
use crate::plugin::rule::Native;
use crate::quote::quote;
use crate::rule_set::{
    AppliesTo, Compile, DeclaredFact, DeclaredFacts, Draft, DraftBody, DraftRule, RuleSet,
    compile_only,
};
use crate::secret::{Secret, same_secrets};
use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// How often files are read until two readings agree.
const MOST_READINGS: usize = 8;

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
    fn new(name: String, loader: &Loader) -> Self {
        Self {
            draft: Draft {
                name,
                manifest: None,
                rules: Vec::new(),
                configuration: serde_json::Map::new(),
                secrets: BTreeMap::new(),
                limits: Limits::DEFAULT.capped_by(&loader.ceiling),
                functions: loader.functions.clone(),
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

    /// Whether two readings found the same.
    fn agrees_with(&self, other: &Self) -> bool {
        // The values of secrets are the one thing that decides and is not in the revision.
        self.draft.revision() == other.draft.revision()
            && same_secrets(&self.draft.secrets, &other.draft.secrets)
            && self.draft.name == other.draft.name
            && self.others == other.others
            && self.diagnostics == other.diagnostics
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
            body: DraftBody::Script(source),
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
    /// What the files at `path` say, all at one moment.
    ///
    /// They are read until two readings in a row agree: in the moment between the two, everything
    /// was as it was read, whatever was written before and after.
    ///
    /// SECURITY: a set that is half of one revision and half of another was written by nobody, and
    /// may let logins pass that both of them would stop.
    pub(super) fn assemble(&self, path: &Path, absent: AbsentSecrets) -> Assembly {
        let mut last = self.assemble_once(path, absent);
        for _ in 1..MOST_READINGS {
            let next = self.assemble_once(path, absent);
            if next.agrees_with(&last) {
                return next;
            }
            last = next;
        }
        Assembly::new(last.draft.name, self).failed(
            Diagnostic::error(
                Code::UnstableFolder,
                path.display().to_string(),
                format!("the files changed while they were read, each of {MOST_READINGS} times"),
            )
            .with_help(
                "wait until they are written, and replace the folder as a whole: by renaming, or \
                 by a link to it",
            ),
        )
    }

    fn assemble_once(&self, path: &Path, absent: AbsentSecrets) -> Assembly {
        let shown = path.display().to_string();
        let name = path
            .file_stem()
            .map_or_else(|| shown.clone(), |stem| stem.to_string_lossy().into_owned());
        let assembly = Assembly::new(name, self);
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
        let mut assembly = Assembly::new(folder.name(), self);
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
                source.take(manifest, listing, self, absent, assembly);
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
        loader: &Loader,
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
            match self.secret(&secret, &loader.environment) {
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
        for entry in &manifest.rules {
            let file = match &entry.origin {
                RuleOrigin::File(file) => file,
                RuleOrigin::Native(name) => {
                    self.native(entry, name, &loader.natives, assembly);
                    continue;
                }
            };
            named.insert(file.text.trim_start_matches("./").to_owned());
            let inside = match self.find(file, listing) {
                Ok(inside) => inside,
                Err(problem) => {
                    assembly.diagnostics.push(problem);
                    continue;
                }
            };
            named.insert(inside.name.clone());
            self.rule(entry, file, &inside, &mut files, assembly);
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
        entry: &Entry,
        file: &Located,
        inside: &Inside,
        files: &mut BTreeMap<PathBuf, String>,
        assembly: &mut Assembly,
    ) {
        if let Some(before) = files.get(&inside.real) {
            assembly.diagnostics.push(
                self.problem(
                    Code::DuplicateRule,
                    file,
                    format!("the rule {} is named twice", quote(before)),
                )
                .with_help("remove one of the entries"),
            );
            return;
        }
        files.insert(inside.real.clone(), inside.name.clone());
        let name = rule_name(&inside.name);
        if is_taken(&name, assembly) {
            assembly.diagnostics.push(self.name_taken(&name, file));
            return;
        }
        match self.folder.read_rule(inside) {
            Ok(source) => assembly.draft.rules.push(DraftRule {
                name,
                file: self.folder.shown(&inside.name),
                body: DraftBody::Script(source),
                enabled: entry.enabled,
                on_error: entry.on_error,
                applies_to: entry.applies_to.clone(),
            }),
            Err(problem) => assembly.diagnostics.push(problem),
        }
    }

    /// Takes a native rule that the manifest names.
    fn native(&self, entry: &Entry, name: &Located, natives: &[Native], assembly: &mut Assembly) {
        let quoted = quote(&name.text);
        let mut found = natives.iter().filter(|native| native.name() == name.text);
        let problem = match (found.next(), found.next()) {
            (None, _) => self.unknown_native(name, natives),
            (Some(_), Some(_)) => self.problem(
                Code::DuplicateRule,
                name,
                format!("two native rules have the name {quoted}"),
            ),
            (Some(native), None) => {
                let native = native.clone();
                if !is_taken(native.name(), assembly) {
                    assembly.draft.rules.push(DraftRule {
                        name: native.name().to_owned(),
                        file: native.name().to_owned(),
                        body: DraftBody::Native(native),
                        enabled: entry.enabled,
                        on_error: entry.on_error,
                        applies_to: entry.applies_to.clone(),
                    });
                    return;
                }
                self.name_taken(&name.text, name)
            }
        };
        assembly.diagnostics.push(problem);
    }

    fn name_taken(&self, name: &str, at: &Located) -> Diagnostic {
        let message = format!("there is a rule named {} already", quote(name));
        self.problem(Code::DuplicateRule, at, message)
            .with_help("remove one of the entries, or rename the rule file")
    }

    fn unknown_native(&self, name: &Located, natives: &[Native]) -> Diagnostic {
        let message = format!("there is no native rule {}", quote(&name.text));
        let diagnostic = self.problem(Code::UnknownNativeRule, name, message);
        diagnostic.with_help(match nearest(&name.text, natives.iter().map(Native::name)) {
            Some(near) => format!("write `{near}`"),
            None if natives.is_empty() => {
                "native rules are a part of the server that decides, and this program has none; the rest of the set is checked"
                    .to_owned()
            }
            None => {
                let names: Vec<&str> = natives.iter().map(Native::name).collect();
                format!("there are `{}`", names.join("`, `"))
            }
        })
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

/// Whether a rule has the name: a script and a native rule may not share one.
fn is_taken(name: &str, assembly: &Assembly) -> bool {
    let mut rules = assembly.draft.rules.iter();
    rules.any(|rule| rule.name == name)
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
