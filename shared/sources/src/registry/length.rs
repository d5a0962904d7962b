//! Lengths of time in definitions.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time: `30s`, `15m`, `24h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(u64);

impl Length {
    /// Reads `30s`, `15m` or `24h`, up to 14 days.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let number = text.strip_suffix(unit)?.parse::<u64>().ok()?;
        let seconds = number.checked_mul(match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        })?;
        (seconds <= 14 * 24 * 3600).then_some(Self(seconds))
    }

    /// The length in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds > 0 && seconds % 3600 == 0 => write!(f, "{}h", seconds / 3600),
            seconds if seconds > 0 && seconds % 60 == 0 => write!(f, "{}m", seconds / 60),
            seconds => write!(f, "{seconds}s"),
        }
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| {
            de::Error::custom(format!("`{text}` is not a length of time up to 14 days. Write 30s, 15m or 24h"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_a_number_and_a_unit() {
        let seconds = |text: &str| Length::read(text).map(Length::seconds);
        assert_eq!(["30s", "15m", "336h"].map(seconds), [Some(30), Some(900), Some(14 * 24 * 3600)]);
        for wrong in ["", "5", "m", "5 m", "-5m", "5 minutes", "5µ", "337h", "99999999999999999999s"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
