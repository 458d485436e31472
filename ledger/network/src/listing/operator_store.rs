//! SQL of listings for the operator, who sees those of all organizations.

use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantsTx;

/// A listing as the operator reads it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub organization_id: OrganizationId,
    pub program_id: ProgramId,
    pub status: String,
    pub handle: String,
    pub brand: String,
    pub title: String,
    pub summary: String,
    pub description: String,
    pub site: Option<String>,
    pub topics: Vec<String>,
    pub offer: String,
    pub who_for: String,
    pub forbidden: String,
    pub reason: Option<String>,
    /// Whether it's listed, or its brand could list it again without an operator.
    pub is_approved: bool,
    /// Grows with each change.
    pub version: i64,
    /// When it was submitted, or else last changed.
    pub since: Timestamp,
}

/// Returns listings with one of these statuses, those that have waited longest first. Drafts only if they are approved.
pub(super) async fn list(tx: &mut TenantsTx, statuses: &[&str], limit: i64) -> Result<Vec<Entry>, sqlx::Error> {
    let tenants: Vec<Uuid> = tx.tenants().iter().map(|tenant| tenant.uuid()).collect();
    let statuses: Vec<String> = statuses.iter().map(|status| (*status).to_owned()).collect();
    sqlx::query_as!(
        Entry,
        r#"select organization_id, program_id, status, handle, brand, title, summary, description, site, topics, offer,
                  who_for, forbidden, reason, approved_at is not null as "is_approved!", version,
                  coalesce(submitted_at, updated_at) as "since!"
           from network_listings
           where organization_id = any ($1) and status = any ($2) and (status <> 'Draft' or approved_at is not null)
           order by coalesce(submitted_at, updated_at), organization_id, program_id limit $3"#,
        &tenants,
        &statuses,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}
