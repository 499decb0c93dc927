//! A server that adds a host function and a rule of its own.
//!
//! Run it with `cargo run -p mfa-rules --example plugins`.

#![expect(
    clippy::print_stdout,
    reason = "what the example prints is what it shows"
)]

use mfa_rules::{
    Decision, Function, FunctionError, Functions, Login, NativeRule, Provider, ReadPart, ReadSet,
    Remember, RuleFailure, RuleLogin, RuleSet,
};
use serde_json::{Value as Json, json};
use std::collections::HashSet;
use std::error::Error;

/// What scripts call: how far a device can be trusted.
fn device_reputation() -> Function {
    Function::new("device_reputation", |arguments| match arguments {
        [Json::String(device)] => Ok(json!(if device.starts_with("acme-") { 90 } else { 10 })),
        _ => Err(FunctionError::new("the device is no text")),
    })
    .argument("device", "The device, as `context.device` names it.")
    .about("How far a device can be trusted, from 0 to 100.")
    .cost(50)
}

/// A rule in Rust: what was stolen logs nobody in without a second factor.
struct StolenDevices(HashSet<String>);

impl NativeRule for StolenDevices {
    fn name(&self) -> &'static str {
        "stolen-devices"
    }

    fn reads(&self) -> ReadSet {
        ReadSet::nothing().and_context(&["device"], ReadPart::Shape)
    }

    fn run(&self, login: &mut RuleLogin<'_>) -> Result<(), RuleFailure> {
        let device = login.context(&["device"])?;
        let Some(device) = device.as_deref().and_then(Json::as_str) else {
            return Err(RuleFailure::new("the login names no device"));
        };
        if self.0.contains(device) {
            login.print(format!("{device} was stolen"));
            login.require(Provider::Guardian, Remember::Never)?;
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let functions = Functions::new().with(device_reputation())?;
    println!("{}", functions.reference());

    let rules = RuleSet::builder()
        .rule((
            "untrusted-devices",
            r#"if context.device.device_reputation() < 50 { require_mfa("any"); }"#,
        ))
        .native_rule(StolenDevices(HashSet::from(["acme-7".to_owned()])))
        .functions(functions)
        .compile()?;
    for (context, expected) in [
        (json!({ "device": "acme-1" }), Decision::NotRequired),
        (json!({ "device": "acme-7" }), Decision::Required),
        (json!({ "device": "other" }), Decision::Required),
        (json!({}), Decision::Denied),
    ] {
        let login = Login::new("2026-01-05T09:00:00Z".parse()?).context(&context);
        let outcome = rules.decide(&login);
        println!("{context}: {:?}", outcome.decision());
        assert_eq!(outcome.decision(), expected);
    }
    Ok(())
}
