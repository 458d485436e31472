//! SQL of affiliates' pages of links.

use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use kit::{db::TenantTx, text::Language};

/// A page as its affiliate configured it.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub is_on: bool,
    pub introduction: String,
    /// Links and coupons, in order.
    pub items: Vec<Uuid>,
}

/// Whose page it is.
#[derive(Debug)]
pub struct Owner {
    pub id: AffiliateId,
    pub name: String,
    pub slug: String,
    pub language: Option<Language>,
}

/// What an affiliate can show: a link or a coupon that works.
#[derive(Debug)]
pub struct Choice {
    pub id: Uuid,
    /// Host and slug of a link, or a coupon's code.
    pub text: String,
    /// Where a link leads to, or the program of a coupon.
    pub about: String,
    pub is_code: bool,
}

/// Finds the approved affiliate with this link name.
pub async fn owner(tx: &mut TenantTx, slug: &str) -> Result<Option<Owner>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, name, slug, language from affiliates
         where organization_id = $1 and slug_key = lower($2) and status = 'Approved' and erased_at is null",
        tx.organization().uuid(),
        slug,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Owner {
        id: AffiliateId::new(row.id),
        name: row.name,
        slug: row.slug,
        language: row.language.as_deref().and_then(Language::parse),
    }))
}

/// The path's handle: of the program page that was published first.
pub async fn handle(tx: &mut TenantTx) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select handle from program_pages where organization_id = $1 and published_at is not null
         order by published_at, handle limit 1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// The affiliate's link name.
pub async fn slug(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select slug from affiliates where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn read(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Page>, sqlx::Error> {
    sqlx::query_as!(
        Page,
        "select is_on, introduction, items from bio_pages where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn write(tx: &mut TenantTx, affiliate: AffiliateId, page: &Page, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into bio_pages (organization_id, affiliate_id, is_on, introduction, items, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id, affiliate_id) do update
         set is_on = excluded.is_on, introduction = excluded.introduction, items = excluded.items,
             updated_at = excluded.updated_at",
        tx.organization().uuid(),
        affiliate.uuid(),
        page.is_on,
        page.introduction,
        &page.items,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Links first, oldest first. A code that the gateway has to create works while it's active there.
pub async fn choices(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Vec<Choice>, sqlx::Error> {
    sqlx::query_as!(
        Choice,
        r#"select id as "id!: Uuid", text as "text!", about as "about!", is_code as "is_code!" from (
               (select l.id, l.host || '/' || l.slug as text, l.destination as about, false as is_code from links l
                join programs p on p.organization_id = l.organization_id and p.id = l.program_id
                where l.organization_id = $1 and l.affiliate_id = $2 and l.disabled_at is null and p.archived_at is null
                order by l.id limit 50)
               union all
               (select c.id, c.code, p.name, true from coupons c
                join programs p on p.organization_id = c.organization_id and p.id = c.program_id
                left join gateway_coupons g on g.organization_id = $1 and g.coupon_id = c.id
                where c.organization_id = $1 and c.affiliate_id = $2 and c.archived_at is null and p.archived_at is null
                  and (g.status is null or g.status = 'active')
                order by c.id limit 50)) choices
           order by is_code, id"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}
