//! Which members of its item a mapping reads. Only `cxtrace source` asks: a function never does.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use serde_json::Value;

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    static NAMES: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Runs `run`, in which the members that mappings read are noted.
pub(crate) fn traced<T>(run: impl FnOnce() -> T) -> T {
    IS_ON.set(true);
    let result = run();
    IS_ON.set(false);
    NAMES.take();
    result
}

pub(crate) fn is_on() -> bool {
    IS_ON.get()
}

/// Notes that a member called `name` is read.
pub(super) fn note(name: &str) {
    if IS_ON.get() {
        NAMES.with_borrow_mut(|names| {
            if !names.contains(name) {
                names.insert(name.to_owned());
            }
        });
    }
}

/// The parts of `item` that nothing has read since the last call. Entries of a list count together.
pub(crate) fn unread(item: &Value, path: &str) -> BTreeSet<String> {
    let names = NAMES.take();
    let mut found = BTreeSet::new();
    add(item, path, &names, &mut found);
    found
}

fn add(value: &Value, path: &str, names: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                if names.contains(name) {
                    add(value, &path, names, found);
                } else {
                    found.insert(path);
                }
            }
        }
        Value::Array(entries) => {
            let path = format!("{path}[]");
            entries.iter().for_each(|entry| add(entry, &path, names, found));
        }
        _ => {}
    }
}
