//! Who changes keys, from the API or from the page: what the change and the email about it both need to know.

use shared::id::OrganizationId;

use crate::access::actor::Actor;
use kit::access::role::Role;

/// Who changes keys, and where.
#[derive(Debug, Clone, Copy)]
pub struct Maker<'a> {
    /// Whose the key is.
    pub organization: OrganizationId,
    pub role: Role,
    pub actor: &'a Actor,
}
