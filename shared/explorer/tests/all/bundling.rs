//! How the page's files become one script and one style sheet, and which forms are refused.

#[path = "../../build/bundle.rs"]
mod bundle;

use bundle::{Fault, Files};

fn files(files: &[(&str, &str)]) -> Files {
    files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
}

fn joined(given: &[(&str, &str)]) -> String {
    bundle::script(&files(given), bundle::SCRIPT).unwrap()
}

/// Where and why the files are refused.
fn refused(given: &[(&str, &str)]) -> String {
    bundle::script(&files(given), bundle::SCRIPT).map_err(|fault| fault.to_string()).unwrap_err()
}

#[test]
fn modules_become_functions_in_the_order_in_which_a_browser_runs_them() {
    let text = joined(&[
        (
            "main.js",
            "// The entry.\nimport { draw } from \"./chart/draw.js\";\nimport { h } from \"./lib/dom.js\";\n\ndraw(h);\n",
        ),
        (
            "chart/draw.js",
            "import {\n  h,\n  fill,\n} from \"../lib/dom.js\";\nexport function draw() {}\nconst own = 1;\n",
        ),
        ("lib/dom.js", "export const h = 1;\nexport async function fill() {}\nexport class Line {}\n"),
    ]);
    let expected = r#"const $files = {};

// lib/dom.js
$files["lib/dom.js"] = (() => {
const h = 1;
async function fill() {}
class Line {}
return { h, fill, Line };
})();

// chart/draw.js
$files["chart/draw.js"] = (() => {
const { h, fill } = $files["lib/dom.js"];
function draw() {}
const own = 1;
return { draw };
})();

// main.js
$files["main.js"] = (() => {
// The entry.
const { draw } = $files["chart/draw.js"];
const { h } = $files["lib/dom.js"];

draw(h);
return {  };
})();
"#;
    assert_eq!(text, expected);
}

#[test]
fn the_joined_module_exports_what_its_entry_exports() {
    let text = joined(&[("main.js", "export function drawn() {}\nexport const ready = 1;\n")]);
    assert!(text.ends_with("\nexport const { drawn, ready } = $files[\"main.js\"];\n"), "{text}");
}

#[test]
fn comments_may_mention_imports() {
    let text = "/** @import { A } from \"./types.js\" */\n/**\n * import(\"./a.js\")\n */\n// import.meta\nlet a;\n";
    assert!(joined(&[("main.js", text)]).contains(text));
}

#[test]
fn other_forms_of_import_and_export_are_refused_with_their_line() {
    for form in [
        "import \"./a.js\";",
        "import a from \"./a.js\";",
        "import * as a from \"./a.js\";",
        "import { a as b } from \"./a.js\";",
        "import { a, default as b } from \"./a.js\";",
        "import {} from \"./a.js\";",
        "import { a } from './a.js';",
        "import { a } from \"a\";",
        "import { a } from \"/a.js\";",
        "import { a } from \"./a.js\"",
        "import{ a } from \"./a.js\"; let b;",
        "  import { a } from \"./a.js\";",
        "const a = await import(\"./a.js\");",
        "const a = import.meta.url;",
        "export default function a() {}",
        "export function* a() {}",
        "export let a = 1;",
        "export var a = 1;",
        "export const { a } = b;",
        "export { a };",
        "export{ a };",
        "export * from \"./a.js\";",
        "  export const a = 1;",
        "await a();",
        "const $files = 1;",
    ] {
        let text = format!("// @ts-check\n{form}\n");
        let refusal = refused(&[("main.js", &text), ("a.js", "export const a = 1;\n")]);
        assert!(refusal.starts_with("main.js:2: "), "{form}: {refusal}");
    }
}

#[test]
fn imports_that_find_nothing_are_refused() {
    let main = ("main.js", "\nimport { a, b } from \"./a.js\";\n");
    assert_eq!(refused(&[main]), "main.js:2: The imported file \"a.js\" does not exist.");
    assert_eq!(refused(&[main, ("a.js", "export const a = 1;\n")]), "main.js:2: a.js does not export \"b\".");
}

#[test]
fn an_import_after_other_code_is_refused() {
    let refusal = refused(&[("main.js", "let b;\nimport { a } from \"./a.js\";\n"), ("a.js", "export const a = 1;\n")]);
    assert_eq!(refusal, "main.js:2: An import must come before all other code.");
}

#[test]
fn files_that_import_each_other_are_refused() {
    let refusal = refused(&[
        ("main.js", "import { a } from \"./a.js\";\n"),
        ("a.js", "import { b } from \"./b.js\";\nexport const a = 1;\n"),
        ("b.js", "import { a } from \"./a.js\";\nexport const b = 1;\n"),
    ]);
    assert_eq!(refusal, "b.js:1: The files import each other: main.js -> a.js -> b.js -> a.js.");
}

#[test]
fn style_sheets_are_joined_in_the_order_of_the_index() {
    let html = "<head>\n  <link rel=\"stylesheet\" href=\"/b.css\" />\n  <link rel=\"stylesheet\" href=\"/a.css\" />\n  \
                <link rel=\"modulepreload\" href=\"/a.js\" />\n  <script src=\"/main.js\"></script>\n</head>\n";
    let (index, sheets) = bundle::index(html);
    let expected =
        "<head>\n  <link rel=\"stylesheet\" href=\"/main.css\" />\n  <script src=\"/main.js\"></script>\n</head>\n";
    assert_eq!(index, expected);
    assert_eq!(sheets, ["b.css", "a.css"]);
    let given = files(&[("a.css", "a {}\n"), ("b.css", "b {}\n")]);
    assert_eq!(bundle::style_sheet(&given, &sheets).unwrap(), "b {}\n\na {}\n\n");
}

#[test]
fn a_style_sheet_that_is_missing_or_refers_to_another_file_is_refused() {
    let sheet = ["a.css".to_owned()];
    let fault = |text: &str| bundle::style_sheet(&files(&[("a.css", text)]), &sheet).unwrap_err();
    let problem = "A style sheet cannot use url(.".to_owned();
    assert_eq!(fault("a {\n  background: url(a.png);\n}\n"), Fault { file: "a.css".to_owned(), line: 2, problem });
    assert_eq!(fault("@import \"b.css\";").line, 1);
    assert_eq!(bundle::style_sheet(&Files::new(), &sheet).unwrap_err().file, "index.html");
}
