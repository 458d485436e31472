//! Runs one sync: asks the connector for each step's call, records the attempt, sends it, and stores the result. An
//! interrupted sync continues at the step where it stopped; before a call that carries consent is repeated, its lookups
//! run again.

use std::{fmt, sync::Arc, time::Duration};

use connector::{Action, Fault, Known, Parsed, Request, Stage, StepRequest, Task, Then, Trail};
use shared::{id::AffiliateId, timestamp::Timestamp};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::{
    lease_store::{self, Failure},
    outcome::{self, Before},
    person,
    queue_store::{self, Answered, Due, StepEnd, SyncEnd},
    task,
    worker::ConnectionWorker,
};
use crate::crm::{pause, wire};
use kit::{db::TenantTx, error::Error, privacy};

/// The most pages and polls of one step.
const POLLS_MAX: u32 = 500;
/// Pauses up to this length are waited for; during longer ones, other syncs take the place.
const WAITED_FOR: Duration = Duration::from_secs(3);

/// How a sync ended, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Succeeded,
    Failed,
    Retries,
    Waits,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Retries => "is tried again",
            Self::Waits => "goes on later",
        })
    }
}

/// A sync with its plan.
#[derive(Debug)]
pub struct SyncExecution {
    worker: Arc<ConnectionWorker>,
    due: Due,
    task: Arc<Task>,
    trail: Trail,
    /// Steps that needed no call; they are written together with the next result.
    skipped: Vec<(usize, &'static str)>,
    tags: Option<OwnedMutexGuard<()>>,
}

impl SyncExecution {
    /// Loads the person and plans the sync, or resumes its plan. Returns `None` where nothing is (or is no longer) to
    /// be done.
    pub async fn begin(worker: &Arc<ConnectionWorker>, due: Due) -> Result<Option<Self>, Error> {
        let now = worker.state.clock.now();
        let (mut tx, _held) = worker.tx().await?;
        let affiliate = AffiliateId::new(due.affiliate);
        let person = person::read(&mut tx, &worker.connection, affiliate, now).await?;
        let task = match task::of(worker.connector.descriptor(), &due, person) {
            Ok(task) => task,
            Err((code, message)) => {
                let end = SyncEnd::Failed(code, message);
                queue_store::settle(&mut tx, &worker.lease, due.id, &end, now).await?;
                tx.commit().await?;
                return Ok(None);
            }
        };
        let mut stages = queue_store::steps(&mut tx, &worker.lease, due.id).await?;
        if !stages.is_empty() && queue_store::gives_way(&mut tx, &worker.lease, due.id, now).await? {
            tx.commit().await?;
            return Ok(None);
        }
        let plan = worker.connector.plan(&worker.account, &task);
        // A sync whose lists or tags have changed in the meantime restarts: the stored plan must match what is written.
        let is_planned =
            stages.len() == plan.len() && stages.iter().zip(&plan).all(|(stage, step)| stage.step.is(step));
        if stages.is_empty() || (due.task == "sync" && !is_planned) {
            queue_store::plan(&mut tx, &worker.lease, due.id, &plan).await?;
            stages = plan.into_iter().map(Stage::new).collect();
        } else if is_planned {
            stages.iter_mut().zip(plan).for_each(|(stage, step)| stage.step = step);
        }
        tx.commit().await?;
        let (worker, task, trail) = (Arc::clone(worker), Arc::new(task), Trail::new(stages));
        Ok(Some(Self { worker, due, task, trail, skipped: Vec::new(), tags: None }))
    }

    /// Runs the remaining steps.
    ///
    /// # Errors
    /// A database error. What was sent is then recorded as an attempt without an end.
    pub async fn run(mut self) -> Result<End, Error> {
        while let Some((at, stage)) = self.trail.next().and_then(|at| Some((at, self.trail.get(at)?.clone()))) {
            self.hold_tags(stage.step.action).await;
            let known = self.trail.known(at);
            let (worker, task) = (Arc::clone(&self.worker), Arc::clone(&self.task));
            let asking = connector::StepContext {
                account: &worker.account,
                task: &task,
                step: &stage.step,
                known: &known,
                polls: stage.polls,
                now: worker.state.clock.now(),
                sync: Some(self.due.id),
            };
            let ended = match worker.connector.request(&asking) {
                Ok(StepRequest::Nothing(why)) => {
                    self.skipped.push((at, why));
                    self.trail.over(at, Known::new());
                    None
                }
                Ok(StepRequest::Send(request)) => self.call(at, &stage, &asking, &request).await?,
                Err(fault) => Some(self.went_wrong(at, None, &fault).await?),
            };
            if let Some(end) = ended {
                return Ok(end);
            }
        }
        self.succeed().await
    }

