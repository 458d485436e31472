//! SQL that finds the months whose clicks are archived.

use std::collections::BTreeSet;

use time::Date;
use uuid::Uuid;

use kit::db::TenantsTx;

/// Clicks of months that ended later are never archived: so long ago is what the intake looks for.
pub(super) const SETTLED_DAYS: i64 = 31;

/// A month, by its first day, and a tenant.
pub(super) type Key = (Date, Uuid);

/// Those of the months whose clicks are archived. No other month of them is archived until the transaction ends.
pub(super) async fn archived(tx: &mut TenantsTx, months: &BTreeSet<Key>) -> Result<BTreeSet<Key>, sqlx::Error> {
    if months.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (days, organizations): (Vec<Date>, Vec<Uuid>) = months.iter().copied().unzip();
    sqlx::query!(
        "select pg_advisory_xact_lock_shared(place)
         from (select distinct hashtextextended('click_month/' || month, 0) as place from unnest($1::date[]) month
               order by 1) places",
        &days,
    )
    .fetch_all(tx.conn())
    .await?;
    let found = sqlx::query!(
        r#"select a.month as "month!", a.organization_id as "organization_id!"
           from unnest($1::date[], $2::uuid[]) n (month, organization_id)
           join click_archives a on a.organization_id = n.organization_id and a.month = n.month and a.state = 'archived'
           where a.organization_id = any ($2)"#,
        &days,
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| (row.month, row.organization_id)).collect())
}
