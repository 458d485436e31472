//! SQL of one payout's page: the payout, its run, its attempts, its booked transfers, and the commissions it pays.

use shared::{
    id::{AffiliateId, CommissionId, OrganizationId, PayoutId, PayoutRunId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, TenantsTx};
use payouts::payout::{
    blocked::{self, Waiting},
    stopped::Stop,
    stopped_store,
};

#[derive(Debug, Clone)]
pub struct One {
    pub id: PayoutId,
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    pub amount: i64,
    pub scheduled: Option<i64>,
    pub withheld: i64,
    pub withheld_reason: Option<String>,
    pub returned: i64,
    pub currency: String,
    pub rail: String,
    pub status: String,
    /// It was left to the platform that the sales were imported from.
    pub settled_there: bool,
    pub imported: bool,
    pub reason: Option<String>,
    pub reason_code: Option<String>,
    /// Why it shouldn't be paid outside now.
    pub stop: Option<Stop>,
    pub reference: Option<String>,
    pub destination: Option<String>,
    pub transfer: Option<String>,
    pub livemode: Option<bool>,
    pub bank_status: Option<String>,
    pub bank_reason: Option<String>,
    pub actor: String,
    pub run: Option<Run>,
    pub unclear_since: Option<Timestamp>,
    pub created_at: Timestamp,
    pub exported_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub next_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub id: PayoutRunId,
    pub approved_by: Option<String>,
    pub approved_at: Option<Timestamp>,
}

pub async fn read(tx: &mut TenantTx, id: PayoutId) -> Result<Option<One>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.*, a.name, a.email, r.approved_by as "approved_by?", r.approved_at as "approved_at?",
                  c.livemode as "livemode?"
           from payouts p
           join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
           left join payout_runs r on r.organization_id = p.organization_id and r.id = p.run_id
           left join payout_connections c on c.organization_id = p.organization_id and c.id = p.connection_id
           where p.organization_id = $1 and p.id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(mut row) = row else { return Ok(None) };
    let payout = Waiting::of((&row.rail, &row.status), row.next_at.is_some(), row.connection_id);
    blocked::connections(tx).await?.explain(payout, &mut row.reason_code, &mut row.reason);
    let stops = stopped_store::read(tx, &[id]).await?;
    stops.explain(id, &mut row.reason_code, &mut row.reason);
    Ok(Some(One {
        id,
        affiliate: row.affiliate_id,
        name: row.name,
        email: row.email,
        amount: row.amount,
        scheduled: row.scheduled,
        withheld: row.withheld,
        withheld_reason: row.withheld_reason,
        returned: row.returned,
        currency: row.currency,
        rail: row.rail,
        status: row.status,
        settled_there: row.settled_there,
        imported: row.imported_from.is_some(),
        reason: row.reason,
        reason_code: row.reason_code,
        stop: stops.of(id),
        reference: row.reference,
        destination: row.destination,
        transfer: row.transfer,
        livemode: row.livemode,
        bank_status: row.bank_status,
        bank_reason: row.bank_reason,
        actor: row.actor,
        run: row.run_id.map(|id| Run { id, approved_by: row.approved_by, approved_at: row.approved_at }),
        unclear_since: row.unclear_since,
        created_at: row.created_at,
        exported_at: row.exported_at,
        sent_at: row.sent_at,
        ended_at: row.ended_at,
        next_at: row.next_at,
    }))
}

/// A call to Stripe about the payout.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub step: String,
    pub key: Option<String>,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub status: Option<i32>,
    pub outcome: Option<String>,
    pub message: Option<String>,
    pub request_id: Option<String>,
}

