//! SQL of program pages, their logos, terms and applications.

use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;

use super::{block::Blocks, field::Field, terms::Terms};
use kit::{
    compiled_once,
    db::{
        GlobalTx, TenantTx,
        names_store::{self, Name},
    },
    page::picture::Picture,
};

/// A page as configured by its brand.
#[derive(Debug, Clone)]
pub struct Row {
    pub handle: String,
    pub headline: String,
    pub introduction: String,
    /// The page's color; `None` means the organization's.
    pub color: Option<String>,
    pub fields: Vec<Field>,
    pub blocks: Blocks,
    /// The program's setting: whether applicants are approved as soon as they confirm their email address.
    pub auto_approve: bool,
    pub published_at: Option<Timestamp>,
}

/// The values of the settings form.
#[derive(Debug, Clone)]
pub struct Settings {
    pub handle: String,
    pub headline: String,
    pub introduction: String,
    pub color: Option<String>,
    pub auto_approve: bool,
}

/// The brand that a page belongs to.
#[derive(Debug, Clone)]
pub struct Brand {
    pub name: String,
    pub slug: String,
    pub color: Option<String>,
    pub currency: Option<String>,
}

/// A logo without its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Logo {
    pub width: i32,
    pub height: i32,
    pub updated_at: Timestamp,
}

/// Finds the published page of a handle that the transaction's holder names. Ignores pages of organizations that are
/// scheduled for deletion.
pub async fn find(tx: &mut GlobalTx, handle: &str) -> Result<Option<(OrganizationId, ProgramId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select p.organization_id, p.program_id from program_pages p join tenants t on t.id = p.organization_id
         where p.handle = $1 and t.closed_at is null",
        handle,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.organization_id, row.program_id)))
}

#[compiled_once]
pub async fn read(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Row>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select g.handle, g.headline, g.introduction, g.color, g.fields as "fields: Json<Vec<Field>>",
                  g.blocks as "blocks: Json<Blocks>", p.auto_approve, g.published_at
           from program_pages g join programs p on p.organization_id = g.organization_id and p.id = g.program_id
           where g.organization_id = $1 and g.program_id = $2"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Row {
        handle: row.handle,
        headline: row.headline,
        introduction: row.introduction,
        color: row.color,
        fields: row.fields.0,
        blocks: row.blocks.0.complete(),
        auto_approve: row.auto_approve,
        published_at: row.published_at,
    }))
}

