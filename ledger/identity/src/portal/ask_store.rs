//! SQL of what affiliates may ask the organization's model, and of what they used.

use shared::{id::AffiliateId, timestamp::Timestamp};
use time::Date;

use kit::db::TenantTx;

/// Whether affiliates may ask, and how much on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    pub enabled: bool,
    /// Of each affiliate.
    pub tokens_per_affiliate: i32,
    /// Of all affiliates together.
    pub tokens_per_day: i32,
}

/// `None` if the organization never decided it.
pub async fn read(tx: &mut TenantTx) -> Result<Option<Asking>, sqlx::Error> {
    sqlx::query_as!(
        Asking,
        "select enabled, tokens_per_affiliate, tokens_per_day from portal_assistants where organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn put(tx: &mut TenantTx, asking: Asking, actor: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into portal_assistants (organization_id, enabled, tokens_per_affiliate, tokens_per_day, changed_by, changed_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id) do update set enabled = excluded.enabled,
             tokens_per_affiliate = excluded.tokens_per_affiliate, tokens_per_day = excluded.tokens_per_day,
             changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        tx.organization().uuid(),
        asking.enabled,
        asking.tokens_per_affiliate,
        asking.tokens_per_day,
        actor,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The settings if the organization lets affiliates ask, and whether it has a model of its own.
pub async fn enabled(tx: &mut TenantTx) -> Result<Option<(Asking, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select enabled, tokens_per_affiliate, tokens_per_day,
                  exists (select from copilot_connections where organization_id = $1) as "connected!"
           from portal_assistants where organization_id = $1 and enabled"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| {
        let (enabled, tokens_per_affiliate, tokens_per_day) =
            (row.enabled, row.tokens_per_affiliate, row.tokens_per_day);
        (Asking { enabled, tokens_per_affiliate, tokens_per_day }, row.connected)
    }))
}

/// Tokens that the affiliate used on that day, and all affiliates together.
pub async fn used(tx: &mut TenantTx, affiliate: AffiliateId, day: Date) -> Result<(i64, i64), sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce(sum(input_tokens + cached_tokens + output_tokens) filter (where affiliate_id = $2), 0)::bigint
                      as "own!",
                  coalesce(sum(input_tokens + cached_tokens + output_tokens), 0)::bigint as "all!"
           from portal_assistant_usage where organization_id = $1 and day = $3"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        day,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.own, row.all))
}

/// Adds to what the affiliate used on that day: questions, and tokens read, cached and written.
pub async fn count(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    day: Date,
    (questions, [input, cached, output]): (i32, [u64; 3]),
) -> Result<(), sqlx::Error> {
    let tokens = |count: u64| i64::try_from(count).unwrap_or(i64::MAX / 4);
    sqlx::query!(
        "insert into portal_assistant_usage as u
             (organization_id, affiliate_id, day, questions, input_tokens, cached_tokens, output_tokens)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id, affiliate_id, day) do update set questions = u.questions + excluded.questions,
             input_tokens = u.input_tokens + excluded.input_tokens,
             cached_tokens = u.cached_tokens + excluded.cached_tokens,
             output_tokens = u.output_tokens + excluded.output_tokens",
        tx.organization().uuid(),
        affiliate.uuid(),
        day,
        questions,
        tokens(input),
        tokens(cached),
        tokens(output),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
