//! Digests of texts, and base64.

use super::{Callbacks, Family, Form, Gives, Host, HostFunction, Receiver, arguments};
use crate::codes::Code;
use crate::failure::{Failure, Stop};
use crate::value::Value;
use base64::engine::general_purpose::STANDARD;
use base64::{Engine, encoded_len};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The chapter of these functions.
pub(crate) const FAMILY: Family = Family {
    title: "Digests",
    about: "Digests of the UTF-8 bytes of a text, in lower-case hexadecimal, for fingerprints and signatures that other systems made.",
    functions: &[
        HostFunction {
            name: "sha256_hex",
            forms: &[Form {
                signature: "sha256_hex(text) -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, arguments| digest::<Sha256>("sha256_hex", host, arguments),
            about: "The SHA-256 of a text (FIPS 180-4): 64 hexadecimal digits.",
            example: &[(
                "sha256_hex(\"abc\")",
                "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"",
            )],
        },
        HostFunction {
            name: "sha1_hex",
            forms: &[Form {
                signature: "sha1_hex(text) -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, arguments| digest::<Sha1>("sha1_hex", host, arguments),
            about: "The SHA-1 of a text (FIPS 180-4): 40 hexadecimal digits.\nFor fingerprints that were stored with it; two texts with the same SHA-1 can be made, so use `sha256_hex` for new ones.",
            example: &[(
                "sha1_hex(\"abc\")",
                "\"a9993e364706816aba3e25717850c26c9cd0d89d\"",
            )],
        },
        HostFunction {
            name: "md5_hex",
            forms: &[Form {
                signature: "md5_hex(text) -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: |host, arguments| digest::<Md5>("md5_hex", host, arguments),
            about: "The MD5 of a text (RFC 1321): 32 hexadecimal digits.\nFor systems that key their data by it; it protects nothing.",
            example: &[("md5_hex(\"abc\")", "\"900150983cd24fb0d6963f7d28e17f72\"")],
        },
        HostFunction {
            name: "hmac_sha256_hex",
            forms: &[Form {
                signature: "hmac_sha256_hex(key, text) -> text",
                arguments: 2,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: hmac_sha256_hex,
            about: "The HMAC (RFC 2104) with SHA-256 of a text: 64 hexadecimal digits.\n\nThe key is a secret of the rule set, or a text, whose UTF-8 bytes are the key.\nThis is the only function that takes a secret.",
            example: &[(
                "hmac_sha256_hex(\"key\", \"The quick brown fox jumps over the lazy dog\")",
                "\"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8\"",
            )],
        },
        HostFunction {
            name: "base64",
            forms: &[Form {
                signature: "base64(text) -> text",
                arguments: 1,
            }],
            receiver: Receiver::Read,
            gives: Gives::Value,
            callbacks: Callbacks::Never,
            body: base64,
            about: "The UTF-8 bytes of a text in base64, with padding (RFC 4648, section 4).",
            example: &[("base64(\"user:password\")", "\"dXNlcjpwYXNzd29yZA==\"")],
        },
    ],
};

fn digest<'a, D: Digest>(
    function: &str,
    host: &mut (dyn Host<'a> + '_),
    arguments: &[Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let text = arguments::text(function, arguments, 0)?;
    host.meter().spend_text(text.len())?;
    let digest = hexadecimal(&D::digest(text.as_bytes()));
    Ok(Value::new_text(&digest, host.meter())?)
}

fn hmac_sha256_hex<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let key = match arguments::any("hmac_sha256_hex", arguments, 0)? {
        Value::Secret(secret) => secret.expose(),
        Value::Text(text) => text.as_str(),
        other => {
            let needed = "a secret or a text";
            return Err(arguments::wrong("hmac_sha256_hex", needed, 0, other).into());
        }
    };
    let text = arguments::text("hmac_sha256_hex", arguments, 1)?;
    host.meter().spend_text(key.len())?;
    host.meter().spend_text(text.len())?;
    // RFC 2104 takes keys of every length, so this cannot fail; if it did, nothing may go on.
    let mut hmac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| {
        Failure::uncatchable(Code::Argument, "`hmac_sha256_hex` cannot use its key")
    })?;
    hmac.update(text.as_bytes());
    let digest = hexadecimal(&hmac.finalize().into_bytes());
    Ok(Value::new_text(&digest, host.meter())?)
}

fn base64<'a>(
    host: &mut (dyn Host<'a> + '_),
    arguments: &mut [Value<'a>],
) -> Result<Value<'a>, Stop<'a>> {
    let text = arguments::text("base64", arguments, 0)?;
    let encoded = encoded_len(text.len(), true).unwrap_or(usize::MAX);
    host.meter().spend_bytes(text.len())?;
    host.meter().allocate_text(encoded)?;
    let encoded = STANDARD.encode(text);
    Ok(Value::Text(crate::value::Text::Owned(encoded.into())))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::failure::{Failure, Stop};
    use crate::host::test_host::{TestHost, fails, gives};
    use crate::limits::Limits;
    use crate::secret::Secret;
    use crate::value::Value;

    fn of(function: &str, text: &str) -> String {
        gives(function, vec![Value::text(text)])
    }

    #[test]
    fn digests_are_those_of_their_standards() {
        for (function, text, expected) in [
            ("md5_hex", "", "\"d41d8cd98f00b204e9800998ecf8427e\""),
            (
                "md5_hex",
                "message digest",
                "\"f96b697d7cb7938d525a2f31aaf161d0\"",
            ),
            (
                "sha1_hex",
                "",
                "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"",
            ),
            (
                "sha1_hex",
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "\"84983e441c3bd26ebaae4aa1f95129e5e54670f1\"",
            ),
            (
                "sha256_hex",
                "",
                "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
            ),
            (
                "sha256_hex",
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "\"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1\"",
            ),
            ("base64", "", "\"\""),
            ("base64", "f", "\"Zg==\""),
            ("base64", "foobar", "\"Zm9vYmFy\""),
            ("base64", "ä>?", "\"w6Q+Pw==\""),
        ] {
            assert_eq!(of(function, text), expected, "{function} of {text:?}");
        }
    }

    #[test]
    fn the_hmac_is_that_of_rfc_4231() {
        // Test cases 2 and 6, as far as their keys are texts.
        let expected = "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"";
        let data = "what do ya want for nothing?";
        let arguments = vec![Value::text("Jefe"), Value::text(data)];
        assert_eq!(gives("hmac_sha256_hex", arguments), expected);
        let secret = Secret::new("Jefe".to_owned());
        let arguments = vec![Value::Secret(&secret), Value::text(data)];
        assert_eq!(gives("hmac_sha256_hex", arguments), expected);
    }

    #[test]
    fn a_secret_is_a_key_and_nothing_else() {
        let secret = Secret::new("s3cret".to_owned());
        for function in ["md5_hex", "sha1_hex", "sha256_hex", "base64"] {
            assert_eq!(
                fails(function, vec![Value::Secret(&secret)]),
                Failure::uncatchable(
                    Code::SecretUse,
                    format!("`{function}` needs a text as its first argument, and got a secret")
                )
            );
        }
        assert_eq!(
            fails(
                "hmac_sha256_hex",
                vec![Value::text("key"), Value::Secret(&secret)]
            ),
            Failure::uncatchable(
                Code::SecretUse,
                "`hmac_sha256_hex` needs a text as its second argument, and got a secret"
            )
        );
    }

    #[test]
    fn digests_need_texts() {
        for function in ["md5_hex", "sha1_hex", "sha256_hex", "base64"] {
            assert_eq!(
                fails(function, vec![Value::Unit]),
                Failure::new(
                    Code::Type,
                    format!("`{function}` needs a text as its first argument, and got `()`")
                )
            );
        }
        assert_eq!(
            fails("hmac_sha256_hex", vec![Value::Unit, Value::text("a")]),
            Failure::new(
                Code::Type,
                "`hmac_sha256_hex` needs a secret or a text as its first argument, and got `()`"
            )
        );
    }

    #[test]
    fn the_work_is_spent_by_the_length_of_the_text_before_it_is_done() {
        let text = "a".repeat(64 * 1000);
        for function in ["md5_hex", "sha1_hex", "sha256_hex", "base64"] {
            let mut limits = Limits::DEFAULT;
            limits.operations = 999;
            limits.text = usize::MAX;
            let stop = TestHost::with(limits).call(function, vec![Value::text(&text)]);
            let Err(Stop::Failure(failure)) = stop else {
                panic!("{function} was not stopped")
            };
            assert_eq!(
                *failure,
                Failure::uncatchable(Code::Operations, "the rule used more than 999 operations")
            );
        }
    }

    #[test]
    fn base64_is_bounded_as_every_text() {
        let text = "a".repeat(60_000);
        assert_eq!(
            fails("base64", vec![Value::text(&text)]),
            Failure::uncatchable(Code::Size, "a text became longer than 65536 bytes")
        );
    }
}
