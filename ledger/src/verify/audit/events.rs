//! Checks that every event is intact, and was applied exactly once.

use shared::{id::EventId, keys::KeyRing};

use super::Check;
use crate::verify::{
    progress::Progress,
    replay::{reports, stored},
};
use kit::db::TenantTx;

/// Checks that everything reported by events exists; whether it is stored as reported is checked by the replay.
pub(super) async fn events(
    tx: &mut TenantTx,
    tokens: &KeyRing,
    check: &mut Check,
    progress: &Progress,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut page = stored::events(tx, None).await?;
    while !page.is_empty() {
        for difference in reports::compare(tx, tokens, &page).await? {
            if difference.stored.is_none() || difference.recomputed.is_none() || difference.field == "event" {
                check.wrong(|| format!("{organization}: {difference}"));
            }
        }
        check.looked_at += page.len() as u64;
        progress.advance(page.len() as u64);
        page = stored::events(tx, page.last()).await?;
    }
    Ok(())
}

pub(super) async fn quarantine(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from quarantine where organization_id = $1 and state = 'open'"#,
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    check.looked_at(count);
    let both = sqlx::query!(
        "select e.id, q.reason, count(*) over () as count from quarantine q
         join events e on (e.organization_id, e.id) = (q.organization_id, q.event_id)
         where q.organization_id = $1 and q.state = 'open' and q.reason <> 'conflict' order by e.id limit 5",
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let total = both.first().and_then(|row| row.count);
    check.wrong_rows(
        total,
        both.iter()
            .map(|row| format!("{organization}: {} is applied and quarantined ({})", EventId::new(row.id), row.reason)),
    );
    Ok(())
}

pub(super) async fn facts(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        r#"with facts as (
               select 'conversion' as kind, event_id from conversions where organization_id = $1
               union all select 'retelling', event_id from repeated_reports where organization_id = $1
               union all select 'refund', event_id from refunds where organization_id = $1
               union all select 'dispute', event_id from disputes where organization_id = $1
               union all select 'alias', event_id from sale_aliases where organization_id = $1
               union all select 'touch', event_id from touches where organization_id = $1),
           orphans as (
               select kind, event_id from facts f
               where not exists (select from events e where e.organization_id = $1 and e.id = f.event_id))
           select (select count(*) from facts) as "facts!", (select count(*) from orphans) as "orphans!", kind, event_id
           from (select 1) one left join (select * from orphans order by event_id limit 5) o on true"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let Some(first) = rows.first() else { return Ok(()) };
    check.looked_at(first.facts);
    let orphans = rows.iter().filter_map(|row| Some((row.kind.as_deref()?, EventId::new(row.event_id?))));
    check.wrong_rows(
        Some(first.orphans),
        orphans.map(|(kind, event)| format!("{organization}: a {kind} of {event}, which doesn't exist")),
    );
    Ok(())
}
