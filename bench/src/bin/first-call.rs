//! The first HTTPS call of a process by the functions' own client: prints its duration and its CPU time, both in
//! nanoseconds, and its result.
//!
//!     first-call https://localhost:PORT/

use std::error::Error;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let url = std::env::args().nth(1).ok_or("Give the address to call.")?;
    let (begun, cpu) = (Instant::now(), clock_gettime(ClockId::ProcessCPUTime));
    let outcome = cxtrace_lambda::http::client()?.get(url).send().await;
    let (took, used) = (begun.elapsed(), clock_gettime(ClockId::ProcessCPUTime) - cpu);
    let ended = match outcome {
        Ok(response) => response.status().to_string(),
        Err(error) => cxtrace_error_chain::error_chain(&error),
    };
    println!("{} {} {ended}", took.as_nanos(), i128::from(used.tv_sec) * 1_000_000_000 + i128::from(used.tv_nsec));
    Ok(())
}
