//! Which file of a crate imports which: a scan of `use` and of paths, not a compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;

/// A module, by the names on the way to it. The root has none.
type Module = Vec<String>;

/// The files of a crate, with their text.
pub(super) struct Crate(BTreeMap<Module, String>);

impl Crate {
    /// The files under a folder `src`, without binaries.
    pub(super) fn read(src: &Path) -> Self {
        fn walk(folder: &Path, src: &Path, files: &mut Vec<(String, String)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with("bin") {
                    walk(&path, src, files);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(src).unwrap().with_extension("");
                    files.push((name.to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut files = Vec::new();
        walk(src, src, &mut files);
        Self::of(files.iter().map(|(name, text)| (name.as_str(), text.as_str())))
    }

    /// Files by their names below `src`, without `.rs`.
    pub(super) fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut all = BTreeMap::new();
        for (name, text) in files {
            let mut module: Module = name.split('/').map(str::to_owned).collect();
            if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
                module.pop();
            }
            all.entry(module).and_modify(|known: &mut String| known.push_str(text)).or_insert_with(|| text.to_owned());
        }
        Self(all)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every circle, as `a -> b -> a`: one for each first file of a circle.
    pub(super) fn circles(&self) -> Vec<String> {
        let imports: BTreeMap<&Module, BTreeSet<Module>> =
            self.0.iter().map(|(module, text)| (module, self.imports(module, text))).collect();
        let mut circles = Vec::new();
        let mut seen = BTreeSet::new();
        for start in imports.keys() {
            if let Some(circle) = shortest(start, &imports).filter(|circle| !circle.iter().any(|at| seen.contains(at)))
            {
                seen.extend(circle.iter().cloned());
                let names = circle.iter().chain(circle.first()).map(|module| match module.join("/") {
                    root if root.is_empty() => "the root".to_owned(),
                    name => name,
                });
                circles.push(names.collect::<Vec<_>>().join(" -> "));
            }
        }
        circles
    }

    fn imports(&self, module: &Module, text: &str) -> BTreeSet<Module> {
        let comment = Regex::new(r"//[^\n]*").unwrap();
        let tests = Regex::new(r"(?ms)^#\[cfg\(test\)\]\n(#\[[^\n]*\n)*mod [a-z_]+ \{.*?^\}").unwrap();
        let inline_tests = Regex::new(r"(?ms)^mod tests \{.*?^\}").unwrap();
        let text = comment.replace_all(text, "");
        let text = tests.replace_all(&text, "");
        let text = inline_tests.replace_all(&text, "");
        let mut paths = Vec::new();
        let import = Regex::new(r"(?-u:\b)use[ \n]+([^;]+);").unwrap();
        for found in import.captures_iter(&text) {
            expand(&[], &found[1], &mut paths);
        }
        let inline = Regex::new(r"(?-u:\b)(?:crate|super|self)(?:::[A-Za-z0-9_]+)+").unwrap();
        let rest = import.replace_all(&text, "");
        paths.extend(inline.find_iter(&rest).map(|path| path.as_str().split("::").map(str::to_owned).collect()));
        paths.iter().filter_map(|path| self.target(module, path)).filter(|target| target != module).collect()
    }

    /// The file that a path leads to from `module`, if it is one of this crate.
    fn target(&self, module: &Module, path: &[String]) -> Option<Module> {
        let ups = path.iter().take_while(|name| *name == "super").count();
        let (mut at, rest) = match path.first()?.as_str() {
            "crate" => (Module::new(), &path[1..]),
            "self" => (module.clone(), &path[1..]),
            "super" => (module[..module.len().saturating_sub(ups)].to_vec(), &path[ups..]),
            name if self.0.contains_key(&[module.as_slice(), &[name.to_owned()]].concat()) => (module.clone(), path),
            _ => return None,
        };
        for name in rest {
            at.push(name.clone());
            if !self.0.contains_key(&at) {
                at.pop();
                break;
            }
        }
        self.0.contains_key(&at).then_some(at)
    }
}

/// The paths of a `use` with braces, each in full.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Module>) {
    let mut depth = 0;
    let items = tree.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for item in items.map(str::trim).filter(|item| !item.is_empty()) {
        let (path, more) = item.split_once('{').map_or((item, None), |(path, more)| (path, Some(more)));
        let path = path.split(" as ").next().unwrap_or_default();
        let names = path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        let full: Module = prefix.iter().cloned().chain(names).collect();
        match more {
            Some(more) => expand(&full, more.trim_end().trim_end_matches('}'), paths),
            None => paths.push(full),
        }
    }
}

/// The shortest way from `start` back to it.
fn shortest(start: &Module, imports: &BTreeMap<&Module, BTreeSet<Module>>) -> Option<Vec<Module>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in way.last().and_then(|last| imports.get(last)).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way.iter().cloned().chain([next.clone()]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}
