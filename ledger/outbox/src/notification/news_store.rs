//! SQL for the marks of affiliates with news. They are written along with clicks and commissions, so that the job that
//! emails the news reads only these affiliates, however many organizations exist.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantTx, TenantsTx};
use rules::commission::{Commission, EarnedBy};

/// How long something counts as news, in days.
pub const NEWS_DAYS: i64 = 2;
/// How long after a day its clicks are news: by then, nearly all are counted.
const COUNTED_AFTER_MS: i64 = 3_600_000;

/// Affiliates of live organizations who may be emailed; sorted, so that two transactions lock them in the same order.
pub type Affiliates = BTreeSet<(OrganizationId, AffiliateId)>;

/// When a commission is news to its affiliate, if a change at this time makes it news: before, it didn't exist, was
/// worth nothing, or waited for a decision. One that waits for a review may be based on a made-up sale, and no date says
/// when a disputed one becomes payable.
pub fn news_at(before: Option<&Commission>, now: &Commission, at: Timestamp) -> Option<Timestamp> {
    let counts = |row: &Commission| row.amount > 0 && row.held.is_none();
    let is_news = counts(now) && before.is_none_or(|before| !counts(before));
    let counted = match now.earned_by {
        EarnedBy::Clicks(day) => day.plus_days(1).plus_millis(COUNTED_AFTER_MS),
        EarnedBy::Conversion(_) | EarnedBy::Override { .. } | EarnedBy::Bonus(_) | EarnedBy::Adjustment(_) => at,
    };
    is_news.then_some(at.max(counted))
}

fn columns(affiliates: impl Iterator<Item = (OrganizationId, AffiliateId)>) -> (Vec<Uuid>, Vec<Uuid>) {
    affiliates.map(|(organization, affiliate)| (organization.uuid(), affiliate.uuid())).unzip()
}

/// What an affiliate's mark says.
#[derive(Debug)]
struct Mark {
    has_clicks: bool,
    earned_until: Option<Timestamp>,
    earned_due_at: Option<Timestamp>,
}

