//! Creates the state table for the local twin and for tests. In a deployed stack, the template creates it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};

use crate::error::StoreError;
use crate::key::{PK, SK};

/// The differences between the tables.
pub(crate) struct Shape<'a> {
    /// The attributes in keys.
    pub(crate) texts: &'a [&'a str],
    pub(crate) indexes: Vec<GlobalSecondaryIndex>,
    pub(crate) local_indexes: Vec<LocalSecondaryIndex>,
}

/// The local index that pins item collections, and its sort key, which no item has.
///
/// DynamoDB never splits an item collection over partitions in a table with a local index. So one shard of the stream
/// has all records of a ledger, in order. The price is a limit for each collection: 10 GB and 1,000 writes a second.
const PIN: (&str, &str) = ("pinned", "pinned");

/// Creates the state table `name` if it does not exist, with a stream if `streamed`. Its items do not expire: recorded
/// events are old, and their items must outlive the run.
///
/// # Errors
/// When DynamoDB refuses.
pub async fn create(client: &Client, name: &str, streamed: bool) -> Result<(), StoreError> {
    let (index, attribute) = PIN;
    let pin = LocalSecondaryIndex::builder()
        .index_name(index)
        .set_key_schema(Some(keys(PK, attribute)))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build();
    let local_indexes = pin.into_iter().collect();
    create_shaped(client, name, streamed, Shape { texts: &[PK, SK, attribute], indexes: Vec::new(), local_indexes })
        .await
}

pub(crate) fn keys(hash: &str, range: &str) -> Vec<KeySchemaElement> {
    let part = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().ok();
    [part(hash, KeyType::Hash), part(range, KeyType::Range)].into_iter().flatten().collect()
}

pub(crate) async fn create_shaped(
    client: &Client,
    name: &str,
    streamed: bool,
    shape: Shape<'_>,
) -> Result<(), StoreError> {
    let attribute = |name: &&str| {
        AttributeDefinition::builder().attribute_name(*name).attribute_type(ScalarAttributeType::S).build()
    };
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
        .ok();
    let outcome = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(shape.texts.iter().flat_map(attribute).collect()))
        .set_key_schema(Some(keys(PK, SK)))
        .set_global_secondary_indexes(Some(shape.indexes).filter(|indexes| !indexes.is_empty()))
        .set_local_secondary_indexes(Some(shape.local_indexes).filter(|indexes| !indexes.is_empty()))
        .set_stream_specification(if streamed { stream } else { None })
        .send()
        .await;
    match outcome {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) => Ok(()),
        Err(error) => Err(StoreError::request("CreateTable", name, error)),
    }
}
