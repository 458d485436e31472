//! SQL that stores runs with everything in them, and changes their state.

use payout_core::{rail::Rail, step::Status};
use shared::{
    id::{PayoutConnectionId, PayoutId, PayoutRunId, UserId},
    money::Currency,
    text_enum,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::preview::{LeftOut, Paid};
use kit::db::TenantTx;

text_enum! {
    /// `Proposed` until someone approves or cancels it, `Running` until all its payouts have ended.
    RunState { Proposed, Running, Done, Cancelled }
}

#[derive(Debug, Clone)]
pub struct Run {
    pub id: PayoutRunId,
    pub currency: Currency,
    pub state: RunState,
    pub period: Option<String>,
    pub cutoff: Timestamp,
    pub proposed_by: String,
    /// The person behind it, if known.
    pub proposer: Option<UserId>,
    /// Whether another person has to approve it, per the settings when it was proposed.
    pub needs_second: bool,
    pub approved_by: Option<String>,
    pub approved_at: Option<Timestamp>,
    pub cancelled_by: Option<String>,
    pub done_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// The number of affiliates who were left out.
    pub excluded: i64,
    pub tallies: Vec<Tally>,
}

/// A run's payouts of one rail in one status.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    pub rail: Rail,
    pub status: Status,
    pub count: i64,
    pub gross: i64,
    /// For payouts that aren't reserved yet: the expected amount.
    pub withheld: i64,
    /// How many of them are in an exported file.
    pub exported: i64,
}

/// A new run: who proposes it, and for what.
#[derive(Debug)]
pub struct Proposal<'a> {
    pub id: PayoutRunId,
    pub currency: Currency,
    pub period: Option<&'a str>,
    pub cutoff: Timestamp,
    pub actor: &'a str,
    pub person: Option<UserId>,
    pub needs_second: bool,
}

pub async fn insert(tx: &mut TenantTx, run: &Proposal<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_runs (organization_id, id, currency, period, cutoff, proposed_by, proposer, created_at,
                                  needs_second)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.organization().uuid(),
        run.id.uuid(),
        run.currency.code(),
        run.period,
        run.cutoff,
        run.actor,
        run.person.map(UserId::uuid),
        now,
        run.needs_second,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// # Errors
/// Database errors, also if an affiliate already has an open payout in this currency.
pub async fn insert_payouts(
    tx: &mut TenantTx,
    run: &Proposal<'_>,
    paid: &[(PayoutId, &Paid)],
    connection: Option<PayoutConnectionId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let by_stripe = |paid: &Paid| connection.filter(|_| paid.payment.rail == Rail::Stripe);
    sqlx::query!(
        "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, actor, run_id, scheduled,
                              withheld_reason, connection_id, updated_at, created_at, destination_digest)
         select $1, n.id, n.affiliate_id, $2, n.amount, n.rail, 'Scheduled', $3, $4, n.amount, n.withheld_reason, n.connection_id,
                $5, $5, n.destination_digest
         from unnest($6::uuid[], $7::uuid[], $8::bigint[], $9::text[], $10::text[], $11::uuid[], $12::bytea[])
              n (id, affiliate_id, amount, rail, withheld_reason, connection_id, destination_digest)
         returning 1 as one",
        tx.organization().uuid(),
        run.currency.code(),
        run.actor,
        run.id.uuid(),
        now,
        &paid.iter().map(|one| one.0.uuid()).collect::<Vec<_>>(),
        &paid.iter().map(|one| one.1.affiliate.id.uuid()).collect::<Vec<_>>(),
        &paid.iter().map(|one| one.1.payment.amount).collect::<Vec<_>>(),
        &paid.iter().map(|one| one.1.payment.rail.as_str().to_owned()).collect::<Vec<_>>(),
        &paid.iter().map(|one| one.1.payment.withheld_reason.map(str::to_owned)).collect::<Vec<_>>() as &[Option<String>],
        &paid.iter().map(|one| by_stripe(one.1).map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &paid.iter().map(|one| one.1.destination.digest.to_vec()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

pub async fn insert_exclusions(tx: &mut TenantTx, run: PayoutRunId, left_out: &[LeftOut]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_exclusions (organization_id, run_id, affiliate_id, amount, reason)
         select $1, $2, * from unnest($3::uuid[], $4::bigint[], $5::text[])
         returning 1 as one",
        tx.organization().uuid(),
        run.uuid(),
        &left_out.iter().map(|one| one.affiliate.id.uuid()).collect::<Vec<_>>(),
        &left_out.iter().map(|one| one.amount).collect::<Vec<_>>(),
        &left_out.iter().map(|one| one.reason.as_str().to_owned()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// The run in a currency that waits for a decision.
pub async fn proposed(tx: &mut TenantTx, currency: Currency) -> Result<Option<PayoutRunId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from payout_runs where organization_id = $1 and currency = $2 and state = 'Proposed'",
        tx.organization().uuid(),
        currency.code(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(PayoutRunId::new))
}

/// The run of a period, unless it was cancelled.
pub async fn of_period(
    tx: &mut TenantTx,
    currency: Currency,
    period: &str,
) -> Result<Option<PayoutRunId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select id from payout_runs
         where organization_id = $1 and currency = $2 and period = $3 and state <> 'Cancelled'",
        tx.organization().uuid(),
        currency.code(),
        period,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(PayoutRunId::new))
}

/// Starts the run: its payouts are due from now on.
pub async fn start(tx: &mut TenantTx, id: PayoutRunId, actor: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "update payout_runs set state = 'Running', approved_by = $3, approved_at = $4
         where organization_id = $1 and id = $2 and state = 'Proposed'",
        organization.uuid(),
        id.uuid(),
        actor,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "with these as (
             select id from payouts
             where organization_id = $1 and run_id = $2 and status = 'Scheduled' order by id for no key update)
         update payouts p set next_at = $3, updated_at = $3 from these t where p.organization_id = $1 and p.id = t.id",
        organization.uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Cancels the run's payouts that aren't reserved yet, and returns how many. It locks them in the order of their IDs,
/// like all code that changes many at a time.
pub async fn give_up(tx: &mut TenantTx, id: PayoutRunId, now: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "with these as (
             select id from payouts
             where organization_id = $1 and run_id = $2 and status = 'Scheduled' order by id for no key update)
         update payouts p
         set status = 'Failed', reason_code = 'cancelled', reason = 'The run was canceled. The amount stays payable.', next_at = null,
             ended_at = $3, updated_at = $3
         from these t where p.organization_id = $1 and p.id = t.id",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

pub async fn set_cancelled(
    tx: &mut TenantTx,
    id: PayoutRunId,
    state: RunState,
    actor: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_runs
         set state = $3, cancelled_by = $4, done_at = case when $3 = 'Running' then done_at else $5 end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        state.as_str(),
        actor,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
