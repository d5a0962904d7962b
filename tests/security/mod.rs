//! Attacks on the deployed system, each with what prevents it: `docs/security.md` names them. Attacks on single requests are
//! in `shared/explorer/tests`, attacks on the twin in `local/tests/all/hostile.rs`.

mod buses;
mod decisions;
mod keys;
mod queues;
mod searches;
mod span_keys;
mod spans;
mod walks;
mod webhooks;

use serde_yaml_ng::Value as Yaml;

/// The properties of a resource of the template.
fn resource(name: &str) -> Yaml {
    let template: Yaml = serde_yaml_ng::from_str(&crate::template::file("template.yaml")).unwrap();
    let properties = template["Resources"][name]["Properties"].clone();
    assert!(properties.is_mapping(), "the template has no {name}");
    properties
}
