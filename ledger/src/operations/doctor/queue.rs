//! Checks the way of events: from the edge through its queue to the ledger, with a probe that is no event.
//!
//! The edge puts the probe into its queue because we ask for it. A ledger that gets it reports it through the database, where
//! we wait. Nothing of it is stored, and it belongs to no organization.

use std::time::{Duration, Instant};

use kit::{config::Config, db::probe_store::Arrivals, error::request_failure};
use reqwest::Client;
use shared::batch::PROBE_PATH;

use super::{edge, finding::Finding, judge};

pub(super) const QUEUE: &str = "queue";
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// A message arrives within a second or two, unless others are before it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn check(config: &Config, http: &Client) -> Finding {
    let listening = Box::pin(Arrivals::listen(config.database_url.expose()));
    let Ok(Ok(mut arrivals)) = tokio::time::timeout(CONNECT_PATIENCE, listening).await else {
        return Finding::skipped(QUEUE, "the database isn't reachable");
    };
    let (id, started_at) = (edge::fresh_id(), Instant::now());
    match edge::post(config, http, PROBE_PATH, id, "{}").await {
        Ok((202, _)) => {}
        Ok((status, _)) => return judge::unsent_probe(QUEUE, status),
        Err(error) => {
            let problem = format!("the edge didn't respond: {}", request_failure(error));
            return Finding::failed(QUEUE, problem, edge::CURE);
        }
    }
    match tokio::time::timeout(PATIENCE, arrivals.wait_for(id)).await {
        Ok(Ok(())) => {
            let took = started_at.elapsed().as_millis();
            Finding::passed(QUEUE, format!("a probe got from the edge through its queue to the ledger in {took} ms"))
        }
        Ok(Err(error)) => Finding::skipped(QUEUE, format!("the database ended the connection: {error}")),
        Err(_) => judge::lost_probe(QUEUE, PATIENCE),
    }
}
