//! Whether the Rhai that was linked is the one that the translation was written for.
//!
//! Cargo merges the features that all crates of a binary ask for, so another crate can switch off
//! floats or positions, or narrow integers, in the Rhai that this crate uses.

use super::parser;
use rhai::{Expr, Stmt};

/// Checks a few parsed literals.
///
/// # Errors
///
/// What is different, in words for whoever builds the binary.
pub(crate) fn check() -> Result<(), &'static str> {
    const ADVICE: &str =
        "a crate in this binary has switched on features of `rhai` that change the rule language";
    let large = parsed("9223372036854775807");
    if !matches!(large.as_deref(), Some([Stmt::Expr(value)]) if matches!(**value, Expr::IntegerConstant(i64::MAX, _)))
    {
        return Err(ADVICE);
    }
    let float = parsed("0.30000000000000004");
    let is_double = matches!(float.as_deref(), Some([Stmt::Expr(value)])
        if matches!(&**value, Expr::FloatConstant(number, _) if number.to_bits() == 0.300_000_000_000_000_04_f64.to_bits()));
    if !is_double {
        return Err(ADVICE);
    }
    let placed = parsed("\n  1");
    let has_positions = matches!(placed.as_deref(), Some([statement])
        if statement.position().line() == Some(2) && statement.position().position() == Some(3));
    if !has_positions {
        return Err(ADVICE);
    }
    let syntax = "fn f(a) { a } let m = #{ a: [1] }; let g = |x| m?.a?[x]; m.a[0] += f(1); switch m { 1 => 2, _ => 3 }";
    if parsed(syntax).is_none() {
        return Err(ADVICE);
    }
    let folded = parsed("1 + 2");
    if matches!(folded.as_deref(), Some([Stmt::Expr(value)]) if matches!(**value, Expr::IntegerConstant(..)))
    {
        return Err(ADVICE);
    }
    Ok(())
}

fn parsed(source: &str) -> Option<Vec<Stmt>> {
    let parsed = parser::parse(source).ok()?;
    Some(parsed.ast.statements().to_vec())
}

#[cfg(test)]
mod tests {
    #[test]
    fn rhai_as_this_workspace_builds_it_passes() {
        assert_eq!(super::check(), Ok(()));
    }
}
