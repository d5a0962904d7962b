//! Mappings: programs in jq that make Cxtrace Span documents of what a platform sent. They are compiled at their first use. A
//! mapping sees one item and its surroundings, and nothing else; and it always ends. This module must not know the form of a
//! document or of a delivery.
//!
//! | file | what it does |
//! |---|---|
//! | `check.rs` | refuses programs that need not end |
//! | `cost.rs` | counts the steps of a program |
//! | `budget.rs` | limits the work, size and depth of one run |
//! | `json.rs`, `arithmetic.rs`, `interpreted.rs` | the values, which take from the budget |
//! | `natives.rs`, `choices.rs`, `prelude.rs`, `prelude.jq` | the functions of jq |
//! | `times.rs`, `texts.rs`, `sip.rs`, `lines.rs`, `entries.rs` | functions of our own |
//! | `compact.rs` | shortens programs, for the build |
//! | `constants.rs` | finds what is the same in every run |
//! | `program.rs` | compiles and runs |
//! | `trace.rs` | notes what a mapping reads, for the command |

mod arithmetic;
mod budget;
pub mod check;
mod choices;
#[cfg(test)]
mod compact;
mod constants;
mod cost;
mod entries;
mod interpreted;
mod json;
mod lines;
mod natives;
mod prelude;
mod problem;
mod program;
mod sip;
mod texts;
mod times;
pub(crate) mod trace;

pub use problem::Problem;
pub(crate) use program::Item;
pub use program::{Program, RunError};