    /// Makes one call, or first reopens the lookups that it depends on. Returns how the sync ended, if it did.
    async fn call(
        &mut self,
        at: usize,
        stage: &Stage,
        asking: &connector::StepContext<'_>,
        request: &Request,
    ) -> Result<Option<End>, Error> {
        let looks = self.trail.look_again(at, request);
        if !looks.is_empty() {
            let (worker, now) = (Arc::clone(&self.worker), self.worker.state.clock.now());
            let (mut tx, _held) = worker.tx().await?;
            self.write_skipped(&mut tx, now).await?;
            queue_store::look_again(&mut tx, &worker.lease, self.due.id, &looks).await?;
            tx.commit().await?;
            return Ok(None);
        }
        if stage.unanswered && !self.worker.connector.is_idempotent(stage.step.action) {
            let why = "We were interrupted while sending this and don\u{2019}t know whether it arrived. We \
                       didn\u{2019}t send it again because it could count twice.";
            return self.went_wrong(at, None, &Fault::refused("outcome_unknown", why)).await.map(Some);
        }
        let Some(attempt) = self.write_down(at, request).await? else { return Ok(Some(End::Waits)) };
        self.trail.sent(at, request);
        let sent_at = self.worker.state.clock.wall();
        let answer = wire::send(&self.worker.state, request).await;
        let took = self.worker.state.clock.wall().millis().saturating_sub(sent_at.millis());
        let answered = Answered::of(answer.as_ref().ok(), &self.worker.mask, took);
        let parsed = match answer {
            Ok(answer) => self.worker.connector.parse_response(asking, &answer),
            Err(lost) if lost.may_have_arrived && !self.worker.connector.is_idempotent(stage.step.action) => {
                return self.is_unclear(at, (attempt, answered), &lost.fault).await.map(Some);
            }
            Err(lost) => Err(lost.fault),
        };
        match parsed {
            Ok(parsed) => self.went_well(at, stage.polls, (attempt, &answered), parsed).await,
            Err(fault) => self.went_wrong(at, Some((attempt, answered)), &fault).await.map(Some),
        }
    }

    /// Waits for the pace, then records the attempt if the lease is still valid. Returns `None` where nothing may be
    /// sent any more.
    async fn write_down(&mut self, at: usize, request: &Request) -> Result<Option<Uuid>, Error> {
        let worker = Arc::clone(&self.worker);
        let wait = worker.buckets.wait(request.pace, std::time::Instant::now(), rand::random());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = worker.state.stopped() => {}
        }
        let now = worker.state.clock.now();
        let (mut tx, _held) = worker.tx().await?;
        if worker.is_over() || !lease_store::renew(&mut tx, &worker.lease).await? {
            worker.end();
            queue_store::settle(&mut tx, &worker.lease, self.due.id, &SyncEnd::Waits(now), now).await?;
            tx.commit().await?;
            return Ok(None);
        }
        self.write_skipped(&mut tx, now).await?;
        let attempt: Uuid = worker.state.new_id::<shared::id::Sync>().uuid();
        let shown = wire::shown(&worker.state, request, &worker.mask);
        let (sync, position) = self.place(at);
        queue_store::begin(&mut tx, &worker.lease, (sync, position, attempt), &shown, now).await?;
        tx.commit().await?;
        Ok(Some(attempt))
    }

    async fn went_well(
        &mut self,
        at: usize,
        polls: u32,
        (attempt, answered): (Uuid, &Answered),
        parsed: Parsed,
    ) -> Result<Option<End>, Error> {
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        let place = self.place(at);
        self.count("ok");
        let (mut tx, held) = worker.tx().await?;
        queue_store::end(&mut tx, &worker.lease, attempt, answered).await?;
        lease_store::went_well(&mut tx, &worker.lease).await?;
        let end = match parsed.then {
            Then::Done => {
                queue_store::settle_step(&mut tx, &worker.lease, place, &StepEnd::Done(&parsed.learned), now).await?;
                self.trail.over(at, parsed.learned);
                None
            }
            Then::Again(_) if polls >= POLLS_MAX => {
                tx.commit().await?;
                drop(held);
                let fault = Fault::refused("never_ends", "the vendor\u{2019}s list never ended");
                return self.went_wrong(at, None, &fault).await.map(Some);
            }
            Then::Again(after) => {
                queue_store::settle_step(&mut tx, &worker.lease, place, &StepEnd::Again(&parsed.learned), now).await?;
                self.trail.again(at, parsed.learned);
                if after > WAITED_FOR {
                    let next = SyncEnd::Waits(later(now, after));
                    queue_store::settle(&mut tx, &worker.lease, self.due.id, &next, now).await?;
                    Some(End::Waits)
                } else {
                    tx.commit().await?;
                    drop(held);
                    tokio::time::sleep(after).await;
                    return Ok(None);
                }
            }
            Then::LeaveAlone(why) => {
                queue_store::settle_step(&mut tx, &worker.lease, place, &StepEnd::Done(&parsed.learned), now).await?;
                queue_store::skip_rest(&mut tx, &worker.lease, self.due.id, "The contact was skipped.", now).await?;
                let end = SyncEnd::Failed("left_alone", &why);
                queue_store::settle(&mut tx, &worker.lease, self.due.id, &end, now).await?;
                Some(End::Failed)
            }
        };
        tx.commit().await?;
        Ok(end)
    }

