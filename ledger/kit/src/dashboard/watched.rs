//! Tracks which organizations' dashboards are open in this process.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use shared::id::OrganizationId;

/// How many dashboards are open, by organization.
#[derive(Debug, Default)]
pub struct Watched(Mutex<HashMap<OrganizationId, usize>>);

impl Watched {
    pub fn change(&self, organization: OrganizationId, by: impl Fn(usize) -> usize) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = by(open.get(&organization).copied().unwrap_or_default());
        if count == 0 {
            open.remove(&organization)
        } else {
            open.insert(organization, count)
        };
    }

    pub fn organizations(&self) -> Vec<OrganizationId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }
}
