//! Rows: a journey's line in lists, or where it went when it was found to be part of another.
//!
//! A row is written under the condition that nobody has written it since it was read, and it is read before the
//! facts are. So whoever writes has seen at least what the one before has seen.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use chrono::{DateTime, Utc};
use cxtrace_domain::digest::Digest128;
use cxtrace_domain::journeys::{Id, JourneyId, Settled};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::key::{self, BEGAN, DAY, DUE, DUE_AT, ROW};
use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{PK, key as primary};
use crate::table::{CONCURRENCY, CorrelationTable, item};

/// How many items one `BatchGetItem` takes.
const BATCH: usize = 100;

/// How often what a batch hands back is asked for again.
const MAX_ATTEMPTS: u32 = 8;

/// What stands at a journey's id.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The journey.
    pub journey: JourneyId,
    /// What it is.
    pub standing: Standing,
    /// How often it has been settled, and what it was then.
    pub settled: Option<Settled>,
    /// The revision that others have been told of.
    pub announced: u32,
    /// The revision whose durations have been sent, or are being.
    pub measured: u32,
    /// The insights that it counts with in Datadog, by rule, and when.
    pub counted: BTreeMap<String, DateTime<Utc>>,
    /// Which writing of it this is.
    pub version: Version,
}

/// Which writing of a row has been read; the row is only written over that one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Version(u64);

/// What a journey's id stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// Nothing yet.
    Nothing,
    /// A journey.
    Line(Line),
    /// A journey that was found to be part of this one.
    Moved(JourneyId),
}

/// A journey's line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The anchor that gave the journey its id.
    pub anchor: Id,
    /// Its anchors, or the first of very many.
    pub anchors: Vec<Id>,
    /// What lists show of it: a JSON document.
    pub body: String,
    /// When it began.
    pub began: DateTime<Utc>,
    /// When it is to be looked at again, if it is.
    pub due_at: Option<DateTime<Utc>>,
    /// How many facts it was made of.
    pub facts: u64,
    /// When it was made.
    pub assembled_at: DateTime<Utc>,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Yes,
    /// Somebody else has written since the row was read.
    Overtaken,
}

impl Row {
    fn nothing(journey: JourneyId) -> Self {
        Self {
            journey,
            standing: Standing::Nothing,
            settled: None,
            announced: 0,
            measured: 0,
            counted: BTreeMap::new(),
            version: Version(0),
        }
    }

    /// Whether it has been settled, and not everyone has been told.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        self.settled.is_some_and(|settled| settled.revision > self.announced.min(self.measured))
    }

    /// The row as it stands after it was written.
    #[must_use]
    pub fn written(self) -> Self {
        Self { version: Version(self.version.0 + 1), ..self }
    }

    pub(super) fn read(item: &Item) -> Result<Self, StoreError> {
        let reader = Reader(item);
        let journey = journey_of(item)?;
        let time = |name: &str| match item.get(name) {
            None => Ok(None),
            Some(_) => {
                reader.text(name)?.parse().map(Some).map_err(|_| reader.unreadable(format!("`{name}` is no time")))
            }
        };
        let standing = if item.contains_key("to") {
            let to = JourneyId::from_hex(reader.text("to")?);
            Standing::Moved(to.ok_or_else(|| reader.unreadable("`to` is no journey"))?)
        } else {
            let anchors = match item.get("anchors") {
                Some(AttributeValue::L(anchors)) => {
                    anchors.iter().map(|anchor| anchor.as_s().ok().and_then(|id| id.parse().ok())).collect()
                }
                _ => None,
            };
            Standing::Line(Line {
                anchor: reader.text("anchor")?.parse().map_err(|_| reader.unreadable("`anchor` is no id"))?,
                anchors: anchors.ok_or_else(|| reader.unreadable("`anchors` is no list of ids"))?,
                body: reader.text("line")?.to_owned(),
                began: time(BEGAN)?.ok_or_else(|| reader.unreadable("`began` is missing"))?,
                due_at: time(DUE_AT)?,
                facts: reader.number("facts")?.unwrap_or_default(),
                assembled_at: time("assembled_at")?.ok_or_else(|| reader.unreadable("`assembled_at` is missing"))?,
            })
        };
        let settled = match reader.number("revision")? {
            None => None,
            Some(revision) => {
                let content = Digest128::from_hex(reader.text("settled")?);
                Some(Settled { revision, content: content.ok_or_else(|| reader.unreadable("`settled` is no digest"))? })
            }
        };
        let count = |name: &str| reader.number(name).map(Option::unwrap_or_default);
        let version = Version(reader.number("version")?.unwrap_or_default());
        let (announced, measured) = (count("announced")?, count("measured")?);
        let mut counted = BTreeMap::new();
        if let Some(AttributeValue::M(rules)) = item.get("counted") {
            for (rule, at) in rules {
                let at = at.as_s().ok().and_then(|at| at.parse().ok());
                counted.insert(rule.clone(), at.ok_or_else(|| reader.unreadable("`counted` holds no time"))?);
            }
        }
        Ok(Self { journey, standing, settled, announced, measured, counted, version })
    }

    fn item(&self, expiry: AttributeValue) -> Item {
        let mut all = item(key::journey(self.journey), ROW.to_owned());
        let mut put = |name: &str, value| all.insert(name.to_owned(), value);
        put("version", number(self.version.0 + 1));
        put("expires_at", expiry);
        if let Some(Settled { revision, content }) = self.settled {
            put("revision", number(revision));
            put("settled", text(content.to_string()));
            put("announced", number(self.announced));
            put("measured", number(self.measured));
            let counted = self.counted.iter().map(|(rule, at)| (rule.clone(), text(key::time(*at))));
            put("counted", AttributeValue::M(counted.collect()));
        }
        match &self.standing {
            Standing::Nothing => {}
            Standing::Moved(to) => {
                put("to", text(to.to_string()));
            }
            Standing::Line(line) => {
                put("anchor", text(line.anchor.to_string()));
                put("anchors", AttributeValue::L(line.anchors.iter().map(|anchor| text(anchor.to_string())).collect()));
                put("line", text(&line.body));
                put("facts", number(line.facts));
                put("assembled_at", text(key::time(line.assembled_at)));
                let began = key::time(line.began);
                put(DAY, text(began.get(..10).unwrap_or_default()));
                put(BEGAN, text(began));
                if let Some(due_at) = line.due_at {
                    put(DUE, text(DUE));
                    put(DUE_AT, text(key::time(due_at)));
                }
            }
        }
        all
    }
}

