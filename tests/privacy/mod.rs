//! Nothing that identifies a person leaves ingest.

mod canary;
