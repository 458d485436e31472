//! SQL of affiliates' accounts with their brand's Stripe platform.

use payout_core::stripe::account::{Account, AccountStatus, Bank, Entity, Requirements};
use shared::{
    id::{AffiliateId, PayoutAccountId, PayoutConnectionId},
    timestamp::Timestamp,
};
use sqlx::types::Json;

use kit::db::{TenantTx, corrupt_column};

/// A stored account.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: PayoutAccountId,
    pub affiliate: AffiliateId,
    pub connection: PayoutConnectionId,
    pub country: String,
    pub entity: Entity,
    /// `full` or `recipient`.
    pub agreement: String,
    /// `acct_…`; `None` until Stripe reports it.
    pub stripe_account: Option<String>,
    /// `None` while it is unknown whether Stripe created it.
    pub account_status: Option<AccountStatus>,
    pub transfers: String,
    pub payouts_enabled: bool,
    pub details_submitted: bool,
    pub disabled_reason: Option<String>,
    pub requirements: Requirements,
    pub ready_at: Option<Timestamp>,
    pub checked_at: Option<Timestamp>,
    pub creating_email: Option<String>,
    pub called_at: Option<Timestamp>,
    pub notified_at: Option<Timestamp>,
    /// Stripe's ID of the bank account or card behind it, and the part that may be shown.
    pub bank: Option<String>,
    pub bank_hint: Option<String>,
    /// Its key, as in `payout_account_keys`.
    pub bank_key: Option<String>,
    pub created_at: Timestamp,
}

impl Row {
    pub fn is_ready(&self) -> bool {
        self.account_status == Some(AccountStatus::Ready)
    }

    pub fn is_closed(&self) -> bool {
        self.account_status == Some(AccountStatus::Closed)
    }

    /// The spelling in the database and the public API.
    pub fn status(&self) -> &'static str {
        self.account_status.map_or("Creating", AccountStatus::as_str)
    }
}

macro_rules! accounts {
    ($condition:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Raw,
            r#"select id, affiliate_id, connection_id, country, entity, agreement, stripe_account, status, transfers,
                      payouts_enabled, details_submitted, disabled_reason, requirements as "requirements: Json<Requirements>",
                      ready_at, checked_at, creating_email, called_at, notified_at, bank, bank_hint, bank_key,
                      created_at
               from payout_accounts where "# + $condition,
            $($argument),*
        )
    };
}

#[derive(Debug)]
struct Raw {
    id: uuid::Uuid,
    affiliate_id: uuid::Uuid,
    connection_id: uuid::Uuid,
    country: String,
    entity: String,
    agreement: String,
    stripe_account: Option<String>,
    status: String,
    transfers: String,
    payouts_enabled: bool,
    details_submitted: bool,
    disabled_reason: Option<String>,
    requirements: Json<Requirements>,
    ready_at: Option<Timestamp>,
    checked_at: Option<Timestamp>,
    creating_email: Option<String>,
    called_at: Option<Timestamp>,
    notified_at: Option<Timestamp>,
    bank: Option<String>,
    bank_hint: Option<String>,
    bank_key: Option<String>,
    created_at: Timestamp,
}

impl Raw {
    fn row(self) -> Result<Row, sqlx::Error> {
        let account_status = match self.status.as_str() {
            "Creating" => None,
            other => Some(AccountStatus::parse(other).ok_or_else(|| corrupt_column("payout_accounts.status"))?),
        };
        Ok(Row {
            id: PayoutAccountId::new(self.id),
            affiliate: AffiliateId::new(self.affiliate_id),
            connection: PayoutConnectionId::new(self.connection_id),
            country: self.country,
            entity: Entity::parse(&self.entity).ok_or_else(|| corrupt_column("payout_accounts.entity"))?,
            agreement: self.agreement,
            stripe_account: self.stripe_account,
            account_status,
            transfers: self.transfers,
            payouts_enabled: self.payouts_enabled,
            details_submitted: self.details_submitted,
            disabled_reason: self.disabled_reason,
            requirements: self.requirements.0,
            ready_at: self.ready_at,
            checked_at: self.checked_at,
            creating_email: self.creating_email,
            called_at: self.called_at,
            notified_at: self.notified_at,
            bank: self.bank,
            bank_hint: self.bank_hint,
            bank_key: self.bank_key,
            created_at: self.created_at,
        })
    }
}

