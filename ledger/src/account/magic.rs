//! Links that let an affiliate in without a password: valid for two weeks, for one use.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{magic_store, tenant_token::TenantToken};
use crate::{db::TenantTx, state::AppState};

pub const LIFE_DAYS: i64 = 14;

/// A link for one affiliate. Its address is a secret: it belongs into a letter and nowhere else.
#[derive(Debug, Clone)]
pub struct MagicLink(TenantToken);

impl MagicLink {
    pub fn url(&self, state: &AppState) -> String {
        format!("{}/a/enter?token={}", state.config.public_url, self.0.text())
    }
}

/// Makes a link; it works once the transaction commits.
///
/// # Errors
/// Of the database.
pub async fn issue(
    tx: &mut TenantTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<MagicLink, sqlx::Error> {
    let token = TenantToken::fresh(organization);
    magic_store::insert_link(tx, &token, affiliate, now, now.plus_days(LIFE_DAYS)).await?;
    Ok(MagicLink(token))
}
