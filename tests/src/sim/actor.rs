//! An actor: the future of a handler that is polled by hand, one request for each poll.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use cxtrace_lambda::retry_queue::Response;
use cxtrace_store::StoreError;
use flow_metrics::{IngestError, Outcome};
use metrics_publisher::{PublishError, Published, Swept};
use tokio::sync::Notify;

use super::world::{Actor, Shared};

/// The result of a handler.
#[derive(Debug)]
pub enum HandlerResult {
    /// `flow-metrics`.
    Ingest(Result<Outcome, IngestError>),
    /// `flow-metrics`, with a batch of the retry queue.
    Retry(Result<Response, IngestError>),
    /// `metrics-publisher`.
    Publisher(Result<Published, PublishError>),
    /// `metrics-publisher`, by its schedule.
    Sweeper(Result<Swept, StoreError>),
}

/// The result of one step of an actor.
#[derive(Debug)]
pub enum Step<D = HandlerResult> {
    /// It is about to make its next request.
    Waiting,
    /// It has ended.
    Ended(D),
    /// It died, because its process was killed.
    Died,
}

/// A running handler with the result `D`.
pub struct Running<D = HandlerResult> {
    pub actor: Actor,
    future: Pin<Box<dyn Future<Output = D>>>,
    wake: Arc<Woken>,
}

impl<D> Running<D> {
    /// Starts to run `future` as `actor`.
    pub fn new(actor: Actor, future: impl Future<Output = D> + 'static) -> Self {
        Self { actor, future: Box::pin(future), wake: Arc::default() }
    }

    /// Lets it make its next request, and returns when it wants another.
    ///
    /// While it waits for Datadog's response over a real socket, no other actor runs. So the result does not depend on
    /// the speed of the socket.
    pub async fn step(&mut self, world: &Shared) -> Step<D> {
        let waker = Waker::from(self.wake.clone());
        loop {
            {
                let mut world = world.lock();
                world.permit = true;
                world.dies = false;
                world.actor = self.actor;
            }
            self.wake.woken.store(false, Ordering::SeqCst);
            let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
            if world.lock().dies {
                return Step::Died;
            }
            match polled {
                Poll::Ready(done) => return Step::Ended(done),
                Poll::Pending if self.wake.woken.load(Ordering::SeqCst) => return Step::Waiting,
                Poll::Pending => self.wake.notify.notified().await,
            }
            if world.lock().dies {
                return Step::Died;
            }
        }
    }
}

#[derive(Default)]
struct Woken {
    woken: AtomicBool,
    notify: Notify,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.notify.notify_one();
    }
}
