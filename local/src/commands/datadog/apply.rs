//! Carrying out a plan. Each step is printed when it is done; a step that fails does not stop the others.

use cxtrace_datadog_objects::{Action, Existing, Object, ObjectKind, Plan, Step};

use super::text::line;
use crate::commands::print::print;
use crate::datadog_api::{ApiError, DatadogApi};
use crate::failure::{CommandResult, Completion, describe};
use crate::report::layout::several;

/// What is done only on request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    pub(super) overwrite: bool,
    pub(super) prune: bool,
}

/// What became of a step.
enum Done {
    Nothing,
    Changed(&'static str),
    Left,
}

pub(super) async fn run(
    api: &DatadogApi,
    objects: &[Object],
    existing: &[Existing],
    plan: &Plan,
    stack: &str,
    policy: Policy,
) -> CommandResult {
    let (mut changed, mut left, mut failed) = (0, 0, 0);
    for step in &plan.steps {
        match carry_out(api, objects, existing, step, stack, policy).await {
            Ok(Done::Nothing) => {}
            Ok(Done::Changed(word)) => {
                changed += 1;
                print(&line(word, step))?;
            }
            Ok(Done::Left) => {
                left += 1;
                print(&line("left alone", step))?;
            }
            Err(error) => {
                failed += 1;
                eprintln!("error: {}", describe(&error));
            }
        }
    }
    let unchanged = plan.steps.len() as u64 - changed - left - failed;
    print(&format!("{} changed, {unchanged} unchanged.\n", several(changed, "object")))?;
    if left > 0 {
        print(&format!(
            "{} left alone. `cxtrace datadog plan` shows why. --overwrite sets back what somebody changed, and --prune deletes what is no \
             longer wanted.\n",
            several(left, "object")
        ))?;
    }
    Ok(if failed == 0 { Completion::All } else { Completion::Partial })
}

async fn carry_out(
    api: &DatadogApi,
    objects: &[Object],
    existing: &[Existing],
    step: &Step,
    stack: &str,
    policy: Policy,
) -> Result<Done, ApiError> {
    let object = objects.iter().find(|object| object.kind == step.kind && object.key == step.key);
    let actual = |id: &str| existing.iter().find(|found| found.kind == step.kind && found.id == id);
    match (&step.action, object) {
        (Action::Create { .. }, Some(object)) => {
            api.create(object, stack).await?;
            Ok(Done::Changed("created"))
        }
        (Action::Update { id, .. }, Some(object)) => {
            if let Some(actual) = actual(id) {
                api.overwrite(object, actual, stack).await?;
            }
            Ok(Done::Changed("updated"))
        }
        (Action::ChangedByHand { id, .. }, Some(object)) if policy.overwrite => {
            if let Some(actual) = actual(id) {
                api.overwrite(object, actual, stack).await?;
            }
            Ok(Done::Changed("overwritten"))
        }
        (Action::NotWanted { id }, _) if policy.prune && step.kind != ObjectKind::Metadata => {
            api.delete(step.kind, id, &step.title).await?;
            Ok(Done::Changed("deleted"))
        }
        (Action::ChangedByHand { .. } | Action::NotWanted { .. }, _) => Ok(Done::Left),
        (Action::Keep { .. } | Action::NotSentYet, _) => Ok(Done::Nothing),
        (Action::Create { .. } | Action::Update { .. }, None) => Ok(Done::Nothing),
    }
}
