//! Which of Datadog's objects are ours, and which parts of them.
//!
//! Datadog has no field for an owner. A monitor carries tags. A dashboard takes tags of teams only, so its mark is the last
//! line of its description. Both marks hold a fingerprint of what Datadog stored when the object was last applied: an
//! object with another fingerprint was changed since.

use cxtrace_domain::digest::Digest128;
use serde_json::{Map, Value, json};

use crate::catalogue::ObjectKind;

/// How the last line of a dashboard's description begins.
const DASHBOARD_MARK: &str = "Managed by cxtrace:";

/// The tag of every monitor that `cxtrace` manages.
pub const MANAGED: &str = "managed-by:cxtrace";
const STACK: &str = "cxtrace-stack:";
const KEY: &str = "cxtrace-key:";
const STORED: &str = "cxtrace-stored:";

/// The parts of each kind of object that are ours. Everything else is Datadog's or a person's, and stays as it is.
const DASHBOARD_PARTS: [&str; 6] =
    ["title", "description", "layout_type", "reflow_type", "template_variables", "widgets"];
const MONITOR_PARTS: [&str; 6] = ["name", "type", "query", "message", "priority", "options"];
const METADATA_PARTS: [&str; 3] = ["type", "unit", "description"];

/// Parts of a dashboard that people set in Datadog, and that an update must hand back.
const KEPT_OF_DASHBOARD: [&str; 5] =
    ["tags", "notify_list", "template_variable_presets", "restricted_roles", "is_read_only"];

/// The mark of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The stack that it belongs to.
    pub stack: String,
    /// Its name in the catalogue.
    pub key: String,
    /// The fingerprint of what Datadog stored.
    pub stored: String,
}

impl Owner {
    /// The mark that `body` carries, as Datadog returns it; `None` when the object is not ours.
    #[must_use]
    pub fn of(kind: ObjectKind, body: &Value) -> Option<Self> {
        match kind {
            ObjectKind::Dashboard => {
                let line = body["description"].as_str()?.lines().last()?.strip_prefix(DASHBOARD_MARK)?;
                let part =
                    |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)).map(str::to_owned);
                Some(Self { stack: part("stack=")?, key: part("key=")?, stored: part("stored=")? })
            }
            ObjectKind::Monitor => {
                let tags: Vec<_> = body["tags"].as_array()?.iter().filter_map(Value::as_str).collect();
                let tag = |name: &str| tags.iter().find_map(|tag| tag.strip_prefix(name)).map(str::to_owned);
                tags.contains(&MANAGED).then_some(())?;
                Some(Self { stack: tag(STACK)?, key: tag(KEY)?, stored: tag(STORED)? })
            }
            // Metadata has no place for a mark. The names are ours.
            ObjectKind::Metadata => None,
        }
    }

    /// `body` with this mark. Tags of people stay.
    #[must_use]
    pub fn mark(&self, kind: ObjectKind, mut body: Value) -> Value {
        let Self { stack, key, stored } = self;
        match kind {
            ObjectKind::Dashboard => {
                let text = body["description"].as_str().map(without_mark).unwrap_or_default();
                body["description"] =
                    json!(format!("{text}\n\n{DASHBOARD_MARK} stack={stack} key={key} stored={stored}"));
            }
            ObjectKind::Monitor => {
                let old = body["tags"].as_array().cloned().unwrap_or_default();
                let others = old.into_iter().filter(|tag| !tag.as_str().is_some_and(is_mark));
                let own =
                    [MANAGED.to_owned(), format!("{STACK}{stack}"), format!("{KEY}{key}"), format!("{STORED}{stored}")];
                body["tags"] = own.into_iter().map(Value::from).chain(others).collect();
            }
            ObjectKind::Metadata => {}
        }
        body
    }
}

fn is_mark(tag: &str) -> bool {
    tag == MANAGED || [STACK, KEY, STORED].iter().any(|mark| tag.starts_with(mark))
}

fn without_mark(description: &str) -> String {
    let lines: Vec<_> = description.lines().take_while(|line| !line.starts_with(DASHBOARD_MARK)).collect();
    lines.join("\n").trim_end().to_owned()
}

