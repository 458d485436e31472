//! Checks stored figures by counting again: daily and hourly figures, and the grouping of customers.

use futures_util::TryStreamExt;
use shared::id::{AffiliateId, CustomerId, ProgramId};

use super::Check;
use kit::db::TenantTx;
use rules::customer::names::shared_mailboxes;

/// Checks conversions on their day; commissions on their conversion's day, or their own.
pub(super) async fn days(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"with counted as (
               select (occurred_at at time zone 'UTC')::date as day, program_id, affiliate_id, currency,
                      1 as conversions, amount - refunded as revenue, 0::bigint as commission, 0 as k, 0::bigint as r, 0::bigint as c
               from conversions
               where organization_id = $1 and affiliate_id is not null and kind <> 'Lead' and review is distinct from 'Denied'
               union all
               select coalesce(c.day, (v.occurred_at at time zone 'UTC')::date), c.program_id, c.affiliate_id, c.currency,
                      0, 0, c.amount, 0, 0, 0
               from commissions c left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
               where c.organization_id = $1
               union all
               select day, program_id, affiliate_id, currency, 0, 0, 0, conversions, revenue, commission
               from conversion_days where organization_id = $1)
           select day, program_id, affiliate_id, currency as "currency!",
                  format('%s conversions, revenue %s, commission %s', sum(k), sum(r), sum(c)) as "kept!",
                  format('%s conversions, revenue %s, commission %s', sum(conversions), sum(revenue), sum(commission))
                      as "counted!"
           from counted group by day, program_id, affiliate_id, currency"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.kept != row.counted {
            check.wrong(|| {
                format!(
                    "{organization}: {} {} {} {}: stored {}; counted {}",
                    row.day.map(|day| day.to_string()).unwrap_or_default(),
                    row.program_id.map(|id| ProgramId::new(id).to_string()).unwrap_or_default(),
                    row.affiliate_id.map(|id| AffiliateId::new(id).to_string()).unwrap_or_default(),
                    row.currency,
                    row.kept,
                    row.counted,
                )
            });
        }
    }
    Ok(())
}

/// Checks the same for whole programs, by hour.
pub(super) async fn hours(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"with counted as (
               select date_trunc('hour', occurred_at, 'UTC') as hour, program_id, currency, (kind <> 'Lead')::int as conversions,
                      (kind = 'Recurring')::int as renewals, (kind = 'Lead')::int as leads,
                      case kind when 'Lead' then 0 else amount - refunded end as revenue, 0::bigint as commission, 0 as k, 0 as n,
                      0 as l, 0::bigint as r, 0::bigint as c
               from conversions
               where organization_id = $1 and affiliate_id is not null and review is distinct from 'Denied'
               union all
               select coalesce(c.day::timestamp at time zone 'UTC', date_trunc('hour', v.occurred_at, 'UTC')), c.program_id, c.currency,
                      0, 0, 0, 0, c.amount, 0, 0, 0, 0, 0
               from commissions c left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
               where c.organization_id = $1
               union all
               select hour, program_id, currency, 0, 0, 0, 0, 0, conversions, renewals, leads, revenue, commission
               from conversion_hours where organization_id = $1)
           select to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24:00') as hour, program_id, currency as "currency!",
                  format('%s conversions (%s renewals), %s leads, revenue %s, commission %s', sum(k), sum(n), sum(l), sum(r), sum(c))
                      as "kept!",
                  format('%s conversions (%s renewals), %s leads, revenue %s, commission %s', sum(conversions), sum(renewals),
                         sum(leads), sum(revenue), sum(commission)) as "counted!"
           from counted group by counted.hour, program_id, currency"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.kept != row.counted {
            check.wrong(|| {
                let hour = row.hour.clone().unwrap_or_default();
                let program = row.program_id.map(|id| ProgramId::new(id).to_string()).unwrap_or_default();
                format!(
                    "{organization}: {hour} {program} {}: stored {}; counted {}",
                    row.currency, row.kept, row.counted
                )
            });
        }
    }
    Ok(())
}

/// Checks human clicks by hour: both stored figures are equal, and at least the number of stored clicks. (Old clicks
/// are deleted eventually, and their figures stay.)
pub(super) async fn visits(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"with counted as (
               select date_trunc('hour', clicked_at, 'UTC') as hour, count(*) as clicks, 0::numeric as facets, 0::numeric as hours
               from clicks where organization_id = $1 and class = 'human' group by 1
               union all
               select hour, 0, sum(clicks), 0 from click_facets where organization_id = $1 and facet = 'all' group by 1
               union all
               select hour, 0, 0, sum(clicks) from click_hours where organization_id = $1 group by 1)
           select to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24:00') as hour, sum(clicks)::bigint as "clicks!",
                  sum(facets)::bigint as "facets!", sum(hours)::bigint as "hours!"
           from counted group by counted.hour"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.facets != row.hours || row.hours < row.clicks {
            check.wrong(|| {
                let hour = row.hour.clone().unwrap_or_default();
                let (clicks, facets, hours) = (row.clicks, row.facets, row.hours);
                format!("{organization}: {hour}: {clicks} clicks by people; stored {facets} in total, {hours} by link")
            });
        }
    }
    Ok(())
}

