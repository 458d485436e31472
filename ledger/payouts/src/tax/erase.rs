//! Erases an affiliate's forms: a form that no payment relied on is deleted immediately; the others stay encrypted for
//! as long as the tax authority requires, and are deleted automatically afterwards.

use payout_core::tax::form::Kind;
use shared::{id::AffiliateId, timestamp::Timestamp};
use time::Date;

use super::{
    keep,
    store::{self, Filter, Status},
};
use kit::db::TenantTx;

/// A form that is kept for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRetention {
    pub kind: Kind,
    pub until: Date,
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
        let open = matches!(row.status, Status::Submitted | Status::Valid);
        let relied = match (row.ended_at, row.keep_until) {
            // When it ended, `keep_until` recorded whether a payment relied on it.
            (Some(ended), Some(until)) => keep::is_relied_on(ended, until),
            _ => match row.decided_at.filter(|_| row.status == Status::Valid) {
                Some(since) => store::last_relied(tx, affiliate, since).await?.is_some(),
                None => false,
            },
        };
        if open {
            keep::end(tx, &row, (Status::Replaced, None, None), now).await?;
        }
        if relied {
            let ended = store::read(tx, row.id).await?;
            kept.extend(ended.and_then(|row| row.keep_until).map(|until| FormRetention { kind: row.kind, until }));
        } else {
            keep::forget(tx, &row, now).await?;
        }
    }
    Ok(kept)
}
