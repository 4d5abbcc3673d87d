//! Every command of `helpdesk` that the runbook names is one.

use std::collections::BTreeSet;
use std::process::Command;

/// The commands in the runbook, with an example in place of a mail's key.
fn commands() -> BTreeSet<String> {
    let runbook = include_str!("../../docs/RUNBOOK.md");
    let quoted = runbook.split('`').skip(1).step_by(2);
    let ours = quoted.filter_map(|code| code.strip_prefix("helpdesk "));
    ours.map(|command| command.replace("KEY", "1-18c2f3ab"))
        .collect()
}

#[test]
fn every_command_in_the_runbook_is_understood() {
    let commands = commands();
    assert!(commands.contains("dlq list --queue mail"), "{commands:?}");
    for command in commands {
        // Words before --help are read first, and refused where they mean nothing.
        let asked = Command::new(env!("CARGO_BIN_EXE_helpdesk"))
            .args(command.split(' '))
            .arg("--help")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&asked.stderr);
        assert!(asked.status.success(), "helpdesk {command}: {said}");
    }
}
