//! Compares processes that work on a table with few things in it with those that work on a table with many.

use crate::deployed::Function;
use crate::process::Watched;
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{ratio, real};

/// CPU and memory may differ by this factor between few and many, and still count as equal.
pub(crate) const FLAT: f64 = 1.15;

/// Requests may differ by this factor. How many keys of an index a page of a list must read on depends on the hashes of
/// its journeys, so it differs between two pages of one table, too.
const FLAT_REQUESTS: f64 = 1.01;

/// The number of turns in which the two tables are measured, so that other load of the machine affects both.
const TURNS: usize = 10;

/// The processes of a table: what each does, its function, and its work.
pub(crate) type Processes<'a> = Vec<(&'static str, Function, &'a mut Watched)>;

/// Does `count` pieces of work on each table, after some that are not measured. `turn` does some of them, and `processes`
/// are those that do it.
pub(crate) async fn in_turns<T>(
    tables: &mut [T],
    count: usize,
    processes: fn(&mut T) -> Processes<'_>,
    turn: impl AsyncFn(&mut T, usize) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for table in tables.iter_mut() {
        turn(table, count / TURNS).await?;
        for (_, _, process) in processes(table) {
            process.forget()?;
        }
    }
    for _ in 0..TURNS {
        for table in tables.iter_mut() {
            turn(table, count / TURNS).await?;
        }
    }
    Ok(())
}

/// Adds a comparison of the processes of `few` with those of `many`.
pub(crate) fn compare(section: &mut Section, of: &str, few: Processes<'_>, many: Processes<'_>) -> Result<(), Failure> {
    for ((what, function, few), (_, _, many)) in few.into_iter().zip(many) {
        let (few_done, many_done) = (few.done()?, many.done()?);
        let cpu = ratio(many_done.cpu, few_done.cpu);
        section.target(
            format!("{what}, among many {of} against among few"),
            format!("{} against {} requests, CPU {cpu:.2} times", many_done.requests, few_done.requests),
            format!("flat: at most {FLAT_REQUESTS} times the requests, and {FLAT} times the CPU"),
            real(many_done.requests) <= real(few_done.requests) * FLAT_REQUESTS && cpu <= FLAT,
        );
        let peak = real(many.peak()?) / real(few.peak()?);
        section.flat(format!("peak memory of `{}`, among many {of} against among few", function.name), peak, FLAT);
    }
    Ok(())
}
