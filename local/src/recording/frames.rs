//! Splits a text into events: one on each line, or JSON documents over several lines. A document is an event or an array
//! of events.
//!
//! Lines are read one by one, so an invalid line affects no other. Documents are read whole.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The JSON of an event, or the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The line on which it begins, from 1.
    pub(crate) line: u64,
    /// Its JSON.
    pub(crate) json: Result<String, NotJson>,
}

/// Why a text is not the JSON of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotJson {
    /// The JSON is invalid.
    #[error("the JSON is invalid at line {line}, column {column}. Write each event as one JSON object.")]
    Syntax {
        /// The line of the error, counted in the whole text.
        line: u64,
        /// The column, from 1.
        column: usize,
    },
    /// The JSON ends too early.
    #[error("the JSON ends too early, at line {line}. Write each event as one JSON object.")]
    CutOff {
        /// The last line.
        line: u64,
    },
    /// The text is not UTF-8.
    #[error("the text is not UTF-8. Save the file as UTF-8.")]
    Encoding,
}

/// The events of `input`, as they are asked for.
#[derive(Debug)]
pub(crate) struct Frames<R> {
    /// `None` once it has ended.
    input: Option<R>,
    /// How many lines have been read.
    line: u64,
    layout: Layout,
    ready: VecDeque<Frame>,
    /// No document gives more frames than this.
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Unknown,
    Lines,
}

impl<R: BufRead> Frames<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input: Some(input), line: 0, layout: Layout::Unknown, ready: VecDeque::new(), most: usize::MAX }
    }

    /// The same, and the rest of a document with more than `most` events is not looked at.
    fn at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The last line that was read.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let Some(input) = &mut self.input else { return Ok(None) };
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                self.input = None;
                return Ok(None);
            }
            self.line += 1;
            if self.line == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// Reads until a frame is ready or the input ends.
    fn read_on(&mut self) -> io::Result<()> {
        while self.ready.is_empty() {
            let Some(line) = self.next_line()? else { return Ok(()) };
            if self.layout == Layout::Lines {
                self.take_line(&line, self.line);
            } else {
                self.find_form(line)?;
            }
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], number: u64) {
        self.ready.extend(frames(line, number, self.most).into_iter().flat_map(unwrapped));
    }

    /// Finds the form of the text from its first line, or its first two.
    fn find_form(&mut self, first: Vec<u8>) -> io::Result<()> {
        let number = self.line;
        if !goes_on(&first) {
            self.layout = Layout::Lines;
            self.take_line(&first, number);
            return Ok(());
        }
        let Some(second) = self.next_line()? else {
            self.take_line(&first, number);
            return Ok(());
        };
        // An open object cannot have a whole object as its second line. So the first line is an event that was cut off.
        if first.trim_ascii().starts_with(b"{") && is_object(&second) {
            self.layout = Layout::Lines;
            self.take_line(&first, number);
            self.take_line(&second, self.line);
            return Ok(());
        }
        let mut whole = first;
        // Blank lines between the two count as lines, too.
        whole.extend(std::iter::repeat_n(b'\n', usize::try_from(self.line - number - 1).unwrap_or(0)));
        whole.extend(second);
        if let Some(mut input) = self.input.take() {
            input.read_to_end(&mut whole)?;
        }
        self.ready.extend(frames(&whole, number, self.most).into_iter().flat_map(unwrapped));
        self.line = number + whole.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok(())
    }
}

impl<R: BufRead> Iterator for Frames<R> {
    type Item = io::Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.read_on() {
            Ok(()) => self.ready.pop_front().map(Ok),
            Err(error) => {
                self.input = None;
                Some(Err(error))
            }
        }
    }
}

/// The first `most` events of a text in memory.
pub(crate) fn of_text(text: &[u8], most: usize) -> Vec<Frame> {
    // Reading from memory cannot fail.
    Frames::new(text).at_most(most).filter_map(Result::ok).take(most).collect()
}

/// The frames of the deliveries in a batch that AWS handed to a function; the frame itself if it is none.
fn unwrapped(frame: Frame) -> Vec<Frame> {
    let entries = frame.json.as_ref().ok().and_then(|json| cxtrace_sources::delivery::unwrapped(json));
    match entries {
        Some(entries) => entries.into_iter().map(|json| Frame { line: frame.line, json: Ok(json) }).collect(),
        None => vec![frame],
    }
}

/// Whether a document begins in `line` and does not end in it.
fn goes_on(line: &[u8]) -> bool {
    matches!(serde_json::from_slice::<&RawValue>(line), Err(error) if error.is_eof())
}

fn is_object(line: &[u8]) -> bool {
    line.trim_ascii().starts_with(b"{") && serde_json::from_slice::<&RawValue>(line).is_ok()
}

