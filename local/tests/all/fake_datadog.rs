//! Datadog's API for dashboards, monitors and metric metadata, by its API reference (v1) and its page on rate limits. It
//! fills in fields of its own, as Datadog does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

pub(crate) const API_KEY: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const APPLICATION_KEY: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the organisation holds, and how it behaves.
#[derive(Default)]
pub(crate) struct Organisation {
    pub(crate) dashboards: BTreeMap<String, Value>,
    pub(crate) monitors: BTreeMap<u64, Value>,
    /// The metadata of the metrics that were sent.
    pub(crate) metrics: BTreeMap<String, Value>,
    /// The scopes that the application key lacks.
    pub(crate) missing_scopes: BTreeSet<&'static str>,
    /// How many requests are refused by the rate limit.
    pub(crate) limited: u32,
    /// Every request that changes something: method and path.
    pub(crate) writes: Vec<String>,
    next: u64,
}

/// The organisation, served on a port of this machine.
#[derive(Clone)]
pub(crate) struct FakeDatadog {
    pub(crate) url: String,
    state: Arc<Mutex<Organisation>>,
}

impl FakeDatadog {
    pub(crate) fn start() -> Self {
        let state: Arc<Mutex<Organisation>> = Arc::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(state.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, state }
    }

    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Organisation) -> T) -> T {
        f(&mut self.state.lock().unwrap())
    }

    /// The requests that changed something since the last call.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.with(|organisation| std::mem::take(&mut organisation.writes))
    }
}

type Parameters = Query<BTreeMap<String, String>>;

async fn answer(
    State(state): State<Arc<Mutex<Organisation>>>,
    method: Method,
    uri: Uri,
    Query(parameters): Parameters,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut organisation = state.lock().unwrap();
    let key = |name: &str| headers.get(name).and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    if key("dd-api-key") != API_KEY || key("dd-application-key") != APPLICATION_KEY {
        return failed(StatusCode::FORBIDDEN, "Forbidden");
    }
    let path: Vec<_> = uri.path().trim_start_matches("/api/v1/").split('/').collect();
    let is_read = method == Method::GET;
    let scope = match (path[0], is_read) {
        ("dashboard", true) => "dashboards_read",
        ("dashboard", false) => "dashboards_write",
        ("monitor", true) => "monitors_read",
        ("monitor", false) => "monitors_write",
        ("metrics", true) => "metrics_read",
        _ => "metrics_metadata_write",
    };
    if organisation.missing_scopes.contains(scope) {
        return failed(StatusCode::FORBIDDEN, "Failed permission authorization checks");
    }
    if organisation.limited > 0 {
        organisation.limited -= 1;
        let limits = [
            ("x-ratelimit-limit", "10"),
            ("x-ratelimit-period", "60"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "0"),
            ("x-ratelimit-name", "dashboards"),
        ];
        return (StatusCode::TOO_MANY_REQUESTS, limits, axum::Json(json!({"errors": ["Too many requests"]})))
            .into_response();
    }
    if !is_read {
        organisation.writes.push(format!("{method} {}", uri.path()));
    }
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    match (path[0], path.get(1).copied()) {
        ("dashboard", None) if is_read => organisation.list_dashboards(&parameters),
        ("dashboard", None) => organisation.put_dashboard(None, body),
        ("dashboard", Some(id)) => match method {
            Method::GET => found(organisation.dashboards.get(id)),
            Method::PUT if organisation.dashboards.contains_key(id) => organisation.put_dashboard(Some(id), body),
            Method::DELETE if organisation.dashboards.remove(id).is_some() => ok(&json!({"deleted_dashboard_id": id})),
            _ => failed(StatusCode::NOT_FOUND, "Dashboard not found"),
        },
        ("monitor", None) if is_read => organisation.list_monitors(&parameters),
        ("monitor", None) => organisation.put_monitor(None, body),
        ("monitor", Some(id)) => {
            let id: u64 = id.parse().unwrap();
            match method {
                Method::PUT if organisation.monitors.contains_key(&id) => organisation.put_monitor(Some(id), body),
                Method::DELETE if organisation.monitors.remove(&id).is_some() => ok(&json!({"deleted_monitor_id": id})),
                _ => failed(StatusCode::NOT_FOUND, "Monitor not found"),
            }
        }
        ("metrics", Some(name)) => match (organisation.metrics.get_mut(name), is_read) {
            (None, _) => failed(StatusCode::NOT_FOUND, "metric_name not found"),
            (Some(held), true) => ok(held),
            (Some(held), false) => {
                for (part, value) in body.as_object().unwrap() {
                    held[part] = value.clone();
                }
                ok(held)
            }
        },
        _ => failed(StatusCode::NOT_FOUND, "Not found"),
    }
}

