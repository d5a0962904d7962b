//! `docs/first-hour.md`: the commands of its first two parts are run, and print what the page says. The third part needs a
//! deployed stack: `scripts/e2e` runs it.

use std::time::{Duration, Instant};

use crate::fake_datadog::{API_KEY, APPLICATION_KEY, FakeDatadog};
use crate::support::{Ended, Up, root, run, run_with};

/// The address that the page uses for the twin.
const PAGE_URL: &str = "http://127.0.0.1:8080";

/// A command of the page, and what it prints.
struct Example {
    command: String,
    printed: Vec<String>,
}

fn examples() -> Vec<Example> {
    let page = std::fs::read_to_string(root().join("docs/first-hour.md")).unwrap();
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let example = |block: &str| {
        let (command, printed) = block.strip_prefix("$ ").unwrap().split_once('\n').unwrap();
        Example { command: command.to_owned(), printed: printed.lines().map(str::to_owned).collect() }
    };
    blocks.map(example).collect()
}

/// Whether `text` has the form of `pattern`, in which `…` stands for any text.
fn has_form(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('…') else { return pattern == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| has_form(after, &rest[at..]))
}

/// Whether `text` is what the example prints. A line that is only `…` stands for any lines.
fn prints(example: &Example, text: &str) -> bool {
    let pattern = example.printed.join("\n").replace("\n…\n", "\n…").replace("\n…", "…").replace("……", "…");
    has_form(&pattern, text.trim_end())
}

#[test]
fn the_commands_of_the_first_hour_print_what_the_page_says() {
    let examples = examples();
    assert_eq!(examples.len(), 6);
    let mut up = None;
    let fake = FakeDatadog::start();
    for example in &examples {
        let arguments: Vec<_> = example.command.split_whitespace().collect();
        let url = up.as_ref().map(Up::url).unwrap_or_default();
        let own = |arguments: &[&str]| -> Vec<String> {
            arguments.iter().map(|argument| argument.replace(PAGE_URL, &url)).collect()
        };
        match arguments[..] {
            ["cxtrace", "up", "--port", "8080"] => {
                let started = Up::start(&["up", "--port", "0"]);
                let greeting = format!(
                    "Cxtrace listens on {}. Open it in a browser, and post events to /events. Stop it with Ctrl-C.",
                    started.url()
                );
                assert_eq!(example.printed[0].replace(PAGE_URL, &started.url()), greeting);
                up = Some(started);
            }
            ["cxtrace", "generate", .., "|", "curl", "--silent", "--header", header, "--data-binary", "@-", _] => {
                let pipe = arguments.iter().position(|argument| *argument == "|").unwrap();
                let generated = run(&arguments[1..pipe]);
                let header = format!("{header}\r\n");
                let (status, answer) = up.as_ref().unwrap().try_post(&header, generated.stdout.as_bytes()).unwrap();
                let answer = format!(
                    r#"{{"processed":{},"ignored":{},"failed":{}}}"#,
                    answer["processed"], answer["ignored"], answer["failed"]
                );
                assert!(status == 200 && prints(example, &answer), "{answer}");
            }
            ["cxtrace", "verify", ..] => {
                let arguments = own(&arguments[1..]);
                let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
                let deadline = Instant::now() + Duration::from_secs(60);
                let mut ended = run(&arguments);
                while !prints(example, &ended.stdout) {
                    assert!(Instant::now() < deadline, "{}", ended.stdout);
                    ended = run(&arguments);
                }
                assert_eq!(ended.code, Some(0));
            }
            ["cxtrace", "datadog", command, ..] => {
                let arguments = own(&arguments[1..]);
                let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
                let keys =
                    [("DD_METRICS_URL", fake.url.as_str()), ("DD_API_KEY", API_KEY), ("DD_APP_KEY", APPLICATION_KEY)];
                let Ended { code, stdout, .. } = run_with(&arguments, if command == "apply" { &keys[..] } else { &[] });
                assert!(code == Some(0) && prints(example, &stdout), "{}:\n{stdout}", example.command);
            }
            _ => panic!("{} is not known here", example.command),
        }
    }
}

/// The third part of the page. The variables say where the stack is.
#[test]
#[ignore = "needs a deployed stack: scripts/e2e runs it"]
fn a_deployed_stack_takes_a_sample_and_gets_its_dashboards() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let aws: Vec<_> = std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).collect();
    let fake = FakeDatadog::start();
    let run = |arguments: &[&str]| {
        let keys = [("DD_METRICS_URL", fake.url.as_str()), ("DD_API_KEY", API_KEY), ("DD_APP_KEY", APPLICATION_KEY)];
        let aws = aws.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        run_with(arguments, &aws.chain(keys).collect::<Vec<_>>())
    };
    let sent = run(&["send", "--bus", &variable("E2E_BUS"), "--source", &variable("E2E_SOURCE")]);
    assert_eq!((sent.code, sent.stdout.as_str()), (Some(0), "1 event sent, 0 failed\n"), "{sent:?}");

    let table = variable("E2E_TABLE");
    let apply =
        ["datadog", "apply", "--table", &table, "--explorer-url", "https://explorer.example", "--notify", "@slack-x"];
    let first = run(&apply);
    assert!(first.code == Some(0) && first.stdout.contains("created      dashboard Cxtrace flow metrics"), "{first:?}");
    let flows = fake.with(|organisation| format!("{:?} {:?}", organisation.dashboards, organisation.monitors));
    assert!(flows.contains("@slack-x") && flows.contains("https://explorer.example"), "{flows}");
    let second = run(&apply);
    assert!(second.stdout.starts_with("0 objects changed, "), "{second:?}");
    let destroyed = run(&["datadog", "destroy"]);
    assert_eq!(destroyed.code, Some(0), "{destroyed:?}");
    assert!(fake.with(|organisation| organisation.dashboards.is_empty()));
}
