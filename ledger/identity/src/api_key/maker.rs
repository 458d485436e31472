//! The person or key that changes API keys, from the API or the dashboard.

use crate::access::actor::Actor;
use kit::access::role::Role;

/// The actor that changes keys.
#[derive(Debug, Clone, Copy)]
pub struct Maker<'a> {
    pub role: Role,
    pub actor: &'a Actor,
}
