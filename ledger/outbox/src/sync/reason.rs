//! Why there is a sync, in words that stay.

/// Why there is a sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The affiliate may promote from now on.
    Approved,
    /// Name, address or programs changed.
    Changed,
    Segment,
    /// They accepted the program's terms, or took that back.
    Consent,
    /// They were banned, archived or rejected.
    Left,
    /// Somebody asked for this one.
    Resync,
    /// Somebody asked for everybody.
    ResyncAll,
    /// Something happened that the brand wants told.
    Event,
    /// Somebody asked that the CRM deletes them.
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

    /// What a change of status is.
    pub fn of_status(status: &str) -> Self {
        if status == "Approved" { Self::Approved } else { Self::Left }
    }
}
