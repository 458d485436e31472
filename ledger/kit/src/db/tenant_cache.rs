//! Caches the tenants that jobs work for, for a few seconds: a dozen jobs ask every second, and with ten thousand
//! tenants each answer reads them all. This process sees tenants that it creates or closes itself immediately; those of
//! another process appear once the cached list has expired.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use shared::id::OrganizationId;

const KEPT: Duration = Duration::from_secs(3);

#[derive(Debug, Default)]
pub(super) struct TenantCache(Mutex<CachedTenants>);

#[derive(Debug, Default)]
struct CachedTenants {
    /// How often the list was invalidated.
    forgotten: u64,
    /// With the time before it was read.
    list: Option<(Instant, Arc<[OrganizationId]>)>,
}

/// Says that the list has to be read. A list invalidated in the meantime was read too early and is not cached.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadTicket {
    forgotten: u64,
    began: Instant,
}

impl TenantCache {
    /// # Errors
    /// [`ReadTicket`] if there is no list, or an expired one.
    pub(super) fn look(&self, now: Instant) -> Result<Arc<[OrganizationId]>, ReadTicket> {
        let kept = self.lock();
        match &kept.list {
            Some((at, list)) if now.saturating_duration_since(*at) < KEPT => Ok(Arc::clone(list)),
            _ => Err(ReadTicket { forgotten: kept.forgotten, began: now }),
        }
    }

    pub(super) fn keep(&self, ticket: ReadTicket, list: &Arc<[OrganizationId]>) {
        let mut kept = self.lock();
        if kept.forgotten == ticket.forgotten {
            kept.list = Some((ticket.began, Arc::clone(list)));
        }
    }

    pub(super) fn forget(&self) {
        let mut kept = self.lock();
        kept.forgotten += 1;
        kept.list = None;
    }

    fn lock(&self) -> MutexGuard<'_, CachedTenants> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_again_once_it_is_old_or_forgotten() {
        let (tenant_cache, start) = (TenantCache::default(), Instant::now());
        let list: Arc<[OrganizationId]> = [OrganizationId::from_bytes([1; 16])].into_iter().collect();
        tenant_cache.keep(tenant_cache.look(start).unwrap_err(), &list);
        assert_eq!(tenant_cache.look(start + KEPT / 2).unwrap(), list);
        let ticket = tenant_cache.look(start + KEPT).unwrap_err();
        tenant_cache.keep(ticket, &list);
        assert!(tenant_cache.look(start + KEPT).is_ok());
        tenant_cache.forget();
        assert!(tenant_cache.look(start + KEPT).is_err());
    }

    #[test]
    fn what_was_read_before_somebody_came_is_not_kept() {
        let (tenant_cache, start) = (TenantCache::default(), Instant::now());
        let ticket = tenant_cache.look(start).unwrap_err();
        tenant_cache.forget();
        tenant_cache.keep(ticket, &Vec::new().into());
        assert!(tenant_cache.look(start).is_err());
    }
}
