//! Writes messages and their deliveries in the deciding transaction, as a set.

use shared::timestamp::Timestamp;

use super::{event::Event, message::Message, store};
use crate::sync::{self, OutgoingEvent};
use kit::db::TenantTx;

/// Announces events of one organization, in the transaction that caused them.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn announce(tx: &mut TenantTx, now: Timestamp, events: &[Event]) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let messages: Result<Vec<Message>, sqlx::Error> = events
        .iter()
        .enumerate()
        .map(|(place, event)| Message::new(organization, event.kind, &event.data, now, place))
        .collect();
    let messages = messages?;
    store::insert(tx, &messages, now).await?;
    sync::trigger::events(tx, &outgoing(&messages), now).await
}

/// The messages in the form for CRMs.
pub fn outgoing(messages: &[Message]) -> Vec<OutgoingEvent<'_>> {
    messages
        .iter()
        .map(|message| OutgoingEvent {
            organization: message.organization,
            id: message.id.uuid(),
            kind: message.kind.as_str(),
            data: &message.data,
        })
        .collect()
}
