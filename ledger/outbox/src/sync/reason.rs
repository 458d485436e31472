//! The reasons for a sync, by stable names.

/// Why a sync was queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The affiliate was approved.
    Approved,
    /// Name, address or programs changed.
    Changed,
    Segment,
    /// They accepted the program's terms, or withdrew that.
    Consent,
    /// They were banned, archived or rejected.
    Left,
    /// A person requested this one.
    Resync,
    /// A person requested it for every affiliate.
    ResyncAll,
    /// An event occurred to which the brand subscribed.
    Event,
    /// A person requested that the CRM delete them.
    Forget,
}

impl Reason {
    /// As the API and the database spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Changed => "changed",
            Self::Segment => "segment",
            Self::Consent => "consent",
            Self::Left => "left",
            Self::Resync => "resync",
            Self::ResyncAll => "resync_all",
            Self::Event => "event",
            Self::Forget => "forget",
        }
    }

    /// The reason for a change of status.
    pub fn of_status(status: &str) -> Self {
        if status == "Approved" { Self::Approved } else { Self::Left }
    }
}
