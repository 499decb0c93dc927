//! From rule text to the rule tree: the only module that touches Rhai.
//!
//! [`parser`] runs Rhai's parser under explicit limits, [`translate`] turns its syntax tree into
//! ours and names what a rule may not contain, and [`canary`] checks that the Rhai we were linked
//! with is the one that this module was written for.

mod call;
mod canary;
mod expression;
mod fact;
mod parser;
mod scope;
mod statement;
mod text;
mod translate;
mod writes;

pub(crate) use canary::check as check_canary;
pub(crate) use parser::can_name_a_function;
pub(crate) use text::token_at;
pub(crate) use translate::translate;
pub(crate) use writes::{MEMBER_METHODS, WRITABLE, list};
