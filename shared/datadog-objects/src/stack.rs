//! Dashboards and monitors as a CloudFormation stack of Datadog's resource types.
//!
//! `Datadog::Dashboards::Dashboard` takes a dashboard's JSON as text; `Datadog::Monitors::Monitor` has the members of a
//! monitor in CamelCase (schemas in the repository datadog-cloudformation-resources). CloudFormation keeps the ids, so the
//! objects carry no mark, and `cxtrace datadog` does not touch them.

use serde_json::{Map, Value, json};

use crate::catalogue::{Catalogue, Object, ObjectKind};

/// The template of the dashboards and monitors in `catalogue`.
#[must_use]
pub fn template(catalogue: &Catalogue) -> Value {
    let resources = catalogue.objects.iter().filter_map(|object| {
        let resource = match object.kind {
            ObjectKind::Dashboard => json!({
                "Type": "Datadog::Dashboards::Dashboard",
                "Properties": {"DashboardDefinition": object.body.to_string()},
            }),
            ObjectKind::Monitor => monitor(object),
            ObjectKind::Metadata => return None,
        };
        Some((logical_id(object), resource))
    });
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Datadog's dashboards and monitors of Cxtrace. Activate the resource types \
                        Datadog::Dashboards::Dashboard and Datadog::Monitors::Monitor in the account and region first.",
        "Resources": resources.collect::<Map<_, _>>(),
    })
}

fn monitor(object: &Object) -> Value {
    let mut properties = capitalised(&object.body);
    properties["Tags"] = json!(["service:cxtrace"]);
    json!({"Type": "Datadog::Monitors::Monitor", "Properties": properties})
}

/// `value` with its members' names in CamelCase, and without empty lists.
fn capitalised(value: &Value) -> Value {
    match value {
        Value::Object(all) => {
            let all = all.iter().filter(|(_, value)| value.as_array().is_none_or(|list| !list.is_empty()));
            all.map(|(key, value)| (camel(key), capitalised(value))).collect()
        }
        other => other.clone(),
    }
}

fn logical_id(object: &Object) -> String {
    let kind = match object.kind {
        ObjectKind::Dashboard => "Dashboard",
        ObjectKind::Monitor | ObjectKind::Metadata => "Monitor",
    };
    format!("{}{kind}", camel(&object.key))
}

fn camel(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    };
    words.map(word).collect()
}
