//! SQL for discounts.

use shared::{
    event::Gateway,
    id::{DiscountId, GatewayConnectionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};

use kit::db::TenantTx;
use rules::coupon::discount::{Duration, Limits, Off, Terms};

/// A program's discount, and where its codes are created.
#[derive(Debug, Clone)]
pub struct Discount {
    pub id: DiscountId,
    pub program: ProgramId,
    pub connection: GatewayConnectionId,
    pub gateway: Gateway,
    /// Of the brand's own. Changing it starts another discount, as changing the terms does.
    pub name: Option<String>,
    pub terms: Terms,
    pub affiliates_choose: bool,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Discount {
    /// Whether codes can be created with it: neither was it ended, nor has its own date passed.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && !self.terms.limits.are_over(now)
    }
}

/// The columns of terms, as the table's constraints allow them.
#[derive(Debug)]
pub struct TermColumns {
    pub basis_points: Option<i32>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub duration: String,
    pub months: Option<i32>,
    pub max_redemptions: Option<i32>,
    pub expires_at: Option<Timestamp>,
}

impl TermColumns {
    /// # Errors
    /// A decoding error for columns that the table's constraints rule out.
    pub fn terms(&self) -> Result<Terms, sqlx::Error> {
        let wrong = || sqlx::Error::Decode("the terms of a discount".into());
        let share = self.basis_points.and_then(|share| u32::try_from(share).ok()).map(Off::Share);
        let currency = self.currency.as_deref().and_then(|code| code.parse().ok());
        let amount = self.amount.zip(currency).map(|(minor, currency)| Off::Amount(Money::new(minor, currency)));
        let duration = match (self.duration.as_str(), self.months) {
            ("once", None) => Duration::Once,
            ("forever", None) => Duration::Forever,
            (_, months) => Duration::Months(months.ok_or_else(wrong)?),
        };
        let limits = Limits { per_code: self.max_redemptions, ends_at: self.expires_at };
        Ok(Terms { off: share.or(amount).ok_or_else(wrong)?, duration, limits })
    }
}

/// Reads a gateway as the database spells it. A name that this build doesn't know is read as one without codes.
pub fn gateway(name: &str) -> Gateway {
    Gateway::named(name).unwrap_or(Gateway::Braintree)
}

/// Whether codes can be created in a gateway.
pub const fn has_codes(gateway: Gateway) -> bool {
    matches!(gateway, Gateway::Stripe | Gateway::Paddle)
}

/// The program's discount, unless it has none now. Its own date may have passed: see [`Discount::is_open`].
pub async fn current(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Discount>, sqlx::Error> {
    let row = sqlx::query!(
        "select d.id, d.program_id, d.connection_id, g.gateway, d.basis_points, d.amount, d.currency, d.duration,
                d.months, d.max_redemptions, d.expires_at, d.affiliates_choose, d.created_at, d.ended_at, d.name
         from discounts d
         join gateway_connections g on g.organization_id = d.organization_id and g.id = d.connection_id
         where d.organization_id = $1 and d.program_id = $2 and d.ended_at is null",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let columns = TermColumns {
        basis_points: row.basis_points,
        amount: row.amount,
        currency: row.currency,
        duration: row.duration,
        months: row.months,
        max_redemptions: row.max_redemptions,
        expires_at: row.expires_at,
    };
    Ok(Some(Discount {
        id: row.id,
        program: row.program_id,
        connection: row.connection_id,
        gateway: gateway(&row.gateway),
        name: row.name,
        terms: columns.terms()?,
        affiliates_choose: row.affiliates_choose,
        created_at: row.created_at,
        ended_at: row.ended_at,
    }))
}

/// # Errors
/// Constraint `discounts_current` if the program still has one.
pub async fn insert(tx: &mut TenantTx, discount: &Discount) -> Result<(), sqlx::Error> {
    let (share, amount) = match discount.terms.off {
        Off::Share(share) => (i32::try_from(share).ok(), None),
        Off::Amount(amount) => (None, Some(amount)),
    };
    sqlx::query!(
        "insert into discounts (organization_id, id, program_id, connection_id, basis_points, amount, currency,
                                duration, months, affiliates_choose, created_at, max_redemptions, expires_at,
                                name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tx.organization().uuid(),
        discount.id.uuid(),
        discount.program.uuid(),
        discount.connection.uuid(),
        share,
        amount.map(|amount| amount.minor),
        amount.as_ref().map(|amount| amount.currency.code()),
        discount.terms.duration.as_str(),
        discount.terms.duration.months(),
        discount.affiliates_choose,
        discount.created_at,
        discount.terms.limits.per_code,
        discount.terms.limits.ends_at,
        discount.name,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Changes what isn't part of the terms.
pub async fn let_choose(tx: &mut TenantTx, id: DiscountId, affiliates_choose: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update discounts set affiliates_choose = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        affiliates_choose,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn end(tx: &mut TenantTx, id: DiscountId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update discounts set ended_at = $3 where organization_id = $1 and id = $2 and ended_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A gateway account, as far as discounts need to know it.
#[derive(Debug)]
pub struct GatewayAccount {
    pub id: GatewayConnectionId,
    pub program_id: ProgramId,
    pub gateway: String,
    pub environment: Option<String>,
    pub account: Option<String>,
    pub status: String,
    /// Whether we have a key for calls to the gateway.
    pub has_key: bool,
}

/// The organization's gateway accounts, newest first; or only one of them.
pub async fn accounts(
    tx: &mut TenantTx,
    only: Option<GatewayConnectionId>,
) -> Result<Vec<GatewayAccount>, sqlx::Error> {
    sqlx::query_as!(
        GatewayAccount,
        r#"select id, program_id, gateway, environment, account, status, sealed_api_key is not null as "has_key!"
           from gateway_connections
           where organization_id = $1 and removed_at is null and status <> 'connecting'
             and ($2::uuid is null or id = $2)
           order by id desc limit 100"#,
        tx.organization().uuid(),
        only.map(|id| id.uuid()),
    )
    .fetch_all(tx.conn())
    .await
}
