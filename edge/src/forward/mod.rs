//! Brings an event from a request to the ledger: buffer and queue for clicks, the queue alone for conversions, and a
//! direct post to the ledger if the queue refuses.
//!
//! A click never waits, and a conversion is never acknowledged before it is durable; that is the only difference
//! between [`click`] and [`durably`].

pub mod buffer;
pub mod consume;
pub mod copies;
pub mod held;
pub mod ledger;
pub mod plan;
pub mod probe;

use std::time::Duration;

use shared::{
    batch::{ItemVerdict, MESSAGE_BYTES_MAX},
    event::Event,
};
use worker::{Delay, Env};

use crate::{
    click::record::{Fixed, Recorded},
    dead_letters,
    worker_state::{self, Settings, report},
};
use buffer::Pushed;

/// How long the first click of a message waits for others. If the isolate dies in that time, these milliseconds of
/// click events are lost; their tokens still attribute.
const COALESCE_MILLIS: u64 = 25;
/// If neither queue nor ledger takes a flush, the same request retries after these delays; a `wait_until` lives for 30
/// s.
const FLUSH_AGAIN_MILLIS: [u64; 3] = [1_000, 4_000, 12_000];
/// Timeout for the ledger while a caller, or a `wait_until`, waits for the answer.
const DIRECT_TIMEOUT_MILLIS: u32 = 5_000;

/// Takes a click's event. The result says what the caller must do: nothing for [`Pushed::Waits`], else [`flush`].
pub fn click(recorded: &Recorded<'_>, fixed: &Fixed) -> Pushed {
    let text = recorded.text(fixed);
    worker_state::buffer(|buffer| buffer.push(text, recorded.received_at.millis()))
}

/// Sends the buffered events. Runs in the `wait_until` of the request that registered it.
pub async fn flush(env: &Env, settings: &Settings, at_once: bool) {
    if !at_once {
        Delay::from(Duration::from_millis(COALESCE_MILLIS)).await;
    }
    let mut delayed = !at_once;
    for again in FLUSH_AGAIN_MILLIS.map(Some).into_iter().chain([None]) {
        let mut unsent = Vec::new();
        let mut portions = worker_state::buffer(|buffer| buffer.drain(delayed)).into_iter();
        while let Some(portion) = portions.next() {
            if let Err(portion) = send_clicks(env, settings, portion).await {
                // The others would wait as long, and the runtime may end this before they are back. They come first in the
                // next attempt, in case that only this portion is refused.
                unsent.extend(portions.by_ref().flatten());
                unsent.extend(portion);
            }
        }
        if unsent.is_empty() {
            worker_state::buffer(buffer::Buffer::recovered);
            return;
        }
        let waiting = unsent.len();
        let lost = worker_state::buffer(|buffer| {
            if again.is_some() {
                buffer.register(worker_state::now().millis());
            }
            buffer.put_back(unsent)
        });
        report(&format!("clicks: neither queue nor ledger accepts events; {waiting} waiting, {lost} lost"));
        // From here on the others wait for this flush.
        delayed = true;
        match again {
            Some(millis) => Delay::from(Duration::from_millis(millis)).await,
            None => return,
        }
    }
}

/// Sends one portion of events. Returns them if neither queue nor ledger took them.
async fn send_clicks(env: &Env, settings: &Settings, portion: Vec<String>) -> Result<(), Vec<String>> {
    match held::send(env, settings, &buffer::message(&portion)).await {
        Ok(()) => Ok(()),
        Err(fault) => {
            report(&format!(
                "clicks: the queue refused {} events ({}), posting them to the ledger",
                portion.len(),
                fault.0
            ));
            match ledger::post(settings, portion.iter().map(String::as_str), DIRECT_TIMEOUT_MILLIS).await {
                Ok(verdicts) => {
                    for (event, _) in portion.iter().zip(&verdicts).filter(|(_, verdict)| !verdict.acknowledges()) {
                        dead_letters::event(env, event, "rejected").await;
                    }
                    Ok(())
                }
                Err(_) => Err(portion),
            }
        }
    }
}

/// Makes one event durable before it returns: in the queue, else in the ledger. Returns `false` if nothing keeps it.
pub async fn durably(env: &Env, settings: &Settings, event: &Event) -> bool {
    let Ok(text) = serde_json::to_string(event) else { return false };
    let message = buffer::message(std::slice::from_ref(&text));
    if message.len() <= MESSAGE_BYTES_MAX {
        match held::send(env, settings, &message).await {
            Ok(()) => return true,
            Err(fault) => {
                report(&format!("event {}: rejected by the queue ({}), posting it to the ledger", event.id, fault.0))
            }
        }
    }
    match ledger::post(settings, [text.as_str()], DIRECT_TIMEOUT_MILLIS).await {
        Ok(verdicts) if verdicts.iter().all(ItemVerdict::acknowledges) => true,
        Ok(_) => dead_letters::event(env, &text, "rejected").await,
        Err(fault) => {
            report(&format!("event {}: not durable ({fault:?})", event.id));
            false
        }
    }
}

/// Sends a dead letter's message once more: to the queue, or to the ledger if it is too large for a queue, as
/// [`durably`] does. Returns `false` if neither keeps it.
pub async fn again(env: &Env, settings: &Settings, message: &str) -> bool {
    if message.len() <= MESSAGE_BYTES_MAX {
        return held::send(env, settings, message).await.is_ok();
    }
    let Ok(events) = plan::read(message) else { return false };
    let posted = ledger::post(settings, events.iter().map(|event| event.get()), DIRECT_TIMEOUT_MILLIS).await;
    posted.is_ok_and(|verdicts| verdicts.iter().all(ItemVerdict::acknowledges))
}
