//! What host functions look at of their arguments.

use super::origin::Built;

/// What a host function looks at, and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looks {
    /// How many of its arguments, from the first on, it looks into when they are arrays or maps.
    /// Of those behind, only the type matters, and the value when it is neither.
    pub(super) into: Arguments,
    /// What it gives. It holds nothing of an argument that it does not look into.
    pub(super) gives: Built,
}

/// Arguments of a host function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arguments {
    None,
    First,
    Second,
    All,
}

impl Arguments {
    pub(super) fn has(self, index: usize) -> bool {
        match self {
            Self::None => false,
            Self::First => index == 0,
            Self::Second => index == 1,
            Self::All => true,
        }
    }
}

/// What the host function of this name looks at: everything, unless it is listed here.
///
/// SECURITY: a function that is listed and looks at more makes the read set too small, and then a
/// login that was read as far as the read set goes is decided otherwise than the whole login. The
/// functions `get` and `contains` are in the analysis itself.
pub(super) fn looks(name: &str) -> Looks {
    let (into, gives) = match name {
        "truthy" | "is_array" | "is_string" | "is_number" | "is_bool" | "is_map" | "is_missing"
        | "starts_with" | "ends_with" | "sub_string" | "to_upper" | "to_lower" | "parse_int"
        | "parse_float" | "matches" | "email_domain" | "ip_equal" | "is_ip" | "now"
        | "parse_time" | "weekday" | "hour" | "date" | "days_between" | "hours_between"
        | "minutes_between" | "distance_km" | "sha1_hex" | "sha256_hex" | "md5_hex"
        | "hmac_sha256_hex" | "base64" | "abs" | "min" | "max" | "floor" | "ceiling" | "round"
        | "to_int" | "to_float" => (Arguments::None, Built::Scalar),
        "split" | "range" => (Arguments::None, Built::Flat),
        "has_word" | "len" | "is_empty" => (Arguments::First, Built::Scalar),
        "ip_in_range" => (Arguments::Second, Built::Scalar),
        "keys" => (Arguments::All, Built::Flat),
        "index_of" | "some" | "all" | "to_string" | "print" | "debug" => {
            (Arguments::All, Built::Scalar)
        }
        _ => (Arguments::All, Built::Any),
    };
    Looks { into, gives }
}
