//! Tests each difference between the extension and an agent, and that sent increments are counted exactly nevertheless.

use std::collections::BTreeMap;
use std::sync::Arc;

use cxtrace_domain::metrics::Tag;
use cxtrace_error_chain::error_chain;
use proptest::prelude::*;

use super::fake::{FakeExtension, Held, Kind, MetricContext};
use super::*;
use crate::testing::{START, TestClock};

fn series(n: u64) -> Series {
    cxtrace_settings::metrics::default_template().series(&format!("Flow {n}"), "Paid", None).0
}

fn increment(n: u64, count: u64) -> Increment {
    Increment { series: series(n), bucket: Bucket::starting_at(START), count }
}

/// The datagrams of `increments`.
fn sent(increments: &[Increment]) -> Vec<String> {
    let lines: Vec<_> = increments.iter().map(|i| (line(&i.series, i.bucket).unwrap(), i.count)).collect();
    datagrams(&lines).collect()
}

/// An extension that has received `datagrams`, after the end of all buckets.
fn fed<T: AsRef<[u8]>>(datagrams: &[T]) -> FakeExtension {
    let mut extension = FakeExtension::at(START + 1_000_000_000);
    datagrams.iter().for_each(|datagram| extension.receive(datagram.as_ref()));
    extension
}

/// The content of an extension that has lost nothing of `increments`.
fn exact(increments: &[Increment]) -> BTreeMap<MetricContext, Held> {
    let mut held = BTreeMap::new();
    for Increment { series, bucket, count } in increments.iter().filter(|one| one.count > 0) {
        let tags = series.tags().map(str::to_owned).collect();
        let context = (series.name().to_owned(), tags, bucket.start() / 10 * 10);
        let held = held.entry(context).or_insert(Held { kind: Kind::Distribution, sum: 0.0, count: 0 });
        held.sum += *count as f64;
        held.count += count;
    }
    held
}

fn only(extension: &FakeExtension) -> (f64, u64) {
    assert_eq!(extension.held.len(), 1);
    extension.held.values().map(|held| (held.sum, held.count)).next().unwrap()
}

#[test]
fn a_line_is_a_distribution_of_one_with_tags_and_the_buckets_start() {
    assert_eq!(
        sent(&[increment(7, 2)]),
        [format!("genesys.flow.Flow_7.Paid:1|d|#flow:flow_7,metric:paid|T{START}\n").repeat(2).trim_end()]
    );
    let bare = Increment { series: Series::new("cxtrace.occurrences.late", Vec::new()), ..increment(0, 1) };
    assert_eq!(sent(&[bare]), [format!("cxtrace.occurrences.late:1|d|T{START}")]);
    assert!(sent(&[increment(1, 0)]).is_empty() && sent(&[]).is_empty());
}

#[test]
fn packed_values_are_cut_to_the_first_so_each_occurrence_has_its_line() {
    assert_eq!(only(&fed(&["m:1:1:1|d"])), (1.0, 1));
    assert_eq!(only(&fed(&sent(&[increment(1, 3)]))), (3.0, 3));
    assert!(sent(&[increment(1, 3)])[0].lines().all(|line| line.split('|').next().unwrap().matches(':').count() == 1));
}

#[test]
fn one_line_of_value_n_would_have_the_count_one_and_n_lines_have_both_right() {
    assert_eq!(only(&fed(&["m:500|d"])), (500.0, 1));
    assert_eq!(only(&fed(&sent(&[increment(1, 500)]))), (500.0, 500));
}

#[test]
fn a_sample_rate_is_ignored_so_none_is_sent() {
    assert_eq!(only(&fed(&["m:1|d|@0.1"])), (1.0, 1));
    assert!(sent(&[increment(1, 500), increment(2, 1)]).iter().all(|datagram| !datagram.contains('@')));
}

#[test]
fn types_that_are_dropped_or_changed_are_never_sent() {
    for line in ["m:1|h", "m:1|ms", "m:1|s", "_e{1,1}:a|b", "_sc|a|0"] {
        let extension = fed(&[line]);
        assert_eq!((extension.held.len(), extension.dropped), (0, 1), "{line}");
    }
    assert_eq!(fed(&["m:1|c"]).held.values().next().unwrap().kind, Kind::Unspecified);
    assert_eq!(fed(&["m:1|g"]).held.values().next().unwrap().kind, Kind::Count);
    // Lines of another type under one name are lost, so all lines must have one type.
    assert_eq!(fed(&["m:1|c\nm:1|d"]).dropped, 1);

    let datagrams = sent(&[increment(1, 3), increment(2, 1)]);
    assert!(datagrams.iter().flat_map(|datagram| datagram.lines()).all(|line| line.split('|').nth(1) == Some("d")));
    assert!(fed(&datagrams).held.values().all(|held| held.kind == Kind::Distribution));
}

