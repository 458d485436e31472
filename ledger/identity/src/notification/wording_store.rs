//! SQL for the words that brands write into their emails to affiliates.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::{
    db::{TenantTx, TenantsTx},
    mail::{EmailKind, Wording},
};

/// An organization's own words in this language. Kinds that this build doesn't know, or doesn't let brands change, are left
/// out.
pub async fn of_language(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    language: &str,
) -> Result<Vec<Wording>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, subject, opening, button from organization_emails where organization_id = $1 and language = $2",
        organization.uuid(),
        language,
    )
    .fetch_all(tx.conn())
    .await?;
    let wordings = rows.into_iter().filter_map(|row| {
        let kind = EmailKind::parse(&row.kind).filter(|kind| kind.is_editable())?;
        Some(Wording { kind, subject: row.subject, opening: row.opening, button: row.button })
    });
    Ok(wordings.collect())
}

/// Kind and language of each email that the organization says in its own words.
pub async fn changed(tx: &mut TenantTx) -> Result<Vec<(String, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select kind, language from organization_emails where organization_id = $1 order by kind, language",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.kind, row.language)).collect())
}

/// Saves the words, of which there must be some.
pub async fn save(tx: &mut TenantTx, wording: &Wording, language: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organization_emails (organization_id, kind, language, subject, opening, button, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id, kind, language) do update
         set subject = excluded.subject, opening = excluded.opening, button = excluded.button,
             updated_at = excluded.updated_at",
        tx.organization().uuid(),
        wording.kind.as_str(),
        language,
        wording.subject,
        wording.opening,
        wording.button,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Goes back to the standard words.
pub async fn reset(tx: &mut TenantTx, kind: EmailKind, language: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from organization_emails where organization_id = $1 and kind = $2 and language = $3",
        tx.organization().uuid(),
        kind.as_str(),
        language,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
