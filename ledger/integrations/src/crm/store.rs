//! SQL for CRM connections.

use std::collections::{BTreeMap, HashMap};

use connector::{Account, Choice, Connector, Known, providers};
use shared::{
    id::{CrmConnectionId, OrganizationId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::encryption;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// A stored connection.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: CrmConnectionId,
    /// The connector's slug.
    pub vendor: String,
    /// `active`, `paused` (by us) or `disabled` (by the brand).
    pub status: String,
    pub paused_code: Option<String>,
    pub paused_reason: Option<String>,
    pub paused_at: Option<Timestamp>,
    /// The account's name from the vendor; empty where the vendor doesn't return one.
    pub account: String,
    /// The credentials that aren't secret, by field name.
    pub settings: BTreeMap<String, String>,
    pub sealed_credentials: String,
    pub found: Known,
    pub list: Option<Choice>,
    pub tags: Vec<String>,
    pub segment_tag: bool,
    pub events: Vec<String>,
    pub wait_until: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl Row {
    /// # Errors
    /// 500 for a vendor that this build doesn't know.
    pub fn connector(&self) -> Result<&'static dyn Connector> {
        let unknown = || Error::internal(format!("no connector named {}", self.vendor));
        providers::named(&self.vendor).ok_or_else(unknown)
    }
}

/// Returns the credentials and the known facts about the account, as the connector takes them.
///
/// # Errors
/// 409 `credentials_unreadable` where the stored credentials can't be opened any more: an encryption key was removed
/// too early, or the row was moved manually.
pub fn account(state: &AppState, organization: OrganizationId, row: &Row) -> Result<Account> {
    let opened = encryption::open(&state.config.keys, organization, row.id, &row.sealed_credentials);
    let mut credentials = opened.map_err(|error| {
        tracing::error!(
            event = "crm.credentials_unreadable", connection = %row.id,
            "stored credentials could not be opened: {error}"
        );
        let message = "The stored credentials can\u{2019}t be decrypted anymore. Enter them again.";
        Error::new(axum::http::StatusCode::CONFLICT, Code::CredentialsUnreadable, message)
    })?;
    credentials.extend(row.settings.clone());
    Ok(Account { credentials, found: row.found.clone() })
}

/// Selects connections.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<Uuid>,
    pub vendor: Option<&'static str>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lists connections, newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> std::result::Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, vendor, status, paused_code, paused_reason, paused_at, account,
                  settings as "settings: Json<BTreeMap<String, String>>", sealed_credentials, found as "found: Json<Known>",
                  list as "list: Json<Choice>", tags, segment_tag, events, wait_until, last_success_at, last_error,
                  last_error_at, created_at
           from crm_connections
           where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or vendor = $3)
             and ($4::uuid is null or id < $4)
           order by id desc limit $5"#,
        tx.organization().uuid(),
        filter.id,
        filter.vendor,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        id: CrmConnectionId::new(row.id),
        vendor: row.vendor,
        status: row.status,
        paused_code: row.paused_code,
        paused_reason: row.paused_reason,
        paused_at: row.paused_at,
        account: row.account,
        settings: row.settings.0,
        sealed_credentials: row.sealed_credentials,
        found: row.found.0,
        list: row.list.map(|list| list.0),
        tags: row.tags,
        segment_tag: row.segment_tag,
        events: row.events,
        wait_until: row.wait_until,
        last_success_at: row.last_success_at,
        last_error: row.last_error,
        last_error_at: row.last_error_at,
        created_at: row.created_at,
    });
    Ok(rows.collect())
}

/// Counts the organization's connections.
pub async fn count(tx: &mut TenantTx) -> std::result::Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from crm_connections where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The number of a connection's waiting and failed syncs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub waiting: i64,
    /// Failed syncs since a given time, without those that were ended on purpose.
    pub failed: i64,
}

/// Counts the syncs of every connection, by connection id.
pub async fn counts(
    tx: &mut TenantTx,
    since: Timestamp,
) -> std::result::Result<HashMap<CrmConnectionId, Counts>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id,
                  (select count(*) from crm_syncs s
                   where s.organization_id = $1 and s.connection_id = c.id
                     and s.next_at is not null) as "waiting!",
                  (select count(*) from crm_syncs s
                   where s.organization_id = $1 and s.connection_id = c.id and s.state = 'Failed'
                     and s.code not in ('left_alone', 'superseded') and s.finished_at >= $2) as "failed!"
           from crm_connections c where c.organization_id = $1"#,
        tx.organization().uuid(),
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    let counts = |waiting, failed| Counts { waiting, failed };
    Ok(rows.into_iter().map(|row| (CrmConnectionId::new(row.id), counts(row.waiting, row.failed))).collect())
}

/// # Errors
/// 404 where there is none.
pub async fn read(tx: &mut TenantTx, id: CrmConnectionId) -> Result<Row> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    list(tx, &filter).await?.pop().ok_or_else(Error::not_found)
}

/// Like [`read`], but also locks the row, so that no other transaction changes it until this one ends.
pub async fn lock(tx: &mut TenantTx, id: CrmConnectionId) -> Result<Row> {
    sqlx::query!(
        "select 1 as one from crm_connections where organization_id = $1 and id = $2 for no key update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    read(tx, id).await
}

pub async fn insert(tx: &mut TenantTx, row: &Row) -> std::result::Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into crm_connections (organization_id, id, vendor, account, settings, sealed_credentials, found, list, tags,
                                      segment_tag, events, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tx.organization().uuid(),
        row.id.uuid(),
        row.vendor,
        row.account,
        Json(&row.settings) as _,
        row.sealed_credentials,
        Json(&row.found) as _,
        row.list.as_ref().map(Json) as _,
        &row.tags,
        row.segment_tag,
        &row.events,
        row.created_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Saves everything that people can change: settings, credentials, status.
pub async fn update(tx: &mut TenantTx, row: &Row) -> std::result::Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections
         set status = $3, paused_code = $4, paused_reason = $5, paused_at = $6, account = $7, settings = $8,
             sealed_credentials = $9, found = $10, list = $11, tags = $12, segment_tag = $13, events = $14
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        row.id.uuid(),
        row.status,
        row.paused_code,
        row.paused_reason,
        row.paused_at,
        row.account,
        Json(&row.settings) as _,
        row.sealed_credentials,
        Json(&row.found) as _,
        row.list.as_ref().map(Json) as _,
        &row.tags,
        row.segment_tag,
        &row.events,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records the problem that a test found.
pub async fn failed(
    tx: &mut TenantTx,
    id: CrmConnectionId,
    problem: &str,
    now: Timestamp,
) -> std::result::Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections set last_error = $3, last_error_at = $4 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        problem,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes the connection with its overrides, its syncs and the known state of its contacts.
pub async fn delete(tx: &mut TenantTx, id: CrmConnectionId) -> std::result::Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from crm_connections where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid()
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
