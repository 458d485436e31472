//! Stores what came of an attempt: for the step, the sync and the connection.

use std::{sync::Arc, time::Duration};

use connector::{Fault, FaultKind, NewAddress, Parsed, Task, Then};
use shared::{
    id::{AffiliateId, CrmConnectionId},
    timestamp::Timestamp,
};

use super::{End, SyncExecution, attempt::Attempt};
use crate::{
    crm::pause,
    sync::{
        former_store,
        lease_store::{self, Failure},
        outcome::{self, Before},
        queue_store::{self, Answered, StepEnd, SyncEnd},
        task,
        worker::ConnectionWorker,
    },
};
use kit::{error::Error, privacy};

/// The most pages and polls of one step.
const POLLS_MAX: u32 = 500;
/// Pauses up to this length are waited for; during longer ones, other syncs take the place.
const WAITED_FOR: Duration = Duration::from_secs(3);

impl SyncExecution {
    /// Stores what an answer means. Returns how the sync ended, if it did.
    pub(super) async fn went_well(
        &mut self,
        at: usize,
        polls: u32,
        (attempt, answered): (Attempt, Answered),
        parsed: Parsed,
    ) -> Result<Option<End>, Error> {
        if polls >= POLLS_MAX && matches!(parsed.then, Then::Again(_)) {
            let fault = Fault::refused("never_ends", "the vendor\u{2019}s list never ended");
            return self.went_wrong(at, Some((attempt, answered)), &fault).await.map(Some);
        }
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        self.count("ok");
        let (mut tx, held) = worker.tx().await?;
        worker.went_well(&mut tx, attempt.is_write).await?;
        let remembered = parsed.learned.new_to(&worker.account.found, worker.connector.remembers());
        if !remembered.is_empty() {
            lease_store::remember(&mut tx, &worker.lease, &remembered).await?;
        }
        let step = match &parsed.then {
            Then::Again(_) => StepEnd::Again(&parsed.learned),
            Then::Done | Then::LeaveAlone(_) => StepEnd::Done(&parsed.learned),
        };
        let made = Some((attempt.id, &answered));
        queue_store::settle_step(&mut tx, &worker.lease, self.place(at), made, &step, now).await?;
        let (mut end, mut pause) = (None, Duration::ZERO);
        match parsed.then {
            Then::Done => self.trail.over(at, parsed.learned),
            Then::Again(after) => {
                self.trail.again(at, parsed.learned);
                if after > WAITED_FOR {
                    let next = SyncEnd::Waits(later(now, after));
                    queue_store::settle(&mut tx, &worker.lease, self.due.id, &next, now).await?;
                    end = Some(End::Waits);
                } else {
                    pause = after;
                }
            }
            Then::LeaveAlone(why) => {
                queue_store::skip_rest(&mut tx, &worker.lease, self.due.id, "The contact was skipped.", now).await?;
                let failed = SyncEnd::Failed("left_alone", &why);
                queue_store::settle(&mut tx, &worker.lease, self.due.id, &failed, now).await?;
                end = Some(End::Failed);
            }
        }
        worker.pace.answered(tx.conn(), attempt.call).await?;
        tx.commit().await?;
        drop(held);
        worker.queues.answered.notify_waiters();
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Ok(end)
    }

    /// Handles a lost answer to a call that may have arrived, and that might count twice if sent again. The underlying
    /// fault still makes the connection wait.
    pub(super) async fn is_unclear(
        &mut self,
        at: usize,
        attempt: (Attempt, Answered),
        lost: &Fault,
    ) -> Result<End, Error> {
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        let before = Before { failures: worker.connection.failures, ..Before::default() };
        if let Some(wait) = outcome::of(lost, before, rand::random()).all_wait {
            let (mut tx, _held) = worker.tx().await?;
            let failure = Failure { message: &lost.message, is_right: false, wait_until: Some(later(now, wait)) };
            worker.went_wrong(&mut tx, &failure, now).await?;
            tx.commit().await?;
            worker.end();
        }
        let why = "There was no response, so we don\u{2019}t know whether it arrived. We didn\u{2019}t send it again \
                   because it could count twice.";
        self.went_wrong(at, Some(attempt), &Fault::refused("outcome_unknown", why)).await
    }

