//! An affiliate's history as plans need it: segments, approvals and email addresses over time.

use shared::timestamp::Timestamp;

/// An affiliate, as far as prices, credit and flags depend on them.
#[derive(Debug, Clone, Default)]
pub struct Partner {
    /// Each email address (see `customer::mailbox::email_key`) with the time since when; sorted by time.
    pub emails: Vec<(Timestamp, String)>,
    /// Each segment with the time since when; sorted by time.
    pub segments: Vec<(Timestamp, Option<String>)>,
    /// Each change of approval with its time; empty means always approved.
    pub approved: Vec<(Timestamp, bool)>,
}

impl Partner {
    /// All addresses that the affiliate had used by then: a former address still counts as the affiliate's own.
    pub fn emails(&self, at: Timestamp) -> Vec<&str> {
        self.emails.iter().filter(|(from, _)| *from <= at).map(|(_, email)| email.as_str()).collect()
    }

    pub fn segment(&self, at: Timestamp) -> Option<&str> {
        let next = self.segments.partition_point(|(from, _)| *from <= at);
        self.segments.get(next.checked_sub(1)?)?.1.as_deref()
    }
}
