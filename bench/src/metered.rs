//! The embedded engine below the AWS SDK, with a meter: it counts requests, the rounds in which they are made and their
//! capacity units, and measures the engine's own CPU time separately.
//!
//! Rounds are counted in virtual time. Its unit is one round trip: a request of time t is answered at t + 1. Time advances
//! only when the invocation can do nothing else, so concurrent requests share a round. Nothing really waits.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use cxtrace::engine::{Engine, answer, operation};
use cxtrace::twin::MemoryBus;
use cxtrace_datadog::{ApiKey, FixedKey, KeyError, KeySource};
use cxtrace_tests::connector::Respond;
use journey_settler::bus::{Bus, BusError, Event};
use rustix::time::{ClockId, clock_gettime};
use tokio::task::unconstrained;

use crate::run::Failure;
use crate::stats::real;
use crate::units::{self, Units};

/// The CPU time of this thread, user and system.
pub(crate) fn thread_cpu() -> Duration {
    // CPU time is never negative.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// An engine with a meter.
#[derive(Debug, Clone)]
pub(crate) struct Metered {
    engine: Engine,
    state: Arc<Mutex<State>>,
}

/// The requests and their cost.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    /// The requests to AWS.
    pub(crate) requests: u64,
    /// The rounds in which they were made, which is also the virtual time.
    pub(crate) rounds: u64,
    /// The requests to Datadog. They are in no round.
    pub(crate) datadog: u64,
    /// Their capacity units.
    pub(crate) units: Units,
    /// The CPU time of the engine and of this meter.
    pub(crate) engine: Duration,
}

/// The meter of the running invocation, and what waits for its time.
#[derive(Debug, Default)]
struct State {
    meter: Meter,
    /// Whether an invocation runs. Without one, nobody advances the time, and a request is answered at once.
    is_running: bool,
    /// What the next answers wake. All are due at the next time.
    waiting: Vec<Waker>,
}

/// Whether an invocation was woken, and who polls it.
#[derive(Debug)]
struct Woken {
    is_woken: AtomicBool,
    poller: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::SeqCst);
        self.poller.wake_by_ref();
    }
}

/// A journey bus with a meter.
#[derive(Debug, Clone)]
pub(crate) struct MeteredBus {
    pub(crate) bus: MemoryBus,
    pub(crate) metered: Metered,
}

/// An API key that is fetched.
type Fetched<'a> = Pin<Box<dyn Future<Output = Result<ApiKey, KeyError>> + Send + 'a>>;

/// An API key with a meter. A client of Datadog asks for the key once for each request, unless the request is repeated or
/// larger than Datadog accepts.
#[derive(Debug)]
pub(crate) struct MeteredKey {
    pub(crate) key: FixedKey,
    pub(crate) metered: Metered,
}

/// The work of a function.
#[derive(Debug, Clone, Default)]
pub(crate) struct Work {
    /// The number of invocations.
    pub(crate) invocations: u64,
    /// Its requests.
    pub(crate) meter: Meter,
    /// Its CPU time, without the engine's.
    pub(crate) cpu: Duration,
}

impl Work {
    /// Adds another work.
    pub(crate) fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.meter.requests += other.meter.requests;
        self.meter.rounds += other.meter.rounds;
        self.meter.datadog += other.meter.datadog;
        self.meter.units.read += other.meter.units.read;
        self.meter.units.write += other.meter.units.write;
        self.cpu += other.cpu;
    }

    /// The requests to AWS of one invocation, on average.
    pub(crate) fn requests(&self) -> f64 {
        self.mean(self.meter.requests)
    }

    /// The rounds of requests to AWS of one invocation, on average.
    pub(crate) fn rounds(&self) -> f64 {
        self.mean(self.meter.rounds)
    }

    /// The requests to Datadog of one invocation, on average.
    pub(crate) fn datadog(&self) -> f64 {
        self.mean(self.meter.datadog)
    }

    fn mean(&self, count: u64) -> f64 {
        real(count) / real(self.invocations.max(1))
    }
}

