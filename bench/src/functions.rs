//! The functions that are deployed.

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    FlowMetrics,
    MetricsPublisher,
    SpanCollector,
    JourneyAssembler,
    JourneySettler,
    JourneyExplorer,
}

impl Function {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::FlowMetrics,
        Self::MetricsPublisher,
        Self::SpanCollector,
        Self::JourneyAssembler,
        Self::JourneySettler,
        Self::JourneyExplorer,
    ];

    /// The name of its crate and its binary.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FlowMetrics => "flow-metrics",
            Self::MetricsPublisher => "metrics-publisher",
            Self::SpanCollector => "span-collector",
            Self::JourneyAssembler => "journey-assembler",
            Self::JourneySettler => "journey-settler",
            Self::JourneyExplorer => "journey-explorer",
        }
    }

    /// The name of its resource in the template.
    pub(crate) fn resource(self) -> &'static str {
        match self {
            Self::FlowMetrics => "FlowMetrics",
            Self::MetricsPublisher => "MetricsPublisher",
            Self::SpanCollector => "SpanCollector",
            Self::JourneyAssembler => "JourneyAssembler",
            Self::JourneySettler => "JourneySettler",
            Self::JourneyExplorer => "JourneyExplorer",
        }
    }
}
