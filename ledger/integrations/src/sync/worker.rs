//! What all syncs of a connection share while one worker has it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use connector::{Account, Connector};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};

use super::{
    lease_store::{Connection, Lease},
    pace::Buckets,
};
use crate::crm::mask::Mask;
use kit::{db::TenantTx, error::Error, state::AppState};

/// What all syncs of a turn share.
#[derive(Debug)]
pub struct ConnectionWorker {
    pub state: AppState,
    pub lease: Lease,
    pub connector: &'static dyn Connector,
    pub connection: Connection,
    pub account: Account,
    pub mask: Mask,
    pub buckets: Arc<Buckets>,
    /// Held from looking for a tag until it is created, so that two don't create it twice.
    pub tags: Arc<Mutex<()>>,
    /// Nothing more is sent: the vendor wants peace, the connection is paused, or the lease is lost.
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

    /// A transaction, with one of the places that all turns together may hold: never ask for a second one meanwhile.
    pub async fn tx(&self) -> Result<(TenantTx, Option<SemaphorePermit<'_>>), Error> {
        // An error would mean that the semaphore is closed, which nobody does.
        let held = self.database.acquire().await.ok();
        Ok((self.state.db.tenant(self.lease.organization).await?, held))
    }
}
