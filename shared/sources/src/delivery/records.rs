//! Records of devices, as lines of values or of pairs. It must not know what a record is about.

use serde_json::{Map, Value};

/// The most columns of a table.
const MAX_COLUMNS: usize = 500;

/// The lines after the first as objects, with the names of the first. `None` if there is no line of values.
pub(super) fn table(bytes: &[u8], separator: u8) -> Option<Value> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        // A quotation mark between `|` is a part of the text.
        .quoting(separator == b',')
        .from_reader(bytes);
    let names = reader.byte_headers().ok()?.clone();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    let names: Vec<_> = names.iter().take(MAX_COLUMNS).map(text).collect();
    let mut rows = Vec::new();
    for record in reader.byte_records() {
        let record = record.ok()?;
        let columns = names.iter().zip(&record).filter(|(name, _)| !name.is_empty());
        let row: Map<_, _> = columns.map(|(name, value)| (name.clone(), Value::String(text(value)))).collect();
        // The title is printed again after a restart.
        let is_title = row.iter().all(|(name, value)| value.as_str() == Some(name.as_str()));
        if !is_title {
            rows.push(Value::Object(row));
        }
    }
    (!rows.is_empty()).then_some(Value::Array(rows))
}

/// `name=value` pairs as a list of objects. Lines with one pair each belong together until an empty line; a line with
/// several pairs is a record of its own.
pub(super) fn pairs(text: &str) -> Value {
    let mut records = Vec::new();
    let mut open = Map::new();
    for line in text.lines() {
        let pairs = of_line(line);
        if pairs.len() > 1 || line.trim().is_empty() {
            if !open.is_empty() {
                records.push(Value::Object(std::mem::take(&mut open)));
            }
            if pairs.len() > 1 {
                records.push(Value::Object(pairs.into_iter().collect()));
            }
        } else {
            open.extend(pairs);
        }
    }
    if !open.is_empty() {
        records.push(Value::Object(open));
    }
    Value::Array(records)
}

fn of_line(line: &str) -> Vec<(String, Value)> {
    const BETWEEN: [char; 5] = [' ', '\t', ',', ';', '|'];
    let mut pairs = Vec::new();
    let mut rest = line.trim_start_matches(BETWEEN);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim().rsplit(BETWEEN).next().unwrap_or_default().trim();
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                let end = after.find([',', ';', '|', '\t']).unwrap_or(after.len());
                // A space ends a value only before the next name.
                let (value, tail) = after.split_at(end);
                let next = value.find('=').and_then(|equals| value[..equals].trim_end().rfind(' '));
                next.map_or((value, tail), |space| (&after[..space], &after[space..]))
            }
        };
        if !name.is_empty() && pairs.len() < MAX_COLUMNS {
            pairs.push((name.to_owned(), Value::String(value.trim().to_owned())));
        }
        rest = after.trim_start_matches(BETWEEN);
    }
    pairs
}
