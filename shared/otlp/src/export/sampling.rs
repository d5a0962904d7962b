//! Which journeys are exported. What went wrong or was slow always is; of the rest a share, decided by the journey's id,
//! so that every export of a journey decides alike.

use chrono::TimeDelta;
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::document::{Journey, Severity};
use cxtrace_domain::journeys::{JourneyId, Outcome};

/// The decision about each journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// The share of ordinary journeys, in percent.
    pub percent: u8,
    /// A journey of at least this duration is slow.
    pub slow: TimeDelta,
}

impl Sampling {
    /// Whether `journey` is exported.
    #[must_use]
    pub fn keeps(&self, journey: &Journey) -> bool {
        self.is_notable(journey) || is_drawn(journey.id, self.percent)
    }

    fn is_notable(&self, journey: &Journey) -> bool {
        journey.duration_ms.is_some_and(|millis| millis >= self.slow.num_milliseconds())
            || journey.insights.iter().any(|insight| insight.severity > Severity::Info)
            || journey.spans.iter().any(|span| span.status == Some(Outcome::Error))
    }
}

/// Whether the journey is in the share. A larger share contains every smaller one.
fn is_drawn(journey: JourneyId, percent: u8) -> bool {
    let digest = Digest128::of([b"export share".as_slice(), journey.to_string().as_bytes()]);
    let bytes = digest.as_bytes();
    let drawn = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    u64::from(drawn) * 100 < (u64::from(percent) << 32)
}
