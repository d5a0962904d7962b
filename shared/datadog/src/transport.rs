//! `METRICS_TRANSPORT`: by which way metrics leave.

use cxtrace_lambda::environment::{Environment, InvalidSetting};

/// The way metrics leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Absolute totals to Datadog's API: exact. See [`crate::client`].
    #[default]
    Api,
    /// Increments to the Datadog Lambda extension in the same sandbox, which cannot be exact. See
    /// [`crate::extension`].
    Extension,
}

impl Transport {
    /// Reads `METRICS_TRANSPORT`, which is `api` unless it is set.
    ///
    /// # Errors
    /// When it is set to anything but `api` or `extension`.
    pub fn read(environment: &Environment) -> Result<Self, InvalidSetting> {
        environment.read("METRICS_TRANSPORT", "api or extension", Self::default(), |text| match text {
            "api" => Ok(Self::Api),
            "extension" => Ok(Self::Extension),
            _ => Err("it is neither of the two"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_go_to_the_api_unless_the_extension_is_asked_for() {
        let read = |value: &str| Transport::read(&Environment::of([("METRICS_TRANSPORT", value)]));
        assert_eq!(read(""), Ok(Transport::Api));
        assert_eq!(read("api"), Ok(Transport::Api));
        assert_eq!(read("extension"), Ok(Transport::Extension));
        assert_eq!(
            read("udp").unwrap_err().to_string(),
            "METRICS_TRANSPORT is \"udp\", which cannot be used: it is neither of the two. Set it to api or extension."
        );
    }
}
