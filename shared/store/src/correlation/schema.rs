//! Creates the correlation table for the local twin and for tests. In a deployed stack, the template creates it.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{GlobalSecondaryIndex, Projection, ProjectionType};

use super::key::{BEGAN, BY_DAY, BY_DUE, BY_START, DAY, DUE, DUE_AT, LISTED};
use crate::error::StoreError;
use crate::key::{PK, SK};
use crate::schema::{self, Shape, keys};

/// Creates the table `name` if it does not exist, with a stream if `streamed`. Its items do not expire.
///
/// # Errors
/// When DynamoDB refuses.
pub async fn create(client: &Client, name: &str, streamed: bool) -> Result<(), StoreError> {
    let index = |name, hash, range, has| {
        let projection = Projection::builder().projection_type(has).build();
        let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(keys(hash, range)));
        index.projection(projection).build().ok()
    };
    let indexes = [
        // An index with whole rows would cost one more write of a row for each change of the row.
        index(BY_START, LISTED, BEGAN, ProjectionType::KeysOnly),
        index(BY_DUE, DUE, DUE_AT, ProjectionType::KeysOnly),
        // Rows of an earlier version.
        index(BY_DAY, DAY, BEGAN, ProjectionType::All),
    ];
    let indexes = indexes.into_iter().flatten().collect();
    let shape = Shape { texts: &[PK, SK, LISTED, BEGAN, DAY, DUE, DUE_AT], indexes, local_indexes: Vec::new() };
    schema::create_shaped(client, name, streamed, shape).await
}
