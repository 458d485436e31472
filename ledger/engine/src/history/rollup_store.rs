//! SQL of the daily and hourly figures of conversions: adds the differences, each table as one set.

use shared::timestamp::Timestamp;

use super::rollup::{Figures, MS_PER_HOUR, Rollup};
use kit::db::TenantsTx;

/// Adds the differences to what is stored.
pub async fn save(tx: &mut TenantsTx, rollup: &mut Rollup) -> Result<(), sqlx::Error> {
    rollup.days.retain(|_, figures| *figures != Figures::default());
    rollup.hours.retain(|_, figures| *figures != Figures::default());
    rollup.facets.retain(|_, figures| *figures != Figures::default());
    if !rollup.days.is_empty() {
        days(tx, rollup).await?;
    }
    if !rollup.hours.is_empty() {
        hours(tx, rollup).await?;
    }
    if rollup.facets.is_empty() { Ok(()) } else { facets(tx, rollup).await }
}

fn start_of(hour: i64) -> Timestamp {
    Timestamp::EPOCH.plus_millis(hour * MS_PER_HOUR)
}

async fn days(tx: &mut TenantsTx, rollup: &Rollup) -> Result<(), sqlx::Error> {
    let days = &rollup.days;
    sqlx::query!(
        "insert into conversion_days (organization_id, day, program_id, affiliate_id, currency, conversions, renewals, leads,
                                      revenue, commission)
         select * from unnest($1::uuid[], $2::date[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[],
                              $8::bigint[], $9::bigint[], $10::bigint[])
         on conflict (organization_id, day, program_id, affiliate_id, currency) do update set
             conversions = conversion_days.conversions + excluded.conversions,
             renewals = conversion_days.renewals + excluded.renewals,
             leads = conversion_days.leads + excluded.leads,
             revenue = conversion_days.revenue + excluded.revenue,
             commission = conversion_days.commission + excluded.commission",
        &days.keys().map(|key| key.0).collect::<Vec<_>>(),
        &days.keys().map(|key| Timestamp::EPOCH.plus_days(key.1).date()).collect::<Vec<_>>(),
        &days.keys().map(|key| key.2).collect::<Vec<_>>(),
        &days.keys().map(|key| key.3).collect::<Vec<_>>(),
        &days.keys().map(|key| key.4.clone()).collect::<Vec<_>>(),
        &days.values().map(|figures| figures.conversions).collect::<Vec<_>>(),
        &days.values().map(|figures| figures.renewals).collect::<Vec<_>>(),
        &days.values().map(|figures| figures.leads).collect::<Vec<_>>(),
        &days.values().map(|figures| figures.revenue).collect::<Vec<_>>(),
        &days.values().map(|figures| figures.commission).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn hours(tx: &mut TenantsTx, rollup: &Rollup) -> Result<(), sqlx::Error> {
    let hours = &rollup.hours;
    sqlx::query!(
        "insert into conversion_hours (organization_id, hour, program_id, currency, conversions, renewals, leads, revenue,
                                       commission)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[],
                              $7::bigint[], $8::bigint[], $9::bigint[])
         on conflict (organization_id, hour, program_id, currency) do update set
             conversions = conversion_hours.conversions + excluded.conversions,
             renewals = conversion_hours.renewals + excluded.renewals,
             leads = conversion_hours.leads + excluded.leads,
             revenue = conversion_hours.revenue + excluded.revenue,
             commission = conversion_hours.commission + excluded.commission",
        &hours.keys().map(|key| key.0).collect::<Vec<_>>(),
        &hours.keys().map(|key| start_of(key.1)).collect::<Vec<_>>(),
        &hours.keys().map(|key| key.2).collect::<Vec<_>>(),
        &hours.keys().map(|key| key.3.clone()).collect::<Vec<_>>(),
        &hours.values().map(|figures| figures.conversions).collect::<Vec<_>>(),
        &hours.values().map(|figures| figures.renewals).collect::<Vec<_>>(),
        &hours.values().map(|figures| figures.leads).collect::<Vec<_>>(),
        &hours.values().map(|figures| figures.revenue).collect::<Vec<_>>(),
        &hours.values().map(|figures| figures.commission).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn facets(tx: &mut TenantsTx, rollup: &Rollup) -> Result<(), sqlx::Error> {
    let facets = &rollup.facets;
    sqlx::query!(
        "insert into conversion_facets (organization_id, facet, hour, value, program_id, currency, conversions, renewals,
                                        leads, revenue, commission)
         select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::uuid[], $6::text[], $7::bigint[],
                              $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[])
         on conflict (organization_id, facet, hour, value, program_id, currency) do update set
             conversions = conversion_facets.conversions + excluded.conversions,
             renewals = conversion_facets.renewals + excluded.renewals,
             leads = conversion_facets.leads + excluded.leads,
             revenue = conversion_facets.revenue + excluded.revenue,
             commission = conversion_facets.commission + excluded.commission",
        &facets.keys().map(|key| key.0).collect::<Vec<_>>(),
        &facets.keys().map(|key| key.1.to_owned()).collect::<Vec<_>>(),
        &facets.keys().map(|key| start_of(key.2)).collect::<Vec<_>>(),
        &facets.keys().map(|key| key.3.clone()).collect::<Vec<_>>(),
        &facets.keys().map(|key| key.4).collect::<Vec<_>>(),
        &facets.keys().map(|key| key.5.clone()).collect::<Vec<_>>(),
        &facets.values().map(|figures| figures.conversions).collect::<Vec<_>>(),
        &facets.values().map(|figures| figures.renewals).collect::<Vec<_>>(),
        &facets.values().map(|figures| figures.leads).collect::<Vec<_>>(),
        &facets.values().map(|figures| figures.revenue).collect::<Vec<_>>(),
        &facets.values().map(|figures| figures.commission).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
