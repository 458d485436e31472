//! Jobs of the figures by country, source and device: one counts what happened before there were such figures, the
//! other looks up clicks that arrived after their sales.

use std::time::Duration;

use shared::{id::OrganizationId, timestamp::Timestamp};
use time::Date;

use super::{
    days_store::{self, date, day_of},
    facets_store as store,
};
use crate::book;
use kit::{
    db::{TenantTx, time_limit_store},
    error::Error,
    jobs::OneByOne,
    state::AppState,
};

pub const FILL_EVERY: Duration = Duration::from_secs(3_600);
pub const FIND_EVERY: Duration = Duration::from_secs(60);
const TENANTS_PER_PAGE: usize = 1_000;
/// Days that are counted in one transaction, where little happened.
const PORTION: i64 = 7;
/// Where more happened in that time, a day is enough: clicks and sales wait until it is counted.
const PORTION_MAX: i64 = 200_000;
/// Everything is counted twice: the first time, a process of an earlier version may still be adding clicks and sales.
const PASSES: i32 = 2;
const BETWEEN_PASSES_DAYS: i64 = 1;
/// A sale may be dated in the future by this much.
const AHEAD_DAYS: i64 = 2;
/// The edge keeps undelivered clicks for a week.
const AWAITED_DAYS: i64 = 8;

/// Counts what happened before there were such figures, for all tenants. A round that is interrupted goes on where it
/// stopped.
///
/// # Errors
/// The last failing tenant's, which goes on in the next round; or if the database is unavailable.
pub async fn fill(state: &AppState) -> Result<(), Error> {
    let mut one_by_one = OneByOne::of("fill_facets");
    let wall = state.clock.wall();
    for page in state.db.open_and_closed_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = sqlx::query_scalar!(
            r#"select o.organization_id as "organization_id!" from organizations o
               left join facet_fills f on f.organization_id = o.organization_id
               where o.organization_id = any ($1)
                 and (f.organization_id is null or f.day is not null or f.passes < $2 and f.changed_at <= $3)
               order by o.organization_id"#,
            &page.iter().map(|tenant| tenant.uuid()).collect::<Vec<_>>(),
            PASSES,
            wall.plus_days(-BETWEEN_PASSES_DAYS),
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        for organization in due {
            let organization = OrganizationId::new(organization);
            one_by_one.note(organization, fill_one(state, organization).await);
        }
    }
    one_by_one.result()
}

async fn fill_one(state: &AppState, organization: OrganizationId) -> Result<(), sqlx::Error> {
    while !state.is_stopping() && fill_portion(state, organization).await? {}
    Ok(())
}

/// How far a tenant's figures are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    /// The first day that isn't counted yet; `None` between two passes.
    day: Option<Date>,
    passes: i32,
}

/// Counts the next days; returns whether more follow.
async fn fill_portion(state: &AppState, organization: OrganizationId) -> Result<bool, sqlx::Error> {
    let wall = state.clock.wall();
    let end = day_of(state.clock.now().max(wall)) + AHEAD_DAYS;
    let midnight = |day| Timestamp::EPOCH.plus_days(day);
    let mut tx = state.db.tenant(organization).await?;
    store::lock(&mut tx).await?;
    time_limit_store::lift(tx.conn()).await?;
    let progress = progress(&mut tx).await?;
    let Some(from) = next_day(&mut tx, progress).await? else {
        done(&mut tx, progress, None, wall).await?;
        tx.commit().await?;
        return Ok(false);
    };
    let week = end.min(from + PORTION);
    let happened = store::happened(&mut tx, midnight(from), midnight(week)).await?;
    let until = if happened > PORTION_MAX { end.min(from + 1) } else { week };
    store::devices(&mut tx, midnight(from), midnight(until)).await?;
    tx.commit().await?;
    add_up(state, organization, (from, until)).await?;
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    time_limit_store::lift(tx.conn()).await?;
    store::origins(&mut tx, midnight(from), midnight(until)).await?;
    store::sold(&mut tx, midnight(from), midnight(until)).await?;
    store::renewals(&mut tx, date(from), date(until)).await?;
    done(&mut tx, progress, (until < end).then(|| date(until)), wall).await?;
    tx.commit().await?;
    Ok(until < end)
}

/// Counts the clicks of those of the days that are added up.
async fn add_up(state: &AppState, organization: OrganizationId, (from, until): (i64, i64)) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    days_store::lock(&mut tx).await?;
    time_limit_store::lift(tx.conn()).await?;
    if let Some(added) = store::added_until(&mut tx).await?.map(number)
        && from < added
    {
        store::add_up(&mut tx, date(from), date(until.min(added))).await?;
    }
    tx.commit().await
}

/// A day's number, counted from 1970.
fn number(day: Date) -> i64 {
    i64::from(day.to_julian_day()) - i64::from(Timestamp::EPOCH.date().to_julian_day())
}

async fn progress(tx: &mut TenantTx) -> Result<Progress, sqlx::Error> {
    let organization = tx.organization();
    let known = sqlx::query_as!(
        Progress,
        "select day, passes from facet_fills where organization_id = $1",
        organization.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(known.unwrap_or(Progress { day: None, passes: 0 }))
}

/// The day to go on with; `None` if nothing has happened yet.
async fn next_day(tx: &mut TenantTx, progress: Progress) -> Result<Option<i64>, sqlx::Error> {
    if progress.day.is_some() {
        return Ok(progress.day.map(number));
    }
    let organization = tx.organization();
    let day = sqlx::query_scalar!(
        "select least((select (min(hour) at time zone 'UTC')::date from click_hours where organization_id = $1),
                      (select (min(hour) at time zone 'UTC')::date from conversion_hours where organization_id = $1)) as day",
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(day.map(number))
}

/// Records how far everything is counted; no day ends a pass. Another process may have done the same: then its record stays.
async fn done(tx: &mut TenantTx, before: Progress, day: Option<Date>, wall: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "insert into facet_fills as f (organization_id, day, passes, changed_at)
         values ($1, $2, $5 + case when $2::date is null then 1 else 0 end, $3)
         on conflict (organization_id) do update set
             day = excluded.day, passes = excluded.passes, changed_at = excluded.changed_at
         where f.day is not distinct from $4 and f.passes = $5",
        organization.uuid(),
        day,
        wall,
        before.day,
        before.passes,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Looks up the clicks that sales are waiting for, for all tenants.
///
/// # Errors
/// The last failing tenant's; all others are done. Or if the database is unavailable.
pub async fn find_clicks(state: &AppState) -> Result<(), Error> {
    let mut one_by_one = OneByOne::of("find_credited_clicks");
    let since = state.clock.wall().plus_days(-AWAITED_DAYS);
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = sqlx::query_scalar!(
            "select o.organization_id from organizations o
             where o.organization_id = any ($1)
               and exists (select 1 from click_origins c
                           where c.organization_id = o.organization_id and c.awaited_since is not null
                             and c.clicked_at > $2)",
            &page.iter().map(|tenant| tenant.uuid()).collect::<Vec<_>>(),
            since,
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        for organization in due {
            let organization = OrganizationId::new(organization);
            one_by_one.note(organization, find_clicks_of(state, organization, since).await);
        }
    }
    one_by_one.result()
}

async fn find_clicks_of(state: &AppState, organization: OrganizationId, since: Timestamp) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    time_limit_store::lift(tx.conn()).await?;
    store::find(&mut tx, since).await?;
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
