//! Failures at a vendor, classified by remedy.

use std::time::Duration;

use crate::Step;

/// The remedy for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The credentials aren't accepted (any more): nothing works until someone reconnects.
    Credentials,
    /// The credentials lack a permission, which the message names.
    Rights,
    /// Rate limited: the whole connection waits, for [`Fault::after`] if the vendor said how long.
    Busy,
    /// A temporary error: retried later.
    Passing,
    /// Something in the connection's settings no longer exists, such as the list.
    Settings,
    /// The vendor permanently rejects this person or this request.
    Refused,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Stable: `unauthorized`, `missing_scope`, `rate_limited`, `vendor_error`, `invalid_email` and so on.
    pub code: &'static str,
    /// For a marketer: what happened and what to do.
    pub message: String,
    /// How long the vendor asked us to wait.
    pub after: Option<Duration>,
}

impl Fault {
    fn of(kind: FaultKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), after: None }
    }

    pub fn credentials(message: impl Into<String>) -> Self {
        Self::of(FaultKind::Credentials, "unauthorized", message)
    }

    pub fn rights(message: impl Into<String>) -> Self {
        Self::of(FaultKind::Rights, "missing_scope", message)
    }

    pub fn busy(after: Option<Duration>, message: impl Into<String>) -> Self {
        Self { after, ..Self::of(FaultKind::Busy, "rate_limited", message) }
    }

    pub fn passing(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(FaultKind::Passing, code, message)
    }

    pub fn settings(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(FaultKind::Settings, code, message)
    }

    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(FaultKind::Refused, code, message)
    }

    /// A response that can't be what the vendor meant: truncated, or an HTML page.
    pub fn unreadable(what: &str) -> Self {
        Self::of(FaultKind::Passing, "unreadable_answer", format!("the response couldn't be read: {what}"))
    }

    /// A step that the connector never plans.
    pub fn unplanned(step: &Step) -> Self {
        Self::of(FaultKind::Refused, "unplanned_step", format!("\u{201c}{step}\u{201d} isn't a step of this connector"))
    }
}
