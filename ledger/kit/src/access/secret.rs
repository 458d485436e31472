//! Secrets in the database, each sealed for its own row.

use shared::{
    id::OrganizationId,
    seal::{self, Place, SealError, Secret},
};

use crate::{config::Keys, error::Error};

/// Tables with a `sealed_secret` column. The row is named by its id's text; a predecessor's by its bearer's hash in
/// hexadecimal.
pub const API_KEYS: &str = "api_keys";
pub const API_KEY_PREDECESSORS: &str = "api_key_predecessors";
pub const GATEWAYS: &str = "gateway_connections";
pub const COPILOT_CONNECTIONS: &str = "copilot_connections";

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("a stored secret: {0}")]
    Seal(#[from] SealError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<SecretError> for Error {
    #[track_caller]
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Seal(error) => Self::internal(error),
            SecretError::Database(error) => error.into(),
        }
    }
}

pub fn seal(
    keys: &Keys,
    organization: OrganizationId,
    table: &str,
    row: &str,
    secret: &Secret,
) -> Result<String, SealError> {
    let tenant = organization.to_string();
    let place = Place { tenant: &tenant, table, column: "sealed_secret", row };
    seal::seal(&keys.at_rest, place, rand::random(), secret)
}

pub fn open(
    keys: &Keys,
    organization: OrganizationId,
    table: &str,
    row: &str,
    sealed: &str,
) -> Result<Secret, SealError> {
    let tenant = organization.to_string();
    seal::open(&keys.at_rest, Place { tenant: &tenant, table, column: "sealed_secret", row }, sealed)
}
