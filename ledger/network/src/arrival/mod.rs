//! Creators of other installations who want to apply to programs of this one, as those announced them.
//!
//! An announcement is the word of another installation, and moves nothing: the address in it gets a link, and whoever
//! opens that fills in the program's own form, with what was announced as a beginning. Only the address's owner makes an
//! application of it. The folder `passport` takes announcements and takes them back; the form reads them here.

pub(crate) mod store;

use kit::{
    db::{Holder, TenantTx},
    error::Result,
    state::AppState,
};
use serde::{Deserialize, Serialize};
use shared::id::{NetworkContactId, ProgramId};
use uuid::Uuid;

use crate::creator::session::CreatorSession;

/// What an installation says about a creator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    pub email: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub language: Option<String>,
    #[serde(default)]
    pub country: Option<String>,
    #[serde(default)]
    pub languages: Vec<String>,
    #[serde(default)]
    pub topics: Vec<String>,
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub portfolio: Option<String>,
    #[serde(default)]
    pub channels: Vec<Channel>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    pub kind: String,
    pub url: String,
    pub audience_band: String,
    /// When the installation checked that the channel is the creator's; null if it didn't.
    #[serde(default)]
    pub verified_at: Option<String>,
}

impl Person {
    /// Where the person's work is: their portfolio, or else their first channel.
    pub fn work(&self) -> Option<String> {
        self.portfolio.clone().or_else(|| self.channels.first().map(|channel| channel.url.clone()))
    }
}

/// An announcement that its creator opened by the emailed link.
#[derive(Debug)]
pub struct Announced {
    pub id: Uuid,
    /// The installation that announced the creator.
    pub host: String,
    pub person: Person,
}

/// The announcement that a link names, if it is of the creator's own address, for this program, and nothing became of it
/// yet.
///
/// # Errors
/// Fails if the database is unavailable.
pub(crate) async fn announced(
    state: &AppState,
    session: &CreatorSession,
    (named, program): (&str, ProgramId),
) -> Result<Option<Announced>> {
    let Some(id) = named.parse::<Uuid>().ok().filter(|_| state.config.network.federation) else { return Ok(None) };
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let found = store::announced(&mut tx, (id, program), &session.email).await?;
    tx.commit().await?;
    Ok(found)
}

/// The creator applied with an announcement: the installation that made it learns what becomes of the application.
///
/// # Errors
/// Fails if the database is unavailable.
pub(crate) async fn applied(
    tx: &mut TenantTx,
    session: &CreatorSession,
    announced: &Announced,
    contact: NetworkContactId,
) -> Result<()> {
    store::exchange(tx.conn()).await?;
    let tenant = tx.organization();
    Ok(store::applied(tx.conn(), announced.id, session.creator, (tenant, contact)).await?)
}
