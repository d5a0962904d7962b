//! The output of commands: documents for programs, tables for people.

pub(crate) mod document;
pub(crate) mod journeys;
pub(crate) mod layout;
pub(crate) mod table;
