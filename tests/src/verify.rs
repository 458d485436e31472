//! The ledger's own proofs, `audit` and `replay --verify`: by the running ledger (`POST /dev/verify`), and as an operator runs
//! them.

use std::process::Command;

use serde_json::json;
use shared::id::OrganizationId;

use crate::{http::Request, ledger::Ledger};

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
    let objection = objection(ledger, &[]).await;
    assert!(objection.is_none(), "{}", objection.unwrap_or_default());
}

/// What they say of all organizations but these, unless they find nothing.
pub(crate) async fn objection(ledger: &Ledger, except: &[OrganizationId]) -> Option<String> {
    let request = Request::post("/dev/verify", json!({ "except": except }).to_string());
    if let Ok(answer) = request.send(&ledger.base()).await
        && answer.status == 200
    {
        let verdict = answer.json();
        return (verdict["findsNothing"] != true).then(|| verdict["text"].as_str().unwrap_or_default().to_owned());
    }
    // It doesn't run, or it is no ledger for development.
    let (audit, replay) = tokio::join!(run(ledger.command("audit")), run(replay(ledger.command("replay"))));
    let objections: Vec<String> =
        [audit, replay].into_iter().filter(|message| !message.well).map(|message| message.text).collect();
    (!objections.is_empty()).then(|| objections.join("\n"))
}
