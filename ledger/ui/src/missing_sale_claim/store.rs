//! SQL of missing-sale claims.

use shared::{
    id::{AffiliateId, ConversionId, MissingSaleClaimId},
    text_enum,
    timestamp::Timestamp,
};
use time::Date;
use uuid::Uuid;

use kit::db::{TenantTx, plan_store};

text_enum! {
    /// Status of a claim.
    Status { Open, Credited, Rejected }
}

impl Status {
    /// Returns the label and its CSS class.
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Open => ("Open", "wait"),
            Self::Credited => ("Credited", "good"),
            Self::Rejected => ("Not credited", "off"),
        }
    }
}

/// A claim to insert.
#[derive(Debug)]
pub struct New {
    pub id: MissingSaleClaimId,
    pub ordered_on: Date,
    pub bought: String,
    pub order_id: Option<String>,
    /// Normalized for comparison.
    pub buyer_email: Option<String>,
    pub note: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Claim {
    pub id: MissingSaleClaimId,
    pub affiliate: AffiliateId,
    pub affiliate_name: String,
    pub affiliate_email: String,
    pub status: Status,
    pub ordered_on: Date,
    pub bought: String,
    pub order_id: Option<String>,
    pub buyer_email: Option<String>,
    pub note: Option<String>,
    pub submitted_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<String>,
    pub answer: Option<String>,
    pub conversion: Option<ConversionId>,
}

/// The list's filters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<MissingSaleClaimId>,
    pub affiliate: Option<AffiliateId>,
    pub status: Option<Status>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

pub async fn insert(tx: &mut TenantTx, affiliate: AffiliateId, new: &New, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into missing_sale_claims (organization_id, id, affiliate_id, ordered_on, bought, order_id, buyer_email, note, submitted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.organization().uuid(),
        new.id.uuid(),
        affiliate.uuid(),
        new.ordered_on,
        new.bought,
        new.order_id,
        new.buyer_email,
        new.note,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Counts the affiliate's claims since a time.
pub async fn submitted_since(tx: &mut TenantTx, affiliate: AffiliateId, since: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from missing_sale_claims
           where organization_id = $1 and affiliate_id = $2 and submitted_at > $3"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Claim>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Claim,
        r#"select i.id, i.affiliate_id as affiliate, a.name as affiliate_name, a.email as affiliate_email,
                i.status as "status: Status", i.ordered_on, i.bought, i.order_id, i.buyer_email, i.note, i.submitted_at,
                i.decided_at, i.decided_by, i.answer, i.conversion_id as conversion
         from missing_sale_claims i join affiliates a on a.organization_id = i.organization_id and a.id = i.affiliate_id
         where i.organization_id = $1 and ($2::uuid is null or i.id = $2) and ($3::uuid is null or i.affiliate_id = $3)
           and ($4::text is null or i.status = $4) and ($5::uuid is null or i.id < $5)
         order by i.id desc limit $6"#,
        tx.organization().uuid(),
        filter.id.map(|id| id.uuid()),
        filter.affiliate.map(|id| id.uuid()),
        filter.status.map(Status::as_str),
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Counts the open claims.
pub async fn open_count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from missing_sale_claims where organization_id = $1 and status = 'Open'"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// A decision about a claim.
#[derive(Debug)]
pub struct Decided<'a> {
    pub status: Status,
    pub answer: &'a str,
    pub by: &'a str,
    pub conversion: Option<ConversionId>,
}

/// Decides an open claim, and deletes the buyer's email. Returns false if it was decided in the meantime.
pub async fn decide(
    tx: &mut TenantTx,
    id: MissingSaleClaimId,
    decided: &Decided<'_>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update missing_sale_claims set status = $3, answer = $4, decided_by = $5, conversion_id = $6, decided_at = $7,
                buyer_email = null
         where organization_id = $1 and id = $2 and status = 'Open'",
        tx.organization().uuid(),
        id.uuid(),
        decided.status.as_str(),
        decided.answer,
        decided.by,
        decided.conversion.map(|id| id.uuid()),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes the claims of an erased affiliate.
pub async fn forget(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from missing_sale_claims where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
