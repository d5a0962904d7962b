//! Which programs a mapping may be. Every program ends: it has no loops and no recursion, and the number of steps of a run on
//! one item is bounded before it runs. It must not know what the functions do. `build.rs` uses this module, too.
//!
//! A program without loops can still be too much: ten definitions of which each calls the one before twice run it a
//! thousand times. So [`read`] counts the steps of the whole program with all calls written out. Each list that the program reads
//! counts as one entry, because `budget.rs` counts the entries when it runs.

use std::collections::BTreeMap;
use std::rc::Rc;

use jaq_core::Bind;
use jaq_core::compile::{Compiler, Filter, Undefined};
use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Arena, File, Lexer, Loader, Parser, span};
use jaq_core::path::Part;

/// The functions that are defined in jq.
const PRELUDE: &str = include_str!("prelude.jq");

/// The functions that are defined in Rust. `v` is a value, `f` a filter.
pub const NATIVES: [(&str, &str); 53] = [
    ("abs", ""),
    ("add", ""),
    ("after_last", "v"),
    ("ascii_downcase", ""),
    ("ascii_upcase", ""),
    ("before_last", "v"),
    ("ceil", ""),
    ("contains", "v"),
    ("endswith", "v"),
    ("first", "f"),
    ("flatten", "v"),
    ("floor", ""),
    ("from_json", ""),
    ("fromjson", ""),
    ("group_by", "f"),
    ("has", "v"),
    ("id", "v"),
    ("indices", "v"),
    ("join", "v"),
    ("key_values", ""),
    ("keys_unsorted", ""),
    ("last", "f"),
    ("length", ""),
    ("limit", "vf"),
    ("ltrimstr", "v"),
    ("max_by", "f"),
    ("min_by", "f"),
    ("parse_time", "v"),
    ("parse_time", "vv"),
    ("path", "f"),
    ("plus_ms", "v"),
    ("plus_s", "v"),
    ("reverse", ""),
    ("round", ""),
    ("rtrimstr", "v"),
    ("sip_host", ""),
    ("sip_user", ""),
    ("skip", "vf"),
    ("sort", ""),
    ("sort_by", "f"),
    ("split", "v"),
    ("startswith", "v"),
    ("text", ""),
    ("time", ""),
    ("time", "v"),
    ("tojson", ""),
    ("tonumber", ""),
    ("traceparent_id", ""),
    ("trim", ""),
    ("type", ""),
    ("utf8bytelength", ""),
    ("uui", ""),
    ("uuid", ""),
];

/// The most steps of a program, with all calls written out.
pub const MAX_WORK: u64 = 100_000;

/// The most outputs of a program for one item, apart from those that the lists in it give.
pub const MAX_OUTPUTS: u64 = 1_000;

/// The longest program, in bytes.
const MAX_BYTES: usize = 128 * 1024;

/// Why a program cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Problem {
    fn at(code: &str, offset: usize, text: impl Into<String>) -> Self {
        let before = code.get(..offset).unwrap_or(code);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, text: text.into() }
    }

    fn of(code: &str, part: &str, text: impl Into<String>) -> Self {
        Self::at(code, offset(code, part), text)
    }
}

/// Where `part` begins in `code`; the end if it is of another text.
fn offset(code: &str, part: &str) -> usize {
    let (start, at) = (code.as_ptr() as usize, part.as_ptr() as usize);
    if (start..=start + code.len()).contains(&at) { span(code, part).start } else { code.len() }
}

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
    let prelude = definitions();
    let mut counter = Counter { code, known: BTreeMap::new(), open: Vec::new() };
    let mut scope = None;
    for definition in &prelude {
        scope = with_definition(scope, definition);
    }
    let cost = counter.cost(&term, &scope)?;
    if cost.work > MAX_WORK || cost.outputs > MAX_OUTPUTS {
        let text = format!(
            "it takes {} steps and gives {} outputs with all its functions written out. The limits are {MAX_WORK} and \
             {MAX_OUTPUTS}. Use fewer alternatives with `,` inside other ones",
            cost.work, cost.outputs
        );
        return Err(Problem::at(code, 0, text));
    }
    let arena = Arena::default();
    let loaded = Loader::new(definitions()).load(&arena, File { code, path: () }).map_err(|errors| {
        drop(errors);
        Problem::at(code, 0, "it is not jq")
    })?;
    let functions = NATIVES.iter().zip(natives).map(|((name, kinds), native)| (*name, binds(kinds), native));
    let compiler = Compiler::default().with_global_vars(["$env"]).with_funs(functions);
    compiler.compile(loaded).map_err(|errors| {
        let first = errors.into_iter().flat_map(|(_, errors)| errors).next();
        first.map_or_else(
            || Problem::at(code, 0, "it cannot be compiled"),
            |(name, undefined)| Problem::of(code, name, undefined_text(name, &undefined)),
        )
    })
}

