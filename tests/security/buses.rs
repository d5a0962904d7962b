//! What comes in and what goes out use two buses: nobody but the settler can say what Cxtrace says.

use journey_settler::bus::SOURCE;
use serde_json::json;
use serde_yaml_ng::Value as Yaml;

use super::resource;
use crate::template::engine;

/// What a `!Ref` or a `!GetAtt` names.
fn named(value: &Yaml) -> &str {
    match value {
        Yaml::Tagged(tagged) => tagged.value.as_str().unwrap_or_default(),
        _ => "",
    }
}

#[test]
fn only_the_settler_may_put_events_on_the_journey_bus() {
    let policy = resource("JourneyBusPolicy");
    assert_eq!(named(&policy["EventBusName"]), "JourneyBus");
    let statement = &policy["Statement"];
    let text = |name: &str| statement[name].as_str().unwrap_or_default();
    assert_eq!((text("Effect"), text("Principal"), text("Action")), ("Deny", "*", "events:PutEvents"));
    assert_eq!(named(&statement["Resource"]), "JourneyBus.Arn");
    let condition = statement["Condition"].as_mapping().unwrap();
    assert_eq!(condition.len(), 1, "one condition: who it is");
    let settler = &statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"];
    assert_eq!(named(settler), "JourneySettlerRole.Arn");
}

#[test]
fn no_rule_reads_the_journey_bus_and_spans_come_in_over_another() {
    let template: Yaml = serde_yaml_ng::from_str(&crate::template::file("template.yaml")).unwrap();
    let resources = template["Resources"].as_mapping().unwrap();
    let rules = resources.values().filter(|resource| resource["Type"].as_str() == Some("AWS::Events::Rule"));
    let buses: Vec<_> = rules.map(|rule| named(&rule["Properties"]["EventBusName"]).to_owned()).collect();
    assert!(buses.len() >= 3, "{buses:?}");
    assert!(!buses.contains(&"JourneyBus".to_owned()), "{buses:?}");
    assert_eq!(named(&resource("SpanEvents")["EventBusName"]), "SpanBus");
}

#[test]
fn a_sender_of_spans_cannot_speak_as_cxtrace() {
    let pattern = serde_json::to_value(&resource("SpanEvents")["EventPattern"]).unwrap();
    let rule = engine(&pattern.to_string());
    let wakes = |source: &str, detail_type: &str| {
        let event = json!({"source": source, "detail-type": detail_type, "detail": {"id": "x"}});
        rule.has_matches(event.to_string().as_bytes()).unwrap()
    };
    assert!(wakes("example.crm", "Cxtrace Span"));
    assert!(!wakes(SOURCE, "Cxtrace Span"), "the source of Cxtrace's own notifications");
    for forged in ["Journey Settled", "Insight Detected"] {
        assert!(!wakes("example.crm", forged) && !wakes(SOURCE, forged), "{forged} wakes nothing");
    }
}

#[test]
fn forwarders_reach_the_definitions_and_cannot_speak_as_cxtrace() {
    let pattern = serde_json::to_value(&resource("PlatformEvents")["EventPattern"]).unwrap();
    let rule = engine(&pattern.to_string());
    let wakes = |source: &str, detail_type: &str| {
        let event = json!({"source": source, "detail-type": detail_type, "detail": {"id": "x"}});
        rule.has_matches(event.to_string().as_bytes()).unwrap()
    };
    assert!(wakes("cxtrace.audiocodes", "AudioCodes CDR"));
    assert!(wakes("example.pbx", "Call Ended"), "a source of the deployer's own");
    assert!(!wakes("cxtrace.audiocodes", "Cxtrace Span"), "the rule SpanEvents takes it");
    for forged in ["Journey Settled", "Insight Detected"] {
        assert!(!wakes("example.pbx", forged) && !wakes(SOURCE, forged), "{forged} wakes nothing");
    }
}
