//! A connection's secrets at rest: encrypted for their organization, table, column and row.

use shared::{
    id::{OrganizationId, PayoutConnectionId},
    seal::{self, Place, SealError, Secret},
};

use kit::config::Keys;

pub const TABLE: &str = "payout_connections";

/// The columns that hold secrets.
#[derive(Debug, Clone, Copy)]
pub enum Column {
    /// The key with which we call Stripe.
    ApiKey,
    /// The secrets with which Stripe signs: a JSON list, since each of its endpoints has its own.
    WebhookSecrets,
}

impl Column {
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiKey => "sealed_api_key",
            Self::WebhookSecrets => "sealed_webhook_secrets",
        }
    }
}

pub fn seal(
    keys: &Keys,
    organization: OrganizationId,
    id: PayoutConnectionId,
    column: Column,
    secret: &Secret,
) -> Result<String, SealError> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: column.name(), row: &row };
    seal::seal(&keys.at_rest, place, rand::random(), secret)
}

pub fn open(
    keys: &Keys,
    organization: OrganizationId,
    id: PayoutConnectionId,
    column: Column,
    sealed: &str,
) -> Result<Secret, SealError> {
    let (tenant, row) = (organization.to_string(), id.to_string());
    let place = Place { tenant: &tenant, table: TABLE, column: column.name(), row: &row };
    seal::open(&keys.at_rest, place, sealed)
}