/// The marks of these affiliates who have one. Read by arrays, not by a join with the affiliates: for that, Postgres may read
/// all of a large organization's marks for each.
async fn marks(
    tx: &mut TenantsTx,
    affiliates: impl Iterator<Item = (OrganizationId, AffiliateId)>,
) -> Result<BTreeMap<(OrganizationId, AffiliateId), Mark>, sqlx::Error> {
    let (organizations, ids): (BTreeSet<Uuid>, Vec<Uuid>) =
        affiliates.map(|(organization, affiliate)| (organization.uuid(), affiliate.uuid())).unzip();
    let rows = sqlx::query!(
        r#"select organization_id, affiliate_id, earned_until, earned_due_at,
                  (first_click_at is not null or click_due_at is not null) as "has_clicks!"
           from milestone_emails where organization_id = any ($1) and affiliate_id = any ($2)"#,
        &organizations.into_iter().collect::<Vec<_>>(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mark = |has_clicks, earned_until, earned_due_at| Mark { has_clicks, earned_until, earned_due_at };
    let key = |organization, affiliate| (OrganizationId::new(organization), AffiliateId::new(affiliate));
    Ok(rows
        .into_iter()
        .map(|row| {
            (key(row.organization_id, row.affiliate_id), mark(row.has_clicks, row.earned_until, row.earned_due_at))
        })
        .collect())
}

/// Those of the affiliates who may be emailed, sorted.
async fn approved(
    tx: &mut TenantsTx,
    affiliates: impl Iterator<Item = (OrganizationId, AffiliateId)>,
) -> Result<Affiliates, sqlx::Error> {
    let (organizations, ids): (BTreeSet<Uuid>, Vec<Uuid>) =
        affiliates.map(|(organization, affiliate)| (organization.uuid(), affiliate.uuid())).unzip();
    if ids.is_empty() {
        return Ok(Affiliates::new());
    }
    let rows = sqlx::query!(
        "select organization_id, id from affiliates
         where organization_id = any ($1) and id = any ($2) and status = 'Approved' and erased_at is null",
        &organizations.into_iter().collect::<Vec<_>>(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, AffiliateId::new(row.id))).collect())
}

/// Records clicks on affiliates' links: news unless they were notified of a click before.
pub async fn clicked(tx: &mut TenantsTx, affiliates: &Affiliates, wall: Timestamp) -> Result<(), sqlx::Error> {
    if affiliates.is_empty() {
        return Ok(());
    }
    let marks = marks(tx, affiliates.iter().copied()).await?;
    let is_first =
        |affiliate: &&(OrganizationId, AffiliateId)| !marks.get(affiliate).is_some_and(|mark| mark.has_clicks);
    let firsts = approved(tx, affiliates.iter().filter(is_first).copied()).await?;
    if firsts.is_empty() {
        return Ok(());
    }
    let (organizations, ids) = columns(firsts.into_iter());
    sqlx::query!(
        "insert into milestone_emails (organization_id, affiliate_id, click_due_at)
         select o.organization_id, n.id, $3 from unnest($1::uuid[], $2::uuid[]) n (organization_id, id)
         join organizations o on o.organization_id = n.organization_id
         where o.mode = 'live'
         order by 1, 2
         on conflict (organization_id, affiliate_id) do update set click_due_at = excluded.click_due_at
             where milestone_emails.first_click_at is null and milestone_emails.click_due_at is null",
        &organizations,
        &ids,
        wall,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records which of the saved commissions are news to their affiliates, who are notified at most once a day.
pub async fn earned(
    tx: &mut TenantsTx,
    saved: &[(OrganizationId, &Commission, Option<Timestamp>)],
) -> Result<(), sqlx::Error> {
    let mut first: BTreeMap<(OrganizationId, AffiliateId), Timestamp> = BTreeMap::new();
    for (organization, commission, news_at) in saved {
        if let Some(news_at) = *news_at {
            let first = first.entry((*organization, commission.affiliate_id)).or_insert(news_at);
            *first = news_at.min(*first);
        }
    }
    if first.is_empty() {
        return Ok(());
    }
    let marks = marks(tx, first.keys().copied()).await?;
    let mut due: BTreeMap<(OrganizationId, AffiliateId), Timestamp> = BTreeMap::new();
    for (affiliate, news_at) in first {
        let mark = marks.get(&affiliate);
        let day_after = mark.and_then(|mark| mark.earned_until).map(|until| until.plus_days(1));
        let due_at = day_after.map_or(news_at, |day_after| day_after.max(news_at));
        if mark.and_then(|mark| mark.earned_due_at).is_none_or(|at| at > due_at) {
            due.insert(affiliate, due_at);
        }
    }
    let approved = approved(tx, due.keys().copied()).await?;
    due.retain(|affiliate, _| approved.contains(affiliate));
    if due.is_empty() {
        return Ok(());
    }
    let (organizations, ids) = columns(due.keys().copied());
    let due_at: Vec<Timestamp> = due.into_values().collect();
    sqlx::query!(
        "insert into milestone_emails (organization_id, affiliate_id, earned_due_at)
         select o.organization_id, n.id, n.due_at
         from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) n (organization_id, id, due_at)
         join organizations o on o.organization_id = n.organization_id
         where o.mode = 'live'
         order by 1, 2
         on conflict (organization_id, affiliate_id) do update set earned_due_at = excluded.earned_due_at
             where milestone_emails.earned_due_at is null or milestone_emails.earned_due_at > excluded.earned_due_at",
        &organizations,
        &ids,
        &due_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The transaction's organizations with affiliates to notify.
pub async fn waiting(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let ids = sqlx::query_scalar!(
        r#"select organization_id as "id!" from milestone_emails
           where organization_id = any ($1) and click_due_at is not null
           union
           select organization_id from milestone_emails where organization_id = any ($1) and earned_due_at <= $2
           order by 1"#,
        &organizations,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// Takes some affiliates who may now be notified of commissions: they are due again once they have new ones, or those
/// of a day that isn't all counted yet.
pub async fn take_earned(tx: &mut TenantTx, now: Timestamp, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "with due as materialized (
             select affiliate_id from milestone_emails where organization_id = $1 and earned_due_at <= $2
             order by affiliate_id limit $3 for update)
         update milestone_emails l set earned_due_at =
             (select greatest(c.news_at, $2 + interval '1 day') from commissions c
              where c.organization_id = $1 and c.affiliate_id = l.affiliate_id and c.news_at > $2
                and c.news_at <> c.created_at
              order by c.news_at limit 1)
         where l.organization_id = $1 and l.affiliate_id in (select affiliate_id from due)
         returning l.affiliate_id",
        tx.organization().uuid(),
        now,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::news::tests::worth as worth_in;
    use rules::commission::{CommissionStatus, Held};

    fn worth(amount: i64, held: Option<Held>) -> Commission {
        Commission { held, ..worth_in(amount, CommissionStatus::Pending) }
    }

    #[test]
    fn a_commission_is_news_once_it_counts() {
        let (at, now) = (Timestamp::EPOCH.plus_days(9), worth(10, None));
        let waiting = [Held::Review, Held::FirstSale, Held::Dispute].map(|held| worth(10, Some(held)));
        assert_eq!(news_at(None, &now, at), Some(at));
        assert_eq!(news_at(Some(&worth(0, None)), &now, at), Some(at));
        assert_eq!(news_at(Some(&worth(5, None)), &now, at), None);
        for before in &waiting {
            assert_eq!(news_at(Some(before), &now, at), Some(at));
        }
        for now in waiting.iter().chain(&[worth(0, None), worth(-10, None)]) {
            assert_eq!(news_at(None, now, at), None);
        }
    }

    #[test]
    fn clicks_are_news_an_hour_after_their_day() {
        let day = Timestamp::EPOCH.plus_days(9);
        let clicks = Commission { earned_by: EarnedBy::Clicks(day), ..worth(10, None) };
        let counted = day.plus_days(1).plus_millis(3_600_000);
        assert_eq!(news_at(None, &clicks, day.plus_millis(60_000)), Some(counted));
        assert_eq!(news_at(None, &clicks, day.plus_days(3)), Some(day.plus_days(3)));
    }
}
