//! Reads every `source.yaml`, adds what each extends, and checks what no single definition shows. A fault names the file
//! and says what to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::definition::{Class, Definition, IdDeclaration};

/// A definition that cannot be used.
pub(crate) struct Fault(pub(crate) String);

/// The definitions of `folders`. A later folder wins over an earlier one.
pub(crate) fn read(folders: &[PathBuf]) -> Result<Vec<Definition>, Fault> {
    let mut all: BTreeMap<String, (PathBuf, Definition)> = BTreeMap::new();
    for folder in folders {
        let mut found = BTreeMap::new();
        for name in names(folder)? {
            let path = folder.join(&name).join("source.yaml");
            found.insert(name.clone(), (path.clone(), definition(&name, &path)?));
        }
        // What a definition extends may be in the same folder, under another name, or in an earlier one.
        let mut done = BTreeMap::new();
        for name in found.keys() {
            done.insert(name.clone(), resolved(name, &found, &all, &mut Vec::new())?);
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
        .filter_map(|entry| Some(entry.ok()?.file_name().into_string().ok()?))
        .filter(|name| folder.join(name).join("source.yaml").is_file())
        .collect();
    names.sort();
    Ok(names)
}

fn definition(name: &str, path: &Path) -> Result<Definition, Fault> {
    let at = path.display();
    let text = fs::read_to_string(path).map_err(|error| Fault(format!("{at} cannot be read: {error}")))?;
    let read: Definition = serde_saphyr::from_str(&text).map_err(|error| Fault(format!("{at}: {error}")))?;
    check(name, &read).map_err(|problem| Fault(format!("{at}{}: {problem}", line_of(&text, &problem))))?;
    Ok(Definition { source: name.to_owned(), ..read })
}

/// The line that a problem is about: the first that holds the text between the problem's first backticks.
fn line_of(text: &str, problem: &str) -> String {
    let named = problem.split('`').nth(1).unwrap_or_default();
    let line = text.lines().position(|line| !named.is_empty() && line.contains(named));
    line.map(|line| format!(":{}", line + 1)).unwrap_or_default()
}

fn check(name: &str, definition: &Definition) -> Result<(), String> {
    let is_name = |text: &str| {
        (2..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    let is_namespace = |text: &str| {
        (2..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_')
            && text != "phone"
    };
    let shape = "2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter";
    if !definition.source.is_empty() && definition.source != name {
        return Err(format!(
            "`{}` is not the folder's name. Leave `source` out, or rename the folder",
            definition.source
        ));
    }
    if definition.speaks_for.contains("*") && !definition.is_example {
        return Err("only an example may speak for everybody. List names in `speaks_for`".to_owned());
    }
    let spoken_for = definition.speaks_for.iter().filter(|name| *name != "*");
    for text in spoken_for.chain(&definition.platforms).map(String::as_str).chain([name]) {
        if !is_name(text) {
            return Err(format!("`{text}` is not a source's name. Use {shape}"));
        }
    }
    for text in definition.ids.keys().chain(definition.links.keys()) {
        if !is_namespace(text) && text != "*" {
            return Err(format!(
                "`{text}` is not a namespace. Use 2 to 40 lower-case letters, digits, dots and underscores"
            ));
        }
    }
    for (namespace, declaration) in &definition.ids {
        match declaration.class {
            Some(Class::Public) if declaration.shapes.is_empty() => {
                return Err(format!(
                    "`{namespace}` is public and has no shapes. List them, or give the class pseudonym"
                ));
            }
            Some(Class::Public) => {}
            _ if declaration.shapes.is_empty() => {}
            _ => {
                return Err(format!("`{namespace}` has shapes and is not public. Give the class public, or no shapes"));
            }
        }
    }
    for envelope in &definition.envelopes {
        let stem = envelope.strip_suffix('*').unwrap_or(envelope);
        if stem.is_empty() || stem.contains('*') {
            return Err(format!(
                "`{envelope}` is not an envelope's source. Write it whole, or its beginning and one `*`"
            ));
        }
    }
    for group in &definition.attributes {
        let first = group.names.first().map(String::as_str).unwrap_or_default();
        let shapes = [!group.words.is_empty(), !group.patterns.is_empty(), group.kind.is_some()];
        let given = shapes.into_iter().filter(|given| *given).count();
        let is_public = group.class.is_none_or(|class| class == Class::Public);
        if first.is_empty() || (is_public && given != 1) || (!is_public && given != 0) {
            return Err(format!(
                "the attributes from `{first}` on need names, and for the class public one of words, patterns or kind"
            ));
        }
    }
    match definition.authority {
        Some(authority) if !(1..=100).contains(&authority) => {
            Err(format!("the authority `{authority}` is out of range. Give a number from 1 to 100"))
        }
        _ => Ok(()),
    }
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
    let base = Definition { envelopes: Default::default(), speaks_for: Default::default(), is_abstract: false, ..base };
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
        for name in definition.speaks_for.iter().filter(|name| **name != definition.source) {
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
