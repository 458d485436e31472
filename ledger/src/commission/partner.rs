//! An affiliate as plans see them: which segment they were in when.

use shared::timestamp::Timestamp;

/// An affiliate, as far as prices and flags depend on it.
#[derive(Debug, Clone, Default)]
pub struct Partner {
    /// See `attribution::flag::email_key`.
    pub email: String,
    /// From when on which segment; sorted by time.
    pub segments: Vec<(Timestamp, Option<String>)>,
}

impl Partner {
    pub fn segment(&self, at: Timestamp) -> Option<&str> {
        let next = self.segments.partition_point(|(from, _)| *from <= at);
        self.segments.get(next.checked_sub(1)?)?.1.as_deref()
    }
}
