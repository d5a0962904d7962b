//! The sources that send webhooks, by their definitions.

use std::collections::BTreeSet;

use cxtrace_signatures::Handshake;
use cxtrace_sources::registry::{self, Registry, Transport};

use crate::hook::Hook;

/// The hook of a source, by its name or another name of it. `None` if no such definition has webhooks.
#[must_use]
pub fn hook(registry: &Registry, source: &str) -> Option<Hook> {
    let definition = registry.source(source)?;
    let webhooks = || definition.inputs.iter().filter(|input| input.transport == Some(Transport::Webhook));
    webhooks().next()?;
    let used: BTreeSet<_> =
        webhooks().map(|input| input.auth.clone().unwrap_or_else(|| "default".to_owned())).collect();
    let handshake = definition.auth.handshake.and_then(handshake);
    let hook = Hook::try_new(&definition.source, &definition.auth.schemes, used, handshake);
    Some(hook.unwrap_or_else(|error| {
        tracing::debug!(source, reason = %error, "only a scheme of the deployer's opens this source");
        Hook::without_scheme(&definition.source, handshake)
    }))
}

fn handshake(handshake: registry::Handshake) -> Option<Handshake> {
    match handshake {
        registry::Handshake::Zoom => Some(Handshake::Zoom),
        registry::Handshake::RingCentral => Some(Handshake::RingCentral),
        registry::Handshake::EightByEight => Some(Handshake::EightByEight),
        registry::Handshake::None => None,
    }
}
