//! `cxtrace datadog`: dashboards, monitors and metric metadata as code.

mod apply;
mod scope;
mod text;

use std::sync::Arc;

use cxtrace_clock::SystemClock;
use cxtrace_datadog_objects::{Catalogue, Existing, Object, ObjectKind, Plan, stack};
use cxtrace_settings::Environment;
use serde_json::{Value, json};

use super::print::print;
use crate::datadog_api::{Access, DatadogApi};
use crate::failure::{CommandResult, Completion, Failure};
use scope::Scope;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows what `apply` would change, and every object as an outline or as Datadog's JSON
    Plan {
        #[command(flatten)]
        scope: Scope,

        /// The format of the objects. `json` prints Datadog's JSON, and compares with nothing
        #[arg(long, value_enum, default_value_t)]
        format: PlanFormat,

        /// Only the dashboard or monitor with this key. With --format json, the JSON can be imported in Datadog
        #[arg(long, value_name = "KEY")]
        only: Option<String>,
    },
    /// Creates and updates the objects. A second run changes nothing
    Apply {
        #[command(flatten)]
        scope: Scope,

        /// Also overwrites what somebody has changed in Datadog
        #[arg(long)]
        overwrite: bool,

        /// Also deletes objects of this stack that are no longer wanted
        #[arg(long)]
        prune: bool,
    },
    /// Deletes the dashboards and monitors of this stack. Metrics and their metadata stay
    Destroy {
        /// The stack whose objects are deleted
        #[arg(long, value_name = "NAME", default_value = scope::STACK)]
        stack: String,
    },
    /// Prints the dashboard of flow metrics as JSON, for import in Datadog
    Dashboard {
        #[command(flatten)]
        scope: Scope,

        /// Makes it for the flows in the state table or twin: METRIC_NAME gives each flow and metric a name of its own
        #[arg(long)]
        flows: bool,
    },
    /// Prints a CloudFormation template of Datadog's resource types, with the same dashboards and monitors
    Stack {
        #[command(flatten)]
        scope: Scope,
    },
}

/// The format of the objects in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum PlanFormat {
    /// Groups, titles and queries
    #[default]
    Outline,
    /// Datadog's JSON
    Json,
}

pub(crate) fn help(exit_codes: &str) -> String {
    format!(
        "\
DD_SITE, DD_API_KEY and DD_APP_KEY name the organisation. The application key needs the scopes
dashboards_read, dashboards_write, monitors_read, monitors_write, metrics_read and
metrics_metadata_write. METRIC_NAME, METRIC_TAGS and MEDIA_TYPE_TAG must be set as they are for
the stack.

Only objects that carry the mark of the stack are changed or deleted: a dashboard has it in its
description, a monitor in its tags.

{exit_codes}"
    )
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let environment = Environment::of_process();
    match args.command {
        Command::Plan { scope, format, only } => plan(&environment, &scope, format, only.as_deref()).await,
        Command::Apply { scope, overwrite, prune } => apply(&environment, &scope, overwrite, prune).await,
        Command::Destroy { stack } => destroy(&environment, &stack).await,
        Command::Dashboard { scope, flows } => dashboard(&environment, &scope, flows).await,
        Command::Stack { scope } => {
            let template = stack::template(&scope.catalogue(&environment).await?);
            print_pretty(&template)
        }
    }
}

async fn plan(environment: &Environment, scope: &Scope, format: PlanFormat, only: Option<&str>) -> CommandResult {
    let mut catalogue = scope.catalogue(environment).await?;
    if let Some(key) = only {
        catalogue.objects.retain(|object| object.key == key);
        if catalogue.objects.is_empty() {
            return Err(Failure::usage(format!(
                "no object has the key {key}. `cxtrace datadog plan` lists the keys in brackets."
            )));
        }
    }
    if format == PlanFormat::Json {
        return print_pretty(&match (&catalogue.objects[..], only) {
            ([one], Some(_)) => one.body.clone(),
            (all, _) => json_of(all),
        });
    }
    match Access::read(environment)? {
        Some(access) => {
            let api = DatadogApi::new(access, Arc::new(SystemClock))?;
            let existing = api.existing(&catalogue.objects).await?;
            let mut plan = Plan::of(&catalogue.objects, &existing, &scope.stack)?;
            if only.is_some() {
                plan.steps.retain(|step| catalogue.objects.iter().any(|object| object.key == step.key));
            }
            print(&text::plan(&plan))?;
        }
        None => print("DD_API_KEY and DD_APP_KEY are not set, so this is compared with nothing.\n")?,
    }
    print(&text::outlines(&catalogue))?;
    Ok(Completion::All)
}

async fn apply(environment: &Environment, scope: &Scope, overwrite: bool, prune: bool) -> CommandResult {
    let access = Access::required(environment)?;
    let catalogue = scope.catalogue(environment).await?;
    let api = DatadogApi::new(access, Arc::new(SystemClock))?;
    let existing = api.existing(&catalogue.objects).await?;
    let plan = Plan::of(&catalogue.objects, &existing, &scope.stack)?;
    let policy = apply::Policy { overwrite, prune };
    let outcome = apply::run(&api, &catalogue.objects, &existing, &plan, &scope.stack, policy).await;
    print(&text::left_out(&catalogue))?;
    outcome
}

async fn destroy(environment: &Environment, stack: &str) -> CommandResult {
    let api = DatadogApi::new(Access::required(environment)?, Arc::new(SystemClock))?;
    let existing: Vec<Existing> = api.existing(&[]).await?;
    let plan = Plan::of(&[], &existing, stack)?;
    if plan.steps.is_empty() {
        print(&format!("Nothing in Datadog carries the mark of the stack {stack}. Nothing was deleted.\n"))?;
        return Ok(Completion::All);
    }
    apply::run(&api, &[], &existing, &plan, stack, apply::Policy { overwrite: false, prune: true }).await
}

async fn dashboard(environment: &Environment, scope: &Scope, flows: bool) -> CommandResult {
    let deployment = scope.deployment(environment).await?;
    if flows && deployment.flows.is_empty() && !deployment.has_one_name() {
        return Err(Failure::failed(
            "no flow is known. Name a state table that has counted something with --table, or a running twin with --twin.",
        ));
    }
    let catalogue = Catalogue::of(&deployment)?;
    let found = catalogue.of_kind(ObjectKind::Dashboard).find(|object| object.key == "flow-metrics");
    match found {
        Some(found) => print_pretty(&found.body),
        None => Err(Failure::usage(
            "METRIC_NAME gives each flow and metric a name of its own. Add --flows, and --table or --twin, to make the \
             dashboard for the flows that were counted.",
        )),
    }
}

fn json_of(objects: &[Object]) -> Value {
    let of_kind = |kind| objects.iter().filter(move |object| object.kind == kind);
    let metrics = of_kind(ObjectKind::Metadata).map(|object| (object.key.clone(), object.body.clone()));
    let bodies = |kind| of_kind(kind).map(|object| object.body.clone()).collect::<Vec<_>>();
    json!({
        "dashboards": bodies(ObjectKind::Dashboard),
        "monitors": bodies(ObjectKind::Monitor),
        "metrics": metrics.collect::<serde_json::Map<_, _>>(),
    })
}

fn print_pretty(document: &Value) -> CommandResult {
    print(&format!("{}\n", serde_json::to_string_pretty(document)?))?;
    Ok(Completion::All)
}
