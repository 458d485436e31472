//! Sign-in links: let an affiliate in without a password. A link is valid for one use: for two weeks in an invitation,
//! an approval or an email about an import, and for one day in any other email, whether or not the affiliate requested
//! it. An older one offers to send a new one.

use sha2::{Digest, Sha256};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{magic_store, return_to::Next, tenant_token::TenantToken};
use kit::{
    compiled_once,
    db::{Holder, TenantsTx},
    state::AppState,
};

const LIFE_DAYS: i64 = 1;
/// Invitations, approvals and emails about an import may arrive while someone is away.
const LIFE_DAYS_OF_NEWS: i64 = 14;

/// A sign-in link for one affiliate. Its URL is a secret that belongs in an email and nowhere else.
#[derive(Debug, Clone)]
pub struct MagicLink(TenantToken);

impl MagicLink {
    pub fn url(&self, state: &AppState) -> String {
        self.url_to(state, &Next::default())
    }

    /// Returns a URL that leads on to a page of the portal.
    pub fn url_to(&self, state: &AppState, next: &Next) -> String {
        let door = next.beside("/a/enter");
        let sign = if door.contains('?') { '&' } else { '?' };
        format!("{}{door}{sign}token={}", state.config.public_url, self.0.text())
    }
}

/// Returns the organizations that have an approved affiliate with this email, which must be in lower case, as
/// affiliates' emails are stored. It takes one query, however many organizations exist.
pub async fn brands_of(state: &AppState, address: &str, limit: i64) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let hash: [u8; 32] = Sha256::digest(address).into();
    let mut tx = state.db.global(Holder::AddressHash(&hash)).await?;
    let found = magic_store::with_address(&mut tx, &hash, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// Creates a link for the email to `recipient`; it works once the transaction commits. Returns `None` if that is no
/// longer the affiliate's address: then no email is sent.
pub async fn issue(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    whom: (AffiliateId, &str),
    now: Timestamp,
) -> Result<Option<MagicLink>, sqlx::Error> {
    issue_for(tx, organization, whom, (now, LIFE_DAYS)).await
}

/// As [`issue`], for an invitation, an approval or an import.
#[compiled_once]
pub async fn issue_with_news(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    whom: (AffiliateId, &str),
    now: Timestamp,
) -> Result<Option<MagicLink>, sqlx::Error> {
    issue_for(tx, organization, whom, (now, LIFE_DAYS_OF_NEWS)).await
}

async fn issue_for(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    whom: (AffiliateId, &str),
    (now, days): (Timestamp, i64),
) -> Result<Option<MagicLink>, sqlx::Error> {
    let token = TenantToken::fresh(organization);
    let made = magic_store::insert_link(tx, &token, whom, now, now.plus_days(days)).await?;
    Ok(made.then_some(MagicLink(token)))
}
