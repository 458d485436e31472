//! The settings of a session.

/// What holds in each of our sessions. `rekomi migrate` also gives these settings to the role `rekomi_app`, because a pooler
/// ignores those that a connection asks for.
pub(crate) const SESSION: [(&str, &str); 4] = [
    ("statement_timeout", "20s"),
    ("lock_timeout", "10s"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("timezone", "UTC"),
];
