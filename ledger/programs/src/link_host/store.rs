//! SQL for link hosts.

use shared::timestamp::Timestamp;

use super::verification::Problem;
use kit::db::TenantTx;

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
}

/// Newest first; only one if `host` is given.
pub async fn list(tx: &mut TenantTx, host: Option<&str>) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select h.host, h.default_destination, h.created_at, h.verified_at, h.checked_at, h.check_problem,
                  (select count(*) from links l where l.organization_id = h.organization_id and l.host = h.host) as "links!"
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
    .await
    .map(drop)
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
    sqlx::query!("delete from link_hosts where organization_id = $1 and host = $2", tx.organization().uuid(), host)
        .execute(tx.conn())
        .await
        .map(drop)
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
    Ok(done.rows_affected() == 1)
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
