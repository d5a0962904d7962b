//! The settings about journeys, read together.

use chrono::TimeDelta;
use cxtrace_domain::journeys::Policy;

use crate::environment::Environment;
use crate::registry;
use crate::setting::InvalidSetting;

/// How journeys are assembled and kept.
#[derive(Debug, Clone)]
pub struct JourneySettings {
    /// `CORRELATION_TABLE`.
    pub table: String,
    /// `RETENTION_DAYS`.
    pub retention: TimeDelta,
    /// The numbers behind gaps, insights and status.
    pub policy: Policy,
}

impl JourneySettings {
    /// Reads them.
    ///
    /// # Errors
    /// The first invalid setting.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        Ok(Self {
            table: registry::CORRELATION_TABLE.read(environment)?,
            retention: registry::RETENTION_DAYS.read(environment)?,
            policy: policy(environment)?,
        })
    }
}

/// Reads the numbers behind gaps, insights and status.
///
/// # Errors
/// The first invalid setting.
pub fn policy(environment: &Environment) -> Result<Policy, InvalidSetting> {
    let named = registry::SOURCE_DELAYS.read(environment)?;
    let declared = cxtrace_sources::policy();
    Ok(Policy {
        delays: declared.delays.into_iter().chain(named).collect(),
        delay: registry::SETTLE_SECONDS.read(environment)?,
        long_queue: registry::LONG_QUEUE_SECONDS.read(environment)?,
        long_gap: registry::LONG_GAP_SECONDS.read(environment)?,
        slow_backend: registry::SLOW_BACKEND_MS.read(environment)?,
        ..declared
    })
}

#[cfg(test)]
mod tests {
    use cxtrace_domain::journeys::Source;

    use super::*;

    #[test]
    fn without_variables_the_policy_is_the_default() {
        let (policy, default) = (policy(&Environment::default()).unwrap(), cxtrace_sources::policy());
        assert_eq!(format!("{policy:?}"), format!("{default:?}"));
    }

    #[test]
    fn a_source_has_the_delay_of_its_entry_and_others_have_settle_seconds() {
        let environment = Environment::of([("SOURCE_DELAYS", "crm=7200, sbc=300,vapi=5"), ("SETTLE_SECONDS", "60")]);
        let policy = policy(&environment).unwrap();
        let delay = |source| policy.delay_of(&Source::read(source).unwrap()).num_seconds();
        assert_eq!((delay("crm"), delay("sbc"), delay("genesys")), (7_200, 300, 60));
        assert_eq!(
            (delay("vapi"), delay("twilio")),
            (5, 1_800),
            "a definition's delay holds unless the setting names it"
        );
    }
}
