//! Journeys depend only on the set of facts, whatever happens on the way: see `cxtrace_tests::sim::journeys`.

use cxtrace_tests::sim::Harness;
use cxtrace_tests::sim::journeys::{COVERAGE, Mutation, Scenario, play, run_all};

#[test]
fn order_does_not_matter() {
    let summary = run_all(0..150, None, 2);
    println!("{} worlds, {} journeys of {} facts", summary.worlds, summary.journeys, summary.facts);
    println!("{:#?}", summary.counters);
    let faults: Vec<_> =
        summary.failures.iter().map(|(seed, faults)| format!("seed {seed}: {}", faults.join("\n"))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert_eq!(
        summary.counters.never(&COVERAGE),
        Vec::<&str>::new(),
        "these never happened, so nothing is proved about them"
    );
}

#[test]
fn the_same_seed_is_the_same_world_of_journeys() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let harness = Harness::set_up().await;
        for seed in 0..6 {
            let scenario = Scenario { seed, mutation: None };
            let (first, second) = (play(&harness, scenario).await, play(&harness, scenario).await);
            assert_eq!(first.trace, second.trace, "seed {seed}");
            assert_eq!(first.counters, second.counters, "seed {seed}");
        }
    });
}

/// If the simulation does not notice this, it proves nothing.
#[test]
fn overwriting_rows_of_others_is_noticed() {
    let summary = run_all(0..24, Some(Mutation::Unconditional), 2);
    assert!(!summary.failures.is_empty(), "24 worlds that wrote rows without their condition all ended right");
}