/// The parts of `body` that are ours, without the mark and without the ids that Datadog gives to widgets.
#[must_use]
pub fn own_parts(kind: ObjectKind, body: &Value) -> Value {
    let parts: &[&str] = match kind {
        ObjectKind::Dashboard => &DASHBOARD_PARTS,
        ObjectKind::Monitor => &MONITOR_PARTS,
        ObjectKind::Metadata => &METADATA_PARTS,
    };
    let mut own: Map<String, Value> =
        parts.iter().filter_map(|part| Some(((*part).to_owned(), body.get(*part)?.clone()))).collect();
    match kind {
        ObjectKind::Dashboard => {
            if let Some(text) = own.get("description").and_then(Value::as_str).map(without_mark) {
                own.insert("description".to_owned(), json!(text));
            }
            if let Some(widgets) = own.get_mut("widgets") {
                remove_ids(widgets);
            }
        }
        ObjectKind::Monitor => {
            // Who mutes a monitor does not change it.
            if let Some(options) = own.get_mut("options").and_then(Value::as_object_mut) {
                options.remove("silenced");
            }
        }
        ObjectKind::Metadata => {}
    }
    Value::Object(own)
}

fn remove_ids(widgets: &mut Value) {
    for widget in widgets.as_array_mut().into_iter().flatten() {
        if let Some(widget) = widget.as_object_mut() {
            widget.remove("id");
        }
        if let Some(inner) = widget.pointer_mut("/definition/widgets") {
            remove_ids(inner);
        }
    }
}

/// What identifies the content of an object that Datadog returned, or that is sent to it.
#[must_use]
pub fn fingerprint(kind: ObjectKind, body: &Value) -> String {
    let text = canonical(&own_parts(kind, body)).to_string();
    let digest = Digest128::of([text.as_bytes()]).to_string();
    digest[..16].to_owned()
}

/// `1` and `1.0` are one number.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), |number| json!(number)),
        Value::Array(all) => all.iter().map(canonical).collect(),
        Value::Object(all) => all.iter().map(|(key, value)| (key.clone(), canonical(value))).collect(),
        other => other.clone(),
    }
}

/// The body of an update: what there should be, and what people have set beside it.
#[must_use]
pub fn update(kind: ObjectKind, desired: &Value, actual: &Value) -> Value {
    let mut body = desired.clone();
    match kind {
        ObjectKind::Dashboard => {
            for part in KEPT_OF_DASHBOARD {
                if let Some(value) = actual.get(part).filter(|value| !value.is_null()) {
                    body[part] = value.clone();
                }
            }
        }
        ObjectKind::Monitor => {
            if let Some(tags) = actual.get("tags") {
                body["tags"] = tags.clone();
            }
        }
        ObjectKind::Metadata => {}
    }
    body
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner { stack: "prod".to_owned(), key: "journeys".to_owned(), stored: "0123".to_owned() }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_and_written_once() {
        for (kind, body) in [
            (ObjectKind::Dashboard, json!({"description": "What it shows.\nAnd how."})),
            (ObjectKind::Monitor, json!({"tags": ["team:ivr"]})),
        ] {
            let marked = owner().mark(kind, owner().mark(kind, body.clone()));
            assert_eq!(Owner::of(kind, &marked), Some(owner()), "{marked}");
            assert_eq!(own_parts(kind, &marked), own_parts(kind, &body));
            assert_eq!(Owner::of(kind, &body), None);
        }
        let marked = owner().mark(ObjectKind::Monitor, json!({"tags": ["team:ivr"]}));
        assert_eq!(marked["tags"].as_array().unwrap().len(), 5);
    }

    #[test]
    fn what_datadog_adds_outside_of_our_parts_changes_no_fingerprint() {
        let kind = ObjectKind::Dashboard;
        let widget = |id: Option<u32>| {
            let mut widget = json!({"definition": {"type": "group", "widgets": [{"definition": {"precision": 1}}]}});
            if let Some(id) = id {
                widget["id"] = json!(id);
                widget["definition"]["widgets"][0]["id"] = json!(id + 1);
            }
            widget
        };
        let sent = json!({"title": "A", "widgets": [widget(None)]});
        let mut returned = json!({"title": "A", "widgets": [widget(Some(7))], "id": "abc", "url": "/x"});
        assert_eq!(fingerprint(kind, &sent), fingerprint(kind, &returned));
        returned["widgets"][0]["definition"]["widgets"][0]["definition"]["precision"] = json!(1.0);
        assert_eq!(fingerprint(kind, &sent), fingerprint(kind, &returned));
        returned["widgets"][0]["definition"]["widgets"][0]["definition"]["precision"] = json!(2);
        assert_ne!(fingerprint(kind, &sent), fingerprint(kind, &returned));
    }
}
