//! What the same login costs in each form that a server may have it in: ready values, JSON text,
//! and types that are `Serialize`; and what reading the text costs by other means.
//!
//! Each way is timed by itself, and then all of them round by round in one table: there a busy
//! machine slows all of them down.

use chrono::DateTime;
use criterion::Criterion;
use mfa_benches::{LoginDocument, logins, seed_rule_set};
use mfa_rules::{Decision, JsonLogin, Login, RuleSet, TypedLogin};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A profile as a server may have it, with what rules do not look at in between.
#[derive(Serialize, Deserialize)]
struct Profile {
    user_id: String,
    email: Option<String>,
    app_metadata: Option<Json>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

#[derive(Serialize, Deserialize)]
struct Context {
    #[serde(rename = "clientID")]
    client_id: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

/// The only fields that the rule looks at, borrowed from the text.
#[derive(Deserialize)]
struct NeededOfUser {
    app_metadata: Option<NeededOfMetadata>,
}

#[derive(Deserialize)]
struct NeededOfMetadata {
    use_mfa: Option<Json>,
}

#[derive(Deserialize)]
struct NeededOfContext<'t> {
    #[serde(rename = "clientID", borrow)]
    client_id: &'t str,
}

/// A context as a server may have it that keeps no more than it needs.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContextFields {
    tenant: String,
    #[serde(rename = "clientID")]
    client_id: String,
    client_name: String,
    connection: String,
    #[serde(rename = "connectionID")]
    connection_id: String,
    connection_strategy: String,
    protocol: String,
    stats: Stats,
    #[serde(rename = "sessionID")]
    session_id: String,
    request: Request,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    logins_count: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    user_agent: String,
    ip: String,
    hostname: String,
    query: BTreeMap<String, String>,
}

/// A profile of the same kind.
#[derive(Serialize, Deserialize)]
struct ProfileFields {
    user_id: String,
    email: String,
    email_verified: bool,
    name: String,
    created_at: String,
    last_ip: String,
    logins_count: u64,
    groups: Vec<String>,
    app_metadata: Metadata,
}

#[derive(Serialize, Deserialize)]
struct Metadata {
    use_mfa: Json,
    plan: String,
    roles: Vec<String>,
}

/// A login in each of its forms.
struct Forms {
    values: LoginDocument,
    text: Texts,
    pretty: Texts,
    typed: (Profile, Context),
    fields: (ProfileFields, ContextFields),
}

struct Texts {
    user: String,
    context: String,
}

impl Forms {
    fn new(values: LoginDocument) -> serde_json::Result<Self> {
        let (user, context) = (&values.user, &values.context);
        Ok(Self {
            text: Texts {
                user: serde_json::to_string(user)?,
                context: serde_json::to_string(context)?,
            },
            pretty: Texts {
                user: serde_json::to_string_pretty(user)?,
                context: serde_json::to_string_pretty(context)?,
            },
            typed: (Profile::deserialize(user)?, Context::deserialize(context)?),
            fields: (
                ProfileFields::deserialize(user)?,
                ContextFields::deserialize(context)?,
            ),
            values,
        })
    }
}

fn decide_values(rules: &RuleSet, user: &Json, context: &Json) -> Decision {
    let login = Login::new(DateTime::UNIX_EPOCH).user(user).context(context);
    rules.decide(&login).decision()
}

fn decide_texts(rules: &RuleSet, texts: &Texts) -> Decision {
    let login = JsonLogin::new(DateTime::UNIX_EPOCH)
        .user(&texts.user)
        .context(&texts.context);
    rules.decide(&login).decision()
}

fn decide_typed<U: Serialize, C: Serialize>(rules: &RuleSet, user: &U, context: &C) -> Decision {
    let login = TypedLogin::new(DateTime::UNIX_EPOCH)
        .user(user)
        .context(context);
    rules.decide(&login).decision()
}

/// What a server pays that makes values of the text first.
fn decide_texts_by_values(rules: &RuleSet, texts: &Texts) -> serde_json::Result<Decision> {
    let user: Json = serde_json::from_str(&texts.user)?;
    let context: Json = serde_json::from_str(&texts.context)?;
    Ok(decide_values(rules, &user, &context))
}

fn decide_typed_by_values(
    rules: &RuleSet,
    (user, context): &(Profile, Context),
) -> serde_json::Result<Decision> {
    let user = serde_json::to_value(user)?;
    let context = serde_json::to_value(context)?;
    Ok(decide_values(rules, &user, &context))
}

