//! Traffic that a bad rule would join by mistake: visits whose code nobody keys in, batch jobs, direct calls to the
//! outsourcer, and a monitor's test calls with one shared account.

use chrono::{DateTime, Utc};

use super::scenario::Scenario;
use super::{handoffs, web};
use crate::platforms::SpanDocument;
use crate::platforms::places::{LINES, OUTSOURCER, ROUTING};

/// The account of every test call.
const TEST_ACCOUNT: &str = "TEST-ACCOUNT-0001";

/// The number that the monitor calls from.
const MONITOR: &str = "+441632960999";

/// One event that belongs to no journey of several systems.
pub(super) fn alone(scenario: &mut Scenario, at: DateTime<Utc>) {
    match scenario.rng.below(100) {
        0..70 => {
            let (code, shown) = (web::code(scenario), at + scenario.rng.seconds(10, 240));
            let to = shown + scenario.rng.seconds(10, 600);
            let document = web::visit(scenario, at, to, Some((&code, shown)));
            scenario.send(scenario.systems.web, &document, 0);
        }
        70..78 => {
            let to = at + scenario.rng.seconds(20, 900);
            let document = web::visit(scenario, at, to, None);
            scenario.send(scenario.systems.web, &document, 0);
        }
        78..92 => {
            let caller = scenario.caller();
            let number = scenario.rng.pick(&OUTSOURCER);
            handoffs::outsourced(scenario, &caller, number, at, true);
        }
        92..96 => {
            let id = format!("trace:{}", scenario.rng.hex(32));
            let to = at + scenario.rng.seconds(1, 120);
            let document = SpanDocument::of(id, "backend", "order-import", at, to).with("messaging.system", "kafka");
            scenario.send(scenario.systems.backend, &document, 0);
        }
        _ => {
            let id = format!("crm.case:500Hs{}IAF", scenario.rng.hex(10));
            let to = at + scenario.rng.seconds(60, 1_800);
            let document = SpanDocument::of(id, "crm", "case activity", at, to);
            scenario.send(scenario.systems.crm, &document, 0);
        }
    }
}

/// A monitor calls, gives its test account, and hangs up.
pub(super) fn test_call(scenario: &mut Scenario, at: DateTime<Utc>) {
    let line = scenario.rng.pick(&LINES);
    let mut call = scenario.call(at, MONITOR, line);
    call.genesys.set(at + scenario.rng.seconds(2, 4), [("crmCaseId", TEST_ACCOUNT)]);
    let over = scenario.ivr(&mut call, &ROUTING, "DISCONNECT", None);
    scenario.hang_up(call, over, "CLIENT");
}
