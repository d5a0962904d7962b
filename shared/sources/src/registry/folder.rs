//! Reads every `source.yaml` of folders, adds what each extends, and checks what no single definition shows. A fault names
//! the file, the line and the column, and says what to do. `build.rs` and `cxtrace source` use this module. It must not know
//! what a definition is used for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::check;
use super::checks::check_definition;
use super::definition::{Definition, IdDeclaration};

/// A definition that cannot be used. It may have several lines, one for each fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

/// The definitions of `folders`, on top of `built_in`. A later folder wins over an earlier one.
///
/// # Errors
/// When a definition cannot be used.
pub fn read(built_in: Vec<Definition>, folders: &[PathBuf]) -> Result<Vec<Definition>, Fault> {
    let place = |definition: Definition| {
        let path = PathBuf::from(format!("the built-in {}/source.yaml", definition.source));
        (definition.source.clone(), (path, definition))
    };
    let mut all: Found = built_in.into_iter().map(place).collect();
    for folder in folders {
        let mut found = BTreeMap::new();
        let mut faults = Vec::new();
        for name in names(folder)? {
            let path = folder.join(&name).join("source.yaml");
            match definition(&name, &path) {
                Ok(definition) => drop(found.insert(name.clone(), (path, definition))),
                Err(Fault(fault)) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(Fault(faults.join("\n")));
        }
        // What a definition extends may be in the same folder, under another name, or in an earlier one.
        let mut done = BTreeMap::new();
        for name in found.keys() {
            let (path, definition) = resolved(name, &found, &all, &mut Vec::new())?;
            match check_programs(&path, &definition) {
                Ok(()) => drop(done.insert(name.clone(), (path, definition))),
                Err(Fault(fault)) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(Fault(faults.join("\n")));
        }
        all.extend(done);
    }
    let definitions: Vec<_> = all.values().cloned().collect();
    check_together(&definitions)?;
    Ok(definitions.into_iter().map(|(_, definition)| definition).collect())
}

type Found = BTreeMap<String, (PathBuf, Definition)>;

fn names(folder: &Path) -> Result<Vec<String>, Fault> {
    let entries =
        fs::read_dir(folder).map_err(|error| Fault(format!("{} cannot be read: {error}", folder.display())))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| folder.join(name).join("source.yaml").is_file())
        .collect();
    names.sort();
    Ok(names)
}

fn definition(name: &str, path: &Path) -> Result<Definition, Fault> {
    let at = path.display();
    let text = fs::read_to_string(path).map_err(|error| Fault(format!("{at} cannot be read: {error}")))?;
    let mut read: Definition = serde_saphyr::from_str(&text).map_err(|error| {
        let place = error.location().map(|place| format!(":{}:{}", place.line(), place.column())).unwrap_or_default();
        let problem = error.without_snippet().to_string();
        Fault(format!("{at}{place}: {}. docs/sources.md lists the keys", problem.trim_end_matches('.')))
    })?;
    check_definition(name, &read).map_err(|problem| Fault(format!("{at}{}: {problem}", place_of(&text, &problem))))?;
    for input in &read.inputs {
        let file = input.map_file();
        let path = path.with_file_name(file);
        if let Ok(program) = fs::read_to_string(&path) {
            read.programs.insert(file.to_owned(), program);
        }
    }
    Ok(Definition { source: name.to_owned(), ..read })
}

/// The place that a problem is about: the first that holds the text between the problem's first backticks.
fn place_of(text: &str, problem: &str) -> String {
    let named = problem.split('`').nth(1).unwrap_or_default();
    let mut lines = text.lines().enumerate();
    let place = lines.find_map(|(at, line)| Some((at + 1, line.find(named).filter(|_| !named.is_empty())? + 1)));
    place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default()
}

/// Checks that every program of a definition can be run.
fn check_programs(path: &Path, definition: &Definition) -> Result<(), Fault> {
    let text = fs::read_to_string(path).unwrap_or_default();
    for input in &definition.inputs {
        for (key, code) in [("when", &input.when), ("split", &input.split)] {
            let Some(code) = code else { continue };
            let first = code.lines().next().unwrap_or_default().trim();
            check::read(code, [(); check::NATIVES.len()]).map_err(|problem| {
                let place = place_of(&text, &format!("`{first}`"));
                let input = &input.name;
                let (line, column) = (problem.line, problem.column);
                Fault(format!(
                    "{}{place}: `{key}` of the input {input}, line {line}, column {column}: {}",
                    path.display(),
                    problem.text
                ))
            })?;
        }
        let file = path.with_file_name(input.map_file());
        let Some(program) = definition.programs.get(input.map_file()) else {
            return Err(Fault(format!(
                "{}: the input {} has no mapping. Write {}, or name another file with `map`",
                path.display(),
                input.name,
                file.display()
            )));
        };
        check::read(program, [(); check::NATIVES.len()]).map_err(|problem| {
            Fault(format!("{}:{}:{}: {}", file.display(), problem.line, problem.column, problem.text))
        })?;
    }
    Ok(())
}

fn resolved(
    name: &str,
    found: &Found,
    earlier: &Found,
    open: &mut Vec<String>,
) -> Result<(PathBuf, Definition), Fault> {
    let Some((path, own)) = found.get(name) else {
        let known = not_an_example(name, earlier)?.cloned();
        return known.ok_or_else(|| Fault(format!("no definition is called `{name}`")));
    };
    let Some(base) = &own.extends else { return Ok((path.clone(), own.clone())) };
    let fault = |problem: String| Fault(format!("{}: {problem}", path.display()));
    if base == name {
        let (_, base) = not_an_example(name, earlier)?
            .ok_or_else(|| fault(format!("it extends `{name}`, and no built-in definition has that name")))?;
        return Ok((path.clone(), extended(base.clone(), own.clone())));
    }
    if open.contains(base) {
        return Err(fault(format!("it extends `{base}`, which extends this one")));
    }
    open.push(name.to_owned());
    let (_, base) =
        resolved(base, found, earlier, open).map_err(|Fault(inner)| fault(format!("it extends `{base}`: {inner}")))?;
    // Nobody inherits who may speak: that is what a definition is for.
    let base = Definition {
        envelopes: Default::default(),
        speaks_for: Default::default(),
        aliases: Default::default(),
        is_abstract: false,
        ..base
    };
    Ok((path.clone(), extended(base, own.clone())))
}

/// The built-in definition of this name. Examples may do more than is wise in production, so nobody builds on them.
fn not_an_example<'a>(name: &str, earlier: &'a Found) -> Result<Option<&'a (PathBuf, Definition)>, Fault> {
    match earlier.get(name) {
        Some((path, definition)) if definition.is_example => Err(Fault(format!(
            "`{name}` is an example. Copy what you need of {} and leave out `extends` and `example`",
            path.display()
        ))),
        known => Ok(known),
    }
}

