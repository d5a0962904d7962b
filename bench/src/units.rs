//! The capacity units that DynamoDB bills for a request, computed from the sizes of the items.
//!
//! The rules are in the DynamoDB Developer Guide, "Item sizes and formats" and "Read and write operations". A write
//! costs one unit for each 1 KB of the larger of the item before and after it, and two in a transaction. A read costs
//! one unit for each 4 KB of everything that it reads, and half of that if it is eventually consistent. Sizes are
//! rounded up to at least one unit. A `BatchGetItem` is billed for each item separately. A write is billed again for
//! each index that has the item before or after it ("Using Global Secondary Indexes"): once if the item is put, changed
//! or removed, twice if its key there changes, and not at all if nothing changes.

use cxtrace::engine::Engine;
use serde_json::{Value, json};

/// DynamoDB's storage overhead of an item, in bytes.
pub(crate) const OVERHEAD: u64 = 100;

/// An index of a table. It has the items with both its keys.
struct Index {
    name: &'static str,
    keys: [&'static str; 2],
    /// Whether it has the complete items, or only the keys.
    whole: bool,
}

const INDEXES: [Index; 2] = [
    Index { name: "by-day", keys: ["day", "began"], whole: true },
    Index { name: "by-due", keys: ["due", "due_at"], whole: false },
];

impl Index {
    /// The part of `item` in the index.
    fn entry(&self, item: &Value) -> Option<Value> {
        let is_in_it = self.keys.iter().all(|name| !item[*name].is_null());
        let keys = || ["pk", "sk"].into_iter().chain(self.keys).map(|name| (name.to_owned(), item[name].clone()));
        is_in_it.then(|| if self.whole { item.clone() } else { keys().collect() })
    }
}

/// Units of one request or several.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
}

/// Runs a request on `engine`. Returns the status, the response, and the units of the request.
pub(crate) fn execute(engine: &Engine, operation: &str, body: &[u8]) -> (u16, String, Units) {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let written = written(operation, &request);
    let before = items(engine, &written);
    let (status, answer) = engine.execute(operation, body);
    let units = match operation {
        "Query" | "GetItem" => {
            let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
            let items = answer["Items"].as_array().map(Vec::as_slice).unwrap_or_default();
            let index = INDEXES.iter().find(|index| request["IndexName"] == index.name);
            let read = |item: &Value| item_size(&index.and_then(|index| index.entry(item)).unwrap_or(item.clone()));
            let bytes = items.iter().chain(answer.get("Item")).map(read).sum();
            let share = if request["ConsistentRead"] == json!(true) { 1.0 } else { 0.5 };
            Units { read: blocks(bytes, 4_096) * share, write: 0.0 }
        }
        "BatchGetItem" => Units { read: of_batch(engine, &request), write: 0.0 },
        _ => {
            let times = if operation == "TransactWriteItems" { 2.0 } else { 1.0 };
            let after = items(engine, &written);
            let write = before.iter().zip(&after).map(|(before, after)| {
                let larger = [before, after].into_iter().flatten().map(item_size).max().unwrap_or(0);
                let indexed: f64 = INDEXES.iter().map(|index| of_index(index, before.as_ref(), after.as_ref())).sum();
                blocks(larger, 1_024) * times + indexed
            });
            Units { read: 0.0, write: write.sum() }
        }
    };
    (status, answer, units)
}

/// The cost of reading the items of a `BatchGetItem`. A missing item costs as much as the smallest.
fn of_batch(engine: &Engine, request: &Value) -> f64 {
    let tables = request["RequestItems"].as_object().into_iter().flatten();
    let units = tables.map(|(table, asked)| {
        let share = if asked["ConsistentRead"] == json!(true) { 1.0 } else { 0.5 };
        let keys = asked["Keys"].as_array().into_iter().flatten();
        let places: Vec<_> = keys.map(|key| (json!(table), key.clone())).collect();
        let items = items(engine, &places);
        items.iter().map(|item| blocks(item.as_ref().map_or(0, item_size), 4_096) * share).sum::<f64>()
    });
    units.sum()
}

/// The cost of a write in an index.
fn of_index(index: &Index, before: Option<&Value>, after: Option<&Value>) -> f64 {
    let entry = |item: Option<&Value>| index.entry(item?);
    let units = |entry: &Value| blocks(item_size(entry), 1_024);
    let same_key = |old: &Value, new: &Value| index.keys.iter().all(|name| old[*name] == new[*name]);
    match (entry(before), entry(after)) {
        (None, None) => 0.0,
        (Some(old), Some(new)) if old == new => 0.0,
        (Some(old), Some(new)) if same_key(&old, &new) => units(&old).max(units(&new)),
        (old, new) => [old, new].iter().flatten().map(units).sum(),
    }
}

