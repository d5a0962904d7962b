//! The first HTTPS call of a process by a client with its default TLS: prints how long it took and the CPU it
//! cost, both in nanoseconds, and how it ended.
//!
//!     default-tls https://localhost:PORT/

use std::error::Error;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("Give the address to call.")?;
    let (begun, cpu) = (Instant::now(), clock_gettime(ClockId::ProcessCPUTime));
    let outcome = reqwest::Client::builder().no_proxy().build()?.get(url).send().await;
    let (took, used) = (begun.elapsed(), clock_gettime(ClockId::ProcessCPUTime) - cpu);
    let ended = match outcome {
        Ok(response) => response.status().to_string(),
        Err(error) => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            text
        }
    };
    println!("{} {} {ended}", took.as_nanos(), i128::from(used.tv_sec) * 1_000_000_000 + i128::from(used.tv_nsec));
    Ok(())
}