/// Lists grow, and what is said once is said anew.
fn extended(mut base: Definition, own: Definition) -> Definition {
    base.envelopes.extend(own.envelopes);
    base.speaks_for.extend(own.speaks_for);
    base.aliases.extend(own.aliases);
    base.console.extend(own.console);
    base.programs.extend(own.programs);
    base.auth.schemes.extend(own.auth.schemes);
    base.auth.handshake = own.auth.handshake.or(base.auth.handshake);
    // Its own inputs are tried first. One of the same name takes the place of the other's.
    base.inputs.retain(|input| !own.inputs.iter().any(|own| own.name == input.name));
    base.inputs = own.inputs.into_iter().chain(base.inputs).collect();
    base.platforms.extend(own.platforms);
    base.span_types.extend(own.span_types);
    base.speaks_of.extend(own.speaks_of);
    base.ids.extend(own.ids);
    base.links.extend(own.links);
    base.keys.extend(own.keys);
    base.names.extend(own.names);
    base.reasons.extend(own.reasons);
    base.attributes.extend(own.attributes);
    Definition {
        source: own.source,
        title: if own.title.is_empty() { base.title } else { own.title },
        is_abstract: own.is_abstract,
        is_example: own.is_example || base.is_example,
        authority: own.authority.or(base.authority),
        delay: own.delay.or(base.delay),
        extends: None,
        ..base
    }
}

/// Two definitions must not say different things about one namespace, nor claim one name.
fn check_together(all: &[(PathBuf, Definition)]) -> Result<(), Fault> {
    // A deployer's definition need not agree with an example.
    let (examples, others): (Vec<_>, Vec<_>) = all.iter().partition(|(_, definition)| definition.is_example);
    [examples, others].iter().try_for_each(|group| check_group(group))
}

fn check_group(all: &[&(PathBuf, Definition)]) -> Result<(), Fault> {
    let mut namespaces: BTreeMap<&str, (&Path, &IdDeclaration)> = BTreeMap::new();
    let mut speakers: BTreeMap<&str, &Path> = BTreeMap::new();
    for (path, definition) in all {
        for (namespace, declaration) in definition.ids.iter().filter(|(_, declaration)| declaration.class.is_some()) {
            let (other, first) = *namespaces.entry(namespace).or_insert((path, declaration));
            if (first.class, &first.shapes, first.strict)
                != (declaration.class, &declaration.shapes, declaration.strict)
            {
                let (path, other) = (path.display(), other.display());
                return Err(Fault(format!(
                    "{path}: `{namespace}` has another class or other shapes than in {other}. Say it in one of them, and \
                     only `own: true` in the other"
                )));
            }
        }
        let names = definition.speaks_for.iter().chain(&definition.aliases);
        for name in names.filter(|name| **name != definition.source) {
            if let Some(other) = speakers.insert(name, path) {
                let (path, other) = (path.display(), other.display());
                return Err(Fault(format!(
                    "{path}: `{name}` is also spoken for in {other}. One definition must do it"
                )));
            }
        }
    }
    Ok(())
}