/// The storage of an item in DynamoDB: in the table, and in each index that has it.
pub(crate) fn stored_size(item: &Value) -> u64 {
    let indexed = INDEXES.iter().filter_map(|index| index.entry(item));
    std::iter::once(item.clone()).chain(indexed).map(|each| item_size(&each) + OVERHEAD).sum()
}

#[expect(clippy::cast_precision_loss, reason = "an item has at most 400 KB")]
fn blocks(bytes: u64, block: u64) -> f64 {
    bytes.div_ceil(block).max(1) as f64
}

/// The table and key of every item that a request writes, or checks in a transaction.
fn written(operation: &str, request: &Value) -> Vec<(Value, Value)> {
    let key_of = |item: &Value| json!({ "pk": item["pk"], "sk": item["sk"] });
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    match operation {
        "PutItem" => vec![(request["TableName"].clone(), key_of(&request["Item"]))],
        "UpdateItem" => vec![(request["TableName"].clone(), request["Key"].clone())],
        "BatchWriteItem" => {
            let tables = request["RequestItems"].as_object().into_iter().flatten();
            let keys = tables.flat_map(|(table, writes)| {
                list(writes).into_iter().map(move |write| (json!(table), key_of(&write["PutRequest"]["Item"])))
            });
            keys.collect()
        }
        "TransactWriteItems" => {
            let parts = list(&request["TransactItems"]).into_iter().filter_map(|part| {
                let (kind, part) = part.as_object()?.iter().next()?;
                let key = if kind == "Put" { key_of(&part["Item"]) } else { part["Key"].clone() };
                Some((part["TableName"].clone(), key))
            });
            parts.collect()
        }
        _ => Vec::new(),
    }
}

fn items(engine: &Engine, places: &[(Value, Value)]) -> Vec<Option<Value>> {
    let item = |(table, key): &(Value, Value)| {
        let request = json!({ "TableName": table, "Key": key }).to_string();
        let (_, answer) = engine.execute("GetItem", request.as_bytes());
        let mut answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        answer.get_mut("Item").map(Value::take)
    };
    places.iter().map(item).collect()
}

/// The size of an item in DynamoDB's JSON.
pub(crate) fn item_size(item: &Value) -> u64 {
    item.as_object().into_iter().flatten().map(|(name, value)| name.len() as u64 + value_size(value)).sum()
}

fn value_size(value: &Value) -> u64 {
    let Some((kind, content)) = value.as_object().and_then(|value| value.iter().next()) else { return 0 };
    let members = || content.as_array().into_iter().flatten();
    match kind.as_str() {
        "S" => content.as_str().map_or(0, |text| text.len() as u64),
        "N" => number_size(content),
        "B" => binary_size(content),
        "SS" => members().map(|text| text.as_str().map_or(0, |text| text.len() as u64)).sum(),
        "NS" => members().map(number_size).sum(),
        "BS" => members().map(binary_size).sum(),
        "L" => 3 + members().map(|value| 1 + value_size(value)).sum::<u64>(),
        "M" => 3 + content.as_object().map_or(0, |map| map.len() as u64) + item_size(content),
        // BOOL and NULL.
        _ => 1,
    }
}

fn number_size(number: &Value) -> u64 {
    let digits = number.as_str().map_or(0, |digits| digits.trim_matches('0').len() as u64);
    digits.div_ceil(2) + 1
}

