//! Late counts: how many occurrences leave a closed ledger, which bucket counts them instead, and which self-metrics
//! report it.
//!
//! All occurrences of a series are equal, so a number is enough. The closed ledger decides a carry once. The keys of
//! its counts follow from that decision, so storing them again changes nothing.

use super::bucket::Bucket;
use super::self_metrics::SelfMetric;
use super::series::{Series, SeriesId, SeriesTemplate};

/// A decision to count a number of occurrences of a closed ledger in another bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carry {
    /// The number of this carry in its ledger: the first is 1.
    pub number: u64,
    /// The bucket that counts the occurrences now.
    pub to: Bucket,
    /// The number of occurrences.
    pub count: u64,
    /// How many of them Datadog may also hold in the old bucket.
    pub uncertain: u64,
}

/// Everything that has been carried out of a ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// The number of occurrences in all carries.
    pub count: u64,
    /// How many of them are uncertain.
    pub uncertain: u64,
    /// The latest carry.
    pub latest: Option<Carry>,
    /// The number of the latest carry whose counts are known to be stored; 0 when there is none.
    pub finished: u64,
}

impl Carried {
    /// The number of the latest carry; 0 when there is none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.latest.map_or(0, |carry| carry.number)
    }

    /// The decided carry whose counts may not be stored yet. It must be finished before the next one is decided,
    /// because a ledger keeps only the latest carry.
    #[must_use]
    pub fn unfinished(&self) -> Option<Carry> {
        self.latest.filter(|carry| carry.number > self.finished)
    }

    /// The same, plus one carry.
    #[must_use]
    pub fn with(self, carry: Carry) -> Self {
        Self {
            count: self.count + carry.count,
            uncertain: self.uncertain + carry.uncertain,
            latest: Some(carry),
            finished: self.finished,
        }
    }
}

/// The identity of a carry, and of its counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CarryId {
    /// The series of the closed ledger.
    pub series: SeriesId,
    /// The bucket of the closed ledger.
    pub from: Bucket,
    /// The number of the carry.
    pub number: u64,
}

/// A number of occurrences that a ledger received by a carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedCount {
    pub id: CarryId,
    /// The series that counts them.
    pub series: Series,
    /// The bucket that counts them.
    pub bucket: Bucket,
    /// The bucket's width, in seconds.
    pub interval: u32,
    /// The number of occurrences.
    pub count: u64,
}

impl Carry {
    /// The counts to store for this carry out of `series` and `from`: the occurrences in the new bucket, and the
    /// self-metrics for late and uncertain occurrences.
    ///
    /// A carried self-metric is not counted again: otherwise an outage would cause counts of counts for ever.
    #[must_use]
    pub fn counts(&self, series: &Series, from: Bucket, interval: u32, template: &SeriesTemplate) -> Vec<CarriedCount> {
        let id = CarryId { series: series.id(), from, number: self.number };
        let count = |series, count| CarriedCount { id, series, bucket: self.to, interval, count };
        let own = [(SelfMetric::Late, self.count), (SelfMetric::Uncertain, self.uncertain)];
        let own = own.into_iter().filter(|(_, count)| *count > 0 && !series.is_self_metric());
        let own = own.map(|(own, n)| count(own.beside(series, template), n));
        own.chain([count(series.clone(), self.count)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Bucket = Bucket::starting_at(0);

    fn template() -> SeriesTemplate {
        SeriesTemplate::try_new("flow.{flow}.{metric}", Vec::new()).unwrap()
    }

    fn carry(uncertain: u64) -> Carry {
        Carry { number: 1, to: Bucket::starting_at(7_200), count: 5, uncertain }
    }

    fn shown(counts: &[CarriedCount]) -> Vec<(&str, i64, u64)> {
        counts.iter().map(|count| (count.series.name(), count.bucket.start(), count.count)).collect()
    }

    #[test]
    fn a_carry_is_counted_where_it_goes_and_as_late_and_uncertain() {
        let (series, _) = template().series("A", "B", None);
        let counts = carry(2).counts(&series, FROM, 10, &template());
        assert_eq!(
            shown(&counts),
            [
                ("cxtrace.occurrences.late", 7_200, 5),
                ("cxtrace.occurrences.uncertain", 7_200, 2),
                ("flow.A.B", 7_200, 5)
            ]
        );
        assert_eq!(carry(0).counts(&series, FROM, 10, &template()).len(), 2);
    }

    #[test]
    fn carrying_an_own_count_counts_nothing_else() {
        let late = SelfMetric::Late.series(&template());
        let counts = carry(2).counts(&late, FROM, 10, &template());
        assert_eq!(shown(&counts), [("cxtrace.occurrences.late", 7_200, 5)]);
    }

    #[test]
    fn the_latest_carry_is_unfinished_until_its_number_is_noted() {
        let carried = Carried::default().with(carry(2));
        assert_eq!((carried.count, carried.uncertain, carried.number()), (5, 2, 1));
        assert_eq!(carried.unfinished(), Some(carry(2)));
        assert_eq!(Carried { finished: 1, ..carried }.unfinished(), None);
        assert_eq!(Carried::default().unfinished(), None);
    }
}
