//! Mappings: programs in jq that make Cxtrace Span documents of what a platform sent. They are compiled at their first use. A
//! mapping sees one item and its surroundings, and nothing else; and it always ends. This module must not know the form of a
//! document or of a delivery.
//!
//! | file | what it does |
//! |---|---|
//! | `check.rs` | refuses programs that need not end, and counts the steps of the others |
//! | `budget.rs` | limits the work, size and depth of one run |
//! | `json.rs` | the values, which take from the budget |
//! | `natives.rs`, `prelude.jq` | the functions of jq |
//! | `own.rs` | functions for times, ids and SIP |
//! | `program.rs` | compiles and runs |
//! | `trace.rs` | notes what a mapping reads, for the command |

mod budget;
pub mod check;
mod json;
mod natives;
pub(crate) mod own;
mod program;
pub(crate) mod trace;

pub use check::Problem;
pub use program::{Program, RunError};
