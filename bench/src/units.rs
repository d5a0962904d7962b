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
    let table = &description["Table"];
    let kinds = ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"].map(|kind| &table[kind]);
    let indexes = kinds.into_iter().filter_map(Value::as_array).flatten();
    let bytes = |size: &Value, items: &Value| size.as_u64().unwrap_or(0) + OVERHEAD * items.as_u64().unwrap_or(0);
    bytes(&table["TableSizeBytes"], &table["ItemCount"])
        + indexes.map(|index| bytes(&index["IndexSizeBytes"], &index["ItemCount"])).sum::<u64>()
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
