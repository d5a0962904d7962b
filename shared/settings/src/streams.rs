//! Which source each Kinesis stream belongs to.

use std::collections::BTreeMap;

/// Streams, each with its source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSources(BTreeMap<String, String>);

/// The setting of streams cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not written stream=source")]
pub struct InvalidStreams(String);

impl StreamSources {
    /// Reads `stream=source` entries, separated by commas. A stream may be given as its ARN. An entry without a stream is left
    /// out, because the template writes one for each parameter that is empty.
    ///
    /// # Errors
    /// The first entry of another form.
    pub fn read(setting: &str) -> Result<Self, InvalidStreams> {
        let mut all = BTreeMap::new();
        for entry in setting.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (stream, source) = entry.split_once('=').ok_or_else(|| InvalidStreams(entry.to_owned()))?;
            let (stream, source) = (stream.trim().rsplit('/').next().unwrap_or_default(), source.trim());
            if source.is_empty() {
                return Err(InvalidStreams(entry.to_owned()));
            }
            if !stream.is_empty() {
                all.insert(stream.to_owned(), source.to_owned());
            }
        }
        Ok(Self(all))
    }

    /// The source of a stream.
    #[must_use]
    pub fn of(&self, stream: &str) -> Option<&str> {
        self.0.get(stream).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_belongs_to_one_source_by_its_name_or_arn() {
        let setting =
            "arn:aws:kinesis:eu-west-1:123456789012:stream/connect-records=amazon-connect, cxone=nice-cxone,=twilio";
        let streams = StreamSources::read(setting).unwrap();
        assert_eq!(streams.of("connect-records"), Some("amazon-connect"));
        assert_eq!((streams.of("cxone"), streams.of("other"), streams.of("")), (Some("nice-cxone"), None, None));
        assert_eq!(StreamSources::read(" , ").unwrap(), StreamSources::default());
        for wrong in ["stream", "stream="] {
            assert!(StreamSources::read(wrong).is_err(), "{wrong}");
        }
    }
}
