//! SQL for what a plan's conditions are picked from. A field parts its values by commas, so none has one.

use shared::id::AffiliateId;

use kit::db::TenantTx;

/// How many boxes a condition has.
const BOXES_MAX: i64 = 20;
/// Products and countries are those of this many of the latest conversions.
const CONVERSIONS_MAX: i64 = 500;

pub(super) async fn segments(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct segment as "segment!" from affiliate_segments
           where organization_id = $1 and segment is not null and strpos(segment, ',') = 0 order by 1 limit $2"#,
        tx.organization().uuid(),
        BOXES_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

pub(super) async fn products(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select product_id as "product!"
           from (select product_id from conversions where organization_id = $1
                 order by occurred_at desc, id desc limit $2) latest
           where product_id is not null and strpos(product_id, ',') = 0
           group by product_id order by count(*) desc, product_id limit $3"#,
        tx.organization().uuid(),
        CONVERSIONS_MAX,
        BOXES_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

/// Two-letter codes.
pub(super) async fn countries(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select country as "country!"
           from (select details ->> 'country' as country from conversions where organization_id = $1
                 order by occurred_at desc, id desc limit $2) latest
           where country is not null group by country order by count(*) desc, country limit $3"#,
        tx.organization().uuid(),
        CONVERSIONS_MAX,
        BOXES_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

/// The newest approved affiliates with their names.
pub(super) async fn affiliates(tx: &mut TenantTx) -> Result<Vec<(AffiliateId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name, email from affiliates
         where organization_id = $1 and status = 'Approved' order by id desc limit $2",
        tx.organization().uuid(),
        BOXES_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let named = |name: String, email: String| if name.is_empty() { email } else { name };
    Ok(rows.into_iter().map(|row| (AffiliateId::new(row.id), named(row.name, row.email))).collect())
}
