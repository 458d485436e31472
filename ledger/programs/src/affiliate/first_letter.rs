//! Letters to people who asked for none: a brand entered their address, and nobody has come in by it yet. Whatever such a
//! letter says, this is the one way for it to leave. Who wants no invitations, or took back that they may be written to, gets
//! none; each has a link that ends them (RFC 8058); and an organization sends so many a day, since they are what spam is
//! made of.

use axum::http::StatusCode;
use shared::id::{AffiliateId, OrganizationId};

use super::entry_store;
use engine::consent;
use identity::mail::{suppression_store, unsubscribe};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Letter, store},
    state::AppState,
};
use rules::customer::mailbox::email_key;

/// That one letter may go out.
#[derive(Debug)]
pub struct Permit(());

/// Why none may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As a customer, they took back that they may be written to.
    OptedOut,
    /// They want no invitations, of nobody.
    Unsubscribed,
    TooMany(u32),
}

impl Kept {
    pub fn error(self) -> Error {
        match self {
            Self::TooMany(_) => Error::new(StatusCode::TOO_MANY_REQUESTS, "too_many_letters", self.words()),
            Self::OptedOut | Self::Unsubscribed => Error::new(StatusCode::CONFLICT, "opted_out", self.words()),
        }
    }

    pub fn words(self) -> String {
        match self {
            Self::OptedOut => {
                "A customer of yours has this address, and took back that you may write to them.".to_owned()
            }
            Self::Unsubscribed => "Whoever has this address wants no invitations.".to_owned(),
            Self::TooMany(most) => format!(
                "You wrote to {most} new people within a day, and that is the most. Go on tomorrow, or without a letter."
            ),
        }
    }
}

/// Whether a letter to an affiliate is such a one.
pub async fn is_first(tx: &mut TenantTx, organization: OrganizationId, affiliate: AffiliateId) -> Result<bool> {
    let known = entry_store::known(tx, organization, affiliate).await?;
    Ok(!known.proved && !known.applied)
}

pub async fn permit(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    address: &str,
) -> Result<std::result::Result<Permit, Kept>> {
    if consent::store::has_opted_out(tx, organization, &email_key(address)).await? {
        return Ok(Err(Kept::OptedOut));
    }
    if suppression_store::is_suppressed(tx.conn(), address).await? {
        return Ok(Err(Kept::Unsubscribed));
    }
    let most = state.config.first_letters_per_day;
    if store::first_letters(tx.conn(), organization).await? >= i64::from(most) {
        return Ok(Err(Kept::TooMany(most)));
    }
    Ok(Ok(Permit(())))
}

/// The letter itself, with its way out.
pub async fn post(
    tx: &mut TenantTx,
    state: &AppState,
    whom: (OrganizationId, AffiliateId),
    Permit(()): Permit,
    letter: Letter,
) -> Result<()> {
    // A letter that names its way out has the same one in its head.
    let unsubscribe = match letter.unsubscribe.clone() {
        Some(own) => own,
        None => unsubscribe::url(state, &letter.to)?,
    };
    mail::post_first(tx.conn(), state, whom, Letter { unsubscribe: Some(unsubscribe), ..letter }).await
}

/// A letter to an affiliate whatever is known of them: as [`post`] where it is a first one, and none where that may not be;
/// answers why not.
pub async fn post_or_keep(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    letter: Letter,
) -> Result<Option<Kept>> {
    if !is_first(tx, organization, affiliate).await? {
        mail::post_to(tx.conn(), state, (organization, affiliate), letter).await?;
        return Ok(None);
    }
    match permit(tx, state, organization, &letter.to).await? {
        Ok(permit) => post(tx, state, (organization, affiliate), permit, letter).await.map(|()| None),
        Err(kept) => Ok(Some(kept)),
    }
}
