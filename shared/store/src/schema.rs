//! The table's shape, for those who make one: the local twin and tests. Deployed, the template makes it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType,
};

use crate::error::StoreError;
use crate::key::{PK, SK};

/// Makes the table `name` unless there is one, with a stream when `streamed`. It has no expiry: recorded
/// events are as old as they are, and their items must outlive the run.
///
/// # Errors
/// When DynamoDB refuses.
pub async fn create(client: &Client, name: &str, streamed: bool) -> Result<(), StoreError> {
    let attribute =
        |name| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().ok();
    let part = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().ok();
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .ok();
    let outcome = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions([attribute(PK), attribute(SK)].into_iter().collect())
        .set_key_schema([part(PK, KeyType::Hash), part(SK, KeyType::Range)].into_iter().collect())
        .set_stream_specification(if streamed { stream } else { None })
        .send()
        .await;
    match outcome {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(StoreError::request("CreateTable", name, error)),
    }
}

/// Removes the table `name`.
///
/// # Errors
/// When DynamoDB refuses.
pub async fn remove(client: &Client, name: &str) -> Result<(), StoreError> {
    match client.delete_table().table_name(name).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(StoreError::request("DeleteTable", name, error)),
    }
}
