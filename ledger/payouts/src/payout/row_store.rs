//! SQL of one payout for the engine. Anyone who changes a payout locks its row; to book, the book's lock comes first.

use payout_core::step::Status;
use shared::{
    id::{AffiliateId, OrganizationId, PayoutId, PayoutRunId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantTx, corrupt_column};

/// The fields of a payout that matter for moving money.
#[derive(Debug, Clone)]
pub struct Row {
    pub organization: OrganizationId,
    pub id: PayoutId,
    pub affiliate: AffiliateId,
    pub currency: Currency,
    /// The amount that leaves the affiliate's balance, in minor units.
    pub amount: i64,
    /// The approved amount: no more than that is reserved.
    pub scheduled: Option<i64>,
    pub withheld: i64,
    pub withheld_reason: Option<String>,
    /// `Stripe`, `PayPal`, `Wise` or `Manual`.
    pub rail: String,
    pub status: Status,
    pub run: Option<PayoutRunId>,
    pub connection: Option<Uuid>,
    /// `acct_…`.
    pub destination: Option<String>,
    pub reason_code: Option<String>,
    pub tries: i32,
    pub generation: i32,
    /// Since when the fate of a call has been unknown.
    pub unclear_since: Option<Timestamp>,
    pub transfer: Option<String>,
    pub sent_at: Option<Timestamp>,
    /// How much of `amount` and of `withheld` is owed again.
    pub returned: i64,
    pub withheld_returned: i64,
    /// When it was first exported for its rail.
    pub exported_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl Row {
    pub fn is_stripe(&self) -> bool {
        self.rail == STRIPE
    }

    /// The amount that reaches the affiliate.
    pub const fn net(&self) -> i64 {
        self.amount.saturating_sub(self.withheld)
    }

    pub const fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

pub const STRIPE: &str = "Stripe";

/// Locks the payout until the transaction ends. `None` if the organization has none with this ID.
pub async fn lock(tx: &mut TenantTx, id: PayoutId) -> Result<Option<Row>, sqlx::Error> {
    let organization = tx.organization();
    let row = sqlx::query!(
        "select affiliate_id, currency, amount, scheduled, withheld, withheld_reason, rail, status, run_id, connection_id,
                destination, reason_code, tries, generation, unclear_since, transfer, sent_at, returned, withheld_returned,
                exported_at, created_at
         from payouts where organization_id = $1 and id = $2 for no key update",
        organization.uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Row {
            organization,
            id,
            affiliate: row.affiliate_id,
            currency: row.currency.parse().map_err(|_| corrupt_column("payouts.currency"))?,
            amount: row.amount,
            scheduled: row.scheduled,
            withheld: row.withheld,
            withheld_reason: row.withheld_reason,
            rail: row.rail,
            status: Status::parse(&row.status).ok_or_else(|| corrupt_column("payouts.status"))?,
            run: row.run_id,
            connection: row.connection_id,
            destination: row.destination,
            reason_code: row.reason_code,
            tries: row.tries,
            generation: row.generation,
            unclear_since: row.unclear_since,
            transfer: row.transfer,
            sent_at: row.sent_at,
            returned: row.returned,
            withheld_returned: row.withheld_returned,
            exported_at: row.exported_at,
            created_at: row.created_at,
        })
    })
    .transpose()
}

/// Finds the payout of a Stripe transfer.
pub async fn of_transfer(tx: &mut TenantTx, transfer: &str) -> Result<Option<PayoutId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from payouts where organization_id = $1 and transfer = $2 and rail = 'Stripe'",
        tx.organization().uuid(),
        transfer,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(PayoutId::new))
}

/// What is reserved.
#[derive(Debug)]
pub struct Reserved<'a> {
    pub amount: i64,
    pub withheld: i64,
    pub withheld_reason: Option<&'a str>,
    pub connection: Option<Uuid>,
    pub destination: Option<&'a str>,
    /// A code and a sentence, if a person has to act.
    pub reason: Option<(&'a str, &'a str)>,
    /// When it is sent.
    pub next_at: Option<Timestamp>,
}

