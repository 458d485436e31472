//! Goes through a task while somebody waits for it: a test call, a picker.

use std::time::Duration;

use connector::{Account, Connector, Fault, Known, Task, Walk};

use super::{mask::Mask, wire};
use kit::state::AppState;

/// Longer than anybody waits for a page.
const PATIENCE: Duration = Duration::from_secs(25);

/// What the task learned. Nothing is tried twice: whoever waits can press again.
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
    // Vendors quote what they were given.
    let mask = Mask::of(account, connector.descriptor());
    let masked = |fault: Fault| Fault { message: mask.text(&fault.message), ..fault };
    let over = || Fault::passing("timeout", format!("no whole answer within {} seconds", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, walk).await.unwrap_or_else(|_| Err(over())).map_err(masked)
}
