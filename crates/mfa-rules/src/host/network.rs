//! Addresses and ranges of addresses.

use super::values::no_secret;
use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::meter::Meter;
use crate::quote::quote;
use crate::value::Value;
use ipnet::IpNet;
use std::net::IpAddr;

/// Bytes of the prefix in front of a v4 address that is written as v6 (RFC 4291 §2.5.5.2).
const MAPPED_PREFIX: u8 = 96;

/// Bytes that a range can have: an address with an embedded one of version 4, and its bits.
const LONGEST_RANGE: usize = 49;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Network",
    about: "Addresses of IP version 4 and 6.\nA v4 address that is written as v6 (`::ffff:10.0.0.1`, RFC 4291, section 2.5.5.2) counts as the v4 address.\nA v4 address is four decimal numbers without leading zeros; an address with a zone (`fe80::1%eth0`), a port or spaces around it is none.",
    functions: &[
        HostFunction {
            name: "ip_in_range",
            forms: &[
                Form {
                    signature: "ip_in_range(ip, range) -> boolean",
                    arguments: 2,
                },
                Form {
                    signature: "ip_in_range(ip, array_of_ranges) -> boolean",
                    arguments: 2,
                },
            ],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: ip_in_range,
            about: "Whether an address is in a range, or in one of several.\n\nA range is a text in CIDR notation (RFC 4632, RFC 4291) such as `\"10.0.0.0/8\"`, or an address alone, which is a range of one.\nBits behind the prefix may be set: `192.168.1.134/26` is `192.168.1.128/26`.\nA range of v6 contains no v4 address: to mean every address, give `[\"0.0.0.0/0\", \"::/0\"]`.\n\nAn `ip` that is `()`, or a text that is no address, is in no range.\nA range that cannot be read is a failure with the code `argument`.\nAll ranges are read first, so one that cannot be read is a failure also when another one matches: a mistake in a list shows at the first login, not at the first that needs the end of the list.",
            example: &[
                (
                    "ip_in_range(\"192.168.1.140\", \"192.168.1.134/26\")",
                    "true",
                ),
                (
                    "ip_in_range(\"::ffff:10.1.2.3\", [\"10.0.0.0/8\", \"2001:db8::/32\"])",
                    "true",
                ),
                ("ip_in_range(\"unknown\", \"0.0.0.0/0\")", "false"),
            ],
        },
        HostFunction {
            name: "ip_equal",
            forms: &[Form {
                signature: "ip_equal(a, b) -> boolean",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| {
                let a = client("ip_equal", arguments, 0)?;
                let b = client("ip_equal", arguments, 1)?;
                Ok(Value::Bool(a.is_some() && a == b))
            },
            about: "Whether two texts are the same address, however they are written.\n\n`()` and a text that is no address are equal to nothing, not even to themselves.",
            example: &[
                (
                    "ip_equal(\"2001:db8::1\", \"2001:DB8:0:0:0:0:0:1\")",
                    "true",
                ),
                ("ip_equal(\"unknown\", \"unknown\")", "false"),
            ],
        },
        HostFunction {
            name: "is_ip",
            forms: &[Form {
                signature: "is_ip(x) -> boolean",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |_, arguments| {
                let address = no_secret("is_ip", arguments, 0)?
                    .as_text()
                    .and_then(address);
                Ok(Value::Bool(address.is_some()))
            },
            about: "Whether `x` is a text that is an address.\nEvery other value is none, and no failure.",
            example: &[
                ("is_ip(\"::1\")", "true"),
                ("is_ip(\"10.0.0.0/8\")", "false"),
            ],
        },
    ],
};

fn ip_in_range<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let ip = client("ip_in_range", arguments, 0)?;
    let ranges = arguments::any("ip_in_range", arguments, 1)?;
    if let Some(text) = ranges.as_text() {
        return Ok(Value::Bool(contains(text, ip, host.meter())?));
    }
    let Some(array) = ranges.as_array() else {
        let needed = "a text or an array of texts";
        return Err(arguments::wrong("ip_in_range", needed, 1, ranges).into());
    };
    let mut found = false;
    for range in array.iter() {
        let Some(text) = range.as_text() else {
            return Err(wrong_element(&range).into());
        };
        found |= contains(text, ip, host.meter())?;
    }
    Ok(Value::Bool(found))
}

fn wrong_element(element: &Value<'_>) -> Failure {
    let message = format!(
        "`ip_in_range` needs an array of texts as its second argument, and one element is {}",
        arguments::with_article(element)
    );
    match element {
        Value::Secret(_) => Failure::uncatchable(Code::SecretUse, message),
        _ => Failure::new(Code::Type, message),
    }
}

fn contains(text: &str, ip: Option<IpAddr>, meter: &mut Meter) -> Result<bool, Failure> {
    meter.spend_bytes(text.len())?;
    let range = range(text).map_err(|reason| {
        Failure::new(
            Code::Argument,
            format!("{} cannot be read as a range: {reason}", quote(text)),
        )
    })?;
    Ok(ip.is_some_and(|ip| range.contains(&ip)))
}

/// The address that a client gives: `None` for `()` and for a text that is none.
fn client(
    function: &str,
    arguments: &[Value<'_>],
    index: usize,
) -> Result<Option<IpAddr>, Failure> {
    match arguments::any(function, arguments, index)? {
        Value::Unit => Ok(None),
        _ => Ok(address(arguments::text(function, arguments, index)?)),
    }
}

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse::<IpAddr>().ok()?.to_canonical())
}

/// Reads a range, or says why it cannot be read.
fn range(text: &str) -> Result<IpNet, &'static str> {
    if text.len() > LONGEST_RANGE {
        return Err("it is too long");
    }
    let (written, prefix) = match text.split_once('/') {
        Some((written, prefix)) => (written, Some(prefix)),
        None => (text, None),
    };
    let written: IpAddr = written.parse().map_err(|_| "it has no IP address")?;
    let address = written.to_canonical();
    let Some(prefix) = prefix else {
        return Ok(IpNet::from(address));
    };
    let prefix = bits(prefix).ok_or("behind the `/` must be a number of bits")?;
    let is_mapped = written != address;
    let prefix = if is_mapped {
        prefix
            .checked_sub(MAPPED_PREFIX)
            .ok_or("a v4 address that is written as v6 needs at least 96 bits")?
    } else {
        prefix
    };
    IpNet::new(address, prefix).map_err(|_| "it has more bits than its address")
}

