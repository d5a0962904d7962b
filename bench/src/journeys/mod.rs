//! Journeys: what they cost in time, memory and money, and how that grows.
//!
//! | what | module |
//! |---|---|
//! | the events that are measured with | `traffic` |
//! | collector, assembler, settler and explorer in this process, over a metered engine | `pipeline` |
//! | peak memory | `memory` |
//! | CPU of an event, and of a request, in the functions' own processes | `cpu` |
//! | one journey of few and of very many facts | `one` |
//! | few and many journeys in the table | `many` |
//! | from an event to the explorer's answer | `latency` |
//! | what AWS asks for it | `hour`, `bill`, `cost` |
//! | the page in a browser | `page` |

pub(crate) mod bill;
pub(crate) mod cost;
pub(crate) mod cpu;
mod hour;
pub(crate) mod latency;
pub(crate) mod many;
pub(crate) mod memory;
pub(crate) mod one;
pub(crate) mod page;
mod pipeline;
mod traffic;

use crate::billing::real;
use crate::pipeline::Work;
use crate::stats::{each, show};

/// What one of `n` came to, where all came to `work`.
fn share(work: &Work, n: usize) -> String {
    let of = |all: f64| all / real(n.max(1) as u64);
    let units = work.meter.units;
    format!(
        "CPU {}, {:.2} requests, {:.1} read and {:.1} write units",
        show(each(work.cpu, n)),
        of(real(work.meter.all())),
        of(units.read),
        of(units.write),
    )
}
