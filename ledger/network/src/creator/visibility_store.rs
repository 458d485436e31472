//! SQL of who may see a profile.

use shared::{
    id::{CreatorId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::store;
use kit::db::GlobalTx;

pub(super) async fn is_disposable(tx: &mut GlobalTx, creator: CreatorId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select is_disposable from creators where id = $1", creator.uuid());
    Ok(found.fetch_optional(tx.conn()).await?.unwrap_or(true))
}

/// The operator's reason, if the creator is suspended.
pub(super) async fn suspended(tx: &mut GlobalTx, creator: CreatorId) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query!("select suspended_at, suspended_reason from creators where id = $1", creator.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.filter(|row| row.suspended_at.is_some()).map(|row| row.suspended_reason.unwrap_or_default()))
}

/// Whether the creator waits to be listed.
pub(super) async fn waits(tx: &mut GlobalTx, creator: CreatorId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select waits_since is not null as "waits!" from creator_profiles where creator_id = $1"#,
        creator.uuid(),
    );
    Ok(found.fetch_optional(tx.conn()).await?.unwrap_or(false))
}

/// The creator wants to be listed, and the operator looks first.
pub(super) async fn set_waiting(tx: &mut GlobalTx, creator: CreatorId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set waits_since = coalesce(waits_since, $2) where creator_id = $1",
        creator.uuid(),
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Lists the profile from now on, or for no one.
pub(super) async fn set_listed(
    tx: &mut GlobalTx,
    creator: CreatorId,
    since: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set listed_at = $2, waits_since = null where creator_id = $1",
        creator.uuid(),
        since
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn set_paused(
    tx: &mut GlobalTx,
    creator: CreatorId,
    since: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update creator_profiles set paused_at = $2 where creator_id = $1", creator.uuid(), since)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// What the form of choices says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choices {
    pub(super) initials_only: bool,
    pub(super) shares_reputation: bool,
    pub(super) weekly_invitations_max: i32,
}

pub(super) async fn set_choices(tx: &mut GlobalTx, creator: CreatorId, choices: Choices) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set initials_only = $2, shares_reputation = $3, weekly_invitations_max = $4
         where creator_id = $1",
        creator.uuid(),
        choices.initials_only,
        choices.shares_reputation,
        choices.weekly_invitations_max,
    )
    .execute(tx.conn())
    .await?;
    // If they no longer agree, their sales stop counting at once.
    if !choices.shares_reputation {
        sqlx::query!("delete from creator_tracks where creator_id = $1", creator.uuid()).execute(tx.conn()).await?;
    }
    // Initials take the name out of the words to search in.
    store::refresh(tx, creator).await
}

/// Whether the creator wants emails about brands' messages.
pub(super) async fn message_emails(tx: &mut GlobalTx, creator: CreatorId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select message_emails from creators where id = $1", creator.uuid());
    Ok(found.fetch_optional(tx.conn()).await?.unwrap_or(false))
}

pub(super) async fn set_message_emails(
    tx: &mut GlobalTx,
    creator: CreatorId,
    requested: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update creators set message_emails = $2 where id = $1", creator.uuid(), requested)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Hides the profile from a brand, if there are fewer than `most`; false if not.
pub(super) async fn hide(
    tx: &mut GlobalTx,
    creator: CreatorId,
    brand: OrganizationId,
    most: i32,
) -> Result<bool, sqlx::Error> {
    let hidden = sqlx::query!(
        "update creator_profiles set hidden_from = array_append(array_remove(hidden_from, $2), $2)
         where creator_id = $1 and cardinality(hidden_from) < $3",
        creator.uuid(),
        brand.uuid(),
        most,
    )
    .execute(tx.conn())
    .await?;
    Ok(hidden.rows_affected() == 1)
}

pub(super) async fn show_again(
    tx: &mut GlobalTx,
    creator: CreatorId,
    brand: OrganizationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set hidden_from = array_remove(hidden_from, $2) where creator_id = $1",
        creator.uuid(),
        brand.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The brands with listed programs, which everyone may know, by name.
pub(super) async fn listed_brands(tx: &mut GlobalTx, limit: i64) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select organization_id as "organization: Uuid", min(brand) as "brand!" from network_listings
           where status = 'Listed' group by organization_id order by min(brand) limit $1"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization), row.brand)).collect())
}