    /// Applies what follows from a failure to the step, the sync and the connection.
    pub(super) async fn went_wrong(
        &mut self,
        at: usize,
        attempt: Option<(Attempt, Answered)>,
        fault: &Fault,
    ) -> Result<End, Error> {
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        let before = Before {
            tries: self.due.tries,
            failures: worker.connection.failures,
            rights: worker.connection.rights_failures,
        };
        let outcome = outcome::of(fault, before, rand::random());
        let message = worker.mask.text(&sentence(worker.connector.descriptor().name, &fault.message));
        self.count(fault.code);
        let (mut tx, _held) = worker.tx().await?;
        self.write_skipped(&mut tx, now).await?;
        let attempt = attempt.map(|(attempt, answered)| {
            (attempt, Answered { code: Some(fault.code), message: Some(message.clone()), ..answered })
        });
        let failure = Failure {
            message: &message,
            is_right: fault.kind == FaultKind::Rights,
            wait_until: outcome.all_wait.map(|wait| later(now, wait)),
        };
        worker.went_wrong(&mut tx, &failure, now).await?;
        let step = if outcome.again.is_some() { StepEnd::Retried } else { StepEnd::Failed };
        let made = attempt.as_ref().map(|(attempt, answered)| (attempt.id, answered));
        queue_store::settle_step(&mut tx, &worker.lease, self.place(at), made, &step, now).await?;
        let (sync, end) = match outcome.again {
            Some(wait) => {
                let at = later(now, wait);
                (SyncEnd::Retries { at, counts: outcome.counts, code: fault.code, message: &message }, End::Retries)
            }
            None => {
                queue_store::skip_rest(&mut tx, &worker.lease, self.due.id, "An earlier step failed.", now).await?;
                (SyncEnd::Failed(fault.code, &message), End::Failed)
            }
        };
        queue_store::settle(&mut tx, &worker.lease, self.due.id, &sync, now).await?;
        // A worker that has lost its lease may have been refused with outdated credentials, so it must not pause the
        // connection.
        if outcome.pause && lease_store::renew(&mut tx, &worker.lease).await? {
            let connection = CrmConnectionId::new(worker.lease.connection);
            pause::pause(&mut tx, &worker.state, connection, fault.code, &message).await?;
        }
        if let Some((attempt, _)) = attempt {
            worker.pace.answered(tx.conn(), attempt.call).await?;
        }
        tx.commit().await?;
        if outcome.pause || outcome.all_wait.is_some() {
            worker.end();
        }
        worker.queues.answered.notify_waiters();
        Ok(end)
    }

    /// Stores that every step is done. Without the lease, the sync continues later: anew if its steps were deleted.
    pub(super) async fn succeed(mut self) -> Result<End, Error> {
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        let known = self.trail.all_known();
        let (mut tx, _held) = worker.tx().await?;
        // Lock the affiliate before the sync's rows: an erasure locks them in the same order.
        privacy::hold_store::hold(tx.conn(), worker.lease.organization, AffiliateId::new(self.due.affiliate)).await?;
        // A change of credentials takes the lease away, because what was sent may have gone to another account.
        if !lease_store::renew(&mut tx, &worker.lease).await? {
            worker.end();
            queue_store::settle(&mut tx, &worker.lease, self.due.id, &SyncEnd::Waits(now), now).await?;
            tx.commit().await?;
            return Ok(End::Waits);
        }
        self.write_skipped(&mut tx, now).await?;
        worker.went_well(&mut tx, true).await?;
        match &*self.task {
            // What the CRM knows of the affiliate is in the contact with their new address.
            Task::Sync(_) if self.due.former.is_some() => {}
            Task::Sync(person) => {
                if connector::moving::leaves_old_contact(person, &known) && !by_id(&worker) {
                    let id = worker.state.new_id::<shared::id::Sync>().uuid();
                    lease_store::leave_behind(&mut tx, &worker.lease, (id, self.due.affiliate), person, now).await?;
                }
                let contact = known.maybe("contact");
                let whom = (self.due.id, self.due.affiliate);
                lease_store::synced(&mut tx, &worker.lease, whom, (person, contact), now).await?;
            }
            // What the CRM knows of the affiliate stays until the contact of today is deleted.
            Task::Forget(_) if self.due.former.is_some() => {}
            Task::Forget(_) => {
                let whom = (worker.lease.connection, self.due.affiliate);
                // Their address may have changed since someone asked for the deletion.
                if !by_id(&worker) {
                    former_store::forget(&mut tx, whom, self.due.id, now).await?;
                }
                former_store::leave_deleted(&mut tx, whom, now).await?;
                lease_store::forgotten(&mut tx, &worker.lease, self.due.affiliate).await?;
            }
            Task::Check | Task::Lists | Task::Tags | Task::Event(..) => {}
        }
        let end = SyncEnd::Succeeded(task::left_out(&self.task));
        queue_store::settle(&mut tx, &worker.lease, self.due.id, &end, now).await?;
        tx.commit().await?;
        Ok(End::Succeeded)
    }
}

/// Whether the affiliate's ID says who they are, so that no contact stays behind under an old address.
fn by_id(worker: &ConnectionWorker) -> bool {
    matches!(worker.connector.descriptor().new_address, NewAddress::ById)
}

/// Builds a sentence such as `ActiveCampaign: the key was refused.`
fn sentence(vendor: &str, message: &str) -> String {
    let dot = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    if message.contains(vendor) { format!("{message}{dot}") } else { format!("{vendor}: {message}{dot}") }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}
