//! SQL of conversions that only count for the prices of others: one statement, however many there are, and few columns.

use std::collections::HashSet;

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, EventId, OrganizationId, PlanVersionId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::pool_member::PoolMember;
use kit::db::{TenantsTx, corrupt_column};
use rules::{commission::price::Pool, conversion::Kind, fact::Details};

/// The members of these pools, which don't overlap, without claims that no one approved.
pub async fn members_of(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    pools: &[Pool],
) -> Result<Vec<PoolMember>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select c.id, c.event_id, c.external_id, c.customer_id, c.program_id as "program_id!",
                  c.affiliate_id as "affiliate_id!", c.plan_version_id, c.bound_at, c.kind as "kind: Kind", c.sequence,
                  c.occurred_at, c.amount, c.currency, c.refunded, c.product_id, c.details as "details: Json<Details>",
                  not c.flags <@ '{SelfRecruit}' and c.review is null as "waits!",
                  c.review is not distinct from 'Denied' as "is_denied!"
           from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
                p (program_id, affiliate_id, starts, ends)
           join conversions c on c.organization_id = $1 and c.affiliate_id = p.affiliate_id
                and c.program_id = p.program_id and c.occurred_at >= p.starts and c.occurred_at < p.ends
                and (c.verified or c.review = 'Approved')"#,
        organization.uuid(),
        &pools.iter().map(|pool| pool.program.uuid()).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.affiliate.uuid()).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.from).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.to).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let members = rows.into_iter().map(|row| row.member(organization));
    members.filter(|member| !matches!(member, Ok(member) if member.details.past.is_some())).collect()
}

/// The customers who are in one group with a customer whose conversion waits for a review. Few wait, but Postgres expects many
/// and would read all customers, which this prevents. `SelfRecruit` holds only what the recruiter earns, and is on each sale of
/// such a recruit.
pub async fn customers_waiting(
    tx: &mut TenantsTx,
    organization: OrganizationId,
) -> Result<HashSet<CustomerId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"with waiting as materialized (
               select distinct customer_id from conversions
               where organization_id = $1 and customer_id is not null and not flags <@ '{SelfRecruit}' and review is null)
           select m.id as "id!" from waiting w
           cross join lateral (select group_id from customers
                               where organization_id = $1 and id = w.customer_id offset 0) o
           cross join lateral (select id from customers where organization_id = $1 and group_id = o.group_id offset 0) m"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(CustomerId::new).collect())
}

#[derive(Debug)]
struct Row {
    id: Uuid,
    event_id: Uuid,
    external_id: String,
    customer_id: Option<Uuid>,
    program_id: Uuid,
    affiliate_id: Uuid,
    plan_version_id: Option<Uuid>,
    bound_at: Option<Timestamp>,
    kind: Kind,
    sequence: i32,
    occurred_at: Timestamp,
    amount: i64,
    currency: String,
    refunded: i64,
    product_id: Option<String>,
    details: Option<Json<Details>>,
    waits: bool,
    is_denied: bool,
}

impl Row {
    fn member(self, organization_id: OrganizationId) -> Result<PoolMember, sqlx::Error> {
        let currency: Currency = self.currency.parse().map_err(|_| corrupt_column("conversions.currency"))?;
        Ok(PoolMember {
            organization_id,
            id: ConversionId::new(self.id),
            event_id: EventId::new(self.event_id),
            external_id: self.external_id,
            customer_id: self.customer_id.map(CustomerId::new),
            program_id: ProgramId::new(self.program_id),
            affiliate_id: AffiliateId::new(self.affiliate_id),
            plan_version_id: self.plan_version_id.map(PlanVersionId::new),
            bound_at: self.bound_at.unwrap_or(self.occurred_at),
            kind: self.kind,
            sequence: u32::try_from(self.sequence).map_err(|_| corrupt_column("conversions.sequence"))?,
            occurred_at: self.occurred_at,
            amount: Money::new(self.amount, currency),
            refunded: self.refunded,
            product_id: self.product_id,
            details: self.details.map(|details| details.0).unwrap_or_default(),
            waits: self.waits,
            is_denied: self.is_denied,
        })
    }
}
