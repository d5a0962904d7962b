//! Targets for journeys of any size, and for any number of journeys.

use crate::deployed::{Function, Template};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{megabytes, thousands};

/// The maximum size of an item in bytes (DynamoDB Developer Guide, "Quotas").
const MAX_ITEM: u64 = 400_000;

/// Adds the largest item of a table.
pub(super) fn item(section: &mut Section, of: &str, largest: u64) {
    section.target(
        format!("{of}: the largest item of the table"),
        format!("{} bytes", thousands(largest)),
        format!("at most {} bytes", thousands(MAX_ITEM)),
        largest <= MAX_ITEM,
    );
}

/// Adds the peak of a function's process.
pub(super) fn memory(
    section: &mut Section,
    template: &Template,
    of: &str,
    function: Function,
    peak: u64,
) -> Result<(), Failure> {
    let most = template.memory_mb(function)?;
    section.target(
        format!("{of}: peak memory of `{}`", function.name),
        megabytes(peak),
        format!("at most the {most} MB that it has"),
        peak <= most * 1_048_576,
    );
    Ok(())
}