pub async fn reserve(tx: &mut TenantTx, row: &Row, to: &Reserved<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = 'Reserved', amount = $3, withheld = $4, connection_id = $5, destination = $6, reason_code = $7,
             reason = $8, next_at = $9, tries = 0, updated_at = $10, withheld_reason = $11
         where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        to.amount,
        to.withheld,
        to.connection,
        to.destination,
        to.reason.map(|reason| reason.0),
        to.reason.map(|reason| reason.1),
        to.next_at,
        now,
        to.withheld_reason,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Marks the payout as about to be sent: from now on the fate of a call is unknown, whatever happens. It is due again
/// after `next_at` if no result is recorded by then.
pub async fn sending(
    tx: &mut TenantTx,
    row: &Row,
    tries: i32,
    next_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = 'Sending', unclear_since = coalesce(unclear_since, $3), key_used_at = $3, tries = $4, next_at = $5,
             reason_code = null, reason = null, updated_at = $3
         where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        now,
        tries,
        next_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Marks the payout as about to be looked up.
pub async fn looking_up(
    tx: &mut TenantTx,
    row: &Row,
    tries: i32,
    next_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts set tries = $3, next_at = $4, updated_at = $5 where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        tries,
        next_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// How a payout waits.
#[derive(Debug)]
pub struct Waits<'a> {
    pub status: Status,
    pub code: &'a str,
    pub message: &'a str,
    /// `None`: a person must review it first.
    pub next_at: Option<Timestamp>,
    pub tries: i32,
    pub generation: i32,
    pub unclear_since: Option<Timestamp>,
}

pub async fn wait(tx: &mut TenantTx, row: &Row, how: &Waits<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = $3, reason_code = $4, reason = $5, next_at = $6, tries = $7, generation = $8, unclear_since = $9,
             updated_at = $10
         where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        how.status.as_str(),
        how.code,
        how.message,
        how.next_at,
        how.tries,
        how.generation,
        how.unclear_since,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Marks the payout as sent. `paid_at` may be in the past.
///
/// # Errors
/// Database errors; [`sqlx::Error::Database`] of `payouts_transfer` if the transfer belongs to another payout.
pub async fn sent(
    tx: &mut TenantTx,
    row: &Row,
    (transfer, reference): (Option<&str>, Option<&str>),
    paid_at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = 'Sent', transfer = $3, reference = coalesce($4, reference), sent_at = $5, ended_at = $6, updated_at = $6,
             next_at = null, unclear_since = null, reason_code = null, reason = null, tries = 0
         where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        transfer,
        reference,
        paid_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn failed(
    tx: &mut TenantTx,
    row: &Row,
    (code, message): (&str, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = 'Failed', reason_code = $3, reason = $4, ended_at = $5, updated_at = $5, next_at = null,
             unclear_since = null, tries = 0
         where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        code,
        message,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// How much of a payment has come back so far.
#[derive(Debug)]
pub struct Back<'a> {
    pub status: Status,
    pub returned: i64,
    pub withheld_returned: i64,
    pub reason: (&'a str, &'a str),
}

/// Records what came back at the time `at`. A payout that came back in full ended then.
pub async fn back(
    tx: &mut TenantTx,
    row: &Row,
    how: &Back<'_>,
    (at, now): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts
         set status = $3, returned = $4, withheld_returned = $5, reason_code = $6, reason = $7, updated_at = $8,
             ended_at = coalesce($9, ended_at)
         where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        how.status.as_str(),
        how.returned,
        how.withheld_returned,
        how.reason.0,
        how.reason.1,
        now,
        (how.status == Status::Reversed).then_some(at),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes the payout due immediately, whatever it waits for.
pub async fn due_now(tx: &mut TenantTx, row: &Row, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts set next_at = $3, updated_at = $3 where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
