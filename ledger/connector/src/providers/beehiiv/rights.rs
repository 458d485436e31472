//! The scopes that calls to beehiiv need.

use crate::Action;

/// The scope of each call, as beehiiv's reference names it.
pub(super) fn scope(action: Action, about: &str) -> &'static str {
    match (action, about.is_empty()) {
        (Action::Check, _) => "publications:read",
        (Action::Find, false) => "custom_fields:read",
        (Action::Save, false) => "custom_fields:write",
        (Action::Find | Action::Confirm, _) => "subscriptions:read",
        _ => "subscriptions:write",
    }
}
