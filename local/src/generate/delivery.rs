//! The deliveries of an event: published late, overtaken, delivered again, sent again.

use chrono::{DateTime, TimeDelta, Utc};

use cxtrace_fixtures::SeededRng;

/// When one event is published and delivered.
#[derive(Debug, Clone)]
pub(super) struct DeliverySchedule {
    /// When Genesys published it: `detail.timestamp`.
    pub(super) published: DateTime<Utc>,
    /// Every delivery of it, at least one, in order.
    pub(super) deliveries: Vec<Delivery>,
}

/// One delivery.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    /// The envelope's id, which EventBridge assigns.
    pub(super) envelope: String,
    /// When it arrives.
    pub(super) at: DateTime<Utc>,

    pub(super) kind: DeliveryKind,
}

/// The kind of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeliveryKind {
    First,
    /// The same envelope again, by EventBridge or Lambda.
    Redelivery,
    /// The same content in a new envelope, by Genesys.
    Resend,
}

impl DeliverySchedule {
    /// Draws the schedule of an event that was made at `event_time`. Of 1,000 events, 5 wait in Genesys' queue for
    /// up to six hours, 40 are overtaken by events of the next seconds, 4 by events of the next minutes, 20 are
    /// delivered again and 15 are sent again.
    pub(super) fn draw(event_time: DateTime<Utc>, rng: &mut SeededRng) -> Self {
        let mut published = event_time + rng.millis(1, 40);
        if rng.chance(5) {
            published += rng.millis(HOUR, 6 * HOUR);
        }
        let at = published
            + match rng.below(1_000) {
                0..40 => rng.millis(200, 5_000),
                40..44 => rng.millis(MINUTE, 10 * MINUTE),
                _ => TimeDelta::zero(),
            };
        let envelope = rng.uuid_from_bytes();
        let mut deliveries = vec![Delivery { envelope: envelope.clone(), at, kind: DeliveryKind::First }];
        if rng.chance(20) {
            let at = at + rng.millis(1_000, 10 * MINUTE);
            deliveries.push(Delivery { envelope, at, kind: DeliveryKind::Redelivery });
        }
        if rng.chance(15) {
            let at = at + rng.millis(1_000, 30 * MINUTE);
            deliveries.push(Delivery { envelope: rng.uuid_from_bytes(), at, kind: DeliveryKind::Resend });
        }
        Self { published, deliveries }
    }
}

/// In milliseconds.
const MINUTE: u32 = 60_000;
const HOUR: u32 = 60 * MINUTE;
