//! A journey bus that refuses events, loses responses, and sees its caller die.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use journey_settler::bus::{Bus, BusError, Event};
use rand::Rng;

use crate::sim::world::{Shared, World};

/// The bus of a world.
#[derive(Debug, Clone)]
pub struct FaultyBus(pub Shared);

impl Bus for FaultyBus {
    async fn put(&self, events: Vec<Event>) -> Result<(), BusError> {
        PendingPut { world: self.0.clone(), events }.await
    }
}

/// A request that waits until the scheduler lets it pass.
struct PendingPut {
    world: Shared,
    events: Vec<Event>,
}

impl Future for PendingPut {
    type Output = Result<(), BusError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut world = self.world.lock();
        if !world.dies && std::mem::take(&mut world.permit) {
            let outcome = pass(&mut world, &self.events);
            if !world.dies {
                return Poll::Ready(outcome);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn pass(world: &mut World, events: &[Event]) -> Result<(), BusError> {
    world.trace(("bus", events.len()));
    let faults = world.faults.clone();
    if world.happens(faults.crash, "settler crashed before the bus took its events") {
        world.dies = true;
        return Ok(());
    }
    if world.happens(faults.refuse, "the bus refused events") {
        // Some of them, as `PutEvents` does.
        let taken = world.rng.random_range(0..=events.len());
        world.bus_events.extend(events.iter().take(taken).cloned());
        let (bus, code) = ("simulated".to_owned(), "ThrottlingException".to_owned());
        return Err(BusError::Partly { bus, failed: events.len() - taken, code });
    }
    world.bus_events.extend(events.iter().cloned());
    if world.happens(faults.crash, "settler crashed after the bus took its events") {
        world.dies = true;
    }
    if world.happens(faults.unanswered, "the bus took events and did not answer") {
        return Err(BusError::Request { bus: "simulated".to_owned(), source: "no answer (simulated)".into() });
    }
    Ok(())
}
