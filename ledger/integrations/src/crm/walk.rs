//! Runs a task while someone waits for it: a test call, or a list of choices. Its calls keep the account's pace
//! together with the syncs.

use std::time::Duration;

use connector::{Account, Answer, Connector, Fault, FaultKind, Known, PacedCall, Request, Task, Walk};
use shared::id::OrganizationId;

use super::{
    mask::Mask,
    pace::{self, ASKS_AGAIN, AccountPace},
    refresh_token::Grant,
    wire,
};
use kit::{db, state::AppState};

/// An upper limit that is longer than people wait for a page.
const PATIENCE: Duration = Duration::from_secs(25);
/// The longest pause that is waited for if the vendor asks for one.
const BRIEF: Duration = Duration::from_secs(5);
/// The pause if the vendor doesn't say how long: most limits are by the second.
const UNNAMED: Duration = Duration::from_secs(1);

/// Returns what the task learned. If the vendor asks for a short pause, it is made once; nothing else is retried: the
/// person who waits can press the button again.
///
/// # Errors
/// The vendor's or the connector's [`Fault`].
pub async fn through(
    state: &AppState,
    organization: OrganizationId,
    (connector, account): (&dyn Connector, &Account),
    task: &Task,
) -> Result<Known, Fault> {
    let walk = async {
        let pace = AccountPace::of(state, connector.descriptor(), account);
        let grant = Grant::of(organization, connector.descriptor(), account);
        let (mut walk, mut waited) = (Walk::new(connector, account, task), false);
        while let Some(request) = walk.next(state.clock.now())? {
            let answer = send(state, (&pace, &grant), &request).await?;
            let pause = match walk.parse_response(&answer, state.clock.now()) {
                Ok(pause) => pause,
                Err(fault) => {
                    let brief = brief(&fault).filter(|_| !waited);
                    waited = true;
                    brief.ok_or(fault)?
                }
            };
            tokio::time::sleep(pause).await;
        }
        Ok(walk.known)
    };
    // Vendors quote credentials in their error messages.
    let mask = Mask::of(account, connector.descriptor());
    let masked = |fault: Fault| Fault { message: mask.text(&fault.message), ..fault };
    let over = || Fault::passing("timeout", format!("no complete response within {} seconds", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, walk).await.unwrap_or_else(|_| Err(over())).map_err(masked)
}

/// The pause before the request is sent once more, if it was too fast for the vendor.
fn brief(fault: &Fault) -> Option<Duration> {
    let pause = fault.after.unwrap_or(UNNAMED);
    (fault.kind == FaultKind::Busy && pause <= BRIEF).then_some(pause)
}

/// Sends the request once the account's pace admits it.
async fn send(state: &AppState, (pace, grant): (&AccountPace, &Grant), request: &Request) -> Result<Answer, Fault> {
    let call = pace::call(request.pace);
    while let Some(wait) = admit(state, pace, &call).await.map_err(|error| ours(&error))? {
        if wait > PATIENCE {
            return Err(Fault::busy(Some(wait), "its rate limit doesn\u{2019}t allow another request yet"));
        }
        tokio::time::sleep(wait.min(ASKS_AGAIN)).await;
    }
    let answer = wire::send(state, grant, request).await;
    answered(state, pace, &call).await.map_err(|error| ours(&error))?;
    answer.map_err(|unanswered| unanswered.fault)
}

async fn admit(state: &AppState, pace: &AccountPace, call: &PacedCall) -> Result<Option<Duration>, sqlx::Error> {
    let mut tx = state.db.global(db::Holder::Nothing).await?;
    let wait = pace.admit(tx.conn(), call).await?;
    tx.commit().await?;
    Ok(wait)
}

async fn answered(state: &AppState, pace: &AccountPace, call: &PacedCall) -> Result<(), sqlx::Error> {
    let mut tx = state.db.global(db::Holder::Nothing).await?;
    pace.answered(tx.conn(), call.id).await?;
    tx.commit().await
}

/// The fault if our own database isn't available.
fn ours(error: &sqlx::Error) -> Fault {
    tracing::error!(event = "crm.pace_unavailable", "a CRM's pace can't be read or written: {error}");
    Fault::passing("internal_error", "Something went wrong on our side")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_pause_is_waited_for() {
        let seconds = |after: Option<u64>| brief(&Fault::busy(after.map(Duration::from_secs), "too fast"));
        assert_eq!(seconds(Some(5)), Some(Duration::from_secs(5)));
        assert_eq!(seconds(Some(6)), None);
        assert_eq!(seconds(None), Some(UNNAMED));
        assert_eq!(brief(&Fault::passing("vendor_error", "down")), None);
    }
}
