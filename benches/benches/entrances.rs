//! What the same login costs in each form that a server may have it in: ready values, JSON text,
//! and types that are `Serialize`; and what reading the text costs by other means.

use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use mfa_benches::{LoginDocument, logins, seed_rule_set};
use mfa_rules::{Decision, JsonLogin, Login, RuleSet, TypedLogin};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::hint::black_box;

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

/// A login in each of its forms.
struct Forms {
    values: LoginDocument,
    user: String,
    context: String,
    typed_user: Profile,
    typed_context: Context,
}

impl Forms {
    fn new(values: LoginDocument) -> serde_json::Result<Self> {
        Ok(Self {
            user: values.user.to_string(),
            context: values.context.to_string(),
            typed_user: serde_json::from_value(values.user.clone())?,
            typed_context: serde_json::from_value(values.context.clone())?,
            values,
        })
    }

    fn decide_values(&self, rules: &RuleSet) -> Decision {
        let login = Login::new(DateTime::UNIX_EPOCH)
            .user(&self.values.user)
            .context(&self.values.context);
        rules.decide(&login).decision()
    }

    fn decide_text(&self, rules: &RuleSet) -> Decision {
        let login = JsonLogin::new(DateTime::UNIX_EPOCH)
            .user(&self.user)
            .context(&self.context);
        rules.decide(&login).decision()
    }

    fn decide_typed(&self, rules: &RuleSet) -> Decision {
        let login = TypedLogin::new(DateTime::UNIX_EPOCH)
            .user(&self.typed_user)
            .context(&self.typed_context);
        rules.decide(&login).decision()
    }
}

fn bench(criterion: &mut Criterion) {
    #[expect(
        clippy::expect_used,
        reason = "a bench without its rule has nothing to measure"
    )]
    let rules = seed_rule_set().expect("the rule compiles");
    let forms: serde_json::Result<Vec<Forms>> = logins().into_iter().map(Forms::new).collect();
    #[expect(
        clippy::expect_used,
        reason = "a bench without its logins has nothing to measure"
    )]
    let forms = forms.expect("the logins have the types");
    for form in &forms {
        let decision = form.decide_values(&rules);
        assert_ne!(decision, Decision::Denied);
        assert_eq!(decision, form.decide_text(&rules), "{}", form.context);
        assert_eq!(decision, form.decide_typed(&rules), "{}", form.context);
    }

    let mut group = criterion.benchmark_group("entrances");
    let mut next = forms.iter().cycle();
    group.bench_function("values", |bencher| {
        bencher.iter(|| {
            next.next()
                .map(|form| black_box(form).decide_values(&rules))
        });
    });
    let mut next = forms.iter().cycle();
    group.bench_function("JSON text", |bencher| {
        bencher.iter(|| next.next().map(|form| black_box(form).decide_text(&rules)));
    });
    let mut next = forms.iter().cycle();
    group.bench_function("typed", |bencher| {
        bencher.iter(|| next.next().map(|form| black_box(form).decide_typed(&rules)));
    });
    // What a server pays that makes values of the text first, and the least that reading it takes.
    let mut next = forms.iter().cycle();
    group.bench_function("JSON text, read into values first", |bencher| {
        bencher.iter(|| {
            next.next().map(|form| {
                let user: serde_json::Result<Json> = serde_json::from_str(black_box(&form.user));
                let context: serde_json::Result<Json> = serde_json::from_str(&form.context);
                user.and_then(|user| {
                    let values = LoginDocument {
                        user,
                        context: context?,
                    };
                    let login = Login::new(DateTime::UNIX_EPOCH)
                        .user(&values.user)
                        .context(&values.context);
                    Ok(rules.decide(&login).decision())
                })
            })
        });
    });
    let mut next = forms.iter().cycle();
    group.bench_function("JSON text, the needed fields by serde_json", |bencher| {
        bencher.iter(|| {
            next.next().map(|form| {
                let user: serde_json::Result<NeededOfUser> =
                    serde_json::from_str(black_box(&form.user));
                let context: serde_json::Result<NeededOfContext<'_>> =
                    serde_json::from_str(&form.context);
                let flag = user
                    .ok()
                    .and_then(|user| user.app_metadata)
                    .and_then(|metadata| metadata.use_mfa);
                (flag, context.map(|context| context.client_id.len()).ok())
            })
        });
    });
    let mut next = forms.iter().cycle();
    group.bench_function("typed, made values first", |bencher| {
        bencher.iter(|| {
            next.next().map(|form| {
                let user = serde_json::to_value(black_box(&form.typed_user));
                let context = serde_json::to_value(&form.typed_context);
                user.and_then(|user| {
                    let context = context?;
                    let login = Login::new(DateTime::UNIX_EPOCH)
                        .user(&user)
                        .context(&context);
                    Ok(rules.decide(&login).decision())
                })
            })
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
