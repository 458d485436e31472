//! SQL of billing.

use shared::{id::OrganizationId, timestamp::Timestamp};
use uuid::Uuid;

use super::{status::TrialHistory, trial_store::OWN_TRIAL_SEEN};
use crate::organization::plan::Tier;
use kit::{
    db::{TenantTx, TenantsTx, claim::Claim},
    mail::EmailKind,
};

/// What is known about an organization's subscription.
#[derive(Debug, Clone)]
pub struct Account {
    pub customer_key: Uuid,
    /// `cus_…`.
    pub customer: Option<String>,
    /// `sub_…`.
    pub subscription: Option<String>,
    /// In Stripe's words.
    pub status: Option<String>,
    pub unknown_price: bool,
    pub trial_ends_at: Option<Timestamp>,
    pub period_ends_at: Option<Timestamp>,
    pub cancel_at: Option<Timestamp>,
    pub trial_used_at: Option<Timestamp>,
    /// When the last checkout was requested.
    pub checkout_at: Option<Timestamp>,
    pub revision: i64,
}

/// The last checkout.
#[derive(Debug, Clone)]
pub struct Checkout {
    pub key: Uuid,
    pub request: String,
    pub at: Timestamp,
    /// Its ID and URL, once Stripe confirmed it.
    pub session: Option<(String, String)>,
}

/// What is stored of a subscription that was just read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub subscription: Option<&'a str>,
    pub status: Option<&'a str>,
    pub price: Option<&'a str>,
    pub unknown_price: bool,
    pub trial_ends_at: Option<Timestamp>,
    pub period_ends_at: Option<Timestamp>,
    pub cancel_at: Option<Timestamp>,
    /// Whether a subscription with a trial was among them.
    pub had_trial: bool,
    pub check_at: Option<Timestamp>,
}

/// An organization as its customer at Stripe, and its trial.
#[derive(Debug, Clone)]
pub struct Buyer {
    pub name: String,
    pub billing_email: Option<String>,
    pub created_at: Timestamp,
    pub trial_ends_at: Timestamp,
    pub is_trialing: bool,
    /// Whether the trial went on while plans were billed. Older builds only noted emails about it.
    pub was_billed: bool,
}

impl Buyer {
    /// Without an account, no subscription had a trial.
    pub fn trial_history(&self, account: Option<&Account>) -> TrialHistory {
        TrialHistory {
            created_at: self.created_at,
            trial_ends_at: self.trial_ends_at,
            is_trialing: self.is_trialing,
            was_billed: self.was_billed,
            used: account.is_some_and(|account| account.trial_used_at.is_some()),
        }
    }
}

pub async fn account(tx: &mut TenantTx) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        "select customer_key, customer, subscription, status, unknown_price, trial_ends_at, period_ends_at, cancel_at,
                trial_used_at, checkout_at, revision
         from billing_accounts where organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Creates the account if there is none.
