//! The limits of a delivery.

/// The longest body, in bytes, as it arrives and after decompression.
pub const MAX_BODY: usize = 1024 * 1024;
/// The most items in one delivery.
pub const MAX_ITEMS: usize = 1_000;
/// The most documents of one item.
pub const MAX_DOCUMENTS: usize = 100;
/// The deepest JSON that is read.
pub(super) const MAX_DEPTH: usize = 64;
