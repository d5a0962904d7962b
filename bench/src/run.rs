//! What every measurement needs: how much to measure, and how it fails.

/// What stops a measurement.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// How often a process is started.
    pub(crate) starts: usize,
    /// How many events of a kind are timed.
    pub(crate) events: usize,
    /// How many conversations of generated traffic are read.
    pub(crate) conversations: u32,
    /// The few and the many conversations that a table already holds.
    pub(crate) held: [u32; 2],
    /// For how many events the cost of counting is computed.
    pub(crate) stream: usize,
    /// How many journeys begin in an hour of the corpus.
    pub(crate) journeys: u32,
    /// How many facts one journey has.
    pub(crate) facts: [u64; 3],
    /// The few and the many journeys that a table already holds.
    pub(crate) listed: [u32; 2],
    /// How many spans the journeys have that are drawn in a browser.
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
