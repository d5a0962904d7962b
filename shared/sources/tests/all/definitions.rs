//! The built-in definitions: their samples, the schema of their form, and the page that lists them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cxtrace_sources::registry::{Definition, Registry, Status};
use cxtrace_sources::{genesys, trial};
use serde_json::Value;

use crate::support::context;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/definitions"))
}

/// The definitions of platforms that send events of their own.
fn mapped() -> Vec<&'static Definition> {
    let all = Registry::built_in().definitions();
    all.filter(|definition| !definition.inputs.is_empty() && !definition.is_abstract).collect()
}

fn samples(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "ndjson")).collect();
    files.sort();
    files
}

#[test]
fn every_sample_becomes_what_stands_beside_it_in_every_order_and_with_duplicates() {
    let now = "2026-11-26T12:00:00Z".parse().unwrap();
    let mut faults = Vec::new();
    for definition in mapped() {
        let folder = folder().join(&definition.source);
        let mut read = BTreeSet::new();
        for path in samples(&folder.join("samples")) {
            let text = fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
            let expected = fs::read_to_string(path.with_extension("expected.json")).unwrap_or_default();
            match trial::case(&lines, &definition.source, now, &context_of_the_command()) {
                Ok((found, inputs)) => {
                    read.extend(inputs);
                    if serde_json::from_str::<Value>(&expected).ok() != Some(found) {
                        faults.push(format!("{} is not what the sample becomes", path.display()));
                    }
                }
                Err(fault) => faults.push(format!("{}: {fault}", path.display())),
            }
        }
        for input in &definition.inputs {
            if !read.contains(&(definition.source.clone(), input.name.clone())) {
                faults.push(format!("no sample of {} is read by the input {}", definition.source, input.name));
            }
        }
    }
    assert!(faults.is_empty(), "run `cxtrace source check`:\n{}", faults.join("\n"));
}

/// The context of `cxtrace source`, whose key the samples' hashes are made with.
fn context_of_the_command() -> cxtrace_sources::Context {
    let key = cxtrace_privacy::Pseudonyms::try_new(b"the key of a replay on a laptop").unwrap();
    cxtrace_sources::Context { pseudonyms: key, ..context() }
}

#[test]
fn the_schema_accepts_every_definition_and_refuses_others() {
    let schema = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/source.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let mut checked = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path().join("source.yaml");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        accept(&schema, &value).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        checked += 1;
    }
    assert!(checked > 10);
    for text in [
        "titel: Acme",
        "authority: 101",
        "authority: ten",
        "delay: 30 minutes",
        "inputs: [{name: a, transport: pigeon, status: verified, about: b}]",
        "inputs: [{name: a, transport: webhook, about: b}]",
        "inputs: [{name: a, transport: poll, status: verified, about: b, poll: {url: \"https://a.example\", header: X-Key}}]",
        "auth: {default: {scheme: guess}}",
        "ids: {Acme: {own: true}}",
        "span_types: [call]",
        "names: [{patterns: [a], meaning: b}]",
        "console: {acme.call: \"http://example.com/{value}\"}",
    ] {
        let value: Value = serde_saphyr::from_str(text).unwrap();
        assert!(accept(&schema, &value).is_err(), "{text}");
    }
}

/// Checks the part of JSON Schema that the schema uses. Another keyword is an error.
fn accept(schema: &Value, value: &Value) -> Result<(), String> {
    let pattern = |rule: &Value, text: &str| regex::Regex::new(rule.as_str().unwrap()).unwrap().is_match(text);
    let none = serde_json::Map::new();
    let members = value.as_object().unwrap_or(&none);
    for (word, rule) in schema.as_object().unwrap() {
        let fits = match word.as_str() {
            "$schema" | "title" | "description" => true,
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_i64() || value.is_u64(),
                other => panic!("{other}"),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64() >= rule.as_f64(),
            "maximum" => value.as_f64() <= rule.as_f64(),
            "pattern" => value.as_str().is_some_and(|text| pattern(rule, text)),
            "required" => rule.as_array().unwrap().iter().all(|name| members.contains_key(name.as_str().unwrap())),
            "propertyNames" => members.keys().all(|name| pattern(&rule["pattern"], name)),
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    accept(rule, item)?;
                }
                true
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    members.get(name).map_or(Ok(()), |value| accept(rule, value))?;
                }
                true
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object();
                for (name, value) in
                    members.iter().filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)))
                {
                    match rule {
                        Value::Bool(false) => return Err(format!("`{name}` is not a key")),
                        rule => accept(rule, value)?,
                    }
                }
                true
            }
            other => panic!("the check does not know {other}"),
        };
        if !fits {
            return Err(format!("{word} {rule} refuses {value}"));
        }
    }
    Ok(())
}

const MARK: &str = "<!-- Generated by: CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-sources -->\n";

#[test]
fn the_page_lists_what_is_built_in() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sources.md");
    let page = fs::read_to_string(path).unwrap();
    let (before, _) = page.split_once(MARK).unwrap();
    let written = format!("{before}{MARK}{}", coverage());
    if std::env::var_os("CXTRACE_WRITE_DOCS").is_some() {
        fs::write(path, written).unwrap();
        return;
    }
    assert!(written == page, "docs/sources.md is out of date. Run CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-sources");
}

