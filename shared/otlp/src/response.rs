//! The answer of a receiver: what it did not take, and errors.

use prost::Message;
use serde_json::{Value as Json, json};

use crate::encoding::Encoding;
use crate::messages::{ExportTracePartialSuccess, ExportTraceServiceResponse, RpcStatus};

/// What a receiver has not taken, by the body of its success. A body that is not OTLP counts as a full success: the
/// status says that the request was taken.
#[must_use]
pub fn read(encoding: Encoding, body: &[u8]) -> ExportTracePartialSuccess {
    let partial = match encoding {
        Encoding::Protobuf => {
            ExportTraceServiceResponse::decode(body).ok().and_then(|response| response.partial_success)
        }
        Encoding::Json => serde_json::from_slice::<Json>(body).ok().and_then(|body| {
            let partial = body.get("partialSuccess")?;
            let rejected = partial.get("rejectedSpans");
            let rejected = rejected.and_then(|count| count.as_i64().or_else(|| count.as_str()?.parse().ok()));
            let message = partial.get("errorMessage").and_then(Json::as_str).unwrap_or_default();
            Some(ExportTracePartialSuccess {
                rejected_spans: rejected.unwrap_or_default(),
                error_message: message.to_owned(),
            })
        }),
    };
    partial.unwrap_or_default()
}

/// The body of a success.
#[must_use]
pub fn success(encoding: Encoding, partial: &ExportTracePartialSuccess) -> Vec<u8> {
    let is_full = partial.rejected_spans == 0 && partial.error_message.is_empty();
    match encoding {
        Encoding::Protobuf => {
            let partial_success = (!is_full).then(|| partial.clone());
            ExportTraceServiceResponse { partial_success }.encode_to_vec()
        }
        Encoding::Json if is_full => b"{}".to_vec(),
        Encoding::Json => json!({ "partialSuccess": {
            "rejectedSpans": partial.rejected_spans.to_string(),
            "errorMessage": partial.error_message,
        }})
        .to_string()
        .into_bytes(),
    }
}

/// The body of a failure, `google.rpc.Status`.
#[must_use]
pub fn failure(encoding: Encoding, message: &str) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => RpcStatus { code: 0, message: message.to_owned() }.encode_to_vec(),
        Encoding::Json => json!({ "message": message }).to_string().into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_taken_is_read_as_it_is_written() {
        let partial = ExportTracePartialSuccess { rejected_spans: 3, error_message: "too old".to_owned() };
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            assert_eq!(read(encoding, &success(encoding, &partial)), partial);
            let full = ExportTracePartialSuccess::default();
            assert_eq!(read(encoding, &success(encoding, &full)), full);
            assert_eq!(read(encoding, b"<html>"), full);
        }
        assert!(success(Encoding::Protobuf, &ExportTracePartialSuccess::default()).is_empty());
    }
}
