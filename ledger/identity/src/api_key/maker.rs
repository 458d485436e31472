//! The person or key that changes API keys, from the API or the dashboard.

use shared::id::OrganizationId;

use crate::access::actor::Actor;
use kit::access::role::Role;

/// The actor that changes keys, and where.
#[derive(Debug, Clone, Copy)]
pub struct Maker<'a> {
    /// The organization that owns the key.
    pub organization: OrganizationId,
    pub role: Role,
    pub actor: &'a Actor,
}
