//! The job that pushes the outbox to the edge.
//!
//! It wakes on a change, or every two seconds; while the edge can't be reached, only then. One short transaction takes
//! the due entries and counts the attempt; the call is made outside any transaction; then the outcome is written.
//! Pushing twice is harmless, as the edge keeps the highest version, so a crash anywhere only costs a repetition. Only
//! one version of a key is on its way at a time ([`store::LEASE_SECONDS`]).

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use axum::http::Method;
use serde::Serialize;
use serde_json::Value;
use shared::{
    config::PUSH_PATH,
    id::{BatchKind, OrganizationId},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
};

use super::store::{self, Due};
use kit::{error::request_failure, jobs::Rounds, state::AppState, trace};

const POLL: Duration = Duration::from_secs(2);
/// Changes that follow each other faster are pushed together. A change takes effect within a second.
const GATHERS_FOR: Duration = Duration::from_millis(50);
/// Maximum entries in one post. The edge reads and writes each, six at a time, which at Cloudflare takes about half a
/// second: it must answer long before the client's timeout, or all of them are sent again.
const BATCH: i64 = 25;
const TENANTS_PER_PAGE: usize = 1_000;

/// [`shared::config::Push`], with the records as they were written.
#[derive(Serialize)]
struct Push<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    key: &'a str,
    version: i64,
    record: Option<&'a Value>,
}

/// Why a post failed: no response, or an error status.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The edge may still be writing what it was sent.
    #[error("no answer in time")]
    TimedOut,
    #[error("status {0}")]
    Refused(u16),
}

impl Failure {
    /// How long the entry waits for the next attempt, in seconds. While the edge may still be writing it, no later version
    /// may be sent.
    fn delays(&self, due: Due) -> (Due, f64) {
        let delay = delay_seconds(due.attempts, rand::random());
        (due, if matches!(self, Self::TimedOut) { delay.max(store::LEASE_SECONDS) } else { delay })
    }
}

/// How a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Batch {
    /// Another may follow immediately.
    Full,
    Last,
    /// The edge gave no answer.
    Unreachable,
}

/// Runs until the process stops.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let mut counted: Option<Instant> = None;
    while rounds.begin() {
        let began = Instant::now();
        let counts = rounds.is_requested() || counted.is_none_or(|at| at.elapsed() >= POLL);
        if counts {
            counted = Some(began);
        }
        let outcome = round(&state, counts).await;
        rounds.ended(&outcome);
        let is_reached = *outcome.as_ref().unwrap_or(&true);
        if let Err(error) = outcome {
            tracing::warn!(
                event = "edge_config.push_failed",
                job = "push_edge_config",
                "pushing edge configuration failed: {error}"
            );
        }
        tokio::select! {
            () = next_change(&state, began), if is_reached => {}
            () = rounds.pause(POLL) => {}
        }
    }
}

/// Waits for a change, and for those that follow soon.
async fn next_change(state: &AppState, round_began: Instant) {
    state.edge_config_changed.notified().await;
    tokio::time::sleep(GATHERS_FOR.saturating_sub(round_began.elapsed())).await;
}

/// Pushes everything that is due, and counts the backlog if requested. Returns whether the edge gave an answer.
async fn round(state: &AppState, counts: bool) -> Result<bool, sqlx::Error> {
    let tenants = state.db.open_and_closed_tenants().await?;
    let (mut is_reached, mut backlog) = (true, 0);
    for page in tenants.chunks(TENANTS_PER_PAGE) {
        while is_reached && !state.is_stopping() {
            match push_some(state, page).await? {
                Batch::Full => {}
                Batch::Last => break,
                Batch::Unreachable => is_reached = false,
            }
        }
        if counts {
            let mut tx = state.db.tenants(page.to_vec()).await?;
            backlog += store::backlog(&mut tx).await?;
            tx.commit().await?;
        }
    }
    if counts {
        metrics::gauge!("rekomi_edge_config_backlog").set(f64::from(i32::try_from(backlog).unwrap_or(i32::MAX)));
    }
    Ok(is_reached)
}

/// Pushes one batch.
async fn push_some(state: &AppState, tenants: &[OrganizationId]) -> Result<Batch, sqlx::Error> {
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let due = store::take_due(&mut tx, BATCH).await?;
    tx.commit().await?;
    if due.is_empty() {
        return Ok(Batch::Last);
    }
    let Sent { pushed, failed, is_reached } = send_all(state, due).await;
    settle(state, &pushed, &failed).await?;
    let is_full = pushed.len() >= usize::try_from(BATCH).unwrap_or_default();
    Ok(if !is_reached {
        Batch::Unreachable
    } else if is_full {
        Batch::Full
    } else {
        Batch::Last
    })
}

/// What became of a batch.
#[derive(Debug)]
struct Sent {
    pushed: Vec<Due>,
    /// With the delay in seconds before the next attempt.
    failed: Vec<(Due, f64)>,
    is_reached: bool,
}

