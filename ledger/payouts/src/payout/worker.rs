//! Works on one connection for a limited time: a few payouts at the same time, each step by step, at Stripe's pace.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use shared::{
    id::{PayoutConnectionId, PayoutId},
    seal::Secret,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    task::{Id, JoinSet},
};
use uuid::Uuid;

use super::{
    executor,
    lease_store::{self, KeyError, Lease},
    pace::{Pace, Paces},
};
use crate::payout_connection;
use kit::{db::TenantTx, error::Error, state::AppState};

/// How long a payout is postponed after an internal error.
pub(super) const INTERNAL_ERROR_DELAY_MS: i64 = 60_000;
/// Payouts under way at the same time.
const AT_ONCE: usize = 8;
/// How long a worker keeps a connection before others get a turn: with more connections than one process works on, none
/// waits forever.
const TURN: Duration = Duration::from_secs(30);

/// What all payouts of a turn share.
#[derive(Debug)]
pub(super) struct ConnectionWorker {
    pub(super) state: AppState,
    pub(super) lease: Lease,
    pub(super) key: Secret,
    pub(super) pace: Arc<Pace>,
    /// Set when nothing more may be sent: Stripe asks us to wait, the connection is paused, or the lease is lost.
    over: Arc<AtomicBool>,
    /// Whether a success was already recorded in this turn.
    went_well: Arc<AtomicBool>,
    database: Arc<Semaphore>,
}

impl ConnectionWorker {
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.state.is_stopping()
    }

    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Begins a transaction, with one of the permits that all workers share: never request a second one while holding
    /// it.
    pub(super) async fn tx(&self) -> Result<(TenantTx, Option<SemaphorePermit<'_>>), Error> {
        // An error would mean that the semaphore is closed, which never happens.
        let held = self.database.acquire().await.ok();
        Ok((self.state.db.tenant(self.lease.organization).await?, held))
    }

    /// Records once per turn that the connection works.
    pub(super) async fn went_well(&self) -> Result<(), Error> {
        if self.went_well.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let (mut tx, _held) = self.tx().await?;
        lease_store::went_well(&mut tx, &self.lease, self.state.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Works until nothing is due, the connection must wait, or others should have a turn.
pub(super) async fn work(state: AppState, lease: Lease, database: Arc<Semaphore>, paces: Paces) {
    if let Err(error) = worker(&state, lease, &database, &paces).await {
        // Its payouts are due again once the lease expires.
        tracing::error!(
            event = "payout.worker_failed", job = "send_payouts", connection = %lease.connection,
            "a payout worker failed: {error:?}"
        );
    }
    let given_back = async {
        let mut tx = state.db.tenant(lease.organization).await?;
        lease_store::give_back(&mut tx, &lease).await?;
        tx.commit().await
    };
    if let Err(error) = given_back.await {
        tracing::warn!(
            event = "payout.lease_not_released", connection = %lease.connection,
            "releasing a lease failed, so it expires on its own: {error}"
        );
    }
}

async fn worker(state: &AppState, lease: Lease, database: &Arc<Semaphore>, paces: &Paces) -> Result<(), Error> {
    let started = Instant::now();
    let pace = paces.of(lease.connection, state.config.payout_pace_factor, started);
    let (over, went_well) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut running = JoinSet::new();
    let mut busy: HashMap<Id, Uuid> = HashMap::new();
    let mut failed = None;
    loop {
        let rest = started.elapsed() >= TURN || over.load(Ordering::Relaxed) || state.is_stopping();
        let room = AT_ONCE.saturating_sub(running.len());
        if !rest && room > 0 {
            match take(state, lease, database, &busy, room).await {
                Ok(Some((key, due))) => {
                    let worker = Arc::new(ConnectionWorker {
                        state: state.clone(),
                        lease,
                        key,
                        pace: Arc::clone(&pace),
                        over: Arc::clone(&over),
                        went_well: Arc::clone(&went_well),
                        database: Arc::clone(database),
                    });
                    for id in due {
                        let task = running.spawn(pay(Arc::clone(&worker), id));
                        busy.insert(task.id(), id);
                    }
                }
                // Calls under way are still awaited: no one else may begin them in the meantime.
                Ok(None) => over.store(true, Ordering::Relaxed),
                Err(error) => {
                    over.store(true, Ordering::Relaxed);
                    failed = Some(error);
                }
            }
        }
        match running.join_next_with_id().await {
            None => break,
            Some(Ok((id, ()))) => drop(busy.remove(&id)),
            Some(Err(panicked)) => {
                tracing::error!(event = "payout.panicked", job = "send_payouts", "a payout panicked: {panicked}");
                if let Some(id) = busy.remove(&panicked.id()) {
                    put_off(state, &lease, id).await?;
                }
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Loads the key and the next due payouts, given the connection's current state; `None` if it may no longer be worked
/// on.
async fn take(
    state: &AppState,
    lease: Lease,
    database: &Semaphore,
    busy: &HashMap<Id, Uuid>,
    room: usize,
) -> Result<Option<(Secret, Vec<Uuid>)>, Error> {
    let _held = database.acquire().await;
    let mut tx = state.db.tenant(lease.organization).await?;
    let key = match lease_store::key(&mut tx, &state.config.keys, lease.connection, Some(&lease)).await {
        Ok(Some(key)) => key,
        Ok(None) => return Ok(None),
        Err(KeyError::Seal(_)) => {
            let (code, message) = ("key_unreadable", "The stored key can\u{2019}t be read: enter it again.");
            let id = PayoutConnectionId::new(lease.connection);
            payout_connection::pause::pause(&mut tx, state, id, code, message).await?;
            tx.commit().await?;
            return Ok(None);
        }
        Err(KeyError::Database(error)) => return Err(error.into()),
    };
    let busy: Vec<Uuid> = busy.values().copied().collect();
    let most = i64::try_from(room).unwrap_or(1);
    let due = lease_store::due(&mut tx, &lease, &busy, most, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Some((key, due)))
}

async fn pay(worker: Arc<ConnectionWorker>, id: Uuid) {
    let payout = PayoutId::new(id);
    match executor::run(&worker, payout).await {
        Ok(end) => {
            tracing::info!(
                event = "payout.step_finished", job = "send_payouts", %payout,
                "payout step finished: {end}"
            );
            // It's fine if no one is listening.
            drop(worker.state.news.send(worker.lease.organization));
        }
        Err(error) => {
            tracing::error!(event = "payout.failed", job = "send_payouts", %payout, "a payout failed: {error:?}");
            if let Err(error) = put_off(&worker.state, &worker.lease, id).await {
                worker.end();
                tracing::error!(
                    event = "payout.not_postponed", job = "send_payouts", %payout,
                    "a payout could not be postponed: {error:?}"
                );
            }
        }
    }
}

/// Postpones a payout after an internal error, so that one bad payout holds up no other.
async fn put_off(state: &AppState, lease: &Lease, payout: Uuid) -> Result<(), Error> {
    let mut tx = state.db.tenant(lease.organization).await?;
    let until = state.clock.now().plus_millis(INTERNAL_ERROR_DELAY_MS);
    lease_store::put_off(&mut tx, payout, until).await?;
    tx.commit().await?;
    Ok(())
}
