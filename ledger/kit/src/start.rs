//! What this process knows of its own start. After a restore, everything in the database may be from before it, so what
//! must have happened since the restore is compared with the start instead.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use shared::{id::OrganizationId, timestamp::Timestamp};

/// When the process began, and which organizations' payout runs were due since then.
#[derive(Debug)]
pub struct Start {
    at: Timestamp,
    met: Mutex<HashSet<OrganizationId>>,
}

impl Start {
    pub fn new(at: Timestamp) -> Self {
        Self { at, met: Mutex::default() }
    }

    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether [`Start::meet`] was called for the organization.
    pub fn has_met(&self, organization: OrganizationId) -> bool {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).contains(&organization)
    }

    pub fn meet(&self, organization: OrganizationId) {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).insert(organization);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_organization_is_met_once() {
        let start = Start::new(Timestamp::EPOCH);
        let [one, other] = [1, 2].map(|millis| OrganizationId::v7(millis, &[0; 10]));
        assert!(!start.has_met(one));
        start.meet(one);
        assert!(start.has_met(one) && !start.has_met(other));
    }
}
