//! `guardian-multifactor-ip-range`.

use super::reading::property;
use super::{Denied, Effects};
use crate::gallery::GalleryLogin;
use ipnet::IpNet;
use mfa_rules::{DenialError, Provider};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::net::IpAddr;

const UNREADABLE: Denied = Denied {
    error: DenialError::AccessDenied,
    description: Cow::Borrowed("The address of the client cannot be read."),
};

pub(super) fn decide<'l>(
    configuration: &'l Map<String, Json>,
    login: &'l GalleryLogin,
    effects: &mut Effects<'l>,
) -> Result<(), Denied> {
    let request = property(&login.context, "request")?.ok_or(Denied::FAILED)?;
    let ip = property(request, "ip")?.and_then(Json::as_str);
    let ip: IpAddr = ip.and_then(|ip| ip.parse().ok()).ok_or(UNREADABLE)?;
    let ip = ip.to_canonical();
    let is_inside = match configuration.get("CORPORATE_NETWORK") {
        None | Some(Json::Null) => contains("192.168.1.134/26", ip)?,
        Some(Json::String(network)) => contains(network, ip)?,
        Some(Json::Array(networks)) => {
            let mut is_inside = false;
            for network in networks {
                let network = network.as_str().ok_or(Denied::FAILED)?;
                is_inside |= contains(network, ip)?;
            }
            is_inside
        }
        Some(_) => return Err(Denied::FAILED),
    };
    if !is_inside {
        effects.ask_for(Provider::Guardian);
    }
    Ok(())
}

fn contains(network: &str, ip: IpAddr) -> Result<bool, Denied> {
    let network: IpNet = network.parse().map_err(|_| Denied::FAILED)?;
    Ok(network.contains(&ip))
}
