//! Stops a connection whose key Stripe refuses: nothing more is sent, waiting payouts are kept, and owners and admins
//! are notified once. A new key, or a test that passes, resumes it.

use shared::id::PayoutConnectionId;

use super::{audit_fields, handover_store, store};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
    notification::store::{ADMINS, people},
};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

#[derive(Debug)]
struct Paused {
    brand: String,
    account: String,
    reason: String,
    waiting: i64,
    link: String,
}

fn content(paused: Paused) -> EmailContent {
    let look = Branding::rekomi();
    let (t, brand) = (look.t, &paused.brand);
    let message = match paused.account.as_str() {
        "" => t.say("email-payouts-paused-message"),
        account => t.say("email-payouts-paused-account").with("account", account),
    };
    let kept = match paused.waiting {
        0 => t.say("email-payouts-paused-kept"),
        waiting => t.say("email-payouts-paused-waiting").with("count", waiting),
    };
    let subject = t.say("email-payouts-paused-subject").with("brand", brand);
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(message.with("brand", brand))
        .paragraph(t.say("email-payouts-paused-reason").with("reason", &paused.reason))
        .paragraph(kept)
        .button(t.say("email-payouts-paused-button"), paused.link)
}

/// Pauses an active connection, records it in the audit log and emails the organization's owners and admins. Returns
/// false if it was already paused or disconnected: then nothing happens.
pub async fn pause(
    tx: &mut TenantTx,
    state: &AppState,
    connection: PayoutConnectionId,
    code: &str,
    reason: &str,
) -> Result<bool> {
    let now = state.clock.now();
    let paused = sqlx::query!(
        "update payout_connections
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
    let row = store::one(tx, connection).await?.ok_or_else(|| Error::internal("a connection that is gone"))?;
    let entry = Entry::new("payout_connection.paused", connection).after(audit_fields::fields(&row));
    audit::record(tx, &Actor::system(), now, entry).await?;
    notify(tx, state, &row).await?;
    Ok(true)
}

async fn notify(tx: &mut TenantTx, state: &AppState, row: &store::Row) -> Result<()> {
    let organization = tx.organization();
    let waiting = handover_store::open_payouts(tx, row.id).await?;
    for person in people(tx, ADMINS).await? {
        let content = content(Paused {
            brand: person.brand,
            account: row.account_name.clone(),
            reason: row.paused_reason.clone().unwrap_or_default(),
            waiting,
            link: format!("{}/dashboard/payouts/connection?organization={organization}", state.config.public_url),
        });
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::PayoutsPaused)?).await?;
    }
    Ok(())
}

/// A sample email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let content = content(Paused {
        brand: brand.to_owned(),
        account: "Acme".to_owned(),
        reason: "Expired API Key provided".to_owned(),
        waiting: 3,
        link: "https://rekomi.test/dashboard/payouts/connection".to_owned(),
    });
    content.to(to, EmailKind::PayoutsPaused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_email_says_what_stripe_said_and_that_nothing_is_lost() {
        let sent = |waiting| {
            let paused = Paused {
                brand: "Acme & Sons".to_owned(),
                account: "Acme".to_owned(),
                reason: "Expired API Key provided".to_owned(),
                waiting,
                link: "https://rekomi.test/dashboard/payouts/connection".to_owned(),
            };
            content(paused).to("ann@acme.test", EmailKind::PayoutsPaused).unwrap()
        };
        let email = sent(3);
        for text in [&email.text, &email.html] {
            for part in
                ["Expired API Key provided", "3 payouts are", "https://rekomi.test/dashboard/payouts/connection"]
            {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
        assert!(!sent(0).text.contains("payouts are"));
    }
}
