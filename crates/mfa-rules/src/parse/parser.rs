//! Rhai's parser, on an engine that can do nothing but parse, under explicit limits.

use super::text::RuleText;
use crate::codes::Code;
use crate::source::Position;
use rhai::{
    AST, ASTNode, Engine, FnPtr, LexError, Module, OptimizationLevel, ParseError, ParseErrorType,
    ScriptFuncDef, Shared, Stmt, Token,
};
use std::sync::{Arc, Mutex, PoisonError};

/// How deeply the text of a rule may be nested.
const MAX_NESTING: usize = 64;

/// How many functions and closures a rule may have. Rhai's parser is quadratic in closures.
const MAX_FUNCTIONS: usize = 200;

/// How many variables a rule may declare in one place.
const MAX_VARIABLES: usize = 1000;

/// How many bytes, elements or members a literal may have.
const MAX_LITERAL: usize = 16 << 10;

/// What stands for too many closures in a parse error of ours.
const TOO_MANY_CLOSURES: &str = "too many functions and closures";

/// A parsed rule, still in Rhai's words.
pub(super) struct Parsed {
    pub(super) ast: AST,
    /// Names of the functions and where they stand, in the order of the text.
    pub(super) function_names: Vec<(String, Position)>,
}

/// Why a text is no rule.
pub(super) struct SyntaxError {
    pub(super) position: Option<Position>,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) code: Code,
}

/// What the tokens tell that the syntax tree does not hold.
#[derive(Default)]
struct Tokens {
    after_fn: bool,
    /// Whether the token before ends an operand, so that a `|` behind it is no closure.
    after_operand: bool,
    functions: usize,
    /// Where the last token stands.
    last: Option<Position>,
    function_names: Vec<(String, Position)>,
}

/// Parses `source`.
pub(super) fn parse(source: &str) -> Result<Parsed, SyntaxError> {
    let tokens = Arc::new(Mutex::new(Tokens::default()));
    let mut engine = engine();
    let recorder = Arc::clone(&tokens);
    #[expect(
        deprecated,
        reason = "Rhai marks the interface as volatile in this way"
    )]
    engine.on_parse_token(move |token, position, _| {
        let mut tokens = recorder.lock().unwrap_or_else(PoisonError::into_inner);
        record(&mut tokens, token, position)
    });
    let ast = engine.compile(source).map_err(|error| explain(&error))?;
    let mut tokens = tokens.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(position) = RuleText::new(source).unclosed_comment(tokens.last) {
        return Err(SyntaxError {
            position: Some(position),
            message: "the comment is not closed, and all that follows is a part of it".to_owned(),
            help: Some("close it with `*/`".to_owned()),
            code: Code::Syntax,
        });
    }
    Ok(Parsed {
        ast,
        function_names: std::mem::take(&mut tokens.function_names),
    })
}

/// Whether rules could define and call a function of this name, which is made of letters, digits and
/// underscores.
pub(crate) fn can_name_a_function(name: &str) -> bool {
    !RESERVED.contains(&name)
        && [format!("{name}()"), format!("x.{name}()")]
            .iter()
            .all(|call| parse(call).is_ok())
}

/// What Rhai's parser takes for a function, and is none that a rule could call or should have.
const RESERVED: &[&str] = &[
    "Fn",
    "call",
    "configuration",
    "context",
    "curry",
    "eval",
    "global",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "type_of",
    "user",
];

/// An engine with nothing registered and every limit set.
///
/// The setters are called without conditions: under Rhai's `unchecked` feature they do not exist,
/// and this crate must not build.
fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(MAX_NESTING, MAX_NESTING);
    engine.set_max_functions(MAX_FUNCTIONS);
    engine.set_max_variables(MAX_VARIABLES);
    engine.set_max_modules(0);
    engine.set_max_string_size(MAX_LITERAL);
    engine.set_max_array_size(MAX_LITERAL);
    engine.set_max_map_size(MAX_LITERAL);
    engine.set_max_operations(1);
    engine.set_max_call_levels(1);
    engine
}

/// Takes note of a token, and stops the parser at too many closures.
fn record(tokens: &mut Tokens, token: Token, position: rhai::Position) -> Token {
    if tokens.after_fn {
        if let Token::Identifier(name) = &token
            && let Some(position) = place(position)
        {
            tokens.function_names.push((name.to_string(), position));
        }
        tokens.after_fn = false;
    }
    match token {
        Token::Fn => {
            tokens.after_fn = true;
            tokens.functions = tokens.functions.saturating_add(1);
        }
        // Elsewhere they are operators, alternatives of a `switch`, or the end of parameters.
        Token::Pipe | Token::Or if !tokens.after_operand => {
            tokens.functions = tokens.functions.saturating_add(1);
        }
        _ => {}
    }
    if !matches!(token, Token::EOF) {
        tokens.last = place(position);
    }
    tokens.after_operand = matches!(
        token,
        Token::Identifier(_)
            | Token::IntegerConstant(_)
            | Token::FloatConstant(_)
            | Token::CharConstant(_)
            | Token::StringConstant(_)
            | Token::RightParen
            | Token::RightBracket
            | Token::True
            | Token::False
            | Token::Unit
            | Token::Underscore
    );
    if tokens.functions > MAX_FUNCTIONS {
        return Token::LexError(Box::new(LexError::Runtime(TOO_MANY_CLOSURES.to_owned())));
    }
    token
}

