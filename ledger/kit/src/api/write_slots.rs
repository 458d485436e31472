//! Limits how many writes of one organization hold database connections at the same time.
//!
//! Most writes lock the organization's book, so of many at once all but one wait. If each of them waited in a
//! transaction, they would use up the connections of this process, and the requests of other organizations and all
//! reads would wait with them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use shared::id::OrganizationId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

type Organizations = HashMap<OrganizationId, Arc<Semaphore>>;

/// The slots of all organizations that are being written to.
#[derive(Debug)]
pub struct WriteSlots {
    each: usize,
    organizations: Arc<Mutex<Organizations>>,
}

/// A slot in use. Dropping it lets the next write of the organization begin.
#[derive(Debug)]
pub struct WriteSlot {
    organization: OrganizationId,
    organizations: Arc<Mutex<Organizations>>,
    /// `None` only while it's dropped.
    permit: Option<OwnedSemaphorePermit>,
}

impl WriteSlots {
    /// A third of the connections for each organization, and at least one.
    pub fn of(connections: u32) -> Self {
        let each = usize::try_from(connections / 3).unwrap_or_default().max(1);
        Self { each, organizations: Arc::default() }
    }

    /// Waits for one of the organization's slots. They are given in the order of the calls.
    ///
    /// # Errors
    /// 503 if none becomes free in time.
    pub async fn take(&self, organization: OrganizationId, patience: Duration) -> Result<WriteSlot> {
        let slots = {
            let mut all = lock(&self.organizations);
            Arc::clone(all.entry(organization).or_insert_with(|| Arc::new(Semaphore::new(self.each))))
        };
        // From here on, leaving in any way drops the slot, so that no organization stays in the map.
        let mut slot = WriteSlot { organization, organizations: Arc::clone(&self.organizations), permit: None };
        match tokio::time::timeout(patience, slots.acquire_owned()).await {
            Ok(Ok(permit)) => {
                slot.permit = Some(permit);
                Ok(slot)
            }
            _ => Err(Error::unavailable("too many writes of one organization at the same time")),
        }
    }
}

impl Drop for WriteSlot {
    fn drop(&mut self) {
        let mut all = lock(&self.organizations);
        drop(self.permit.take());
        // The map holds one reference; every permit and every write that waits holds another.
        if all.get(&self.organization).is_some_and(|slots| Arc::strong_count(slots) == 1) {
            all.remove(&self.organization);
        }
    }
}

fn lock(organizations: &Mutex<Organizations>) -> MutexGuard<'_, Organizations> {
    organizations.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(30);

    fn organization(number: u64) -> OrganizationId {
        OrganizationId::v7(number, &[0; 10])
    }

    #[tokio::test]
    async fn an_organization_has_so_many_slots_and_no_other_waits_for_them() {
        let slots = WriteSlots::of(6);
        let first = slots.take(organization(1), LONG).await.unwrap();
        let second = slots.take(organization(1), LONG).await.unwrap();
        let refused = slots.take(organization(1), NOT).await.unwrap_err();
        assert_eq!(refused.status(), axum::http::StatusCode::SERVICE_UNAVAILABLE);
        let other = slots.take(organization(2), NOT).await.unwrap();
        drop(first);
        let third = slots.take(organization(1), NOT).await.unwrap();
        drop((second, third, other));
        assert!(lock(&slots.organizations).is_empty());
    }

    #[tokio::test]
    async fn a_write_that_waits_gets_the_slot_that_becomes_free() {
        let slots = Arc::new(WriteSlots::of(1));
        let held = slots.take(organization(1), LONG).await.unwrap();
        let waiting = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { slots.take(organization(1), LONG).await.map(drop) }
        });
        tokio::time::sleep(NOT).await;
        drop(held);
        waiting.await.unwrap().unwrap();
        assert!(lock(&slots.organizations).is_empty());
    }

    #[tokio::test]
    async fn a_write_that_gives_up_leaves_nothing() {
        let slots = WriteSlots::of(1);
        let held = slots.take(organization(1), LONG).await.unwrap();
        assert!(tokio::time::timeout(NOT, slots.take(organization(1), LONG)).await.is_err());
        drop(held);
        assert!(lock(&slots.organizations).is_empty());
    }
}