fn binary_size(base64: &Value) -> u64 {
    let text = base64.as_str().unwrap_or_default();
    (text.len() as u64 / 4) * 3 - text.bytes().rev().take_while(|byte| *byte == b'=').count() as u64
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cxtrace_clock::SystemClock;

    use super::*;

    fn engine() -> Engine {
        let engine = Engine::in_memory(Arc::new(SystemClock)).unwrap();
        let table = json!({
            "TableName": "units",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        });
        assert_eq!(engine.execute("CreateTable", table.to_string().as_bytes()).0, 200);
        engine
    }

    fn item(sk: &str, bytes: usize) -> Value {
        json!({"pk": {"S": "p"}, "sk": {"S": sk}, "fill": {"S": "x".repeat(bytes)}})
    }

    fn run(engine: &Engine, operation: &str, request: Value) -> (u16, Units) {
        let (status, _, units) = execute(engine, operation, request.to_string().as_bytes());
        (status, units)
    }

    #[test]
    fn sizes_are_names_and_values() {
        let item = json!({
            "s": {"S": "zwölf"}, "n": {"N": "1678004280"}, "b": {"B": "AAAA"}, "f": {"BOOL": true},
            "l": {"L": [{"S": "ab"}]}, "bs": {"BS": ["AAA=", "AA=="]},
        });
        assert_eq!(item_size(&item), (1 + 6) + (1 + 6) + (1 + 3) + (1 + 1) + (1 + 3 + 1 + 2) + (2 + 2 + 1));
    }

    #[test]
    fn a_write_costs_by_the_larger_of_before_and_after() {
        let engine = engine();
        let put = |bytes| json!({"TableName": "units", "Item": item("s", bytes)});
        assert_eq!(run(&engine, "PutItem", put(10)), (200, Units { read: 0.0, write: 1.0 }));
        assert_eq!(run(&engine, "PutItem", put(1_500)), (200, Units { read: 0.0, write: 2.0 }));
        assert_eq!(run(&engine, "PutItem", put(10)), (200, Units { read: 0.0, write: 2.0 }));
    }

    #[test]
    fn each_item_of_a_batch_and_of_a_transaction_is_billed() {
        let engine = engine();
        let writes: Vec<_> = ["a", "b"].map(|sk| json!({"PutRequest": {"Item": item(sk, 10)}})).into();
        let batch = json!({"RequestItems": {"units": writes}});
        assert_eq!(run(&engine, "BatchWriteItem", batch), (200, Units { read: 0.0, write: 2.0 }));
        let check = json!({"TableName": "units", "Key": {"pk": {"S": "p"}, "sk": {"S": "none"}},
            "ConditionExpression": "attribute_not_exists(pk)"});
        let put = json!({"TableName": "units", "Item": item("c", 10)});
        let transaction = json!({"TransactItems": [{"ConditionCheck": check}, {"Put": put}]});
        assert_eq!(run(&engine, "TransactWriteItems", transaction), (200, Units { read: 0.0, write: 4.0 }));
    }

    #[test]
    fn a_batch_of_reads_is_billed_for_each_item_even_if_it_is_missing() {
        let engine = engine();
        run(&engine, "PutItem", json!({"TableName": "units", "Item": item("a", 5_000)}));
        let key = |sk: &str| json!({"pk": {"S": "p"}, "sk": {"S": sk}});
        let asked = json!({"Keys": [key("a"), key("none")], "ConsistentRead": true});
        let (status, units) = run(&engine, "BatchGetItem", json!({"RequestItems": {"units": asked}}));
        assert_eq!((status, units), (200, Units { read: 3.0, write: 0.0 }));
    }

    #[test]
    fn an_index_is_billed_for_each_change_and_twice_for_a_changed_key() {
        let engine = engine();
        let put = |keys: [&str; 2], at: Option<&str>, name: &str| {
            let mut item = item("s", 10);
            if let Some(at) = at {
                item[keys[0]] = json!({"S": "k"});
                item[keys[1]] = json!({"S": at});
            }
            item["name"] = json!({"S": name});
            run(&engine, "PutItem", json!({"TableName": "units", "Item": item})).1.write
        };
        for (keys, changed) in [(["day", "began"], 2.0), (["due", "due_at"], 1.0)] {
            assert_eq!(put(keys, None, "a"), 1.0);
            assert_eq!(put(keys, Some("10:00"), "a"), 2.0);
            assert_eq!(put(keys, Some("10:00"), "a"), 1.0);
            // An index of keys alone does not change when other attributes change.
            assert_eq!(put(keys, Some("10:00"), "b"), changed);
            assert_eq!(put(keys, Some("10:05"), "b"), 3.0);
            assert_eq!(put(keys, None, "b"), 2.0);
        }
    }

    #[test]
    fn a_read_is_billed_by_its_total_size_and_half_if_it_may_be_stale() {
        let engine = engine();
        for sk in ["a", "b", "c"] {
            run(&engine, "PutItem", json!({"TableName": "units", "Item": item(sk, 2_000)}));
        }
        let query = |pk: &str, consistent: bool| {
            json!({"TableName": "units", "KeyConditionExpression": "pk = :pk", "ConsistentRead": consistent,
                "ExpressionAttributeValues": {":pk": {"S": pk}}})
        };
        assert_eq!(run(&engine, "Query", query("p", true)).1.read, 2.0);
        assert_eq!(run(&engine, "Query", query("p", false)).1.read, 1.0);
        assert_eq!(run(&engine, "Query", query("none", false)).1.read, 0.5);
    }
}
