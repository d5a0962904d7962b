//! The collector's configurations in `infra/otel`: known keys, references, order, masking, queues, and no secrets.

use std::collections::BTreeSet;

use cxtrace_otlp::receive::interaction::DEFAULT;
use cxtrace_sources::registry::Registry;
use serde_yaml_ng::{Mapping, Value};

use crate::layout::root;

const FILES: [&str; 2] = ["regional.yaml", "gateway.yaml"];

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join("infra/otel").join(name)).unwrap()
}

fn components() -> serde_json::Value {
    serde_json::from_str(&read("components.json")).unwrap()
}

fn keys(of: &Value) -> Vec<String> {
    of.as_mapping().map(|map| map.keys().map(|key| key.as_str().unwrap().to_owned()).collect()).unwrap_or_default()
}

fn words(of: &Value) -> Vec<String> {
    of.as_sequence().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// The type of the component `name`: what stands before the slash.
fn kind(name: &str) -> &str {
    name.split('/').next().unwrap()
}

/// The paths of all keys below `of`. Lists are values.
fn paths(of: &Mapping, above: &str, found: &mut Vec<String>) {
    for (key, value) in of {
        let path = format!("{above}{}", key.as_str().unwrap());
        match value.as_mapping() {
            Some(inner) => paths(inner, &format!("{path}."), found),
            None => found.push(path),
        }
    }
}

/// What is wrong with the configuration `text`.
fn problems(text: &str) -> Vec<String> {
    let config: Value = serde_yaml_ng::from_str(text).unwrap();
    let known = components();
    let mut problems = Vec::new();
    for section in ["extensions", "receivers", "processors", "connectors", "exporters"] {
        for name in keys(&config[section]) {
            let Some(allowed) = known[section][kind(&name)].as_array() else {
                problems.push(format!("{section}.{name} is not a known component"));
                continue;
            };
            let mut found = Vec::new();
            if let Some(map) = config[section][name.as_str()].as_mapping() {
                paths(map, "", &mut found);
            }
            for path in found {
                let is_known = allowed.iter().map(|key| key.as_str().unwrap()).any(|key| match key.strip_suffix('*') {
                    Some(beginning) => path.starts_with(beginning),
                    None => key == path,
                });
                if !is_known {
                    problems.push(format!("{section}.{name} has no key {path}"));
                }
            }
        }
    }
    for policy in config["processors"]["tail_sampling"]["policies"].as_sequence().into_iter().flatten() {
        let of = policy["type"].as_str().unwrap();
        let is_known = known["policies"].as_array().unwrap().iter().any(|policy| policy == of);
        if !is_known || policy[of].is_null() {
            problems.push(format!("the policy {of} is unknown or has no settings"));
        }
    }
    let connectors = keys(&config["connectors"]);
    let defined = |section: &str| keys(&config[section]).into_iter().chain(connectors.clone()).collect::<BTreeSet<_>>();
    let mut used = BTreeSet::new();
    for (name, pipeline) in config["service"]["pipelines"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        for section in ["receivers", "processors", "exporters"] {
            for component in words(&pipeline[section]) {
                if !defined(section).contains(&component) {
                    problems.push(format!("{name} uses {component}, which {section} does not define"));
                }
                used.insert(component);
            }
        }
        problems.extend(order_problems(name, &words(&pipeline["receivers"]), &words(&pipeline["processors"])));
    }
    let extensions: BTreeSet<_> = words(&config["service"]["extensions"]).into_iter().collect();
    if extensions != keys(&config["extensions"]).into_iter().collect() {
        problems.push("service.extensions does not list exactly the extensions".to_owned());
    }
    for section in ["receivers", "processors", "connectors", "exporters"] {
        problems.extend(
            keys(&config[section])
                .into_iter()
                .filter(|name| !used.contains(name))
                .map(|name| format!("{name} is in no pipeline")),
        );
    }
    for name in keys(&config["exporters"]) {
        let exporter = &config["exporters"][name.as_str()];
        if exporter["sending_queue"]["storage"] != "file_storage" {
            problems.push(format!("{name} has no persistent queue"));
        }
        if exporter["retry_on_failure"]["max_elapsed_time"] != "3600s" {
            problems.push(format!("{name} gives up before an hour"));
        }
    }
    problems.extend(masking_problems(&config));
    // A secret comes from the environment.
    for line in text.lines().map(|line| line.split(" #").next().unwrap()) {
        let is_secret = ["token:", "key:", "password:"].iter().any(|name| line.trim_start().starts_with(name));
        if is_secret && !line.contains("${env:") {
            problems.push(format!("a secret stands in the file: {}", line.trim()));
        }
    }
    problems
}

/// What `redaction` does not touch, and must therefore be masked by `transform`.
const MASKED_BY_TRANSFORM: [&str; 3] =
    ["set(span.status.message,", "replace_pattern(span.name,", "set(spanevent.name,"];

/// Names, messages and nested values are masked, too.
fn masking_problems(config: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    if config["processors"]["redaction"]["redact_all_types"] != true {
        problems.push("redaction does not read lists and maps".to_owned());
    }
    let statements = serde_yaml_ng::to_string(&config["processors"]["transform"]).unwrap();
    let missing = MASKED_BY_TRANSFORM.iter().filter(|statement| !statements.contains(**statement));
    problems.extend(missing.map(|statement| format!("transform has no statement {statement}")));
    problems
}

/// Memory first, masking before anything else, batches last; what receives from outside masks.
fn order_problems(name: &str, receivers: &[String], processors: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let at = |kind_of: &str| processors.iter().position(|processor| kind(processor) == kind_of);
    if receivers.iter().any(|receiver| kind(receiver) == "otlp") {
        if at("memory_limiter") != Some(0) {
            problems.push(format!("{name} does not begin with memory_limiter"));
        }
        if at("redaction") != Some(1) || at("transform") != Some(2) {
            problems.push(format!("{name} does not mask before everything else"));
        }
        if at("tail_sampling").is_some() || at("probabilistic_sampler").is_some() {
            problems.push(format!("{name} samples before the fork"));
        }
    }
    if at("batch").is_some_and(|at| at + 1 != processors.len()) {
        problems.push(format!("{name} does not end with batch"));
    }
    problems
}

#[test]
fn the_collectors_configurations_have_known_keys_the_right_order_and_no_secrets() {
    for file in FILES {
        assert_eq!(problems(&read(file)), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn a_broken_configuration_is_found_out() {
    let (regional, gateway) = (read("regional.yaml"), read("gateway.yaml"));
    for (text, from, to, expected) in [
        (&regional, "limit_percentage: 75", "limit_percent: 75", "has no key limit_percent"),
        (&regional, "[memory_limiter, redaction,", "[redaction, memory_limiter,", "does not begin with memory_limiter"),
        (
            &regional,
            "redaction, transform, resource, batch]",
            "resource, redaction, transform, batch]",
            "does not mask",
        ),
        (&regional, "resource, batch]", "batch, resource]", "does not end with batch"),
        (&regional, "token: ${env:GATEWAY_TOKEN}", "token: hush", "a secret stands in the file"),
        (&regional, "storage: file_storage", "num_consumers: 2", "has no persistent queue"),
        (&regional, "exporters: [otlp_http/gateway]", "exporters: [otlp_http/other]", "does not define"),
        (&gateway, "redaction, transform]", "redaction, transform, tail_sampling]", "samples before the fork"),
        (&regional, "redact_all_types: true", "redact_all_types: false", "does not read lists and maps"),
        (&gateway, "set(span.status.message", "set(span.other", "has no statement set(span.status.message"),
        (&gateway, "type: latency", "type: slowness", "the policy slowness"),
        (&gateway, "[tail_sampling, batch]", "[batch]", "tail_sampling is in no pipeline"),
    ] {
        assert!(text.contains(from), "{from}");
        let problems = problems(&text.replacen(from, to, 1));
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{to}: {problems:?}");
    }
}

#[test]
fn the_allow_list_passes_what_cxtrace_joins_by_and_nothing_personal() {
    let config: Value = serde_yaml_ng::from_str(&read("regional.yaml")).unwrap();
    let allowed: BTreeSet<_> = words(&config["processors"]["redaction"]["allowed_keys"]).into_iter().collect();
    let joining = DEFAULT.split(',').map(|pair| pair.split('=').next().unwrap());
    let patterns = Registry::built_in().span_sources().flat_map(|(_, patterns)| patterns);
    let of_libraries: Vec<_> = patterns.flat_map(|pattern| pattern.ids.keys().map(String::as_str)).collect();
    assert!(of_libraries.len() > 10, "the definitions name no ids");
    let others = ["service.name", "service.version", "cloud.region", "previous-trace-id", "previous_trace_id"];
    for name in joining.chain(of_libraries).chain(others) {
        assert!(allowed.contains(name), "{name}");
    }
    for name in [
        "enduser.id",
        "user.id",
        "user_id",
        "session.id",
        "client.address",
        "url.full",
        "url.query",
        "db.query.text",
        "exception.message",
    ] {
        assert!(!allowed.contains(name), "{name}");
    }
}
