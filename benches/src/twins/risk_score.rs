//! `seczetta-get-risk-score`.

use super::reading::is_text;
use super::{Change, Denied, Effects};
use crate::gallery::GalleryLogin;
use mfa_rules::Provider;
use serde_json::{Map, Value as Json};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let allowable = whole_number(configuration.get("SECZETTA_ALLOWABLE_RISK"))?;
    let maximum = whole_number(configuration.get("SECZETTA_MAXIMUM_ALLOWED_RISK"))?;
    let fact = login.facts.get("seczetta_risk_score");
    let fact = fact.ok_or(Denied::FAILED)?;
    if fact.is_null() {
        let passes = configuration
            .get("SECZETTA_AUTHENTICATE_ON_ERROR")
            .is_some_and(|passes| *passes == Json::Bool(true) || is_text(passes, "true"));
        return if passes {
            Ok(())
        } else {
            Err(Denied::unauthorized(
                "Error retrieving SecZetta Risk Score.",
            ))
        };
    }
    let score = fact.as_f64().ok_or(Denied::FAILED)?;
    let is_doubtful = score > f64::from(allowable) && score < f64::from(maximum);
    if is_doubtful || allowable == 0 {
        effects.ask_for(Provider::Any);
        return Ok(());
    }
    if score >= f64::from(maximum) {
        return Err(Denied::unauthorized(format!(
            "A {fact} risk score is too high. Maximum acceptable risk is {maximum}."
        )));
    }
    if let Some(Json::String(name)) = configuration.get("SECZETTA_RISK_KEY")
        && !name.is_empty()
    {
        let has_tokens = ["idToken", "accessToken"]
            .iter()
            .all(|token| login.context.get(token).is_some_and(Json::is_object));
        if !has_tokens {
            return Err(Denied::FAILED);
        }
        effects.changes.push(Change::Claim { name, value: fact });
    }
    Ok(())
}

/// A number of the configuration, which may be written as a text.
fn whole_number(setting: Option<&Json>) -> Result<i32, Denied> {
    let number = match setting {
        Some(Json::String(text)) => text.trim().parse().ok(),
        Some(Json::Number(number)) => number.as_i64().and_then(|number| number.try_into().ok()),
        _ => None,
    };
    number.ok_or(Denied::FAILED)
}
