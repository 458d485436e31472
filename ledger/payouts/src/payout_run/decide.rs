//! Approves and cancels runs.

use axum::http::StatusCode;
use payout_core::step::Status;
use serde_json::json;
use shared::id::PayoutRunId;

use super::{
    propose::{By, Hand},
    read_store,
    store::{self, Run, RunState, Tally},
};
use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// Approves a run, which starts its payouts. `None` if it was approved before: then nothing happens.
///
/// # Errors
/// 404 if it isn't one of the organization's, 409 `run_closed`, `second_approver_required` or `approver_unknown`.
pub async fn approve(tx: &mut TenantTx, state: &AppState, id: PayoutRunId, by: &By) -> Result<Option<Entry>> {
    book::store::lock(tx).await?;
    let run = read_store::lock(tx, id).await?.ok_or_else(Error::not_found)?;
    match run.state {
        RunState::Proposed => {}
        RunState::Running => return Ok(None),
        RunState::Done | RunState::Cancelled => return Err(closed(&run)),
    }
    may_approve(&run, by)?;
    store::start(tx, id, &by.actor, state.clock.now()).await?;
    let details = json!({"currency": run.currency.code(), "payouts": run.count(), "grossCents": run.gross()});
    Ok(Some(Entry::new("payout_run.approved", id).after(details)))
}

/// Checks the approver. What the run needed when it was proposed counts, whatever the settings are now.
fn may_approve(run: &Run, by: &By) -> Result<()> {
    match by.hand {
        Hand::Key { .. } if run.needs_second => conflict(
            Code::SecondApproverRequired,
            "A second person has to approve this run in the dashboard. An API key can't be that person.",
        ),
        Hand::Key { is_personal: false } => conflict(
            Code::ApproverUnknown,
            "This API key doesn't belong to exactly one person: someone else rotated it too, its creator isn't a \
             member, or it has no creator on record. Approve in the dashboard, or with a key you create there.",
        ),
        _ if run.needs_second => second(run, by),
        _ => Ok(()),
    }
}

/// Checks that the approver isn't the proposer. A scheduled run has no proposer: anyone is the second person.
fn second(run: &Run, by: &By) -> Result<()> {
    let is_scheduled = run.proposed_by == SCHEDULE;
    match (run.proposer, by.person) {
        (_, None) => conflict(Code::ApproverUnknown, "A second person has to approve this run in the dashboard."),
        (None, _) if !is_scheduled => conflict(
            Code::ApproverUnknown,
            "A second person has to approve this run, but we can't tell who created it because the API key doesn't \
             belong to a member. Cancel the run and create it in the dashboard.",
        ),
        (Some(proposer), Some(approver)) if proposer == approver => conflict(
            Code::SecondApproverRequired,
            "Someone else has to approve this run. You created it, or one of your API keys did.",
        ),
        _ => Ok(()),
    }
}

fn conflict(code: Code, message: &str) -> Result<()> {
    Err(Error::new(StatusCode::CONFLICT, code, message))
}

/// The proposer of scheduled runs.
pub const SCHEDULE: &str = "schedule";

fn closed(run: &Run) -> Error {
    let message = match run.state {
        RunState::Cancelled => "This run was canceled. Create a new one.",
        _ => "This run is done. None of its payouts is still in progress.",
    };
    Error::new(StatusCode::CONFLICT, Code::RunClosed, message)
}

/// Cancels what isn't reserved yet; the other payouts continue. `None` if it was cancelled before.
///
/// # Errors
/// 404 if it isn't one of the organization's, 409 `run_closed` if it is done, `run_under_way` if all of it is under
/// way.
pub async fn cancel(tx: &mut TenantTx, state: &AppState, id: PayoutRunId, by: &By) -> Result<Option<Entry>> {
    book::store::lock(tx).await?;
    let run = read_store::lock(tx, id).await?.ok_or_else(Error::not_found)?;
    match run.state {
        RunState::Proposed | RunState::Running => {}
        RunState::Cancelled => return Ok(None),
        RunState::Done => return Err(closed(&run)),
    }
    let now = state.clock.now();
    let given_up = store::give_up(tx, id, now).await?;
    if given_up == 0 && run.state == RunState::Running {
        if run.cancelled_by.is_some() {
            return Ok(None);
        }
        let message = "All payouts in this run are in progress or have ended. Cancel individual payouts instead.";
        return Err(Error::new(StatusCode::CONFLICT, Code::RunUnderWay, message));
    }
    // Some payouts have begun: those continue, and the run is done with the last of them.
    let begun = run.tallies.iter().any(|tally| tally.status != Status::Scheduled && tally.status != Status::Failed);
    let left = if begun { RunState::Running } else { RunState::Cancelled };
    store::set_cancelled(tx, id, left, &by.actor, now).await?;
    let details = json!({"currency": run.currency.code(), "cancelled": given_up, "goOn": run.begun()});
    Ok(Some(Entry::new("payout_run.cancelled", id).before(json!({"state": run.state.as_str()})).after(details)))
}

