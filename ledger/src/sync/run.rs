//! Works on one connection for a while: a few affiliates at once, each step by step, at the vendor's pace.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use connector::{Account, vendor};
use shared::id::{AffiliateId, SyncId};
use tokio::{
    sync::{Mutex, Semaphore},
    task::{Id, JoinSet},
};
use uuid::Uuid;

use super::{
    lease_store::{self, Connection, Lease},
    pace::Buckets,
    queue_store::{self, Due},
    step::Course,
    turn::Turn,
};
use crate::{crm::mask::Mask, error::Error, state::AppState};

/// Affiliates under way at once.
const AT_ONCE: usize = 4;
/// After so long others get a turn: with more connections than one process works on, none waits for ever.
const TURN: Duration = Duration::from_secs(20);

/// Works until nothing is due, the connection must wait, or others are to have a turn.
pub(super) async fn work(state: AppState, lease: Lease, database: Arc<Semaphore>) {
    if let Err(error) = turn(&state, lease, &database).await {
        // Whatever was under way is due again once the lease is over.
        tracing::error!(connection = %lease.connection, "CRM syncs: {error:?}");
    }
    let given_back = async {
        let mut tx = state.db.tenant(lease.organization).await?;
        lease_store::give_back(&mut tx, &lease).await?;
        tx.commit().await
    };
    if let Err(error) = given_back.await {
        tracing::warn!(connection = %lease.connection, "a lease ends by itself: {error}");
    }
}

async fn turn(state: &AppState, lease: Lease, database: &Arc<Semaphore>) -> Result<(), Error> {
    let started = Instant::now();
    let over = Arc::new(AtomicBool::new(false));
    let tags = Arc::new(Mutex::new(()));
    let mut buckets: Option<Arc<Buckets>> = None;
    let mut running = JoinSet::new();
    let mut busy: HashMap<Id, Uuid> = HashMap::new();
    loop {
        let rest = started.elapsed() >= TURN || over.load(Ordering::Relaxed) || state.is_stopping();
        let room = AT_ONCE.saturating_sub(running.len());
        if !rest && room > 0 {
            let taken = take(state, lease, database, &busy, room).await?;
            let Some((connection, account, due)) = taken else { break };
            let Some(connector) = vendor::named(&connection.vendor) else { break };
            let descriptor = connector.descriptor();
            let factor = state.config.crm_pace_factor;
            let buckets = buckets.get_or_insert_with(|| Arc::new(Buckets::new(descriptor, factor, started)));
            let turn = Arc::new(Turn {
                state: state.clone(),
                lease,
                connector,
                mask: Mask::of(&account, descriptor),
                connection,
                account,
                buckets: Arc::clone(buckets),
                tags: Arc::clone(&tags),
                over: Arc::clone(&over),
                database: Arc::clone(database),
            });
            for one in due {
                let id = one.id;
                let task = running.spawn(sync(Arc::clone(&turn), one));
                busy.insert(task.id(), id);
            }
        }
        match running.join_next_with_id().await {
            None => break,
            Some(Ok((id, ()))) => drop(busy.remove(&id)),
            Some(Err(panicked)) => {
                tracing::error!("a CRM sync ended: {panicked}");
                busy.remove(&panicked.id());
            }
        }
    }
    Ok(())
}

/// What to do next, with the connection as it is now; `None` where it may not be worked on any more.
async fn take(
    state: &AppState,
    lease: Lease,
    database: &Semaphore,
    busy: &HashMap<Id, Uuid>,
    room: usize,
) -> Result<Option<(Connection, Account, Vec<Due>)>, Error> {
    let _held = database.acquire().await;
    let mut tx = state.db.tenant(lease.organization).await?;
    let Some((connection, account)) = lease_store::read(&mut tx, &state.config.keys, &lease).await? else {
        return Ok(None);
    };
    let busy: Vec<Uuid> = busy.values().copied().collect();
    let most = i64::try_from(room).unwrap_or(1);
    let due = queue_store::take(&mut tx, &lease, &busy, most, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Some((connection, account, due)))
}

async fn sync(turn: Arc<Turn>, due: Due) {
    let (sync, vendor) = (SyncId::new(due.id), turn.connector.descriptor().slug);
    let affiliate = AffiliateId::new(due.affiliate);
    match Course::begin(&turn, due).await {
        Ok(Some(course)) => match course.run().await {
            Ok(end) => tracing::info!(%sync, %affiliate, vendor, "CRM sync: {end}"),
            Err(error) => {
                turn.end();
                tracing::error!(%sync, vendor, "a CRM sync broke off: {error:?}");
            }
        },
        Ok(None) => tracing::info!(%sync, %affiliate, vendor, "CRM sync: there is nobody to tell of"),
        Err(error) => {
            turn.end();
            tracing::error!(%sync, vendor, "a CRM sync can't begin: {error:?}");
        }
    }
}