impl Metered {
    /// `engine` with an empty meter.
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, state: Arc::default() }
    }

    /// Runs one invocation. Returns its result and its work.
    pub(crate) async fn invoke<T, E: Into<Failure>>(
        &self,
        invocation: impl Future<Output = Result<T, E>>,
    ) -> Result<(T, Work), Failure> {
        *self.state() = State { is_running: true, ..State::default() };
        let begun = thread_cpu();
        let done = self.in_virtual_time(invocation).await;
        let cpu = thread_cpu() - begun;
        let State { meter, .. } = std::mem::take(&mut *self.state());
        let cpu = cpu.saturating_sub(meter.engine);
        Ok((done.map_err(Into::into)?, Work { invocations: 1, meter, cpu }))
    }

    /// Runs `invocation` to its end. Whenever it can do nothing else, the requests of this round are answered.
    ///
    /// Requests to Datadog are real. The runtime makes them between two polls, so Datadog answers when no other request
    /// waits: like a request that takes longer than all rounds beside it. The result depends on no real duration.
    async fn in_virtual_time<T>(&self, invocation: impl Future<Output = T>) -> T {
        // With tokio's budget, an invocation of many rounds would be woken again and again to leave the thread.
        let mut invocation = Box::pin(unconstrained(invocation));
        poll_fn(|cx| {
            let woken = Arc::new(Woken { is_woken: AtomicBool::new(true), poller: cx.waker().clone() });
            let waker = Waker::from(woken.clone());
            while woken.is_woken.swap(false, Ordering::SeqCst) || self.answer() {
                if let Poll::Ready(done) = invocation.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(done);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Advances the time and answers all requests that wait. Returns whether there are any.
    fn answer(&self) -> bool {
        let mut state = self.state();
        let waiting = std::mem::take(&mut state.waiting);
        state.meter.rounds += u64::from(!waiting.is_empty());
        drop(state);
        let is_any = !waiting.is_empty();
        waiting.into_iter().for_each(Waker::wake);
        is_any
    }

    /// Waits for one round trip from now on.
    fn round_trip(&self) -> impl Future<Output = ()> + Send + use<> {
        let this = self.clone();
        let answered = {
            let state = this.state();
            state.meter.rounds + u64::from(state.is_running)
        };
        poll_fn(move |cx| {
            let mut state = this.state();
            if answered <= state.meter.rounds {
                return Poll::Ready(());
            }
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Respond for Metered {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        let begun = thread_cpu();
        let operation = operation(&request).unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let (status, answered, units) = units::execute(&self.engine, &operation, body);
        let round_trip = self.round_trip();
        let Meter { requests, units: all, engine, .. } = &mut self.state().meter;
        *requests += 1;
        all.read += units.read;
        all.write += units.write;
        *engine += thread_cpu() - begun;
        HttpConnectorFuture::new(async move {
            round_trip.await;
            answer(status, answered)
        })
    }
}

impl Bus for MeteredBus {
    async fn put(&self, events: Vec<Event>) -> Result<(), BusError> {
        self.metered.state().meter.requests += 1;
        self.metered.round_trip().await;
        self.bus.put(events).await
    }
}

impl KeySource for MeteredKey {
    fn key(&self) -> Fetched<'_> {
        self.metered.state().meter.datadog += 1;
        self.key.key()
    }

    fn refresh(&self) -> Fetched<'_> {
        self.key.refresh()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use aws_sdk_dynamodb::Client;
    use aws_sdk_dynamodb::types::AttributeValue;
    use cxtrace::engine::sdk_config;
    use cxtrace_clock::SystemClock;
    use cxtrace_store::schema;
    use cxtrace_tests::connector::Connector;
    use futures::future::{join, join_all};
    use futures::stream::{StreamExt, iter};

    use super::*;

    /// A metered engine with a table, and a client of it. The table was made through this client, outside an invocation.
    async fn table() -> (Metered, Client) {
        let metered = Metered::new(Engine::in_memory(Arc::new(SystemClock)).unwrap());
        let client = Client::new(&sdk_config(Connector(metered.clone())));
        schema::create(&client, "state", false).await.unwrap();
        (metered, client)
    }

    async fn request(client: &Client) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let get = client.get_item().table_name("state").key("pk", text("p")).key("sk", text("s"));
        assert!(get.send().await.unwrap().item.is_none());
    }

    /// This many requests, each after the answer to the one before.
    async fn chain(client: &Client, length: usize) {
        for _ in 0..length {
            request(client).await;
        }
    }

    /// Lets other work go first, once.
    async fn step_back() {
        let mut is_second = false;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::replace(&mut is_second, true) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The requests and rounds of `work`.
    async fn cost(metered: &Metered, work: impl Future) -> (u64, u64) {
        let invocation = async {
            work.await;
            Ok::<_, Failure>(())
        };
        let ((), Work { meter, .. }) = metered.invoke(invocation).await.unwrap();
        (meter.requests, meter.rounds)
    }

    #[tokio::test]
    async fn a_round_is_what_is_requested_before_an_answer() {
        let (metered, client) = table().await;
        let client = &client;
        let chains =
            |lengths: &[usize]| join_all(lengths.iter().map(|length| chain(client, *length)).collect::<Vec<_>>());
        assert_eq!(cost(&metered, async {}).await, (0, 0));
        assert_eq!(cost(&metered, chain(client, 2)).await, (2, 2));
        assert_eq!(cost(&metered, chains(&[1; 10])).await, (10, 1));
        // More than `join_all` polls one by one.
        assert_eq!(cost(&metered, chains(&[2; 100])).await, (200, 2));
        assert_eq!(cost(&metered, chains(&[3, 3])).await, (6, 3));
        assert_eq!(cost(&metered, chains(&[2, 5])).await, (7, 5));
        let three_at_a_time = async {
            for _ in 0..3 {
                chains(&[1; 3]).await;
            }
        };
        assert_eq!(cost(&metered, three_at_a_time).await, (9, 3));
        let limited = iter([1; 8]).map(|length| chain(client, length)).buffer_unordered(4);
        assert_eq!(cost(&metered, limited.collect::<Vec<_>>()).await, (8, 2));
        let in_order = iter([3, 1, 1, 1]).map(|length| chain(client, length)).buffered(2);
        assert_eq!(cost(&metered, in_order.collect::<Vec<_>>()).await, (6, 4));
    }

    #[tokio::test]
    async fn work_without_requests_takes_no_round() {
        let (metered, client) = table().await;
        let late = async {
            step_back().await;
            request(&client).await;
        };
        assert_eq!(cost(&metered, join(request(&client), late)).await, (2, 1));
    }

    #[tokio::test]
    async fn what_is_real_ends_after_all_rounds_beside_it() {
        let (metered, client) = table().await;
        let real = async {
            tokio::spawn(async {}).await.unwrap();
            request(&client).await;
        };
        // More requests than tokio's budget for one poll.
        assert_eq!(cost(&metered, join(chain(&client, 500), real)).await, (501, 501));
    }

    #[tokio::test]
    async fn a_failed_invocation_leaves_nothing_to_the_next() {
        let (metered, client) = table().await;
        let failing = async {
            request(&client).await;
            Err::<(), Failure>("it fails".into())
        };
        assert_eq!(metered.invoke(failing).await.unwrap_err().to_string(), "it fails");
        // Outside an invocation nobody would answer it later.
        request(&client).await;
        assert_eq!(cost(&metered, request(&client)).await, (1, 1));
    }

    #[tokio::test]
    async fn a_request_to_the_bus_is_in_a_round() {
        let (metered, client) = table().await;
        let bus = MeteredBus { bus: MemoryBus::default(), metered: metered.clone() };
        let put = async {
            bus.put(Vec::new()).await.unwrap();
            request(&client).await;
        };
        assert_eq!(cost(&metered, join(put, request(&client))).await, (3, 2));
    }
}
