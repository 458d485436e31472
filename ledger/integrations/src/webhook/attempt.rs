//! Makes one delivery attempt: builds the request and interprets the answer. [`kit::outbound`] sends it.

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use shared::{seal::Secret, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    customerio,
    delivery::{Attempt, Due, Request, Then, Verdict},
    endpoint::EndpointKind,
    sign,
};
use connector::wait;
use kit::{
    outbound::{Answer, Failure},
    state::AppState,
};
use outbox::webhook::event::EventKind;

/// The maximum stored size of an answer, in bytes.
const ANSWER_KEPT: usize = 1_024;

/// Data that sending a set of messages needs in addition to the messages.
#[derive(Debug)]
pub struct Ready {
    pub secrets: Vec<Secret>,
    /// For destinations: the affiliates' emails, by message.
    pub addresses: std::collections::HashMap<Uuid, String>,
}

/// Builds the body: the event's `type` and `timestamp`, and the object as `data`.
pub fn payload(event: &str, reported_at: Timestamp, data: &str) -> String {
    format!(r#"{{"type":"{event}","timestamp":"{reported_at}","data":{data}}}"#)
}

/// Sends one delivery once.
pub async fn attempt(state: &AppState, due: &Due, ready: &Ready) -> Attempt {
    // Receivers compare the signature's time with their own clocks.
    let (started_at, wall) = (state.clock.now(), state.clock.wall());
    let id = Uuid::from_bytes(*state.new_id::<shared::id::Message>().bytes());
    let request = match request(due, ready, wall) {
        Ok(request) => request,
        Err(verdict) => {
            let body_sha256 = Sha256::digest(b"").into();
            let headers = Map::new();
            return Attempt {
                id,
                called: false,
                started_at,
                duration_ms: 0,
                headers,
                body_sha256,
                status: None,
                answer: None,
                verdict,
            };
        }
    };
    let headers = shown(&request);
    let body_sha256 = Sha256::digest(&request.body).into();
    let content = (request.headers, request.body.into_bytes());
    let answer = state.outbound.send_for_status(Method::POST, &request.url, content).await;
    let ended = state.clock.wall();
    let took = ended.millis().saturating_sub(wall.millis());
    let ok = matches!(&answer, Ok(answer) if (200..300).contains(&answer.status));
    metrics::counter!("rekomi_webhook_attempts_total", "kind" => due.kind.as_str(), "ok" => if ok { "yes" } else { "no" })
        .increment(1);
    Attempt {
        id,
        called: true,
        started_at,
        duration_ms: i32::try_from(took).unwrap_or(i32::MAX).max(0),
        headers,
        body_sha256,
        status: answer.as_ref().ok().and_then(|answer| i16::try_from(answer.status).ok()),
        answer: answer.as_ref().ok().map(|answer| kept(&answer.body)),
        verdict: judge(due, &answer, ended),
    }
}

fn request(due: &Due, ready: &Ready, wall: Timestamp) -> Result<Request, Verdict> {
    match due.kind {
        EndpointKind::Webhook => signed(due, &ready.secrets, wall),
        EndpointKind::CustomerIo => {
            let address = ready.addresses.get(&due.key.message.uuid());
            let address = address.ok_or_else(|| {
                Verdict::failed("no_recipient", "the affiliate was erased or is a sample", Then::GiveUp)
            })?;
            let secret = ready.secrets.first().ok_or_else(unreadable)?;
            customerio::event(due, address, secret).ok_or_else(unreadable)
        }
    }
}

fn unreadable() -> Verdict {
    Verdict::failed("secret_unreadable", "the signing secret can't be read", Then::Retry(None))
}

fn signed(due: &Due, secrets: &[Secret], wall: Timestamp) -> Result<Request, Verdict> {
    let body = payload(&due.event, due.reported_at, &due.data);
    let signatures = sign::signatures(secrets, due.key.message, wall, &body);
    if signatures.is_empty() {
        return Err(unreadable());
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", due.key.message.to_string()),
        ("webhook-timestamp", wall.seconds().to_string()),
        ("webhook-signature", signatures),
    ] {
        let value = HeaderValue::from_str(&value).map_err(|_| unreadable())?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(Request { url: due.url.clone(), headers, hidden: &[], body })
}

fn shown(request: &Request) -> Map<String, Value> {
    let visible = request.headers.iter().filter(|(name, _)| !request.hidden.contains(&name.as_str()));
    visible.filter_map(|(name, value)| Some((name.as_str().to_owned(), Value::from(value.to_str().ok()?)))).collect()
}

/// Returns the part of an answer that is stored. Postgres can't store NUL in text.
fn kept(body: &[u8]) -> String {
    let start = body.get(..ANSWER_KEPT).unwrap_or(body);
    String::from_utf8_lossy(start).replace('\0', "\u{fffd}")
}

fn judge(due: &Due, answer: &Result<Answer, Failure>, at: Timestamp) -> Verdict {
    let verdict = match answer {
        Err(failure) => Verdict::failed(failure.code(), failure.to_string(), Then::Retry(None)),
        Ok(answer) => judge_answer(answer, at),
    };
    match verdict {
        // A test isn't retried: its result is for the person who waits for it now.
        Verdict::Failed { code, message, .. } if due.event == EventKind::WebhookTest.as_str() => {
            Verdict::Failed { code, message, then: Then::GiveUp }
        }
        verdict => verdict,
    }
}

fn judge_answer(answer: &Answer, at: Timestamp) -> Verdict {
    let status = answer.status;
    match status {
        200..=299 => Verdict::Delivered,
        300..=399 => Verdict::failed(
            "redirect_not_followed",
            format!("responded {status}, a redirect, which isn't followed"),
            Then::Retry(None),
        ),
        410 => Verdict::failed("gone", "responded 410 Gone", Then::Disable),
        _ => {
            let retry_after =
                answer.headers.get(RETRY_AFTER).and_then(|value| wait::retry_after(value.to_str().ok()?, at));
            let seconds = retry_after.and_then(|pause| u64::try_from(pause.as_millis().div_ceil(1_000)).ok());
            Verdict::failed("http_status", format!("responded {status}"), Then::Retry(seconds))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Answer {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Answer { status, headers: map, body: Vec::new() }
    }

    fn then(status: u16, headers: &[(&'static str, &str)]) -> Option<Then> {
        let at = Timestamp::parse_rfc3339("2026-11-20T08:00:00Z").unwrap();
        match judge_answer(&answer(status, headers), at) {
            Verdict::Delivered => None,
            Verdict::Failed { then, .. } => Some(then),
        }
    }

    #[test]
    fn an_answers_status_decides() {
        for status in [200, 201, 204, 299] {
            assert_eq!(then(status, &[]), None, "{status}");
        }
        for status in [301, 307, 400, 401, 404, 408, 429, 500, 503, 100] {
            assert_eq!(then(status, &[]), Some(Then::Retry(None)), "{status}");
        }
        assert_eq!(then(410, &[]), Some(Then::Disable));
        assert_eq!(then(503, &[("retry-after", "120")]), Some(Then::Retry(Some(120))));
        assert_eq!(then(429, &[("retry-after", "Fri, 20 Nov 2026 08:02:00 GMT")]), Some(Then::Retry(Some(120))));
        assert_eq!(then(429, &[("retry-after", "tomorrow")]), Some(Then::Retry(None)));
    }

    #[test]
    fn of_an_answer_a_kilobyte_is_kept_as_text() {
        assert_eq!(kept(&[b'a'; 5_000]).len(), ANSWER_KEPT);
        assert_eq!(kept(b"a\0\xffb"), "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn a_payload_is_compact_json() {
        let text = payload("payout_sent", Timestamp::EPOCH, r#"{"id":"po_1"}"#);
        assert_eq!(text, r#"{"type":"payout_sent","timestamp":"1970-01-01T00:00:00Z","data":{"id":"po_1"}}"#);
    }
}
