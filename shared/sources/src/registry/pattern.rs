//! The shapes of public texts. `definition.rs` is compiled into `build.rs`, too, where this module is the file of the crate
//! `cxtrace-privacy` itself.

pub use cxtrace_privacy::Pattern;
