//! Encrypts a connection's credentials at rest: one JSON object, sealed for its organization, table, column and row.

use std::collections::BTreeMap;

use shared::{
    id::{CrmConnectionId, OrganizationId},
    seal::{self, Place, SealError, Secret},
};

use kit::{access::secret::SecretError, config::Keys};

pub const TABLE: &str = "crm_connections";
pub const COLUMN: &str = "sealed_credentials";

/// The credentials by field name.
pub type Credentials = BTreeMap<String, String>;

pub fn seal(
    keys: &Keys,
    organization: OrganizationId,
    id: CrmConnectionId,
    credentials: &Credentials,
) -> Result<String, SealError> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    let text = serde_json::to_string(credentials).unwrap_or_default();
    let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
    seal::seal(&keys.at_rest, place, rand::random(), &Secret::new(text))
}

pub fn open(
    keys: &Keys,
    organization: OrganizationId,
    id: CrmConnectionId,
    sealed: &str,
) -> Result<Credentials, SecretError> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
    let text = seal::open(&keys.at_rest, place, sealed)?;
    // `seal` only ever sealed such an object.
    Ok(serde_json::from_str(text.expose()).unwrap_or_default())
}
