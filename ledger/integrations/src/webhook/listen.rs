//! Checks the events that an endpoint subscribes to.

use super::{
    customerio,
    endpoint::{ALL_EVENTS, EndpointKind},
};
use kit::error::{Error, Result};
use outbox::webhook::event::EventKind;

/// Returns the events that an endpoint of this kind may subscribe to.
pub fn choices(kind: EndpointKind) -> Choices {
    match kind {
        EndpointKind::Webhook => Choices { kinds: EventKind::choices().collect(), is_open: true },
        EndpointKind::CustomerIo => Choices { kinds: customerio::EVENTS.to_vec(), is_open: false },
    }
}

/// The events that may be chosen.
#[derive(Debug, Clone)]
pub struct Choices {
    pub kinds: Vec<EventKind>,
    /// Whether "all" includes events that are added later.
    is_open: bool,
}

/// Returns the requested events in the order of the list; `["*"]` for all.
///
/// # Errors
/// 400 naming `events`.
pub fn events(requested: &[String], choices: Choices) -> Result<Vec<String>> {
    if requested.is_empty() {
        return Err(Error::field("events", "events must contain at least one event, or \"*\" for all"));
    }
    let names = || choices.kinds.iter().map(|kind| kind.as_str());
    if requested.iter().any(|name| name == ALL_EVENTS) {
        let all = names().map(str::to_owned);
        return Ok(if choices.is_open { vec![ALL_EVENTS.to_owned()] } else { all.collect() });
    }
    if let Some(unknown) = requested.iter().find(|name| !names().any(|known| known == *name)) {
        let known: Vec<&str> = names().collect();
        let message = format!("{unknown:?} isn't a known event. Choose from {}, or \"*\" for all", known.join(", "));
        return Err(Error::field("events", message));
    }
    Ok(names().map(str::to_owned).filter(|name| requested.contains(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(names: &[&str]) -> Result<Vec<String>> {
        events(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), choices(EndpointKind::Webhook))
    }

    #[test]
    fn events_are_known_sorted_and_once() {
        assert_eq!(
            requested(&["payout_sent", "lead_created", "payout_sent"]).unwrap(),
            ["lead_created", "payout_sent"]
        );
        assert_eq!(requested(&["payout_sent", "*"]).unwrap(), ["*"]);
        for bad in [vec![], vec!["payout"], vec!["webhook_test"], vec!["Payout_Sent"]] {
            assert_eq!(requested(&bad).unwrap_err().body().field.as_deref(), Some("events"), "{bad:?}");
        }
    }
}
