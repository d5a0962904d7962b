//! Every definition's webhooks can be checked.

use cxtrace_sources::registry::{Registry, Transport};
use webhook_receiver::definitions;

#[test]
fn every_source_with_webhooks_has_a_scheme_that_can_be_checked() {
    let registry = Registry::embedded();
    for definition in registry.definitions() {
        let source = definition.source.as_str();
        let has_webhooks = definition.inputs.iter().any(|input| input.transport == Some(Transport::Webhook));
        let hook = definitions::hook(registry, source);
        // Nobody speaks as an abstract definition.
        let is_open = has_webhooks && registry.source(source).is_some();
        assert_eq!(hook.is_some(), is_open, "{source}");
        if let Some(hook) = hook {
            assert!(hook.used().next().is_some(), "{source}");
        }
    }
}
