//! Erases an affiliate's forms: a form that no payment relied on is deleted immediately; the others stay encrypted for
//! as long as the tax authority requires, and are deleted automatically afterwards. While a payment is in progress, a
//! form that it may rely on stays, too.

use payout_core::tax::form::Kind;
use shared::{id::AffiliateId, timestamp::Timestamp};
use time::Date;

use super::{
    keep::{self, Retention},
    store::{self, Filter, Status},
};
use kit::db::TenantTx;

/// A form that is kept for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRetention {
    pub kind: Kind,
    pub until: Date,
    /// Whether only a payment in progress may rely on it: what becomes of that decides.
    pub is_undecided: bool,
}

pub async fn affiliate(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<Vec<FormRetention>, sqlx::Error> {
    let mut kept = Vec::new();
    let filter = Filter { affiliate: Some(affiliate), limit: 10_000, ..Filter::default() };
    for row in store::list(tx, &filter).await? {
        if row.sealed_form.is_none() {
            continue;
        }
        let form = match row.status {
            Status::Submitted | Status::Valid => {
                keep::end(tx, &row, (Status::Replaced, None, None), now).await?;
                store::read(tx, row.id).await?.unwrap_or(row)
            }
            _ => row,
        };
        match keep::reasons(tx, &form, now).await? {
            Some(Retention { until, is_undecided }) => {
                store::set_keep_until(tx, form.id, until).await?;
                kept.push(FormRetention { kind: form.kind, until, is_undecided });
            }
            None => keep::forget(tx, &form, now).await?,
        }
    }
    Ok(kept)
}
