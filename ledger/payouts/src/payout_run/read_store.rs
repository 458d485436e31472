//! SQL that reads runs: with their progress, their payees and their exclusions.

use payout_core::{rail::Rail, select::Reason, step::Status};
use shared::{
    id::{AffiliateId, PayoutId, PayoutRunId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    preview::{LeftOut, Person},
    store::{Run, RunState, Tally},
};
use crate::payout::{stopped::Stop, stopped_store};
use kit::{
    compiled_once,
    db::{TenantTx, plan_store},
};

/// The list's filters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    pub id: Option<PayoutRunId>,
    pub state: Option<&'static str>,
    pub currency: Option<&'a str>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Lists runs, newest first unless `oldest` is set.
#[compiled_once]
pub async fn list<'a>(tx: &mut TenantTx, filter: &'a Filter<'a>) -> Result<Vec<Run>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select id, currency, state, period, cutoff, proposed_by, proposer, needs_second, approved_by, approved_at, cancelled_by, done_at,
                  created_at,
                  (select count(*) from payout_exclusions x
                   where x.organization_id = $1 and x.run_id = r.id) as "excluded!"
           from payout_runs r
           where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or state = $3)
             and ($4::text is null or currency = $4)
             and ($5::uuid is null or (not $6 and id < $5) or ($6 and id > $5))
           order by case when $6 then id end, case when not $6::boolean then id end desc limit $7"#,
        tx.organization().uuid(),
        filter.id.map(PayoutRunId::uuid),
        filter.state,
        filter.currency,
        filter.after,
        filter.oldest,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let tallies = tallies(tx, &ids).await?;
    let runs = rows.into_iter().filter_map(|row| {
        Some(Run {
            id: PayoutRunId::new(row.id),
            currency: row.currency.parse().ok()?,
            state: RunState::parse(&row.state)?,
            period: row.period,
            cutoff: row.cutoff,
            proposed_by: row.proposed_by,
            proposer: row.proposer,
            needs_second: row.needs_second,
            approved_by: row.approved_by,
            approved_at: row.approved_at,
            cancelled_by: row.cancelled_by,
            done_at: row.done_at,
            created_at: row.created_at,
            excluded: row.excluded,
            tallies: tallies.iter().filter(|(run, _)| *run == row.id).map(|(_, tally)| *tally).collect(),
        })
    });
    Ok(runs.collect())
}

async fn tallies(tx: &mut TenantTx, runs: &[Uuid]) -> Result<Vec<(Uuid, Tally)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select run_id as "run_id!", rail, status, count(*) as "count!", sum(amount)::bigint as "gross!",
                  count(exported_at) as "exported!",
                  coalesce(sum(withheld) filter (where status <> 'Scheduled' or withheld_reason is null), 0)::bigint as "withheld!",
                  coalesce(sum(round(amount::numeric * 24 / 100))
                               filter (where status = 'Scheduled' and withheld_reason is not null), 0)::bigint as "planned!"
           from payouts where organization_id = $1 and run_id = any ($2) group by run_id, rail, status"#,
        tx.organization().uuid(),
        runs,
    )
    .fetch_all(tx.conn())
    .await?;
    let tallies = rows.into_iter().filter_map(|row| {
        let (rail, status) = (Rail::parse(&row.rail)?, Status::parse(&row.status)?);
        let (count, gross, exported) = (row.count, row.gross, row.exported);
        let withheld = row.withheld.saturating_add(row.planned);
        Some((row.run_id.uuid(), Tally { rail, status, count, gross, withheld, exported }))
    });
    Ok(tallies.collect())
}

/// Loads one run, locked until the end of the transaction.
pub async fn lock(tx: &mut TenantTx, id: PayoutRunId) -> Result<Option<Run>, sqlx::Error> {
    sqlx::query!(
        "select 1 as one from payout_runs where organization_id = $1 and id = $2 for update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    read(tx, id).await
}

pub async fn read(tx: &mut TenantTx, id: PayoutRunId) -> Result<Option<Run>, sqlx::Error> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    Ok(list(tx, &filter).await?.pop())
}

/// Everyone who was left out of a run, largest amount first.
pub async fn exclusions(tx: &mut TenantTx, run: PayoutRunId) -> Result<Vec<LeftOut>, sqlx::Error> {
    let rows = sqlx::query!(
        "select x.affiliate_id, x.amount, x.reason, a.name, a.email from payout_exclusions x
         join affiliates a on a.organization_id = x.organization_id and a.id = x.affiliate_id
         where x.organization_id = $1 and x.run_id = $2 order by x.amount desc, x.affiliate_id",
        tx.organization().uuid(),
        run.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let left_out = rows.into_iter().filter_map(|row| {
        let affiliate = Person { id: row.affiliate_id, name: row.name, email: row.email };
        Some(LeftOut { affiliate, amount: row.amount, reason: Reason::parse(&row.reason)? })
    });
    Ok(left_out.collect())
}

/// The most payees that a page lists by name.
const LISTED: i64 = 100;

/// A payout in a page's list.
#[derive(Debug)]
pub struct Listed {
    pub payout: PayoutId,
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    /// In minor units.
    pub amount: i64,
    /// Whether tax is withheld from it.
    pub is_taxed: bool,
    pub rail: Rail,
    pub status: Status,
    /// Why it shouldn't be paid outside now.
    pub stop: Option<Stop>,
    /// The part of the current destination that may be shown, and when the destination last changed.
    pub hint: String,
    pub changed_at: Option<Timestamp>,
}

/// The payees, largest amount first.
pub async fn payees(tx: &mut TenantTx, run: PayoutRunId) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.id, p.affiliate_id, a.name, a.email, p.amount, p.rail, p.status, p.withheld_reason is not null as "is_taxed!",
                  coalesce(m.hint, b.bank_hint, '') as "hint!", d.changed_at as "changed_at?"
         from payouts p
         join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
         left join payout_methods m
           on m.organization_id = p.organization_id and m.affiliate_id = p.affiliate_id and m.rail = p.rail
         left join payout_accounts b
           on b.organization_id = p.organization_id and b.affiliate_id = p.affiliate_id and b.status <> 'Closed'
          and p.rail = 'Stripe'
         left join payout_destinations d on d.organization_id = p.organization_id and d.affiliate_id = p.affiliate_id
         where p.organization_id = $1 and p.run_id = $2 order by p.amount desc, p.id limit $3"#,
        tx.organization().uuid(),
        run.uuid(),
        LISTED,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<PayoutId> = rows.iter().map(|row| PayoutId::new(row.id)).collect();
    let stops = stopped_store::read(tx, &ids).await?;
    let listed = rows.into_iter().filter_map(|row| {
        let payout = PayoutId::new(row.id);
        Some(Listed {
            payout,
            affiliate: row.affiliate_id,
            name: row.name,
            email: row.email,
            amount: row.amount,
            is_taxed: row.is_taxed,
            rail: Rail::parse(&row.rail)?,
            status: Status::parse(&row.status)?,
            stop: stops.of(payout),
            hint: row.hint,
            changed_at: row.changed_at,
        })
    });
    Ok(listed.collect())
}