/// The least that reading the text takes by `serde_json`: whether there is a flag, and how long the
/// name of the client is.
fn read_needed(texts: &Texts) -> serde_json::Result<(bool, usize)> {
    let user: NeededOfUser = serde_json::from_str(&texts.user)?;
    let context: NeededOfContext<'_> = serde_json::from_str(&texts.context)?;
    let flag = user.app_metadata.and_then(|metadata| metadata.use_mfa);
    Ok((flag.is_some(), context.client_id.len()))
}

/// One way to come from some form of a login to what is wanted.
type Way<'r> = (&'static str, Box<dyn Fn(&Forms) + 'r>);

fn way<'r, T>(name: &'static str, run: impl Fn(&Forms) -> T + 'r) -> Way<'r> {
    (name, Box::new(move |form| drop(black_box(run(form)))))
}

/// All ways, the one first that the others are compared with.
fn ways(rules: &RuleSet) -> Vec<Way<'_>> {
    vec![
        way("JSON text, the needed fields by serde_json", |form| {
            read_needed(&form.text)
        }),
        way("JSON text", |form| decide_texts(rules, &form.text)),
        way("JSON text, read into values first", |form| {
            decide_texts_by_values(rules, &form.text)
        }),
        way(
            "JSON text over lines, the needed fields by serde_json",
            |form| read_needed(&form.pretty),
        ),
        way("JSON text over lines", |form| {
            decide_texts(rules, &form.pretty)
        }),
        way("values", |form| {
            decide_values(rules, &form.values.user, &form.values.context)
        }),
        way("typed", |form| {
            decide_typed(rules, &form.typed.0, &form.typed.1)
        }),
        way("typed, with fields alone", |form| {
            decide_typed(rules, &form.fields.0, &form.fields.1)
        }),
        way("typed, made values first", |form| {
            decide_typed_by_values(rules, &form.typed)
        }),
    ]
}

fn bench(criterion: &mut Criterion, ways: &[Way<'_>], forms: &[Forms]) {
    let mut group = criterion.benchmark_group("entrances");
    for (name, run) in ways {
        let mut next = forms.iter().cycle();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| next.next().map(|form| run(black_box(form))));
        });
    }
    group.finish();
}

/// Times all ways in turns, and prints the median of each.
#[expect(clippy::print_stdout, reason = "it is what was measured")]
fn compare(ways: &[Way<'_>], forms: &[Forms], rounds: usize) {
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); ways.len()];
    for _ in 0..rounds {
        for ((_, run), times) in ways.iter().zip(&mut times) {
            let start = Instant::now();
            for form in forms {
                run(black_box(form));
            }
            times.push(start.elapsed());
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times.get(rounds / 2).copied().unwrap_or_default()
    };
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    let first = medians.first().copied().unwrap_or_default();
    let count = u32::try_from(forms.len()).unwrap_or(u32::MAX);
    println!("median of {rounds} rounds in turns, for a login, and beside the first way:");
    for ((name, _), median) in ways.iter().zip(medians) {
        let each = median.checked_div(count).unwrap_or_default().as_nanos();
        let ratio = median.div_duration_f64(first);
        println!("{each:8} ns  {ratio:6.2}  {name}");
    }
}

#[expect(
    clippy::expect_used,
    reason = "without the rule and the logins there is nothing to measure"
)]
fn main() {
    let rules = seed_rule_set().expect("the rule compiles");
    let forms: serde_json::Result<Vec<Forms>> = logins().into_iter().map(Forms::new).collect();
    let forms = forms.expect("the logins have the types");
    for form in &forms {
        let decision = decide_values(&rules, &form.values.user, &form.values.context);
        assert_ne!(decision, Decision::Denied);
        let (user, context) = &form.fields;
        assert_eq!(decision, decide_texts(&rules, &form.text));
        assert_eq!(decision, decide_texts(&rules, &form.pretty));
        assert_eq!(decision, decide_typed(&rules, &form.typed.0, &form.typed.1));
        assert_eq!(decision, decide_typed(&rules, user, context));
        let (has_flag, length) = read_needed(&form.text).expect("the text has the fields");
        assert_eq!(has_flag, !user.app_metadata.use_mfa.is_null());
        assert_eq!(length, context.client_id.len());
    }
    let ways = ways(&rules);
    let mut criterion = Criterion::default().configure_from_args();
    bench(&mut criterion, &ways, &forms);
    criterion.final_summary();
    let is_test = std::env::args().any(|argument| argument == "--test");
    compare(&ways, &forms, if is_test { 1 } else { 301 });
}
