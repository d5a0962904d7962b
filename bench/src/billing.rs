//! What a function's invocations cost, and what is asked of DynamoDB.

use std::time::Duration;

use crate::functions::Function;
use crate::pipeline::Work;
use crate::prices::{Assumed, Prices};
use crate::template::Template;
use crate::units::Units;

/// A function, billed by the template's memory and the price list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Billing<'a> {
    memory_mb: u64,
    prices: &'a Prices,
}

impl<'a> Billing<'a> {
    /// Of `function`.
    pub(crate) fn of(function: Function, template: &Template, prices: &'a Prices) -> Self {
        Self { memory_mb: template.memory_mb(function), prices }
    }

    /// The milliseconds that an invocation is billed for, which makes so many requests to AWS and to Datadog, one
    /// after the other.
    pub(crate) fn milliseconds(&self, cpu: Duration, requests: f64, datadog: f64) -> f64 {
        let Assumed { round_trip_ms, datadog_round_trip_ms, full_core_mb, .. } = self.prices.assumed;
        let share = real(self.memory_mb) / full_core_mb;
        let computing = cpu.as_secs_f64() * 1e3 / share.min(1.0);
        (computing + requests * round_trip_ms + datadog * datadog_round_trip_ms).ceil()
    }

    /// What so many milliseconds cost.
    pub(crate) fn time(&self, milliseconds: f64) -> f64 {
        milliseconds / 1e3 * real(self.memory_mb) / 1_024.0 * self.prices.lambda.gb_second
    }

    /// What so many invocations cost, of so many milliseconds each.
    pub(crate) fn invocations(&self, count: f64, milliseconds: f64) -> f64 {
        self.prices.lambda.million_requests * count / 1e6 + self.time(count * milliseconds)
    }
}

/// What units cost.
pub(crate) fn dynamodb(units: Units, prices: &Prices) -> f64 {
    (units.write * prices.dynamodb.million_write_units + units.read * prices.dynamodb.million_read_units) / 1e6
}

/// The requests of one invocation, on average.
pub(crate) fn requests(work: &Work) -> f64 {
    real(work.meter.all()) / real(work.invocations.max(1) as u64)
}

#[expect(clippy::cast_precision_loss, reason = "counts of one run are far from the limit")]
pub(crate) fn real(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
pub(crate) fn whole(n: f64) -> u64 {
    n.round() as u64
}
