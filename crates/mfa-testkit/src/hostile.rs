//! Texts that are hardly rules: bytes, rules with damage, and shapes that are hard on a compiler.

use crate::bytes::Bytes;
use crate::grammar::GeneratedRule;

/// Pieces that damage is made of.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "|",
    "||",
    "`",
    "${",
    "\"",
    "'",
    "#{",
    ";",
    ",",
    ".",
    "?.",
    "?[",
    "..",
    "..=",
    "=>",
    "/*",
    "*/",
    "//",
    "\n",
    "fn ",
    "fn deny(x) { }",
    "let ",
    "const ",
    "import ",
    "export ",
    "eval(",
    "this",
    "Fn(",
    "user",
    "context",
    "configuration",
    "context = ()",
    "user.multifactor = 1",
    "let context = 1;",
    "deny(",
    "require_mfa(",
    "()",
    "-",
    "!",
    "0x",
    "1e999",
    "9223372036854775808",
    "\u{0}",
    "\u{FEFF}",
    "🦀",
    "return 1;",
    "break",
    "throw",
    "switch x {",
    "a.b.c.d",
    "f!(1)",
    "x::y",
    "private fn",
    "$",
    "@",
    "~",
    "curry(",
    "is_def_fn(",
    "call(",
];

/// The text that `bytes` stand for.
pub fn text(bytes: &[u8]) -> String {
    let mut choices = Bytes::new(bytes);
    match choices.below(4) {
        0 => String::from_utf8_lossy(bytes.get(1..).unwrap_or_default()).into_owned(),
        1 => pieces(&mut choices),
        2 => nested(&mut choices),
        _ => damaged(&mut choices),
    }
}

fn pieces(bytes: &mut Bytes<'_>) -> String {
    let mut text = String::new();
    while !bytes.is_empty() && text.len() < 4096 {
        text.push_str(bytes.text(PIECES));
        if bytes.chance(30) {
            text.push(' ');
        }
    }
    text
}

/// One construct inside of itself, many times.
fn nested(bytes: &mut Bytes<'_>) -> String {
    let pairs = [
        ("(", ")"),
        ("[", "]"),
        ("#{a:", "}"),
        ("{", "}"),
        ("|| ", ""),
        ("if true {", "}"),
        ("-", ""),
        ("!", ""),
        ("user.a(", ")"),
        ("`${", "}`"),
        ("switch 1 { _ => ", "}"),
        ("a[", "]"),
        ("1+", ""),
        ("fn f() {", "}"),
        ("try {", "} catch { }"),
    ];
    let (open, close) = bytes.pick(&pairs).unwrap_or(("(", ")"));
    let depth = bytes
        .below(256)
        .saturating_mul(bytes.below(40).saturating_add(1));
    let inner = bytes.text(&["1", "", "user", "deny(\"x\")"]);
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// A generated rule with some of its characters changed.
fn damaged(bytes: &mut Bytes<'_>) -> String {
    let mut damage = bytes.split(24);
    let mut text: Vec<char> = GeneratedRule::generate(bytes).source.chars().collect();
    for _ in 0..=damage.below(6) {
        let place = damage
            .below(256)
            .saturating_mul(256)
            .saturating_add(damage.below(256));
        let place = place.checked_rem(text.len().max(1)).unwrap_or(0);
        let end = place.saturating_add(damage.below(12)).min(text.len());
        let piece = damage.text(PIECES);
        match damage.below(3) {
            0 => drop(text.drain(place..end)),
            1 => drop(text.splice(place..place, piece.chars())),
            _ => drop(text.splice(place..end, piece.chars())),
        }
    }
    text.into_iter().collect()
}
