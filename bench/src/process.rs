//! Real processes of the functions, and worlds for them.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use cxtrace::engine::{Change, Engine, EngineHttp, sdk_config};
use cxtrace::wiring::{Handler, of_change};
use cxtrace_clock::SystemClock;
use cxtrace_store::correlation;
use cxtrace_test_support::endpoints::{Endpoints, SECRET_ARN};
use cxtrace_test_support::runtime_api::{Function, Outcome, Process, Start};
use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::{Value, json};

use crate::run::Failure;
use crate::stats::each;

/// The name of the correlation table.
pub(crate) const CORRELATION: &str = "correlation";

/// An empty world on the machine's own clock.
pub(crate) async fn world() -> Result<Endpoints, Failure> {
    let world = Endpoints::start(Arc::new(SystemClock)).await?;
    let client = Client::new(&sdk_config(EngineHttp(world.engine().clone())));
    correlation::schema::create(&client, CORRELATION, false).await?;
    Ok(world)
}

/// The number of requests to `world`.
pub(crate) fn requests(world: &Endpoints) -> u64 {
    world.requests().values().sum()
}

/// Runs `work` on its own thread and runtime. All worlds and processes that it starts end with them.
pub(crate) fn apart(work: impl AsyncFnOnce() -> Result<(), Failure> + Send) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::scope(|scope| {
        let working = scope.spawn(move || {
            Core::Engine.keep(None)?;
            runtime.block_on(work())
        });
        working.join().map_err(|_| "a measurement has panicked")?
    })
}

/// The function of `binary` in `world`, with journeys as in the template.
pub(crate) fn function(binary: &Path, world: &Endpoints) -> Function {
    Function::new(binary)
        .set_all(world.environment())
        .set("CORRELATION_TABLE", CORRELATION)
        .set("PSEUDONYM_KEY_SECRET_ARN", SECRET_ARN)
        .set("WEBHOOK_SECRETS_ARN", SECRET_ARN)
        .set("JOURNEY_BUS", "journeys")
        .set("EXAMPLE_SENDERS", "true")
}

/// A process of `function` that waits for its first event.
pub(crate) async fn started(function: Function) -> Result<Process, Failure> {
    let process = function.start().await?;
    match process.started().await {
        Start::Ready(_) => Ok(process),
        _ => Err(format!("a function does not start: {}", process.ended().await).into()),
    }
}

/// Passes `events` to `process`, one after the other. All must succeed.
pub(crate) async fn take(process: &Process, events: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), Failure> {
    for event in events {
        answer(process, event.as_ref()).await?;
    }
    Ok(())
}

/// Passes `event` to `process`. It must succeed. Returns the response.
pub(crate) async fn answer(process: &Process, event: &str) -> Result<Value, Failure> {
    match process.deliver(event).await {
        Outcome::Response(answer) => Ok(answer),
        other => Err(format!("an event ended as {other:?}").into()),
    }
}

/// A process that only handles the events of this measurement, with its cost.
#[derive(Debug)]
pub(crate) struct Watched {
    process: Process,
    /// Its CPU time at the start of the measurement.
    before: Duration,
    requests: u64,
}

/// The work of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    /// The number of its requests.
    pub(crate) requests: u64,
    /// Its CPU time.
    pub(crate) cpu: Duration,
}

/// Assigns the work to two cores, so that the engine does not use the caches of the functions.
#[derive(Debug, Clone, Copy)]
enum Core {
    Engine,
    Functions,
}

impl Core {
    /// Pins a thread (by default this one) to a core, if there are two.
    fn keep(self, thread: Option<u32>) -> Result<(), Failure> {
        // The affinity before the first thread was pinned.
        static ALLOWED: OnceLock<Vec<usize>> = OnceLock::new();
        let now = sched_getaffinity(None)?;
        let allowed = ALLOWED.get_or_init(|| (0..CpuSet::MAX_CPU).filter(|core| now.is_set(*core)).collect());
        let core = match (self, allowed.as_slice()) {
            (Self::Engine, [first, _, ..]) => *first,
            (Self::Functions, [_, second, ..]) => *second,
            _ => return Ok(()),
        };
        let thread = thread.map(i32::try_from).transpose()?.and_then(Pid::from_raw);
        let mut set = CpuSet::new();
        set.set(core);
        Ok(sched_setaffinity(thread, &set)?)
    }
}

impl Watched {
    /// Measures `process` from now on, and gives it its own core.
    pub(crate) fn new(process: Process) -> Result<Self, Failure> {
        // A function has one thread.
        Core::Functions.keep(Some(process.pid()))?;
        Ok(Self { before: cpu_of(process.pid())?, process, requests: 0 })
    }

    /// Passes `event` to it in `world`. It must succeed. Returns the response.
    pub(crate) async fn answer(&mut self, world: &Endpoints, event: &str) -> Result<Value, Failure> {
        let before = requests(world);
        let answer = answer(&self.process, event).await?;
        self.requests += requests(world) - before;
        Ok(answer)
    }

    /// Ignores its work so far.
    pub(crate) fn forget(&mut self) -> Result<(), Failure> {
        self.before = cpu_of(self.process.pid())?;
        self.requests = 0;
        Ok(())
    }

    /// Its work.
    pub(crate) fn done(&self) -> Result<Done, Failure> {
        let cpu = cpu_of(self.process.pid())?.checked_sub(self.before).ok_or("a thread of the process has ended")?;
        Ok(Done { requests: self.requests, cpu })
    }

    /// Its peak memory, in bytes.
    pub(crate) fn peak(&self) -> Result<u64, Failure> {
        peak(&self.process)
    }
}

/// The CPU time of the process `pid`, user and system, in all its live threads. Exact to the nanosecond while the
/// process waits.
pub(crate) fn cpu_of(pid: u32) -> Result<Duration, Failure> {
    let mut nanoseconds = 0;
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let used = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += used.split_whitespace().next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// The peak memory of a process (VmHWM), in bytes.
pub(crate) fn peak(process: &Process) -> Result<u64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.pid()))?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    Ok(kibibytes.ok_or("Linux does not report the peak of memory")?.trim().parse::<u64>()? * 1_024)
}

/// The mean CPU time of `events` in `process`.
pub(crate) async fn cpu(process: &Process, events: &[String]) -> Result<Duration, Failure> {
    let before = cpu_of(process.pid())?;
    take(process, events).await?;
    Ok(each(cpu_of(process.pid())? - before, events.len()))
}

/// The records that wait for the assembler.
pub(crate) fn facts(engine: &Engine) -> Vec<Value> {
    let wakes = |change: &&Change| of_change(change.event_name(), change.sort_key()) == Some(Handler::JourneyAssembler);
    engine.take_changes(0, usize::MAX).iter().filter(wakes).map(Change::record).collect()
}

/// A batch of records in Lambda's form.
pub(crate) fn batch(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}
