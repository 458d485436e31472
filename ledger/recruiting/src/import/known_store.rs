//! SQL that loads, as sets, what rows are compared with: affiliates, slugs, coupons, and the affiliates of customers.

use std::collections::{BTreeMap, HashMap};

use shared::id::{AffiliateId, ProgramId};

use super::{
    decide::{Knowledge, Known},
    field::Source,
    row::{AffiliateRow, CustomerRow},
    sale_row::SaleRow,
};
use kit::db::TenantTx;
use programs::link::store as link_store;
use rules::coupon::key::key;

pub async fn of_affiliates(tx: &mut TenantTx, rows: &[&AffiliateRow]) -> Result<Knowledge, sqlx::Error> {
    let emails: Vec<String> = rows.iter().map(|row| row.email.clone()).collect();
    let slugs: Vec<String> = rows.iter().filter_map(|row| Some(row.slug.as_ref()?.to_lowercase())).collect();
    let codes: Vec<String> = rows.iter().filter_map(|row| Some(key(row.coupon.as_ref()?))).collect();
    let mut all = Knowledge { lacks_host: link_store::link_host(tx, None).await?.is_none(), ..Knowledge::default() };
    affiliates(tx, &emails, &slugs, &mut all).await?;
    let coupons = sqlx::query!(
        r#"select code_key as "code!", affiliate_id as "affiliate_id!" from coupons
           where organization_id = $1 and archived_at is null and code_key = any ($2)
           union all
           select external_key, affiliate_id from coupons
           where organization_id = $1 and archived_at is null and external_key = any ($2)"#,
        tx.organization().uuid(),
        &codes,
    )
    .fetch_all(tx.conn())
    .await?;
    all.coupons = coupons.into_iter().map(|row| (row.code, AffiliateId::new(row.affiliate_id))).collect();
    Ok(all)
}

/// Loads the affiliates that sales name.
pub async fn of_sales(tx: &mut TenantTx, source: Source, rows: &[&SaleRow]) -> Result<Knowledge, sqlx::Error> {
    let emails: Vec<String> = rows.iter().filter_map(|row| row.affiliate_email.clone()).collect();
    let slugs: Vec<String> = rows.iter().filter_map(|row| Some(row.affiliate_slug.as_ref()?.to_lowercase())).collect();
    of_named(tx, source, (emails, slugs)).await
}

/// Loads the affiliates with these emails, or these slugs or tokens in lower case.
pub(super) async fn of_named(
    tx: &mut TenantTx,
    source: Source,
    (emails, slugs): (Vec<String>, Vec<String>),
) -> Result<Knowledge, sqlx::Error> {
    let mut all = Knowledge { by_token: tokens(tx, source, &slugs).await?, ..Knowledge::default() };
    affiliates(tx, &emails, &slugs, &mut all).await?;
    Ok(all)
}

/// Returns, by the rows' ids, verified sales of the same customers with the same amounts, at most a day before or
/// after. They may be the rows' sales under ids that the file doesn't have.
pub async fn similar(tx: &mut TenantTx, rows: &[&SaleRow]) -> Result<HashMap<String, String>, sqlx::Error> {
    let sales = rows.iter().filter(|row| !row.is_lead && row.amount.minor > 0);
    let (names, sales): (Vec<String>, Vec<&SaleRow>) =
        sales.filter_map(|row| Some((row.customer_id.clone().or_else(|| row.customer_email.clone())?, *row))).unzip();
    // The customers are found first: many sales have the same amount.
    let found = sqlx::query!(
        r#"with bought as materialized (
               select r.id, r.amount, r.currency, r.sold_at, c.id as customer_id
               from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[])
                    r (id, customer, amount, currency, sold_at)
               join customers c on c.organization_id = $1 and c.external_id = r.customer)
           select b.id as "id!", s.external_id as "external_id!"
           from bought b
           join conversions s on s.organization_id = $1 and s.customer_id = b.customer_id and s.amount = b.amount
            and s.currency = b.currency
           where s.verified and s.kind <> 'Lead' and s.source <> 'Import'
             and s.occurred_at between b.sold_at - interval '1 day' and b.sold_at + interval '1 day'
           order by s.external_id"#,
        tx.organization().uuid(),
        &sales.iter().map(|row| row.external_id.clone()).collect::<Vec<_>>(),
        &names,
        &sales.iter().map(|row| row.amount.minor).collect::<Vec<_>>(),
        &sales.iter().map(|row| row.amount.currency.code().to_owned()).collect::<Vec<_>>(),
        &sales.iter().map(|row| row.sold_at).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| (row.id, row.external_id)).collect())
}

pub async fn of_customers(
    tx: &mut TenantTx,
    (program, source): (ProgramId, Source),
    rows: &[&CustomerRow],
) -> Result<Knowledge, sqlx::Error> {
    let emails: Vec<String> = rows.iter().filter_map(|row| row.affiliate_email.clone()).collect();
    let slugs: Vec<String> = rows.iter().filter_map(|row| Some(row.affiliate_slug.as_ref()?.to_lowercase())).collect();
    let names: Vec<String> = rows.iter().map(|row| row.name.clone()).collect();
    let mut all = Knowledge { by_token: tokens(tx, source, &slugs).await?, ..Knowledge::default() };
    affiliates(tx, &emails, &slugs, &mut all).await?;
    all.bound = bound(tx, program, &names).await?;
    Ok(all)
}

