//! Runs a task while someone waits for it: a test call, or a list of choices.

use std::time::Duration;

use connector::{Account, Connector, Fault, Known, Task, Walk};

use super::{mask::Mask, wire};
use kit::state::AppState;

/// An upper limit that is longer than people wait for a page.
const PATIENCE: Duration = Duration::from_secs(25);

/// Returns what the task learned. Nothing is retried: the person who waits can press the button again.
///
/// # Errors
/// The vendor's or the connector's [`Fault`].
pub async fn through(
    state: &AppState,
    connector: &dyn Connector,
    account: &Account,
    task: &Task,
) -> Result<Known, Fault> {
    let walk = async {
        let mut walk = Walk::new(connector, account, task);
        while let Some(request) = walk.next(state.clock.now())? {
            let answer = wire::send(state, &request).await.map_err(|unanswered| unanswered.fault)?;
            tokio::time::sleep(walk.parse_response(&answer, state.clock.now())?).await;
        }
        Ok(walk.known)
    };
    // Vendors quote credentials in their error messages.
    let mask = Mask::of(account, connector.descriptor());
    let masked = |fault: Fault| Fault { message: mask.text(&fault.message), ..fault };
    let over = || Fault::passing("timeout", format!("no complete response within {} seconds", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, walk).await.unwrap_or_else(|_| Err(over())).map_err(masked)
}
