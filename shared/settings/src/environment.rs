//! The environment variables that settings are read from.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The variables of this process, or those that a test provides.
#[derive(Debug, Clone, Default)]
pub struct Environment(Arc<BTreeMap<String, String>>);

impl Environment {
    /// The variables of this process. A variable that is not valid Unicode is left out.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))))
    }

    /// These variables and no others.
    pub fn of<K: Into<String>, V: Into<String>>(variables: impl IntoIterator<Item = (K, V)>) -> Self {
        Self(Arc::new(variables.into_iter().map(|(k, v)| (k.into(), v.into())).collect()))
    }

    /// The trimmed value of `name`. A blank variable counts as not set, so that the template can pass on an empty
    /// parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_variable_counts_as_not_set() {
        let environment = Environment::of([("A", "  "), ("B", " b ")]);
        assert_eq!((environment.get("A"), environment.get("B"), environment.get("C")), (None, Some("b"), None));
    }
}
