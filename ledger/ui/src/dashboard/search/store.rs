//! SQL of the search: a few results of each kind, within one organization.
//!
//! Affiliates, programs, links and coupons are few enough to scan for a part of their names. Customers and conversions
//! aren't: an index finds them by prefix (`migrations/0009_events_and_customers.sql`).

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CouponId, CustomerId, LinkId, PayoutId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;
use rules::{
    coupon::key::key,
    customer::mailbox::{email_key, key_beginnings},
};

/// Maximum results of each kind.
pub const ROWS: i64 = 6;
/// How many affiliates are offered before anything is typed.
const NEWEST: i64 = 5;
/// Maximum addresses that are compared with what was typed, for each way in which theirs may be compared.
const ADDRESSES_MAX: i64 = 500;

#[derive(Debug)]
pub struct Affiliate {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub slug: String,
    pub status: String,
}

/// `text` is in lower case. An exact match of email, short name or id comes first.
pub async fn affiliates(tx: &mut TenantTx, text: &str, id: Option<AffiliateId>) -> Result<Vec<Affiliate>, sqlx::Error> {
    sqlx::query_as!(
        Affiliate,
        r#"select id, name, email, slug, status from affiliates
           where organization_id = $1
             and (id = $3 or strpos(lower(name), $2) > 0 or strpos(email, $2) > 0 or strpos(slug_key, $2) > 0)
           order by (id is not distinct from $3 or slug_key = $2 or email = $2) desc, id desc limit $4"#,
        tx.organization().uuid(),
        text,
        id.map(AffiliateId::uuid),
        ROWS,
    )
    .fetch_all(tx.conn())
    .await
}

/// The newest, for a field in which nothing is typed yet.
pub async fn newest_affiliates(tx: &mut TenantTx) -> Result<Vec<Affiliate>, sqlx::Error> {
    sqlx::query_as!(
        Affiliate,
        "select id, name, email, slug, status from affiliates where organization_id = $1 order by id desc limit $2",
        tx.organization().uuid(),
        NEWEST,
    )
    .fetch_all(tx.conn())
    .await
}

#[derive(Debug)]
pub struct Program {
    pub id: ProgramId,
    pub name: String,
    pub slug: String,
    pub is_archived: bool,
}

pub async fn programs(tx: &mut TenantTx, text: &str, id: Option<ProgramId>) -> Result<Vec<Program>, sqlx::Error> {
    sqlx::query_as!(
        Program,
        r#"select id, name, slug, archived_at is not null as "is_archived!" from programs
           where organization_id = $1 and (id = $3 or strpos(lower(name), $2) > 0 or strpos(slug, $2) > 0)
           order by archived_at is not null, id desc limit $4"#,
        tx.organization().uuid(),
        text,
        id.map(ProgramId::uuid),
        ROWS,
    )
    .fetch_all(tx.conn())
    .await
}

/// A link or a coupon, with its affiliate.
#[derive(Debug)]
pub struct Owned {
    pub id: Uuid,
    pub affiliate: Uuid,
    pub affiliate_name: String,
    pub text: String,
    pub is_off: bool,
}

