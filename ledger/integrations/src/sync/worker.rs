//! State that all syncs of a connection share while one worker has its lease.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use connector::{Account, Connector};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::{
    lease_store::{Connection, Lease},
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
    pub database: Arc<Semaphore>,
}

impl ConnectionWorker {
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed) || self.state.is_stopping()
    }

    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Begins a transaction and takes one of the permits that all turns share. Never request a second one while holding
    /// the first.
    pub async fn tx(&self) -> Result<(TenantTx, Option<SemaphorePermit<'_>>), Error> {
        // Acquiring fails only if the semaphore is closed, which never happens.
        let held = self.database.acquire().await.ok();
        Ok((self.state.db.tenant(self.lease.organization).await?, held))
    }
}
