//! Generated rule sets: rules that meet what earlier ones asked for, changed, or failed at.

use crate::bytes::Bytes;
use crate::grammar::GeneratedRule;
use crate::logins::GeneratedLogin;
use crate::plain::plain_rule;
use mfa_rules::{
    AppliesTo, Limits, NativeRule, OnError, Provider, Remember, RuleFailure, RuleLogin, RuleSet,
    RuleSource, Secret,
};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::fmt;

/// The clients that rules are for. Some are those of generated logins.
const CLIENTS: &[&str] = &["app-1", "app-2", "other", "", "a", "b", "c"];

/// A rule set.
#[derive(Debug, Clone)]
pub struct GeneratedSet {
    rules: Vec<Member>,
    configuration: Map<String, Json>,
}

#[derive(Debug, Clone)]
struct Member {
    body: Body,
    on_error: OnError,
    applies_to: AppliesTo,
}

#[derive(Debug, Clone)]
enum Body {
    Script(String),
    Native(Native),
}

impl GeneratedSet {
    /// The set that `bytes` stand for: of two to twelve rules, those which compile.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut bytes = Bytes::new(bytes);
        let of_clients = bytes.chance(40);
        let configuration = GeneratedLogin::generate(&mut bytes.split(40)).configuration;
        let rules = 2_usize.saturating_add(bytes.below(11));
        let rules = (0..rules).map(|index| member(&mut bytes, index, of_clients));
        let compiles = |member: &Member| match &member.body {
            Body::Script(source) => RuleSet::from_source("one", source.as_str()).is_ok(),
            Body::Native(_) => true,
        };
        Self {
            rules: rules.filter(compiles).collect(),
            configuration,
        }
    }

    /// How many rules it has.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule in it.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The set under these limits.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn compile(&self, limits: Limits) -> Result<RuleSet, String> {
        let rules = self.rules.iter().enumerate().map(|(index, member)| {
            let source = match &member.body {
                Body::Script(source) => RuleSource::new(format!("rule-{index}"), source.as_str()),
                Body::Native(native) => RuleSource::native(native.clone()),
            };
            source
                .on_error(member.on_error)
                .applies_to(member.applies_to.clone())
        });
        RuleSet::builder()
            .rules(rules)
            .configuration(self.configuration.clone())
            .secret("SECRET", Secret::new("s3cret".to_owned()))
            .limits(limits)
            .compile()
            .map_err(|error| error.to_string())
    }
}

impl fmt::Display for GeneratedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, member) in self.rules.iter().enumerate() {
            let (on_error, applies_to) = (member.on_error, &member.applies_to);
            writeln!(f, "--- {index}: {on_error:?} {applies_to:?}")?;
            match &member.body {
                Body::Script(source) => writeln!(f, "{source}")?,
                Body::Native(native) => writeln!(f, "{native:?}")?,
            }
        }
        write!(
            f,
            "configuration: {}",
            Json::Object(self.configuration.clone())
        )
    }
}

fn member(bytes: &mut Bytes<'_>, index: usize, of_clients: bool) -> Member {
    let on_error = if bytes.chance(50) {
        OnError::Challenge
    } else {
        OnError::Deny
    };
    let mut applies_to = AppliesTo::default();
    if bytes.chance(15) {
        applies_to = applies_to.clients([bytes.text(CLIENTS), bytes.text(CLIENTS)]);
    }
    if bytes.chance(8) {
        applies_to = applies_to.protocols([bytes.text(&["samlp", "oidc-basic-profile"])]);
    }
    let plain = |bytes: &mut Bytes<'_>| {
        let length = usize::from(bytes.byte()) / 4;
        plain_rule(bytes.split(length).rest())
    };
    let body = match bytes.byte() {
        byte if of_clients && byte < 160 => {
            let client = bytes.text(CLIENTS);
            let rule = plain(bytes);
            let more = bytes.text(CHANGES);
            Body::Script(match bytes.byte() % 6 {
                0 => format!("if context.clientID == \"{client}\" {{ {more} }}"),
                1 => format!(
                    "if context.clientID in [\"{client}\", \"x\"] {{ require_mfa(\"duo\"); }}"
                ),
                2 => format!("if context.clientID != \"{client}\" {{ return; }}\n{rule}{more}"),
                3 => format!(
                    "if !(context.clientID in [\"{client}\", \"app-2\"]) {{ return; }}\n{rule}"
                ),
                4 => format!(
                    "if context.clientID == \"{client}\" && user.app_metadata.use_mfa {{ deny(\"no\"); }}"
                ),
                _ => format!(
                    "if context.clientID == \"{client}\" || context?.clientID == \"a\" {{ skip_mfa(); }}"
                ),
            })
        }
        0..60 => Body::Script(plain(bytes)),
        60..110 => {
            let (first, more, last) = (plain(bytes), bytes.text(CHANGES), plain(bytes));
            Body::Script(format!("{first}{more}\n{last}"))
        }
        110..180 => {
            let (first, last) = (bytes.text(CHANGES), bytes.text(CHANGES));
            Body::Script(format!("{first}\n{last}"))
        }
        180..205 => {
            let (first, last) = (bytes.text(CHANGES), plain(bytes));
            Body::Script(format!("{first}\n{last}"))
        }
        205..240 => {
            let length = usize::from(bytes.byte());
            Body::Script(GeneratedRule::generate(&mut bytes.split(length)).source)
        }
        _ => Body::Native(Native {
            name: format!("native-{index}"),
            does: bytes.below(6),
        }),
    };
    Member {
        body,
        on_error,
        applies_to,
    }
}

