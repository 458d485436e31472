//! A brand's face on pages that affiliates see before the portal: its name, color and logo.

use super::{frame, stylesheet};
use crate::organization::{logo, logo_store, store};
use kit::db::TenantTx;

#[derive(Debug)]
pub struct Face {
    pub name: String,
    color: Option<String>,
    /// The URL of the logo, if the brand has chosen one.
    pub logo: Option<String>,
}

impl Face {
    /// Reads it. `None` if there is no such organization, or if it is closed.
    pub async fn of(tx: &mut TenantTx) -> Result<Option<Self>, sqlx::Error> {
        if store::kinship(tx).await?.is_none_or(|kinship| kinship.closed) {
            return Ok(None);
        }
        let Some(profile) = store::profile(tx).await? else { return Ok(None) };
        let chosen_at = logo_store::chosen_at(tx).await?;
        let logo = chosen_at.map(|at| logo::url(tx.organization(), at));
        Ok(Some(Self { name: profile.name, color: profile.brand_color, logo }))
    }

    /// Returns the URL of the style sheet with the brand's color.
    pub fn sheet(&self) -> Option<String> {
        self.color.as_deref().and_then(stylesheet::url)
    }

    /// Returns the character shown in place of a logo.
    pub fn initial(&self) -> String {
        frame::initial_of(&self.name)
    }
}
