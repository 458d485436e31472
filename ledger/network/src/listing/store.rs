//! SQL of listings, for their brands.

use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use kit::{
    compiled_once,
    db::{
        TenantTx, TenantsTx,
        names_store::{self, Name},
    },
};
use rules::commission::plan::Component;

/// A listing as it is stored.
#[derive(Debug, Clone)]
pub struct Row {
    pub organization_id: OrganizationId,
    pub program_id: ProgramId,
    pub status: String,
    pub handle: String,
    pub brand: String,
    pub title: String,
    pub summary: String,
    pub description: String,
    pub site: Option<String>,
    pub offer: String,
    pub pays: Json<Vec<Component>>,
    pub earnings: Vec<String>,
    pub window_days: i32,
    pub hold_days: i32,
    pub payout_rhythm: String,
    pub plan_version_id: Option<Uuid>,
    pub currency: String,
    pub topics: Vec<String>,
    pub formats: Vec<String>,
    pub countries: Vec<String>,
    pub languages: Vec<String>,
    pub channel_kinds: Vec<String>,
    pub audience_min: String,
    pub who_for: String,
    pub forbidden: String,
    pub shares_figures: bool,
    pub epc_band: Option<String>,
    pub approval_band: Option<String>,
    pub payout_band: Option<String>,
    pub figures_at: Option<Timestamp>,
    pub searches_creators: bool,
    pub version: i64,
    pub submitted_at: Option<Timestamp>,
    pub approved_at: Option<Timestamp>,
    pub listed_at: Option<Timestamp>,
    /// When the operator declined or paused it, if it wasn't listed again since.
    pub suspended_at: Option<Timestamp>,
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What else a listing depends on.
#[derive(Debug)]
pub struct Setting {
    pub is_test: bool,
    /// `Manual`, `Weekly` or `Monthly`.
    pub payout_rhythm: String,
}

pub async fn setting(tx: &mut TenantTx) -> Result<Setting, sqlx::Error> {
    sqlx::query_as!(
        Setting,
        r#"select o.mode = 'test' as "is_test!", coalesce(s.schedule, 'Manual') as "payout_rhythm!"
           from organizations o left join payout_settings s on s.organization_id = o.organization_id
           where o.organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Reads a program's listing; `locked` makes others who change it wait.
#[compiled_once]
pub async fn read(tx: &mut TenantTx, program: ProgramId, locked: bool) -> Result<Option<Row>, sqlx::Error> {
    if locked {
        lock(tx, program).await?;
    }
    sqlx::query_as!(
        Row,
        r#"select organization_id, program_id, status, handle, brand, title, summary, description, site, offer,
                  pays as "pays: Json<Vec<Component>>", earnings, window_days, hold_days, payout_rhythm, plan_version_id,
                  currency, topics, formats, countries, languages, channel_kinds, audience_min, who_for, forbidden,
                  shares_figures, epc_band, approval_band, payout_band, figures_at, searches_creators, version,
                  submitted_at, approved_at, listed_at, suspended_at, reason, created_at, updated_at
           from network_listings where organization_id = $1 and program_id = $2"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

async fn lock(tx: &mut TenantTx, program: ProgramId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select version from network_listings where organization_id = $1 and program_id = $2 for update",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
    .map(drop)
}

/// Returns false if the handle is taken, or the program has a listing already.
pub async fn insert(
    tx: &mut TenantTx,
    program: ProgramId,
    (handle, brand, title): (&str, &str, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into network_listings (organization_id, program_id, handle, brand, title, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6) on conflict do nothing",
        tx.organization().uuid(),
        program.uuid(),
        handle,
        brand,
        title,
        now,
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 || names_store::try_claim(tx, Name::Listing(handle)).await? {
        return Ok(done.rows_affected() == 1);
    }
    sqlx::query!(
        "delete from network_listings where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(false)
}

/// Saves the whole row but its figures, as its next version. `topic_words` are the topics' names in all languages, which
/// search finds. Withdraws the figures if the brand no longer shares them.
#[compiled_once]
pub async fn save(tx: &mut TenantTx, row: &Row, topic_words: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_listings
         set status = $3, brand = $4, title = $5, summary = $6, description = $7, site = $8, offer = $9, pays = $10,
             earnings = $11, window_days = $12, hold_days = $13, payout_rhythm = $14, plan_version_id = $15,
             currency = $16, topics = $17, formats = $18, countries = $19, languages = $20, channel_kinds = $21,
             audience_min = $22, who_for = $23, forbidden = $24, shares_figures = $25, searches_creators = $26,
             submitted_at = $27, approved_at = $28, listed_at = $29, reason = $30, updated_at = $31,
             suspended_at = $33, version = version + 1,
             epc_band = case when $25 then epc_band end, approval_band = case when $25 then approval_band end,
             payout_band = case when $25 then payout_band end, figures_at = case when $25 then figures_at end,
             document = setweight(to_tsvector('simple', $5 || ' ' || $4), 'A')
                        || setweight(to_tsvector('simple', $6 || ' ' || $32), 'B')
                        || setweight(to_tsvector('simple', $7 || ' ' || $23), 'C')
         where organization_id = $1 and program_id = $2",
        tx.organization().uuid(),
        row.program_id.uuid(),
        row.status,
        row.brand,
        row.title,
        row.summary,
        row.description,
        row.site,
        row.offer,
        Json(&row.pays.0) as _,
        &row.earnings,
        row.window_days,
        row.hold_days,
        row.payout_rhythm,
        row.plan_version_id,
        row.currency,
        &row.topics,
        &row.formats,
        &row.countries,
        &row.languages,
        &row.channel_kinds,
        row.audience_min,
        row.who_for,
        row.forbidden,
        row.shares_figures,
        row.searches_creators,
        row.submitted_at,
        row.approved_at,
        row.listed_at,
        row.reason,
        now,
        topic_words,
        row.suspended_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Finds listings whose program, plan, payout schedule or brand has changed since the row was written, and shown ones
/// whose program can no longer be applied to.
pub async fn stale(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<(OrganizationId, ProgramId)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        "select l.organization_id, l.program_id
         from network_listings l
         join organizations o on o.organization_id = l.organization_id
         join programs p on p.organization_id = l.organization_id and p.id = l.program_id
         left join payout_settings s on s.organization_id = l.organization_id
         left join program_pages g on g.organization_id = l.organization_id and g.program_id = l.program_id
         left join lateral (
             select window_days from program_policies y
             where y.organization_id = l.organization_id and y.program_id = l.program_id
             order by y.effective_at <= $2 desc, y.effective_at desc limit 1) y on true
         left join lateral (
             select v.id, v.hold_days from plan_versions v
             where v.organization_id = l.organization_id and v.program_id = l.program_id and v.affiliate_id is null
               and v.segment is null and v.effective_at <= $2
             order by v.effective_at desc, v.id desc limit 1) v on true
         where l.organization_id = any ($1)
           and (l.brand <> o.name or l.site is distinct from p.destination or l.window_days <> y.window_days
                or l.plan_version_id is distinct from v.id or l.payout_rhythm <> coalesce(s.schedule, 'Manual')
                or l.status in ('Listed', 'Submitted')
                   and (p.archived_at is not null or g.published_at is null or v.id is null))
         order by 1, 2",
        &tenants,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.program_id)).collect())
}

/// The email addresses of the brand's owners.
pub async fn owners(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select u.email from memberships m join users u on u.id = m.user_id
         where m.organization_id = $1 and m.role = 'owner' order by 1",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await
}
