//! The sources that send webhooks, by their definitions.

use std::collections::{BTreeMap, BTreeSet};

use cxtrace_signatures::{Auth, Handshake};
use cxtrace_sources::registry::{self, Definition, Registry, Transport};

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
    let hook = auths(definition).map_err(|error| error.to_string()).and_then(|auths| {
        Hook::try_new(&definition.source, &auths, used, handshake).map_err(|error| error.to_string())
    });
    Some(hook.unwrap_or_else(|reason| {
        tracing::debug!(source, reason, "only a scheme of the deployer's opens this source");
        Hook::without_scheme(&definition.source, handshake)
    }))
}

/// The blocks of a definition. Both crates read the same form.
fn auths(definition: &Definition) -> Result<BTreeMap<String, Auth>, serde_json::Error> {
    let read = |(name, auth)| Ok((String::clone(name), serde_json::from_value(serde_json::to_value(auth)?)?));
    definition.auth.schemes.iter().map(read).collect()
}

fn handshake(handshake: registry::Handshake) -> Option<Handshake> {
    match handshake {
        registry::Handshake::Zoom => Some(Handshake::Zoom),
        registry::Handshake::RingCentral => Some(Handshake::RingCentral),
        registry::Handshake::EightByEight => Some(Handshake::EightByEight),
        registry::Handshake::None => None,
    }
}