/// Of which journey a row is, by its key.
pub(super) fn journey_of(item: &Item) -> Result<JourneyId, StoreError> {
    let reader = Reader(item);
    let journey = reader.text(PK)?.strip_prefix("journey#").and_then(JourneyId::from_hex);
    journey.ok_or_else(|| reader.unreadable("its key holds no journey"))
}

impl CorrelationTable {
    /// What stands at `journeys`, strongly consistent, in the same order.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or an item cannot be read.
    pub async fn rows(&self, journeys: &[JourneyId]) -> Result<Vec<Row>, StoreError> {
        let batches: Vec<_> = journeys.chunks(BATCH).map(|batch| self.batch(batch)).collect();
        let found: Vec<_> = stream::iter(batches).buffered(CONCURRENCY).try_collect().await?;
        let mut found: HashMap<_, _> = found.into_iter().flatten().map(|row: Row| (row.journey, row)).collect();
        Ok(journeys.iter().map(|id| found.remove(id).unwrap_or_else(|| Row::nothing(*id))).collect())
    }

    async fn batch(&self, journeys: &[JourneyId]) -> Result<Vec<Row>, StoreError> {
        let operation = "BatchGetItem of rows";
        let mut keys: Vec<_> = journeys.iter().map(|id| primary(key::journey(*id), ROW)).collect();
        keys.sort_by_key(|key| format!("{key:?}"));
        keys.dedup();
        let mut rows = Vec::new();
        for attempt in 0..MAX_ATTEMPTS {
            if attempt > 0 {
                self.clock.sleep(std::time::Duration::from_millis(25 << attempt)).await;
            }
            let asked = KeysAndAttributes::builder().consistent_read(true).set_keys(Some(keys)).build();
            let asked = asked.map_err(|error| {
                StoreError::request::<aws_sdk_dynamodb::Error>(
                    operation,
                    &self.name,
                    SdkError::construction_failure(error),
                )
            })?;
            let answer = self.client.batch_get_item().request_items(&self.name, asked).send().await;
            let answer = answer.map_err(|e| StoreError::request(operation, &self.name, e))?;
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                rows.push(Row::read(&item)?);
            }
            keys = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
            if keys.is_empty() {
                return Ok(rows);
            }
        }
        Err(StoreError::Unprocessed { table: self.name.clone(), left: keys.len(), attempts: MAX_ATTEMPTS })
    }

    /// Writes `row`, unless somebody has written it since it was read.
    ///
    /// # Errors
    /// When DynamoDB does not take it.
    pub async fn write(&self, row: &Row) -> Result<Written, StoreError> {
        let mut request = self.client.put_item().table_name(&self.name).set_item(Some(row.item(self.expiry())));
        request = if row.version.0 == 0 {
            request.condition_expression("attribute_not_exists(pk)")
        } else {
            request
                .condition_expression("version = :version")
                .expression_attribute_values(":version", number(row.version.0))
        };
        match request.send().await {
            Ok(_) => Ok(Written::Yes),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(Written::Overtaken),
            Err(error) => Err(StoreError::request("PutItem of a row", &self.name, error)),
        }
    }
}
