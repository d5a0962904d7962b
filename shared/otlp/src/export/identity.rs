//! The ids of exported traces and spans. They follow from the journey's id, the day of the part and the span's key, so a
//! journey that is exported again, or that a later fact has changed, has the same ids.

use chrono::NaiveDate;
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::JourneyId;

/// The id of an exported trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// The id of an exported span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

impl TraceId {
    /// The trace of the part of `journey` that began on `day`.
    #[must_use]
    pub fn of(journey: JourneyId, day: NaiveDate) -> Self {
        let (journey, day) = (journey.to_string(), day.to_string());
        let mut bytes = *Digest128::of([b"exported trace".as_slice(), journey.as_bytes(), day.as_bytes()]).as_bytes();
        // Some backends group by one half, and zeros are invalid.
        for half in bytes.chunks_mut(8) {
            if half.iter().all(|byte| *byte == 0) {
                half[7] = 1;
            }
        }
        Self(bytes)
    }

    /// The root of this trace.
    #[must_use]
    pub fn root(self) -> SpanId {
        self.span("root", "")
    }

    /// The leg of this trace with this number among the legs on `platform`.
    #[must_use]
    pub fn leg(self, platform: &str, number: usize) -> SpanId {
        self.span("leg", &format!("{number} {platform}"))
    }

    /// The span with this key.
    #[must_use]
    pub fn activity(self, key: &str) -> SpanId {
        self.span("span", key)
    }

    fn span(self, kind: &str, key: &str) -> SpanId {
        let digest = Digest128::of([self.0.as_slice(), kind.as_bytes(), key.as_bytes()]);
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest.as_bytes()[..8]);
        if bytes == [0; 8] {
            bytes[7] = 1;
        }
        SpanId(bytes)
    }

    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl SpanId {
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}
