//! Which programs a mapping may be. Every program ends: it has no loops and no recursion, and the number of steps of a run on
//! one item is bounded before it runs. It must not know what the functions do. `build.rs` uses this module, too.
//!
//! A program without loops can still be too much: ten definitions of which each calls the one before twice run it a
//! thousand times. So [`read`] limits the steps that `cost.rs` counts.

use jaq_core::Bind;
use jaq_core::compile::{Compiler, Filter, Undefined};
use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::load::parse::Def;
use jaq_core::load::{Arena, File, Lexer, Loader, Parser};

use super::problem::{Problem, offset};
use super::{constants, cost, prelude};

/// The functions that are defined in Rust. `v` is a value, `f` a filter.
pub const NATIVES: [(&str, &str); 85] = [
    ("abs", ""),
    ("add", ""),
    ("after_last", "v"),
    ("any_case", "v"),
    ("arrays", ""),
    ("ascii_downcase", ""),
    ("ascii_upcase", ""),
    ("bare", ""),
    ("bare_keys", ""),
    ("before_last", "v"),
    ("beginning", "v"),
    ("booleans", ""),
    ("ceil", ""),
    ("cells", ""),
    ("contains", "v"),
    ("empty", ""),
    ("endswith", "v"),
    ("false", ""),
    ("first", "f"),
    ("first_of", "v"),
    ("first_text", "v"),
    ("flatten", "v"),
    ("floor", ""),
    ("from_entries", ""),
    ("from_json", ""),
    ("fromjson", ""),
    ("group_by", "f"),
    ("has", "v"),
    ("headers", ""),
    ("id", "v"),
    ("index", "v"),
    ("indices", "v"),
    ("iterables", ""),
    ("join", "v"),
    ("key_values", ""),
    ("keys_unsorted", ""),
    ("last", "f"),
    ("length", ""),
    ("limit", "vf"),
    ("ltrimstr", "v"),
    ("max_by", "f"),
    ("min_by", "f"),
    ("named", "v"),
    ("not", ""),
    ("null", ""),
    ("nulls", ""),
    ("numbers", ""),
    ("objects", ""),
    ("otlp_attributes", ""),
    ("pairs", ""),
    ("parse_time", "v"),
    ("parse_time", "vv"),
    ("path", "f"),
    ("plus_ms", "v"),
    ("plus_s", "v"),
    ("reverse", ""),
    ("rindex", "v"),
    ("round", ""),
    ("rtrimstr", "v"),
    ("scalars", ""),
    ("select", "f"),
    ("sip_host", ""),
    ("sip_user", ""),
    ("skip", "vf"),
    ("sort", ""),
    ("sort_by", "f"),
    ("split", "v"),
    ("startswith", "v"),
    ("strings", ""),
    ("text", ""),
    ("texts", "v"),
    ("time", ""),
    ("time", "v"),
    ("to_entries", ""),
    ("tojson", ""),
    ("tonumber", ""),
    ("tostring", ""),
    ("traceparent_id", ""),
    ("trim", ""),
    ("true", ""),
    ("type", ""),
    ("utf8bytelength", ""),
    ("uui", ""),
    ("uuid", ""),
    ("values", ""),
];

/// The most steps of a program, with all calls written out.
pub const MAX_WORK: u64 = 100_000;

/// The most outputs of a program for one item, apart from those that the lists in it give.
pub const MAX_OUTPUTS: u64 = 1_000;

/// The longest program, in bytes.
const MAX_BYTES: usize = 128 * 1024;

/// Reads a program, checks it and compiles it with `natives`, which must be those of [`NATIVES`].
///
/// # Errors
/// When it is not valid jq, or is not a program that a mapping may be.
pub fn read<F>(code: &str, natives: impl IntoIterator<Item = F>) -> Result<Filter<F>, Problem> {
    if code.len() > MAX_BYTES {
        return Err(Problem::at(code, 0, "it is longer than 128 KB. Split it into several inputs"));
    }
    let tokens = Lexer::new(code).lex().map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(
            || Problem::at(code, 0, "it is not jq"),
            |(expected, found)| {
                let text = match expected.as_str() {
                    "token" => "this is not expected here".to_owned(),
                    expected => format!("a {expected} is missing here"),
                };
                Problem::of(code, found, text)
            },
        )
    })?;
    if let Some(Token(text @ ("include" | "import"), _)) = tokens.first() {
        return Err(Problem::of(
            code,
            text,
            "`include` and `import` are not available. Write the whole program in one file",
        ));
    }
    forbidden_token(code, &tokens)?;
    let term = Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| {
        let first = errors.into_iter().next();
        first.map_or_else(
            || Problem::at(code, 0, "it is not jq"),
            |(expected, found)| {
                let found = found.map(|Token(text, _)| *text);
                let at = found.map_or(code.len(), |found| offset(code, found));
                let text = match expected.as_str() {
                    "nothing" => "this is not expected here".to_owned(),
                    expected => format!("{expected} is expected here"),
                };
                Problem::at(code, at, text)
            },
        )
    })?;
    let cost = cost::of(code, &definitions(prelude::ALL), &term)?;
    if cost.work > MAX_WORK || cost.outputs > MAX_OUTPUTS {
        let text = format!(
            "it takes {} steps and gives {} outputs with all its functions written out. The limits are {MAX_WORK} and \
             {MAX_OUTPUTS}. Use fewer alternatives with `,` inside other ones",
            cost.work, cost.outputs
        );
        return Err(Problem::at(code, 0, text));
    }
    compile(code, &constants::found_names(code), natives)
}

