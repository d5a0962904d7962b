//! Merges several recordings. The next event always comes from the recording whose clock is behind the others.
//!
//! So a folder of samples, or of hourly files, is replayed in the order of its times, whatever the names of the files.
//! Inside a file, the order stays: it is the order of arrival.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};

use super::files::{Input, TextReader};
use super::frames::{Frames, NotJson};
use super::header::EventHeader;
use super::origin::{Origin, ReadError};
use super::recording_clock::{RecordingClock, Timed};

/// A recorded event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Its place.
    pub(crate) origin: Origin,
    /// Its JSON.
    pub(crate) json: Result<String, NotJson>,
    /// Its topic and publication time.
    pub(crate) header: EventHeader,
}

impl Recorded {
    pub(crate) fn new(origin: Origin, json: Result<String, NotJson>) -> Self {
        let header = json.as_deref().map(EventHeader::read).unwrap_or_default();
        Self { origin, json, header }
    }
}

/// An event, or the reason why the rest of a recording cannot be read.
pub(crate) type Step = Result<Recorded, ReadError>;

/// The publication time of a step's event.
pub(crate) fn published(step: &Step) -> Option<DateTime<Utc>> {
    step.as_ref().ok().and_then(|recorded| recorded.header.published)
}

/// One recording being read.
struct Recording {
    name: Arc<str>,
    frames: Frames<TextReader>,
}

impl Recording {
    fn open(input: &Input, read: Arc<AtomicU64>) -> Result<Self, ReadError> {
        let name = input.name();
        match input.open(read) {
            Ok(text) => Ok(Self { name, frames: Frames::new(text) }),
            Err(source) => Err(ReadError { name, line: None, source }),
        }
    }
}

impl Iterator for Recording {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        Some(match self.frames.next()? {
            Ok(frame) => Ok(Recorded::new(Origin { name: self.name.clone(), line: frame.line }, frame.json)),
            Err(source) => Err(ReadError { name: self.name.clone(), line: Some(self.frames.line()), source }),
        })
    }
}

type Steps = RecordingClock<Recording, fn(&Step) -> Option<DateTime<Utc>>>;

/// How far a recording has been read.
enum RecordingState {
    /// Only its first time has been read. It is opened again when the timeline reaches that time.
    Later(Input),
    Open {
        head: Box<Timed<Step>>,
        rest: Box<Steps>,
    },
    Ended,
}

/// The events of several recordings, in the order of their clocks.
pub(crate) struct Timeline {
    sources: Vec<RecordingState>,
    /// The time of each source's next event. A source without a time comes first.
    next: BinaryHeap<Reverse<(Option<DateTime<Utc>>, usize)>>,
    read: Arc<AtomicU64>,
}

impl Timeline {
    /// The events of `inputs`.
    ///
    /// # Errors
    /// When one of them cannot be opened.
    pub(crate) fn new(inputs: Vec<Input>) -> Result<Self, ReadError> {
        let mut timeline = Self { sources: Vec::new(), next: BinaryHeap::new(), read: Arc::default() };
        for (n, input) in inputs.into_iter().enumerate() {
            let once = input.is_read_once();
            // The first look at a file does not count as progress.
            let read = if once { timeline.read.clone() } else { Arc::default() };
            let source = begin(&input, read)?;
            if let RecordingState::Open { head, .. } = &source {
                timeline.next.push(Reverse((head.at, n)));
            }
            timeline.sources.push(match source {
                RecordingState::Open { .. } if !once => RecordingState::Later(input),
                source => source,
            });
        }
        Ok(timeline)
    }

    /// The number of bytes that have been read from the files.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    fn step(&mut self, n: usize) -> Option<Timed<Step>> {
        let source = self.sources.get_mut(n)?;
        if let RecordingState::Later(input) = source {
            *source = match begin(input, self.read.clone()) {
                Ok(source) => source,
                Err(error) => {
                    *source = RecordingState::Ended;
                    return Some(Timed { at: None, event: Err(error) });
                }
            };
        }
        match std::mem::replace(source, RecordingState::Ended) {
            RecordingState::Open { head, mut rest } => {
                if let Some(head) = rest.next() {
                    self.next.push(Reverse((head.at, n)));
                    *source = RecordingState::Open { head: Box::new(head), rest };
                }
                Some(*head)
            }
            RecordingState::Later(_) | RecordingState::Ended => None,
        }
    }
}

fn begin(input: &Input, read: Arc<AtomicU64>) -> Result<RecordingState, ReadError> {
    let mut rest = RecordingClock::new(Recording::open(input, read)?, published as fn(&Step) -> Option<DateTime<Utc>>);
    Ok(match rest.next() {
        Some(head) => RecordingState::Open { head: Box::new(head), rest: Box::new(rest) },
        None => RecordingState::Ended,
    })
}

impl Iterator for Timeline {
    type Item = Timed<Step>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(Reverse((_, n))) = self.next.pop() {
            if let Some(step) = self.step(n) {
                return Some(step);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The minutes of the events, in the order of the timeline, with where each stands.
    fn order(files: &[(&str, &[i64])]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let inputs = files.iter().map(|(name, minutes)| {
            let path: PathBuf = folder.path().join(name);
            let event = |minute: &i64| {
                let time = DateTime::from_timestamp(minute * 60, 0).unwrap();
                format!("{{\"time\":\"{}\"}}\n", time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            };
            std::fs::write(&path, minutes.iter().map(event).collect::<String>()).unwrap();
            Input::File(path)
        });
        let timeline = Timeline::new(inputs.collect()).unwrap();
        timeline
            .map(|paced| {
                let origin = paced.event.unwrap().origin;
                format!("{}:{}", origin.name.rsplit('/').next().unwrap(), origin.line)
            })
            .collect()
    }

    #[test]
    fn recordings_are_merged_by_time_and_not_by_name() {
        assert_eq!(order(&[("a", &[30, 50]), ("b", &[10, 40])]), ["b:1", "a:1", "b:2", "a:2"]);
    }

    #[test]
    fn inside_a_recording_the_order_stays() {
        assert_eq!(order(&[("a", &[30, 10, 40]), ("b", &[35])]), ["a:1", "a:2", "b:1", "a:3"]);
    }

    #[test]
    fn an_event_from_the_far_future_does_not_hold_up_its_recording() {
        assert_eq!(order(&[("a", &[10, 9_999_999, 11, 12]), ("b", &[100])]), ["a:1", "a:2", "a:3", "a:4", "b:1"]);
    }

    #[test]
    fn a_recording_without_events_is_left_out() {
        assert_eq!(order(&[("a", &[]), ("b", &[10])]), ["b:1"]);
        assert!(order(&[]).is_empty());
    }
}
