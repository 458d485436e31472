//! SQL for a program's links and coupons with their affiliates.

use std::collections::HashMap;

use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    coupons::Coupon,
    links::Link,
    share::{Row, ShareFilters},
};
use crate::coupon::sales_store;
use engine::intake::days_store::{self, By};
use kit::{
    db::{TenantTx, plan_store},
    page::span::Span,
};
use rules::coupon::key::key;

/// Links with their clicks in a period. When ordered by clicks, `ranking` contains all links that have clicks.
pub(super) async fn links(
    tx: &mut TenantTx,
    requested: &ShareFilters,
    span: &Span,
    ranking: &[(Uuid, i64)],
) -> Result<Vec<Row<Link>>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let (links, figures): (Vec<Uuid>, Vec<i64>) = ranking.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"select l.id, l.affiliate_id, a.name, a.email, l.host, l.slug, l.destination,
                  l.disabled_at is not null as "disabled!", l.created_at
           from links l
           join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id
           left join unnest($3::uuid[], $11::bigint[]) c (link_id, clicks) on c.link_id = l.id
           where l.organization_id = $1 and l.program_id = $2
             and ($4::boolean is null or $4 = (l.disabled_at is not null))
             and ($5::text is null or strpos(l.slug_key, $5) > 0 or strpos(lower(l.destination), $5) > 0
                  or strpos(lower(a.name), $5) > 0 or strpos(a.email, $5) > 0)
             and ($10::uuid is null or l.id > $10)
           order by case when $6 = 'slug' and not $7 then l.slug_key when $6 = 'name' and not $7 then lower(a.name) end,
                    case when $6 = 'slug' and $7 then l.slug_key when $6 = 'name' and $7 then lower(a.name) end desc,
                    case when $6 = 'clicks' then coalesce(c.clicks, 0) * case when $7 then -1 else 1 end end,
                    case when $6 = 'made' and not $7 then l.id end, l.id desc
           limit $8 offset $9"#,
        tx.organization().uuid(),
        requested.program.uuid(),
        &links,
        requested.retired,
        requested.text,
        requested.sort.key,
        requested.sort.descending,
        requested.page.limit(),
        requested.page.offset(),
        requested.after,
        &figures,
    )
    .fetch_all(tx.conn())
    .await?;
    let whose: Vec<Uuid> = rows.iter().map(|row| row.affiliate_id).collect();
    let clicks = days_store::within(tx, By::Link, Some(&whose), Some(requested.program.uuid()), span).await?;
    let clicks: HashMap<Uuid, i64> = clicks.into_iter().collect();
    let row = rows.into_iter().map(|row| Row {
        id: row.id.uuid(),
        affiliate: AffiliateId::new(row.affiliate_id),
        name: row.name,
        email: row.email,
        retired: row.disabled,
        created_at: row.created_at,
        own: Link {
            host: row.host,
            slug: row.slug,
            destination: row.destination,
            clicks: clicks.get(&row.id.uuid()).copied().unwrap_or_default(),
        },
    });
    Ok(row.collect())
}

/// Coupons with what they sold lately.
pub(super) async fn coupons(
    tx: &mut TenantTx,
    requested: &ShareFilters,
    now: Timestamp,
) -> Result<Vec<Row<Coupon>>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.affiliate_id, a.name, a.email, c.code, c.external_id, c.overrides_click,
                  c.archived_at is not null as "archived!", c.created_at, g.status as "status?", g.problem as "problem?"
           from coupons c
           left join gateway_coupons g on g.organization_id = c.organization_id and g.coupon_id = c.id
           join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           where c.organization_id = $1 and c.program_id = $2
             and ($3::boolean is null or $3 = (c.archived_at is not null))
             and ($4::text is null or strpos(c.code_key, $10) > 0 or strpos(c.external_key, $10) > 0
                  or strpos(lower(a.name), $4) > 0 or strpos(a.email, $4) > 0)
             and ($9::uuid is null or c.id > $9)
           order by case when $5 = 'code' and not $6 then c.code_key when $5 = 'name' and not $6 then lower(a.name) end,
                    case when $5 = 'code' and $6 then c.code_key when $5 = 'name' and $6 then lower(a.name) end desc,
                    case when $5 = 'made' and not $6 then c.id end, c.id desc
           limit $7 offset $8"#,
        tx.organization().uuid(),
        requested.program.uuid(),
        requested.retired,
        requested.text,
        requested.sort.key,
        requested.sort.descending,
        requested.page.limit(),
        requested.page.offset(),
        requested.after,
        requested.text.as_deref().map(key),
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut sold = sales_store::lately(tx, &ids, now).await?;
    let row = rows.into_iter().map(|row| Row {
        id: row.id,
        affiliate: row.affiliate_id,
        name: row.name,
        email: row.email,
        retired: row.archived,
        created_at: row.created_at,
        own: Coupon {
            code: row.code,
            external_id: row.external_id,
            overrides_click: row.overrides_click,
            at_gateway: row.status.map(|status| (status, row.problem)),
            sold: sold.remove(&row.id).unwrap_or_default(),
        },
    });
    Ok(row.collect())
}

/// The affiliate with that id, slug or email.
pub(super) async fn find(tx: &mut TenantTx, text: &str) -> Result<Option<AffiliateId>, sqlx::Error> {
    let id = text.parse::<AffiliateId>().ok().map(AffiliateId::uuid);
    let found = sqlx::query_scalar!(
        "select id from affiliates
         where organization_id = $1 and (id = $3 or email = lower($2) or slug_key = lower($2)) limit 1",
        tx.organization().uuid(),
        text,
        id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(AffiliateId::new))
}

pub(super) async fn names(tx: &mut TenantTx, ids: &[AffiliateId]) -> Result<HashMap<AffiliateId, String>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select id, name, email from affiliates where organization_id = $1 and id = any ($2)",
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let named = |name: String, email: String| if name.is_empty() { email } else { name };
    Ok(rows.into_iter().map(|row| (AffiliateId::new(row.id), named(row.name, row.email))).collect())
}

/// The newest approved affiliates' emails and names, as suggestions for a field.
pub(super) async fn suggested(tx: &mut TenantTx) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select email, name from affiliates where organization_id = $1 and status = 'Approved' order by id desc limit 100",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.email, row.name)).collect())
}
