//! `rekomi purge-organization`, with the organization's files and archives: their rows and keys go with all others, and
//! then their objects.

use anyhow::{Context, ensure};
use shared::id::{FileId, OrganizationId};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::month::Month;
use crate::clients;
use identity::organization::purge;
use kit::{
    config::{Environment, files::FileSettings},
    migrate,
    storage::{Storage, click_archive_name},
    telemetry,
};

/// # Errors
/// As [`purge::run`]; also if the storage can't be opened or `REKOMI_FILES` may not be the ledger's, when nothing is deleted
/// yet, or if objects can't be deleted, which are unreadable by then.
pub async fn run(organization: OrganizationId, before_grace: bool) -> anyhow::Result<()> {
    // Without this, the messages of what comes first would be lost.
    telemetry::init(Environment::Production);
    let mut owner = migrate::connect_as_owner().await?;
    let objects = objects(&mut owner, organization).await?;
    owner.close().await.context("closing the connection")?;
    if objects.is_empty() {
        return purge::run(organization, before_grace).await;
    }
    clients::install_tls();
    let files = FileSettings::from_env()?;
    // In another folder, such as the default's, every object would be missing, and a missing one counts as deleted.
    files.must_be_shared(Environment::Production).context("nothing was deleted: the organization has files")?;
    let storage = Storage::new(files);
    storage.open()?;
    purge::run(organization, before_grace).await?;
    let mut left = Vec::new();
    for (organization, name) in objects {
        if let Err(error) = storage.delete_named(organization, &name).await {
            left.push(format!("{organization}/{name}: {error}"));
        }
    }
    ensure!(
        left.is_empty(),
        "the keys are deleted, but these objects are still in the storage; delete them there:\n{}",
        left.join("\n")
    );
    Ok(())
}

/// The objects of the organization and of its test modes.
async fn objects(
    owner: &mut PgConnection,
    organization: OrganizationId,
) -> anyhow::Result<Vec<(OrganizationId, String)>> {
    let mut tx = owner.begin().await?;
    let tenants = purge::family(&mut tx, organization).await?;
    let list: Vec<String> = tenants.iter().map(Uuid::to_string).collect();
    // Row level security also binds the owner, unless it's a superuser, so the statement names the organizations, too.
    sqlx::query("select set_config('rekomi.tenants', $1, true)").bind(list.join(",")).execute(&mut *tx).await?;
    let rows: Vec<(Uuid, Uuid, time::Date)> = sqlx::query_as(
        "select organization_id, id, month from click_archives where organization_id = any ($1) and removed_at is null",
    )
    .bind(&tenants)
    .fetch_all(&mut *tx)
    .await?;
    let files: Vec<(Uuid, Uuid)> =
        sqlx::query_as("select organization_id, id from files where organization_id = any ($1) and removed_at is null")
            .bind(&tenants)
            .fetch_all(&mut *tx)
            .await?;
    tx.commit().await?;
    let files = files.into_iter().map(|(organization, id)| {
        // The storage names a file by its id.
        (OrganizationId::new(organization), FileId::new(id).to_string())
    });
    let named = rows.into_iter().map(|(organization, id, month)| {
        (OrganizationId::new(organization), click_archive_name(&Month::of(month).to_string(), id))
    });
    Ok(named.chain(files).collect())
}
