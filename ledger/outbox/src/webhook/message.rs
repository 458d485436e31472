//! A message before it is written: one event for one organization's endpoints.

use rand::random;
use serde::Serialize;
use shared::{
    id::{MessageId, OrganizationId},
    timestamp::Timestamp,
};

use super::event::EventKind;

/// A message about to be written.
#[derive(Debug)]
pub struct Message {
    pub organization: OrganizationId,
    pub id: MessageId,
    pub kind: EventKind,
    /// JSON.
    pub data: String,
}

impl Message {
    /// `place` orders the messages with the same time: it is in the first bits after the time.
    ///
    /// # Errors
    /// If the object can't be serialized as JSON.
    pub fn new(
        organization: OrganizationId,
        kind: EventKind,
        object: &impl Serialize,
        now: Timestamp,
        place: usize,
    ) -> Result<Self, sqlx::Error> {
        let data = serde_json::to_string(object).map_err(|error| sqlx::Error::Encode(error.into()))?;
        Ok(Self { organization, id: id(now, place), kind, data })
    }
}

/// Builds an id with twelve bits of `place` and sixty-two random bits after the time.
fn id(now: Timestamp, place: usize) -> MessageId {
    let mut tail: [u8; 10] = random();
    let place = u16::try_from(place).unwrap_or(u16::MAX).min(0x0fff).to_be_bytes();
    tail[..2].copy_from_slice(&place);
    MessageId::v7(now.millis().unsigned_abs(), &tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_moment_keep_their_order() {
        let now = Timestamp::EPOCH.plus_days(20_000);
        let ids: Vec<MessageId> = (0..4_096).map(|place| id(now, place)).collect();
        assert!(ids.is_sorted());
        assert!(id(now, 9_999) < id(now.plus_millis(1), 0));
    }
}
