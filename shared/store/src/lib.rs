//! The two tables: their keys and requests. No other crate knows their layout.
//!
//! Every write here may be done twice, late, or from two functions at once: each key derives from the item's
//! content, sets only gain members, and a decision is one conditional write. `cxtrace_domain` decides what follows from the facts.

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
mod packed;
mod redirect;
mod scan;
pub mod schema;
mod set_aside;
pub mod stream;
pub mod sweep;
mod table;

pub use admissions::Admissions;
pub use budget::{Admission, Admitted};
pub use conversation::{Seen, SeenEntry};
pub use error::StoreError;
pub use key::BucketKey;
pub use ledger::BucketContents;
pub use packed::unpack;
pub use redirect::{MoveReason, Redirect};
pub use scan::{Ledgers, StoredLedger};
pub use set_aside::SetAside;
pub use table::{CorrelationTable, StateTable, Table};
