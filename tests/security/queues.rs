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

/// The value of a condition of the template's rules, with these parameters.
fn holds(condition: &Yaml, parameters: &[(&str, u64)]) -> bool {
    let text = |value: &Yaml| match value {
        Yaml::Tagged(reference) if reference.tag == "Ref" => {
            let name = reference.value.as_str().unwrap();
            parameters.iter().find(|(known, _)| *known == name).unwrap().1.to_string()
        }
        value => value.as_str().unwrap().to_owned(),
    };
    match condition {
        Yaml::Tagged(function) => {
            let of = function.value.as_sequence().unwrap();
            match function.tag.to_string().as_str() {
                "!Or" => of.iter().any(|part| holds(part, parameters)),
                "!Not" => !holds(&of[0], parameters),
                "!Equals" => text(&of[0]) == text(&of[1]),
                other => panic!("{other} is not read here"),
            }
        }
        condition => {
            let of = condition["Fn::Contains"].as_sequence().unwrap();
            of[0].as_sequence().unwrap().iter().any(|one| text(one) == text(&of[1]))
        }
    }
}

/// Genesys sends an event again for 4 days, EventBridge tries for 1, and the retry queue for 13.
#[test]
fn a_stack_whose_items_do_not_outlive_every_failed_event_is_refused() {
    let template: Yaml = serde_yaml_ng::from_str(&crate::template::file("template.yaml")).unwrap();
    let assertions = template["Rules"]["ItemsOutliveFailedEvents"]["Assertions"].as_sequence().unwrap();
    let range = |name: &str| {
        let bound = |bound: &str| template["Parameters"][name][bound].as_u64().unwrap();
        bound("MinValue")..=bound("MaxValue")
    };
    for dead_letter in range("DeadLetterDays") {
        for retention in range("RetentionDays") {
            let parameters = [("DeadLetterDays", dead_letter), ("RetentionDays", retention)];
            let failed: Vec<_> = assertions.iter().filter(|rule| !holds(&rule["Assert"], &parameters)).collect();
            assert_eq!(failed.is_empty(), retention > 4 + 1 + 13 + dead_letter, "{parameters:?}");
            for rule in failed {
                let says = rule["AssertDescription"].as_str().unwrap();
                let expected = format!("With DeadLetterDays {dead_letter} it must be {} at least.", dead_letter + 19);
                assert!(says.ends_with(&expected), "{says}");
            }
        }
    }
}