    /// Handles a lost answer to a call that may have arrived, and that might count twice if sent again. The underlying
    /// fault still makes the connection wait.
    async fn is_unclear(&mut self, at: usize, attempt: (Uuid, Answered), lost: &Fault) -> Result<End, Error> {
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        let before = Before { failures: worker.connection.failures, ..Before::default() };
        if let Some(wait) = outcome::of(lost, before, rand::random()).all_wait {
            let (mut tx, _held) = worker.tx().await?;
            let failure = Failure { message: &lost.message, is_right: false, wait_until: Some(later(now, wait)) };
            lease_store::went_wrong(&mut tx, &worker.lease, &failure, now).await?;
            tx.commit().await?;
            worker.end();
        }
        let why = "There was no response, so we don\u{2019}t know whether it arrived. We didn\u{2019}t send it again \
                   because it could count twice.";
        self.went_wrong(at, Some(attempt), &Fault::refused("outcome_unknown", why)).await
    }

    /// Applies what follows from a failure to the step, the sync and the connection.
    async fn went_wrong(&mut self, at: usize, attempt: Option<(Uuid, Answered)>, fault: &Fault) -> Result<End, Error> {
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
        if let Some((attempt, answered)) = attempt {
            let answered = Answered { code: Some(fault.code), message: Some(message.clone()), ..answered };
            queue_store::end(&mut tx, &worker.lease, attempt, &answered).await?;
        }
        let failure = Failure {
            message: &message,
            is_right: fault.kind == connector::FaultKind::Rights,
            wait_until: outcome.all_wait.map(|wait| later(now, wait)),
        };
        lease_store::went_wrong(&mut tx, &worker.lease, &failure, now).await?;
        let step = if outcome.again.is_some() { StepEnd::Retried } else { StepEnd::Failed };
        queue_store::settle_step(&mut tx, &worker.lease, self.place(at), &step, now).await?;
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
            let connection = shared::id::CrmConnectionId::new(worker.lease.connection);
            pause::pause(&mut tx, &worker.state, connection, fault.code, &message).await?;
        }
        tx.commit().await?;
        if outcome.pause || outcome.all_wait.is_some() {
            worker.end();
        }
        Ok(end)
    }

    async fn succeed(mut self) -> Result<End, Error> {
        let worker = Arc::clone(&self.worker);
        let now = worker.state.clock.now();
        let contact = self.trail.all_known().maybe("contact");
        let (mut tx, _held) = worker.tx().await?;
        // Lock the affiliate before the sync's rows: an erasure locks them in the same order.
        privacy::hold_store::hold(tx.conn(), worker.lease.organization, AffiliateId::new(self.due.affiliate)).await?;
        self.write_skipped(&mut tx, now).await?;
        match &*self.task {
            Task::Sync(person) => {
                lease_store::synced(&mut tx, &worker.lease, self.due.affiliate, (person, contact), now).await?;
            }
            Task::Forget(_) => lease_store::forgotten(&mut tx, &worker.lease, self.due.affiliate).await?,
            Task::Check | Task::Lists | Task::Tags | Task::Event(..) => {}
        }
        let end = SyncEnd::Succeeded(task::left_out(&self.task));
        queue_store::settle(&mut tx, &worker.lease, self.due.id, &end, now).await?;
        tx.commit().await?;
        Ok(End::Succeeded)
    }

    async fn write_skipped(&mut self, tx: &mut TenantTx, now: Timestamp) -> Result<(), Error> {
        for (at, why) in std::mem::take(&mut self.skipped) {
            queue_store::settle_step(tx, &self.worker.lease, self.place(at), &StepEnd::Skipped(why), now).await?;
        }
        Ok(())
    }

    async fn hold_tags(&mut self, action: Action) {
        match action {
            Action::FindTag | Action::MakeTag if self.tags.is_none() => {
                self.tags = Some(Arc::clone(&self.worker.tags).lock_owned().await);
            }
            Action::FindTag | Action::MakeTag => {}
            _ => self.tags = None,
        }
    }

    /// The key of the step at this position of the plan.
    fn place(&self, at: usize) -> (Uuid, i32) {
        (self.due.id, i32::try_from(at).unwrap_or(i32::MAX))
    }

    fn count(&self, outcome: &'static str) {
        let vendor = self.worker.connector.descriptor().slug;
        metrics::counter!("rekomi_crm_attempts_total", "vendor" => vendor, "outcome" => outcome).increment(1);
    }
}

/// Builds a sentence such as `ActiveCampaign: the key was refused.`
fn sentence(vendor: &str, message: &str) -> String {
    let dot = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    if message.contains(vendor) { format!("{message}{dot}") } else { format!("{vendor}: {message}{dot}") }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}
