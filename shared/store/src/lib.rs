//! The two tables: their keys, their requests, and nothing else. No other crate knows how they are laid out.
//!
//! Every write here may be done twice, late, or from two functions at once: keys are identities, sets only
//! grow, and a decision is one conditional write. What follows from the facts is decided elsewhere, in
//! `cxtrace_domain`.

mod admissions;
mod budget;
mod carry;
mod conversation;
pub mod correlation;
mod error;
mod item;
mod key;
mod ledger;
mod occurrence;
mod redirect;
mod scan;
pub mod schema;
pub mod stream;
mod table;

pub use admissions::Admissions;
pub use budget::{Admission, Admitted};
pub use conversation::{Seen, SeenEntry};
pub use error::StoreError;
pub use key::BucketKey;
pub use ledger::BucketContents;
pub use redirect::{MoveReason, Redirect};
pub use scan::{Ledgers, StoredLedger};
pub use table::{CorrelationTable, StateTable, Table};
