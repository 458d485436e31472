//! Runs one sync: asks the connector for each step's call, records the attempt, sends it, and stores the result. An
//! interrupted sync continues at the step where it stopped; before a call that carries consent is repeated, its lookups
//! run again. They also run again before a tag, a list or a field is created, which one sync does at a time.

mod attempt;
mod settle;

use std::{fmt, sync::Arc};

use connector::{Known, Stage, Step, StepRequest, Task, Trail, moving};
use shared::{id::AffiliateId, timestamp::Timestamp};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::{
    person, person_store,
    queue_store::{self, Due, StepEnd, SyncEnd},
    task,
    worker::ConnectionWorker,
};
use kit::{db::TenantTx, error::Error};

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
    /// Held while this sync alone may create something, and the last step for which it is.
    creating: Option<(OwnedMutexGuard<()>, usize)>,
    /// Whether the tags that it writes are noted.
    tags_noted: bool,
}

impl SyncExecution {
    /// Loads the person and plans the sync, or resumes its plan. Returns `None` where nothing is (or is no longer) to
    /// be done.
    pub async fn begin(worker: &Arc<ConnectionWorker>, due: Due) -> Result<Option<Self>, Error> {
        let now = worker.state.clock.now();
        let (mut tx, _held) = worker.tx().await?;
        let affiliate = AffiliateId::new(due.affiliate);
        queue_store::note_name(&mut tx, &worker.lease, due.id).await?;
        let person = person::read(&mut tx, &worker.connection, affiliate, now).await?;
        let former = due.former.as_ref().map(|former| former.email.as_str());
        let is_taken = match former {
            Some(email) => person_store::is_anothers(&mut tx, (worker.connection.id, affiliate), email).await?,
            None => false,
        };
        let task = match task::of(worker.connector.descriptor(), &due, person, is_taken) {
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
        let plan = moving::plan(worker.connector, &worker.account, &task);
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
        Ok(Some(Self { worker, due, task, trail, skipped: Vec::new(), creating: None, tags_noted: false }))
    }

    /// Runs the remaining steps.
    ///
    /// # Errors
    /// A database error. What was sent is then recorded as an attempt without an end.
    pub async fn run(mut self) -> Result<End, Error> {
        while let Some((at, stage)) = self.trail.next().and_then(|at| Some((at, self.trail.get(at)?.clone()))) {
            self.stop_creating(at, &stage.step);
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
            let ended = match moving::request(worker.connector, &asking) {
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

    async fn write_skipped(&mut self, tx: &mut TenantTx, now: Timestamp) -> Result<(), Error> {
        for (at, why) in std::mem::take(&mut self.skipped) {
            let skipped = StepEnd::Skipped(why);
            queue_store::settle_step(tx, &self.worker.lease, self.place(at), None, &skipped, now).await?;
        }
        Ok(())
    }

    /// Waits until no other sync of the connection creates anything. The lease keeps other processes from it.
    async fn create_alone(&mut self, at: usize) {
        if let Some((_, until)) = &mut self.creating {
            *until = at;
            return;
        }
        let alone = Arc::clone(&self.worker.creating).lock_owned().await;
        self.creating = Some((alone, at));
        self.trail.create_alone();
    }

    /// Lets other syncs create something once this one has come to a step that creates nothing.
    fn stop_creating(&mut self, at: usize, step: &Step) {
        let is_past = self.creating.as_ref().is_some_and(|(_, until)| at > *until);
        if is_past && step.creates.is_none() {
            self.creating = None;
            self.trail.create_together();
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