fn coverage() -> String {
    let mut text =
        "\n| source | input | transport | status | events | samples |\n|---|---|---|---|---|---|\n".to_owned();
    let topics = genesys::TOPICS.len();
    text += &format!(
        "| `genesys` Genesys Cloud | conversation detail events | eventbridge | verified | {topics} topics, see [fields.md](fields.md) | `events/genesys` |\n"
    );
    for definition in mapped() {
        let count = samples(&folder().join(&definition.source).join("samples")).len();
        for (at, input) in definition.inputs.iter().enumerate() {
            let source = if at == 0 { format!("`{}` {}", definition.source, definition.title) } else { String::new() };
            let samples = if at == 0 { count.to_string() } else { String::new() };
            let transport = input.transport.map(|transport| transport.to_string()).unwrap_or_default();
            let status = match input.status {
                Some(Status::Verified) => "verified".to_owned(),
                _ => format!("unconfirmed: {}", input.unconfirmed.trim().replace('|', "\\|")),
            };
            let events = input.events.iter().map(|event| format!("`{event}`")).collect::<Vec<_>>().join(", ");
            text += &format!("| {source} | {} | {transport} | {status} | {events} | {samples} |\n", input.name);
        }
    }
    text
}

#[test]
fn the_page_lists_every_function_key_and_limit() {
    use cxtrace_sources::delivery::{MAX_BODY, MAX_DOCUMENTS, MAX_ITEMS};
    use cxtrace_sources::mapping::check;
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sources.md")).unwrap();
    for (name, kinds) in check::NATIVES {
        let call = format!("`{name}`");
        let is_listed = page.contains(&call) || page.contains(&format!("`{name}("));
        assert!(is_listed || ["key_values", "path"].contains(&name), "{name} {kinds}");
    }
    for text in [
        format!("| {} MB, 64 levels |", MAX_BODY / 1024 / 1024),
        format!("| items of a body | {},000 |", MAX_ITEMS / 1000),
        format!("| documents of an item | {MAX_DOCUMENTS}, "),
        format!("(at most {},000)", check::MAX_WORK / 1000),
    ] {
        assert!(page.contains(&text), "{text}");
    }
}

mod faults {
    //! A fault names the file, the line and the column, and says what to do.

    use cxtrace_sources::registry::folder::{self, Fault};

    const GOOD: &str = "\
title: Acme
inputs:
  - name: calls
    transport: webhook
    status: verified
    about: Calls.
auth: {default: {scheme: bearer}}
ids: {acme.call: {own: true}}
span_types: [telephony]
";

    fn fault(yaml: &str, map: Option<&str>) -> String {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("acme");
        std::fs::create_dir(&source).unwrap();
        std::fs::write(source.join("source.yaml"), yaml).unwrap();
        if let Some(map) = map {
            std::fs::write(source.join("map.jq"), map).unwrap();
        }
        match folder::read(Vec::new(), &[folder.path().to_owned()]) {
            Ok(_) => "none".to_owned(),
            Err(Fault(fault)) => fault.replace(&format!("{}/", source.display()), ""),
        }
    }

    #[test]
    fn a_definition_that_cannot_be_meant_is_refused_with_its_place() {
        assert_eq!(fault(GOOD, Some("{id: null}")), "none");
        for (from, to, expected) in [
            ("title: Acme", "titel: Acme", "source.yaml:1:1: "),
            ("    transport: webhook\n", "", "source.yaml:3:11: the input `calls` has no transport. Give one of"),
            ("transport: webhook", "transport: pigeon", "source.yaml:4:16: "),
            (
                "status: verified",
                "status: unconfirmed",
                "source.yaml:3:11: the input `calls` is unconfirmed. Say in `unconfirmed`",
            ),
            (
                "transport: webhook",
                "transport: eventbridge",
                "source.yaml:3:11: the input `calls` has no `eventbridge`.",
            ),
            (
                "{default: {scheme: bearer}}",
                "{other: {scheme: bearer}}",
                "source.yaml:3:11: the input `calls` uses `auth: default`",
            ),
            ("{scheme: bearer}", "{scheme: hmac}", "source.yaml:7:8: the entry `default` of auth has no `header`"),
            (
                "{scheme: bearer}",
                "{scheme: bearer, tolerance: soon}",
                "source.yaml:7:8: the entry `default` of auth has no valid `tolerance`",
            ),
            ("[telephony]", "[call]", "source.yaml:3:11: `call` is not a type of span. Use one of agent_interaction,"),
            ("acme.call", "Acme.call", "source.yaml:8:7: `Acme.call` is not a namespace."),
            (
                "    about: Calls.\n",
                "    about: Calls.\n    when: '.a | test(\"x\")'\n",
                "source.yaml:7:12: `when` of the input calls, line 1, column 6: `test` with 1 argument",
            ),
            ("title: Acme", "title: Acme\ndelay: soon", "source.yaml:2:8: `soon` is not a length of time"),
        ] {
            let found = fault(&GOOD.replace(from, to), Some("{id: null}"));
            assert!(found.starts_with(expected), "{to}: {found}");
        }
        let found = fault(GOOD, None);
        assert_eq!(found, "source.yaml: the input calls has no mapping. Write map.jq, or name another file with `map`");
        let found = fault(GOOD, Some("{id: .a}\n| reduce .[] as $x (0; 1)"));
        assert_eq!(
            found,
            "map.jq:2:3: `reduce` is not available. Mappings have no loops. Use map, select, add, any, all, first, min_by or group_by"
        );
    }
}

#[test]
fn the_build_has_shortened_each_program_and_found_its_constants() {
    for definition in Registry::built_in().definitions() {
        for (file, program) in &definition.programs {
            let (constants, code) = program.split_once('\n').unwrap();
            assert!(constants.starts_with("# constants: ["), "{} {file}", definition.source);
            assert!(!code.lines().any(|line| line.starts_with('#')), "{} {file}", definition.source);
        }
    }
}
