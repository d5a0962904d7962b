//! Tests that the code reads each setting in the functions that the registry names for it, and that the template accepts
//! the same correlations as the functions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cxtrace_settings::{Function, registry};
use cxtrace_sources::correlation::Correlations;
use regex::Regex;

use super::{file, template};
use crate::layout::arrows::drawn;

/// Types that hold several settings, each with the file that reads them.
const TOGETHER: [(&str, &str); 2] =
    [("MetricSettings", "shared/settings/src/metrics.rs"), ("JourneySettings", "shared/settings/src/journeys.rs")];

/// The code of a program.
struct Program {
    /// The code of its own crate.
    own: String,
    /// The same, with the code of the crates that it uses.
    all: String,
}

impl Program {
    /// The program of the crate `name`, whose code is in `folder`.
    fn of(name: &str, folder: &str) -> Self {
        let own = code(folder);
        // This crate declares every setting, so its code does not show who reads one.
        let used = used_by(name).into_iter().filter(|name| name != "settings");
        let all = used.fold(own.clone(), |all, name| all + &code(&format!("shared/{name}/src")));
        Self { own, all }
    }

    /// The program of a function. The code of another function that it uses counts as its own.
    fn of_function(function: Function) -> Self {
        let own = Self::of(function.name(), &format!("functions/{}/src", function.name()));
        used_by(function.name()).iter().fold(own, |program, name| {
            let used = code(&format!("functions/{name}/src"));
            Self { own: program.own + &used, all: program.all + &used }
        })
    }

    /// Whether it reads the setting `variable` itself, or uses the field that holds it in a type of several settings.
    fn reads(&self, variable: &str) -> bool {
        has(&self.all, &format!(r"\bregistry::{variable}\b"))
            || TOGETHER.iter().any(|(name, path)| {
                let field = field_of(variable, without_tests(&file(path)));
                let is_used =
                    |field: String| has(&self.all, &format!(r"\.{field}\b|\b{name} \{{[^}}]*\b{field}\b[^}}]*\}} ="));
                self.own.contains(name) && field.is_some_and(is_used)
            })
    }
}

/// Whether `pattern` is in `text`. The regex crate is built without Unicode's words, so a word's boundary is that of ASCII.
fn has(text: &str, pattern: &str) -> bool {
    ascii(pattern).is_match(text)
}

fn ascii(pattern: &str) -> Regex {
    let class = |pattern: String, class: &str| pattern.replace(class, &format!("(?-u:{class})"));
    Regex::new(&[r"\b", r"\w", r"\s"].into_iter().fold(pattern.to_owned(), class)).unwrap()
}

/// The field that holds the setting `variable` in `code`, which reads several settings.
fn field_of(variable: &str, code: &str) -> Option<String> {
    let read = ascii(&format!(r"(?m)^\s*(let )?(\w+)(?::| =) registry::{variable}\b"));
    let found = read.captures(code)?;
    let name = found[2].to_owned();
    if found.get(1).is_none() {
        return Some(name);
    }
    let user = ascii(&format!(r"(?m)^\s*(\w+): .*\b{name}\b"));
    user.captures(code).map(|found| found[1].to_owned())
}

fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

/// The code in `folder` without its tests. It is empty if there is no such folder.
fn code(folder: &str) -> String {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)];
    let mut code = String::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|stem| stem == "tests") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                code.push_str(without_tests(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    code
}

/// The crates that the crate `name` uses, also through others.
fn used_by(name: &str) -> BTreeSet<String> {
    let drawn: BTreeMap<_, _> = drawn().into_iter().collect();
    let (mut used, mut open) = (BTreeSet::new(), vec![name.to_owned()]);
    while let Some(name) = open.pop() {
        for other in &drawn[&name] {
            if used.insert(other.clone()) {
                open.push(other.clone());
            }
        }
    }
    used
}

#[test]
fn every_setting_is_read_by_the_functions_that_it_names() {
    let specs = || registry::ALL.iter().map(|setting| setting.spec());
    let mut unread = Vec::new();
    for function in Function::ALL {
        let program = Program::of_function(*function);
        let named = specs().filter(|spec| spec.readers.contains(function));
        let missing = named.filter(|spec| !program.reads(spec.variable));
        unread.extend(missing.map(|spec| format!("{} does not read {}", function.name(), spec.variable)));
    }
    let twin = Program::of("cxtrace", "local/src");
    let missing = specs().filter(|spec| spec.readers.is_empty() && !twin.reads(spec.variable));
    unread.extend(missing.map(|spec| format!("the twin does not read {}", spec.variable)));
    assert!(unread.is_empty(), "{}", unread.join("\n"));
}

#[test]
fn a_setting_that_nobody_reads_is_found() {
    let explorer = Program::of_function(Function::JourneyExplorer);
    assert!(explorer.reads("SIGN_IN_ISSUER") && explorer.reads("RETENTION_DAYS"));
    assert!(!explorer.reads("JOURNEY_BUS"), "only another function reads it");
    assert!(!explorer.reads("NO_SUCH_SETTING"));
    let program = |code: &str| Program { own: code.to_owned(), all: code.to_owned() };
    assert!(program("MetricSettings settings.max_series").reads("MAX_SERIES"));
    assert!(program("let MetricSettings { max_series, .. } = settings").reads("MAX_SERIES"));
    assert!(!program("MetricSettings settings.template").reads("MAX_SERIES"), "nobody uses the field");
}

#[test]
fn the_template_accepts_the_same_correlations_as_the_functions() {
    let template = template();
    let pattern = template["Parameters"]["CorrelationAttributes"]["AllowedPattern"].as_str().unwrap();
    let accepted = ["", "webCode=web.code", "webCode=web.code, CRM case (EU)=crm.case", "case=id=crm.case"];
    let refused = ["crm", "=crm.case", "case=CRM", "case=crm.case,trace"];
    for setting in accepted.iter().chain(&refused) {
        assert_eq!(has(setting, pattern), accepted.contains(setting), "{setting:?}");
        assert_eq!(Correlations::read(setting).is_ok(), accepted.contains(setting), "{setting:?}");
    }
}