/// Functions and closures, in the order in which Rhai keeps them.
pub(super) fn functions(ast: &AST) -> impl Iterator<Item = &Shared<ScriptFuncDef>> {
    ast.iter_fn_def()
}

/// The statements of the body of a function.
///
/// The type of `ScriptFuncDef::body` cannot be named outside of Rhai, so the function is put alone
/// into a syntax tree, whose walk gives the statements on the outermost level.
pub(super) fn body(definition: &Shared<ScriptFuncDef>) -> Vec<Stmt> {
    let mut module = Module::new();
    module.set_script_fn(definition.clone());
    let mut statements = Vec::new();
    AST::new([], module).walk(&mut |path: &[ASTNode<'_>]| {
        if let [ASTNode::Stmt(statement)] = path {
            statements.push((*statement).clone());
        }
        true
    });
    statements
}

/// The name of the function that a constant points to.
pub(super) fn function_pointer(value: &rhai::Dynamic) -> Option<String> {
    value
        .clone()
        .try_cast::<FnPtr>()
        .map(|pointer| pointer.fn_name().to_owned())
}

/// Rhai's position in our terms; `None` when there is none.
pub(super) fn place(position: rhai::Position) -> Option<Position> {
    Some(Position {
        line: u32::try_from(position.line()?).ok()?,
        column: u32::try_from(position.position().unwrap_or(1).max(1)).ok()?,
    })
}

/// A parse error in our words.
fn explain(error: &ParseError) -> SyntaxError {
    let mut code = Code::Syntax;
    let (message, help): (String, Option<&str>) = match &*error.0 {
        ParseErrorType::UnexpectedEOF => (
            "the rule ends in the middle of something".to_owned(),
            Some("a closing `}`, `)` or `]` is missing, or the text was cut off"),
        ),
        ParseErrorType::BadInput(lexical) => return explain_lexical(error, lexical),
        ParseErrorType::UnknownOperator(operator) => (format!("`{operator}` is no operator"), None),
        ParseErrorType::MissingToken(token, why) => (format!("`{token}` is missing {why}"), None),
        ParseErrorType::MissingSymbol(why) => (why.clone(), None),
        ParseErrorType::MalformedIndexExpr(_) => (
            "what stands between `[` and `]` is no index".to_owned(),
            None,
        ),
        ParseErrorType::MalformedCapture(_) => (
            "this cannot be captured".to_owned(),
            Some("calls with `!` are not part of the rule language"),
        ),
        ParseErrorType::DuplicatedProperty(name) => {
            (format!("the map has two members `{name}`"), None)
        }
        ParseErrorType::DuplicatedVariable(name) => (format!("`{name}` is declared twice"), None),
        ParseErrorType::WrongSwitchIntegerCase => (
            "a number stands behind a range in this `switch`".to_owned(),
            Some("put the single numbers before the ranges"),
        ),
        ParseErrorType::WrongSwitchDefaultCase => (
            "`_` is not the last case of this `switch`, or stands among alternatives".to_owned(),
            None,
        ),
        ParseErrorType::WrongSwitchCaseCondition => {
            ("this case cannot have a condition".to_owned(), None)
        }
        ParseErrorType::PropertyExpected => ("the name of a property is missing".to_owned(), None),
        ParseErrorType::VariableExpected => ("the name of a variable is missing".to_owned(), None),
        ParseErrorType::MismatchedType(expected, found) => (
            format!("{expected} is needed here, and this is {}", in_our_words(found)),
            (expected == "a boolean expression").then_some(
                "`||` and `&&` join conditions; what takes the place of a missing value is `a ?? b`",
            ),
        ),
        ParseErrorType::Reserved(word) => {
            (format!("`{word}` is a reserved word"), reserved_help(word))
        }
        ParseErrorType::ExprExpected(_) => (
            "an expression is missing here".to_owned(),
            Some("a map is written `#{ name: value }`, a block `{ … }`"),
        ),
        ParseErrorType::WrongFnDefinition => (
            "a function can only be defined at the top level".to_owned(),
            Some("inside of a block, use a closure: `let f = |x| …;` and `f.call(x)`"),
        ),
        ParseErrorType::FnDuplicatedDefinition(name, _) => (
            format!("the function `{name}` is defined twice with the same number of parameters"),
            None,
        ),
        ParseErrorType::FnMissingName => (
            "the function has no name".to_owned(),
            Some(
                "a rule is no function: write its statements at the top level; `user` and `context` are there",
            ),
        ),
        ParseErrorType::FnMissingParams(name) => {
            (format!("the function `{name}` has no parameter list"), None)
        }
        ParseErrorType::FnDuplicatedParam(function, parameter) => (
            format!("the function `{function}` has two parameters `{parameter}`"),
            None,
        ),
        ParseErrorType::FnMissingBody(name) => (format!("the function `{name}` has no body"), None),
        ParseErrorType::AssignmentToConstant(name) => {
            code = Code::ConstantWrite;
            (
                format!("`{name}` is a constant and cannot be changed"),
                Some("declare it with `let`"),
            )
        }
        ParseErrorType::AssignmentToInvalidLHS(_) => (
            "only a variable, a field or an element can be assigned".to_owned(),
            None,
        ),
        ParseErrorType::ExprTooDeep => {
            code = Code::SourceLimit;
            (
                "the rule is nested too deeply".to_owned(),
                Some("give parts of it a name with `let`, or move them into functions"),
            )
        }
        ParseErrorType::TooManyFunctions => {
            code = Code::SourceLimit;
            (
                format!("the rule has more than {MAX_FUNCTIONS} functions"),
                None,
            )
        }
        ParseErrorType::LiteralTooLarge(what, _) => {
            code = Code::SourceLimit;
            (
                format!("this literal is too large: {}", what.to_lowercase()),
                Some("put long lists into `configuration`"),
            )
        }
        ParseErrorType::LoopBreak => (
            "`break` or `continue` stands outside of a loop".to_owned(),
            None,
        ),
        _ => ("this is no part of the rule language".to_owned(), None),
    };
    SyntaxError {
        position: place(error.1),
        message,
        help: help.map(str::to_owned),
        code,
    }
}

