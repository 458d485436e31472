//! The ledger's own proofs, `audit` and `replay --verify`, as an operator runs them.

use std::process::Command;

use crate::ledger::Ledger;

/// What a proof said, and whether it found nothing wrong.
#[derive(Debug)]
pub struct Output {
    pub well: bool,
    pub text: String,
}

/// # Panics
/// Where the program can't be run.
pub async fn run(mut command: Command) -> Output {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Output { well: output.status.success(), text }
}

pub fn replay(mut command: Command) -> Command {
    command.arg("--verify");
    command
}

/// # Panics
/// Where one of them objects.
pub async fn check(ledger: &Ledger) {
    let (audit, replay) = tokio::join!(run(ledger.command("audit")), run(replay(ledger.command("replay"))));
    for message in [audit, replay] {
        assert!(message.well, "{}", message.text);
    }
}
