//! Encrypts a connection's secrets at rest, sealed for their organization, table, column and row.

use shared::{
    id::{GatewayConnectionId, OrganizationId},
    seal::{self, Place, SealError, Secret},
};

use kit::{access::secret::GATEWAYS, config::Keys};

/// The two columns that hold secrets.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// The secret that the gateway signs with; the edge gets a copy that is sealed for the edge.
    Secret,
    /// The key for calls to the gateway; it never leaves the ledger.
    ApiKey,
}

pub fn seal(
    keys: &Keys,
    organization: OrganizationId,
    id: GatewayConnectionId,
    column: Column,
    secret: &Secret,
) -> Result<String, SealError> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    seal::seal(&keys.at_rest, place(&tenant, &row, column), rand::random(), secret)
}

pub fn open(
    keys: &Keys,
    organization: OrganizationId,
    id: GatewayConnectionId,
    column: Column,
    sealed: &str,
) -> Result<Secret, SealError> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    seal::open(&keys.at_rest, place(&tenant, &row, column), sealed)
}

const fn place<'a>(tenant: &'a str, row: &'a str, column: Column) -> Place<'a> {
    let column = match column {
        Column::Secret => "sealed_secret",
        Column::ApiKey => "sealed_api_key",
    };
    Place { tenant, table: GATEWAYS, column, row }
}