/// The affiliate's account that isn't closed, otherwise the last closed one.
pub async fn latest(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Row>, sqlx::Error> {
    let found = accounts!(
        "organization_id = $1 and affiliate_id = $2 order by status = 'Closed', id desc limit 1",
        tx.organization().uuid(),
        affiliate.uuid(),
    );
    found.fetch_optional(tx.conn()).await?.map(Raw::row).transpose()
}

pub async fn one(tx: &mut TenantTx, id: PayoutAccountId) -> Result<Option<Row>, sqlx::Error> {
    let found = accounts!("organization_id = $1 and id = $2", tx.organization().uuid(), id.uuid());
    found.fetch_optional(tx.conn()).await?.map(Raw::row).transpose()
}

/// Like [`one`], locked until the end of the transaction.
pub async fn lock(tx: &mut TenantTx, id: PayoutAccountId) -> Result<Option<Row>, sqlx::Error> {
    let found = accounts!("organization_id = $1 and id = $2 for update", tx.organization().uuid(), id.uuid());
    found.fetch_optional(tx.conn()).await?.map(Raw::row).transpose()
}

/// How many accounts Stripe created for an affiliate, including those they left.
pub async fn made(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from payout_accounts
           where organization_id = $1 and affiliate_id = $2 and stripe_account is not null"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Finds an account of a connection by Stripe's ID.
pub async fn named(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    stripe_account: &str,
) -> Result<Option<Row>, sqlx::Error> {
    let found = accounts!(
        "organization_id = $1 and connection_id = $2 and stripe_account = $3",
        tx.organization().uuid(),
        connection.uuid(),
        stripe_account,
    );
    found.fetch_optional(tx.conn()).await?.map(Raw::row).transpose()
}

/// An account about to be created.
#[derive(Debug)]
pub struct New<'a> {
    pub id: PayoutAccountId,
    pub affiliate: AffiliateId,
    pub connection: PayoutConnectionId,
    pub country: &'a str,
    pub entity: Entity,
    pub agreement: &'a str,
    pub email: &'a str,
    /// When a job checks whether the creation succeeded.
    pub check_at: Timestamp,
}

/// # Errors
/// Violates the constraint `payout_accounts_one` if the affiliate has one.
pub async fn insert(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_accounts (organization_id, id, affiliate_id, connection_id, country, entity, agreement,
                                      creating_email, next_check_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.affiliate.uuid(),
        new.connection.uuid(),
        new.country,
        new.entity.as_str(),
        new.agreement,
        new.email,
        new.check_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records when Stripe was first asked to create it. It uses the wall clock, since Stripe expires idempotency keys by
/// real time.
pub async fn calling(tx: &mut TenantTx, id: PayoutAccountId, wall: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_accounts set called_at = coalesce(called_at, $3) where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        wall,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores what Stripe reports about it, with the key of the bank account behind it.
///
/// # Errors
/// Violates the constraint `payout_accounts_stripe` if another row has the account.
pub async fn observe(
    tx: &mut TenantTx,
    id: PayoutAccountId,
    (account, bank_key): (&Account, Option<&str>),
    (now, next): (Timestamp, Option<Timestamp>),
) -> Result<(), sqlx::Error> {
    let account_status = account.status();
    sqlx::query!(
        "update payout_accounts
         set stripe_account = $3, status = $4, transfers = $5, payouts_enabled = $6, details_submitted = $7,
             disabled_reason = $8, requirements = $9, checked_at = $10, next_check_at = $11, creating_email = null,
             ready_at = case when $4 = 'Ready' then coalesce(ready_at, $10) else ready_at end, bank = coalesce($12, bank),
             bank_hint = coalesce($13, bank_hint), bank_key = coalesce($14, bank_key)
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        account.id,
        account_status.as_str(),
        account.transfers(),
        account.payouts_enabled,
        account.details_submitted,
        account.requirements.disabled_reason,
        Json(&account.requirements) as _,
        now,
        next,
        account.bank().map(|bank| bank.id.as_str()),
        account.bank().map(Bank::hint),
        bank_key,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Closes the account with a reason. Another one may be created.
pub async fn close(tx: &mut TenantTx, id: PayoutAccountId, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_accounts
         set status = 'Closed', disabled_reason = left($3, 500), transfers = 'inactive', payouts_enabled = false,
             creating_email = null, next_check_at = null
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        reason,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn mark_notified(tx: &mut TenantTx, id: PayoutAccountId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_accounts set notified_at = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The affiliate's data that matter for paying them.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
    pub status: String,
    pub is_erased: bool,
}

/// Loads the affiliate, locked until the end of the transaction: concurrent set-ups wait for each other.
pub async fn person(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Person>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select name, email, status, erased_at is not null as "is_erased!" from affiliates
           where organization_id = $1 and id = $2 for no key update"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Person {
        id: affiliate,
        name: row.name,
        email: row.email,
        status: row.status,
        is_erased: row.is_erased,
    }))
}