/// Loads the affiliates with these emails, and those who own these slugs.
async fn affiliates(
    tx: &mut TenantTx,
    emails: &[String],
    slugs: &[String],
    all: &mut Knowledge,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let owners = sqlx::query!(
        r#"select slug_key as "slug!", id as "id!" from affiliates
           where organization_id = $1 and slug_key = any ($2)
           union all
           select slug_key, affiliate_id from links where organization_id = $1 and slug_key = any ($2)
           union all
           select requested.slug, r.affiliate_id from unnest($2::text[]) requested (slug)
           join reserved_slugs r on r.organization_id = $1 and r.slug_hash = sha256(convert_to(requested.slug, 'UTF8'))
            and r.credits"#,
        organization.uuid(),
        slugs,
    )
    .fetch_all(tx.conn())
    .await?;
    let tokens = all.by_token.values().map(|id| id.uuid());
    let owner_ids: Vec<uuid::Uuid> = owners.iter().map(|row| row.id).chain(tokens).collect();
    let rows = sqlx::query!(
        r#"select a.id, a.slug, a.email, a.status,
                  exists (select from links l where l.organization_id = $1 and l.affiliate_id = a.id) as "has_link!",
                  exists (select from payout_methods m where m.organization_id = $1 and m.affiliate_id = a.id)
                  or exists (select from payout_accounts p
                             where p.organization_id = $1 and p.affiliate_id = a.id) as "paid_somehow!"
           from affiliates a
           where a.organization_id = $1 and a.erased_at is null and (a.email = any ($2) or a.id = any ($3))"#,
        organization.uuid(),
        emails,
        &owner_ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        all.add(Known {
            id: AffiliateId::new(row.id),
            slug: row.slug,
            email: row.email,
            approved: row.status == "Approved",
            has_link: row.has_link,
            paid_somehow: row.paid_somehow,
        });
    }
    all.by_slug.extend(owners.into_iter().map(|row| (row.slug, AffiliateId::new(row.id))));
    Ok(())
}

/// Returns the affiliates that these tokens belonged to on the source platform.
async fn tokens(
    tx: &mut TenantTx,
    source: Source,
    tokens: &[String],
) -> Result<HashMap<String, AffiliateId>, sqlx::Error> {
    let rows = sqlx::query!(
        "select token, affiliate_id from import_tokens where organization_id = $1 and source = $2 and token = any ($3)",
        tx.organization().uuid(),
        source.as_str(),
        tokens,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.token, row.affiliate_id)).collect())
}

/// Stores which affiliate each token belonged to on the source platform; the latest import wins.
pub async fn keep_tokens(
    tx: &mut TenantTx,
    source: Source,
    tokens: &BTreeMap<String, AffiliateId>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into import_tokens (organization_id, source, token, affiliate_id)
         select $1, $2, token, affiliate_id from unnest($3::text[], $4::uuid[]) t (token, affiliate_id)
         on conflict (organization_id, source, token) do update set affiliate_id = excluded.affiliate_id
         where import_tokens.affiliate_id <> excluded.affiliate_id",
        tx.organization().uuid(),
        source.as_str(),
        &tokens.keys().cloned().collect::<Vec<_>>(),
        &tokens.values().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns each customer's affiliate in a program: by a person's decision about the customer, else by an import, or by
/// the first sale that an affiliate is credited with and no person denied. If the decision was that the customer is
/// nobody's, only what came later binds. A decision about a claim of an order that was only made later says nothing,
/// unless a person approved the claim, too.
async fn bound(
    tx: &mut TenantTx,
    program: ProgramId,
    names: &[String],
) -> Result<HashMap<String, (AffiliateId, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.external_id, coalesce(m.affiliate_id, t.affiliate_id, s.affiliate_id) as "affiliate_id?",
                  m.affiliate_id is null and t.affiliate_id is not null as "by_import!"
           from customers c
           left join lateral (
               select d.affiliate_id, s.occurred_at from conversions s
               join decisions d on d.organization_id = $1 and d.conversion_id = s.id
               where s.organization_id = $1 and s.customer_id = c.id and d.kind = 'Reattribute' and d.reach = 'Customer'
                 and (d.program_id = $2 or d.affiliate_id is null)
                 and not (d.about_claim and s.verified and d.decided_at < s.occurred_at
                          and (select r.kind from decisions r
                               where r.organization_id = $1 and r.conversion_id = s.id and r.about_claim
                                 and r.kind in ('Approve', 'Deny')
                               order by r.decided_at desc, r.id desc limit 1) is distinct from 'Approve')
               order by s.occurred_at desc, s.external_id desc, d.decided_at desc, d.id desc limit 1) m on true
           left join lateral (
               select affiliate_id from touches t
               where t.organization_id = $1 and t.customer_id = c.id and t.kind = 'import' and t.program_id = $2
                 and (m.occurred_at is null or t.reported_at > m.occurred_at)
               order by t.reported_at, t.touched_at, t.event_id limit 1) t on true
           left join lateral (
               select affiliate_id from conversions s
               where s.organization_id = $1 and s.customer_id = c.id and s.program_id = $2
                 and s.affiliate_id is not null and s.kind <> 'Lead' and s.review is distinct from 'Denied'
                 and (m.occurred_at is null or s.occurred_at > m.occurred_at)
               order by s.occurred_at limit 1) s on true
           where c.organization_id = $1 and c.external_id = any ($3)"#,
        tx.organization().uuid(),
        program.uuid(),
        names,
    )
    .fetch_all(tx.conn())
    .await?;
    let bound = rows.into_iter().filter_map(|row| {
        let affiliate = AffiliateId::new(row.affiliate_id?);
        Some((row.external_id, (affiliate, row.by_import)))
    });
    Ok(bound.collect())
}