/// Returns false if the handle is taken or the program already has a page.
pub async fn insert(
    tx: &mut TenantTx,
    program: ProgramId,
    handle: &str,
    fields: &[Field],
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into program_pages (organization_id, program_id, handle, fields, created_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        tx.organization().uuid(),
        program.uuid(),
        handle,
        Json(fields) as _,
        now,
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 || names_store::try_claim(tx, Name::Handle(handle)).await? {
        return Ok(done.rows_affected() == 1);
    }
    sqlx::query!(
        "delete from program_pages where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(false)
}

/// Saves what belongs to the page; `auto_approve` is the program's.
///
/// # Errors
/// Constraint `program_pages_handle` if another page has the handle.
pub async fn update(tx: &mut TenantTx, program: ProgramId, settings: &Settings) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let before = sqlx::query_scalar!(
        "select handle from program_pages where organization_id = $1 and program_id = $2 for no key update",
        organization.uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(before) = before.filter(|before| *before != settings.handle) {
        names_store::release(tx, organization, Name::Handle(&before)).await?;
    }
    sqlx::query!(
        "update program_pages set handle = $3, headline = $4, introduction = $5, color = $6
         where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
        settings.handle,
        settings.headline,
        settings.introduction,
        settings.color,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Handle(&settings.handle)).await
}

pub async fn set_fields(tx: &mut TenantTx, program: ProgramId, fields: &[Field]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update program_pages set fields = $3 where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
        Json(fields) as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn set_blocks(tx: &mut TenantTx, program: ProgramId, blocks: &Blocks) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update program_pages set blocks = $3 where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
        Json(blocks) as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sets the time since which the page has been published; `None` hides it.
pub async fn publish(tx: &mut TenantTx, program: ProgramId, since: Option<Timestamp>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update program_pages set published_at = $3 where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
        since,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn brand(tx: &mut TenantTx) -> Result<Option<Brand>, sqlx::Error> {
    sqlx::query_as!(
        Brand,
        "select name, slug, brand_color as color, home_currency as currency from organizations
         where organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns the page's own logo.
pub async fn logo(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Logo>, sqlx::Error> {
    sqlx::query_as!(
        Logo,
        "select width, height, updated_at from program_logos where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns the logo that the page shows: its own, else the brand's.
pub async fn shown_logo(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Logo>, sqlx::Error> {
    sqlx::query_as!(
        Logo,
        r#"select width as "width!", height as "height!", updated_at as "updated_at!" from (
               select width, height, updated_at, 1 as place from program_logos
               where organization_id = $1 and program_id = $2
               union all
               select width, height, updated_at, 2 from organization_logos where organization_id = $1) logos
           order by place limit 1"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns the content type and bytes of [`shown_logo`].
pub async fn picture(tx: &mut TenantTx, program: ProgramId) -> Result<Option<(String, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select content_type as "content_type!", bytes as "bytes!" from (
               select content_type, bytes, 1 as place from program_logos
               where organization_id = $1 and program_id = $2
               union all
               select content_type, bytes, 2 from organization_logos where organization_id = $1) logos
           order by place limit 1"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.content_type, row.bytes)))
}

pub async fn set_logo(
    tx: &mut TenantTx,
    program: ProgramId,
    (picture, bytes): (Picture, &[u8]),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into program_logos (organization_id, program_id, content_type, bytes, width, height, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id, program_id) do update set content_type = excluded.content_type,
             bytes = excluded.bytes, width = excluded.width, height = excluded.height, updated_at = excluded.updated_at",
        tx.organization().uuid(),
        program.uuid(),
        picture.content_type,
        bytes,
        picture.width,
        picture.height,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn remove_logo(tx: &mut TenantTx, program: ProgramId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from program_logos where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the current terms; `None` if the program has none.
pub async fn terms(tx: &mut TenantTx, program: ProgramId) -> Result<Option<Terms>, sqlx::Error> {
    sqlx::query_as!(
        Terms,
        "select version, body, since from program_terms where organization_id = $1 and program_id = $2
         order by version desc limit 1",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns versions of the terms, newest first: one, or those before a version.
pub async fn terms_versions(
    tx: &mut TenantTx,
    program: ProgramId,
    (only, before): (Option<i32>, Option<i32>),
    limit: i64,
) -> Result<Vec<Terms>, sqlx::Error> {
    sqlx::query_as!(
        Terms,
        "select version, body, since from program_terms
         where organization_id = $1 and program_id = $2 and ($3::integer is null or version = $3)
           and ($4::integer is null or version < $4)
         order by version desc limit $5",
        tx.organization().uuid(),
        program.uuid(),
        only,
        before,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Inserts a new version, unless the text equals that of the last one. Returns the new version's number.
pub async fn change_terms(
    tx: &mut TenantTx,
    program: ProgramId,
    body: &str,
    now: Timestamp,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into program_terms (organization_id, program_id, version, body, since)
         select $1, $2, coalesce(max(version), 0) + 1, $3, $4 from program_terms
         where organization_id = $1 and program_id = $2
         having coalesce((array_agg(body order by version desc))[1], '') <> $3
         returning version",
        tx.organization().uuid(),
        program.uuid(),
        body,
        now,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Records an application, unless there is one already: its program, the version of the terms it accepted, and whether
/// that acceptance takes effect only after the first sign-in.
pub async fn insert_application(
    tx: &mut TenantTx,
    (program, affiliate): (ProgramId, AffiliateId),
    (terms_version, awaits_entry): (Option<i32>, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into applications (organization_id, affiliate_id, program_id, terms_version, created_at, awaits_entry)
         values ($1, $2, $3, $4, $5, $6) on conflict (organization_id, affiliate_id, program_id) do nothing",
        tx.organization().uuid(),
        affiliate.uuid(),
        program.uuid(),
        terms_version,
        now,
        awaits_entry,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns how many affiliates are waiting for a decision.
pub async fn waiting(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from affiliates where organization_id = $1 and status = 'Pending'"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The approved affiliate with this slug, or else the only one with this name; with their email address.
pub async fn recruiter(tx: &mut TenantTx, named: &str) -> Result<Option<(AffiliateId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id!", email as "email!", true as "by_slug!" from affiliates
           where organization_id = $1 and slug_key = lower($2) and status = 'Approved' and erased_at is null
           union all
           select id, email, false from affiliates
           where organization_id = $1 and name_key = lower($2) and status = 'Approved' and erased_at is null
           order by 3 desc limit 2"#,
        tx.organization().uuid(),
        named,
    )
    .fetch_all(tx.conn())
    .await?;
    let is_clear = rows.len() == 1 || rows.first().is_some_and(|row| row.by_slug);
    Ok(rows.into_iter().next().filter(|_| is_clear).map(|row| (AffiliateId::new(row.id), row.email)))
}
