//! SQL of the emails about affiliates' success.

use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use identity::notification::success_email::Earned;
use kit::db::TenantTx;

/// An affiliate who may be emailed.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
}

/// An affiliate with unreported clicks.
#[derive(Debug)]
pub struct Clicked {
    pub person: Person,
    /// They may be emailed now.
    pub may: bool,
    /// These are their first clicks ever, and recent.
    pub is_first: bool,
}

/// Affiliates with clicks that haven't been reported to them; clicks before `since` are too old.
pub async fn clicked(tx: &mut TenantTx, since: Timestamp, limit: i64) -> Result<Vec<Clicked>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.name, a.email,
                a.status = 'Approved' and a.erased_at is null as "may!",
                l.click_due_at < $2
                or exists (select from click_hours e
                           where e.organization_id = $1 and e.affiliate_id = a.id
                             and e.hour < date_trunc('hour', $2::timestamptz) and e.clicks > 0) as "older!"
         from milestone_emails l
         join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
         where l.organization_id = $1 and l.click_due_at is not null
         order by l.affiliate_id limit $3 for update of l"#,
        tx.organization().uuid(),
        since,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().map(|row| {
        let person = Person { id: AffiliateId::new(row.id), name: row.name, email: row.email };
        Clicked { person, may: row.may, is_first: !row.older }
    });
    Ok(found.collect())
}

/// Clears the mark, with the time of the email; or with `None` if none was sent, so that a later click can be news
/// again.
pub async fn done_with_click(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    content: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update milestone_emails set first_click_at = $3, click_due_at = null
         where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        content,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Which commissions are reported: those that became news between these times and weren't reported before.
#[derive(Debug, Clone, Copy)]
pub struct News {
    pub since: Timestamp,
    pub until: Timestamp,
    /// The same as `since` by the wall clock, which IDs begin with.
    pub made_since: Timestamp,
}

impl News {
    /// The smallest ID of a commission that was news when it was created. Those that became news later have an index.
    fn first_id(self) -> Uuid {
        Uuid::from_u128(u128::from(self.made_since.millis().unsigned_abs()) << 80)
    }
}

/// Leaves out what would be reported to these affiliates and doesn't count at the moment, such as a commission that
/// waits for a review or is disputed by now: it's news again once it does. Only the first bound of `news_at` helps the
/// index, as the other one depends on the affiliate.
pub async fn leave_out(tx: &mut TenantTx, affiliates: &[Uuid], news: News) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update commissions c set news_at = null
         from milestone_emails l
         where c.organization_id = $1 and l.organization_id = $1 and l.affiliate_id = c.affiliate_id
           and c.affiliate_id = any ($2) and c.news_at > $3 and c.news_at <= $4
           and c.news_at > greatest($3, l.earned_until)
           and (c.id >= $5 or c.news_at <> c.created_at)
           and (c.amount <= 0 or c.held is not null)",
        tx.organization().uuid(),
        affiliates,
        news.since,
        news.until,
        news.first_id(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Loads what is reported to these affiliates, by affiliate.
pub async fn earned(
    tx: &mut TenantTx,
    affiliates: &[Uuid],
    news: News,
) -> Result<Vec<(Person, Vec<Earned>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.name, a.email, c.currency,
                  sum(c.amount)::bigint as "minor!", count(*) as "count!"
           from commissions c
           join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           left join milestone_emails l on l.organization_id = a.organization_id and l.affiliate_id = a.id
           where c.organization_id = $1 and c.affiliate_id = any ($2)
             and c.news_at > $3 and c.news_at <= $4 and c.news_at > greatest($3, l.earned_until)
             and (c.id >= $5 or c.news_at <> c.created_at)
             and a.status = 'Approved' and a.erased_at is null
           group by a.id, a.name, a.email, c.currency
           order by a.id, c.currency"#,
        tx.organization().uuid(),
        affiliates,
        news.since,
        news.until,
        news.first_id(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: Vec<(Person, Vec<Earned>)> = Vec::new();
    for row in rows {
        let earned = Earned { currency: row.currency, minor: row.minor, count: row.count };
        let id = AffiliateId::new(row.id);
        match found.last_mut() {
            Some((last, sums)) if last.id == id => sums.push(earned),
            _ => {
                found.push((Person { id, name: row.name, email: row.email }, vec![earned]));
            }
        }
    }
    Ok(found)
}

pub async fn notified_of_earnings(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update milestone_emails set earned_until = $3 where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
