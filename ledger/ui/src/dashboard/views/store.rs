//! SQL of saved views.

use shared::{
    id::{SavedViewId, UserId},
    timestamp::Timestamp,
};

use kit::db::TenantTx;

/// A saved view.
#[derive(Debug)]
pub(super) struct Saved {
    pub id: SavedViewId,
    pub user_id: UserId,
    pub name: String,
    pub query: String,
    pub shared: bool,
}

/// A person's own views of a list, and those that are shared with everyone; by name.
pub(super) async fn list(tx: &mut TenantTx, user: UserId, list: &str, limit: i64) -> Result<Vec<Saved>, sqlx::Error> {
    sqlx::query_as!(
        Saved,
        "select id, user_id, name, query, shared from saved_views
         where organization_id = $1 and list = $2 and (user_id = $3 or shared) order by lower(name), id limit $4",
        tx.organization().uuid(),
        list,
        user.uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// How many views a person has.
pub(super) async fn count(tx: &mut TenantTx, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from saved_views where organization_id = $1 and user_id = $2"#,
        tx.organization().uuid(),
        user.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Saves a view; a person's earlier one with the same name is replaced.
pub(super) async fn save(tx: &mut TenantTx, view: &Saved, list: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into saved_views (organization_id, id, user_id, list, name, query, shared, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (organization_id, user_id, list, name) do update set query = excluded.query, shared = excluded.shared",
        tx.organization().uuid(),
        view.id.uuid(),
        view.user_id.uuid(),
        list,
        view.name,
        view.query,
        view.shared,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes a person's own view, or with `any` a shared one; false if there is no such view.
pub(super) async fn delete(tx: &mut TenantTx, id: SavedViewId, user: UserId, any: bool) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from saved_views where organization_id = $1 and id = $2 and (user_id = $3 or shared and $4)",
        tx.organization().uuid(),
        id.uuid(),
        user.uuid(),
        any,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
