//! Objects as an outline for people: groups, titles and queries.

use std::fmt::Write;

use serde_json::Value;

use crate::catalogue::{Object, ObjectKind};

/// The outline of an object.
#[must_use]
pub fn outline(object: &Object) -> String {
    match object.kind {
        ObjectKind::Dashboard => dashboard(object),
        ObjectKind::Monitor => monitor(object),
        ObjectKind::Metadata => {
            let text = |part: &str| object.body[part].as_str().unwrap_or_default().to_owned();
            format!("{}  [{}]\n    {}\n", object.key, text("unit"), text("description"))
        }
    }
}

fn dashboard(object: &Object) -> String {
    let mut text = format!("{}  [dashboard {}]\n", object.title, object.key);
    let variables: Vec<_> =
        list(&object.body["template_variables"]).filter_map(|variable| variable["name"].as_str()).collect();
    if !variables.is_empty() {
        line(&mut text, 1, &format!("filters: {}", variables.join(", ")));
    }
    for group in list(&object.body["widgets"]) {
        line(&mut text, 1, group["definition"]["title"].as_str().unwrap_or_default());
        for widget in list(&group["definition"]["widgets"]) {
            widget_lines(&mut text, &widget["definition"]);
        }
    }
    text
}

fn widget_lines(text: &mut String, widget: &Value) {
    let kind = widget["type"].as_str().unwrap_or_default();
    if kind == "note" {
        return;
    }
    line(text, 2, &format!("{}  [{kind}]", widget["title"].as_str().unwrap_or_default()));
    if let Some(query) = widget["query"].as_str() {
        line(text, 3, query);
    }
    for request in list(&widget["requests"]) {
        let queries: Vec<_> = list(&request["queries"]).collect();
        for query in &queries {
            line(
                text,
                3,
                &format!(
                    "{} = {}",
                    query["name"].as_str().unwrap_or_default(),
                    query["query"].as_str().unwrap_or_default()
                ),
            );
        }
        for formula in list(&request["formulas"]) {
            let shown = formula["formula"].as_str().unwrap_or_default();
            match formula["alias"].as_str() {
                Some(alias) => line(text, 3, &format!("{alias}: {shown}")),
                None if queries.iter().any(|query| query["name"] == shown) => {}
                None => line(text, 3, shown),
            }
        }
    }
    for link in list(&widget["custom_links"]) {
        line(text, 3, &format!("link: {}", link["link"].as_str().unwrap_or_default()));
    }
}

fn monitor(object: &Object) -> String {
    let mut text = format!("{}  [monitor {}]\n", object.title, object.key);
    line(&mut text, 1, object.body["query"].as_str().unwrap_or_default());
    line(&mut text, 1, object.body["message"].as_str().and_then(|message| message.lines().next()).unwrap_or_default());
    text
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn line(text: &mut String, depth: usize, content: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}{content}", "  ".repeat(depth));
}
