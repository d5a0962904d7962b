//! The steps of a program with all its calls written out. Each list that the program reads counts as one entry, because `budget.rs`
//! counts the entries when it runs. It must not know what the functions do.

use std::collections::BTreeMap;
use std::rc::Rc;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::Part;

use super::problem::Problem;

/// What a program takes: its steps, and its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    pub(super) work: u64,
    pub(super) outputs: u64,
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

/// The cost of `term` with the definitions before it.
pub(super) fn of(code: &str, prelude: &[Def<&str>], term: &Term<&str>) -> Result<Cost, Problem> {
    let mut counter = Counter { code, known: BTreeMap::new(), open: Vec::new() };
    let mut scope = None;
    for definition in prelude {
        scope = with_definition(scope, definition);
    }
    counter.cost(term, &scope)
}
