//! The cost of invocations of a function and of requests to DynamoDB.

use std::time::Duration;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::metered::Work;
use crate::prices::Prices;
use crate::run::Failure;
use crate::stats::real;
use crate::units::Units;

/// A function, billed by the template's memory and the price list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Billing<'a> {
    memory_mb: f64,
    prices: &'a Prices,
}

impl<'a> Billing<'a> {
    pub(crate) fn of(bench: &'a Bench, function: Function) -> Result<Self, Failure> {
        Ok(Self { memory_mb: real(bench.template.memory_mb(function)?), prices: &bench.prices })
    }

    /// The billed milliseconds of an invocation: its CPU time at the share of a core that its memory gives, plus this
    /// many rounds of requests to AWS and sequential requests to Datadog.
    pub(crate) fn milliseconds(&self, cpu: Duration, rounds: f64, datadog: f64) -> f64 {
        let assumed = |name| self.prices.of("assumed", name);
        let share = self.memory_mb / assumed("full_core_mb");
        let computing = cpu.as_secs_f64() * 1e3 / share.min(1.0);
        (computing + rounds * assumed("round_trip_ms") + datadog * assumed("datadog_round_trip_ms")).ceil()
    }

    /// The cost of this many milliseconds.
    pub(crate) fn time(&self, milliseconds: f64) -> f64 {
        milliseconds / 1e3 * self.memory_mb / 1_024.0 * self.prices.of("lambda", "gb_second")
    }

    /// The cost of all invocations of `work`, each with this CPU time, and of their units.
    pub(crate) fn all(&self, work: &Work, cpu: Duration) -> f64 {
        let milliseconds = self.milliseconds(cpu, work.rounds(), work.datadog());
        self.invocations(real(work.invocations), milliseconds) + dynamodb(work.meter.units, self.prices)
    }

    /// The cost of this many invocations with this many milliseconds each.
    pub(crate) fn invocations(&self, count: f64, milliseconds: f64) -> f64 {
        self.prices.of("lambda", "million_requests") * count / 1e6 + self.time(count * milliseconds)
    }
}

/// The cost of units.
pub(crate) fn dynamodb(units: Units, prices: &Prices) -> f64 {
    let price = |name| prices.of("dynamodb", name);
    (units.write * price("million_write_units") + units.read * price("million_read_units")) / 1e6
}

#[cfg(test)]
mod tests {
    use crate::metered::Meter;

    use super::*;

    #[test]
    fn an_invocation_waits_for_rounds_and_not_for_each_request() {
        let prices = Prices::read().unwrap();
        let billing = Billing { memory_mb: 1_024.0, prices: &prices };
        let cost = |requests, rounds, datadog| {
            let meter = Meter { requests, rounds, datadog, ..Meter::default() };
            let work = Work { invocations: 2, meter, cpu: Duration::ZERO };
            billing.all(&work, Duration::ZERO) - billing.invocations(2.0, 0.0)
        };
        let waiting = |name, times: f64| billing.time(prices.of("assumed", name) * times);
        let is_near = |one: f64, other: f64| (one - other).abs() < 1e-12;
        assert!(is_near(cost(20, 2, 0), waiting("round_trip_ms", 2.0)));
        assert!(is_near(cost(20, 6, 0), waiting("round_trip_ms", 6.0)));
        assert!(is_near(cost(20, 0, 2), waiting("datadog_round_trip_ms", 2.0)));
    }
}
