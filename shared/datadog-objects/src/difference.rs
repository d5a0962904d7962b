//! What differs between an object as it should be and as Datadog has it.
//!
//! Datadog fills in fields that were not sent. So a field that only Datadog has is not a difference; an item that only
//! Datadog's list has is one.

use serde_json::Value;

/// The maximum number of characters of a value that are shown.
const MAX_SHOWN: usize = 100;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where, such as `widgets[0].definition.title`.
    pub path: String,
    /// What Datadog has; `None` when it has nothing.
    pub actual: Option<Value>,
    /// What there should be; `None` when there should be nothing.
    pub desired: Option<Value>,
}

impl Difference {
    /// `path: actual -> desired`, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let show = |value: &Option<Value>| value.as_ref().map_or_else(|| "(nothing)".to_owned(), shown);
        format!("{}: {} -> {}", self.path, show(&self.actual), show(&self.desired))
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_SHOWN {
        return text;
    }
    text.chars().take(MAX_SHOWN - 1).chain(['…']).collect()
}

/// The differences between `desired` and `actual`.
#[must_use]
pub fn differences(desired: &Value, actual: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(desired), Some(actual), &mut found);
    found
}

fn compare(path: String, desired: Option<&Value>, actual: Option<&Value>, found: &mut Vec<Difference>) {
    match (desired, actual) {
        (Some(Value::Object(desired)), Some(Value::Object(actual))) => {
            for (key, value) in desired {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(path, Some(value), actual.get(key), found);
            }
        }
        (Some(Value::Array(desired)), Some(Value::Array(actual))) => {
            for at in 0..desired.len().max(actual.len()) {
                compare(format!("{path}[{at}]"), desired.get(at), actual.get(at), found);
            }
        }
        (desired, actual) if is_same(desired, actual) => {}
        (desired, actual) => {
            found.push(Difference { path, actual: actual.cloned(), desired: desired.cloned() });
        }
    }
}

fn is_same(a: Option<&Value>, b: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_datadog_adds_is_no_difference_and_everything_else_is() {
        let desired = json!({"title": "A", "widgets": [{"n": 1}, {"n": 2}], "options": {"x": true}});
        let same = json!({"title": "A", "widgets": [{"n": 1.0, "id": 7}, {"n": 2}], "options": {"x": true, "y": 0}});
        assert_eq!(differences(&desired, &same), []);
        let other = json!({"title": "B", "widgets": [{"n": 1}, {"n": 2}, {"n": 3}]});
        let lines: Vec<_> = differences(&desired, &other).iter().map(Difference::line).collect();
        assert_eq!(
            lines,
            [r#"options: (nothing) -> {"x":true}"#, r#"title: "B" -> "A""#, r#"widgets[2]: {"n":3} -> (nothing)"#]
        );
    }
}
