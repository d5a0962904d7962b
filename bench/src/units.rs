//! The capacity units and the storage that DynamoDB bills.
//!
//! The embedded engine computes units by the rules of the DynamoDB Developer Guide ("Read and write operations"),
//! including those of indexes. It reports none for a refused write, which DynamoDB bills as well.

use cxtrace::engine::Engine;
use serde_json::{Value, json};

/// DynamoDB's storage overhead of an item, in bytes.
const OVERHEAD: u64 = 100;

/// Units of one request or several.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
}

/// Runs a request on `engine`. Returns the status, the response, and the units of the request.
pub(crate) fn execute(engine: &Engine, operation: &str, body: &[u8]) -> (u16, String, Units) {
    let mut request: Value = serde_json::from_slice(body).unwrap_or_default();
    request["ReturnConsumedCapacity"] = json!("TOTAL");
    let (status, response) = engine.execute(operation, request.to_string().as_bytes());
    let parsed: Value = serde_json::from_str(&response).unwrap_or_default();
    let consumed = &parsed["ConsumedCapacity"];
    let tables = consumed.as_array().map_or(std::slice::from_ref(consumed), Vec::as_slice);
    let units: f64 = tables.iter().filter_map(|table| table["CapacityUnits"].as_f64()).sum();
    let is_read = matches!(operation, "Query" | "Scan" | "GetItem" | "BatchGetItem");
    let units = match (is_read, status) {
        (true, _) => Units { read: units, write: 0.0 },
        (false, 200) => Units { read: 0.0, write: units },
        (false, _) => Units { read: 0.0, write: refused(&request) },
    };
    (status, response, units)
}

/// The units of a refused write of small items: one for each, and two in a transaction.
#[expect(clippy::cast_precision_loss, reason = "a transaction has at most 100 parts")]
fn refused(request: &Value) -> f64 {
    request["TransactItems"].as_array().map_or(1.0, |parts| 2.0 * parts.len() as f64)
}

/// The bytes that DynamoDB stores of `table` and its indexes.
pub(crate) fn stored_bytes(engine: &Engine, table: &str) -> u64 {
    let (_, description) = engine.execute("DescribeTable", json!({ "TableName": table }).to_string().as_bytes());
    let description: Value = serde_json::from_str(&description).unwrap_or_default();
    let kinds = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].map(|kind| &description["Table"][kind]);
    let indexes = kinds.into_iter().filter_map(Value::as_array).flatten().map(|index| index["IndexName"].clone());
    std::iter::once(Value::Null).chain(indexes).map(|index| stored_in(engine, table, &index)).sum()
}

/// The bytes that DynamoDB stores of `table` itself, if `index` is null, or of an index.
fn stored_in(engine: &Engine, table: &str, index: &Value) -> u64 {
    let mut request = json!({ "TableName": table });
    if !index.is_null() {
        request["IndexName"] = index.clone();
    }
    let mut bytes = 0;
    loop {
        let (_, page) = engine.execute("Scan", request.to_string().as_bytes());
        let mut page: Value = serde_json::from_str(&page).unwrap_or_default();
        bytes += page["Items"].as_array().into_iter().flatten().map(|item| item_size(item) + OVERHEAD).sum::<u64>();
        if page["LastEvaluatedKey"].is_null() {
            return bytes;
        }
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"].take();
    }
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

    fn item(sk: &str, bytes: usize) -> Value {
        json!({"pk": {"S": "p"}, "sk": {"S": sk}, "fill": {"S": "x".repeat(bytes)}})
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
    fn units_are_those_of_the_developer_guide() {
        let engine = Engine::in_memory(Arc::new(SystemClock)).unwrap();
        let table = json!({
            "TableName": "units", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        });
        assert_eq!(engine.execute("CreateTable", table.to_string().as_bytes()).0, 200);
        let run = |operation: &str, request: Value| {
            let (status, _, units) = execute(&engine, operation, request.to_string().as_bytes());
            (status, units.read, units.write)
        };
        // The larger of the item before and after the write.
        let put = |bytes| json!({"TableName": "units", "Item": item("s", bytes)});
        assert_eq!([10, 1_500, 10].map(|bytes| run("PutItem", put(bytes)).2), [1.0, 2.0, 2.0]);
        // Each item of a batch and of a transaction, also if it is missing.
        let writes = ["a", "b"].map(|sk| json!({"PutRequest": {"Item": item(sk, 10)}}));
        assert_eq!(run("BatchWriteItem", json!({"RequestItems": {"units": writes}})), (200, 0.0, 2.0));
        let key = |sk: &str| json!({"pk": {"S": "p"}, "sk": {"S": sk}});
        let check = |sk: &str| json!({"ConditionCheck": {"TableName": "units", "Key": key(sk), "ConditionExpression": "attribute_not_exists(pk)"}});
        let put = json!({"Put": {"TableName": "units", "Item": item("c", 10)}});
        let transaction = |sk| json!({"TransactItems": [check(sk), put]});
        assert_eq!(run("TransactWriteItems", transaction("none")), (200, 0.0, 4.0));
        assert_eq!(run("TransactWriteItems", transaction("a")), (400, 0.0, 4.0));
        run("PutItem", json!({"TableName": "units", "Item": item("large", 5_000)}));
        let asked = json!({"Keys": [key("large"), key("none")], "ConsistentRead": true});
        assert_eq!(run("BatchGetItem", json!({"RequestItems": {"units": asked}})), (200, 3.0, 0.0));
        assert_eq!(
            stored_bytes(&engine, "units"),
            [10, 10, 10, 10, 5_000].map(|bytes| bytes + 110).iter().sum::<u64>() + 4
        );
    }
}
