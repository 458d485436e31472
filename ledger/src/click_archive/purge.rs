//! `rekomi purge-organization`, with the organization's archives: their rows and keys go with all others, and then their
//! objects.

use anyhow::Context;
use shared::id::OrganizationId;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::month::Month;
use crate::clients;
use identity::organization::purge;
use kit::{
    config::files::FileSettings,
    migrate,
    storage::{Storage, click_archive_name},
};

/// # Errors
/// As [`purge::run`]; also if an object can't be deleted, which is unreadable by then.
pub async fn run(organization: OrganizationId, before_grace: bool) -> anyhow::Result<()> {
    let mut owner = migrate::connect_as_owner().await?;
    let objects = objects(&mut owner, organization).await?;
    owner.close().await.context("closing the connection")?;
    purge::run(organization, before_grace).await?;
    if objects.is_empty() {
        return Ok(());
    }
    clients::install_tls();
    let storage = Storage::new(FileSettings::from_env()?);
    for (organization, name) in objects {
        let deleted = storage.delete_named(organization, &name).await;
        deleted.with_context(|| format!("the keys are deleted, but {organization}/{name} is still in the storage"))?;
    }
    Ok(())
}

/// The objects of the organization and of its test mode.
async fn objects(
    owner: &mut PgConnection,
    organization: OrganizationId,
) -> anyhow::Result<Vec<(OrganizationId, String)>> {
    let mut tx = owner.begin().await?;
    let tenants: Vec<Uuid> = sqlx::query_scalar("select id from tenants where id = $1 or test_of = $1")
        .bind(organization)
        .fetch_all(&mut *tx)
        .await?;
    let list: Vec<String> = tenants.iter().map(Uuid::to_string).collect();
    // Row level security also binds the owner, unless it's a superuser, so the statement names the organizations, too.
    sqlx::query("select set_config('rekomi.tenants', $1, true)").bind(list.join(",")).execute(&mut *tx).await?;
    let rows: Vec<(Uuid, Uuid, time::Date)> = sqlx::query_as(
        "select organization_id, id, month from click_archives where organization_id = any ($1) and removed_at is null",
    )
    .bind(&tenants)
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let named = rows.into_iter().map(|(organization, id, month)| {
        (OrganizationId::new(organization), click_archive_name(&Month::of(month).to_string(), id))
    });
    Ok(named.collect())
}
