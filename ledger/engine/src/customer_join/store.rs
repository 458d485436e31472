//! SQL of the joins shown to people, and of decisions about them.

use shared::{
    id::{ConversionId, CustomerId, CustomerJoinId, DecisionId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::{CustomerJoin, JoinedCustomer};
use crate::history::{HistoryKey, joins::Cause, joins_store};
use kit::db::TenantTx;

/// The filters of the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub id: Option<CustomerJoinId>,
    pub state: Option<&'static str>,
    /// A buyer who is one of the two customers.
    pub buyer: Option<CustomerId>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<CustomerJoin>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select j.id, j.state, j.verdict, j.cause, j.found_at, a.id as one, a.external_id as one_name,
                  a.email as one_email, b.id as other, b.external_id as other_name, b.email as other_email,
                  v.id as "sale?", v.external_id as "sale_name?", d.actor as "actor?", d.reason as "reason?",
                  d.decided_at as "decided_at?"
           from customer_joins j
           join customers a on a.organization_id = j.organization_id and a.id = j.one_id
           join customers b on b.organization_id = j.organization_id and b.id = j.other_id
           left join lateral (
               select c.id, c.external_id from sale_buyers x
               join sale_buyers y on y.organization_id = x.organization_id and y.sale_event_id = x.sale_event_id
                    and y.customer_id = j.other_id
               join sale_buyers o on o.organization_id = x.organization_id and o.sale_event_id = x.sale_event_id
               join conversions c on c.organization_id = o.organization_id and c.customer_id = o.customer_id
                    and c.event_id = o.sale_event_id
               where x.organization_id = $1 and x.customer_id = j.one_id
               order by greatest(x.received_at, y.received_at), c.id limit 1) v on true
           left join lateral (
               select e.actor, e.reason, e.decided_at from decisions e
               where e.organization_id = $1 and e.join_id = j.id
               order by e.decided_at desc, e.id desc limit 1) d on true
           where j.organization_id = $1 and ($2::uuid is null or j.id = $2) and ($3::text is null or j.state = $3)
             and ($4::uuid is null or a.buyer_id = $4 or b.buyer_id = $4)
             and ($5::uuid is null or (not $6 and j.id < $5) or ($6 and j.id > $5))
           order by case when $6 then j.id end, case when not $6::boolean then j.id end desc limit $7"#,
        tx.organization().uuid(),
        filter.id.map(CustomerJoinId::uuid),
        filter.state,
        filter.buyer.map(CustomerId::uuid),
        filter.after,
        filter.oldest,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let found_at = row.found_at;
            let status = joins_store::join_status(found_at, row.verdict.as_deref(), row.cause.as_deref(), &row.state)?;
            let customer = |id, customer_id, email| JoinedCustomer { id: CustomerId::new(id), customer_id, email };
            Ok(CustomerJoin {
                id: CustomerJoinId::new(row.id),
                state: status.state.as_str(),
                cause: status.cause().map(Cause::as_str),
                customers: vec![
                    customer(row.one, row.one_name, row.one_email),
                    customer(row.other, row.other_name, row.other_email),
                ],
                conversion_id: row.sale.map(ConversionId::new),
                external_event_id: row.sale_name,
                found_at: status.found_at,
                decided_by: row.actor,
                decided_at: row.decided_at,
                reason: row.reason,
            })
        })
        .collect()
}

/// The histories of these joins.
pub async fn histories_of(tx: &mut TenantTx, joins: &[CustomerJoinId]) -> Result<Vec<HistoryKey>, sqlx::Error> {
    let organization = tx.organization();
    let groups = sqlx::query_scalar!(
        "select distinct c.group_id from customer_joins j
         join customers c on c.organization_id = j.organization_id and c.id = j.one_id
         where j.organization_id = $1 and j.id = any ($2)",
        organization.uuid(),
        &joins.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(groups.into_iter().map(|group| HistoryKey::Group(organization, CustomerId::new(group))).collect())
}

/// The joins that unite a customer with others.
pub async fn joined_with(tx: &mut TenantTx, customer: CustomerId) -> Result<Vec<CustomerJoinId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from customer_joins
         where organization_id = $1 and (one_id = $2 or other_id = $2) and state = 'Joined' order by id",
        tx.organization().uuid(),
        customer.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(CustomerJoinId::new).collect())
}

/// The ids and names of all customers that are the same buyer as this one, smallest id first.
pub async fn names_of(tx: &mut TenantTx, buyer: CustomerId) -> Result<Vec<(CustomerId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select c.id, c.external_id from customers o
         join customers c on c.organization_id = o.organization_id and c.group_id = o.group_id and c.buyer_id = o.buyer_id
         where o.organization_id = $1 and o.id = $2 order by c.id",
        tx.organization().uuid(),
        buyer.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (CustomerId::new(row.id), row.external_id)).collect())
}

/// A person's decision about a join.
#[derive(Debug)]
pub struct Decided<'a> {
    pub id: DecisionId,
    pub join: CustomerJoinId,
    /// `Join` or `Split`.
    pub kind: &'a str,
    pub actor: &'a str,
    pub reason: &'a str,
}

pub async fn keep(tx: &mut TenantTx, decided: &Decided<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into decisions (organization_id, id, kind, join_id, actor, reason, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tx.organization().uuid(),
        decided.id.uuid(),
        decided.kind,
        decided.join.uuid(),
        decided.actor,
        decided.reason,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