/// Checks the hourly clicks of programs, and the days that are summed up, against the hourly clicks of links; the
/// clicks themselves are kept only for a while.
pub(super) async fn clicks(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let mut rows = sqlx::query!(
        r#"select to_char(hour at time zone 'UTC', 'YYYY-MM-DD HH24:00') as "at!", program as "whose!",
                  sum(kept)::bigint as "kept!", sum(clicks)::bigint as "counted!"
           from (select hour, program_id::text as program, clicks, 0 as kept from click_hours
                 where organization_id = $1 and clicks > 0
                 union all
                 select hour, value, 0, clicks from click_facets where organization_id = $1 and facet = 'program') report
           group by report.hour, program
           union all
           select day::text, link_id::text, sum(kept)::bigint, sum(clicks)::bigint
           from (select (hour at time zone 'UTC')::date as day, program_id, affiliate_id, link_id, clicks, 0 as kept
                 from click_hours join click_days_until u using (organization_id)
                 where organization_id = $1 and clicks > 0 and hour < u.day::timestamp at time zone 'UTC'
                 union all
                 select day, program_id, affiliate_id, link_id, 0, clicks from click_days where organization_id = $1) added
           group by day, program_id, affiliate_id, link_id"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.kept != row.counted {
            let (at, whose) = (&row.at, &row.whose);
            check.wrong(|| format!("{organization}: {at} {whose}: stored {}; by hour {}", row.kept, row.counted));
        }
    }
    Ok(())
}

/// Checks that each group has the smallest id of its customers, that one address or purchase belongs to one group, and
/// that customers are one buyer only through joins.
pub(super) async fn buyers(tx: &mut TenantTx, check: &mut Check) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from customers where organization_id = $1"#,
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    check.looked_at(count);
    let apart = sqlx::query!(
        r#"select id as "id!", why as "why!", count(*) over () as count from (
               select c.id, 'is not in the set of the smallest id' as why from customers c
               left join customers b on b.organization_id = c.organization_id and b.id = c.buyer_id
               left join customers g on g.organization_id = c.organization_id and g.id = c.group_id
               where c.organization_id = $1
                 and (b.buyer_id is distinct from c.buyer_id or b.group_id is distinct from c.group_id
                      or g.group_id is distinct from c.group_id or c.id < c.buyer_id or c.id < c.group_id)
               union all
               select e.customer_id, 'shares an address with another group' from customer_emails e
               join customers c on (c.organization_id, c.id) = (e.organization_id, e.customer_id)
               join (select email_key from customer_emails where organization_id = $1
                       and split_part(email_key, '@', 1) <> all ($2)
                     group by email_key having count(*) > 1) s using (email_key)
               join customer_emails f on (f.organization_id, f.email_key) = (e.organization_id, e.email_key)
               join customers d on (d.organization_id, d.id) = (f.organization_id, f.customer_id)
               where e.organization_id = $1 and d.group_id < c.group_id
               union all
               select r.customer_id, 'was reported as the buyer of another buyer''s purchase, and no join waits' from repeated_reports r
               join customers c on (c.organization_id, c.id) = (r.organization_id, r.customer_id)
               join conversions v on (v.organization_id, v.external_id) = (r.organization_id, r.external_id)
               join customers d on (d.organization_id, d.id) = (v.organization_id, v.customer_id)
               where r.organization_id = $1 and d.buyer_id <> c.buyer_id
                 and not exists (select from customer_joins j
                                 where j.organization_id = $1 and j.state <> 'Joined'
                                   and (j.one_id = least(c.id, d.id) and j.other_id = greatest(c.id, d.id)
                                        or j.legacy and (c.id in (j.one_id, j.other_id) or d.id in (j.one_id, j.other_id))))
               union all
               select c.id, 'is in a join that says otherwise' from customer_joins j
               join customers c on (c.organization_id, c.id) = (j.organization_id, j.one_id)
               join customers d on (d.organization_id, d.id) = (j.organization_id, j.other_id)
               where j.organization_id = $1
                 and (c.group_id <> d.group_id or not c.in_joins or not d.in_joins
                      or (j.state = 'Joined') <> (c.buyer_id = d.buyer_id))
               union all
               select c.id, 'is joined with another customer by no join' from customers c
               where c.organization_id = $1 and c.buyer_id <> c.id
                 and not exists (select from customer_joins j where j.organization_id = $1 and j.state = 'Joined'
                                   and c.id in (j.one_id, j.other_id))) apart
           order by id limit 5"#,
        organization.uuid(),
        &shared_mailboxes(),
    )
    .fetch_all(tx.conn())
    .await?;
    let total = apart.first().and_then(|row| row.count);
    check.wrong_rows(total, apart.iter().map(|row| format!("{organization}: {} {}", CustomerId::new(row.id), row.why)));
    Ok(())
}
