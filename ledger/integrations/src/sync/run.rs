//! Works on one connection for one turn: a few affiliates concurrently, each step by step, at the vendor's pace.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use connector::{Account, Connector, Fault, providers};
use shared::id::{AffiliateId, CrmConnectionId, SyncId};
use tokio::{
    sync::{Mutex, Semaphore},
    task::{Id, JoinSet},
};
use uuid::Uuid;

use super::{
    lease_store::{self, Connection, Lease},
    outcome::{self, Before},
    pace::PaceQueues,
    queue_store::{self, Due, SyncEnd},
    step::SyncExecution,
    worker::ConnectionWorker,
};
use crate::crm::{self, mask::Mask, pace::AccountPace, refresh_token::Grant};
use kit::{access::secret::SecretError, db::TenantTx, error::Error, state::AppState};

/// Affiliates processed concurrently.
const AT_ONCE: usize = 4;
/// The length of a turn. With more connections than one process can work on, turns keep every connection moving.
const TURN: Duration = Duration::from_secs(20);

/// Works until nothing is due, the connection must wait, or its turn is over.
pub async fn work(state: AppState, lease: Lease, database: Arc<Semaphore>) {
    if let Err(error) = worker(&state, lease, &database).await {
        // Syncs in progress become due again when the lease expires.
        tracing::error!(
            event = "crm.worker_failed", job = "sync_crms", connection = %lease.connection,
            "a CRM worker failed: {error:?}"
        );
    }
    let given_back = async {
        let mut tx = state.db.tenant(lease.organization).await?;
        lease_store::give_back(&mut tx, &lease).await?;
        tx.commit().await
    };
    if let Err(error) = given_back.await {
        tracing::warn!(
            event = "crm.lease_not_released", connection = %lease.connection,
            "releasing a lease failed, so it expires on its own: {error}"
        );
    }
}

