//! Reading the login.

use super::code::{Code, code};
use super::{Grammar, Type};
use crate::logins::{CONFIGURATION, CONTEXT, FACTS, Members, Shape, USER};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// Something that generated logins have.
#[derive(Debug)]
struct LoginPath {
    /// A variable, or a call of `fact`.
    root: &'static str,
    steps: Vec<&'static str>,
    ty: Type,
}

impl LoginPath {
    /// Whether it can be read where these roots are in scope: a fact can everywhere.
    fn is_visible(&self, roots: &[&str]) -> bool {
        roots.contains(&self.root) || self.root.starts_with("fact(")
    }
}

fn paths() -> &'static [LoginPath] {
    static PATHS: OnceLock<Vec<LoginPath>> = OnceLock::new();
    PATHS.get_or_init(|| {
        let mut paths = Vec::new();
        collect("user", &[], USER, &mut paths);
        collect("context", &[], CONTEXT, &mut paths);
        collect("configuration", &[], CONFIGURATION, &mut paths);
        for (name, shape) in FACTS {
            let root: &str = format!("fact({name:?})").leak();
            if let Shape::Object(members) = shape {
                collect(root, &[], members, &mut paths);
            }
            paths.push(LoginPath {
                root,
                steps: Vec::new(),
                ty: type_of(*shape),
            });
        }
        paths
    })
}

fn collect(
    root: &'static str,
    prefix: &[&'static str],
    members: Members,
    paths: &mut Vec<LoginPath>,
) {
    for (name, shape) in members {
        let steps = [prefix, &[*name]].concat();
        if let Shape::Object(members) = shape {
            collect(root, &steps, members, paths);
        }
        paths.push(LoginPath {
            root,
            steps,
            ty: type_of(*shape),
        });
    }
}

/// What a member of this shape is in a rule.
pub(super) fn type_of(shape: Shape) -> Type {
    match shape {
        Shape::Bool => Type::Bool,
        Shape::Int => Type::Int,
        Shape::Float => Type::Float,
        Shape::Text(_) => Type::Text,
        Shape::Texts(_) => Type::Texts,
        Shape::Ints => Type::Ints,
        Shape::Object(members) => Type::Record(members),
        Shape::Objects(members) => Type::Records(members),
    }
}

impl Grammar<'_> {
    /// A read of the login that usually gives a value of this type.
    pub(super) fn login_read(&mut self, ty: Type) -> Option<Code> {
        let roots = self.frame.roots.clone();
        let fitting: Vec<&LoginPath> = paths()
            .iter()
            .filter(|path| path.ty == ty && path.is_visible(&roots))
            .collect();
        let path = self.bytes.pick(&fitting)?;
        Some(match self.bytes.below(10) {
            8 | 9 => self.mixed_chain(path),
            // The default makes a missing member harmless.
            0..=2 => {
                let default = self.literal(ty);
                let optional = chain(path, "?.");
                code!("({} ?? {})", optional, default)
            }
            3 => Code::same(&chain(path, "?.")),
            4 => Code::same(&indexed(path)),
            5 => match path.steps.split_last() {
                // Rhai takes the `?` of `?[` for another step unless it is the only index step.
                Some((last, front)) if !front.is_empty() => {
                    let front = LoginPath {
                        root: path.root,
                        steps: front.to_vec(),
                        ty,
                    };
                    Code::same(&format!("({}?[\"{last}\"])", chain(&front, "?.")))
                }
                _ => Code::same(&chain(path, ".")),
            },
            _ => Code::same(&chain(path, ".")),
        })
    }

    /// A chain in which each step is of a kind of its own. Rhai loses some of the `?` before a `[`,
    /// so the twin takes the steps one by one.
    fn mixed_chain(&mut self, path: &LoginPath) -> Code {
        let mut rule = path.root.to_owned();
        let mut twin = format!("(loop {{ let c_ = {};", path.root);
        for step in &path.steps {
            let optional = self.bytes.chance(50);
            let comment = if self.bytes.chance(6) {
                "/* ?[ ü */"
            } else {
                ""
            };
            let (open, close) = match (self.bytes.chance(50), optional) {
                (true, true) => ("?[\"", "\"]"),
                (true, false) => ("[\"", "\"]"),
                (false, true) => ("?.", ""),
                (false, false) => (".", ""),
            };
            // Writing to a text does not fail.
            let _ = write!(rule, "{comment}{open}{step}{close}");
            if optional {
                twin.push_str(" if c_ == () { break (); }");
            }
            let plain = open.trim_start_matches('?');
            let _ = write!(twin, " c_ = c_{plain}{step}{close};");
        }
        twin.push_str(" break c_; })");
        Code::differing(&format!("({rule} ?? ())"), &twin)
    }

    /// A read of a part of the login that is a map.
    pub(super) fn login_map(&mut self) -> Option<Code> {
        let roots = self.frame.roots.clone();
        let fitting: Vec<&LoginPath> = paths()
            .iter()
            .filter(|path| matches!(path.ty, Type::Record(_)) && path.is_visible(&roots))
            .collect();
        let path = self.bytes.pick(&fitting)?;
        Some(Code::same(&chain(path, ".")))
    }

    /// A read of an array of maps of the login, and what these maps have.
    pub(super) fn login_records(&mut self) -> Option<(Code, Members)> {
        let roots = self.frame.roots.clone();
        let fitting: Vec<(&LoginPath, Members)> = paths()
            .iter()
            .filter(|path| path.is_visible(&roots))
            .filter_map(|path| match path.ty {
                Type::Records(members) => Some((path, members)),
                _ => None,
            })
            .collect();
        let (path, members) = self.bytes.pick(&fitting)?;
        let read = if self.bytes.chance(50) {
            format!("({} ?? [])", chain(path, "?."))
        } else {
            chain(path, ".")
        };
        Some((Code::same(&read), members))
    }
}

fn chain(path: &LoginPath, separator: &str) -> String {
    let mut text = path.root.to_owned();
    for step in &path.steps {
        text.push_str(separator);
        text.push_str(step);
    }
    text
}

fn indexed(path: &LoginPath) -> String {
    let mut text = path.root.to_owned();
    for (number, step) in path.steps.iter().enumerate() {
        if number.is_multiple_of(2) {
            let _ = write!(text, "[\"{step}\"]");
        } else {
            text.push('.');
            text.push_str(step);
        }
    }
    text
}