/// A lexical error in our words.
fn explain_lexical(error: &ParseError, lexical: &LexError) -> SyntaxError {
    let mut code = Code::Syntax;
    let (message, help) = match lexical {
        LexError::UnexpectedInput(text) => (format!("`{text}` is not expected here"), None),
        LexError::UnterminatedString => ("the text is not closed".to_owned(), None),
        LexError::StringTooLong(_) => {
            code = Code::SourceLimit;
            (format!("the text is longer than {MAX_LITERAL} bytes"), None)
        }
        LexError::MalformedEscapeSequence(text) => {
            (format!("`{text}` is no escape sequence"), None)
        }
        LexError::MalformedNumber(text) => (format!("`{text}` is no number"), None),
        LexError::MalformedChar(text) => (
            format!("`'{text}'` is no single character"),
            Some("texts are written in double quotes".to_owned()),
        ),
        LexError::MalformedIdentifier(text) => (format!("`{text}` is no name"), None),
        LexError::ImproperSymbol(word, _) if word.chars().all(char::is_alphanumeric) => (
            format!("`{word}` cannot be used here"),
            reserved_help(word).map(str::to_owned),
        ),
        LexError::ImproperSymbol(symbol, _) => (
            format!("`{symbol}` is no operator here"),
            operator_help(symbol),
        ),
        LexError::Runtime(text) if text == TOO_MANY_CLOSURES => {
            code = Code::SourceLimit;
            (
                format!("the rule has more than {MAX_FUNCTIONS} functions and closures"),
                None,
            )
        }
        _ => ("this cannot be read".to_owned(), None),
    };
    SyntaxError {
        position: place(error.1),
        message,
        help,
        code,
    }
}

/// What to write instead of an operator of another language.
fn operator_help(symbol: &str) -> Option<String> {
    Some(
        match symbol {
            "=" => "write `==` to compare",
            "===" => "write `==`",
            "=>" | "->" => "a closure is written `|x| …`",
            "++" => "write `+= 1`",
            "--" => "write `-= 1`",
            ":=" => "write `=`",
            "!==" | "<>" => "write `!=`",
            _ => return None,
        }
        .to_owned(),
    )
}

/// What to write instead of a word of another language.
fn reserved_help(word: &str) -> Option<&'static str> {
    Some(match word {
        "var" => "declare variables with `let`",
        "null" | "nil" | "undefined" => "a missing value is `()`",
        "eval" | "Fn" | "curry" | "this" | "import" | "export" | "module" => {
            "it is not part of the rule language"
        }
        "new" => {
            "a denial is `deny(\"…\")`, maps are written `#{ name: value }`; a time comes from `now()` or `parse_time(…)`"
        }
        "match" => "for cases use `switch`, for patterns `matches`",
        "case" | "default" => "a case of a `switch` is written `\"x\" => …`, the last one `_ => …`",
        "typeof" => "use `is_string`, `is_array`, `is_map`, `is_number`, `is_bool` or `is_missing`",
        "delete" => "use `map.remove(\"key\")`",
        "goto" | "exit" => "leave a rule with `return;`",
        "async" | "await" | "go" | "spawn" | "thread" | "sync" | "yield" => {
            "a rule cannot wait: facts are fetched before the decision"
        }
        _ => return None,
    })
}

/// What Rhai calls a literal, in our words.
fn in_our_words(literal: &str) -> &str {
    match literal {
        "an object map" => "a map",
        "a string" => "a text",
        "a floating-point number" => "a float",
        other => other,
    }
}
