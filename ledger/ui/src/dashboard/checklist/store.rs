//! SQL of the checklist: whether anything of each kind exists.

use shared::timestamp::Timestamp;

use kit::db::TenantTx;

/// What exists already.
#[derive(Debug, Clone)]
pub struct There {
    pub slug: String,
    pub dismissed: bool,
    /// A gateway, or a sale reported by the brand's own server.
    pub source: bool,
    /// The script was seen working, or the brand reports sales itself.
    pub script: bool,
    pub program: bool,
    pub host: bool,
    pub affiliate: bool,
    /// An affiliate who may bring sales.
    pub approved: bool,
    pub click: bool,
    pub commission: bool,
    /// The first sale or lead is only a few days old.
    pub is_new: bool,
}

/// `recent`: the first sale or lead is new if it happened since then.
pub async fn there(tx: &mut TenantTx, recent: Timestamp) -> Result<There, sqlx::Error> {
    sqlx::query_as!(
        There,
        r#"select slug, first_steps_dismissed_at is not null as "dismissed!",
                  exists (select from gateway_connections where organization_id = $1 and removed_at is null)
                  or exists (select from conversions where organization_id = $1 and source = 'S2s') as "source!",
                  exists (select from install_checks where organization_id = $1 and verdict = 'Installed')
                  or exists (select from clicks where organization_id = $1 and source = 'script')
                  or exists (select from conversions where organization_id = $1 and source in ('S2s', 'Pixel')) as "script!",
                  exists (select from programs where organization_id = $1 and archived_at is null) as "program!",
                  exists (select from link_hosts where organization_id = $1 and verified_at is not null) as "host!",
                  exists (select from affiliates where organization_id = $1 and status in ('Pending', 'Approved')) as "affiliate!",
                  exists (select from affiliates where organization_id = $1 and status = 'Approved') as "approved!",
                  exists (select from click_facets where organization_id = $1 and facet = 'all') as "click!",
                  exists (select from commissions where organization_id = $1) as "commission!",
                  not exists (select from conversions where organization_id = $1 and occurred_at < $2) as "is_new!"
           from organizations where organization_id = $1"#,
        tx.organization().uuid(),
        recent,
    )
    .fetch_one(tx.conn())
    .await
}

/// Dismisses the checklist. Returns whether it wasn't dismissed before.
pub async fn dismiss(tx: &mut TenantTx, now: Timestamp) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update organizations set first_steps_dismissed_at = $2
         where organization_id = $1 and first_steps_dismissed_at is null",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// Shows the checklist again that was dismissed between two times. Returns whether it was dismissed then.
pub async fn restore(tx: &mut TenantTx, (from, to): (Timestamp, Timestamp)) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update organizations set first_steps_dismissed_at = null
         where organization_id = $1 and first_steps_dismissed_at between $2 and $3",
        tx.organization().uuid(),
        from,
        to,
    )
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected() > 0)
}