fn ok(body: &Value) -> Response {
    axum::Json(body).into_response()
}

fn failed(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(json!({"errors": [error]}))).into_response()
}

fn found(object: Option<&Value>) -> Response {
    object.map_or_else(|| failed(StatusCode::NOT_FOUND, "Dashboard not found"), ok)
}

impl Organisation {
    fn list_dashboards(&self, parameters: &BTreeMap<String, String>) -> Response {
        let number = |name: &str, otherwise| parameters.get(name).map_or(otherwise, |n| n.parse().unwrap());
        let page = self.dashboards.values().skip(number("start", 0)).take(number("count", 100));
        let summary = |dashboard: &Value| json!({"id": dashboard["id"], "title": dashboard["title"], "description": dashboard["description"], "layout_type": dashboard["layout_type"]});
        ok(&json!({"dashboards": page.map(summary).collect::<Vec<_>>()}))
    }

    fn put_dashboard(&mut self, id: Option<&str>, mut body: Value) -> Response {
        for part in ["title", "layout_type", "widgets"] {
            if body.get(part).is_none_or(Value::is_null) {
                return failed(StatusCode::BAD_REQUEST, &format!("{part} is required"));
            }
        }
        if body["tags"]
            .as_array()
            .is_some_and(|tags| tags.iter().any(|tag| !tag.as_str().unwrap().starts_with("team:")))
        {
            return failed(StatusCode::BAD_REQUEST, "only tags of teams are allowed");
        }
        self.next += 1;
        let id = id.map_or_else(|| format!("abc-{:03}-xyz", self.next), str::to_owned);
        body["id"] = json!(id);
        body["url"] = json!(format!("/dashboard/{id}"));
        body["author_handle"] = json!("someone@example.com");
        body["modified_at"] = json!(format!("2026-01-01T00:00:{:02}Z", self.next % 60));
        for part in ["notify_list", "tags", "template_variable_presets"] {
            if body.get(part).is_none() {
                body[part] = json!([]);
            }
        }
        let mut next = self.next * 1_000;
        fill_in(&mut body["widgets"], &mut next);
        self.dashboards.insert(id, body.clone());
        ok(&body)
    }

    fn list_monitors(&self, parameters: &BTreeMap<String, String>) -> Response {
        let wanted: Vec<_> = parameters.get("monitor_tags").into_iter().flat_map(|tags| tags.split(',')).collect();
        let has = |monitor: &&Value| {
            let tags: Vec<_> = monitor["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
            wanted.iter().all(|wanted| tags.contains(wanted))
        };
        let size: usize = parameters.get("page_size").map_or(1_000, |n| n.parse().unwrap());
        let page: usize = parameters.get("page").map_or(0, |n| n.parse().unwrap());
        ok(&self.monitors.values().filter(has).skip(page * size).take(size).cloned().collect())
    }

    fn put_monitor(&mut self, id: Option<u64>, mut body: Value) -> Response {
        let twin = self.monitors.iter().find(|(other, held)| {
            Some(**other) != id && ["name", "query", "message"].iter().all(|part| held[*part] == body[*part])
        });
        if let Some((other, _)) = twin {
            return failed(StatusCode::CONFLICT, &format!("Duplicate of an existing monitor_id:{other}"));
        }
        self.next += 1;
        while self.monitors.contains_key(&self.next) {
            self.next += 1;
        }
        let id = id.unwrap_or(self.next);
        body["id"] = json!(id);
        body["overall_state"] = json!("No Data");
        body["creator"] = json!({"handle": "someone@example.com"});
        for (option, value) in [("notify_audit", json!(false)), ("silenced", json!({})), ("new_host_delay", json!(300))]
        {
            if body["options"].get(option).is_none() {
                body["options"][option] = value;
            }
        }
        self.monitors.insert(id, body.clone());
        ok(&body)
    }
}

/// Datadog gives ids to widgets.
fn fill_in(widgets: &mut Value, next: &mut u64) {
    for widget in widgets.as_array_mut().into_iter().flatten() {
        *next += 1;
        widget["id"] = json!(*next);
        if widget["definition"]["type"] == "timeseries" && widget["definition"].get("legend_columns").is_none() {
            widget["definition"]["legend_columns"] = json!(["avg", "sum"]);
        }
        if widget["definition"].get("widgets").is_some() {
            fill_in(&mut widget["definition"]["widgets"], next);
        }
    }
}
