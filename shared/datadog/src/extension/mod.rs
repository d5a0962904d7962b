//! Sends increments to the Datadog Lambda extension, for teams that already run it.
//!
//! The extension receives DogStatsD over UDP and sends distributions to Datadog. This cannot be exact: a datagram may be
//! lost, a batch that is retried counts again, and no response says what Datadog accepted. But everything that arrives is
//! counted correctly. The extension differs from an agent, so:
//!
//! - Each occurrence is one line with the value 1. Then `sum` and `count` of the distribution are both the number of
//!   occurrences. One line with the value n would have the count 1. The extension cuts packed values (`1:1:1`) to the
//!   first and ignores a sample rate.
//! - Only the type `d` is sent. The extension drops `h`, `ms` and `s`, and sends `c` and `g` as other types.
//! - A datagram has at most 8,192 bytes, because the extension cuts off the rest. It ends with a complete line.
//! - Datagrams are sent in bursts that fit into the receiver's buffer, with a pause after each burst.
//!
//! (Source: the extension's own server, `DataDog/serverless-components`, crate `dogstatsd`.)
//!
//! Do not use a metric name that was a count before: Datadog keeps one type for each name.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use cxtrace_clock::SharedClock;
use cxtrace_domain::metrics::{Bucket, Series};
use tokio::net::UdpSocket;

mod datagrams;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use datagrams::{MAX_DATAGRAM, MAX_TAGS, UnsendableReason};
use datagrams::{datagrams, line};

/// The address of the extension. Its port is fixed.
pub const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8125);

/// The maximum number of pairs of a series and ten seconds that the extension holds between two flushes. It drops all
/// others.
pub const MAX_CONTEXTS: usize = 10_240;

/// The number of datagrams in a burst. The default socket buffer of Linux (208 KiB) holds twice as many, so none is lost
/// while the extension is busy.
const BURST: usize = 8;

/// The pause after a burst.
const PAUSE: Duration = Duration::from_millis(1);

/// New occurrences of one series in one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Increment {
    /// The series.
    pub series: Series,
    /// The bucket. The extension rounds its start down to whole ten seconds, and replaces a start in the future by the
    /// present.
    pub bucket: Bucket,
    /// The number of occurrences.
    pub count: u64,
}

/// Why increments were not sent to the extension.
#[derive(Debug, thiserror::Error)]
pub enum ExtensionError {
    /// The extension would read one of them differently. None was sent.
    #[error("the metric {metric} cannot be sent to the Datadog extension")]
    Unsendable {
        metric: String,
        /// Why not.
        #[source]
        reason: UnsendableReason,
    },
    /// There are more than the extension can hold. None was sent.
    #[error("the Datadog extension holds at most {MAX_CONTEXTS} series, and this batch has {0}")]
    TooMany(usize),
    /// The socket refused them: most likely nothing listens. Earlier ones may have arrived.
    #[error(
        "nothing listens for metrics at {address}: check that the Datadog extension's layer is attached to the function"
    )]
    NotTaken {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
}

/// The extension in this sandbox.
#[derive(Debug, Clone)]
pub struct Extension {
    address: SocketAddr,
    clock: SharedClock,
}

impl Extension {
    /// The extension at `address`. Only tests use another address than [`ADDRESS`].
    #[must_use]
    pub fn new(address: SocketAddr, clock: SharedClock) -> Self {
        Self { address, clock }
    }

    /// Checks whether `series` can be sent, apart from its bucket.
    ///
    /// # Errors
    /// When the extension would read it differently or drop it.
    pub fn check(series: &Series) -> Result<(), UnsendableReason> {
        line(series, Bucket::starting_at(1)).map(drop)
    }

    /// Sends `increments`. Their buckets must be open: the extension forwards points of any age, and Datadog drops the
    /// old ones.
    ///
    /// `Ok` means that the socket accepted the datagrams. It does not mean that they were counted.
    ///
    /// # Errors
    /// See [`ExtensionError`]. Increments that are sent again after an error may be counted twice.
    pub async fn send(&self, increments: &[Increment]) -> Result<(), ExtensionError> {
        let contexts: HashSet<_> =
            increments.iter().map(|one| (&one.series, one.bucket.start().div_euclid(10))).collect();
        if contexts.len() > MAX_CONTEXTS {
            return Err(ExtensionError::TooMany(contexts.len()));
        }
        let mut lines = Vec::with_capacity(increments.len());
        for Increment { series, bucket, count } in increments {
            let line = line(series, *bucket)
                .map_err(|reason| ExtensionError::Unsendable { metric: series.name().to_owned(), reason })?;
            lines.push((line, *count));
        }
        self.transmit(datagrams(&lines))
            .await
            .map_err(|source| ExtensionError::NotTaken { address: self.address, source })
    }

    async fn transmit(&self, datagrams: impl Iterator<Item = String>) -> std::io::Result<()> {
        let own = match self.address {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let socket = UdpSocket::bind((own, 0)).await?;
        // A connected socket reports if nothing listens at the other end.
        socket.connect(self.address).await?;
        for (n, datagram) in datagrams.enumerate() {
            if n > 0 && n % BURST == 0 {
                self.clock.sleep(PAUSE).await;
            }
            socket.send(datagram.as_bytes()).await?;
        }
        // The socket reports a refused datagram with the next one, and there is none after the last.
        socket.take_error()?.map_or(Ok(()), Err)
    }
}
