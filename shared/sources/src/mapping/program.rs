//! A compiled mapping. It may be run on many items.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jaq_core::{Ctx, Filter, Vars};
use serde_json::Value;

use super::budget;
use super::check;
use super::json::Json;
use super::natives::{self, Setup};
use super::problem::Problem;

/// A program in jq, compiled.
pub struct Program(Filter<Setup>);

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

/// Why a run gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the mapping {0}")]
pub struct RunError(String);

static COMPILED: LazyLock<Mutex<BTreeMap<String, Arc<Program>>>> = LazyLock::new(Mutex::default);

impl Program {
    /// The program that `code` is. It is compiled once in a process.
    ///
    /// # Errors
    /// When it is not a program that a mapping may be.
    pub fn of(code: &str) -> Result<Arc<Self>, Problem> {
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = compiled.get(code) {
            return Ok(known.clone());
        }
        let program = Arc::new(Self::compile(code)?);
        compiled.insert(code.to_owned(), program.clone());
        Ok(program)
    }

    /// Compiles `code`.
    ///
    /// # Errors
    /// When it is not a program that a mapping may be.
    pub fn compile(code: &str) -> Result<Self, Problem> {
        check::read(code, natives::all::<Setup>()).map(Self)
    }

    /// Runs the program on `item`, with `env` as `$env`. Gives at most `limit` outputs.
    ///
    /// # Errors
    /// When the program fails on the item, has more outputs, or uses up its budget.
    pub fn run(&self, item: &Value, env: &Value, limit: usize) -> Result<Vec<Value>, RunError> {
        let Self(filter) = self;
        let run = || {
            let (item, env) = (Json::of_serde(item), Json::of_serde(env));
            let context = Ctx::<Setup>::new(&filter.lut, Vars::new([env]));
            let mut outputs = Vec::new();
            for output in filter.id.run((context, item)) {
                let output = output.map_err(|failure| match failure.get_err() {
                    Ok(failure) => RunError(format!("fails on it: {failure}")),
                    Err(_) => RunError("fails on it".to_owned()),
                })?;
                if outputs.len() == limit {
                    return Err(RunError(format!("gives more than {limit} outputs for it")));
                }
                outputs.push(output.to_serde());
            }
            Ok(outputs)
        };
        budget::with_full(run).unwrap_or_else(|exhausted| Err(RunError(exhausted.problem().to_owned())))
    }
}

#[cfg(test)]
mod tests;
