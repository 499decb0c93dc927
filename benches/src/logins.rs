//! Logins as an auth server has them: about 3 kB of JSON with Auth0's fields.

use serde_json::{Value as Json, json};

/// How many logins there are. A processor learns the branches of one that is repeated.
const COUNT: u64 = 256;

/// Clients, of which `configuration` lists every other one.
pub(crate) const CLIENTS: [&str; 8] = [
    "payroll",
    "intranet",
    "admin-console",
    "wiki",
    "vault",
    "canteen",
    "billing",
    "newsletter",
];

/// A user and a context.
pub struct LoginDocument {
    /// The profile of the user.
    pub user: Json,
    /// The context of the login.
    pub context: Json,
}

/// Different logins, of which about three in eight need a second factor.
pub fn logins() -> Vec<LoginDocument> {
    (0..COUNT).map(login).collect()
}

/// The login of this number.
pub(crate) fn login(number: u64) -> LoginDocument {
    // Fibonacci hashing: a mixture that depends on the number alone.
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let client = usize::try_from(mixed >> 61)
        .ok()
        .and_then(|index| CLIENTS.get(index))
        .unwrap_or(&"payroll");
    let flag = match (mixed >> 40) % 8 {
        0 => json!(false),
        1 => Json::Null,
        2 => json!("yes"),
        3 => json!(1),
        _ => json!(true),
    };
    LoginDocument {
        user: user(number, mixed, &flag),
        context: context(number, mixed, client),
    }
}

fn user(number: u64, mixed: u64, flag: &Json) -> Json {
    json!({
        "user_id": format!("auth0|{mixed:024x}"),
        "email": format!("user-{number}@example.com"),
        "email_verified": !number.is_multiple_of(5),
        "username": format!("user-{number}"),
        "name": format!("User Number {number}"),
        "given_name": "User",
        "family_name": format!("Number {number}"),
        "nickname": format!("user-{number}"),
        "picture": format!("https://cdn.example.com/avatars/{mixed:016x}.png"),
        "phone_number": "+15550100",
        "phone_verified": true,
        "locale": "en",
        "created_at": "2023-05-17T11:02:45.118Z",
        "updated_at": "2026-01-05T08:59:58.031Z",
        "last_password_reset": "2025-11-02T14:20:00.000Z",
        "last_login": "2026-01-05T08:59:58.031Z",
        "last_ip": format!("203.0.113.{}", number % 250),
        "logins_count": 12_u64.saturating_add(number),
        "blocked": false,
        "multifactor": ["guardian"],
        "identities": [
            {
                "connection": "Username-Password-Authentication",
                "isSocial": false,
                "provider": "auth0",
                "user_id": format!("{mixed:024x}"),
            },
            {
                "connection": "corporate",
                "isSocial": false,
                "provider": "samlp",
                "user_id": format!("user-{number}@example.com"),
                "profileData": { "department": "Engineering", "costCentre": "4711" },
            },
        ],
        "groups": ["staff", "engineering", "on-call", "vpn-users", "building-7"],
        "app_metadata": {
            "use_mfa": flag,
            "roles": ["editor", "auditor"],
            "plan": "enterprise",
            "region": "eu-central",
            "quota": { "projects": 25, "storage_gb": 512 },
            "entitlements": ["reports", "exports", "api", "audit-log", "sso", "priority-support"],
            "contract": { "number": "C-2025-0417", "since": "2025-04-17", "seats": 250 },
        },
        "user_metadata": {
            "language": "en",
            "theme": "dark",
            "newsletter": false,
            "time_zone": "Europe/Berlin",
            "onboarding": { "tour": true, "profile": true, "invite": false },
            "address": { "city": "Berlin", "country": "DE", "postal_code": "10115" },
        },
    })
}

fn context(number: u64, mixed: u64, client: &str) -> Json {
    json!({
        "tenant": "acme",
        "clientID": client,
        "clientName": format!("Acme {client}"),
        "clientMetadata": { "owner": "platform", "tier": "gold" },
        "connection": "Username-Password-Authentication",
        "connectionID": "con_fpe5kjdufdzkkmuc",
        "connectionStrategy": "auth0",
        "connectionOptions": {},
        "connectionMetadata": { "region": "eu" },
        "samlConfiguration": {},
        "protocol": "oidc-basic-profile",
        "stats": { "loginsCount": 12_u64.saturating_add(number) },
        "sso": { "with_auth0": false, "with_dbconn": false, "current_clients": ["wiki", client] },
        "accessToken": {},
        "idToken": {},
        "sessionID": format!("{:032x}", u128::from(mixed).wrapping_mul(0x1_0000_0001)),
        "request": {
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "ip": format!("203.0.113.{}", number % 250),
            "hostname": "login.acme.example",
            "query": {
                "scope": "openid profile email offline_access",
                "response_type": "code",
                "client_id": client,
                "redirect_uri": format!("https://{client}.acme.example/callback"),
                "audience": "https://api.acme.example/",
                "state": format!("{mixed:016x}"),
                "nonce": format!("{:016x}", mixed.rotate_left(17)),
                "protocol": "oauth2",
            },
            "body": {},
            "geoip": {
                "country_code": "DE",
                "country_code3": "DEU",
                "country_name": "Germany",
                "city_name": "Berlin",
                "latitude": 52.5196,
                "longitude": 13.4069,
                "time_zone": "Europe/Berlin",
                "continent_code": "EU",
                "subdivision_code": "BE",
                "subdivision_name": "Land Berlin",
            },
        },
        "authentication": {
            "methods": [{ "name": "pwd", "timestamp": 1_767_603_598_031_u64.saturating_add(number) }],
        },
        "authorization": { "roles": ["editor", "auditor"] },
        "organization": {
            "id": "org_9ybsU1dN2dKfDkBi",
            "name": "acme",
            "metadata": { "contract": "2025-A", "support": "premium" },
        },
    })
}
