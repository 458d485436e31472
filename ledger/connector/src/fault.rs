//! What can go wrong at a vendor, told apart by what helps.

use std::time::Duration;

use crate::Step;

/// What helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The credentials aren't accepted (any more): nothing goes until somebody connects again.
    Credentials,
    /// The credentials lack a right, which the message names.
    Rights,
    /// Too fast: the whole connection waits, [`Fault::after`] where the vendor said how long.
    Busy,
    /// Trouble that passes: tried again later.
    Passing,
    /// Something in the connection's settings isn't there any more, such as the list.
    Settings,
    /// The vendor won't take this person or this request, now or later.
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
    /// How long the vendor wants to be left in peace.
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

    /// An answer that can't be what the vendor meant: cut off, or a page for people.
    pub fn unreadable(what: &str) -> Self {
        Self::of(FaultKind::Passing, "unreadable_answer", format!("the answer made no sense: {what}"))
    }

    /// A step that the connector never plans.
    pub fn unplanned(step: &Step) -> Self {
        Self::of(FaultKind::Refused, "unplanned_step", format!("\u{201c}{step}\u{201d} isn't a step of this connector"))
    }
}
