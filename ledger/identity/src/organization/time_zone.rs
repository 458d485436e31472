//! The time zone of an organization, and those that it may choose: what the database knows, asked for once.

use shared::id::OrganizationId;
use tokio::sync::OnceCell;

use super::{profile::Changes, store};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    page::zone::Zone,
};

/// Names of the IANA time zone database as this Postgres knows them.
static TIME_ZONES: OnceCell<Vec<String>> = OnceCell::const_new();

/// The one that it chose; UTC where there is no such organization.
pub async fn of(tx: &mut TenantTx, organization: OrganizationId) -> std::result::Result<Zone, sqlx::Error> {
    let profile = store::profile(tx, organization).await?;
    Ok(profile.map_or_else(Zone::utc, |profile| Zone::named(&profile.time_zone)))
}

/// All of them, UTC first.
///
/// # Errors
/// Of the database, the first time.
pub async fn all(tx: &mut TenantTx) -> Result<&'static [String]> {
    Ok(TIME_ZONES.get_or_try_init(|| store::time_zones(tx)).await?.as_slice())
}

/// Refuses changes to a time zone that there isn't.
///
/// # Errors
/// 400 naming `timeZone`.
pub async fn known(tx: &mut TenantTx, changes: &Changes) -> Result<()> {
    let Some(zone) = &changes.time_zone else { return Ok(()) };
    if all(tx).await?.iter().any(|known| known == zone) {
        return Ok(());
    }
    Err(Error::field("timeZone", "timeZone must be a name of the IANA database, such as Europe/Berlin, or UTC"))
}
