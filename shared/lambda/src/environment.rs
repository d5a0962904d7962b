//! Settings from environment variables. A variable that is set to nothing counts as not set, so that a
//! template can pass an empty parameter straight through.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// A setting that is missing or cannot be used. The function does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSetting {
    /// A required variable is not set.
    #[error("{name} is not set. Set it to {what}.")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it must hold.
        what: &'static str,
    },
    /// A variable's value cannot be used.
    #[error("{name} is {value:?}, which cannot be used: {reason}. Set it to {what}.")]
    Unusable {
        /// The variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// Why not.
        reason: String,
        /// What it must hold.
        what: &'static str,
    },
}

/// The variables a process was started with, or a test's.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own. Variables that are not Unicode are left out.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// These variables.
    pub fn of<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(variables.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }

    /// The value of `name`, unless it is not set or blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of `name`.
    ///
    /// # Errors
    /// When it is not set.
    pub fn require(&self, name: &'static str, what: &'static str) -> Result<&str, InvalidSetting> {
        self.get(name).ok_or(InvalidSetting::Missing { name, what })
    }

    /// Whether `name` is `true`.
    ///
    /// # Errors
    /// When it is set to anything but `true` or `false`.
    pub fn flag(&self, name: &'static str) -> Result<bool, InvalidSetting> {
        self.read(name, "true or false", false, |text| match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("it is neither true nor false"),
        })
    }

    /// The whole number in `name`, which must lie in `range`.
    ///
    /// # Errors
    /// When it is no number, or out of range.
    pub fn number<T>(
        &self,
        name: &'static str,
        what: &'static str,
        default: T,
        range: std::ops::RangeInclusive<T>,
    ) -> Result<T, InvalidSetting>
    where
        T: FromStr + PartialOrd + Display,
        T::Err: Display,
    {
        self.read(name, what, default, |text| {
            let number = text.parse::<T>().map_err(|e| e.to_string())?;
            if range.contains(&number) {
                Ok(number)
            } else {
                Err(format!("it must be {} to {}", range.start(), range.end()))
            }
        })
    }

    /// What `parse` makes of `name`, or `default` when it is not set.
    ///
    /// # Errors
    /// What `parse` refuses, with the variable's name and what it must hold.
    pub fn read<T, E: Display>(
        &self,
        name: &'static str,
        what: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, InvalidSetting> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        parse(value).map_err(|reason| InvalidSetting::Unusable {
            name,
            value: value.to_owned(),
            reason: reason.to_string(),
            what,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_variable_counts_as_not_set() {
        let environment = Environment::of([("MAX_SERIES", "  ")]);
        assert_eq!(environment.number("MAX_SERIES", "a number", 7_u32, 1..=9), Ok(7));
        assert!(environment.require("MAX_SERIES", "a number").is_err());
    }

    #[test]
    fn an_unusable_value_says_what_is_wrong_and_what_to_do() {
        let environment = Environment::of([("MAX_SERIES", "10000000"), ("FLAG", "yes")]);
        assert_eq!(
            environment.number("MAX_SERIES", "a number of series", 7_u32, 1..=9).unwrap_err().to_string(),
            "MAX_SERIES is \"10000000\", which cannot be used: it must be 1 to 9. Set it to a number of series."
        );
        assert_eq!(
            environment.flag("FLAG").unwrap_err().to_string(),
            "FLAG is \"yes\", which cannot be used: it is neither true nor false. Set it to true or false."
        );
    }
}
