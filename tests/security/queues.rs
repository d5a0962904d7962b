//! Retry queues and dead-letter queues: whole events wait there, so they are encrypted and kept for a short time.

use serde_yaml_ng::Value as Yaml;

use super::resource;

/// The dead-letter queues whose messages hold whole events.
const OF_EVENTS: [&str; 2] = ["EventsDeadLetters", "JourneyDeadLetters"];

/// The retry queues. The functions give an event up after 13 days, before SQS would delete it.
const RETRIES: [&str; 2] = ["EventsRetries", "JourneyRetries"];

#[test]
fn queues_with_whole_events_are_encrypted_and_keep_them_for_days_only() {
    let template: Yaml = serde_yaml_ng::from_str(&crate::template::file("template.yaml")).unwrap();
    for queue in OF_EVENTS {
        let properties = resource(queue);
        assert_eq!(properties["SqsManagedSseEnabled"].as_bool(), Some(true), "{queue}");
        let Yaml::Tagged(retention) = &properties["MessageRetentionPeriod"] else { panic!("{queue} has a fixed time") };
        assert_eq!(retention.tag, "FindInMap", "{queue}");
    }
    for queue in RETRIES {
        let properties = resource(queue);
        assert_eq!(properties["SqsManagedSseEnabled"].as_bool(), Some(true), "{queue}");
        assert_eq!(properties["MessageRetentionPeriod"].as_u64(), Some(14 * 86_400), "{queue}");
    }
    let parameter = &template["Parameters"]["DeadLetterDays"];
    assert_eq!((parameter["Default"].as_u64(), parameter["MaxValue"].as_u64()), (Some(7), Some(14)));
    assert_eq!(parameter["MinValue"].as_u64(), Some(5));
    for days in 5..=14_u64 {
        let seconds = &template["Mappings"]["SecondsOfDays"][days.to_string().as_str()]["Seconds"];
        assert_eq!(seconds.as_u64(), Some(days * 86_400), "{days}");
    }
}

#[test]
fn every_queue_is_encrypted() {
    let template: Yaml = serde_yaml_ng::from_str(&crate::template::file("template.yaml")).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().iter();
    let queues: Vec<_> = resources.filter(|(_, queue)| queue["Type"].as_str() == Some("AWS::SQS::Queue")).collect();
    assert!(queues.len() >= 3);
    for (name, queue) in queues {
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"].as_bool(), Some(true), "{}", name.as_str().unwrap());
    }
}
