//! SQL of decisions: their list, and what has to be known before one is made.

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerId, CustomerJoinId, DecisionId, EventId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::Decision;
use kit::db::{TenantTx, plan_store};

/// The filters of the list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub conversion: Option<ConversionId>,
    pub commission: Option<CommissionId>,
    pub affiliate: Option<AffiliateId>,
    pub kind: Option<&'static str>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Decision>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query_as!(
        Row,
        r#"select id, kind, conversion_id, commission_id, join_id, program_id, affiliate_id, reach, actor, reason, decided_at
           from decisions
           where organization_id = $1 and ($2::uuid is null or conversion_id = $2)
             and ($3::uuid is null or commission_id = $3) and ($6::uuid is null or affiliate_id = $6)
             and ($7::text is null or kind = $7) and ($8::timestamptz is null or decided_at >= $8)
             and ($9::timestamptz is null or decided_at < $9)
             and ($4::uuid is null or (not $10 and id < $4) or ($10 and id > $4))
           order by case when $10 then id end, case when not $10::boolean then id end desc limit $5"#,
        tx.organization().uuid(),
        filter.conversion.map(ConversionId::uuid),
        filter.commission.map(CommissionId::uuid),
        filter.after,
        filter.limit,
        filter.affiliate.map(AffiliateId::uuid),
        filter.kind,
        filter.from,
        filter.to,
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Decision::from).collect())
}

/// All decisions about a commission or its conversion, and about its customer's joins if they changed it, oldest first.
pub async fn about(
    tx: &mut TenantTx,
    commission: CommissionId,
    conversion: Option<ConversionId>,
) -> Result<Vec<Decision>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, kind, conversion_id, commission_id, join_id, program_id, affiliate_id, reach, actor, reason, decided_at
         from decisions
         where organization_id = $1
           and (commission_id = $2 or conversion_id = $3
                or join_id is not null and id in (select decision_id from transfers
                                                  where organization_id = $1 and commission_id = $2))
         order by decided_at, id",
        tx.organization().uuid(),
        commission.uuid(),
        conversion.map(ConversionId::uuid),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Decision::from).collect())
}

/// All decisions about these conversions themselves, oldest first.
pub async fn of_conversions(tx: &mut TenantTx, conversions: &[ConversionId]) -> Result<Vec<Decision>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select id, kind, conversion_id, commission_id, join_id, program_id, affiliate_id, reach, actor, reason, decided_at
         from decisions where organization_id = $1 and conversion_id = any ($2) order by decided_at, id",
        tx.organization().uuid(),
        &conversions.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Decision::from).collect())
}

#[derive(Debug)]
struct Row {
    id: Uuid,
    kind: String,
    conversion_id: Option<Uuid>,
    commission_id: Option<Uuid>,
    join_id: Option<Uuid>,
    program_id: Option<Uuid>,
    affiliate_id: Option<Uuid>,
    reach: Option<String>,
    actor: String,
    reason: String,
    decided_at: Timestamp,
}

impl From<Row> for Decision {
    fn from(row: Row) -> Self {
        Self {
            id: DecisionId::new(row.id),
            kind: row.kind,
            conversion_id: row.conversion_id.map(ConversionId::new),
            commission_id: row.commission_id.map(CommissionId::new),
            join_id: row.join_id.map(CustomerJoinId::new),
            program_id: row.program_id.map(ProgramId::new),
            affiliate_id: row.affiliate_id.map(AffiliateId::new),
            reach: row.reach,
            actor: row.actor,
            reason: row.reason,
            decided_at: row.decided_at,
        }
    }
}

/// The programs in which an affiliate has a link, at most two of them.
pub async fn programs_of(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<ProgramId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select distinct program_id from links where organization_id = $1 and affiliate_id = $2 limit 2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(ProgramId::new).collect())
}

/// The customer with that id, or with that name at the brand or its gateway, and the buyer that they are, whose other
/// records may have other names.
pub async fn customer_and_buyer(
    tx: &mut TenantTx,
    named: &str,
) -> Result<Option<(CustomerId, CustomerId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, buyer_id from customers where organization_id = $1 and (id = $2 or external_id = $3)
         order by id = $2 desc nulls last limit 1",
        tx.organization().uuid(),
        named.parse::<CustomerId>().ok().map(CustomerId::uuid),
        named,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (CustomerId::new(row.id), row.buyer_id)))
}

/// The buyer with that id, or with that name at the brand or its gateway.
pub async fn buyer(tx: &mut TenantTx, named: &str) -> Result<Option<CustomerId>, sqlx::Error> {
    Ok(customer_and_buyer(tx, named).await?.map(|(_, buyer)| buyer))
}

/// Whose commissions to release.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    Affiliate(AffiliateId),
    /// All customers that are this one buyer; restricted to one affiliate if given.
    Buyer(CustomerId, Option<AffiliateId>),
}

/// Their commissions that wait only for their hold period to end, at most `limit`.
pub async fn waiting(tx: &mut TenantTx, whose: Whose, limit: i64) -> Result<Vec<CommissionId>, sqlx::Error> {
    let organization = tx.organization();
    let ids = match whose {
        Whose::Affiliate(affiliate) => {
            sqlx::query_scalar!(
                "select id from commissions
                 where organization_id = $1 and affiliate_id = $2 and status = 'Pending' and held is null
                 order by id limit $3",
                organization.uuid(),
                affiliate.uuid(),
                limit,
            )
            .fetch_all(tx.conn())
            .await?
        }
        Whose::Buyer(buyer, affiliate) => {
            sqlx::query_scalar!(
                "select m.id from customers o
                 join customers c on c.organization_id = o.organization_id and c.group_id = o.group_id
                      and c.buyer_id = o.buyer_id
                 join conversions v on v.organization_id = c.organization_id and v.customer_id = c.id
                 join commissions m on m.organization_id = v.organization_id and m.conversion_id = v.id
                 where o.organization_id = $1 and o.id = $2 and m.status = 'Pending' and m.held is null
                   and ($4::uuid is null or m.affiliate_id = $4)
                 order by m.id limit $3",
                organization.uuid(),
                buyer.uuid(),
                limit,
                affiliate.map(AffiliateId::uuid),
            )
            .fetch_all(tx.conn())
            .await?
        }
    };
    Ok(ids.into_iter().map(CommissionId::new).collect())
}

/// The sale and amount of the refund that an event reported, if it is known.
pub async fn refund(tx: &mut TenantTx, event: EventId) -> Result<Option<(String, i64)>, sqlx::Error> {
    let row = sqlx::query!(
        "select refund_of, amount from refunds where organization_id = $1 and event_id = $2",
        tx.organization().uuid(),
        event.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.refund_of, row.amount)))
}

/// A decision saved only as a record: who caused a change that other rows contain, and why.
#[derive(Debug)]
pub struct Note<'a> {
    pub id: DecisionId,
    pub kind: &'a str,
    /// What it is about: exactly one of the two.
    pub conversion: Option<ConversionId>,
    pub commission: Option<CommissionId>,
    pub actor: &'a str,
    pub reason: &'a str,
}

pub async fn insert_note(tx: &mut TenantTx, note: &Note<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into decisions (organization_id, id, kind, conversion_id, commission_id, actor, reason, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.organization().uuid(),
        note.id.uuid(),
        note.kind,
        note.conversion.map(ConversionId::uuid),
        note.commission.map(CommissionId::uuid),
        note.actor,
        note.reason,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
