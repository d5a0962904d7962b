//! A compiled mapping. It may be run on many items.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use jaq_core::{Ctx, Filter, Vars};
use serde_json::Value;

use super::budget;
use super::json::Json;
use super::natives::{self, Setup};
use super::problem::Problem;
use super::{check, constants};

/// A program in jq, compiled. It belongs to one thread, as its constants do.
pub struct Program {
    filter: Filter<Setup>,
    constants: Vec<Json>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

/// Why a run gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mapping {0}")]
pub struct RunError(String);

/// A value as programs see it. A copy costs nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Item(Json);

impl Item {
    /// The item for `value`.
    ///
    /// # Errors
    /// When it is too large for a program.
    pub(crate) fn of(value: &Value) -> Result<Self, RunError> {
        in_budget(|| Ok(Self(Json::of_serde(value))))
    }

    pub(crate) fn to_value(&self) -> Value {
        let Self(json) = self;
        json.to_serde()
    }

    /// Whether a predicate with this output selects.
    pub(crate) fn counts(&self) -> bool {
        let Self(json) = self;
        !matches!(json, Json::Null | Json::Bool(false))
    }

    /// The object with another member.
    ///
    /// # Errors
    /// When it is too large for a program.
    pub(crate) fn with(&self, name: &str, value: &Self) -> Result<Self, RunError> {
        in_budget(|| {
            let members = self.0.clone().into_members().map_err(|_| RunError("gets no object".to_owned()))?;
            let added = [(Rc::from(name), value.0.clone())];
            Ok(Self(Json::object(members.into_iter().chain(added).collect())))
        })
    }
}

thread_local! {
    static COMPILED: RefCell<BTreeMap<String, Rc<Program>>> = const { RefCell::new(BTreeMap::new()) };
}

impl Program {
    /// The program that `code` of a definition is, which was checked when the definition was read. Each thread compiles it once.
    ///
    /// # Errors
    /// When it cannot be compiled.
    pub fn of(code: &str) -> Result<Rc<Self>, Problem> {
        if let Some(known) = COMPILED.with_borrow(|compiled| compiled.get(code).cloned()) {
            return Ok(known);
        }
        let program = Rc::new(Self::compile(code)?);
        COMPILED.with_borrow_mut(|compiled| compiled.insert(code.to_owned(), program.clone()));
        Ok(program)
    }

    fn compile(code: &str) -> Result<Self, Problem> {
        let (lifted, values) = constants::of(code);
        let constants = values.iter().map(|value| Item::of(value).map(|Item(json)| json));
        let constants = constants.collect::<Result<Vec<_>, _>>();
        // A constant that is too large is refused when the program runs.
        let (code, constants) = constants.map_or((code, Vec::new()), |constants| (lifted.as_ref(), constants));
        let names: Vec<_> = (0..constants.len()).map(constants::name).collect();
        let filter = check::compile(code, &names, natives::all::<Setup>())?;
        Ok(Self { filter, constants })
    }

    /// Checks `code` and compiles it.
    ///
    /// # Errors
    /// When it is not a program that a mapping may be.
    pub fn checked(code: &str) -> Result<Self, Problem> {
        check::read(code, natives::all::<Setup>())?;
        Self::compile(code)
    }

    /// Runs the program on `item`, with `env` as `$env`. Gives at most `limit` outputs.
    ///
    /// # Errors
    /// When the program fails on the item, has more outputs, or uses up its budget.
    pub fn run(&self, item: &Value, env: &Value, limit: usize) -> Result<Vec<Value>, RunError> {
        let outputs = self.run_on(&Item::of(item)?, &Item::of(env)?, limit)?;
        Ok(outputs.iter().map(Item::to_value).collect())
    }

    /// As [`Self::run`].
    pub(crate) fn run_on(&self, item: &Item, env: &Item, limit: usize) -> Result<Vec<Item>, RunError> {
        let Self { filter, constants } = self;
        in_budget(|| {
            let variables = std::iter::once(&env.0).chain(constants).cloned();
            let context = Ctx::<Setup>::new(&filter.lut, Vars::new(variables));
            let mut outputs = Vec::new();
            for output in filter.id.run((context, item.0.clone())) {
                let output = output.map_err(|failure| match failure.get_err() {
                    Ok(failure) => RunError(format!("fails on it: {failure}")),
                    Err(_) => RunError("fails on it".to_owned()),
                })?;
                if outputs.len() == limit {
                    return Err(RunError(format!("gives more than {limit} outputs for it")));
                }
                outputs.push(Item(output));
            }
            Ok(outputs)
        })
    }
}

fn in_budget<T>(run: impl FnOnce() -> Result<T, RunError>) -> Result<T, RunError> {
    budget::with_full(run).unwrap_or_else(|exhausted| Err(RunError(exhausted.problem().to_owned())))
}

#[cfg(test)]
mod tests;
