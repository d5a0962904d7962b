//! The embedded DynamoDB-compatible engine. The real AWS SDK reaches it in place of its HTTP client.
//!
//! Requests never touch a socket. [`EngineHttp`] passes the JSON that the SDK wrote to [`Engine`], and returns the JSON
//! that DynamoDB would return. The engine keeps its own change feed, because the feed of the library slows down as its
//! records accumulate.

mod dispatch;
mod embedded;
mod feed;
mod http;

pub use embedded::{Engine, OpenError};
pub use feed::{Change, Shard};
pub use http::{EngineHttp, YieldingEngineHttp, answer, operation, sdk_config};
