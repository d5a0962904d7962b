//! What belongs to nothing else, and is there to be mistaken for something: visits whose code nobody keys in,
//! batches, calls straight to the outsourcer, and a monitor's test calls, all with one test account.

use chrono::{DateTime, Utc};

use super::scene::Scene;
use super::{handoffs, web};
use crate::platforms::Told;
use crate::platforms::places::{LINES, OUTSOURCER, ROUTING};

/// The account of every test call.
const TEST_ACCOUNT: &str = "TEST-ACCOUNT-0001";

/// The number that the monitor calls from.
const MONITOR: &str = "+441632960999";

/// Something alone.
pub(super) fn alone(scene: &mut Scene, at: DateTime<Utc>) {
    match scene.dice.below(100) {
        0..70 => {
            let (code, shown) = (web::code(scene), at + scene.dice.seconds(10, 240));
            let to = shown + scene.dice.seconds(10, 600);
            let told = web::visit(scene, at, to, Some((&code, shown)));
            scene.tell(scene.world.web, &told, 0);
        }
        70..78 => {
            let to = at + scene.dice.seconds(20, 900);
            let told = web::visit(scene, at, to, None);
            scene.tell(scene.world.web, &told, 0);
        }
        78..92 => {
            let caller = scene.caller();
            let number = scene.dice.pick(&OUTSOURCER);
            handoffs::outsourced(scene, &caller, number, at, true);
        }
        92..96 => {
            let id = format!("trace:{}", scene.dice.hex(32));
            let to = at + scene.dice.seconds(1, 120);
            let told = Told::of(id, "backend", "order-import", at, to).with("messaging.system", "kafka");
            scene.tell(scene.world.backend, &told, 0);
        }
        _ => {
            let id = format!("crm.case:500Hs{}IAF", scene.dice.hex(10));
            let to = at + scene.dice.seconds(60, 1_800);
            let told = Told::of(id, "crm", "case activity", at, to);
            scene.tell(scene.world.crm, &told, 0);
        }
    }
}

/// A monitor calls, says its test account, and hangs up.
pub(super) fn test_call(scene: &mut Scene, at: DateTime<Utc>) {
    let line = scene.dice.pick(&LINES);
    let mut call = scene.call(at, MONITOR, line);
    call.genesys.set(at + scene.dice.seconds(2, 4), [("crmCaseId", TEST_ACCOUNT)]);
    let over = scene.ivr(&mut call, &ROUTING, "DISCONNECT", None);
    scene.hang_up(call, over, "CLIENT");
}
