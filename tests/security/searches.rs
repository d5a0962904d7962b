//! Finding a phone number by trying: the limit of a user is one limit, however many instances answer.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::query::{Admission, PhoneSearch, SearchLimits};
use cxtrace_privacy::{HashDomain, Pseudonyms};
use futures::future::join_all;

use crate::journeys::support::JourneyFixture;
use crate::pipeline::support::noon;

const LIMITS: SearchLimits = SearchLimits { per_minute: 10, per_day: 25 };

fn search(user: &str, number: usize, at: DateTime<Utc>) -> PhoneSearch {
    let pseudonyms = Pseudonyms::try_new(&[7; 32]).unwrap();
    PhoneSearch {
        user: pseudonyms.of(HashDomain::Subject, user),
        number: pseudonyms.of(HashDomain::PhoneSearch, &format!("{number} {user}")),
        at,
        limits: LIMITS,
    }
}

/// Which of the numbers are admitted when all are searched for at once.
async fn admitted(
    fixture: &JourneyFixture,
    user: &str,
    numbers: std::ops::Range<usize>,
    at: DateTime<Utc>,
) -> BTreeSet<usize> {
    let searches: Vec<_> = numbers.clone().map(|number| search(user, number, at)).collect();
    let answers = join_all(searches.iter().map(|search| fixture.table.admit(search))).await;
    let made = numbers.zip(answers).filter(|(_, answer)| *answer.as_ref().unwrap() == Admission::Admitted);
    made.map(|(number, _)| number).collect()
}

#[tokio::test]
async fn of_a_hundred_searches_at_once_exactly_the_limit_is_admitted() {
    let fixture = JourneyFixture::new().await;
    let first = admitted(&fixture, "clerk", 0..100, noon()).await;
    assert_eq!(first.len(), 10);
    let again = admitted(&fixture, "clerk", 0..100, noon() + TimeDelta::seconds(59)).await;
    assert_eq!(again, first, "numbers that were searched for before, and no other");
    assert_eq!(admitted(&fixture, "other", 0..100, noon()).await.len(), 10, "each user has a limit");
}

#[tokio::test]
async fn a_day_has_a_limit_too_and_a_refusal_says_how_long_to_wait() {
    let fixture = JourneyFixture::new().await;
    let at = |minutes: i64| noon() + TimeDelta::minutes(minutes);
    let made = [0, 1, 2, 3].map(|minute| (minute, minute as usize * 100));
    let mut counts = Vec::new();
    for (minute, from) in made {
        counts.push(admitted(&fixture, "clerk", from..from + 100, at(minute)).await.len());
    }
    assert_eq!(counts, [10, 10, 5, 0]);
    let wait = |answer| match answer {
        Admission::Refused(wait) => wait,
        Admission::Admitted => panic!("it was admitted"),
    };
    let late = fixture.table.admit(&search("clerk", 999, at(60))).await.unwrap();
    assert_eq!(wait(late), TimeDelta::hours(11), "until the next day of UTC");
    let next_day = fixture.table.admit(&search("clerk", 999, at(720))).await.unwrap();
    assert_eq!(next_day, Admission::Admitted);
}

#[tokio::test]
async fn a_counter_expires_and_holds_no_hash_that_a_journey_is_found_by() {
    let fixture = JourneyFixture::new().await;
    let search = search("clerk", 1, noon());
    fixture.table.admit(&search).await.unwrap();
    let items = fixture.client.scan().table_name("correlation").send().await.unwrap().items.unwrap();
    assert_eq!(items.len(), 2, "a minute and a day");
    for item in items {
        assert!(item.contains_key("expires_at"), "{item:?}");
        let shown = format!("{item:?}");
        assert!(!shown.contains(&search.number.to_string()), "{shown}");
        assert!(!shown.contains("clerk"), "{shown}");
    }
    assert!(fixture.batch().records.is_empty(), "a search wakes no function");
}
