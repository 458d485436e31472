//! SQL of forms that are booked once.

use shared::timestamp::Timestamp;

use kit::db::TenantTx;

/// Notes that the form with this id is booked with this content; returns false if it was booked before.
pub async fn use_up(tx: &mut TenantTx, form: &str, content: &str, expires: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into sent_forms (organization_id, token_hash, content_hash, expires_at)
         values ($1, sha256(convert_to('manual form ' || $2::text, 'UTF8')), sha256(convert_to($3::text, 'UTF8')), $4)
         on conflict do nothing",
        tx.organization().uuid(),
        form,
        content,
        expires,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether the form with this id was booked with this content. One that an earlier build booked counts, whatever its
/// content: that build didn't store it.
pub async fn is_booked(tx: &mut TenantTx, form: &str, content: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from sent_forms
                          where organization_id = $1
                            and token_hash = sha256(convert_to('manual form ' || $2::text, 'UTF8'))
                            and (content_hash is null or content_hash = sha256(convert_to($3::text, 'UTF8'))))
               as "booked!""#,
        tx.organization().uuid(),
        form,
        content,
    )
    .fetch_one(tx.conn())
    .await
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
