//! Journeys over the correlation table: reading facts, assembling, writing rows, settling and answering queries. The
//! functions around the table share it. It knows neither Lambda nor HTTP.
//!
//! A journey is never stored. Its facts are, and a row of bounded size; every reader assembles the journey. A row is
//! written under the condition that nobody has written it since it was read, and it is read before the facts. If two
//! assemblers work on a journey at once, the one that saw fewer facts must try again.
//!
//! | what | module |
//! |---|---|
//! | reading the facts of a journey and assembling it | [`assembly`] |
//! | which journeys a new fact touches | [`touched`], `groups` |
//! | in which order they are refreshed where new facts arrive meanwhile | [`backlog`] |
//! | bringing a journey's row up to its facts | [`refresh`] |
//! | settling a journey, step by step | [`settle`] |
//! | durations that nobody sends any more | `unsent` |
//! | erasing the journeys of a phone number | `erase` |
//! | learning how far sources' clocks are ahead | `clock_learning` |
//! | lists, single journeys, evidence, retractions | `queries` |
//! | the journeys that have an id | `by_id` |

pub mod assembly;
pub mod backlog;
mod by_id;
mod clock_learning;
mod erase;
mod groups;
mod queries;
pub mod refresh;
pub mod settle;
pub mod touched;
mod unsent;

pub use assembly::{Assembled, Assembly, AssemblyError};
pub use backlog::Backlog;
pub use refresh::Refreshed;
pub use settle::{Claimed, CountedInsight, Due};
pub use touched::{Group, RefreshCounts, Seeds};
pub use unsent::note_interrupted;