/// Loads the latest attempts, oldest first, and whether there were more.
pub async fn attempts(tx: &mut TenantTx, id: PayoutId, most: i64) -> Result<(Vec<Attempt>, bool), sqlx::Error> {
    let rows = sqlx::query!(
        "select step, idempotency_key, started_at, ended_at, status, outcome, message, request_id from payout_attempts
         where organization_id = $1 and payout_id = $2 order by id desc limit $3",
        tx.organization().uuid(),
        id.uuid(),
        most + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    let more = i64::try_from(rows.len()).is_ok_and(|count| count > most);
    let mut attempts: Vec<Attempt> = rows
        .into_iter()
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .map(|row| Attempt {
            step: row.step,
            key: row.idempotency_key,
            started_at: row.started_at,
            ended_at: row.ended_at,
            status: row.status,
            outcome: row.outcome,
            message: row.message,
            request_id: row.request_id,
        })
        .collect();
    attempts.reverse();
    Ok((attempts, more))
}

/// Transfers booked at the same time, summed up.
#[derive(Debug, Clone)]
pub struct Booked {
    pub kind: String,
    pub at: Timestamp,
    /// In the direction of the payment; negative if the payout deducts more than it pays.
    pub amount: i64,
}

pub async fn booked(tx: &mut TenantTx, id: PayoutId) -> Result<Vec<Booked>, sqlx::Error> {
    // A deduction is booked in the opposite direction under the same kind, so the sign follows from the accounts' order
    // along the payment's path.
    let rows = sqlx::query!(
        r#"with way (kind, place) as (values ('affiliate_approved', 1), ('affiliate_pending', 1), ('affiliate_reserved', 2),
                                            ('affiliate_paid', 3), ('affiliate_withheld', 4))
           select t.kind, t.created_at,
                  sum(case when sign(w.place - v.place) = case when t.kind in ('payout_voided', 'payout_returned') then -1 else 1 end
                      then t.amount else -t.amount end)::bigint as "amount!"
           from transfers t
           join accounts d on d.organization_id = t.organization_id and d.id = t.debit_account_id
           join accounts c on c.organization_id = t.organization_id and c.id = t.credit_account_id
           join way v on v.kind = d.kind join way w on w.kind = c.kind
           where t.organization_id = $1 and t.payout_id = $2
           group by t.kind, t.created_at order by t.created_at, min(t.id::text)"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let booked = rows.into_iter().map(|row| Booked { kind: row.kind, at: row.created_at, amount: row.amount });
    Ok(booked.collect())
}

/// A commission in the payout.
#[derive(Debug, Clone)]
pub struct Item {
    pub commission: CommissionId,
    pub amount: i64,
    pub returned: i64,
    /// What earned it: a sale's id as the brand knows it, or the kind of commission.
    pub what: String,
    pub program: String,
    pub earned_at: Timestamp,
}

/// Newest commission first, starting after `after`.
pub async fn items(
    tx: &mut TenantTx,
    id: PayoutId,
    after: Option<CommissionId>,
    most: i64,
) -> Result<Vec<Item>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.commission_id, i.amount, i.returned, coalesce(v.external_id, c.kind) as "what!", g.name as program,
                  coalesce(v.occurred_at, c.day::timestamp at time zone 'UTC', c.created_at) as "earned_at!"
           from payout_items i
           join commissions c on c.organization_id = i.organization_id and c.id = i.commission_id
           join programs g on g.organization_id = c.organization_id and g.id = c.program_id
           left join conversions v on v.organization_id = c.organization_id and v.id = c.conversion_id
           where i.organization_id = $1 and i.payout_id = $2 and ($3::uuid is null or i.commission_id < $3)
           order by i.commission_id desc limit $4"#,
        tx.organization().uuid(),
        id.uuid(),
        after.map(CommissionId::uuid),
        most,
    )
    .fetch_all(tx.conn())
    .await?;
    let items = rows.into_iter().map(|row| Item {
        commission: row.commission_id,
        amount: row.amount,
        returned: row.returned,
        what: row.what,
        program: row.program,
        earned_at: row.earned_at,
    });
    Ok(items.collect())
}

/// Finds the payout's organization, among those of the transaction.
pub async fn owner(tx: &mut TenantsTx, id: PayoutId) -> Result<Option<OrganizationId>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let found = sqlx::query_scalar!(
        "select organization_id from payouts where organization_id = any ($1) and id = $2",
        &organizations,
        id.uuid(),
    );
    Ok(found.fetch_optional(tx.conn()).await?.map(OrganizationId::new))
}

/// Open differences between the payout and Stripe's transfers, as text.
pub async fn differences(tx: &mut TenantTx, id: PayoutId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select detail from payout_differences
         where organization_id = $1 and payout_id = $2 and resolved_at is null order by first_seen_at",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}
