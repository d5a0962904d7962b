//! Why a span ended: translates the words of platforms into the vocabulary of all platforms. Letter case is ignored.

use cxtrace_domain::journeys::EndReason;

/// Words for a customer who stopped waiting.
const ABANDONED: [&str; 2] = ["ABANDON", "ABANDONED"];
/// Words for a transfer after nobody had answered.
const UNANSWERED_TRANSFER: [&str; 3] = ["NO_ANSWER_TRANSFER", "NOT_AVAILABLE_TRANSFER", "DND_TRANSFER"];
/// Words for a transfer to somebody who had been asked first.
const CONSULT_TRANSFER: [&str; 2] = ["CONSULT_TRANSFER", "CONFERENCE_TRANSFER"];
/// Words for a call that nobody answered.
const UNANSWERED: [&str; 2] = ["DND_ENDPOINT", "NO_ANSWER"];
/// Words for a fault of the line or of the flow.
const FAULT: [&str; 4] = ["ERROR", "TRANSPORT_FAILURE", "FLOW_ERROR_DISCONNECT", "RECOGNITION_FAILURE_DISCONNECT"];

/// The combined meaning of the words about one end.
pub(crate) fn of_words<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<EndReason> {
    let says = |known: &[&str]| words.clone().any(|word| known.iter().any(|known| known.eq_ignore_ascii_case(word)));
    let contains = |part: &str| words.clone().any(|word| word.to_ascii_uppercase().contains(part));
    if says(&ABANDONED) {
        Some(EndReason::Abandoned)
    } else if says(&UNANSWERED_TRANSFER) {
        Some(EndReason::UnansweredTransfer)
    } else if says(&CONSULT_TRANSFER) {
        Some(EndReason::ConsultTransfer)
    } else if contains("TRANSFER") || contains("FORWARD") {
        Some(EndReason::Transfer)
    } else if says(&UNANSWERED) {
        Some(EndReason::Unanswered)
    } else if says(&FAULT) {
        Some(EndReason::Fault)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_about_one_end_are_read_together_and_in_any_case() {
        for (words, reason) in [
            (&["TRANSFER", "ERROR"][..], Some(EndReason::Transfer)),
            (&["transferred"], Some(EndReason::Transfer)),
            (&["FORWARD_TRANSFER"], Some(EndReason::Transfer)),
            (&["CONSULT_TRANSFER"], Some(EndReason::ConsultTransfer)),
            (&["NO_ANSWER_TRANSFER"], Some(EndReason::UnansweredTransfer)),
            (&["DND_ENDPOINT"], Some(EndReason::Unanswered)),
            (&["FLOW_DISCONNECT", "transport_failure"], Some(EndReason::Fault)),
            (&["ABANDON", "PEER"], Some(EndReason::Abandoned)),
            (&["PEER"], None),
            (&[], None),
        ] {
            assert_eq!(of_words(words.iter().copied()), reason, "{words:?}");
        }
    }
}
