//! From a dashboard's short form to Datadog's JSON (API reference, *Create a new dashboard*, v1).

use serde_json::{Value, json};

use crate::definition::{Colour, Dashboard, Formula, Group, Show, Variable, Widget};
use crate::deployment::{Deployment, FLOW_METRICS};
use crate::flow_names::{self, Asked, MAX_NAMES};
use crate::query::{Filter, MetricQuery, QueryError};

/// The JSON of `dashboard` for `deployment`, without a mark; `None` when none of its metrics can be named.
pub(crate) fn json(dashboard: &Dashboard, deployment: &Deployment) -> Result<Option<Value>, QueryError> {
    let is_used = |variable: &Variable| {
        let metrics = metrics(dashboard, deployment);
        metrics.iter().any(|metric| tags(metric, deployment).contains(&variable.tag.as_str()))
    };
    let variables: Vec<_> = dashboard.variables.iter().filter(|variable| is_used(variable)).cloned().collect();
    let mut groups = Vec::new();
    for group in dashboard.groups.iter().filter(|group| is_shown(group, deployment)) {
        groups.push(group_json(group, &variables, deployment)?);
    }
    let has_data = groups.iter().flat_map(|group| group["definition"]["widgets"].as_array()).flatten();
    let has_data = has_data.clone().any(|widget| widget["definition"].get("requests").is_some());
    if !has_data {
        return Ok(None);
    }
    let variables = variables.iter().map(|Variable { name, tag, default, .. }| {
        json!({"name": name, "prefix": tag, "available_values": [], "defaults": [default]})
    });
    Ok(Some(json!({
        "title": dashboard.title,
        "description": dashboard.description,
        "layout_type": "ordered",
        "reflow_type": "auto",
        "template_variables": variables.collect::<Vec<_>>(),
        "widgets": groups,
    })))
}

fn is_shown(group: &Group, deployment: &Deployment) -> bool {
    let has_tag = |tag: &String| tags(FLOW_METRICS, deployment).contains(&tag.as_str());
    (!group.aws || deployment.aws) && group.needs_tag.as_ref().is_none_or(has_tag)
}

/// The metrics that the dashboard's definition names.
fn metrics(dashboard: &Dashboard, deployment: &Deployment) -> Vec<String> {
    let widgets = dashboard.groups.iter().filter(|group| is_shown(group, deployment)).flat_map(|group| &group.widgets);
    let queries = widgets.flat_map(|widget| &widget.queries);
    queries.flat_map(|query| MetricQuery::find_all(query)).map(|(_, query)| query.metric).collect()
}

fn tags<'a>(metric: &str, deployment: &'a Deployment) -> Vec<&'a str> {
    deployment.tags_of(metric).unwrap_or_default()
}

fn group_json(group: &Group, variables: &[Variable], deployment: &Deployment) -> Result<Value, QueryError> {
    let mut widgets = Vec::new();
    if let Some(note) = &group.note {
        widgets.push(note_json(note.trim_end()));
    }
    let mut left_out = 0;
    for widget in &group.widgets {
        if let Some((json, left)) = widget_json(widget, variables, deployment)? {
            left_out = left_out.max(left);
            widgets.push(json);
        }
    }
    if left_out > 0 {
        widgets.insert(
            0,
            note_json(&format!(
                "This group shows the first {MAX_NAMES} metrics of flows; {left_out} more are left out. Set METRIC_NAME to a \
                 name without {{flow}} and {{metric}} to see all of them in one query."
            )),
        );
    }
    Ok(json!({"definition": {
        "type": "group",
        "layout_type": "ordered",
        "title": group.title,
        "widgets": widgets,
    }}))
}

fn note_json(content: &str) -> Value {
    json!({"definition": {
        "type": "note",
        "content": content,
        "background_color": "transparent",
        "font_size": "14",
        "text_align": "left",
        "show_tick": false,
        "has_padding": true,
    }})
}

/// A widget's JSON, and how many metrics of flows it leaves out; `None` when no metric of it can be named.
fn widget_json(
    widget: &Widget,
    variables: &[Variable],
    deployment: &Deployment,
) -> Result<Option<(Value, usize)>, QueryError> {
    if widget.show == Show::Monitors {
        let definition = json!({
            "type": "manage_status",
            "title": widget.title,
            "query": format!("tag:\"cxtrace-stack:{}\"", deployment.stack),
            "summary_type": "monitors",
            "display_format": "countsAndList",
            "color_preference": "text",
            "hide_zero_counts": true,
            "sort": "status,asc",
            "show_last_triggered": true,
        });
        return Ok(Some((json!({ "definition": definition }), 0)));
    }
    let mut queries = Vec::new();
    for text in &widget.queries {
        let mut query = MetricQuery::parse(text)?;
        query.filter = filtered(query.filter.clone(), &query.metric, variables, deployment);
        queries.push(query);
    }
    let formulas: Vec<_> = match widget.formulas.as_slice() {
        [] => (b'a'..).take(queries.len()).map(|name| (char::from(name).to_string(), None)).collect(),
        some => some.iter().map(|Formula { formula, alias }| (formula.clone(), alias.clone())).collect(),
    };
    let asked = flow_names::asked(&queries, &formulas, deployment);
    if asked.formulas.is_empty() {
        return Ok(None);
    }
    let left_out = asked.left_out;
    Ok(Some((json!({ "definition": definition(widget, &asked, deployment) }), left_out)))
}