impl Run {
    pub fn count(&self) -> i64 {
        self.tallies.iter().map(|tally| tally.count).sum()
    }

    /// The sum of payouts that aren't failed, in minor units.
    pub fn gross(&self) -> i64 {
        self.tallies.iter().filter(|tally| tally.status != Status::Failed).map(|tally| tally.gross).sum()
    }

    /// The amount and the number of payouts that aren't failed; if nothing is left of the run, the original amount and
    /// number.
    pub fn worth(&self) -> (i64, i64) {
        let left = |tally: &&Tally| tally.status != Status::Failed || self.gross() == 0;
        let going = self.tallies.iter().filter(left);
        going.fold((0, 0), |(gross, count), tally| (gross + tally.gross, count + tally.count))
    }

    /// The number of payouts that have begun and aren't failed.
    pub fn begun(&self) -> i64 {
        let begun = |status| !matches!(status, Status::Scheduled | Status::Failed);
        self.tallies.iter().filter(|tally| begun(tally.status)).map(|tally| tally.count).sum()
    }
}

#[cfg(test)]
mod tests {
    use payout_core::rail::Rail;
    use shared::{id::UserId, money::Currency, timestamp::Timestamp};

    use super::*;

    fn run(proposed_by: &str, proposer: Option<UserId>) -> Run {
        Run {
            id: PayoutRunId::v7(1, &[1; 10]),
            currency: Currency::USD,
            state: RunState::Proposed,
            period: None,
            cutoff: Timestamp::EPOCH,
            needs_second: true,
            proposed_by: proposed_by.to_owned(),
            proposer,
            approved_by: None,
            approved_at: None,
            cancelled_by: None,
            done_at: None,
            created_at: Timestamp::EPOCH,
            excluded: 0,
            tallies: Vec::new(),
        }
    }

    #[test]
    fn what_was_given_up_is_worth_nothing_in_words() {
        let tally = |status, count, gross| Tally { rail: Rail::Stripe, status, count, gross, withheld: 0, exported: 0 };
        let mut run = run("user:x", None);
        run.tallies = vec![tally(Status::Sent, 3, 900), tally(Status::Failed, 2, 500)];
        assert_eq!(run.worth(), (900, 3));
        run.tallies = vec![tally(Status::Failed, 2, 500)];
        assert_eq!(run.worth(), (500, 2));
    }

    fn refusal(run: &Run, hand: Hand, person: Option<UserId>) -> Option<String> {
        let by = By { actor: "user:x".to_owned(), person, hand };
        may_approve(run, &by).err().map(|error| error.body().code.as_str().to_owned())
    }

    #[test]
    fn two_are_two_people() {
        let (one, other) = (UserId::v7(1, &[1; 10]), UserId::v7(1, &[2; 10]));
        let code = |run: &Run, person| refusal(run, Hand::Session, person);
        let key = run("api_key:key_x", Some(one));
        assert_eq!(code(&key, Some(other)), None);
        assert_eq!(code(&key, Some(one)).as_deref(), Some("second_approver_required"));
        assert_eq!(code(&run("api_key:key_x", None), Some(one)).as_deref(), Some("approver_unknown"));
        assert_eq!(code(&run(SCHEDULE, None), Some(one)), None);
        assert_eq!(code(&run(SCHEDULE, None), None).as_deref(), Some("approver_unknown"));
    }

    #[test]
    fn a_key_is_never_the_second_person() {
        let (one, other) = (UserId::v7(1, &[1; 10]), UserId::v7(1, &[2; 10]));
        for is_personal in [true, false] {
            let code = refusal(&run("user:x", Some(one)), Hand::Key { is_personal }, Some(other));
            assert_eq!(code.as_deref(), Some("second_approver_required"));
        }
        let alone = Run { needs_second: false, ..run("user:x", Some(one)) };
        assert_eq!(refusal(&alone, Hand::Key { is_personal: true }, Some(one)), None);
        let shared = refusal(&alone, Hand::Key { is_personal: false }, Some(one));
        assert_eq!(shared.as_deref(), Some("approver_unknown"));
        assert_eq!(refusal(&alone, Hand::Session, Some(one)), None);
        assert_eq!(refusal(&alone, Hand::Schedule, None), None);
    }
}
