//! SQL of link hosts.

use shared::{id::OrganizationId, timestamp::Timestamp};

use crate::db::{TenantTx, at, moment};

/// As it is stored.
#[derive(Debug, Clone)]
pub struct Row {
    pub host: String,
    pub default_destination: Option<String>,
    pub created_at: Timestamp,
    /// How many links it answers.
    pub links: i64,
}

/// The newest first; one of them, where `host` names it.
///
/// # Errors
/// Of the database.
pub async fn list(
    tx: &mut TenantTx,
    organization: OrganizationId,
    host: Option<&str>,
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select h.host, h.default_destination, h.created_at,
                  (select count(*) from links l where l.organization_id = h.organization_id and l.host = h.host) as "links!"
           from link_hosts h where h.organization_id = $1 and ($2::text is null or h.host = $2)
           order by h.created_at desc, h.host"#,
        organization.uuid(),
        host,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            host: row.host,
            default_destination: row.default_destination,
            created_at: moment(row.created_at),
            links: row.links,
        })
        .collect())
}

/// # Errors
/// Of the database; constraint `link_hosts_host` where the host is taken, be it by another organization.
pub async fn insert(
    tx: &mut TenantTx,
    organization: OrganizationId,
    host: &str,
    default_destination: Option<&str>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into link_hosts (organization_id, host, default_destination, created_at) values ($1, $2, $3, $4)",
        organization.uuid(),
        host,
        default_destination,
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// # Errors
/// Of the database.
pub async fn set_destination(
    tx: &mut TenantTx,
    organization: OrganizationId,
    host: &str,
    default_destination: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update link_hosts set default_destination = $3 where organization_id = $1 and host = $2",
        organization.uuid(),
        host,
        default_destination,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// # Errors
/// Of the database; constraint `links_organization_id_host_fkey` where links need it.
pub async fn delete(tx: &mut TenantTx, organization: OrganizationId, host: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from link_hosts where organization_id = $1 and host = $2", organization.uuid(), host)
        .execute(tx.conn())
        .await
        .map(drop)
}
