//! Reads the prices of AWS from `bench/prices.toml`.

use toml::{Table, Value};

use crate::deployed::workspace;
use crate::run::Failure;

/// `bench/prices.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Prices(Table);

impl Prices {
    /// Reads it.
    pub(crate) fn read() -> Result<Self, Failure> {
        Ok(Self(toml::from_str(&std::fs::read_to_string(workspace().join("bench/prices.toml"))?)?))
    }

    /// The figure at `section` and `name`. Without one, the result is NaN, and so is everything computed with it.
    pub(crate) fn of(&self, section: &str, name: &str) -> f64 {
        let value = self.0.get(section).and_then(|section| section.get(name));
        #[expect(clippy::cast_precision_loss, reason = "the largest is a few million")]
        value.and_then(|value| value.as_float().or(value.as_integer().map(|n| n as f64))).unwrap_or(f64::NAN)
    }

    /// The number of shards of a table's stream.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    pub(crate) fn shards(&self) -> usize {
        self.of("assumed", "stream_shards") as usize
    }

    /// The date and region of the list.
    pub(crate) fn source(&self) -> String {
        let as_of = self.0.get("as_of").and_then(Value::as_datetime).map(ToString::to_string).unwrap_or_default();
        format!("{as_of} in {}", self.0.get("region").and_then(Value::as_str).unwrap_or_default())
    }
}
