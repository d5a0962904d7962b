//! The systems around Genesys, each with its own clock.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Clocks, Source};
use cxtrace_fixtures::SeededRng;

use crate::platforms::System;

/// The systems around Genesys.
#[derive(Debug, Clone, Copy)]
pub struct Systems {
    /// The session border controller.
    pub sbc: System,
    /// The web site.
    pub web: System,
    /// The backend that flows call.
    pub backend: System,
    /// The CRM.
    pub crm: System,
    /// The AI voice platform.
    pub ai: System,
    /// The outsourcer's contact centre.
    pub outsourcer: System,
}

impl Systems {
    /// The systems, with clocks that are ahead by these milliseconds.
    #[must_use]
    pub fn with_clocks(sbc: i64, web: i64, backend: i64, crm: i64, ai: i64, outsourcer: i64) -> Self {
        let system = |name, ahead, lag| System { name, ahead: TimeDelta::milliseconds(ahead), lag };
        Self {
            sbc: system("sbc", sbc, (200, 2_000)),
            web: system("web", web, (100, 1_500)),
            backend: system("backend", backend, (500, 5_000)),
            crm: system("crm", crm, (1_000, 60_000)),
            ai: system("voiceai", ai, (300, 4_000)),
            outsourcer: system("outsourcer", outsourcer, (2_000, 240_000)),
        }
    }

    /// The systems, with clocks that are up to some seconds wrong.
    #[must_use]
    pub fn of(rng: &mut SeededRng) -> Self {
        let mut off = |least: u64, most: u64| {
            let by = rng.between(least, most).cast_signed();
            if rng.chance(500) { by } else { -by }
        };
        Self::with_clocks(
            off(0, 800),
            off(500, 4_000),
            off(0, 1_500),
            off(0, 3_000),
            off(1_000, 4_000),
            off(3_000, 9_000),
        )
    }

    /// All systems.
    #[must_use]
    pub fn systems(&self) -> [System; 6] {
        [self.sbc, self.web, self.backend, self.crm, self.ai, self.outsourcer]
    }

    /// How far the clocks are ahead from `from` on, with an error of up to 200 ms.
    #[must_use]
    pub fn clocks(&self, from: DateTime<Utc>, rng: &mut SeededRng) -> Clocks {
        let mut clocks = Clocks::default();
        for system in self.systems() {
            let error = rng.millis(0, 400) - TimeDelta::milliseconds(200);
            if let Some(source) = Source::read(system.name) {
                clocks.note(source, from, system.ahead + error);
            }
        }
        clocks
    }
}
