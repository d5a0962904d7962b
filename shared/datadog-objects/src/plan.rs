//! What must be done so that Datadog has the objects that there should be.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalogue::{Object, ObjectKind};
use crate::difference::{Difference, differences};
use crate::ownership::{Owner, fingerprint, own_parts};

/// An object that Datadog has.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// Its kind.
    pub kind: ObjectKind,
    /// Datadog's id: the name of the metric for metadata.
    pub id: String,
    /// Its JSON, as Datadog returns it.
    pub body: Value,
}

/// What must be done about one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name in the catalogue.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// What must be done.
    pub action: Action,
}

/// What must be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// It must be created.
    Create {
        /// The ids of objects of the same name that are not ours. They are left alone.
        foreign: Vec<String>,
    },
    /// It is as it should be.
    Keep {
        /// Datadog's id.
        id: String,
        /// Whether something was added to it since it was applied. Additions are left alone.
        has_additions: bool,
    },
    /// The definition has changed: it must be updated.
    Update {
        /// Datadog's id.
        id: String,
        /// What changes.
        differences: Vec<Difference>,
    },
    /// Somebody has changed it in Datadog. It is overwritten only on request.
    ChangedByHand {
        /// Datadog's id.
        id: String,
        /// What overwriting would change.
        differences: Vec<Difference>,
    },
    /// It is ours, and there should be none. It is deleted only on request.
    NotWanted {
        /// Datadog's id.
        id: String,
    },
    /// The metric has not been sent yet, so it has no metadata.
    NotSentYet,
}

/// The steps for all objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The steps, in the order of the catalogue.
    pub steps: Vec<Step>,
}

/// No plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Two objects carry one mark.
    #[error(
        "two {kind}s carry the mark {key}: {first} and {second}. Delete one of them in Datadog. (Somebody may have cloned it.)"
    )]
    Twice {
        /// The kind of both.
        kind: &'static str,
        /// The mark.
        key: String,
        /// The id of one.
        first: String,
        /// The id of the other.
        second: String,
    },
}

impl Plan {
    /// The steps that make `existing` what `desired` says, for the objects of `stack`.
    ///
    /// # Errors
    /// When it is not clear which of two objects is ours.
    pub fn of(desired: &[Object], existing: &[Existing], stack: &str) -> Result<Self, PlanError> {
        let mut owned: BTreeMap<(ObjectKind, String), (&Existing, Owner)> = BTreeMap::new();
        for object in existing {
            let Some(owner) = Owner::of(object.kind, &object.body).filter(|owner| owner.stack == stack) else {
                continue;
            };
            let place = (object.kind, owner.key.clone());
            if let Some((first, _)) = owned.insert(place, (object, owner.clone())) {
                return Err(PlanError::Twice {
                    kind: object.kind.as_str(),
                    key: owner.key,
                    first: first.id.clone(),
                    second: object.id.clone(),
                });
            }
        }
        let mut steps = Vec::new();
        for object in desired {
            let Object { kind, key, title, .. } = object;
            let action = match (kind, owned.remove(&(*kind, key.clone()))) {
                (ObjectKind::Metadata, _) => of_metadata(object, existing),
                (_, Some((found, owner))) => of_owned(object, found, &owner),
                (_, None) => Action::Create { foreign: foreign(object, existing) },
            };
            steps.push(Step { kind: *kind, key: key.clone(), title: title.clone(), action });
        }
        for ((kind, key), (found, _)) in owned {
            let name = if kind == ObjectKind::Dashboard { "title" } else { "name" };
            let title = found.body[name].as_str().unwrap_or_default().to_owned();
            steps.push(Step { kind, key, title, action: Action::NotWanted { id: found.id.clone() } });
        }
        Ok(Self { steps })
    }

    /// Whether nothing must be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.action, Action::Keep { .. } | Action::NotSentYet))
    }
}

fn of_owned(object: &Object, found: &Existing, owner: &Owner) -> Action {
    let id = found.id.clone();
    let differences = differences(&object.body, &own_parts(object.kind, &found.body));
    // Tags are not ours alone: those of people stay.
    let differences: Vec<_> = differences.into_iter().filter(|found| !found.path.starts_with("tags")).collect();
    let was_touched = fingerprint(object.kind, &found.body) != owner.stored;
    match (differences.is_empty(), was_touched) {
        (true, has_additions) => Action::Keep { id, has_additions },
        (false, false) => Action::Update { id, differences },
        (false, true) => Action::ChangedByHand { id, differences },
    }
}

/// Metadata carries no mark: what is empty is filled, and what differs may be a person's.
fn of_metadata(object: &Object, existing: &[Existing]) -> Action {
    let found = existing.iter().find(|found| found.kind == ObjectKind::Metadata && found.id == object.key);
    let Some(found) = found else { return Action::NotSentYet };
    let id = found.id.clone();
    let differences = differences(&object.body, &found.body);
    let is_empty = |difference: &Difference| match &difference.actual {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    };
    if differences.is_empty() {
        Action::Keep { id, has_additions: false }
    } else if differences.iter().all(is_empty) {
        Action::Update { id, differences }
    } else {
        Action::ChangedByHand { id, differences }
    }
}

fn foreign(object: &Object, existing: &[Existing]) -> Vec<String> {
    let name = if object.kind == ObjectKind::Dashboard { "title" } else { "name" };
    let same = existing.iter().filter(|found| found.kind == object.kind && found.body[name] == object.body[name]);
    same.map(|found| found.id.clone()).collect()
}
