//! The objects that there should be for a stack.

use serde_json::Value;

use crate::definition::{self, DefinitionError};
use crate::deployment::Deployment;
use crate::query::QueryError;
use crate::{dashboard, metadata, monitor};

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A dashboard.
    Dashboard,
    /// A monitor.
    Monitor,
    /// The metadata of a metric.
    Metadata,
}

impl ObjectKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Monitor => "monitor",
            Self::Metadata => "metadata",
        }
    }
}

/// An object that there should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name in marks and on the command line: the metric for metadata.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// Its JSON, as Datadog takes it, without a mark.
    pub body: Value,
}

/// The objects of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// The objects: dashboards, monitors, metadata.
    pub objects: Vec<Object>,
    /// The keys of dashboards that are left out because no flow is known.
    pub left_out: Vec<String>,
}

/// The catalogue cannot be made. The definitions are part of the program, so this is a fault of the program.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A definition cannot be read.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// A query in a definition cannot be read.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl Catalogue {
    /// The objects of `deployment`.
    ///
    /// # Errors
    /// When a definition has a fault. A test shows that none has.
    pub fn of(deployment: &Deployment) -> Result<Self, CatalogueError> {
        let mut catalogue = Self { objects: Vec::new(), left_out: Vec::new() };
        for definition in definition::dashboards()? {
            let key = definition.key.clone();
            let needs_flows = key == "flow-metrics" && !deployment.has_one_name() && deployment.flows.is_empty();
            match dashboard::json(&definition, deployment)?.filter(|_| !needs_flows) {
                Some(body) => {
                    let title = definition.title.clone();
                    catalogue.objects.push(Object { kind: ObjectKind::Dashboard, key, title, body });
                }
                None => catalogue.left_out.push(key),
            }
        }
        for definition in definition::monitors()? {
            for (key, body) in monitor::json(&definition, deployment) {
                let title = body["name"].as_str().unwrap_or_default().to_owned();
                catalogue.objects.push(Object { kind: ObjectKind::Monitor, key, title, body });
            }
        }
        for (metric, body) in metadata::all(deployment) {
            catalogue.objects.push(Object { kind: ObjectKind::Metadata, title: metric.clone(), key: metric, body });
        }
        Ok(catalogue)
    }

    /// The objects of a kind.
    pub fn of_kind(&self, kind: ObjectKind) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }
}