fn definitions() -> Vec<Def<&'static str>> {
    jaq_core::load::parse(PRELUDE, |parser| parser.defs()).unwrap_or_default()
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

/// What a program takes: its steps, and its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    work: u64,
    outputs: u64,
}

impl Cost {
    const ONE: Self = Self { work: 1, outputs: 1 };

    /// The other runs once for each output of this one.
    fn then(self, other: Self) -> Self {
        Self {
            work: self.work.saturating_add(self.outputs.saturating_mul(other.work)),
            outputs: self.outputs.saturating_mul(other.outputs),
        }
    }

    /// One runs after the other, and both give their outputs.
    fn and(self, other: Self) -> Self {
        Self { work: self.work.saturating_add(other.work), outputs: self.outputs.saturating_add(other.outputs) }
    }

    /// The other runs only if this one gives nothing that counts.
    fn or(self, other: Self) -> Self {
        Self { work: self.work.saturating_add(other.work), outputs: self.outputs.max(other.outputs) }
    }

    fn once(self) -> Self {
        Self { work: self.work.saturating_add(1), outputs: 1 }
    }
}

/// What a name stands for at a place of the program.
enum Meaning<'t, 's> {
    Definition(&'t Def<&'s str>),
    Argument(Cost),
}

struct Frame<'t, 's> {
    name: &'s str,
    arity: usize,
    meaning: Meaning<'t, 's>,
    outer: Scope<'t, 's>,
}

type Scope<'t, 's> = Option<Rc<Frame<'t, 's>>>;

fn with_definition<'t, 's>(outer: Scope<'t, 's>, definition: &'t Def<&'s str>) -> Scope<'t, 's> {
    let (name, arity) = (definition.name, definition.args.len());
    Some(Rc::new(Frame { name, arity, meaning: Meaning::Definition(definition), outer }))
}

struct Counter<'c> {
    code: &'c str,
    /// The cost of a definition with arguments of these costs.
    known: BTreeMap<(usize, usize, Vec<Cost>), Cost>,
    /// The definitions that are being counted.
    open: Vec<usize>,
}

