//! Time zones that an organization may choose: those that the database knows, asked for once.

use tokio::sync::OnceCell;

use super::{profile::Changes, store};
use crate::{
    db::TenantTx,
    error::{Error, Result},
};

/// Names of the IANA time zone database as this Postgres knows them.
static TIME_ZONES: OnceCell<Vec<String>> = OnceCell::const_new();

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
