//! An organization's time zone, and the ones it may choose from, which the database lists once per process.

use tokio::sync::OnceCell;

use super::{profile::Changes, store};
use kit::{
    db::{TenantTx, TenantsTx},
    error::{Error, Result},
    page::zone::Zone,
};

/// Names in the IANA time zone database, as this Postgres knows them.
static TIME_ZONES: OnceCell<Vec<String>> = OnceCell::const_new();

/// Returns the organization's time zone; UTC if the organization doesn't exist.
pub async fn of(tx: &mut TenantTx) -> std::result::Result<Zone, sqlx::Error> {
    let profile = store::profile(tx).await?;
    Ok(profile.map_or_else(Zone::utc, |profile| Zone::named(&profile.time_zone)))
}

/// Returns all time zones, UTC first.
///
/// # Errors
/// Database errors, on the first call.
pub async fn all(tx: &mut TenantsTx) -> Result<&'static [String]> {
    Ok(TIME_ZONES.get_or_try_init(|| store::time_zones(tx)).await?.as_slice())
}

/// Returns the time zone with this name, or UTC if there is none.
///
/// # Errors
/// Database errors, on the first call.
pub async fn or_utc(tx: &mut TenantsTx, name: &str) -> Result<&'static str> {
    Ok(all(tx).await?.iter().find(|known| *known == name).map_or("UTC", String::as_str))
}

/// Rejects a change to an unknown time zone.
///
/// # Errors
/// 400 naming `timeZone`.
pub async fn known(tx: &mut TenantsTx, changes: &Changes) -> Result<()> {
    let Some(zone) = &changes.time_zone else { return Ok(()) };
    if all(tx).await?.iter().any(|known| known == zone) {
        return Ok(());
    }
    Err(Error::field("timeZone", "timeZone must be an IANA time zone such as Europe/Berlin, or UTC"))
}
