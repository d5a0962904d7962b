//! The plan: what is ours, what has changed, who has changed it, and what is left alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use cxtrace_datadog_objects::ownership::fingerprint;
use cxtrace_datadog_objects::{Action, Existing, Object, ObjectKind, Owner, Plan, PlanError};
use serde_json::{Value, json};

fn dashboard(title: &str) -> Object {
    let body = json!({"title": title, "description": "What it shows.", "widgets": [{"definition": {"type": "note"}}]});
    Object { kind: ObjectKind::Dashboard, key: "journeys".to_owned(), title: title.to_owned(), body }
}

/// `object`, as Datadog has it after it was applied.
fn applied(object: &Object, id: &str) -> Existing {
    let stored = fingerprint(object.kind, &object.body);
    let owner = Owner { stack: "cxtrace".to_owned(), key: object.key.clone(), stored };
    let mut body = owner.mark(object.kind, object.body.clone());
    body["id"] = json!(id);
    body["widgets"][0]["id"] = json!(7);
    Existing { kind: object.kind, id: id.to_owned(), body }
}

fn action(desired: &[Object], existing: &[Existing]) -> Action {
    Plan::of(desired, existing, "cxtrace").unwrap().steps.remove(0).action
}

fn lines(action: &Action) -> Vec<String> {
    match action {
        Action::Update { differences, .. } | Action::ChangedByHand { differences, .. } => {
            differences.iter().map(|difference| difference.line()).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn what_is_missing_is_created_and_what_is_there_is_kept() {
    let desired = [dashboard("A")];
    assert_eq!(action(&desired, &[]), Action::Create { foreign: Vec::new() });
    assert_eq!(
        action(&desired, &[applied(&desired[0], "x")]),
        Action::Keep { id: "x".to_owned(), has_additions: false }
    );
}

#[test]
fn a_new_definition_updates_and_a_change_by_hand_is_told_apart_from_it() {
    let found = applied(&dashboard("A"), "x");
    let update = action(&[dashboard("B")], std::slice::from_ref(&found));
    assert!(matches!(&update, Action::Update { id, .. } if id == "x"), "{update:?}");
    assert_eq!(lines(&update), [r#"title: "A" -> "B""#]);

    let change = |at: &str, value: Value| {
        let mut changed = found.clone();
        *changed.body.pointer_mut(at).unwrap() = value;
        changed
    };
    let changed = change("/title", json!("Mine"));
    for title in ["A", "B"] {
        let by_hand = action(&[dashboard(title)], std::slice::from_ref(&changed));
        assert!(matches!(by_hand, Action::ChangedByHand { .. }), "{by_hand:?}");
        assert_eq!(lines(&by_hand), [format!("title: \"Mine\" -> {title:?}")]);
    }
    // An addition that nothing would overwrite is noted.
    let added = change("/widgets/0/definition", json!({"type": "note", "background_color": "pink"}));
    let kept = action(&[dashboard("A")], std::slice::from_ref(&added));
    assert_eq!(kept, Action::Keep { id: "x".to_owned(), has_additions: true });
    let more = change("/widgets", json!([{"definition": {"type": "note"}}, {"definition": {"type": "note"}}]));
    assert!(matches!(action(&[dashboard("A")], &[more]), Action::ChangedByHand { .. }));
}

#[test]
fn what_is_not_ours_is_never_touched() {
    let mut foreign = applied(&dashboard("A"), "x");
    foreign.body["description"] = json!("Mine");
    assert_eq!(action(&[dashboard("A")], &[foreign]), Action::Create { foreign: vec!["x".to_owned()] });
    // Another stack's is foreign, too.
    let owner = Owner { stack: "test".to_owned(), key: "journeys".to_owned(), stored: String::new() };
    let mut other = applied(&dashboard("A"), "y");
    other.body = owner.mark(other.kind, other.body);
    let plan = Plan::of(&[], &[other], "cxtrace").unwrap();
    assert!(plan.steps.is_empty(), "{plan:?}");
}

#[test]
fn what_is_ours_and_not_wanted_is_named_and_two_of_one_mark_stop_everything() {
    let found = applied(&dashboard("A"), "x");
    assert_eq!(action(&[], std::slice::from_ref(&found)), Action::NotWanted { id: "x".to_owned() });
    let clone = Existing { id: "y".to_owned(), ..found.clone() };
    let error = Plan::of(&[dashboard("A")], &[found, clone], "cxtrace").unwrap_err();
    assert!(matches!(&error, PlanError::Twice { first, second, .. } if first == "x" && second == "y"), "{error}");
    assert!(error.to_string().starts_with("two dashboards carry the mark journeys: x and y."), "{error}");
}

#[test]
fn metadata_is_filled_in_where_it_is_empty() {
    let body = json!({"unit": "second", "description": "How long."});
    let object = Object { kind: ObjectKind::Metadata, key: "a.b".to_owned(), title: "a.b".to_owned(), body };
    let existing = |body: Value| Existing { kind: ObjectKind::Metadata, id: "a.b".to_owned(), body };
    let of = |body: Value| action(std::slice::from_ref(&object), &[existing(body)]);
    assert_eq!(action(std::slice::from_ref(&object), &[]), Action::NotSentYet);
    assert!(matches!(of(json!({"unit": null, "description": ""})), Action::Update { .. }));
    assert!(matches!(of(json!({"unit": "second", "description": "Mine"})), Action::ChangedByHand { .. }));
    assert!(matches!(of(json!({"unit": "second", "description": "How long.", "type": "count"})), Action::Keep { .. }));
}
