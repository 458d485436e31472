//! How long each class of data is kept, and the job that ends it.
//!
//! Only what no commission rests on grows old: raw clicks (their figures and the evidence of sales stay), decided
//! quarantine, answers to repeated requests, and the audit log where an organization wants that.

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::retention_store as store;
use crate::{
    error::{Error, Result},
    state::AppState,
};

/// Rows of one portion; between two the table is free.
const PORTION: i32 = 5_000;
/// Portions of one organization and class in one round: the rest comes with the next.
const PORTIONS_MAX: usize = 200;

/// In days; `audit_days` 0 is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub click_days: i32,
    pub quarantine_days: i32,
    pub idempotency_key_days: i32,
    pub audit_days: i32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { click_days: 400, quarantine_days: 400, idempotency_key_days: 30, audit_days: 0 }
    }
}

/// A setting with its field's name and limits.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub field: &'static str,
    pub label: &'static str,
    pub least: i32,
    pub most: i32,
    /// 0 means for ever.
    pub may_be_for_ever: bool,
}

pub const LIMITS: [Limit; 4] = [
    Limit { field: "clickDays", label: "Raw clicks", least: 30, most: 1_100, may_be_for_ever: false },
    Limit { field: "quarantineDays", label: "Decided quarantine", least: 30, most: 1_100, may_be_for_ever: false },
    Limit {
        field: "idempotencyKeyDays",
        label: "Answers to repeated requests",
        least: 1,
        most: 90,
        may_be_for_ever: false,
    },
    Limit { field: "auditDays", label: "Audit log", least: 365, most: 3_653, may_be_for_ever: true },
];

impl Retention {
    /// In the order of [`LIMITS`].
    pub const fn days(self) -> [i32; 4] {
        [self.click_days, self.quarantine_days, self.idempotency_key_days, self.audit_days]
    }

    /// Within the limits.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn of(days: [i64; 4]) -> Result<Self> {
        let mut checked = [0; 4];
        for ((limit, days), place) in LIMITS.iter().zip(days).zip(&mut checked) {
            *place = limit.check(days)?;
        }
        let [click_days, quarantine_days, idempotency_key_days, audit_days] = checked;
        Ok(Self { click_days, quarantine_days, idempotency_key_days, audit_days })
    }
}

impl Limit {
    fn check(&self, days: i64) -> Result<i32> {
        let fits =
            (i64::from(self.least)..=i64::from(self.most)).contains(&days) || (self.may_be_for_ever && days == 0);
        i32::try_from(days).ok().filter(|_| fits).ok_or_else(|| {
            let for_ever = if self.may_be_for_ever { ", or 0 for ever" } else { "" };
            Error::field(self.field, format!("{} must be {}..{} days{for_ever}", self.field, self.least, self.most))
        })
    }
}

/// Deletes what is too old now, of every organization.
///
/// # Errors
/// Of the database; portions before the failing one are gone.
pub async fn apply(state: &AppState) -> std::result::Result<(), sqlx::Error> {
    for page in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let set = store::of_all(&mut tx).await?;
        tx.commit().await?;
        for organization in page {
            let retention = set.get(organization).copied().unwrap_or_default();
            apply_to(state, *organization, retention).await?;
        }
    }
    Ok(())
}

async fn apply_to(
    state: &AppState,
    organization: OrganizationId,
    retention: Retention,
) -> std::result::Result<(), sqlx::Error> {
    // Business time, as everything that a brand sees grow old; keys are for programs and follow the wall clock.
    let (now, wall) = (state.clock.now(), state.clock.wall());
    let before = |now: Timestamp, days: i32| now.plus_days(-i64::from(days));
    let classes = [
        (Class::Clicks, retention.click_days, now),
        (Class::Quarantine, retention.quarantine_days, now),
        (Class::IdempotencyKeys, retention.idempotency_key_days, wall),
        (Class::Audit, retention.audit_days, now),
    ];
    for (class, days, now) in classes.into_iter().filter(|(_, days, _)| *days > 0) {
        for _ in 0..PORTIONS_MAX {
            let mut tx = state.db.tenant(organization).await?;
            let deleted = store::delete(&mut tx, organization, class, before(now, days), PORTION).await?;
            tx.commit().await?;
            if deleted > 0 {
                metrics::counter!("rekomi_retention_deleted_total", "class" => class.as_str()).increment(deleted);
            }
            if deleted < u64::from(PORTION.unsigned_abs()) || state.is_stopping() {
                break;
            }
        }
    }
    Ok(())
}

/// What grows old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Clicks,
    Quarantine,
    IdempotencyKeys,
    Audit,
}

impl Class {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Quarantine => "quarantine",
            Self::IdempotencyKeys => "idempotency_keys",
            Self::Audit => "audit_log",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_inclusive_and_named() {
        let usual = Retention::default();
        assert_eq!(Retention::of(usual.days().map(i64::from)).unwrap(), usual);
        let refused = |days: [i64; 4]| Retention::of(days).unwrap_err().body().field.clone().unwrap_or_default();
        assert_eq!(refused([29, 30, 1, 0]), "clickDays");
        assert_eq!(refused([30, 1_101, 1, 0]), "quarantineDays");
        assert_eq!(refused([30, 30, 0, 0]), "idempotencyKeyDays");
        assert_eq!(refused([30, 30, 1, 364]), "auditDays");
        assert_eq!(refused([i64::MAX, 30, 1, 0]), "clickDays");
        assert!(Retention::of([1_100, 1_100, 90, 3_653]).is_ok());
    }
}
