//! Runs an operation from its name and its JSON, and records the changes that it makes.

use dynoxide::actions::batch_write_item::BatchWriteItemRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::embedded::Engine;
use super::feed::Item;

/// An item that a request may change.
struct Place {
    table: String,
    key: Item,
    after: After,
}

/// The item after a request that succeeds.
enum After {
    /// The request says what it is. `None` is a deleted item.
    Known(Option<Item>),
    /// It must be read.
    Unknown,
}

impl Engine {
    /// Runs `operation` with the request `body`. Returns the status and the body of the HTTP response.
    #[must_use]
    pub fn execute(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let outcome = std::str::from_utf8(body)
            .map_err(|_| DynoxideError::SerializationException(String::new()))
            .and_then(|body| self.dispatch(operation, body));
        match outcome {
            Ok(response) => (200, response),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }

    fn dispatch(&self, operation: &str, body: &str) -> dynoxide::Result<String> {
        let db = &self.db;
        match operation {
            "GetItem" => call(body, |request| db.get_item(request)),
            "BatchGetItem" => call(body, |request| db.batch_get_item(request)),
            "Query" => call(body, |request| db.query(request)),
            "Scan" => call(body, |request| db.scan(request)),
            "CreateTable" => call(body, |request| db.create_table(request)),
            "DescribeTable" => call(body, |request| db.describe_table(request)),
            "PutItem" => {
                let request: dynoxide::actions::put_item::PutItemRequest = read(body)?;
                let after = After::Known(Some(request.item.clone()));
                let place = Place { table: request.table_name.clone(), key: key_of(&request.item), after };
                self.changing(vec![place], || write(&db.put_item(request)?))
            }
            "UpdateItem" => {
                let request: dynoxide::actions::update_item::UpdateItemRequest = read(body)?;
                let place =
                    Place { table: request.table_name.clone(), key: request.key.clone(), after: After::Unknown };
                self.changing(vec![place], || write(&db.update_item(request)?))
            }
            // No function deletes items. Tests delete them, as DynamoDB does after their expiry.
            "DeleteItem" => {
                let request: dynoxide::actions::delete_item::DeleteItemRequest = read(body)?;
                let place =
                    Place { table: request.table_name.clone(), key: request.key.clone(), after: After::Unknown };
                self.changing(vec![place], || write(&db.delete_item(request)?))
            }
            "BatchWriteItem" => {
                let request: BatchWriteItemRequest = read(body)?;
                self.changing(places_of_batch(&request), || write(&db.batch_write_item(request)?))
            }
            "TransactWriteItems" => {
                let request: TransactWriteItemsRequest = read(body)?;
                self.changing(places_of_transaction(&request), || write(&db.transact_write_items(request)?))
            }
            other => Err(DynoxideError::ValidationException(format!("the local twin does not support {other}"))),
        }
    }

    /// Runs a write and adds its changes to the feed. The feed's lock makes the two one step.
    fn changing(&self, places: Vec<Place>, run: impl FnOnce() -> dynoxide::Result<String>) -> dynoxide::Result<String> {
        self.with_feed(|feed| {
            let before: Vec<_> = places.iter().map(|place| image(&self.db, place)).collect::<dynoxide::Result<_>>()?;
            let response = run()?;
            let now = self.clock.now().timestamp();
            for (old, mut place) in before.into_iter().zip(places) {
                let new = match std::mem::replace(&mut place.after, After::Unknown) {
                    After::Known(new) => new,
                    After::Unknown => image(&self.db, &place)?,
                };
                feed.add(now, old, new);
            }
            Ok(response)
        })
    }
}

/// The item that the table holds now.
fn image(db: &Database, Place { table, key, .. }: &Place) -> dynoxide::Result<Option<Item>> {
    let request: GetItemRequest = read(&json!({"TableName": table, "Key": key}).to_string())?;
    Ok(db.get_item(request)?.item)
}

fn key_of(item: &Item) -> Item {
    ["pk", "sk"].iter().filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone()))).collect()
}

fn places_of_batch(request: &BatchWriteItemRequest) -> Vec<Place> {
    let of_one = |table: &String, write: &dynoxide::actions::batch_write_item::WriteRequest| {
        let (key, after) = match (&write.put_request, &write.delete_request) {
            (Some(put), _) => (key_of(&put.item), After::Known(Some(put.item.clone()))),
            (None, Some(delete)) => (delete.key.clone(), After::Known(None)),
            (None, None) => (Item::new(), After::Unknown),
        };
        Place { table: table.clone(), key, after }
    };
    request.request_items.iter().flat_map(|(table, writes)| writes.iter().map(move |w| of_one(table, w))).collect()
}

fn places_of_transaction(request: &TransactWriteItemsRequest) -> Vec<Place> {
    let place = |table: &String, key| Place { table: table.clone(), key, after: After::Unknown };
    request
        .transact_items
        .iter()
        .filter_map(|item| match (&item.put, &item.update, &item.delete) {
            (Some(put), _, _) => Some(place(&put.table_name, key_of(&put.item))),
            (_, Some(update), _) => Some(place(&update.table_name, update.key.clone())),
            (_, _, Some(delete)) => Some(place(&delete.table_name, delete.key.clone())),
            _ => None,
        })
        .collect()
}

fn read<T: DeserializeOwned>(body: &str) -> dynoxide::Result<T> {
    serde_json::from_str(body).map_err(|e| DynoxideError::SerializationException(e.to_string()))
}

fn write(response: &impl Serialize) -> dynoxide::Result<String> {
    serde_json::to_string(response).map_err(|e| DynoxideError::InternalServerError(e.to_string()))
}

fn call<Q: DeserializeOwned, A: Serialize>(
    body: &str,
    run: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> dynoxide::Result<String> {
    write(&run(read(body)?)?)
}
