//! Checks the figures by country, source and device: the values of each add up to the totals.

use futures_util::TryStreamExt;

use super::Check;
use kit::db::TenantTx;

/// Checks conversions against `conversion_hours`, and clicks against all clicks of the hour and of the day. Skipped until
/// what happened before there were such figures is counted twice (`intake::facets_job`).
pub(super) async fn facets(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let is_counted = sqlx::query_scalar!(
        r#"select exists (select from facet_fills where organization_id = $1 and passes > 1) as "counted!""#,
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    if !is_counted {
        return Ok(());
    }
    let mut rows = sqlx::query!(
        r#"select format('%s %s', to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24:00'), facet) as "at!",
                  format('%s conversions (%s renewals), %s leads, revenue %s, commission %s', sum(k), sum(n), sum(l), sum(r), sum(c))
                      as "kept!",
                  format('%s conversions (%s renewals), %s leads, revenue %s, commission %s', sum(conversions), sum(renewals),
                         sum(leads), sum(revenue), sum(commission)) as "counted!"
           from (select facet, hour, program_id, currency, 0::bigint as conversions, 0::bigint as renewals, 0::bigint as leads,
                        0::bigint as revenue, 0::bigint as commission, conversions as k, renewals as n, leads as l, revenue as r,
                        commission as c
                 from conversion_facets where organization_id = $1
                 union all
                 select facet, hour, program_id, currency, conversions, renewals, leads, revenue, commission, 0, 0, 0, 0, 0
                 from conversion_hours cross join unnest(array['country', 'device', 'source']) facet
                 where organization_id = $1) report
           group by facet, hour, program_id, currency
           union all
           select format('%s device', to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24:00')),
                  format('%s clicks', sum(case when facet = 'device' then clicks else 0 end)),
                  format('%s clicks', sum(case when facet = 'all' then clicks else 0 end))
           from click_facets where organization_id = $1 and facet in ('all', 'device') group by hour
           union all
           select format('%s %s', day, facet), format('%s clicks', sum(kept)), format('%s clicks', sum(clicks))
           from (select day, program_id, facet, clicks as kept, 0::bigint as clicks from click_day_facets
                 where organization_id = $1
                 union all
                 select day, program_id, facet, 0, clicks from click_days
                 cross join unnest(array['country', 'device', 'source']) facet where organization_id = $1) days
           group by day, program_id, facet"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.kept != row.counted {
            let at = &row.at;
            check.wrong(|| format!("{organization}: {at}: stored {}; in total {}", row.kept, row.counted));
        }
    }
    Ok(())
}
