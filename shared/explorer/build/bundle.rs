//! Joins the page's files: its modules into one script, its style sheets into one, and `index.html` refers to these two.
//! It knows the forms of import and export that the page uses, and refuses all others. It reads no files.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write as _};

/// The module that `index.html` starts. The joined script has its name.
pub(crate) const SCRIPT: &str = "main.js";

/// The name of the joined style sheet.
pub(crate) const STYLE_SHEET: &str = "main.css";

/// The object in the joined script that holds each file's exports. No file may use this name.
const EXPORTS: &str = "$files";

/// Texts of files by their names. `/` separates folders.
pub(crate) type Files = BTreeMap<String, String>;

/// What cannot be joined, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) problem: String,
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.problem)
    }
}

/// `index.html` with one style sheet and no preloaded modules, and the names of the style sheets that it linked, in
/// order. Each `<link>` must be on a line of its own.
pub(crate) fn index(html: &str) -> (String, Vec<String>) {
    let (mut joined, mut sheets) = (String::new(), Vec::new());
    for line in html.lines() {
        if line.contains("rel=\"modulepreload\"") {
            continue;
        }
        if line.contains("rel=\"stylesheet\"") {
            let name = line.split_once("href=\"/").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
            let name = name.unwrap_or_default().to_owned();
            if sheets.is_empty() {
                joined.push_str(&line.replace(&name, STYLE_SHEET));
                joined.push('\n');
            }
            sheets.push(name);
        } else {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    (joined, sheets)
}

/// The style sheets `sheets`, in this order. A sheet must not refer to another file: the address would change.
pub(crate) fn style_sheet(files: &Files, sheets: &[String]) -> Result<String, Fault> {
    let mut joined = String::new();
    for name in sheets {
        let missing = || fault("index.html", 0, format!("The style sheet {name:?} does not exist."));
        let text = files.get(name).ok_or_else(missing)?;
        for (nth, line) in text.lines().enumerate() {
            if let Some(form) = ["@import", "@charset", "url("].iter().find(|form| line.contains(**form)) {
                return Err(fault(name, nth + 1, format!("A style sheet cannot use {form}.")));
            }
        }
        joined.push_str(text);
        joined.push('\n');
    }
    Ok(joined)
}

/// The module `entry` and all modules that it imports, in the order in which a browser runs them. The exports of the
/// joined module are those of `entry`.
///
/// Each file becomes a function that returns its exports. That is the same as a module as long as no two files import
/// each other, no export is assigned again, and no file waits outside of functions.
pub(crate) fn script(files: &Files, entry: &str) -> Result<String, Fault> {
    let mut bundle = Bundle { files, open: Vec::new(), exports: BTreeMap::new(), text: String::new() };
    let _ = writeln!(bundle.text, "const {EXPORTS} = {{}};");
    bundle.add(entry)?;
    let exports = bundle.exports.remove(entry).unwrap_or_default();
    if !exports.is_empty() {
        let _ = writeln!(bundle.text, "export const {{ {} }} = {EXPORTS}[{entry:?}];", exports.join(", "));
    }
    Ok(bundle.text)
}

struct Bundle<'a> {
    files: &'a Files,
    /// The files that are being added: each imports the next one.
    open: Vec<String>,
    /// The exported names of the files that have been added.
    exports: BTreeMap<String, Vec<String>>,
    text: String,
}

impl Bundle<'_> {
    fn add(&mut self, name: &str) -> Result<(), Fault> {
        let module = Module::read(name, self.files.get(name).map(String::as_str).unwrap_or_default())?;
        self.open.push(name.to_owned());
        for import in &module.imports {
            self.import(name, import)?;
        }
        self.open.pop();
        let _ = writeln!(self.text, "\n// {name}\n{EXPORTS}[{name:?}] = (() => {{");
        self.text.push_str(&module.body);
        let _ = writeln!(self.text, "return {{ {} }};\n}})();", module.exports.join(", "));
        self.exports.insert(name.to_owned(), module.exports);
        Ok(())
    }

    /// Adds the file that `import` of the file `name` needs.
    fn import(&mut self, name: &str, import: &Import) -> Result<(), Fault> {
        let Import { line, names, file } = import;
        if !self.files.contains_key(file) {
            return Err(fault(name, *line, format!("The imported file {file:?} does not exist.")));
        }
        if self.open.contains(file) {
            return Err(fault(
                name,
                *line,
                format!("The files import each other: {} -> {file}.", self.open.join(" -> ")),
            ));
        }
        if !self.exports.contains_key(file) {
            self.add(file)?;
        }
        let exports = &self.exports[file];
        match names.iter().find(|wanted| !exports.contains(wanted)) {
            Some(wanted) => Err(fault(name, *line, format!("{file} does not export {wanted:?}."))),
            None => Ok(()),
        }
    }
}

