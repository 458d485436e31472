//! An affiliate's payout details at rest: encrypted for their organization, table, column and row.

use shared::{
    id::{AffiliateId, OrganizationId},
    seal::{self, Place, SealError, Secret},
};

use super::method::Details;
use kit::config::Keys;

const TABLE: &str = "payout_methods";
const COLUMN: &str = "sealed_details";

pub fn seal(
    keys: &Keys,
    organization: OrganizationId,
    affiliate: AffiliateId,
    details: &Details,
) -> Result<String, SealError> {
    let (tenant, row) = (organization.to_string(), affiliate.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
    let text = serde_json::to_string(details).unwrap_or_default();
    seal::seal(&keys.at_rest, place, rand::random(), &Secret::new(text))
}

/// Decrypts the details; empty details if the decrypted text isn't valid.
pub fn open(
    keys: &Keys,
    organization: OrganizationId,
    affiliate: AffiliateId,
    sealed: &str,
) -> Result<Details, SealError> {
    let (tenant, row) = (organization.to_string(), affiliate.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
    let opened = seal::open(&keys.at_rest, place, sealed)?;
    Ok(serde_json::from_str(opened.expose()).unwrap_or_default())
}
