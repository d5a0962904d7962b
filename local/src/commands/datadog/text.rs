//! A plan and the objects in it, for people.

use cxtrace_datadog_objects::difference::Difference;
use cxtrace_datadog_objects::{Action, Catalogue, ObjectKind, Plan, Step, outline};

/// The maximum number of differences of one object that are shown.
const MAX_DIFFERENCES: usize = 12;

/// One line about a step: what is done with which object.
pub(super) fn line(word: &str, step: &Step) -> String {
    format!("{word:<12} {:<9} {}\n", step.kind.as_str(), title(step))
}

fn title(step: &Step) -> String {
    match step.kind {
        ObjectKind::Metadata => step.title.clone(),
        ObjectKind::Dashboard | ObjectKind::Monitor => format!("{} [{}]", step.title, step.key),
    }
}

/// What `apply` would do.
pub(super) fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    let (mut kept, mut unsent) = (0, 0);
    for step in &plan.steps {
        match &step.action {
            Action::Keep { has_additions: false, .. } => kept += 1,
            Action::Keep { has_additions: true, .. } => {
                kept += 1;
                text += &line("keep", step);
                text += "    Something was added to it in Datadog. It is left as it is.\n";
            }
            Action::NotSentYet => unsent += 1,
            Action::Create { foreign } => {
                text += &line("create", step);
                for id in foreign {
                    text += &format!("    {id} has the same name and is not managed by cxtrace. It is left alone.\n");
                }
            }
            Action::Update { differences, .. } => {
                text += &line("update", step);
                text += &shown(differences);
            }
            Action::ChangedByHand { differences, .. } => {
                text += &line("changed", step);
                text += "    Somebody changed it in Datadog. Only `apply --overwrite` would set it back:\n";
                text += &shown(differences);
            }
            Action::NotWanted { id } => {
                text += &line("not wanted", step);
                text += &format!("    Only `apply --prune` deletes {id}.\n");
            }
        }
    }
    if plan.is_empty() {
        text += "Nothing needs to be changed.\n";
    }
    if kept > 0 {
        text += &format!(
            "{} as {} should be.\n",
            if kept == 1 { "1 object is".to_owned() } else { format!("{kept} objects are") },
            if kept == 1 { "it" } else { "they" }
        );
    }
    if unsent > 0 {
        text += &format!(
            "{} not been sent yet. Run `apply` again once they have, to set their metadata.\n",
            if unsent == 1 { "1 metric has".to_owned() } else { format!("{unsent} metrics have") }
        );
    }
    text
}

fn shown(differences: &[Difference]) -> String {
    let lines = differences.iter().take(MAX_DIFFERENCES).map(|difference| format!("    {}\n", difference.line()));
    let mut text: String = lines.collect();
    if differences.len() > MAX_DIFFERENCES {
        text += &format!("    and {} more\n", differences.len() - MAX_DIFFERENCES);
    }
    text
}

/// Every object as an outline.
pub(super) fn outlines(catalogue: &Catalogue) -> String {
    let objects = catalogue.objects.iter().map(|object| format!("\n{}", outline::outline(object)));
    objects.collect::<String>() + &left_out(catalogue)
}

/// Why a dashboard is missing.
pub(super) fn left_out(catalogue: &Catalogue) -> String {
    if catalogue.left_out.is_empty() {
        return String::new();
    }
    format!(
        "Left out: {} and the monitors of flows. METRIC_NAME gives each flow and metric a name of its own, so name a state \
         table with --table, or a running twin with --twin.\n",
        catalogue.left_out.join(", ")
    )
}
