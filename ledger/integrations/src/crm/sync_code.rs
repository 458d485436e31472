//! Codes of failed syncs that are no problem of the connection.

/// The code of a sync that ended because the person unsubscribed in the CRM, which isn't an error.
pub const LEFT_ALONE: &str = "left_alone";
/// The code of a sync that ended because a newer one replaced it.
pub const SUPERSEDED: &str = "superseded";