/// A number of at most three digits, without a leading zero.
fn bits(text: &str) -> Option<u8> {
    let is_number = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let has_leading_zero = text.len() > 1 && text.starts_with('0');
    if !is_number || has_leading_zero {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::Failure;
    use crate::host::test_host::{TestHost, fails, gives};
    use crate::secret::Secret;
    use crate::value::Value;
    use serde_json::json;

    fn in_range(ip: &str, range: &str) -> String {
        gives("ip_in_range", vec![Value::text(ip), Value::text(range)])
    }

    #[test]
    fn an_address_is_in_the_ranges_that_contain_it() {
        for (ip, range, expected) in [
            ("10.1.2.3", "10.0.0.0/8", "true"),
            ("11.1.2.3", "10.0.0.0/8", "false"),
            ("192.168.1.128", "192.168.1.134/26", "true"),
            ("192.168.1.191", "192.168.1.134/26", "true"),
            ("192.168.1.127", "192.168.1.134/26", "false"),
            ("192.168.1.192", "192.168.1.134/26", "false"),
            ("1.2.3.4", "0.0.0.0/0", "true"),
            ("1.2.3.4", "1.2.3.4", "true"),
            ("1.2.3.4", "1.2.3.4/32", "true"),
            ("1.2.3.5", "1.2.3.4", "false"),
            ("2001:db8::1", "2001:db8::/32", "true"),
            ("2001:db9::1", "2001:db8::/32", "false"),
            ("2001:DB8:0::1", "2001:db8::1", "true"),
            ("2001:db8::1", "2001:db8::1/128", "true"),
        ] {
            assert_eq!(in_range(ip, range), expected, "{ip} in {range}");
        }
    }

    #[test]
    fn a_v4_address_written_as_v6_counts_as_v4_on_both_sides() {
        for (ip, range, expected) in [
            ("::ffff:10.1.2.3", "10.0.0.0/8", "true"),
            ("::ffff:a01:203", "10.0.0.0/8", "true"),
            ("10.1.2.3", "::ffff:10.0.0.0/104", "true"),
            ("11.1.2.3", "::ffff:10.0.0.0/104", "false"),
            ("::ffff:10.1.2.3", "::ffff:10.1.2.3", "true"),
            ("10.1.2.3", "::ffff:0.0.0.0/96", "true"),
            ("::1.2.3.4", "1.2.3.4", "false"),
        ] {
            assert_eq!(in_range(ip, range), expected, "{ip} in {range}");
        }
    }

    #[test]
    fn a_range_of_one_version_contains_no_address_of_the_other() {
        assert_eq!(in_range("10.1.2.3", "::/0"), "false");
        assert_eq!(in_range("::ffff:10.1.2.3", "::/0"), "false");
        assert_eq!(in_range("2001:db8::1", "0.0.0.0/0"), "false");
    }

    #[test]
    fn what_is_no_address_is_in_no_range() {
        for ip in [
            "",
            "unknown",
            "10.1.2",
            "10.1.2.256",
            "010.1.2.3",
            "10.1.2.3:80",
            " 10.1.2.3",
            "10.1.2.3\n",
            "167838211",
            "0x0a010203",
            "fe80::1%eth0",
            "[::1]",
            "10.1.2.3/32",
            "10.1.2.3, 10.1.2.4",
        ] {
            assert_eq!(in_range(ip, "0.0.0.0/0"), "false", "{ip}");
            assert_eq!(in_range(ip, "::/0"), "false", "{ip}");
            assert_eq!(gives("is_ip", vec![Value::text(ip)]), "false", "{ip}");
        }
        let range = Value::text("0.0.0.0/0");
        assert_eq!(gives("ip_in_range", vec![Value::Unit, range]), "false");
    }

    #[test]
    fn a_list_contains_what_one_of_its_ranges_contains() {
        let list = json!(["192.0.2.0/24", "10.0.0.0/8"]);
        let in_list = |ip| {
            gives(
                "ip_in_range",
                vec![Value::text(ip), Value::from_json(&list)],
            )
        };
        assert_eq!(in_list("10.1.2.3"), "true");
        assert_eq!(in_list("192.0.2.1"), "true");
        assert_eq!(in_list("198.51.100.1"), "false");
        let empty = json!([]);
        let arguments = vec![Value::text("10.1.2.3"), Value::from_json(&empty)];
        assert_eq!(gives("ip_in_range", arguments), "false");
    }

    #[test]
    fn a_range_that_cannot_be_read_is_named() {
        for (range, message) in [
            ("", "`` cannot be read as a range: it has no IP address"),
            (
                "10.0.0/8",
                "`10.0.0/8` cannot be read as a range: it has no IP address",
            ),
            (
                "010.0.0.0/8",
                "`010.0.0.0/8` cannot be read as a range: it has no IP address",
            ),
            (
                "fe80::1%eth0/64",
                "`fe80::1%eth0/64` cannot be read as a range: it has no IP address",
            ),
            (
                "10.0.0.0/",
                "`10.0.0.0/` cannot be read as a range: behind the `/` must be a number of bits",
            ),
            (
                "10.0.0.0/08",
                "`10.0.0.0/08` cannot be read as a range: behind the `/` must be a number of bits",
            ),
            (
                "10.0.0.0/+8",
                "`10.0.0.0/+8` cannot be read as a range: behind the `/` must be a number of bits",
            ),
            (
                "10.0.0.0/255.0.0.0",
                "`10.0.0.0/255.0.0.0` cannot be read as a range: behind the `/` must be a number of bits",
            ),
            (
                "10.0.0.0/33",
                "`10.0.0.0/33` cannot be read as a range: it has more bits than its address",
            ),
            (
                "::ffff:10.0.0.0/8",
                "`::ffff:10.0.0.0/8` cannot be read as a range: a v4 address that is written as v6 needs at least 96 bits",
            ),
            (
                "::ffff:10.0.0.0/129",
                "`::ffff:10.0.0.0/129` cannot be read as a range: it has more bits than its address",
            ),
            (
                "2001:db8::/129",
                "`2001:db8::/129` cannot be read as a range: it has more bits than its address",
            ),
        ] {
            let expected = Failure::new(Code::Argument, message);
            let arguments = vec![Value::text("10.1.2.3"), Value::text(range)];
            assert_eq!(fails("ip_in_range", arguments), expected);
            let arguments = vec![Value::Unit, Value::text(range)];
            assert_eq!(fails("ip_in_range", arguments), expected);
        }
    }

    #[test]
    fn a_range_that_cannot_be_read_fails_also_behind_one_that_matches() {
        let list = json!(["10.0.0.0/8", "oops"]);
        assert_eq!(
            fails(
                "ip_in_range",
                vec![Value::text("10.1.2.3"), Value::from_json(&list)]
            ),
            Failure::new(
                Code::Argument,
                "`oops` cannot be read as a range: it has no IP address"
            )
        );
    }

    #[test]
    fn ip_in_range_needs_texts() {
        let numbers = json!([10]);
        let ip = || Value::text("10.1.2.3");
        for (arguments, message) in [
            (
                vec![Value::Int(1), ip()],
                "`ip_in_range` needs a text as its first argument, and got an integer",
            ),
            (
                vec![ip(), Value::Unit],
                "`ip_in_range` needs a text or an array of texts as its second argument, and got `()`",
            ),
            (
                vec![ip(), Value::from_json(&numbers)],
                "`ip_in_range` needs an array of texts as its second argument, and one element is an integer",
            ),
        ] {
            assert_eq!(
                fails("ip_in_range", arguments),
                Failure::new(Code::Type, message)
            );
        }
    }

    #[test]
    fn each_range_of_a_list_is_spent() {
        let list = json!(vec!["10.0.0.0/8"; 100]);
        let mut host = TestHost::new();
        host.call(
            "ip_in_range",
            vec![Value::text("10.1.2.3"), Value::from_json(&list)],
        )
        .unwrap();
        assert_eq!(host.meter.operations(), 100);
    }

    #[test]
    fn addresses_are_equal_however_they_are_written() {
        for (a, b, expected) in [
            ("10.1.2.3", "10.1.2.3", "true"),
            ("10.1.2.3", "::ffff:10.1.2.3", "true"),
            ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", "true"),
            ("10.1.2.3", "10.1.2.4", "false"),
            ("unknown", "unknown", "false"),
            ("::1.2.3.4", "1.2.3.4", "false"),
        ] {
            let arguments = vec![Value::text(a), Value::text(b)];
            assert_eq!(gives("ip_equal", arguments), expected, "{a} and {b}");
        }
        assert_eq!(gives("ip_equal", vec![Value::Unit, Value::Unit]), "false");
        assert_eq!(
            fails("ip_equal", vec![Value::text("::1"), Value::Int(1)]),
            Failure::new(
                Code::Type,
                "`ip_equal` needs a text as its second argument, and got an integer"
            )
        );
    }

    #[test]
    fn is_ip_answers_for_every_value() {
        for ip in ["10.1.2.3", "::1", "::ffff:10.1.2.3"] {
            assert_eq!(gives("is_ip", vec![Value::text(ip)]), "true", "{ip}");
        }
        assert_eq!(gives("is_ip", vec![Value::Unit]), "false");
        assert_eq!(gives("is_ip", vec![Value::Int(1)]), "false");
    }

    #[test]
    fn a_secret_is_no_address() {
        let secret = Secret::new("10.1.2.3".to_owned());
        for (function, arguments, needed) in [
            (
                "is_ip",
                vec![Value::Secret(&secret)],
                "a value that is not secret",
            ),
            (
                "ip_equal",
                vec![Value::Secret(&secret), Value::Unit],
                "a text",
            ),
        ] {
            assert_eq!(
                fails(function, arguments),
                Failure::uncatchable(
                    Code::SecretUse,
                    format!("`{function}` needs {needed} as its first argument, and got a secret")
                )
            );
        }
    }
}
