//! What a decision allocates, by kind of login.

use crate::figures::Allocated;
use chrono::DateTime;
use mfa_benches::{
    GalleryLogin, LoginDocument, NamedBy, PATTERNS_RULE, TWINS, Variety, Verdict, client_rule_set,
    configuration, decide, gallery_configuration, gallery_logins, gallery_rule_set, logins,
    logins_of_clients, logins_of_other_clients, seed_rule_set, with_claims,
};
use mfa_rules::{Decision, JsonLogin, LivePolicy, Login, LoginSource, RuleSet, TypedLogin};
use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;

/// What was measured so far.
#[derive(Default)]
struct Kinds(BTreeMap<String, Allocated>);

impl Kinds {
    /// Takes the most of all decisions about these logins, each of which comes to `expected`.
    fn measure<L>(
        &mut self,
        name: &str,
        logins: &[L],
        expected: Decision,
        decide: impl Fn(&L) -> Decision,
    ) -> Result<(), Box<dyn Error>> {
        if logins.is_empty() {
            return Err(format!("{name}: there is no such login").into());
        }
        // What is only made once is no decision's.
        if let Some(decision) = logins.iter().map(&decide).find(|is| *is != expected) {
            return Err(format!("{name}: {decision:?} instead of {expected:?}").into());
        }
        let mut most = Allocated::default();
        for login in logins {
            let allocated = allocation_counter::measure(|| {
                black_box(decide(black_box(login)));
            });
            most.count = most.count.max(allocated.count_total);
            most.bytes = most.bytes.max(allocated.bytes_total);
        }
        self.0.insert(name.to_owned(), most);
        Ok(())
    }

    /// The same by a rule set, over ready values.
    fn by(
        &mut self,
        name: &str,
        rules: &RuleSet,
        logins: &[LoginDocument],
        expected: Decision,
    ) -> Result<(), Box<dyn Error>> {
        self.measure(name, logins, expected, |login| {
            rules.decide(&values(login)).decision()
        })
    }
}

/// Measures everything.
pub(crate) fn measure() -> Result<BTreeMap<String, Allocated>, Box<dyn Error>> {
    let mut kinds = Kinds::default();
    seed(&mut kinds)?;
    ten(&mut kinds)?;
    thousand(&mut kinds)?;
    others(&mut kinds)?;
    Ok(kinds.0)
}

fn seed(kinds: &mut Kinds) -> Result<(), Box<dyn Error>> {
    use Decision::{NotRequired, Required};

    let rules = seed_rule_set()?;
    let (required, nothing): (Vec<_>, Vec<_>) = logins()
        .into_iter()
        .partition(|login| decide(&configuration(), &login.user, &login.context).is_some());
    let listed: Vec<_> = logins_with_listed_client(&nothing);
    kinds.by("seed's rule: required", &rules, &required, Required)?;
    kinds.by("seed's rule: nothing", &rules, &nothing, NotRequired)?;
    kinds.measure(
        "seed's rule: nothing, the client is listed",
        &listed,
        NotRequired,
        |login| rules.decide(&values(login)).decision(),
    )?;

    let texts: Vec<_> = nothing
        .iter()
        .map(|login| (login.user.to_string(), login.context.to_string()))
        .collect();
    kinds.measure(
        "seed's rule: nothing, JSON text",
        &texts,
        NotRequired,
        |(user, context)| {
            let login = JsonLogin::new(DateTime::UNIX_EPOCH);
            decided(&rules, &login.user(user).context(context))
        },
    )?;
    kinds.measure(
        "seed's rule: nothing, typed",
        &nothing,
        NotRequired,
        |login| {
            let typed = TypedLogin::new(DateTime::UNIX_EPOCH);
            decided(&rules, &typed.user(&login.user).context(&login.context))
        },
    )?;
    let live = LivePolicy::new(seed_rule_set()?);
    kinds.measure(
        "seed's rule: nothing, a policy that can be replaced",
        &nothing,
        NotRequired,
        |login| live.current().decide(&values(login)).decision(),
    )
}

fn ten(kinds: &mut Kinds) -> Result<(), Box<dyn Error>> {
    let configuration = gallery_configuration();
    let names = || TWINS.iter().map(|twin| twin.rule);
    let rules = gallery_rule_set(names(), configuration.clone())?;
    let claiming = gallery_rule_set(names(), with_claims(configuration))?;
    for (name, rules, decision, changes) in [
        ("ten rules: nothing", &rules, Decision::NotRequired, false),
        ("ten rules: required", &rules, Decision::Required, false),
        ("ten rules: denied", &rules, Decision::Denied, false),
        ("ten rules: claims", &claiming, Decision::NotRequired, true),
    ] {
        let logins: Vec<GalleryLogin> = gallery_logins(Variety::Usual, 1_024)
            .filter(|login| {
                let outcome = rules.decide(&login.borrowed());
                let has_changes = !Verdict::of_outcome(&outcome).changes.is_empty();
                outcome.decision() == decision && has_changes == changes
            })
            .collect();
        kinds.measure(name, &logins, decision, |login| {
            rules.decide(&login.borrowed()).decision()
        })?;
    }
    Ok(())
}

fn thousand(kinds: &mut Kinds) -> Result<(), Box<dyn Error>> {
    let mut of_clients = logins_of_clients(1_000);
    of_clients.retain(|login| login.user.pointer("/app_metadata/use_mfa") == Some(&true.into()));
    for named_by in NamedBy::ALL {
        let rules = client_rule_set(named_by, 1_000)?;
        let name = format!("a thousand rules by {}", named_by.name());
        kinds.by(
            &format!("{name}: another client"),
            &rules,
            &logins_of_other_clients(),
            Decision::NotRequired,
        )?;
        kinds.by(
            &format!("{name}: required"),
            &rules,
            &of_clients,
            Decision::Required,
        )?;
    }
    Ok(())
}

fn others(kinds: &mut Kinds) -> Result<(), Box<dyn Error>> {
    let patterns = RuleSet::from_source("patterns", PATTERNS_RULE)?;
    let logins = logins();
    kinds.by(
        "a rule with patterns: nothing",
        &patterns,
        &logins,
        Decision::NotRequired,
    )?;
    let failing = RuleSet::from_source("failing", "print(user.nothing.at_all);")?;
    kinds.by("a rule that fails", &failing, &logins, Decision::Denied)
}

/// Those of which the rule has to look at the user too.
fn logins_with_listed_client(logins: &[LoginDocument]) -> Vec<&LoginDocument> {
    let configuration = configuration();
    let clients = configuration.get("CLIENTS_WITH_MFA");
    let clients = clients.and_then(|clients| clients.as_array());
    let is_listed = |login: &&LoginDocument| {
        let client = login.context.get("clientID");
        clients.is_some_and(|clients| clients.iter().any(|listed| Some(listed) == client))
    };
    logins.iter().filter(is_listed).collect()
}

fn values(login: &LoginDocument) -> Login<'_> {
    Login::new(DateTime::UNIX_EPOCH)
        .user(&login.user)
        .context(&login.context)
}

fn decided(rules: &RuleSet, login: &impl LoginSource) -> Decision {
    rules.decide(login).decision()
}
