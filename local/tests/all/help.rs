//! The `--help` text of every command.

use crate::support::run;

#[test]
fn help_reads_well() {
    for command in [
        "",
        "demo",
        "up",
        "replay",
        "explain",
        "doctor",
        "send",
        "redrive",
        "republish",
        "generate",
        "intake",
        "datadog",
        "verify",
        "source",
        "privacy",
        "erase",
    ] {
        let arguments: Vec<_> = [command, "--help"].into_iter().filter(|argument| !argument.is_empty()).collect();
        let ended = run(&arguments);
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ended.stdout);
        insta::assert_snapshot!(if command.is_empty() { "help" } else { command }, ended.stdout);
    }
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for arguments in [
        &["fly"][..],
        &["replay"],
        &["replay", "--format", "xml", "x"],
        &["generate", "--hours", "0"],
        &["explain", "c"],
    ] {
        assert_eq!(run(arguments).code, Some(2), "{arguments:?}");
    }
}
