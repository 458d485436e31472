//! State that all syncs of a connection share while one worker has its lease.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use connector::{Account, Connector};
use shared::timestamp::Timestamp;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::{
    lease_store::{self, Connection, Failure, Lease},
    pace::PaceQueues,
};
use crate::crm::{mask::Mask, pace::AccountPace, refresh_token::Grant};
use kit::{db::TenantTx, error::Error, state::AppState};

/// State that all syncs of a turn share.
#[derive(Debug)]
pub struct ConnectionWorker {
    pub state: AppState,
    pub lease: Lease,
    pub connector: &'static dyn Connector,
    pub connection: Connection,
    pub account: Account,
    pub mask: Mask,
    pub pace: AccountPace,
    pub grant: Grant,
    pub queues: Arc<PaceQueues>,
    /// Locked by the sync that creates a tag, a list or a field, from its lookup on, so that no two create the same
    /// one.
    pub creating: Arc<Mutex<()>>,
    /// Set when nothing more may be sent: the vendor asked us to wait, the connection is paused, or the lease is lost.
    pub over: Arc<AtomicBool>,
    /// Whether the connection counts failures that a success would reset.
    pub has_failures: Arc<AtomicBool>,
    pub database: Arc<Semaphore>,
}

impl ConnectionWorker {
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.state.is_stopping()
    }

    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Records a successful call; see [`lease_store::went_well`]. Only while a failure is counted there is anything to record.
    pub async fn went_well(&self, tx: &mut TenantTx, may_write: bool) -> Result<(), Error> {
        if self.has_failures.load(Ordering::Relaxed) {
            lease_store::went_well(tx, &self.lease, may_write).await?;
        }
        Ok(())
    }

    /// Records a failed call.
    pub async fn went_wrong(&self, tx: &mut TenantTx, failure: &Failure<'_>, now: Timestamp) -> Result<(), Error> {
        self.has_failures.store(true, Ordering::Relaxed);
        lease_store::went_wrong(tx, &self.lease, failure, now).await?;
        Ok(())
    }

    /// Begins a transaction and takes one of the permits that all turns share. Never request a second one while holding
    /// the first.
    pub async fn tx(&self) -> Result<(TenantTx, Option<SemaphorePermit<'_>>), Error> {
        // Acquiring fails only if the semaphore is closed, which never happens.
        let held = self.database.acquire().await.ok();
        Ok((self.state.db.tenant(self.lease.organization).await?, held))
    }
}