#[test]
fn the_timestamp_is_floored_to_ten_seconds_and_the_present_and_the_sum_stays_right() {
    assert_eq!(fed(&["m:1|d|T1700000019"]).held.keys().next().unwrap().2, 1_700_000_010);
    let mut early = FakeExtension::at(START - 5);
    sent(&[increment(1, 2)]).iter().for_each(|datagram| early.receive(datagram.as_bytes()));
    assert_eq!(early.held.keys().next().unwrap().2, START - 10);
    assert_eq!(only(&early), (2.0, 2));

    // The extension's buckets do not have 7 seconds. Nothing is lost by it.
    let increments: Vec<_> =
        (0..10).map(|n| Increment { bucket: Bucket::starting_at(START + 7 * n), ..increment(1, 1) }).collect();
    let extension = fed(&sent(&increments));
    assert_eq!(extension.held, exact(&increments));
    assert_eq!(extension.held.values().map(|held| held.count).sum::<u64>(), 10);
}

#[test]
fn a_point_of_any_age_is_passed_on_with_its_own_time() {
    let old = Increment { bucket: Bucket::starting_at(START - 86_400), ..increment(1, 1) };
    assert_eq!(fed(&sent(std::slice::from_ref(&old))).held, exact(&[old]));
}

#[test]
fn fields_that_are_ignored_are_not_sent() {
    assert_eq!(only(&fed(&["m:1|d|c:abc|e:it-false|x"])), (1.0, 1));
    let datagram = sent(&[increment(1, 1)]).remove(0);
    let fields: Vec<_> = datagram.split('|').skip(2).map(|field| field.chars().next().unwrap()).collect();
    assert_eq!(fields, ['#', 'T']);
}

#[test]
fn a_datagram_beyond_the_buffer_is_cut_so_none_is_longer() {
    let lines = "genesys.flow.metric:1|d|#flow:a\n".repeat(200);
    let partly = vec![format!("{lines}{lines}")];
    assert!(only(&fed(&partly)).1 < 400);
    let cut_in_a_character = vec![format!("m:1|d\n{}", "料".repeat(3_000))];
    assert!(fed(&cut_in_a_character).held.is_empty());

    let increments: Vec<_> = (0..100).map(|n| increment(n, 20)).collect();
    let datagrams = sent(&increments);
    assert!(datagrams.len() > 10 && datagrams.iter().all(|datagram| datagram.len() <= MAX_DATAGRAM));
    assert_eq!(fed(&datagrams).held, exact(&increments));
}

#[test]
fn datagrams_are_filled_to_the_last_byte() {
    let length = line(&series(1), Bucket::starting_at(START)).unwrap().len();
    let fitting = (MAX_DATAGRAM + 1) / (length + 1);
    assert_eq!(sent(&[increment(1, fitting as u64)]).len(), 1);
    assert_eq!(sent(&[increment(1, fitting as u64 + 1)]).len(), 2);
    let padded = |pad: usize| {
        let tags = (0..40).map(|n| format!("t{n}:{}", "x".repeat(180))).chain([format!("u:{}", "y".repeat(pad))]);
        line(&Series::stored("m".into(), tags.collect()), Bucket::starting_at(START))
    };
    let room = MAX_DATAGRAM - padded(1).unwrap().len() + 1;
    assert_eq!(padded(room).unwrap().len(), MAX_DATAGRAM);
    assert_eq!(padded(room + 1), Err(UnsendableReason::Length));
}

#[test]
fn names_and_tags_that_would_be_passed_on_unchanged_are_in_datadogs_spelling_already() {
    assert!(fed(&["Upper.Name-dash:1|d|#Tag Key:Val ue"]).interned.contains("Tag Key:Val ue"));
    let (wild, _) = cxtrace_settings::metrics::default_template().series("Ünïted: Flow|#,\n-x", "Pay @ 0.1|d", None);
    let datagram = line(&wild, Bucket::starting_at(START)).unwrap();
    assert_eq!(
        datagram,
        format!("genesys.flow.United_Flow_x.Pay_0.1_d:1|d|#flow:ünïted:_flow_-x,metric:pay_0.1_d|T{START}")
    );
    let extension = fed(&[datagram]);
    assert_eq!(extension.held, exact(&[Increment { series: wild, ..increment(0, 1) }]));
}

#[test]
fn a_line_with_more_than_a_hundred_tags_is_dropped_so_it_is_refused_here() {
    let tagged = |tags: usize| Series::new("m", (0..tags).map(|n| Tag::parse(&format!("t{n}")).unwrap()).collect());
    let line = |tags: usize| line(&tagged(tags), Bucket::starting_at(START));
    let too_many = (0..101).map(|n| format!("t{n}")).collect::<Vec<_>>().join(",");
    assert_eq!(fed(&[format!("m:1|d|#{too_many}")]).dropped, 1);
    assert_eq!(only(&fed(&[line(100).unwrap()])), (1.0, 1));
    assert_eq!(line(101), Err(UnsendableReason::Tags));
    assert_eq!(Extension::check(&tagged(101)), Err(UnsendableReason::Tags));
    assert_eq!(Extension::check(&tagged(100)), Ok(()));
}