pub async fn ensure_account(tx: &mut TenantTx, customer_key: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into billing_accounts (organization_id, customer_key, created_at) values ($1, $2, $3)
         on conflict (organization_id) do nothing",
        tx.organization().uuid(),
        customer_key,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores the customer that was created with this key.
pub async fn set_customer(tx: &mut TenantTx, customer_key: Uuid, customer: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update billing_accounts set customer = $3 where organization_id = $1 and customer_key = $2",
        tx.organization().uuid(),
        customer_key,
        customer,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Forgets a customer that Stripe has deleted; the next one is created with another key.
pub async fn forget_customer(tx: &mut TenantTx, customer: &str, customer_key: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update billing_accounts
         set customer = null, customer_key = $3, checkout_key = null, checkout_request = null, checkout_session = null,
             checkout_url = null
         where organization_id = $1 and customer = $2",
        tx.organization().uuid(),
        customer,
        customer_key,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the last checkout, and locks the account until the transaction ends.
pub async fn hold_checkout(tx: &mut TenantTx) -> Result<Option<Checkout>, sqlx::Error> {
    let row = sqlx::query!(
        "select checkout_key, checkout_request, checkout_at, checkout_session, checkout_url from billing_accounts
         where organization_id = $1 for update",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.and_then(|row| {
        Some(Checkout {
            key: row.checkout_key?,
            request: row.checkout_request?,
            at: row.checkout_at?,
            session: row.checkout_session.zip(row.checkout_url),
        })
    }))
}

/// Stores what is about to be requested.
pub async fn begin_checkout(
    tx: &mut TenantTx,
    key: Uuid,
    request: &str,
    now: Timestamp,
    check_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update billing_accounts
         set checkout_key = $2, checkout_request = $3, checkout_at = $4, checkout_session = null, checkout_url = null,
             check_at = least(check_at, $5)
         where organization_id = $1",
        tx.organization().uuid(),
        key,
        request,
        now,
        check_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores the checkout that was created with this key; `None` if Stripe refused it, so that the next gets another key.
/// Returns false if another one was begun meanwhile.
pub async fn end_checkout(tx: &mut TenantTx, key: Uuid, session: Option<(&str, &str)>) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "update billing_accounts
         set checkout_session = $3, checkout_url = $4,
             checkout_key = case when $3::text is null then null else checkout_key end
         where organization_id = $1 and checkout_key = $2",
        tx.organization().uuid(),
        key,
        session.map(|(id, _)| id),
        session.map(|(_, url)| url),
    )
    .execute(tx.conn())
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// Stores what Stripe said, unless another reading was stored since `revision`. Returns whether it did.
pub async fn set_reading(
    tx: &mut TenantTx,
    revision: i64,
    reading: &Reading<'_>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "update billing_accounts
         set subscription = $3, status = $4, price = $5, unknown_price = $6, trial_ends_at = $7, period_ends_at = $8,
             cancel_at = $9, check_at = $10, revision = revision + 1,
             trial_used_at = case when $11 then coalesce(trial_used_at, $12) else trial_used_at end
         where organization_id = $1 and revision = $2",
        tx.organization().uuid(),
        revision,
        reading.subscription,
        reading.status,
        reading.price,
        reading.unknown_price,
        reading.trial_ends_at,
        reading.period_ends_at,
        reading.cancel_at,
        reading.check_at,
        reading.had_trial,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(stored.rows_affected() == 1)
}

pub async fn buyer(tx: &mut TenantTx) -> Result<Option<Buyer>, sqlx::Error> {
    sqlx::query_as!(
        Buyer,
        r#"select name, billing_email, created_at, trial_ends_at, subscription_status = 'Trialing' as "is_trialing!",
                  exists (select from billing_notices where organization_id = $1 and notice in ($2, $3, $4))
                      as "was_billed!"
           from organizations where organization_id = $1"#,
        tx.organization().uuid(),
        OWN_TRIAL_SEEN,
        EmailKind::BillingCardlessTrialStarted.as_str(),
        EmailKind::BillingCardlessTrialEnding.as_str(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Sets the plan that features depend on. The end of a trial stays if there is no new one.
pub async fn set_plan(
    tx: &mut TenantTx,
    tier: Tier,
    status: &str,
    trial_ends_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organizations
         set plan_tier = $2, subscription_status = $3, trial_ends_at = coalesce($4, trial_ends_at)
         where organization_id = $1",
        tx.organization().uuid(),
        tier.as_str(),
        status,
        trial_ends_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns where emails about billing go: the billing email, or without one the owners' addresses. While no owner has
/// confirmed theirs, there are none.
pub async fn contacts(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(o.billing_email, u.email) as "email!" from organizations o
           join memberships m on m.organization_id = o.organization_id and m.role = 'owner'
           join users u on u.id = m.user_id
           where o.organization_id = $1 and u.email_verified_at is not null group by 1 order by 1"#,
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Remembers an event; returns whether it is new.
pub async fn insert_event(
    tx: &mut TenantTx,
    (event, kind, object): (&str, &str, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into billing_events (organization_id, event, kind, object, handled_at) values ($1, $2, $3, $4, $5)
         on conflict (organization_id, event) do nothing",
        tx.organization().uuid(),
        event,
        kind,
        object,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub async fn has_event(tx: &mut TenantTx, event: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from billing_events where organization_id = $1 and event = $2) as "known!""#,
        tx.organization().uuid(),
        event,
    )
    .fetch_one(tx.conn())
    .await
}

/// Remembers a notice; returns whether it is new.
pub async fn insert_notice(tx: &mut TenantTx, notice: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into billing_notices (organization_id, notice, sent_at) values ($1, $2, $3)
         on conflict (organization_id, notice) do nothing",
        tx.organization().uuid(),
        notice,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Takes the accounts of the transaction's tenants that are due to be read again, and counts the attempt: they are due
/// once more at `again`, unless a reading is stored before. At most `limit`.
pub async fn take_due(
    tx: &mut TenantsTx,
    now: Timestamp,
    again: Timestamp,
    limit: i64,
) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let (mut claim, mut taken) = (Claim::of(limit), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select organization_id from billing_accounts
             where organization_id = any ($1) and organization_id <> all ($3) and check_at <= $2
             order by check_at limit $4",
            &tenants,
            now,
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, _) in claim.owners(due) {
            let one = sqlx::query_scalar!(
                "with due as materialized (
                     select organization_id from billing_accounts
                     where organization_id = $1 and check_at <= $2 for update skip locked)
                 update billing_accounts b set check_at = $3 from due
                 where b.organization_id = $1
                 returning b.organization_id",
                organization,
                now,
                again,
            )
            .fetch_optional(tx.conn())
            .await?;
            claim.took(usize::from(one.is_some()));
            taken.extend(one.map(OrganizationId::new));
        }
    }
    Ok(taken)
}
