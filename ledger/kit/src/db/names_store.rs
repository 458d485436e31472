//! The names that only one organization may have: they are claimed in the transaction that writes them.
//!
//! On a single server, the unique index of the table that has the name refuses a second one, and the claim never fails. In a
//! cluster no index reaches across organizations: there the claim refuses it, as a violation of the same constraint.
//! Row-level security shows each organization its own names only.

use shared::{id::OrganizationId, keys::encode_hex};

use super::TenantTx;

/// A name of one kind.
#[derive(Debug, Clone, Copy)]
pub enum Name<'a> {
    /// The SHA-256 of an API key.
    Bearer(&'a [u8; 32]),
    /// The SHA-256 of an invitation's token.
    Invitation(&'a [u8; 32]),
    /// A verified link host.
    Host(&'a str),
    /// The handle of a program page.
    Handle(&'a str),
    /// The handle of a program's listing in the network.
    Listing(&'a str),
    /// The id of a gateway connection, which its organization may choose.
    Connection(uuid::Uuid),
}

impl Name<'_> {
    fn parts(self) -> (&'static str, String) {
        match self {
            Self::Bearer(hash) => ("bearer", encode_hex(hash)),
            Self::Invitation(hash) => ("invitation", encode_hex(hash)),
            Self::Host(host) => ("host", host.to_owned()),
            Self::Handle(handle) => ("handle", handle.to_owned()),
            Self::Listing(handle) => ("listing", handle.to_owned()),
            Self::Connection(id) => ("edge_key", format!("connection:{id}")),
        }
    }
}

/// Claims a name that was just written.
///
/// # Errors
/// The constraint of the name's own unique index if another organization has it.
pub async fn claim(tx: &mut TenantTx, name: Name<'_>) -> Result<(), sqlx::Error> {
    let (kind, text) = name.parts();
    let organization = tx.organization();
    sqlx::query!("select rekomi_claim($1, $2, $3)", kind, text, organization.uuid())
        .fetch_one(tx.conn())
        .await
        .map(drop)
}

/// Claims a name that was just written; returns false if another organization has it.
pub async fn try_claim(tx: &mut TenantTx, name: Name<'_>) -> Result<bool, sqlx::Error> {
    let (kind, text) = name.parts();
    let organization = tx.organization();
    sqlx::query_scalar!(r#"select rekomi_try_claim($1, $2, $3) as "ours!""#, kind, text, organization.uuid())
        .fetch_one(tx.conn())
        .await
}

/// Gives up a name, so that another organization may have it.
pub async fn release(tx: &mut TenantTx, organization: OrganizationId, name: Name<'_>) -> Result<(), sqlx::Error> {
    let (kind, text) = name.parts();
    sqlx::query!(
        "delete from claimed_names where kind = $1 and name = $2 and tenant_id = $3",
        kind,
        text,
        organization.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Gives up the names of all invitations and listings, whose rows are deleted when an organization is erased, and of its link
/// hosts, which count as not verified from then on.
pub async fn release_erased(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from claimed_names where tenant_id = $1 and kind in ('invitation', 'listing', 'host')",
        tx.organization().uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
