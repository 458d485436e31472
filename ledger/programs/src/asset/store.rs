//! SQL for assets.

use shared::{
    id::{AffiliateId, AssetId, FileId, ProgramId},
    text_enum,
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;

/// The maximum number of assets of an organization.
pub const ASSETS_MAX: i64 = 200;

text_enum! {
    Form { File, Text, Link }
}

#[derive(Debug)]
pub struct Asset {
    pub id: AssetId,
    pub form: Form,
    pub title: String,
    pub program: Option<ProgramId>,
    pub program_name: Option<String>,
    pub body: Option<String>,
    pub file: Option<FileId>,
    pub content_type: Option<String>,
    pub size: Option<i32>,
    pub created_at: Timestamp,
}

/// Which assets to list.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    pub id: Option<AssetId>,
    /// Only those for everyone, or for a program in which the affiliate has a link.
    pub affiliate: Option<AffiliateId>,
    pub program: Option<ProgramId>,
    pub form: Option<Form>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

impl Default for Filter {
    fn default() -> Self {
        Self { id: None, affiliate: None, program: None, form: None, after: None, limit: ASSETS_MAX }
    }
}

impl Filter {
    /// Every asset that the affiliate may see, or all of the organization's.
    pub fn of(affiliate: Option<AffiliateId>) -> Self {
        Self { affiliate, ..Self::default() }
    }
}

/// An asset about to be created.
#[derive(Debug)]
pub struct New<'a> {
    pub id: AssetId,
    pub form: Form,
    pub title: &'a str,
    pub program: Option<ProgramId>,
    pub body: Option<&'a str>,
    pub file: Option<FileId>,
}

pub async fn insert(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into assets (organization_id, id, program_id, kind, title, body, file_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.program.map(|id| id.uuid()),
        new.form.as_str(),
        new.title,
        new.body,
        new.file.map(|id| id.uuid()),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Asset>, sqlx::Error> {
    sqlx::query_as!(
        Asset,
        r#"select s.id, s.kind as "form: Form", s.title, s.program_id as program, p.name as "program_name?", s.body,
                  s.file_id as file, s.created_at,
                  f.content_type as "content_type?", f.size as "size?"
           from assets s
           left join programs p on p.organization_id = s.organization_id and p.id = s.program_id
           left join files f on f.organization_id = s.organization_id and f.id = s.file_id
           where s.organization_id = $1 and ($3::uuid is null or s.id = $3)
             and ($2::uuid is null or s.program_id is null
                  or exists (select from links l where l.organization_id = $1 and l.affiliate_id = $2
                             and l.program_id = s.program_id))
             and ($4::uuid is null or s.program_id = $4) and ($5::text is null or s.kind = $5)
             and ($6::uuid is null or s.id < $6)
           order by s.id desc limit $7"#,
        tx.organization().uuid(),
        filter.affiliate.map(|id| id.uuid()),
        filter.id.map(|id| id.uuid()),
        filter.program.map(|id| id.uuid()),
        filter.form.map(Form::as_str),
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Saves everything of an asset but its kind and its time.
pub async fn update(tx: &mut TenantTx, asset: &Asset) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update assets set title = $3, program_id = $4, body = $5, file_id = $6
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        asset.id.uuid(),
        asset.title,
        asset.program.map(|id| id.uuid()),
        asset.body,
        asset.file.map(|id| id.uuid()),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from assets where organization_id = $1"#,
        tx.organization().uuid()
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn delete(tx: &mut TenantTx, id: AssetId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from assets where organization_id = $1 and id = $2", tx.organization().uuid(), id.uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}

/// The programs that an asset can be for, by name.
pub async fn programs(tx: &mut TenantTx) -> Result<Vec<(ProgramId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name from programs where organization_id = $1 and archived_at is null order by name, id limit 200",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