/// Sends all in one post; if the edge refuses it, sends each separately, so that a record it can't accept doesn't hold
/// up the others.
async fn send_all(state: &AppState, due: Vec<Due>) -> Sent {
    match send(state, &due).await {
        Ok(()) => Sent { pushed: due, failed: Vec::new(), is_reached: true },
        Err(Failure::Refused(status)) if due.len() > 1 => {
            tracing::warn!(
                event = "edge_config.push_refused",
                status,
                entries = due.len(),
                "the edge refused a config push; sending entries one by one"
            );
            let (mut pushed, mut failed) = (Vec::new(), Vec::new());
            for one in due {
                match send(state, std::slice::from_ref(&one)).await {
                    Ok(()) => pushed.push(one),
                    Err(failure) => failed.push(failure.delays(one)),
                }
            }
            Sent { pushed, failed, is_reached: true }
        }
        Err(failure) => {
            tracing::warn!(
                event = "edge_config.push_not_taken",
                entries = due.len(),
                "the edge did not take a config push: {failure}"
            );
            let is_reached = matches!(failure, Failure::Refused(_));
            Sent { pushed: Vec::new(), failed: due.into_iter().map(|one| failure.delays(one)).collect(), is_reached }
        }
    }
}

async fn send(state: &AppState, due: &[Due]) -> Result<(), Failure> {
    let entries =
        due.iter().map(|due| Entry { key: &due.key, version: due.version, record: due.record.as_ref() }).collect();
    let body = serde_json::to_vec(&Push { entries }).map_err(|error| Failure::Unreachable(error.to_string()))?;
    let id = state.new_id::<BatchKind>().to_string();
    let key = state.config.keys.internal.current();
    let signature = sign_with_id(key.bytes(), Some(&id), state.clock.wall(), &body);
    let span = trace::call_to(&Method::POST, &state.config.edge_url);
    let sent = state
        .http
        .post(format!("{}{PUSH_PATH}", state.config.edge_url))
        .header(SIGNED_ID_HEADER, &id)
        .header(SIGNATURE_HEADER, signature)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await;
    trace::answered(span, sent.as_ref().map(|answer| answer.status().as_u16()).map_err(|_| "connection_failed"));
    metrics::counter!("rekomi_edge_config_pushes_total", "ok" => if sent.is_ok() { "yes" } else { "no" }).increment(1);
    match sent {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(Failure::Refused(answer.status().as_u16())),
        Err(error) if error.is_timeout() && !error.is_connect() => Err(Failure::TimedOut),
        Err(error) => Err(Failure::Unreachable(request_failure(error))),
    }
}

async fn settle(state: &AppState, pushed: &[Due], failed: &[(Due, f64)]) -> Result<(), sqlx::Error> {
    let all = pushed.iter().chain(failed.iter().map(|(due, _)| due));
    let touched: BTreeSet<_> = all.map(|due| OrganizationId::new(due.organization)).collect();
    let mut tx = state.db.tenants(touched.into_iter().collect()).await?;
    if !pushed.is_empty() {
        store::mark_pushed(&mut tx, pushed).await?;
    }
    if !failed.is_empty() {
        store::mark_failed(&mut tx, failed).await?;
    }
    tx.commit().await
}

/// Returns 0.5 s, 1 s, 2 s … 60 s, each randomized between half and all of it, so that many ledgers and tenants spread
/// out.
fn delay_seconds(attempts: i32, random: u16) -> f64 {
    let exponent = attempts.saturating_sub(1).clamp(0, 7);
    let whole = (0.5 * f64::from(1_u16 << exponent)).min(60.0);
    whole * (0.5 + 0.5 * f64::from(random) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_minute_and_spread() {
        assert!((0.25..=0.5).contains(&delay_seconds(1, rand::random())));
        assert!(delay_seconds(1, 0) < delay_seconds(1, u16::MAX));
        assert!((delay_seconds(40, u16::MAX) - 60.0).abs() < 5.0);
        assert!(delay_seconds(i32::MIN, 0) > 0.0);
    }

    fn due() -> Due {
        Due { organization: uuid::Uuid::nil(), key: "host:a".into(), version: 3, record: None, attempts: 1 }
    }

    #[test]
    fn nothing_is_sent_while_the_edge_may_still_write() {
        assert!(Failure::Refused(500).delays(due()).1 <= 0.5);
        assert!(Failure::Unreachable(String::new()).delays(due()).1 <= 0.5);
        assert!(Failure::TimedOut.delays(due()).1 >= store::LEASE_SECONDS);
        // One statement has it as a number.
        let lease = format!("then {} else 0 end", store::LEASE_SECONDS);
        assert!(include_str!("store.rs").contains(&lease), "{lease}");
        assert!(Failure::TimedOut.delays(Due { attempts: 40, ..due() }).1 >= 30.0);
    }

    #[test]
    fn a_push_reads_as_the_shared_type() {
        let due = due();
        let entries = vec![Entry { key: &due.key, version: due.version, record: due.record.as_ref() }];
        let text = serde_json::to_string(&Push { entries }).unwrap();
        let read: shared::config::Push = serde_json::from_str(&text).unwrap();
        assert_eq!(read.entries[0].version, 3);
    }
}
