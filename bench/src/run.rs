//! The parameters of every measurement, and its error.

/// The error that stops a measurement.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// When simulated time begins.
pub(crate) const START: &str = "2026-03-02T08:00:00Z";

/// The amount of measurements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// The number of starts of a process.
    pub(crate) starts: usize,
    /// The number of timed events of each kind.
    pub(crate) events: usize,
    /// The number of conversations of generated traffic.
    pub(crate) conversations: u32,
    /// The small and the large number of conversations in a table.
    pub(crate) held: [u32; 2],
    /// The number of events for which the cost of counting is computed.
    pub(crate) stream: usize,
    /// The number of journeys in an hour of the corpus.
    pub(crate) journeys: u32,
    /// The numbers of facts of one journey.
    pub(crate) facts: [u64; 3],
    /// The small and the large number of journeys in a table.
    pub(crate) listed: [u32; 2],
    /// The numbers of spans of journeys that are drawn in a browser.
    pub(crate) spans: &'static [u64],
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        starts: 40,
        events: 2_000,
        conversations: 2_000,
        held: [1_000, 100_000],
        stream: 30_000,
        journeys: 300,
        facts: [10, 1_000, 50_000],
        listed: [1_000, 100_000],
        spans: &[1_000, 10_000, 100_000],
    };
    pub(crate) const QUICK: Self = Self {
        starts: 5,
        events: 100,
        conversations: 100,
        held: [100, 1_000],
        stream: 1_000,
        journeys: 20,
        facts: [10, 100, 2_000],
        listed: [1_000, 2_000],
        spans: &[1_000],
    };
}
