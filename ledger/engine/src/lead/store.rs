//! SQL of leads.

use shared::{
    id::{AffiliateId, ConversionId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{names_store, view::Lead};
use kit::db::{TenantTx, plan_store};
use rules::customer::names::shared_mailboxes;

/// The filters of the list.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<ConversionId>,
    pub program: Option<ProgramId>,
    pub affiliate: Option<AffiliateId>,
    pub converted: Option<bool>,
    pub external_event_id: Option<String>,
    pub customer_id: Option<String>,
    /// See `customer::mailbox::email_key`.
    pub email_key: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<(Timestamp, Uuid)>,
    pub oldest: bool,
    pub limit: i64,
}

/// Leads by the time at which they occurred. A lead is converted by a sale of the same buyer, or of one who shares an address
/// with them that belongs to one person: not by each sale of the group, in which joins that wait or were split are, too.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Lead>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.external_id, c.program_id, c.affiliate_id, c.credited_by, c.source, c.verified, c.occurred_at,
                  c.created_at, b.buyer_id as "buyer?", b.external_id as "customer?", b.email as "email?",
                  s.id as "sale?", s.occurred_at as "sold_at?"
           from conversions c
           left join customers b on b.organization_id = c.organization_id and b.id = c.customer_id
           left join lateral (
               select array_agg(distinct p.buyer_id) as buyers
               from (select distinct x.email_key from customers o
                     join customer_emails x on x.organization_id = $1 and x.customer_id = o.id
                     where o.organization_id = $1 and o.group_id = b.group_id and o.buyer_id = b.buyer_id
                       and split_part(x.email_key, '@', 1) <> all ($15::text[])) own
               join customer_emails y on y.organization_id = $1 and y.email_key = own.email_key
               join customers p on p.organization_id = $1 and p.id = y.customer_id) kin on true
           left join lateral (
               select s.id, s.occurred_at
               from customers k
               join conversions s on s.organization_id = k.organization_id and s.customer_id = k.id
               where k.organization_id = $1 and k.group_id = b.group_id
                 and (k.buyer_id = b.buyer_id or k.buyer_id = any (kin.buyers))
                 and s.kind <> 'Lead' and s.occurred_at >= c.occurred_at
               order by s.occurred_at, s.id limit 1) s on true
           where c.organization_id = $1 and c.kind = 'Lead' and ($2::uuid is null or c.id = $2)
             and ($3::uuid is null or c.program_id = $3) and ($4::uuid is null or c.affiliate_id = $4)
             and ($5::boolean is null or $5 = (s.id is not null)) and ($6::text is null or c.external_id = $6)
             and ($7::text is null or c.customer_id = any (array(
                  select id from customers where organization_id = $1 and external_id = $7)))
             and ($8::text is null or c.customer_id = any (array(
                  select customer_id from customer_emails where organization_id = $1 and email_key = $8)))
             and ($9::timestamptz is null or c.occurred_at >= $9) and ($10::timestamptz is null or c.occurred_at < $10)
             and ($11::timestamptz is null or (not $13 and (c.occurred_at, c.id) < ($11, $12))
                  or ($13 and (c.occurred_at, c.id) > ($11, $12)))
           order by case when $13 then c.occurred_at end, case when $13 then c.id end,
                    case when not $13::boolean then c.occurred_at end desc,
                    case when not $13::boolean then c.id end desc
           limit $14"#,
        tx.organization().uuid(),
        filter.id.map(ConversionId::uuid),
        filter.program.map(ProgramId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.converted,
        filter.external_event_id,
        filter.customer_id,
        filter.email_key,
        filter.from,
        filter.to,
        filter.after.map(|(moment, _)| moment),
        filter.after.map(|(_, id)| id),
        filter.oldest,
        filter.limit,
        &shared_mailboxes(),
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<ConversionId> = rows.iter().map(|row| ConversionId::new(row.id)).collect();
    let mut names = names_store::of_leads(tx, &ids).await?;
    let view = rows.into_iter().map(|row| Lead {
        name: names.remove(&ConversionId::new(row.id)),
        id: ConversionId::new(row.id),
        external_event_id: row.external_id,
        status: if row.sale.is_some() { "Converted" } else { "Open" }.to_owned(),
        converted_by: row.sale.map(ConversionId::new),
        converted_at: row.sold_at,
        program_id: row.program_id.map(ProgramId::new),
        affiliate_id: row.affiliate_id.map(AffiliateId::new),
        credited_by: row.credited_by,
        customer: row.buyer,
        customer_id: row.customer,
        email: row.email,
        source: row.source,
        verified: row.verified,
        occurred_at: row.occurred_at,
        created_at: row.created_at,
    });
    Ok(view.collect())
}
