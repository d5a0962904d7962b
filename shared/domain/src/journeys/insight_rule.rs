//! The registry of insight rules. A rule is one line here and one file of the same name in `assemble/insights/`, which
//! holds its severity, texts, documentation and code.

use serde::{Deserialize, Serialize};

/// Passes every rule to the macro `$then`: the variant of [`InsightRule`] and the name, which is also the file's name.
/// The rules are listed in this order.
macro_rules! insight_rules {
    ($then:ident) => {
        $then! {
            DroppedCall => dropped_call,
            FailedTransfer => failed_transfer,
            AbandonedInQueue => abandoned_in_queue,
            LongQueue => long_queue,
            LongGap => long_gap,
            SlowBackend => slow_backend,
            AiEscalation => ai_escalation,
            RepeatedHandoffs => repeated_handoffs,
            ClockSkew => clock_skew,
            MissingSource => missing_source,
            QuarantinedId => quarantined_id,
        }
    };
}
pub(super) use insight_rules;

macro_rules! declare {
    ($($variant:ident => $name:ident,)*) => {
        /// A rule that finds insights. The definition describes its meaning: see
        /// [`definition`](super::assemble::insights::definition).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "the definition of each rule is its documentation")]
        pub enum InsightRule {
            $($variant,)*
        }

        impl InsightRule {
            /// Every rule, in the order of the registry.
            pub const ALL: [Self; [$(Self::$variant),*].len()] = [$(Self::$variant),*];

            /// The name of the rule in documents, in the API and in metrics.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)*
                }
            }
        }
    };
}
insight_rules!(declare);

#[cfg(test)]
mod tests {
    use super::InsightRule;

    #[test]
    fn a_rule_is_written_by_its_name() {
        for rule in InsightRule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }
}
