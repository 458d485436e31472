//! Pauses a connection whose vendor refuses the credentials: sending stops, waiting syncs are kept, and owners and
//! admins are notified once.

use shared::id::CrmConnectionId;

use super::{audit_fields, store};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
    notification::store::{ADMINS, people},
};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

#[derive(Debug)]
struct Paused {
    brand: String,
    vendor: &'static str,
    account: String,
    reason: String,
    link: String,
}

fn content(paused: Paused) -> EmailContent {
    let look = Branding::rekomi();
    let (t, brand) = (look.t, &paused.brand);
    let subject = t.say("email-crm-paused-subject").with("brand", brand).with("crm", paused.vendor);
    let crm = match paused.account.as_str() {
        "" => paused.vendor.to_owned(),
        account => format!("{} ({account})", paused.vendor),
    };
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(t.say("email-crm-paused-message").with("crm", crm).with("brand", brand))
        .paragraph(t.say("email-reason").with("reason", &paused.reason))
        .paragraph(t.say("email-crm-paused-kept"))
        .button(t.say("email-crm-paused-button"), paused.link)
}

/// Pauses an active connection, records it in the audit log and emails its owners and admins. Returns false and does
/// nothing if the connection is already paused, disabled or removed.
pub async fn pause(
    tx: &mut TenantTx,
    state: &AppState,
    connection: CrmConnectionId,
    code: &str,
    reason: &str,
) -> Result<bool> {
    let now = state.clock.now();
    let paused = sqlx::query!(
        "update crm_connections
         set status = 'paused', paused_code = $3, paused_reason = $4, paused_at = $5, last_error = $4, last_error_at = $5
         where organization_id = $1 and id = $2 and status = 'active'",
        tx.organization().uuid(),
        connection.uuid(),
        code,
        reason,
        now,
    )
    .execute(tx.conn())
    .await?;
    if paused.rows_affected() == 0 {
        return Ok(false);
    }
    let row = store::read(tx, connection).await?;
    let entry = Entry::new("connection.paused", connection).after(audit_fields::fields(&row));
    audit::record(tx, &Actor::system(), now, entry).await?;
    notify(tx, state, &row).await?;
    Ok(true)
}

async fn notify(tx: &mut TenantTx, state: &AppState, row: &store::Row) -> Result<()> {
    let organization = tx.organization();
    let vendor = row.connector()?.descriptor().name;
    for person in people(tx, ADMINS).await? {
        let content = content(Paused {
            brand: person.brand,
            vendor,
            account: row.account.clone(),
            reason: row.paused_reason.clone().unwrap_or_default(),
            link: format!("{}/dashboard/crms/{}?organization={organization}", state.config.public_url, row.id),
        });
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::CrmPaused)?).await?;
    }
    Ok(())
}

/// Returns a sample of the email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let content = content(Paused {
        brand: brand.to_owned(),
        vendor: "Klaviyo",
        account: "Acme newsletter".to_owned(),
        reason: "The API key is not valid.".to_owned(),
        link: "https://rekomi.test/dashboard/crms/sample".to_owned(),
    });
    content.to(to, EmailKind::CrmPaused)
}
