//! OpenTelemetry, in and out. Pure: bodies and times come in, bodies and documents go out.
//!
//! | what | module |
//! |---|---|
//! | the messages of the trace service | [`messages`] |
//! | a request as JSON, and JSON as a request | [`json`], [`json_reader`] |
//! | the two encodings | [`encoding`] |
//! | the answer of a receiver | [`response`] |
//! | a settled journey as traces | [`export`] |
//! | spans of applications, and which of them matter to a journey | [`receive`] |

pub mod encoding;
pub mod export;
pub mod json;
pub mod json_reader;
pub mod messages;
pub mod receive;
pub mod response;

pub use encoding::Encoding;
