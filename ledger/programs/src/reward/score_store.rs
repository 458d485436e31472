//! SQL for what affiliates achieved: the value of a metric in periods, computed from the current facts each time.
//!
//! Only what a server, a gateway or a person vouches for counts: a page's claim doesn't until someone approved it, nor does
//! a flagged sale (`SelfRecruit` only holds the recruiter's share) or one that waits for the customer's flagged first sale,
//! and a disputed one doesn't until the dispute is won.

use rules::reward::{Metric, rank::Score};
use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::{Goal, Reward, Window};
use kit::db::{TenantTx, plan_store};

/// A period without an end counts until this many days from now, which no fact is later than.
const FUTURE_DAYS: i64 = 36_500;

/// What to compute.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    pub program: ProgramId,
    pub metric: Metric,
    pub currency: Option<&'a str>,
    pub settled_only: bool,
    /// Only affiliates in these segments; empty means everyone.
    pub segments: &'a [String],
    /// Only this affiliate.
    pub affiliate: Option<AffiliateId>,
    /// Also affiliates who can't earn anything now: they aren't approved, or in none of the segments.
    pub anyone: bool,
    /// Only values of at least this.
    pub least: i64,
    /// Only the best of each period, and all who are equal to the last of them.
    pub best: Option<i64>,
}

impl<'a> Of<'a> {
    /// Everyone who has at least the reward's value.
    pub fn goal(reward: &'a Reward, goal: &'a Goal) -> Self {
        Self {
            program: reward.program,
            metric: goal.metric,
            currency: goal.currency.as_ref().map(|currency| currency.code()),
            settled_only: goal.settled_only,
            segments: &reward.segments,
            affiliate: None,
            anyone: false,
            least: goal.value,
            best: None,
        }
    }
}

/// The value of an affiliate in a period.
#[derive(Debug, Clone)]
pub struct Value {
    pub period: String,
    pub affiliate: AffiliateId,
    pub name: String,
    pub value: i64,
    /// Their place in the period; equal values have the same one.
    pub place: i64,
    /// When the last sale or lead was made that the value contains.
    pub reached_at: Timestamp,
    /// When the value first was at least [`Of::least`].
    pub least_at: Timestamp,
    /// Whether they can earn something now.
    pub is_eligible: bool,
}

impl Value {
    pub const fn score(&self) -> Score<AffiliateId> {
        Score { affiliate: self.affiliate, value: self.value, reached_at: self.reached_at }
    }
}

/// Values by period, each from the best to the least; equal ones by who had the value first.
pub async fn values(
    tx: &mut TenantTx,
    of: &Of<'_>,
    windows: &[Window],
    now: Timestamp,
) -> Result<Vec<Value>, sqlx::Error> {
    // One affiliate's conversions are found by an index.
    plan_store::by_values(tx).await?;
    let periods: Vec<String> = windows.iter().map(|window| window.period.key.clone()).collect();
    let begins: Vec<Timestamp> = windows.iter().map(|window| window.begins).collect();
    let ends: Vec<Timestamp> =
        windows.iter().map(|window| window.ends.unwrap_or_else(|| now.plus_days(FUTURE_DAYS))).collect();
    let rows = sqlx::query!(
        r#"with parts as (
               select w.period, v.affiliate_id, v.id, v.occurred_at,
                      (case when $5 in ('Sales', 'Leads') then 1
                            when $5 = 'Revenue' then v.amount - v.refunded
                            else coalesce(m.earned, 0) end)::bigint as part
               from unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) w (period, begins, ends)
               join conversions v on v.organization_id = $1 and v.program_id = $6 and v.affiliate_id is not null
                    and v.occurred_at >= w.begins and v.occurred_at < w.ends
               left join lateral (
                   select sum(c.amount) as earned from commissions c
                   where c.organization_id = $1 and c.conversion_id = v.id and c.affiliate_id = v.affiliate_id
                     and c.currency = $7 and c.status <> 'Denied') m on $5 = 'Commission'
               where ($9::uuid is null or v.affiliate_id = $9)
                 and v.status not in ('Denied', 'Unattributed')
                 and (v.verified or v.review = 'Approved')
                 and (array_remove(v.flags, 'SelfRecruit') = '{}' or v.review = 'Approved')
                 and (v.dispute is null or v.dispute = 'Won')
                 and (not $8::boolean or v.status <> 'Pending')
                 and case when $5 = 'Sales' then v.kind = 'Sale' and v.amount > v.refunded
                          when $5 = 'Leads' then v.kind = 'Lead'
                          else v.kind in ('Sale', 'Recurring') and ($5 <> 'Revenue' or v.currency = $7) end
                 and not exists (select from commissions h
                                 where h.organization_id = $1 and h.conversion_id = v.id and h.held = 'FirstSale'
                                   and h.affiliate_id = v.affiliate_id)),
           sums as (
               select p.*, sum(part) over (partition by period, affiliate_id order by occurred_at, id) as so_far
               from parts p),
           counted as (
               select period, affiliate_id, sum(part)::bigint as value,
                      coalesce(max(occurred_at) filter (where part <> 0), max(occurred_at)) as reached_at,
                      coalesce(min(occurred_at) filter (where so_far >= $10::bigint), max(occurred_at)) as least_at
               from sums group by period, affiliate_id),
           named as (
               select c.period, c.affiliate_id, a.name, c.value, c.reached_at, c.least_at,
                      a.status = 'Approved' and a.erased_at is null
                      and ($11::text[] = '{}' or coalesce((
                          select s.segment from affiliate_segments s
                          where s.organization_id = $1 and s.affiliate_id = c.affiliate_id and s.effective_at <= $12
                          order by s.effective_at desc limit 1) = any ($11), false)) as is_eligible
               from counted c
               cross join lateral (
                   select name, status, erased_at from affiliates
                   where organization_id = $1 and id = c.affiliate_id offset 0) a
               where c.value >= $10),
           placed as (
               select n.*, rank() over (partition by n.period order by n.value desc) as place
               from named n where n.is_eligible or $14::boolean)
           select period as "period!", affiliate_id as "affiliate_id!: AffiliateId", name as "name!", value as "value!",
                  place as "place!", reached_at as "reached_at!", least_at as "least_at!", is_eligible as "is_eligible!"
           from placed where $13::bigint is null or place <= $13
           order by period, value desc, reached_at, affiliate_id"#,
        tx.organization().uuid(),
        &periods,
        &begins as _,
        &ends as _,
        of.metric.as_str(),
        of.program.uuid(),
        of.currency,
        of.settled_only,
        of.affiliate.map(AffiliateId::uuid),
        of.least,
        of.segments,
        now,
        of.best,
        of.anyone,
    )
    .fetch_all(tx.conn())
    .await?;
    let value = rows.into_iter().map(|row| Value {
        period: row.period,
        affiliate: row.affiliate_id,
        name: row.name,
        value: row.value,
        place: row.place,
        reached_at: row.reached_at,
        least_at: row.least_at,
        is_eligible: row.is_eligible,
    });
    Ok(value.collect())
}

/// The affiliate's segment now.
pub async fn segment(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<Option<String>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select segment from affiliate_segments
         where organization_id = $1 and affiliate_id = $2 and effective_at <= $3 order by effective_at desc limit 1",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.flatten())
}

/// The programs that the affiliate promotes, by a link or a coupon.
pub async fn programs(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<ProgramId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select program_id as "program_id!: ProgramId" from links where organization_id = $1 and affiliate_id = $2
           union
           select program_id from coupons where organization_id = $1 and affiliate_id = $2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}