impl Counter<'_> {
    fn all<'t, 's: 't>(
        &mut self,
        terms: impl IntoIterator<Item = &'t Term<&'s str>>,
        scope: &Scope<'t, 's>,
    ) -> Result<Cost, Problem> {
        let mut cost = Cost::ONE;
        for term in terms {
            cost = cost.then(self.cost(term, scope)?);
        }
        Ok(cost)
    }

    fn cost<'t, 's: 't>(&mut self, term: &'t Term<&'s str>, scope: &Scope<'t, 's>) -> Result<Cost, Problem> {
        let cost = match term {
            Term::Id | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Recurse | Term::Arr(None) => Cost::ONE,
            Term::Fold(name, ..) => return Err(Problem::of(self.code, name, format!("`{name}` is not available"))),
            Term::Str(_, parts) => {
                let inside = parts.iter().filter_map(|part| match part {
                    StrPart::Term(term) => Some(term),
                    _ => None,
                });
                self.all(inside, scope)?
            }
            Term::Arr(Some(inside)) => self.cost(inside, scope)?.once(),
            Term::Obj(members) => {
                let terms = members.iter().flat_map(|(name, value)| std::iter::once(name).chain(value));
                self.all(terms, scope)?
            }
            Term::Neg(inside) | Term::Label(_, inside) => Cost::ONE.then(self.cost(inside, scope)?),
            Term::BinOp(left, op, right) => {
                let (left, right) = (self.cost(left, scope)?, self.cost(right, scope)?);
                match op {
                    BinaryOp::Pipe(Some(pattern)) => left.then(self.pattern(pattern, scope)?).then(right),
                    BinaryOp::Comma => left.and(right),
                    BinaryOp::Alt => left.or(right),
                    BinaryOp::Update | BinaryOp::UpdateAlt => left.then(right).once(),
                    _ => Cost::ONE.then(left).then(right),
                }
            }
            Term::TryCatch(inside, None) => Cost::ONE.then(self.cost(inside, scope)?),
            Term::TryCatch(inside, Some(catch)) => {
                let (inside, catch) = (self.cost(inside, scope)?, self.cost(catch, scope)?);
                // The failure takes the place of an output.
                let outputs = (inside.outputs.saturating_sub(1)).saturating_add(catch.outputs).max(inside.outputs);
                Cost { outputs, ..inside.and(catch) }
            }
            Term::IfThenElse(cases, otherwise) => {
                let mut cost = match otherwise {
                    Some(otherwise) => self.cost(otherwise, scope)?,
                    None => Cost::ONE,
                };
                for (condition, then) in cases.iter().rev() {
                    let (condition, then) = (self.cost(condition, scope)?, self.cost(then, scope)?);
                    let either = Cost { work: then.work.max(cost.work), outputs: then.outputs.max(cost.outputs) };
                    cost = condition.then(either);
                }
                cost
            }
            Term::Def(definitions, body) => {
                let mut scope = scope.clone();
                for definition in definitions {
                    scope = with_definition(scope, definition);
                }
                self.cost(body, &scope)?
            }
            Term::Path(head, path) => {
                let mut cost = self.cost(head, scope)?;
                for (part, _) in &path.0 {
                    let parts = match part {
                        Part::Index(index) => [Some(index), None],
                        Part::Range(start, end) => [start.as_ref(), end.as_ref()],
                    };
                    cost = cost.then(self.all(parts.into_iter().flatten(), scope)?);
                }
                cost
            }
            Term::Call(name, arguments) => {
                let mut costs = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    costs.push(self.cost(argument, scope)?);
                }
                self.call(name, costs, scope)?
            }
        };
        Ok(cost)
    }

    fn pattern<'t, 's: 't>(&mut self, pattern: &'t Pattern<&'s str>, scope: &Scope<'t, 's>) -> Result<Cost, Problem> {
        let mut cost = Cost::ONE;
        match pattern {
            Pattern::Var(_) => {}
            Pattern::Arr(patterns) => {
                for pattern in patterns {
                    cost = cost.then(self.pattern(pattern, scope)?);
                }
            }
            Pattern::Obj(members) => {
                for (name, pattern) in members {
                    cost = cost.then(self.cost(name, scope)?).then(self.pattern(pattern, scope)?);
                }
            }
        }
        Ok(cost)
    }

    fn call<'t, 's: 't>(&mut self, name: &'s str, costs: Vec<Cost>, scope: &Scope<'t, 's>) -> Result<Cost, Problem> {
        let mut frame = scope.as_ref();
        while let Some(found) = frame {
            if found.name != name || found.arity != costs.len() {
                frame = found.outer.as_ref();
                continue;
            }
            return match &found.meaning {
                Meaning::Argument(cost) => Ok(Cost::ONE.then(*cost)),
                Meaning::Definition(definition) => self.definition(name, definition, costs, found),
            };
        }
        // A function in Rust, or one that does not exist, which the compiler finds.
        let cost = costs.into_iter().fold(Cost::ONE, Cost::then);
        Ok(if matches!(name, "first" | "last") { cost.once() } else { cost })
    }

    fn definition<'t, 's: 't>(
        &mut self,
        name: &'s str,
        definition: &'t Def<&'s str>,
        costs: Vec<Cost>,
        frame: &Rc<Frame<'t, 's>>,
    ) -> Result<Cost, Problem> {
        let place = std::ptr::from_ref(definition) as usize;
        if self.open.contains(&place) {
            let text = format!("`{name}` calls itself. A mapping must end, so it has no recursion");
            return Err(Problem::of(self.code, name, text));
        }
        // A local function may use arguments of the function around it, so its cost depends on the scope, too.
        let key = (place, Rc::as_ptr(frame) as usize, costs.clone());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let mut scope = Some(frame.clone());
        let mut called = Cost::ONE;
        for (argument, cost) in definition.args.iter().zip(costs) {
            if argument.starts_with('$') {
                called = called.then(cost);
            }
            // `$x` can be used as the function `x`, too.
            let (name, cost) = match argument.strip_prefix('$') {
                Some(name) => (name, Cost::ONE),
                None => (*argument, cost),
            };
            scope = Some(Rc::new(Frame { name, arity: 0, meaning: Meaning::Argument(cost), outer: scope }));
        }
        self.open.push(place);
        let body = self.cost(&definition.body, &scope);
        self.open.pop();
        let cost = called.then(body?);
        self.known.insert(key, cost);
        Ok(cost)
    }
}
