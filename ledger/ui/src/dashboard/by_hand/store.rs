//! SQL of forms that are booked once.

use shared::timestamp::Timestamp;

use kit::db::TenantTx;

/// Notes that the form with this id is booked; returns false if it was before.
pub async fn use_up(tx: &mut TenantTx, form: &str, expires: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into sent_forms (organization_id, token_hash, expires_at)
         values ($1, sha256(convert_to('manual form ' || $2::text, 'UTF8')), $3) on conflict do nothing",
        tx.organization().uuid(),
        form,
        expires,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The currency of the latest commission or sale; `None` if there is none.
pub async fn currency(tx: &mut TenantTx) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select currency from conversions where organization_id = $1 order by occurred_at desc, id desc limit 1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}