/// `filter` with every template variable whose tag `metric` has and the filter does not name.
fn filtered(filter: Filter, metric: &str, variables: &[Variable], deployment: &Deployment) -> Filter {
    let own = tags(metric, deployment);
    let tag_of =
        |name: &str| variables.iter().find(|variable| variable.name == name).map(|variable| variable.tag.as_str());
    let named: Vec<_> = filter
        .leaves()
        .into_iter()
        .filter_map(|leaf| match leaf {
            Filter::Variable(name) => tag_of(name).map(str::to_owned),
            _ => None,
        })
        .collect();
    let wanted = variables.iter().filter(|variable| !variable.explicit && own.contains(&variable.tag.as_str()));
    let wanted = wanted.filter(|variable| !named.contains(&variable.tag));
    filter.and(wanted.map(|variable| Filter::Variable(variable.name.clone())))
}

fn definition(widget: &Widget, asked: &Asked, deployment: &Deployment) -> Value {
    let is_scalar = widget.show != Show::Timeseries;
    let queries: Vec<_> = asked.queries.iter().map(|(name, query)| query_json(name, query, is_scalar)).collect();
    let limit = widget.limit.unwrap_or(10);
    let formula = |(formula, alias): &(String, Option<String>)| {
        let mut json = json!({ "formula": formula });
        if let Some(alias) = alias {
            json["alias"] = json!(alias);
        }
        if widget.show == Show::Toplist {
            json["limit"] = json!({"count": limit, "order": "desc"});
        }
        json
    };
    let mut request = json!({
        "response_format": if is_scalar { "scalar" } else { "timeseries" },
        "queries": queries,
        "formulas": asked.formulas.iter().map(formula).collect::<Vec<_>>(),
    });
    let mut definition = json!({"title": widget.title});
    match widget.show {
        Show::Timeseries => {
            definition["type"] = json!("timeseries");
            definition["show_legend"] = json!(true);
            definition["legend_layout"] = json!("auto");
            request["display_type"] = json!(widget.display.as_deref().unwrap_or("line"));
        }
        Show::Value => {
            definition["type"] = json!("query_value");
            definition["autoscale"] = json!(true);
            definition["precision"] = json!(1);
            if let Some(colour) = widget.above_zero {
                let palette = match colour {
                    Colour::Yellow => "white_on_yellow",
                    Colour::Red => "white_on_red",
                };
                request["conditional_formats"] = json!([
                    {"comparator": ">", "value": 0.0, "palette": palette},
                    {"comparator": "<=", "value": 0.0, "palette": "white_on_green"},
                ]);
            }
        }
        Show::Toplist => definition["type"] = json!("toplist"),
        Show::Table => definition["type"] = json!("query_table"),
        Show::Change => {
            definition["type"] = json!("change");
            request["change_type"] = json!("absolute");
            request["compare_to"] = json!(widget.compare_to.as_deref().unwrap_or("week_before"));
            request["increase_good"] = json!(true);
            request["order_by"] = json!("change");
            request["order_dir"] = json!("desc");
            request["show_present"] = json!(true);
        }
        Show::Monitors => {}
    }
    definition["requests"] = json!([request]);
    if let (Some(journeys), Some(explorer)) = (&widget.journeys, &deployment.explorer) {
        definition["custom_links"] = json!([{"label": "Journeys behind it", "link": format!("{explorer}/{journeys}")}]);
    }
    definition
}

fn query_json(name: &str, query: &MetricQuery, is_scalar: bool) -> Value {
    let mut json = json!({"data_source": "metrics", "name": name, "query": query.to_string()});
    if is_scalar {
        // Counts are added up over the time of the dashboard; a maximum stays a maximum.
        let aggregator = match query.aggregator.as_str() {
            _ if query.functions.contains("as_count") => "sum",
            "max" => "max",
            "min" => "min",
            _ => "avg",
        };
        json["aggregator"] = json!(aggregator);
    }
    json
}
