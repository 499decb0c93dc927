//! The stable codes of everything that can be wrong with a rule, a rule set or a login.

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

macro_rules! codes {
    ($([$group:literal] $($(#[$doc:meta])* $variant:ident = $name:literal,)+)+) => {
        /// What went wrong, as a name that does not change between versions.
        ///
        /// Every code has a page, which `mfa explain CODE` prints; see [`Code::page`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($($(#[$doc])* $variant,)+)+
        }

        impl Code {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            /// The name of the code, for example `unknown-function`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }

            /// What the code is about, as a heading over codes: `rule text`, `logins`. The codes of
            /// a group stand together in [`Code::ALL`].
            ///
            /// ```
            /// use mfa_rules::Code;
            ///
            /// assert_eq!(Code::LostWrite.group(), "rule text");
            /// ```
            pub const fn group(self) -> &'static str {
                match self {
                    $($(Self::$variant => $group,)+)+
                }
            }

            /// The page of the code in Markdown: what it means, why, an example, what to write instead.
            pub const fn page(self) -> &'static str {
                match self {
                    $($(Self::$variant => include_str!(concat!("codes/", $name, ".md")),)+)+
                }
            }
        }
    };
}

codes! {
    ["rule text"]
    /// The text is not a Rhai script.
    Syntax = "syntax",
    /// The construct is no part of the rule language.
    Unsupported = "unsupported",
    /// The rule is longer, deeper or has more functions than a rule may have.
    SourceLimit = "source-limit",
    /// No variable of this name is in scope.
    UnknownVariable = "unknown-variable",
    /// No function of this name exists.
    UnknownFunction = "unknown-function",
    /// The function does not take this number of arguments.
    ArgumentCount = "argument-count",
    /// `user`, `context` or `configuration` is declared again.
    ReservedName = "reserved-name",
    /// A script function has the name of a host function.
    HostFunctionName = "host-function-name",
    /// A write would be lost, because it goes to a copy.
    LostWrite = "lost-write",
    /// `user` or `context` is replaced as a whole.
    ReplacedRoot = "replaced-root",
    /// A key of `context` is written that a rule may not write.
    ContextKey = "context-key",
    /// `configuration` is written.
    ConfigurationWrite = "configuration-write",
    /// A constant is written.
    ConstantWrite = "constant-write",
    /// `return` with a value outside a function.
    ReturnValue = "return-value",
    /// The rule has no statement that could decide anything.
    NoStatements = "no-statements",
    /// The result of a function that gives none is used.
    NoResult = "no-result",
    /// A statement computes a value and does nothing with it.
    NoEffect = "no-effect",
    /// A fact is asked for that the rule set does not declare, or by a name that is not written out.
    UnknownFact = "unknown-fact",

    ["rule sets"]
    /// A file or folder cannot be read.
    UnreadableFile = "unreadable-file",
    /// The files of a rule set changed each time they were read.
    UnstableFolder = "unstable-folder",
    /// A file is not UTF-8.
    NotUtf8 = "not-utf8",
    /// The manifest is not the YAML that it may be.
    ManifestSyntax = "manifest-syntax",
    /// The manifest has a key that does not exist.
    ManifestKey = "manifest-key",
    /// A value in the manifest is of the wrong type or out of range.
    ManifestValue = "manifest-value",
    /// The manifest has the wrong file name.
    ManifestName = "manifest-name",
    /// The manifest of the rules that decide is gone.
    MissingManifest = "missing-manifest",
    /// The manifest names a rule file that does not exist.
    MissingRule = "missing-rule",
    /// The manifest names a native rule that does not exist.
    UnknownNativeRule = "unknown-native-rule",
    /// A `.rhai` file is in the folder that the manifest does not name.
    UnlistedRule = "unlisted-rule",
    /// A path leaves the folder of the rule set.
    OutsideFolder = "outside-folder",
    /// The same rule is named twice.
    DuplicateRule = "duplicate-rule",
    /// The rule set has no enabled rule.
    NoEnabledRule = "no-enabled-rule",
    /// A secret cannot be had, or is empty.
    MissingSecret = "missing-secret",
    /// A fact is declared that no enabled rule asks for.
    UnusedFact = "unused-fact",
    /// A limit is above the ceiling that the embedder sets.
    LimitCeiling = "limit-ceiling",

    ["case files"]
    /// A case file is not the YAML that it may be.
    CaseSyntax = "case-syntax",
    /// A case file has a key that does not exist.
    CaseKey = "case-key",
    /// A value in a case file is of the wrong type or makes no sense.
    CaseValue = "case-value",

    ["rules at run time"]
    /// The rule threw a value that is no text.
    Thrown = "thrown",
    /// A value has the wrong type for what is done with it.
    Type = "type",
    /// A property of `()` was read or written.
    MissingProperty = "missing-property",
    /// An index is outside its array or text.
    Index = "index",
    /// A computation has no result: overflow, division by zero.
    Arithmetic = "arithmetic",
    /// An argument of a host function cannot be read.
    Argument = "argument",
    /// A fact did not come with the login.
    MissingFact = "missing-fact",
    /// The rule used up its operations.
    Operations = "operations",
    /// The rule used up its time.
    Deadline = "deadline",
    /// The rule used up its memory.
    Memory = "memory",
    /// One text, array or map became too large.
    Size = "size",
    /// Calls or values are nested too deeply.
    Depth = "depth",
    /// A host function or a native rule panicked.
    Panic = "panic",
    /// A function that the server adds gave an error.
    Function = "function",
    /// A native rule could not decide.
    NativeRule = "native-rule",
    /// A native rule looks at something that it does not declare.
    UndeclaredRead = "undeclared-read",
    /// What the rule assigned to `context.multifactor` is malformed.
    Multifactor = "multifactor",
    /// The arguments of `deny`, `require_mfa` or `skip_mfa` are wrong.
    Outcome = "outcome",
    /// A write to `user` or `context` is not possible.
    LoginWrite = "login-write",
    /// A secret was used for something else than it is for.
    SecretUse = "secret-use",

    ["logins"]
    /// The login that came in cannot be read.
    Input = "input",
}

impl Code {
    /// The code whose name is nearest to `name`, for "did you mean"; `None` when none is close.
    pub fn nearest(name: &str) -> Option<Self> {
        crate::nearest::nearest(name, Self::ALL.iter().map(|code| code.as_str()))?
            .parse()
            .ok()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCodeError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == name)
            .ok_or_else(|| UnknownCodeError(name.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// No code has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no code is named `{0}`")]
pub struct UnknownCodeError(String);

#[cfg(test)]
mod tests;
