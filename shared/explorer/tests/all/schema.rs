//! A strict check of the part of JSON Schema that `openapi.json` uses. An unknown keyword is an error. The check notes
//! which properties occur, so that no part of the document stays untested.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

/// An OpenAPI document, and its parts that occurred.
pub(crate) struct Document {
    pub(crate) root: Value,
    /// The properties that occurred in a response: `Schema.property`.
    pub(crate) seen: BTreeSet<String>,
}

impl Document {
    pub(crate) fn read(text: &str) -> Self {
        Self { root: serde_json::from_str(text).unwrap(), seen: BTreeSet::new() }
    }

    /// The meaning of `value`: itself, or the target of its `$ref` with its name.
    pub(crate) fn resolved(&self, value: &Value) -> (Option<String>, Value) {
        let Some(reference) = value["$ref"].as_str() else { return (None, value.clone()) };
        let target = self.root.pointer(reference.strip_prefix('#').unwrap());
        let name = reference.rsplit_once('/').unwrap().1.to_owned();
        (Some(name), target.unwrap_or_else(|| panic!("{reference} is nowhere")).clone())
    }

    /// Reports where `value` does not match `schema`.
    pub(crate) fn check(&mut self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let (name, schema) = self.resolved(schema);
        let at = name.as_deref().unwrap_or(at);
        let wrong = |what: &str| Err(format!("{at}: {what}: {value}"));
        for (word, rule) in schema.as_object().ok_or("a schema is an object")? {
            let fits = match word.as_str() {
                "description" | "default" | "format" => true,
                "type" => is_type(rule.as_str().unwrap(), value),
                "enum" => rule.as_array().unwrap().contains(value),
                "pattern" => Regex::new(rule.as_str().unwrap()).unwrap().is_match(value.as_str().unwrap_or_default()),
                "minimum" => value.as_f64() >= rule.as_f64(),
                "maximum" => value.as_f64() <= rule.as_f64(),
                "maxLength" => value.as_str().map(|text| text.chars().count() as u64) <= rule.as_u64(),
                "maxItems" => value.as_array().map(|list| list.len() as u64) <= rule.as_u64(),
                "required" => rule.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
                "items" => {
                    for item in value.as_array().unwrap_or(&Vec::new()) {
                        self.check(rule, item, at)?;
                    }
                    true
                }
                "properties" => {
                    for (name, rule) in rule.as_object().unwrap() {
                        if let Some(value) = value.get(name) {
                            self.seen.insert(format!("{at}.{name}"));
                            self.check(rule, value, &format!("{at}.{name}"))?;
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    let known = schema["properties"].as_object();
                    let entries = value.as_object().into_iter().flatten();
                    for (name, value) in
                        entries.filter(|(name, _)| !known.is_some_and(|known| known.contains_key(*name)))
                    {
                        if *rule == Value::Bool(false) {
                            return wrong(&format!("{name} is not described"));
                        }
                        self.check(rule, value, &format!("{at}.{name}"))?;
                    }
                    true
                }
                other => return wrong(&format!("`{other}` is a word that this check does not know")),
            };
            if !fits {
                return wrong(word);
            }
        }
        Ok(())
    }
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}

#[test]
fn the_check_finds_mismatches() {
    let text = r##"{"s": {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"$ref": "#/t"}},
        "required": ["a"], "additionalProperties": false}, "t": {"type": "string", "pattern": "^x", "maxLength": 2},
        "l": {"type": "array", "items": {"enum": ["y"]}, "maxItems": 1}, "u": {"unheard": 1}}"##;
    let mut document = Document::read(text);
    let mut fits = |name: &str, value: &str| {
        let schema = document.root[name].clone();
        document.check(&schema, &serde_json::from_str(value).unwrap(), name).is_ok()
    };
    for value in [r#"{"a": 1}"#, r#"{"a": 2, "b": "xy"}"#] {
        assert!(fits("s", value), "{value}");
    }
    for value in [
        "[]",
        "{}",
        r#"{"a": 0}"#,
        r#"{"a": 1.5}"#,
        r#"{"a": 1, "c": 1}"#,
        r#"{"a": 1, "b": "y"}"#,
        r#"{"a": 1, "b": "xyz"}"#,
    ] {
        assert!(!fits("s", value), "{value}");
    }
    assert!(fits("l", r#"["y"]"#) && !fits("l", r#"["y", "y"]"#) && !fits("l", r#"["x"]"#) && !fits("u", "1"));
}