/// The first `most` events of all documents in `text`, whose first line has the number `first`. An invalid document ends the text,
/// because the beginning of the next one is unknown.
fn frames(text: &[u8], first: u64, most: usize) -> Vec<Frame> {
    let Ok(text) = std::str::from_utf8(text) else {
        let sound = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        return vec![Frame { line: first + newlines(sound), json: Err(NotJson::Encoding) }];
    };
    let mut lines = Lines { text, at: 0, line: first };
    let mut found = Vec::new();
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    loop {
        if found.len() >= most {
            return found;
        }
        let begins = documents.byte_offset();
        match documents.next() {
            None => return found,
            Some(Ok(document)) => match elements(document, most - found.len()) {
                Some(elements) => found.extend(elements.into_iter().map(|element| lines.frame(element))),
                None => found.push(lines.frame(document)),
            },
            Some(Err(error)) => {
                let line = lines.of_next_after(begins);
                let broken_at = first + error.line().saturating_sub(1) as u64;
                let reason = if error.is_eof() {
                    NotJson::CutOff { line: broken_at }
                } else {
                    NotJson::Syntax { line: broken_at, column: error.column() }
                };
                found.push(Frame { line, json: Err(reason) });
                return found;
            }
        }
    }
}

/// The first `most` elements of an array; `None` for every other document.
fn elements(document: &RawValue, most: usize) -> Option<Vec<&RawValue>> {
    if !document.get().starts_with('[') {
        return None;
    }
    Elements(most).deserialize(&mut serde_json::Deserializer::from_str(document.get())).ok()
}

/// Reads so many elements of an array. It passes over the others.
struct Elements(usize);

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while elements.len() < self.0 {
            let Some(element) = array.next_element()? else { return Ok(elements) };
            elements.push(element);
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(elements)
    }
}

/// Counts lines in one pass over a text.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn frame(&mut self, event: &RawValue) -> Frame {
        // Raw values are parts of the text, so the distance is where it begins.
        let begins = (event.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Frame { line: self.of(begins), json: Ok(event.get().to_owned()) }
    }

    /// The line of the next text after `offset`, without white space.
    fn of_next_after(&mut self, offset: usize) -> u64 {
        let rest = self.text.get(offset..).unwrap_or_default();
        self.of(offset + rest.len() - rest.trim_start().len())
    }

    fn of(&mut self, offset: usize) -> u64 {
        self.line += newlines(self.text.get(self.at..offset).unwrap_or_default());
        self.at = self.at.max(offset);
        self.line
    }
}

