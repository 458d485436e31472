//! `POST /internal/queue-probe`: sends a probe through the queue, so that `rekomi doctor` sees whether events would arrive.
//!
//! A probe takes an event's place in a message of its own, and an event's way: the consumer doesn't distinguish it. Only the
//! ledger does.

use shared::{error::ErrorBody, id::BatchId};
use worker::Env;

use super::{buffer, held};
use crate::{answer::Answer, worker_state::Settings};

/// Answers 202 once the queue has the probe. `id` is the ID that the request's signature covers.
pub async fn send(env: &Env, settings: &Settings, id: &str) -> Answer {
    let Ok(id) = id.parse::<BatchId>() else {
        return Answer::invalid(&ErrorBody::field("id", "must be a batch's id"));
    };
    match held::send(env, settings, &message(id)).await {
        Ok(()) => Answer::empty(202),
        Err(_) => Answer::not_durable(),
    }
}

fn message(id: BatchId) -> String {
    buffer::message(&[format!("{{\"probe\":\"{id}\"}}")])
}

#[cfg(test)]
mod tests {
    use shared::batch::Probe;

    use super::{super::plan, *};

    #[test]
    fn a_probe_takes_the_place_of_one_event() {
        let probe = Probe { probe: BatchId::from_bytes([1; 16]) };
        let events = plan::read(&message(probe.probe)).unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(serde_json::from_str::<Probe>(events[0].get()).unwrap(), probe);
    }
}
