//! An affiliate as plans see them: which segment they were in when, whether they were approved, and under which addresses.

use shared::timestamp::Timestamp;

/// An affiliate, as far as prices, credit and flags depend on it.
#[derive(Debug, Clone, Default)]
pub struct Partner {
    /// From when on which address (see `customer::mailbox::email_key`); sorted by time.
    pub emails: Vec<(Timestamp, String)>,
    /// From when on which segment; sorted by time.
    pub segments: Vec<(Timestamp, Option<String>)>,
    /// From when on approved or not; nothing means always.
    pub approved: Vec<(Timestamp, bool)>,
}

impl Partner {
    /// All addresses that were the affiliate's by then: an address that was given up is still the affiliate's own.
    pub fn emails(&self, at: Timestamp) -> Vec<&str> {
        self.emails.iter().filter(|(from, _)| *from <= at).map(|(_, email)| email.as_str()).collect()
    }

    pub fn segment(&self, at: Timestamp) -> Option<&str> {
        let next = self.segments.partition_point(|(from, _)| *from <= at);
        self.segments.get(next.checked_sub(1)?)?.1.as_deref()
    }
}