struct Import {
    line: usize,
    names: Vec<String>,
    file: String,
}

/// A file whose imports read `EXPORTS`, and whose declarations have no `export`.
struct Module {
    imports: Vec<Import>,
    exports: Vec<String>,
    body: String,
}

impl Module {
    /// Imports and exports must begin their lines. Imports come before all other code, as they run before it.
    fn read(name: &str, text: &str) -> Result<Self, Fault> {
        let mut module = Self { imports: Vec::new(), exports: Vec::new(), body: String::new() };
        let mut has_code = false;
        let mut lines = text.lines().enumerate().map(|(nth, line)| (nth + 1, line));
        while let Some((nth, line)) = lines.next() {
            let refused = |problem: &str| Err(fault(name, nth, problem.to_owned()));
            if is_comment(line) {
                module.body.push_str(line);
            } else if starts_with_word(line, "import") {
                let mut statement = line.to_owned();
                while !statement.contains(';') {
                    let Some((_, next)) = lines.next() else { break };
                    statement.push_str(next);
                }
                let Some((names, path)) = import_of(&statement) else {
                    return refused("This form of import is unknown. Write: import { a, b } from \"./file.js\";");
                };
                if has_code {
                    return refused("An import must come before all other code.");
                }
                let file = resolve(name, path);
                let _ = write!(module.body, "const {{ {} }} = {EXPORTS}[{file:?}];", names.join(", "));
                module.imports.push(Import { line: nth, names, file });
            } else if let Some(declaration) = line.strip_prefix("export ") {
                has_code = true;
                let Some(export) = export_of(declaration) else {
                    return refused(
                        "This form of export is unknown. Export a function, a class or a const by its name.",
                    );
                };
                module.exports.push(export);
                module.body.push_str(declaration);
            } else if ["import", "export"].iter().any(|word| starts_with_word(line.trim_start(), word)) {
                return refused("An import or export must begin its line, with a space after the word.");
            } else if line.contains("import(") || line.contains("import.meta") {
                return refused("A file cannot import another one later, or ask for its own address.");
            } else if starts_with_word(line, "await") {
                return refused("A file cannot wait outside of functions.");
            } else if line.contains(EXPORTS) {
                return refused("This name is reserved for the joined script.");
            } else {
                has_code |= !line.is_empty();
                module.body.push_str(line);
            }
            module.body.push('\n');
        }
        Ok(module)
    }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with('*') || (line.starts_with("/*") && !line.contains("*/ "))
}

fn starts_with_word(line: &str, word: &str) -> bool {
    line.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_part_of_name))
}

/// The names and the path of `import { a, b } from "./file.js";`.
fn import_of(statement: &str) -> Option<(Vec<String>, &str)> {
    let (names, rest) = statement.strip_prefix("import")?.trim_start().strip_prefix('{')?.split_once('}')?;
    let path = rest.trim().strip_prefix("from")?.trim_start().strip_prefix('"')?.strip_suffix("\";")?;
    let names: Vec<_> = names.trim().trim_end_matches(',').split(',').map(|name| name.trim().to_owned()).collect();
    let is_name = |name: &String| !name.is_empty() && name.chars().all(is_part_of_name);
    let is_path = (path.starts_with("./") || path.starts_with("../")) && !path.contains('"');
    (names.iter().all(is_name) && is_path).then_some((names, path))
}

/// The name that `function name(`, `class Name` or `const name =` declares.
fn export_of(declaration: &str) -> Option<String> {
    let declares = ["async function ", "function ", "class ", "const "];
    let rest = declares.iter().find_map(|word| declaration.strip_prefix(word))?;
    let name: String = rest.chars().take_while(|&c| is_part_of_name(c)).collect();
    (!name.is_empty()).then_some(name)
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// The file that `path` means in the file `from`.
fn resolve(from: &str, path: &str) -> String {
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in path.split('/') {
        match step {
            "." => {}
            ".." => drop(steps.pop()),
            _ => steps.push(step),
        }
    }
    steps.join("/")
}

fn fault(file: &str, line: usize, problem: String) -> Fault {
    Fault { file: file.to_owned(), line, problem }
}