async fn worker(state: &AppState, lease: Lease, database: &Arc<Semaphore>) -> Result<(), Error> {
    let started = Instant::now();
    let (over, has_failures) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let creating = Arc::new(Mutex::new(()));
    let queues = Arc::new(PaceQueues::default());
    let mut running = JoinSet::new();
    let mut busy: HashMap<Id, Uuid> = HashMap::new();
    let mut failed = None;
    loop {
        let rest = started.elapsed() >= TURN || over.load(Ordering::Relaxed) || state.is_stopping();
        let room = AT_ONCE.saturating_sub(running.len());
        if !rest && room > 0 {
            let taken = take(state, lease, database, &busy, room).await;
            let (connection, account, due, connector) = match taken {
                Ok(Some(taken)) => taken,
                // Syncs in progress are still awaited, so that no other worker can begin them meanwhile.
                Ok(None) => {
                    over.store(true, Ordering::Relaxed);
                    continue;
                }
                Err(error) => {
                    over.store(true, Ordering::Relaxed);
                    failed = Some(error);
                    continue;
                }
            };
            let descriptor = connector.descriptor();
            if connection.failures > 0 || connection.rights_failures > 0 {
                has_failures.store(true, Ordering::Relaxed);
            }
            let worker = Arc::new(ConnectionWorker {
                state: state.clone(),
                lease,
                connector,
                mask: Mask::of(&account, descriptor),
                pace: AccountPace::of(state, descriptor, &account),
                grant: Grant::of(lease.organization, descriptor, &account),
                connection,
                account,
                queues: Arc::clone(&queues),
                creating: Arc::clone(&creating),
                over: Arc::clone(&over),
                has_failures: Arc::clone(&has_failures),
                database: Arc::clone(database),
            });
            for one in due {
                let id = one.id;
                let task = running.spawn(sync(Arc::clone(&worker), one));
                busy.insert(task.id(), id);
            }
        }
        match running.join_next_with_id().await {
            None => break,
            Some(Ok((id, ()))) => drop(busy.remove(&id)),
            Some(Err(panicked)) => {
                tracing::error!(event = "crm.sync_panicked", job = "sync_crms", "a CRM sync panicked: {panicked}");
                busy.remove(&panicked.id());
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// The next syncs, with the connection's current settings.
type Taken = (Connection, Account, Vec<Due>, &'static dyn Connector);

/// Takes the next syncs; `None` where the connection may no longer be worked on.
async fn take(
    state: &AppState,
    lease: Lease,
    database: &Semaphore,
    busy: &HashMap<Id, Uuid>,
    room: usize,
) -> Result<Option<Taken>, Error> {
    let _held = database.acquire().await;
    let mut tx = state.db.tenant(lease.organization).await?;
    let (connection, account) = match lease_store::read(&mut tx, &state.config.keys, &lease).await {
        Ok(Some(read)) => read,
        Ok(None) => return Ok(None),
        Err(SecretError::Seal(_)) => {
            let why = ("credentials_unreadable", "The stored credentials can\u{2019}t be decrypted. Reconnect.");
            return pause(tx, state, lease, why).await.map(|()| None);
        }
        Err(SecretError::Database(error)) => return Err(error.into()),
    };
    let Some(connector) = providers::named(&connection.vendor) else {
        let why = ("unknown_vendor", "This version of Rekomi doesn\u{2019}t support this CRM.");
        return pause(tx, state, lease, why).await.map(|()| None);
    };
    let busy: Vec<Uuid> = busy.values().copied().collect();
    let most = i64::try_from(room).unwrap_or(1);
    let due = queue_store::take(&mut tx, &lease, &busy, most, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Some((connection, account, due, connector)))
}

async fn pause(mut tx: TenantTx, state: &AppState, lease: Lease, (code, reason): (&str, &str)) -> Result<(), Error> {
    let connection = CrmConnectionId::new(lease.connection);
    crm::pause::pause(&mut tx, state, connection, code, reason).await?;
    tx.commit().await?;
    Ok(())
}

async fn sync(worker: Arc<ConnectionWorker>, due: Due) {
    let (sync, vendor) = (SyncId::new(due.id), worker.connector.descriptor().slug);
    let (affiliate, id, tries) = (AffiliateId::new(due.affiliate), due.id, due.tries);
    let ended = match SyncExecution::begin(&worker, due).await {
        Ok(Some(course)) => course.run().await.map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match ended {
        Ok(Some(end)) => tracing::info!(
            event = "crm.sync_finished", job = "sync_crms", %sync, %affiliate, vendor,
            "CRM sync finished: {end}"
        ),
        Ok(None) => tracing::info!(
            event = "crm.sync_finished", job = "sync_crms", %sync, %affiliate, vendor,
            "CRM sync finished: nothing to send"
        ),
        Err(error) => {
            tracing::error!(
                event = "crm.sync_failed", job = "sync_crms", %sync, vendor,
                "a CRM sync failed: {error:?}"
            );
            if let Err(error) = put_off(&worker, id, tries).await {
                worker.end();
                tracing::error!(
                    event = "crm.sync_not_postponed", job = "sync_crms", %sync, vendor,
                    "a CRM sync could not be postponed: {error:?}"
                );
            }
        }
    }
}

/// Postpones a sync after an internal error, like after any other failure, so that one bad sync doesn't delay the
/// others.
async fn put_off(worker: &ConnectionWorker, sync: Uuid, tries: i32) -> Result<(), Error> {
    let (code, message) = ("internal_error", "Something went wrong on our side. We\u{2019}ll try again.");
    let now = worker.state.clock.now();
    let before = Before { tries, ..Before::default() };
    let again = outcome::of(&Fault::passing(code, message), before, rand::random()).again;
    let (mut tx, _held) = worker.tx().await?;
    let end = match again {
        Some(wait) => {
            let at = now.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
            SyncEnd::Retries { at, counts: true, code, message }
        }
        None => SyncEnd::Failed(code, message),
    };
    queue_store::settle(&mut tx, &worker.lease, sync, &end, now).await?;
    tx.commit().await?;
    Ok(())
}