fn newlines(text: &str) -> u64 {
    text.bytes().filter(|byte| *byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each event with its line; `!` marks an error.
    fn read(text: &str) -> Vec<(u64, String)> {
        let shown = |json: Result<String, NotJson>| json.unwrap_or_else(|why| format!("! {why}"));
        of_text(text.as_bytes(), usize::MAX).into_iter().map(|frame| (frame.line, shown(frame.json))).collect()
    }

    fn lines(events: &[(u64, &str)]) -> Vec<(u64, String)> {
        events.iter().map(|(line, event)| (*line, (*event).to_owned())).collect()
    }

    #[test]
    fn each_line_is_an_event_and_blank_lines_are_skipped() {
        assert_eq!(
            read("{\"a\":1}\n\r\n{\"a\":2}\r\n  {\"a\":3}"),
            lines(&[(1, "{\"a\":1}"), (3, "{\"a\":2}"), (4, "{\"a\":3}")])
        );
        assert_eq!(read(""), vec![]);
        assert_eq!(read(" \n\n"), vec![]);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_event() {
        assert_eq!(read("\u{feff}{\"a\":1}\n{\"a\":2}"), lines(&[(1, "{\"a\":1}"), (2, "{\"a\":2}")]));
    }

    #[test]
    fn a_document_may_be_spread_over_lines_and_more_may_follow() {
        assert_eq!(read("{\n  \"a\": 1\n}\n"), lines(&[(1, "{\n  \"a\": 1\n}")]));
        assert_eq!(read("\n{\n\"a\":1\n}\n\n{\n\"a\":2}"), lines(&[(2, "{\n\"a\":1\n}"), (6, "{\n\"a\":2}")]));
        assert_eq!(read("{\n\n\n\"a\":1\n}{\"a\":2}"), lines(&[(1, "{\n\n\n\"a\":1\n}"), (5, "{\"a\":2}")]));
    }

    #[test]
    fn the_elements_of_an_array_have_their_own_lines() {
        assert_eq!(read("[{\"a\":1},{\"a\":2}]"), lines(&[(1, "{\"a\":1}"), (1, "{\"a\":2}")]));
        assert_eq!(read("[\n{\"a\":1},\n\n{\n\"a\":2}\n]"), lines(&[(2, "{\"a\":1}"), (4, "{\n\"a\":2}")]));
        assert_eq!(read("[\n{\"a\":1}\n]"), lines(&[(2, "{\"a\":1}")]));
        assert_eq!(read("[]"), vec![]);
    }

    #[test]
    fn an_invalid_line_does_not_affect_other_lines() {
        let not_json = |line, column| {
            format!("! the JSON is invalid at line {line}, column {column}. Write each event as one JSON object.")
        };
        assert_eq!(
            read("{\"a\":1}\n{\"a\":oops}\n{\"a\":3}"),
            lines(&[(1, "{\"a\":1}"), (2, &not_json(2, 6)), (3, "{\"a\":3}")])
        );
        assert_eq!(read("oops\n{\"a\":2}"), lines(&[(1, &not_json(1, 1)), (2, "{\"a\":2}")]));
        // A line may have an event and invalid text after it.
        assert_eq!(read("{\"a\":1} oops\n{}"), lines(&[(1, "{\"a\":1}"), (1, &not_json(1, 9)), (2, "{}")]));
    }

    #[test]
    fn an_event_that_is_cut_off_does_not_swallow_the_next() {
        let cut = |line| format!("! the JSON ends too early, at line {line}. Write each event as one JSON object.");
        assert_eq!(read("{\"a\":{\n{\"a\":2}\n"), lines(&[(1, &cut(2)), (2, "{\"a\":2}")]));
        assert_eq!(read("{\"a\":1}\n{\"a\":"), lines(&[(1, "{\"a\":1}"), (2, &cut(2))]));
        assert_eq!(read("{\n\"a\":1"), lines(&[(1, &cut(2))]));
        assert_eq!(read("{"), lines(&[(1, &cut(1))]));
    }

    #[test]
    fn an_error_in_a_document_names_its_start_and_its_place() {
        let message = "! the JSON is invalid at line 6, column 1. Write each event as one JSON object.";
        assert_eq!(read("{\n\"a\":1\n}\n{\n\"a\":1,\n}"), lines(&[(1, "{\n\"a\":1\n}"), (4, message)]));
    }

    #[test]
    fn invalid_utf8_is_named_by_its_line() {
        let read = of_text(b"{\"a\":1}\n{\"\xff\":1}\n{\"a\":3}\n", 9);
        let lines: Vec<_> = read.iter().map(|frame| (frame.line, frame.json.is_ok())).collect();
        assert_eq!(lines, vec![(1, true), (2, false), (3, true)]);
        assert_eq!(of_text(b"{\n\"\xff\":1}", 9)[0], Frame { line: 2, json: Err(NotJson::Encoding) });
    }

    #[test]
    fn no_more_events_are_made_than_are_asked_for() {
        for text in
            ["{}\n".repeat(1_000), format!("[{}1]", "1,".repeat(1_000)), "{}".repeat(1_000), "x\n".repeat(1_000)]
        {
            assert_eq!(of_text(text.as_bytes(), 7).len(), 7, "{}", &text[..9]);
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        let deep = "[".repeat(100_000);
        assert!(of_text(deep.as_bytes(), 9).iter().all(|frame| frame.json.is_err()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic_and_in_order(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let frames = of_text(&bytes, usize::MAX);
            prop_assert!(frames.is_sorted_by_key(|frame| frame.line));
            let few = of_text(&bytes, 2);
            prop_assert_eq!(&few[..], &frames[..frames.len().min(2)], "a limit only leaves out what comes after it");
        }

        #[test]
        fn the_same_events_are_found_in_every_form(numbers in proptest::collection::vec(0_u32..1_000, 1..20)) {
            let values: Vec<_> = numbers.iter().map(|n| serde_json::json!({"n": n, "text": "{[\"\n"})).collect();
            let plain: Vec<_> = values.iter().map(ToString::to_string).collect();
            let pretty: Vec<_> = values.iter().map(|v| serde_json::to_string_pretty(v).unwrap()).collect();
            let forms = [
                plain.join("\n"), plain.join("\r\n\r\n"), plain.join(" "), pretty.join("\n"),
                serde_json::to_string(&values).unwrap(), serde_json::to_string_pretty(&values).unwrap(),
            ];
            for form in forms {
                let found: Vec<serde_json::Value> = of_text(form.as_bytes(), usize::MAX)
                    .into_iter().map(|frame| serde_json::from_str(&frame.json.unwrap()).unwrap()).collect();
                prop_assert_eq!(&found, &values, "{}", form);
            }
        }
    }
}
