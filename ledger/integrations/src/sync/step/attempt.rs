//! Makes one attempt at a step: waits for the pace, records what is about to be sent, sends it, and reads the answer.

use std::{pin::pin, sync::Arc};

use connector::{Fault, Method, Request, Stage, StepContext, Task, moving};
use uuid::Uuid;

use super::{End, SyncExecution};
use crate::{
    crm::{
        pace::{self, ASKS_AGAIN},
        wire,
    },
    sync::{
        lease_store,
        queue_store::{self, Answered, SyncEnd},
    },
};
use kit::error::Error;

/// A recorded attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    pub(super) id: Uuid,
    /// The id under which its call counts for the pace.
    pub(super) call: u32,
    /// Whether the call changes something at the vendor.
    pub(super) is_write: bool,
}

impl SyncExecution {
    /// Makes one call, or first reopens the lookups that it rests on. Returns how the sync ended, if it did.
    pub(super) async fn call(
        &mut self,
        at: usize,
        stage: &Stage,
        asking: &StepContext<'_>,
        request: &Request,
    ) -> Result<Option<End>, Error> {
        if self.trail.creates(at, request) {
            self.create_alone(at).await;
        }
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
        let answer = wire::send(&self.worker.state, &self.worker.grant, request).await;
        let took = self.worker.state.clock.wall().millis().saturating_sub(sent_at.millis());
        let answered = Answered::of(answer.as_ref().ok(), &self.worker.mask, took);
        let parsed = match answer {
            Ok(answer) => moving::parse_response(self.worker.connector, asking, &answer),
            Err(lost) if lost.may_have_arrived && !self.worker.connector.is_idempotent(stage.step.action) => {
                return self.is_unclear(at, (attempt, answered), &lost.fault).await.map(Some);
            }
            Err(lost) => Err(lost.fault),
        };
        match parsed {
            Ok(parsed) => self.went_well(at, stage.polls, (attempt, answered), parsed).await,
            Err(fault) => self.went_wrong(at, Some((attempt, answered)), &fault).await.map(Some),
        }
    }

    /// Waits until the pace admits the call, and records the attempt in the same transaction. Returns `None` where
    /// nothing may be sent anymore.
    async fn write_down(&mut self, at: usize, request: &Request) -> Result<Option<Attempt>, Error> {
        let worker = Arc::clone(&self.worker);
        let _head = worker.queues.of(request.pace).lock_owned().await;
        let call = pace::call(request.pace);
        // Searches may be POSTs.
        let is_write =
            request.method != Method::Get && self.trail.get(at).is_some_and(|stage| stage.step.action.writes());
        loop {
            // Registered before asking, so that no answer is missed in between.
            let mut answered = pin!(worker.queues.answered.notified());
            answered.as_mut().enable();
            let (mut tx, held) = worker.tx().await?;
            let now = worker.state.clock.now();
            if worker.is_over() || !lease_store::renew(&mut tx, &worker.lease).await? {
                worker.end();
                queue_store::settle(&mut tx, &worker.lease, self.due.id, &SyncEnd::Waits(now), now).await?;
                tx.commit().await?;
                return Ok(None);
            }
            let Some(wait) = worker.pace.admit(tx.conn(), &call).await? else {
                self.write_skipped(&mut tx, now).await?;
                let id: Uuid = worker.state.new_id::<shared::id::Sync>().uuid();
                let shown = wire::shown(&worker.state, request, &worker.mask);
                let (sync, position) = self.place(at);
                queue_store::begin(&mut tx, &worker.lease, (sync, position, id), &shown, now).await?;
                // What is written to a contact that was left behind isn't added to the one of today.
                let notes_tags = is_write && !self.tags_noted && self.due.former.is_none();
                if notes_tags && let Task::Sync(person) = &*self.task {
                    queue_store::note_tags(&mut tx, &worker.lease, sync, &person.tags).await?;
                }
                tx.commit().await?;
                self.tags_noted |= notes_tags;
                return Ok(Some(Attempt { id, call: call.id, is_write }));
            };
            // Nothing was counted. While it waits for long, it keeps the lease.
            if wait > ASKS_AGAIN {
                tx.commit().await?;
            } else {
                drop(tx);
            }
            drop(held);
            tokio::select! {
                () = tokio::time::sleep(wait.min(ASKS_AGAIN)) => {}
                () = answered => {}
                () = worker.state.stopped() => {}
            }
        }
    }
}
