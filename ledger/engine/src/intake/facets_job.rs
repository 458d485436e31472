//! Jobs of the figures by country, source and device: one counts what happened before there were such figures, the
//! other looks up clicks that arrived after their sales.

use std::time::Duration;

use shared::{id::OrganizationId, timestamp::Timestamp};
use time::Date;
use uuid::Uuid;

use super::{
    days_store::{self, date, day_of},
    facets_store as store,
};
use crate::book;
use kit::{db::TenantTx, state::AppState};

pub const FILL_EVERY: Duration = Duration::from_secs(3_600);
pub const FIND_EVERY: Duration = Duration::from_secs(60);
const TENANTS_PER_PAGE: usize = 1_000;
/// Days that are counted in one transaction.
const PORTION: i64 = 7;
/// Everything is counted twice: the first time, a process of an earlier version may still be adding clicks and sales.
const PASSES: i32 = 2;
const BETWEEN_PASSES_DAYS: i64 = 1;
/// A sale may be dated in the future by this much.
const AHEAD_DAYS: i64 = 2;
/// The edge keeps undelivered clicks for a week.
const AWAITED_DAYS: i64 = 8;
const MS_PER_HOUR: i64 = 3_600_000;

/// Counts what happened before there were such figures, for all tenants. A round that is interrupted goes on where it
/// stopped.
///
/// # Errors
/// Database errors; what was counted before is kept.
pub async fn fill(state: &AppState) -> Result<(), sqlx::Error> {
    let wall = state.clock.wall();
    for page in state.db.open_and_closed_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = sqlx::query_scalar!(
            r#"select o.id as "id!" from unnest($1::uuid[]) o (id)
               left join facet_fills f on f.organization_id = o.id
               where f.organization_id is null or f.day is not null or f.passes < $2 and f.changed_at <= $3"#,
            &page.iter().map(|tenant| tenant.uuid()).collect::<Vec<_>>(),
            PASSES,
            wall.plus_days(-BETWEEN_PASSES_DAYS),
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        for organization in due {
            while fill_portion(state, OrganizationId::new(organization)).await? {
                if state.is_stopping() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Counts the next days; returns whether more follow.
async fn fill_portion(state: &AppState, organization: OrganizationId) -> Result<bool, sqlx::Error> {
    let wall = state.clock.wall();
    let mut tx = state.db.tenant(organization).await?;
    days_store::lock(&mut tx).await?;
    unhurried(&mut tx).await?;
    let Some(from) = next_day(&mut tx).await? else {
        done(&mut tx, None, wall).await?;
        tx.commit().await?;
        return Ok(false);
    };
    let end = day_of(state.clock.now().max(wall)) + AHEAD_DAYS;
    let until = end.min(from + PORTION);
    if let Some(added) = store::added_until(&mut tx).await?.map(number)
        && from < added
    {
        store::add_up(&mut tx, date(from), date(until.min(added))).await?;
    }
    store::devices(&mut tx, date(from), date(until)).await?;
    tx.commit().await?;
    let midnight = |day| Timestamp::EPOCH.plus_days(day);
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    unhurried(&mut tx).await?;
    store::origins(&mut tx, midnight(from), midnight(until)).await?;
    store::sold(&mut tx, midnight(from), midnight(until)).await?;
    store::renewals(&mut tx, date(from), date(until)).await?;
    done(&mut tx, (until < end).then(|| date(until)), wall).await?;
    tx.commit().await?;
    Ok(until < end)
}

async fn unhurried(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('statement_timeout', '0', true)").fetch_one(tx.conn()).await.map(drop)
}

/// A day's number, counted from 1970.
fn number(day: Date) -> i64 {
    i64::from(day.to_julian_day()) - i64::from(Timestamp::EPOCH.date().to_julian_day())
}

/// The day to go on with; `None` if nothing has happened yet.
async fn next_day(tx: &mut TenantTx) -> Result<Option<i64>, sqlx::Error> {
    let organization = tx.organization();
    let day = sqlx::query_scalar!(
        "select coalesce((select day from facet_fills where organization_id = $1),
                         least((select (min(hour) at time zone 'UTC')::date from click_hours where organization_id = $1),
                               (select (min(hour) at time zone 'UTC')::date from conversion_hours where organization_id = $1)))
             as day",
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(day.map(number))
}

/// Records how far everything is counted; `None` ends a pass.
async fn done(tx: &mut TenantTx, day: Option<Date>, wall: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "insert into facet_fills as f (organization_id, day, passes, changed_at)
         values ($1, $2, case when $2::date is null then 1 else 0 end, $3)
         on conflict (organization_id) do update set
             day = excluded.day, passes = f.passes + excluded.passes, changed_at = excluded.changed_at",
        organization.uuid(),
        day,
        wall,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Looks up the clicks that sales are waiting for, for all tenants.
///
/// # Errors
/// Database errors; tenants before the failing one are done.
pub async fn find_clicks(state: &AppState) -> Result<(), sqlx::Error> {
    let since = state.clock.wall().plus_days(-AWAITED_DAYS);
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = sqlx::query_scalar!(
            r#"select o.id as "id!" from unnest($1::uuid[]) o (id)
               where exists (select from click_origins c where c.organization_id = o.id and c.awaited_since is not null
                               and c.clicked_at > $2)"#,
            &page.iter().map(|tenant| tenant.uuid()).collect::<Vec<_>>(),
            since,
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        for organization in due {
            find_clicks_of(state, OrganizationId::new(organization), since).await?;
        }
    }
    Ok(())
}

async fn find_clicks_of(state: &AppState, organization: OrganizationId, since: Timestamp) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    let arrived = sqlx::query!(
        r#"select o.click_id, o.awaited_since as "sold_at!" from click_origins o
           join clicks c on c.organization_id = $1 and c.id = o.click_id and c.clicked_at = o.clicked_at
           where o.organization_id = $1 and o.awaited_since is not null and o.clicked_at > $2"#,
        organization.uuid(),
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    let Some(first) = arrived.iter().map(|row| row.sold_at).min() else { return Ok(()) };
    sqlx::query!(
        "update click_origins o set country = coalesce(c.country, ''), source = coalesce(c.referrer_host, ''),
             device = c.device, awaited_since = null
         from clicks c
         where o.organization_id = $1 and o.click_id = any ($2) and c.organization_id = $1 and c.id = o.click_id
           and c.clicked_at = o.clicked_at",
        organization.uuid(),
        &arrived.iter().map(|row| row.click_id).collect::<Vec<Uuid>>(),
    )
    .execute(tx.conn())
    .await?;
    unhurried(&mut tx).await?;
    let hour = first.millis().div_euclid(MS_PER_HOUR) * MS_PER_HOUR;
    let end_of_time = Timestamp::EPOCH.plus_millis(i64::MAX);
    store::sold(&mut tx, Timestamp::EPOCH.plus_millis(hour), end_of_time).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbered_from_1970() {
        assert_eq!((number(date(0)), number(date(20_777))), (0, 20_777));
    }
}