/// A rule in Rust, between scripts.
#[derive(Debug, Clone)]
struct Native {
    name: String,
    does: usize,
}

impl NativeRule for Native {
    fn name(&self) -> &str {
        &self.name
    }

    fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
        match self.does {
            0 => login.require(Provider::Any, Remember::Browser),
            1 => login.skip(),
            2 => {
                let asked = login.context(&["multifactor"])?;
                let asked = asked.map_or(Json::Null, Cow::into_owned);
                login.set_user(&["seen"], asked)
            }
            3 => login.set_context(&["multifactor", "provider"], Json::from("duo")),
            4 => {
                login.require(Provider::Guardian, Remember::Never)?;
                Err(RuleFailure::new("after a request"))
            }
            _ => login.set_user(&["name"], Json::from("changed")),
        }
    }
}

/// Statements that change what later ones look at.
const CHANGES: &[&str] = &[
    "user.seen = context?.multifactor;",
    "if context?.multifactor?.provider == \"duo\" { deny(\"duo\"); }",
    "if truthy(context.multifactor) { user.was_asked = true; }",
    "context.multifactor.allowRememberBrowser = true;",
    "context.multifactor.provider = \"duo\";",
    "context.multifactor = ();",
    "context.remove(\"multifactor\");",
    "let m = context.multifactor; require_mfa(\"any\"); user.before = m; context.multifactor = m;",
    "if context.multifactor == () { require_mfa(\"any\"); }",
    "for i in 0..3 { require_mfa(\"any\"); user.n = context.multifactor.provider; }",
    "require_mfa(\"any\"); user.x.y.z = 1;",
    "require_mfa(\"guardian\"); deny(\"after a request\");",
    "require_mfa(\"guardian\"); throw 5;",
    "skip_mfa(); throw \"after\";",
    "context.multifactor.provider = \"bogus\";",
    "try { require_mfa(\"any\"); user.a.b.c; } catch { }",
    "try { context.multifactor.a.b; } catch { skip_mfa(); }",
    "context.idToken.count = 7;",
    "context.idToken = #{ count: 1, tags: [\"app-1\", 'a'] };",
    "user.app_metadata.use_mfa = !truthy(user?.app_metadata?.use_mfa);",
    "user.app_metadata = #{ roles: [\"admin\", 'a'], score: 0.5, use_mfa: true };",
    "user.app_metadata = #{ roles: \"app-1\", score: -0.0, use_mfa: \"yes\" };",
    "user.groups = ['a', \"app-1\", 1, (), [1]];",
    "user.groups.push(\"app-1\");",
    "user.name = 'a';",
    "user.name = ();",
    "user.remove(\"name\");",
    "user.email = 3;",
    "user.user_metadata.age = 1.0;",
    "user.identities = ();",
    "let s = configuration.SECRET; if s == \"x\" { skip_mfa(); }",
    "let s = configuration.SECRET; if truthy(s) { skip_mfa(); }",
    "let s = configuration?.SECRET ?? 1; user.t = `${s}`;",
    "if \"x\" in configuration.SECRET { skip_mfa(); }",
    "context.multifactor = #{ provider: \"duo\", ikey: \"i\", skey: configuration.SECRET, host: \"h\" };",
    "let s = context?.multifactor?.skey; if s == \"s3cret\" { skip_mfa(); }",
    "let c = context; if c.multifactor == () { require_mfa(\"any\"); }",
    "let a = user.name; let f = || a; let a = 1; user.captured = f.call();",
    "const A = user?.missing?.trim(); let b = A ?? \"none\"; let l = A?.len(); user.b = b;",
    "let x = 1; if truthy(user.name) { let x = user.name; let y = x; } let z = x; user.z = z;",
    "let n = parse_float(\"inf\"); if n > 1.0 { require_mfa(\"any\"); }",
    "let n = parse_float(\"NaN\"); if n != 1.0 { require_mfa(\"any\"); }",
    "let c = \"abc\"[0]; if c == \"a\" { require_mfa(\"any\"); }",
    "let x = user?.missing?.to_lower(); let y = x ?? \"a\"; if y == 'a' { require_mfa(\"any\"); }",
    "let x = user?.missing?.to_lower(); let y = x.to_upper(); if y == \"A\" { require_mfa(\"any\"); }",
    "let x = user?.missing?.to_lower(); let y = x?.to_upper(); user.y = y;",
    "let x = if truthy(user.name) { user?.nothing?.len() } else { 1 }; user.x = x.to_string();",
    "if fact(\"risk_score\") > 50 { require_mfa(\"any\"); }",
    "let t = now(); if t.hour() < 9 { require_mfa(\"any\"); } user.t = t.weekday();",
    "if user.email.matches(\"^[a-z]+@\") { require_mfa(\"any\"); } user.p = user.email.matches(user.name);",
    "let a = user.groups; let b = a ?? []; a = b; user.groups = []; user.old = a;",
    "let p = split_csv(\"a,b,c\").pop(); let q = \"a@b\".split(\"@\").reverse(); user.q = p;",
    "let a = \"x,y\".split(\",\"); let b = a; a.push(\"z\"); user.a = a; user.b = b;",
    "fn f(x) { require_mfa(\"any\"); return x; } user.f = f(3);",
    "return; deny(\"never\");",
    "user.big = `${user}`; if user.big in [user.big] { require_mfa(\"any\"); }",
    "if \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" in [user.name, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"] { deny(\"long\"); }",
    "user.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1;",
    "let k = user.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; if k == 1 { require_mfa(\"any\"); }",
];
