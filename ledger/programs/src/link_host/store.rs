//! SQL for link hosts.

use shared::{
    config::{host_key, link_key},
    id::OrganizationId,
    timestamp::Timestamp,
};

use super::{route::Route, verification::Problem};
use kit::db::{
    TenantTx, TenantsTx,
    names_store::{self, Name},
};

/// A stored link host.
#[derive(Debug, Clone)]
pub struct Row {
    pub host: String,
    pub default_destination: Option<String>,
    pub created_at: Timestamp,
    /// The number of links on it.
    pub links: i64,
    /// When the organization proved that it owns the host; it serves no links before.
    pub verified_at: Option<Timestamp>,
    /// When its DNS was last checked.
    pub checked_at: Option<Timestamp>,
    pub problem: Option<Problem>,
    /// Where a verified host leads, once that was checked.
    pub route: Option<Route>,
}

/// Newest first; only one if `host` is given.
pub async fn list(tx: &mut TenantTx, host: Option<&str>) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select h.host, h.default_destination, h.created_at, h.verified_at, h.checked_at, h.check_problem, h.route_state,
                  (select count(*) from links l where l.organization_id = $1 and l.host = h.host) as "links!"
           from link_hosts h where h.organization_id = $1 and ($2::text is null or h.host = $2)
           order by h.created_at desc, h.host"#,
        tx.organization().uuid(),
        host,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            host: row.host,
            default_destination: row.default_destination,
            created_at: row.created_at,
            links: row.links,
            verified_at: row.verified_at,
            checked_at: row.checked_at,
            problem: row.check_problem.as_deref().and_then(Problem::parse),
            route: row.route_state.as_deref().and_then(Route::parse),
        })
        .collect())
}

/// Inserts a claim, or with `verified` a host that needs no verification.
///
/// # Errors
/// Constraint `link_hosts_host` if it needs no verification and another organization has it.
pub async fn insert(
    tx: &mut TenantTx,
    host: &str,
    default_destination: Option<&str>,
    now: Timestamp,
    verified: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into link_hosts (organization_id, host, default_destination, created_at, verified_at)
         values ($1, $2, $3, $4, $5)",
        tx.organization().uuid(),
        host,
        default_destination,
        now,
        verified.then(|| now),
    )
    .execute(tx.conn())
    .await?;
    if verified { names_store::claim(tx, Name::Host(host)).await } else { Ok(()) }
}

pub async fn set_destination(
    tx: &mut TenantTx,
    host: &str,
    default_destination: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update link_hosts set default_destination = $3 where organization_id = $1 and host = $2",
        tx.organization().uuid(),
        host,
        default_destination,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// # Errors
/// Constraint `links_organization_id_host_fkey` if links use the host.
pub async fn delete(tx: &mut TenantTx, host: &str) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!("delete from link_hosts where organization_id = $1 and host = $2", organization.uuid(), host)
        .execute(tx.conn())
        .await?;
    names_store::release(tx, organization, Name::Host(host)).await
}

/// Marks the host as verified; returns whether it wasn't before.
///
/// # Errors
/// Constraint `link_hosts_host` if another organization has verified it.
pub async fn verify(tx: &mut TenantTx, host: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update link_hosts set verified_at = $3, checked_at = $3, check_problem = null
         where organization_id = $1 and host = $2 and verified_at is null",
        tx.organization().uuid(),
        host,
        now,
    )
    .execute(tx.conn())
    .await?;
    let is_new = done.rows_affected() == 1;
    if is_new {
        names_store::claim(tx, Name::Host(host)).await?;
    }
    Ok(is_new)
}

/// Makes the transaction's organization the owner of the keys at the edge of a host and of its links. They keep their
/// versions, and have no records, because the former organization is closed or gave the host up. Each is written anew, because
/// in a cluster no row can move to another organization.
pub async fn take_over_keys(tx: &mut TenantTx, former: OrganizationId, host: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with taken as (
             delete from edge_config where organization_id = $2 and (key = $3 or starts_with(key, $4))
             returning key, version, record, changed_at, pushed_version, attempts, next_attempt_at)
         insert into edge_config (organization_id, key, version, record, changed_at, pushed_version, attempts, next_attempt_at)
         select $1, key, version, record, changed_at, pushed_version, attempts, next_attempt_at from taken
         returning 1 as one",
        tx.organization().uuid(),
        former.uuid(),
        host_key(host),
        link_key(host, ""),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Stores why the host couldn't be verified.
pub async fn keep_problem(tx: &mut TenantTx, host: &str, problem: Problem, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update link_hosts set checked_at = $3, check_problem = $4
         where organization_id = $1 and host = $2 and verified_at is null",
        tx.organization().uuid(),
        host,
        now,
        problem.as_str(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores where a host leads; returns whether that changed.
pub async fn keep_route(tx: &mut TenantTx, host: &str, route: Route, now: Timestamp) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query_scalar!(
        r#"update link_hosts h set route_state = $3, route_checked_at = $4
           from (select host, route_state from link_hosts where organization_id = $1 and host = $2 for update) earlier
           where h.organization_id = $1 and h.host = earlier.host
           returning earlier.route_state is distinct from h.route_state as "changed!""#,
        tx.organization().uuid(),
        host,
        route.as_str(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(changed.unwrap_or_default())
}

/// Stores that a host was checked, without a result.
pub async fn checked(tx: &mut TenantTx, host: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update link_hosts set checked_at = $3 where organization_id = $1 and host = $2",
        tx.organization().uuid(),
        host,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns hosts of the transaction's tenants that don't serve links yet and are due for a check. Those that have waited
/// longest come first, so that nobody's many new hosts keep others waiting.
pub async fn due(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select o.id as "organization!", h.host
           from unnest($1::uuid[]) o (id) join link_hosts h on h.organization_id = o.id
           where (h.verified_at is null or h.route_state is distinct from 'active')
             and h.created_at > $2::timestamptz - interval '30 days' and h.host not like '%.invalid'
             and coalesce(greatest(h.checked_at, h.route_checked_at), '-infinity'::timestamptz)
                 < $2::timestamptz - case when h.created_at > $2::timestamptz - interval '1 hour'
                                          then interval '50 seconds' else interval '1 hour' end
           order by coalesce(greatest(h.checked_at, h.route_checked_at), '-infinity'::timestamptz), h.created_at desc
           limit 50"#,
        &tenants,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization), row.host)).collect())
}
