//! A server with very many tenants: what each takes in memory, and what a decision by key costs.
//!
//! Every tenant has the same ten rules and a configuration of its own. Run it with
//! `cargo run --release -p mfa-rules --features cache --example tenants`, and give another number
//! of tenants than 100,000 behind `--`.

#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "the example prints what it shows, and its numbers are small"
)]

use chrono::{DateTime, Utc};
use mfa_rules::{CacheFigures, Decision, Login, RuleCache, RuleSet, RuleSetBuilder, Tenants};
use serde_json::{Value as Json, json};
use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

/// The rule that asks for a second factor, and how many rules there are beside it.
const MFA: &str = include_str!("../../../rules/clients-with-mfa.rhai");
const OTHERS: usize = 9;

/// What the server's own database has about a tenant: three of its clients ask for a second factor.
///
/// There is no tenant but those with a number below `count`.
fn configuration(tenant: usize, count: usize) -> Result<Json, String> {
    if tenant >= count {
        return Err(format!("there is no tenant {tenant}"));
    }
    Ok(json!({
        "CLIENTS_WITH_MFA": [format!("payroll-{tenant}"), format!("vault-{tenant}"), "admin"],
        "OFFICE": ["192.0.2.0/24", format!("10.{}.{}.0/24", tenant >> 8 & 255, tenant & 255)],
        "SUPPORT": format!("https://support.example/{tenant}"),
    }))
}

/// A rule of some twenty lines, other than those with other numbers.
fn other_rule(number: usize) -> String {
    format!(
        r#"// Logins of the group {number} from outside of the office need a second factor at night.
let groups = context.authorization?.groups ?? [];
let night = [22, 23, 0, 1, 2, 3, 4, 5];
if "group-{number}" in groups {{
    let hour = now().hour(user.app_metadata?.zone ?? "UTC");
    if hour in night && !ip_in_range(context.request?.ip, configuration.OFFICE) {{
        require_mfa("any");
    }}
    for group in groups {{
        if group.starts_with("closed-{number}-") {{
            deny(`this group is closed, see ${{configuration.SUPPORT}}`);
        }}
    }}
}}
"#
    )
}

/// The rules of a tenant. Their texts are the same for all of them.
fn rules(tenant: usize, count: usize, others: &[String]) -> Result<RuleSetBuilder, String> {
    let Json::Object(configuration) = configuration(tenant, count)? else {
        return Err("a configuration is an object".to_owned());
    };
    let others = others.iter().enumerate();
    let others = others.map(|(number, rule)| (format!("group-{number}"), rule.clone()));
    Ok(RuleSet::builder()
        .name(format!("tenant-{tenant}"))
        .rule(("clients-with-mfa", MFA))
        .rules(others)
        .configuration(configuration))
}

/// Tenants as they are asked for: some of them far more often than others. Always the same ones.
fn visitors(count: usize) -> impl Iterator<Item = usize> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let uniform = (state >> 11) as f64 / (1_u64 << 53) as f64;
        // Half of the logins are of the first 3 percent of the tenants.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and the number of tenants"
        )]
        let tenant = (uniform.powi(5) * count as f64) as usize;
        tenant
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let count = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 100_000,
    };
    let logins = 2 * count;
    let others: Vec<String> = (0..OTHERS).map(other_rule).collect();
    let user = json!({ "user_id": "auth0|1", "app_metadata": { "use_mfa": true } });
    let context = json!({ "clientID": "admin", "request": { "ip": "192.0.2.7" } });
    let now: DateTime<Utc> = "2026-01-05T09:00:00Z".parse()?;
    let login = Login::new(now).user(&user).context(&context);

    let tenants = Tenants::new(&RuleCache::default(), u64::MAX);
    let resident = resident_bytes();
    let begun = Instant::now();
    let mut failed = None;
    let memory = allocation_counter::measure(|| {
        for tenant in 0..count {
            let loaded = tenants.get_or_load(&tenant, || rules(tenant, count, &others));
            failed = failed.take().or(loaded.err());
        }
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    let figures = tenants.figures();
    println!("{count} tenants of {} rules", OTHERS + 1);
    println!("  loading         {}", each(begun.elapsed(), count));
    println!(
        "  allocated       {} bytes each",
        memory.bytes_current / i64::try_from(count)?
    );
    println!(
        "  estimated       {} bytes each",
        figures.weight / u64::try_from(count)?
    );
    if let (Some(before), Some(after)) = (resident, resident_bytes()) {
        let each = after.saturating_sub(before) / u64::try_from(count)?;
        println!("  resident        {each} bytes each");
    }
    println!("  rules compiled  {}", tenants.rules().figures().fills);

    let begun = Instant::now();
    let mut required = 0;
    for tenant in visitors(count).take(logins) {
        let policy = tenants.get_or_load(&tenant, || rules(tenant, count, &others))?;
        let outcome = policy.decide(&login);
        required += usize::from(outcome.decision() == Decision::Required);
    }
    assert_eq!(required, logins);
    println!("decisions by key  {}", each(begun.elapsed(), logins));
    assert_eq!(tenants.figures().fills, figures.fills);

    // A tenth of the memory: the tenants that log in most stay.
    let small = Tenants::new(tenants.rules(), figures.weight / 10);
    let begun = Instant::now();
    for tenant in visitors(count).take(logins) {
        let policy = small.get_or_load(&tenant, || rules(tenant, count, &others))?;
        let outcome = policy.decide(&login);
        assert_eq!(outcome.rule_set().name(), format!("tenant-{tenant}"));
        assert_eq!(outcome.decision(), Decision::Required);
    }
    println!("within a tenth of the memory");
    println!("  decisions       {}", each(begun.elapsed(), logins));
    show(&small.figures());
    assert!(small.figures().weight <= figures.weight / 10);

    // A tenant that does not exist has no policy, and its logins are denied.
    assert!(
        small
            .get_or_load(&count, || rules(count, count, &others))
            .is_err()
    );
    Ok(())
}

fn show(figures: &CacheFigures) {
    println!("  hits            {}", figures.hits);
    println!("  misses          {}", figures.misses);
    println!("  evictions       {}", figures.evictions);
    println!(
        "  kept            {} in {} bytes",
        figures.entries, figures.weight
    );
}

fn each(time: Duration, count: usize) -> String {
    let nanoseconds = time.as_nanos() as f64 / count as f64;
    format!("{:.2} µs each", nanoseconds / 1000.0)
}

/// What the process has in memory, where the system says so.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}