#[tokio::test]
async fn more_series_than_the_extension_holds_are_refused_unsent() {
    let extension = Extension::new(ADDRESS, Arc::new(TestClock::new()));
    let increments: Vec<_> = (0..=MAX_CONTEXTS as u64).map(|n| increment(n, 1)).collect();
    assert!(fed(&sent(&increments)).dropped == 1 && fed(&sent(&increments[1..])).dropped == 0);
    let error = extension.send(&increments).await.unwrap_err();
    assert!(matches!(error, ExtensionError::TooMany(10_241)), "{error}");
}

#[test]
fn time_adds_nothing_to_what_the_extension_keeps_for_ever() {
    let early = fed(&sent(&[increment(1, 1)]));
    let hour: Vec<_> =
        (0..360).map(|n| Increment { bucket: Bucket::starting_at(START + 10 * n), ..increment(1, 1) }).collect();
    assert_eq!(fed(&sent(&hour)).interned, early.interned);
}

#[test]
fn a_series_that_would_be_read_differently_is_refused() {
    let at = Bucket::starting_at(START);
    let refused = |name: &str, tags: &[&str]| {
        line(&Series::stored(name.into(), tags.iter().map(|tag| (*tag).to_owned()).collect()), at)
    };
    for (name, tags) in
        [("", &[][..]), ("a:b", &[]), ("a|b", &[]), ("a\nb", &[]), ("a", &["x,y"]), ("a", &["x|y"]), ("a", &[""])]
    {
        assert_eq!(refused(name, tags), Err(UnsendableReason::Characters), "{name:?} {tags:?}");
    }
    assert_eq!(line(&series(1), Bucket::starting_at(0)), Err(UnsendableReason::Time));
}

#[tokio::test]
async fn bursts_arrive_with_a_pause_after_each() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let clock = TestClock::new();
    let extension = Extension::new(socket.local_addr().unwrap(), Arc::new(clock.clone()));
    // Few enough to fit into a socket's buffer, because nothing reads before all are sent.
    let increments: Vec<_> = (0..10).map(|n| increment(n, 100)).collect();
    let expected = sent(&increments);
    assert!((BURST + 1..=BURST + 4).contains(&expected.len()), "{}", expected.len());
    extension.send(&increments).await.unwrap();

    let (mut received, mut buffer) = (Vec::new(), [0; 2 * MAX_DATAGRAM]);
    for _ in &expected {
        let length = socket.recv(&mut buffer).await.unwrap();
        received.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
    }
    assert_eq!(received, expected);
    assert_eq!(fed(&received).held, exact(&increments));
    assert_eq!(clock.slept(), [PAUSE]);
}

#[tokio::test]
async fn without_a_listener_the_error_says_what_to_check() {
    for datagrams in [1, 200] {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let extension = Extension::new(socket.local_addr().unwrap(), Arc::new(TestClock::new()));
        drop(socket);
        let error = extension.send(&[increment(1, datagrams)]).await.unwrap_err();
        assert!(matches!(error, ExtensionError::NotTaken { .. }) && error_chain(&error).contains("layer"), "{error}");
    }
}

#[tokio::test]
async fn one_invalid_series_is_named_and_nothing_is_sent() {
    let extension = Extension::new(ADDRESS, Arc::new(TestClock::new()));
    let timeless = Increment { bucket: Bucket::starting_at(0), ..increment(2, 1) };
    let error = extension.send(&[increment(1, 1), timeless]).await.unwrap_err();
    assert_eq!(
        error_chain(&error),
        "the metric genesys.flow.Flow_2.Paid cannot be sent to the Datadog extension: its bucket does not start after \
         1 January 1970"
    );
}

proptest! {
    #[test]
    fn the_extension_counts_exactly_what_is_sent(
        increments in proptest::collection::vec((0_u64..5, any::<String>(), 1_i64..4_000_000, 0_u64..80), 0..30)
    ) {
        let increments: Vec<_> = increments
            .into_iter()
            .map(|(n, metric, start, count)| {
                let (series, _) = cxtrace_settings::metrics::default_template().series(&format!("料金 {n}"), &metric, None);
                Increment { series, bucket: Bucket::starting_at(start), count }
            })
            .collect();
        let datagrams = sent(&increments);
        prop_assert!(datagrams.iter().all(|datagram| datagram.len() <= MAX_DATAGRAM && !datagram.ends_with('\n')));
        let extension = fed(&datagrams);
        prop_assert_eq!(extension.dropped, 0);
        prop_assert_eq!(extension.held, exact(&increments));
    }
}
