//! Checks of the edge: whether it's there, whether its clock is right, whether it has the same keys, and whether what it sends
//! arrives.

use std::time::Instant;

use kit::{clock::Clock, config::Config, error::request_failure};
use reqwest::{Client, Response, header::DATE};
use serde_json::Value;
use shared::{
    config::PUSH_PATH,
    id::BatchId,
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
    timestamp::Timestamp,
};
use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    finding::Finding,
    judge,
    queue::{self, QUEUE},
};

const EDGE: &str = "edge";
const KEYS: &str = "edge keys";
const CLOCK: &str = "edge clock";
pub(super) const CURE: &str = "deploy the edge, and check REKOMI_EDGE_URL and the DNS record and route of its host";

pub(super) async fn check(config: &Config, http: Option<&Client>) -> Vec<Finding> {
    let skipped = |reason: &str| [KEYS, CLOCK, QUEUE].map(|check| Finding::skipped(check, reason));
    let Some(http) = http else {
        let first = Finding::skipped(EDGE, "no requests are possible without CA certificates");
        return [first].into_iter().chain(skipped("the edge wasn't reached")).collect();
    };
    let started_at = Instant::now();
    let problem = match http.get(format!("{}/healthz", config.edge_url)).send().await {
        Ok(response) => {
            let clock = clock(&response, started_at);
            let status = response.status();
            match json(response).await {
                Some(health) if health["status"] == "ok" && status.is_success() => {
                    let version = health["version"].as_str().unwrap_or("of an unknown version");
                    let found = Finding::passed(EDGE, format!("{} responded, version {version}", config.edge_url));
                    let keys = signed_request(config, http).await;
                    let queue = if keys.is_failed() {
                        Finding::skipped(QUEUE, "the edge doesn't accept our requests")
                    } else {
                        Box::pin(queue::check(config, http)).await
                    };
                    return vec![found, keys, clock, queue];
                }
                _ => format!("{} responded with {status}, and not as an edge does", config.edge_url),
            }
        }
        Err(error) => format!("{} isn't reachable: {}", config.edge_url, request_failure(error)),
    };
    [Finding::failed(EDGE, problem, CURE)].into_iter().chain(skipped("the edge wasn't reached")).collect()
}

async fn json(response: Response) -> Option<Value> {
    response.json().await.ok()
}

/// The edge's clock, by the date of its response.
fn clock(response: &Response, started_at: Instant) -> Finding {
    let date = response.headers().get(DATE).and_then(|date| http_date(date.to_str().ok()?));
    match date {
        Some(date) => judge::clock(CLOCK, Clock::default().wall(), date, started_at.elapsed()),
        None => {
            Finding::skipped(CLOCK, "the response has no date; a signed request shows a difference of five minutes")
        }
    }
}

/// Parses `Thu, 26 Nov 2026 08:49:37 GMT` (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    const FORM: &[BorrowedFormatItem<'_>] =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let date = PrimitiveDateTime::parse(text, FORM).ok()?;
    Some(Timestamp::from_date_time(date.assume_utc()))
}

/// Pushes no records, signed as those that the ledger pushes.
async fn signed_request(config: &Config, http: &Client) -> Finding {
    match post(config, http, PUSH_PATH, fresh_id(), r#"{"entries":[]}"#).await {
        Ok((status, code)) => judge::signed_request(status, code.as_deref()),
        Err(error) => Finding::failed(KEYS, format!("the edge didn't respond: {}", request_failure(error)), CURE),
    }
}

pub(super) fn fresh_id() -> BatchId {
    BatchId::v7(Clock::default().wall().millis().unsigned_abs(), &rand::random())
}

/// Sends the edge a request, signed as those of the ledger. Returns the response's status, and the code if it's an error.
pub(super) async fn post(
    config: &Config,
    http: &Client,
    path: &str,
    id: BatchId,
    body: &'static str,
) -> reqwest::Result<(u16, Option<String>)> {
    let id = id.to_string();
    let key = config.keys.internal.current();
    let signature = sign_with_id(key.bytes(), Some(&id), Clock::default().wall(), body.as_bytes());
    let response = http
        .post(format!("{}{path}", config.edge_url))
        .header(SIGNED_ID_HEADER, &id)
        .header(SIGNATURE_HEADER, signature)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await?;
    let status = response.status().as_u16();
    let document = json(response).await.unwrap_or_default();
    Ok((status, document["error"].as_str().map(str::to_owned)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        let date = http_date("Thu, 26 Nov 2026 08:49:37 GMT").unwrap();
        assert_eq!(date.seconds(), 1_795_682_977);
        assert_eq!(http_date("2026-11-26T08:49:37Z"), None);
    }
}
