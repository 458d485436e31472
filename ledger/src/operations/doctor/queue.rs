//! Checks the way of events: from the edge through its queue to the ledger, with a probe that is no event.
//!
//! The edge puts the probe into its queue because we ask for it. A ledger that gets it reports it through the database, where
//! we wait. Nothing of it is stored, and it belongs to no organization.

use std::time::{Duration, Instant};

use kit::{
    config::Config,
    db::{
        Db, Holder, Share,
        probe_store::{self, Arrivals},
    },
    error::request_failure,
};
use reqwest::Client;
use shared::batch::PROBE_PATH;

use super::{edge, finding::Finding, judge};

pub(super) const QUEUE: &str = "queue";
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// A message arrives within a second or two, unless others are before it.
const PATIENCE: Duration = Duration::from_secs(30);
const UNNOTIFIED: &str = "notifications of Postgres don't arrive here, for example because DATABASE_URL leads to a pooler in \
                          transaction mode: run this with the address of Postgres itself";

pub(super) async fn check(config: &Config, http: &Client) -> Finding {
    let listening = Box::pin(Arrivals::listen(config.database_url.expose()));
    let Ok(Ok(mut arrivals)) = tokio::time::timeout(CONNECT_PATIENCE, listening).await else {
        return Finding::skipped(QUEUE, "the database isn't reachable");
    };
    match tokio::time::timeout(CONNECT_PATIENCE, Box::pin(round_trip(config, &mut arrivals))).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => return Finding::skipped(QUEUE, "the database doesn't serve this role"),
        Err(_) => return Finding::skipped(QUEUE, UNNOTIFIED),
    }
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

/// Reports an ID of our own from another connection, as a ledger would, and waits for it. A pooler in transaction mode never
/// delivers it, and then a probe that arrives would look lost.
async fn round_trip(config: &Config, arrivals: &mut Arrivals) -> anyhow::Result<()> {
    let (db, id) = (Db::connect(config.database_url.expose(), Share::command(2)).await?, edge::fresh_id());
    let mut tx = db.global(Holder::Nothing).await?;
    probe_store::report(&mut tx, id).await?;
    tx.commit().await?;
    arrivals.wait_for(id).await?;
    db.close().await;
    Ok(())
}
