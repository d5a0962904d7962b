//! The twin: the handlers that Lambda runs, with real SDK clients, on one machine.
//!
//! | what it replaces | module |
//! |---|---|
//! | the tables and their streams | `location`, `changes`, `stream` |
//! | EventBridge and Lambda in front of the ingest functions | `ingest` |
//! | the signatures of recorded webhooks | `recorded_signatures` |
//! | the publisher's event source mapping | `publishing` |
//! | the journeys' event source mapping, schedule and bus | `journeys` |
//! | Datadog | `datadog` |
//! | the dead-letter queue | `dead_letters` |
//! | the time of replayed events | `clock`, `replay` |
//! | what a stream and Datadog remember over a restart | `restore` |
//! | all of them together | `setup` |

mod changes;
mod clock;
mod datadog;
mod dead_letters;
mod ingest;
mod journeys;
mod location;
mod publishing;
mod recorded_signatures;
mod replay;
pub(crate) mod restore;
mod setup;
mod stream;

pub use changes::ChangesError;
pub use clock::EventClock;
pub use datadog::{Datadog, DatadogError, DatadogPoint};
pub use dead_letters::DeadLetterFile;
pub use ingest::{Ingest, Ingested};
pub use journeys::{AddError, Journeys, MemoryBus};
pub(crate) use location::endpoint_config;
pub use location::{JOURNEYS_FILE, KEY_FILE, STATE_FILE, TABLE, TableError, TableLocation, correlation_table};
pub use publishing::{BATCH, PublishFailure, Publishing, WINDOW};
pub use recorded_signatures::RecordedSignatures;
pub use replay::{Replay, ReplayError};
pub use setup::{OpenError, Setup, Twin, unique};
pub use stream::StreamError;