/// `text` is part of host, slash and slug.
pub async fn links(tx: &mut TenantTx, text: &str, id: Option<LinkId>) -> Result<Vec<Owned>, sqlx::Error> {
    sqlx::query_as!(
        Owned,
        r#"select l.id, l.affiliate_id as affiliate, a.name as affiliate_name, l.host || '/' || l.slug as "text!",
                  l.disabled_at is not null as "is_off!"
           from links l join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
           where l.organization_id = $1 and (l.id = $3 or strpos(l.host || '/' || l.slug_key, $2) > 0)
           order by l.disabled_at is not null, l.id desc limit $4"#,
        tx.organization().uuid(),
        text,
        id.map(LinkId::uuid),
        ROWS,
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn coupons(tx: &mut TenantTx, typed: &str, id: Option<CouponId>) -> Result<Vec<Owned>, sqlx::Error> {
    sqlx::query_as!(
        Owned,
        r#"select c.id, c.affiliate_id as affiliate, a.name as affiliate_name, c.code as text,
                  c.archived_at is not null as "is_off!"
           from coupons c join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and (c.id = $3 or strpos(c.code_key, $2) > 0)
           order by c.archived_at is not null, c.id desc limit $4"#,
        tx.organization().uuid(),
        key(typed),
        id.map(CouponId::uuid),
        ROWS,
    )
    .fetch_all(tx.conn())
    .await
}

#[derive(Debug)]
pub struct Customer {
    pub id: Uuid,
    pub external_id: String,
    pub email: Option<String>,
}

/// Finds customers whose id at the brand or whose email begins with the text (`text` in lower case). Addresses are stored
/// as they are compared, so another spelling of one is found if the text is a whole address, or the beginning of the
/// customer's own spelling.
pub async fn customers(
    tx: &mut TenantTx,
    typed: &str,
    text: &str,
    id: Option<CustomerId>,
) -> Result<Vec<Customer>, sqlx::Error> {
    let beginnings = key_beginnings(text);
    sqlx::query_as!(
        Customer,
        r#"select c.id, c.external_id, c.email
           from customers c
           join (select id from customers where organization_id = $1 and id = $6
                 union
                 (select id from customers
                  where organization_id = $1 and external_id ~>=~ $2 and external_id ~<~ $3 limit $7)
                 union
                 (select customer_id from customer_emails
                  where organization_id = $1 and email_key ~>=~ $4 and email_key ~<~ $5 limit $7)
                 union
                 (select customer_id from customer_emails where organization_id = $1 and email_key = $8 limit $7)
                 union
                 (select o.id
                  from unnest($9::text[], $10::text[]) b (beginning, after)
                  cross join lateral (
                      select customer_id from customer_emails
                      where organization_id = $1 and email_key ~>=~ b.beginning and email_key ~<~ b.after limit $11) e
                  join customers o on o.organization_id = $1 and o.id = e.customer_id
                  where starts_with(lower(o.email), $4) limit $7)) found using (id)
           where c.organization_id = $1 and c.erased_at is null order by c.id desc limit $7"#,
        tx.organization().uuid(),
        typed,
        after(typed),
        text,
        after(text),
        id.map(CustomerId::uuid),
        ROWS,
        text.contains('@').then(|| email_key(text)),
        &beginnings,
        &beginnings.iter().map(|beginning| after(beginning)).collect::<Vec<_>>(),
        ADDRESSES_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

#[derive(Debug)]
pub struct Conversion {
    pub id: ConversionId,
    pub external_id: String,
    pub kind: String,
    pub amount: i64,
    pub currency: String,
    pub at: Timestamp,
    pub affiliate: Option<String>,
}

/// Finds conversions whose external id begins with the text, and those of some customers.
pub async fn conversions(
    tx: &mut TenantTx,
    typed: &str,
    id: Option<ConversionId>,
    customers: &[Uuid],
) -> Result<Vec<Conversion>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id, c.external_id, c.kind, c.amount, c.currency, c.occurred_at, a.name as "affiliate?"
           from conversions c
           join (select id from conversions where organization_id = $1 and id = $4
                 union
                 (select id from conversions
                  where organization_id = $1 and external_id ~>=~ $2 and external_id ~<~ $3 limit $5)
                 union
                 (select id from conversions where organization_id = $1 and customer_id = any ($6)
                  order by occurred_at desc limit $5)) found using (id)
           left join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 order by c.occurred_at desc limit $5"#,
        tx.organization().uuid(),
        typed,
        after(typed),
        id.map(ConversionId::uuid),
        ROWS,
        customers,
    )
    .fetch_all(tx.conn())
    .await?;
    let found = rows.into_iter().map(|row| Conversion {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        kind: row.kind,
        amount: row.amount,
        currency: row.currency,
        at: row.occurred_at,
        affiliate: row.affiliate,
    });
    Ok(found.collect())
}

#[derive(Debug)]
pub struct Commission {
    pub amount: i64,
    pub reserved: i64,
    pub currency: String,
    pub status: String,
    pub held: Option<String>,
    pub affiliate: String,
}

pub async fn commission(tx: &mut TenantTx, id: CommissionId) -> Result<Option<Commission>, sqlx::Error> {
    sqlx::query_as!(
        Commission,
        r#"select c.amount, c.reserved, c.currency, c.held, a.name as affiliate,
                  case when c.status = 'Paid' and exists (
                           select 1 from payout_items i
                           join payouts y on y.organization_id = i.organization_id and y.id = i.payout_id and y.settled_there
                           where i.organization_id = $1 and i.commission_id = c.id)
                       then 'SettledThere' else c.status end as "status!"
           from commissions c join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

#[derive(Debug)]
pub struct Payout {
    pub amount: i64,
    pub currency: String,
    pub status: String,
    pub affiliate: String,
}

pub async fn payout(tx: &mut TenantTx, id: PayoutId) -> Result<Option<Payout>, sqlx::Error> {
    sqlx::query_as!(
        Payout,
        r#"select p.amount, p.currency, a.name as affiliate,
                case when p.settled_there then 'SettledThere' else p.status end as "status!"
         from payouts p join affiliates a on a.organization_id = p.organization_id and a.id = p.affiliate_id
         where p.organization_id = $1 and p.id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// A text that sorts bytewise after all texts with this prefix.
fn after(text: &str) -> String {
    format!("{text}{}", char::MAX)
}
