//! Writes each event of `tracing` as one JSON object on a line, as `docs/logs.md` describes it. Lambda adds the time.
//!
//! No line shows a span, so no span is kept. The formatter of `tracing-subscriber` needs its registry of spans, which
//! takes 32 KB of every process and a share of every start, and which the SDK fills at every request.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde::ser::{SerializeMap, Serializer as _};
use serde_json::Serializer;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::filter::Targets;

/// The subscriber that writes the lines of the events that `filter` lets pass.
pub(super) struct Lines<W> {
    filter: Targets,
    to: Mutex<W>,
}

impl<W> Lines<W> {
    pub(super) const fn new(filter: Targets, to: W) -> Self {
        Self { filter, to: Mutex::new(to) }
    }
}

impl<W: Write + Send + 'static> Subscriber for Lines<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // `tracing::enabled!` asks for what is neither.
        !metadata.is_span() && self.filter.would_enable(metadata.target(), metadata.level())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.filter.iter().map(|(_, level)| level).chain(self.filter.default_level()).max()
    }

    fn event(&self, event: &Event<'_>) {
        // A function goes on if its log cannot be written.
        if let Ok(line) = line(event) {
            let _unwritten = self.to.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
    }

    // No span is enabled, so these are not called.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn line(event: &Event<'_>) -> io::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(256);
    let mut serializer = Serializer::new(&mut line);
    let mut fields = Fields { map: serializer.serialize_map(None)?, result: Ok(()), text: String::new() };
    fields.add("level", event.metadata().level().as_str());
    event.record(&mut fields);
    let Fields { map, result, .. } = fields;
    result.and_then(|()| map.end())?;
    line.push(b'\n');
    Ok(line)
}

/// Adds the fields of an event to a JSON object.
struct Fields<M: SerializeMap> {
    map: M,
    result: Result<(), M::Error>,
    /// The memory for values that are formatted.
    text: String,
}

impl<M: SerializeMap> Fields<M> {
    fn add(&mut self, name: &str, value: impl serde::Serialize) {
        if self.result.is_ok() {
            self.result = self.map.serialize_entry(name, &value);
        }
    }
}

impl<M: SerializeMap> Visit for Fields<M> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        // Text keeps what was written when its value could not be formatted to the end.
        let _unfinished = write!(text, "{value:?}");
        self.add(field.name(), &text);
        self.text = text;
    }
}
