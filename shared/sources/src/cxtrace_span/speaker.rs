//! Who sends a Cxtrace Span event, and what reading it needs. It must not know the form.

use cxtrace_domain::journeys::{Fact, Source};

use crate::context::Context;
use crate::error::SourceError;
use crate::registry::{Sender, Stranger};

/// The sender of an event, and the context in which the event is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaker<'a> {
    pub(super) sender: Sender<'a>,
    pub(super) context: &'a Context,
}

impl<'a> Speaker<'a> {
    /// The sender behind `envelope`, who speaks as `source`.
    pub(super) fn of(envelope: &'a str, source: &Source, context: &'a Context) -> Result<Self, SourceError> {
        let sender = Sender::of(context.registry, envelope, source, context.undeclared).map_err(|stranger| {
            SourceError::at(
                "detail.source",
                match stranger {
                    Stranger::NotTheSpeaker => {
                        "is the name of a declared source, and the envelope's `source` may not speak for it: list the \
                     envelope's `source` in the definition"
                    }
                    Stranger::Undeclared => {
                        "has no definition, and UNDECLARED_SENDERS is refuse: add a definition under sources/"
                    }
                },
            )
        })?;
        Ok(Self { sender, context })
    }

    /// The reading of another source's span keys: as that source's definition says. `None` if it has none.
    pub(super) fn declared_as(&self, source: &Source) -> Option<Self> {
        let sender = Sender::declared(self.context.registry, source)?;
        Some(Self { sender, ..*self })
    }
}

/// Notes that something was left out because no definition declares it.
pub(super) fn undeclared(fact: &mut Fact, what: &'static str) {
    fact.undeclared.insert(what.to_owned());
}
