//! SQL of the automatic work on runs.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::db::TenantsTx;

/// The organizations whose scheduled run is due, or was postponed and is no longer blocked.
pub async fn due(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select s.organization_id from payout_settings s
         where s.next_run_at <= $1
            or s.postponed <> '{}'
               and s.postponed - coalesce((select array_agg(r.currency) from payout_runs r
                                           where r.organization_id = s.organization_id and r.state = 'Proposed'),
                                          '{}') <> '{}'
         order by s.next_run_at",
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// Ends runs whose payouts have all ended, and returns their organizations.
pub async fn finish(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "update payout_runs r set state = 'Done', done_at = $1
         where state = 'Running'
           and not exists (select from payouts p
                           where p.organization_id = r.organization_id and p.run_id = r.id
                             and p.status in ('Scheduled', 'Reserved', 'Sending', 'Unknown'))
         returning organization_id",
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}
