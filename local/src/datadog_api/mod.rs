//! Datadog's API for people: dashboards, monitors, metric metadata and queries. It needs an API key and an application key.
//!
//! | what | module |
//! |---|---|
//! | keys and addresses | [`access`] |
//! | one request, its retries and its errors | [`client`] |
//! | dashboards, monitors and metadata | [`objects`] |
//! | counts by hour | [`counts`] |

pub(crate) mod access;
pub(crate) mod client;
pub(crate) mod counts;
pub(crate) mod objects;

pub(crate) use access::Access;
pub(crate) use client::{ApiError, DatadogApi};