/// Compiles a program that was checked before, such as one that the build has embedded. Its variables are `$env` and `others`.
///
/// # Errors
/// When it cannot be compiled.
pub fn compile<F>(code: &str, others: &[String], natives: impl IntoIterator<Item = F>) -> Result<Filter<F>, Problem> {
    let arena = Arena::default();
    let used = prelude::of(code);
    let loaded =
        Loader::new(definitions(&used.definitions)).load(&arena, File { code, path: () }).map_err(|errors| {
            drop(errors);
            Problem::at(code, 0, "it is not jq")
        })?;
    // The compiler searches all functions for each call.
    let functions = NATIVES.iter().zip(natives).filter(|((name, _), _)| used.words.contains(name));
    let functions = functions.map(|((name, kinds), native)| (*name, binds(kinds), native));
    let variables = std::iter::once("$env").chain(others.iter().map(String::as_str));
    let compiler = Compiler::default().with_global_vars(variables).with_funs(functions);
    compiler.compile(loaded).map_err(|errors| {
        let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
        first.map_or_else(
            || Problem::at(code, 0, "it cannot be compiled"),
            |(name, undefined)| Problem::of(code, name, undefined_text(name, &undefined)),
        )
    })
}

fn definitions(code: &str) -> Vec<Def<&str>> {
    jaq_core::load::parse(code, |parser| parser.defs()).unwrap_or_default()
}

fn binds(kinds: &str) -> Box<[Bind]> {
    kinds.chars().map(|kind| if kind == 'f' { Bind::Fun(()) } else { Bind::Var(()) }).collect()
}

fn undefined_text(name: &str, undefined: &Undefined) -> String {
    let arity = match undefined {
        Undefined::Filter(arity) => *arity,
        _ => return format!("the {} `{name}` is not defined", undefined.as_str()),
    };
    let advice = match name {
        "reduce" | "foreach" | "range" | "while" | "until" | "repeat" | "recurse" | "limit" | "walk" | "paths"
        | "env" => "Mappings have no loops. Use map, select, add, any, all, first, min_by or group_by",
        "test" | "match" | "capture" | "scan" | "sub" | "gsub" | "splits" => {
            "Mappings have no regular expressions. Use startswith, endswith, split, before_last or after_last"
        }
        "now" | "input" | "inputs" | "debug" | "stderr" | "halt" | "input_filename" => {
            "A mapping sees one item and `$env`, and nothing else"
        }
        "error" => "Leave out what cannot be read: give null or empty",
        "strptime" | "strftime" | "mktime" | "gmtime" | "fromdate" | "todate" | "fromdateiso8601" => {
            "Use time, time($zone) or parse_time($format)"
        }
        "IN" => "Use `. as $x | [\"a\", \"b\"] | index($x) != null`",
        _ => "docs/sources.md lists the functions of mappings",
    };
    let number = if arity == 1 { "1 argument".to_owned() } else { format!("{arity} arguments") };
    format!("`{name}` with {number} is not a function of mappings. {advice}")
}

/// `..` and `reduce` have no place in the parsed program, so they are found among the tokens.
fn forbidden_token(code: &str, tokens: &[Token<&str>]) -> Result<(), Problem> {
    for Token(text, token) in tokens {
        match (*text, token) {
            ("..", Tok::Sym) => {
                return Err(Problem::of(
                    code,
                    text,
                    "`..` is not available, because its size depends on the item. Name the path",
                ));
            }
            ("reduce" | "foreach", Tok::Word) => {
                let advice = "Mappings have no loops. Use map, select, add, any, all, first, min_by or group_by";
                return Err(Problem::of(code, text, format!("`{text}` is not available. {advice}")));
            }
            (_, Tok::Block(inside)) => forbidden_token(code, inside)?,
            (_, Tok::Str(parts)) => {
                for part in parts {
                    if let StrPart::Term(token) = part {
                        forbidden_token(code, std::slice::from_ref(token))?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}
