//! Functions of the rule, and calls of them.

use super::code::{Code, code};
use super::{Access, Frame, FunctionSignature, Grammar, Type};

impl Grammar<'_> {
    /// Defines a function.
    pub(super) fn function(&mut self) {
        let name = format!("f{}", self.functions.len());
        let recursive = self.bytes.chance(40);
        let roots: Vec<&'static str> = match self.bytes.below(4) {
            0 => vec!["user"],
            1 => vec!["user", "context"],
            _ => Vec::new(),
        };
        let parameters: Vec<Type> = (0..self.bytes.below(3)).map(|_| self.any_type()).collect();
        let signature = FunctionSignature {
            name,
            recursive,
            roots,
            parameters,
            result: self.any_type(),
        };
        let outer = std::mem::replace(
            &mut self.frame,
            Frame {
                variables: Vec::new(),
                closures: Vec::new(),
                roots: signature.roots.clone(),
                writes: false,
                returns: Some(signature.result),
                loops: 0,
                continues: true,
            },
        );
        let mut names: Vec<String> = Vec::new();
        if recursive {
            names.push("n".to_owned());
        }
        names.extend(signature.roots.iter().map(|root| (*root).to_owned()));
        for parameter in &signature.parameters {
            let name = self.fresh_name();
            self.declare(&name, *parameter, Access::Read);
            names.push(name);
        }
        let head = format!("fn {}({}) {{", signature.name, names.join(", "));
        self.line(&Code::same(&head));
        self.block(|grammar| grammar.function_body(&signature));
        self.line(&Code::same("}"));
        self.frame = outer;
        self.functions.push(signature);
    }

    fn function_body(&mut self, signature: &FunctionSignature) {
        if signature.recursive {
            self.line(&Code::same("if n <= 0 {"));
            let value = self.flat_value(signature.result, 1);
            let statement = code!("  return {};", value);
            self.line(&statement);
            self.line(&Code::same("}"));
        }
        for _ in 0..self.bytes.below(3) {
            self.statement();
        }
        if signature.recursive {
            let call = self.call_of(signature, "n - 1", 1);
            let name = self.fresh_name();
            let statement = code!("let {} = {};", name, call);
            self.line(&statement);
            self.declare(&name, signature.result, Access::Assign);
        }
        let value = self.flat_value(signature.result, 3);
        self.line(&value);
    }

    /// A call of a function with this result.
    pub(super) fn call(&mut self, ty: Type, depth: usize) -> Code {
        let roots = self.frame.roots.clone();
        let fitting: Vec<FunctionSignature> = self
            .functions
            .iter()
            .filter(|function| function.result == ty)
            .filter(|function| function.roots.iter().all(|root| roots.contains(root)))
            .cloned()
            .collect();
        let Some(function) = self.bytes.pick(&fitting) else {
            return self.leaf(ty);
        };
        let bound = self.bytes.text(&["2", "0", "3", "1"]);
        self.call_of(&function, bound, depth.saturating_sub(1))
    }

    fn call_of(&mut self, function: &FunctionSignature, bound: &str, depth: usize) -> Code {
        let mut arguments = Vec::new();
        if function.recursive {
            arguments.push(Code::same(bound));
        }
        arguments.extend(function.roots.iter().map(|root| Code::same(root)));
        for parameter in &function.parameters {
            arguments.push(self.flat_value(*parameter, depth));
        }
        code!("{}({})", function.name, Code::list(&arguments))
    }
}
