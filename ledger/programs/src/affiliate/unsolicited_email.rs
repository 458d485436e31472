//! Emails to people who didn't ask for any: a brand entered their email, and they haven't signed in by it yet. Every
//! such email must go through this module. People who declined invitations or withdrew consent to contact get none;
//! each email has an unsubscribe link (RFC 8058); and each organization may send only so many a day, because spam looks
//! like this.

use axum::http::StatusCode;
use shared::id::AffiliateId;

use super::first_login_store;
use engine::consent;
use identity::mail::{suppression_store, unsubscribe};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    mail::{self, Email, store},
    state::AppState,
};
use rules::customer::mailbox::email_key;

/// Permission to send one email.
#[derive(Debug)]
pub struct Permit(());

/// Why an email may not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// As a customer, they withdrew their consent to be contacted.
    OptedOut,
    /// They declined invitations from everyone.
    Unsubscribed,
    TooMany(u32),
}

impl NotSent {
    pub fn error(self) -> Error {
        match self {
            Self::TooMany(_) => {
                Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyEmails, self.words()).retry_after(3_600)
            }
            Self::OptedOut | Self::Unsubscribed => Error::new(StatusCode::CONFLICT, Code::OptedOut, self.words()),
        }
    }

    pub fn words(self) -> String {
        match self {
            Self::OptedOut => "A customer with this email address withdrew their consent to be contacted.".to_owned(),
            Self::Unsubscribed => "This person opted out of invitations.".to_owned(),
            Self::TooMany(most) => format!(
                "You've reached the limit of {most} emails to new people a day. Try again tomorrow, or continue \
                 without emails."
            ),
        }
    }
}

/// Whether an email to this affiliate would be unsolicited.
pub async fn is_first(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool> {
    let known = first_login_store::known(tx, affiliate).await?;
    Ok(!known.proved && !known.applied)
}

pub async fn permit(
    tx: &mut TenantTx,
    state: &AppState,
    address: &str,
) -> Result<std::result::Result<Permit, NotSent>> {
    let organization = tx.organization();
    if consent::store::has_opted_out(tx, &email_key(address)).await? {
        return Ok(Err(NotSent::OptedOut));
    }
    if suppression_store::is_suppressed(tx.conn(), address).await? {
        return Ok(Err(NotSent::Unsubscribed));
    }
    let most = state.config.unsolicited_emails_per_day;
    if store::unsolicited_emails(tx.conn(), organization).await? >= i64::from(most) {
        return Ok(Err(NotSent::TooMany(most)));
    }
    Ok(Ok(Permit(())))
}

/// Sends the email with an unsubscribe link.
pub async fn post(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    Permit(()): Permit,
    character: Email,
) -> Result<()> {
    let organization = tx.organization();
    // If the email's text already has an unsubscribe link, the header uses the same one.
    let unsubscribe = match character.unsubscribe.clone() {
        Some(own) => own,
        None => unsubscribe::url(state, &character.to)?,
    };
    mail::post_first(tx.conn(), state, (organization, affiliate), Email { unsubscribe: Some(unsubscribe), ..character })
        .await
}

/// Sends an email to any affiliate: by [`post`] if it is unsolicited, and not at all if that isn't permitted; returns
/// the reason then.
pub async fn post_or_keep(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    character: Email,
) -> Result<Option<NotSent>> {
    let organization = tx.organization();
    if !is_first(tx, affiliate).await? {
        mail::post_to(tx.conn(), state, (organization, affiliate), character).await?;
        return Ok(None);
    }
    match permit(tx, state, &character.to).await? {
        Ok(permit) => post(tx, state, affiliate, permit, character).await.map(|()| None),
        Err(kept) => Ok(Some(kept)),
    }
}
