//! Comparing what was counted with what Datadog shows: by series and hour, with the reasons of every difference.
//!
//! | question | module |
//! |---|---|
//! | What was counted, and what has Datadog accepted? | [`ledger_total`] |
//! | Where does Datadog show something else, and why? | [`comparison`] |

pub(crate) mod comparison;
pub(crate) mod ledger_total;

pub(crate) use comparison::{Comparison, Shown, Window};
pub(crate) use ledger_total::LedgerTotal;
