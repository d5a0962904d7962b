//! The check of programs. `folder.rs` is compiled into `build.rs`, too, where this module is the file of the mappings itself.

pub(super) use crate::mapping::check::{NATIVES, read};
