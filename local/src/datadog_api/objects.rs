//! Dashboards, monitors and metric metadata: finding ours, creating, updating and deleting them.

use cxtrace_datadog_objects::ownership::{MANAGED, fingerprint, update};
use cxtrace_datadog_objects::{Existing, Object, ObjectKind, Owner};
use reqwest::Method;
use serde_json::Value;

use super::client::{ApiError, DatadogApi, Request};

/// How many objects one page of a list has.
const PAGE: usize = 100;

const DASHBOARDS: &str = "/api/v1/dashboard";
const MONITORS: &str = "/api/v1/monitor";

fn read_scope(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Dashboard => "dashboards_read",
        ObjectKind::Monitor => "monitors_read",
        ObjectKind::Metadata => "metrics_read",
    }
}

fn write_scope(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Dashboard => "dashboards_write",
        ObjectKind::Monitor => "monitors_write",
        ObjectKind::Metadata => "metrics_metadata_write",
    }
}

fn path(kind: ObjectKind, id: &str) -> String {
    match kind {
        ObjectKind::Dashboard => format!("{DASHBOARDS}/{id}"),
        ObjectKind::Monitor => format!("{MONITORS}/{id}"),
        ObjectKind::Metadata => format!("/api/v1/metrics/{id}"),
    }
}

impl DatadogApi {
    async fn get(
        &self,
        kind: ObjectKind,
        path: &str,
        parameters: &[(&str, String)],
        what: String,
    ) -> Result<Value, ApiError> {
        let (method, scope) = (Method::GET, read_scope(kind));
        self.send(&Request { method, path, parameters, body: None, what, scope, is_idempotent: true }).await
    }

    /// The objects that carry a mark of ours or the name of an object in `desired`, and the metadata of the metrics in it.
    pub(crate) async fn existing(&self, desired: &[Object]) -> Result<Vec<Existing>, ApiError> {
        let mut existing = self.dashboards(desired).await?;
        existing.extend(self.monitors().await?);
        for object in desired.iter().filter(|object| object.kind == ObjectKind::Metadata) {
            let id = object.key.clone();
            let what = format!("read the metadata of {id}");
            match self.get(ObjectKind::Metadata, &path(ObjectKind::Metadata, &id), &[], what).await {
                Ok(body) => existing.push(Existing { kind: ObjectKind::Metadata, id, body }),
                // Datadog knows a metric from its first point on.
                Err(ApiError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(existing)
    }

    async fn dashboards(&self, desired: &[Object]) -> Result<Vec<Existing>, ApiError> {
        let kind = ObjectKind::Dashboard;
        let mut found = Vec::new();
        for start in (0..).step_by(PAGE) {
            let parameters = [("count", PAGE.to_string()), ("start", start.to_string())];
            let page = self.get(kind, DASHBOARDS, &parameters, "list dashboards".to_owned()).await?;
            let page = page["dashboards"].as_array().cloned().unwrap_or_default();
            let is_last = page.len() < PAGE;
            let is_of_interest = |summary: &Value| {
                Owner::of(kind, summary).is_some()
                    || desired.iter().any(|object| object.kind == kind && summary["title"] == *object.title)
            };
            for summary in page.into_iter().filter(is_of_interest) {
                let id = summary["id"].as_str().unwrap_or_default().to_owned();
                let body = self.get(kind, &path(kind, &id), &[], format!("read the dashboard {id}")).await?;
                found.push(Existing { kind, id, body });
            }
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    async fn monitors(&self) -> Result<Vec<Existing>, ApiError> {
        let kind = ObjectKind::Monitor;
        let mut found = Vec::new();
        for page in 0.. {
            let parameters =
                [("monitor_tags", MANAGED.to_owned()), ("page", page.to_string()), ("page_size", PAGE.to_string())];
            let monitors = self.get(kind, MONITORS, &parameters, "list monitors".to_owned()).await?;
            let monitors = monitors.as_array().cloned().unwrap_or_default();
            let is_last = monitors.len() < PAGE;
            found.extend(monitors.into_iter().map(|body| Existing { kind, id: id_of(&body), body }));
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    /// Creates `object` for `stack`.
    pub(crate) async fn create(&self, object: &Object, stack: &str) -> Result<(), ApiError> {
        let path = if object.kind == ObjectKind::Dashboard { DASHBOARDS } else { MONITORS };
        let owner = owner(object, stack);
        let body = owner.mark(object.kind, object.body.clone());
        let what = format!("create the {} {}", object.kind.as_str(), object.title);
        // A second attempt might create a second object.
        let answer = self.write(Method::POST, path, object.kind, &body, what, false).await?;
        let id = id_of(&answer);
        self.note_stored(object, &id, owner, body, &answer).await
    }

    /// Makes the object with this id what `object` says. What people have set beside it stays.
    pub(crate) async fn overwrite(&self, object: &Object, actual: &Existing, stack: &str) -> Result<(), ApiError> {
        let owner = owner(object, stack);
        let body = owner.mark(object.kind, update(object.kind, &object.body, &actual.body));
        let what = format!("update the {} {}", object.kind.as_str(), object.title);
        let path = path(object.kind, &actual.id);
        let answer = self.write(Method::PUT, &path, object.kind, &body, what, true).await?;
        self.note_stored(object, &actual.id, owner, body, &answer).await
    }

    /// Deletes the object with this id.
    pub(crate) async fn delete(&self, kind: ObjectKind, id: &str, title: &str) -> Result<(), ApiError> {
        let (path, what) = (path(kind, id), format!("delete the {} {title}", kind.as_str()));
        let request = Request {
            method: Method::DELETE,
            path: &path,
            parameters: &[],
            body: None,
            what,
            scope: write_scope(kind),
            is_idempotent: true,
        };
        match self.send(&request).await {
            // It is gone, by an earlier attempt or by somebody else.
            Ok(_) | Err(ApiError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Datadog fills in fields of its own. So the mark gets the fingerprint of what Datadog returned, by a second request
    /// where it differs from what was sent.
    async fn note_stored(
        &self,
        object: &Object,
        id: &str,
        owner: Owner,
        body: Value,
        answer: &Value,
    ) -> Result<(), ApiError> {
        let stored = fingerprint(object.kind, answer);
        if object.kind == ObjectKind::Metadata || stored == owner.stored {
            return Ok(());
        }
        let body = Owner { stored, ..owner }.mark(object.kind, body);
        let what = format!("mark the {} {}", object.kind.as_str(), object.title);
        self.write(Method::PUT, &path(object.kind, id), object.kind, &body, what, true).await?;
        Ok(())
    }

    async fn write(
        &self,
        method: Method,
        path: &str,
        kind: ObjectKind,
        body: &Value,
        what: String,
        is_idempotent: bool,
    ) -> Result<Value, ApiError> {
        let scope = write_scope(kind);
        self.send(&Request { method, path, parameters: &[], body: Some(body), what, scope, is_idempotent }).await
    }
}

fn owner(object: &Object, stack: &str) -> Owner {
    Owner { stack: stack.to_owned(), key: object.key.clone(), stored: fingerprint(object.kind, &object.body) }
}

/// The id of a dashboard is a text, that of a monitor a number.
fn id_of(body: &Value) -> String {
    body["id"].as_str().map_or_else(|| body["id"].to_string(), str::to_owned)
}
