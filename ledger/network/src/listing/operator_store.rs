//! SQL of listings for the operator, who sees those of all organizations.

use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};

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

/// Which listings, and in which order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter<'a> {
    pub statuses: &'a [&'a str],
    /// A part of the brand's name, the title or the handle; empty for all.
    pub search: &'a str,
    /// Otherwise those that have waited longest come first.
    pub newest_first: bool,
    pub limit: i64,
}

/// Returns listings. Drafts only if they are approved.
pub(super) async fn list(tx: &mut TenantsTx, filter: Filter<'_>) -> Result<Vec<Entry>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let statuses: Vec<String> = filter.statuses.iter().map(|status| (*status).to_owned()).collect();
    sqlx::query_as!(
        Entry,
        r#"select organization_id, program_id, status, handle, brand, title, summary, description, site, topics, offer,
                  who_for, forbidden, reason, approved_at is not null as "is_approved!", version,
                  coalesce(submitted_at, updated_at) as "since!"
           from network_listings
           where organization_id = any ($1) and status = any ($2) and (status <> 'Draft' or approved_at is not null)
             and ($3 = '' or strpos(lower(brand || ' ' || title || ' ' || handle), lower($3)) > 0)
           order by case when $4 then coalesce(submitted_at, updated_at) end desc, coalesce(submitted_at, updated_at),
                    organization_id, program_id limit $5"#,
        &tenants,
        &statuses,
        filter.search,
        filter.newest_first,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await
}
